package fault

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestErrorDetail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{
			"the server's words with its findings and the request",
			fmt.Errorf("posting: %w", &api.Error{
				Status: 400, Detail: "manifest is invalid", Method: "POST", Path: "/v6/job-types/", RequestID: "r1",
				Problems: []api.Finding{{Name: "A", Description: "wrong", Path: "job.name"}, {Name: "B", Description: "bad"}},
			}),
			"Manifest is invalid.\n  - job.name: A: wrong\n  - B: bad\n\nPOST /v6/job-types/: 400 Bad Request, request r1",
		},
		{
			"no words at all", &api.Error{Status: 403, Method: "GET", Path: "/x/"},
			"Forbidden.\n\nThe user of the provider may not do this: use another one, or ask for the right.\n\nGET /x/: 403 Forbidden",
		},
		{
			"wrong credentials", &api.Error{Status: 401, Detail: "No.", Method: "POST", Path: "/v2/login"},
			"No.\n\nCheck username and password, or token, of the provider block or in the environment (GALLEY_…).\n\n" +
				"POST /v2/login: 401 Unauthorized",
		},
		{
			"a workload identity that is not taken", &api.Error{Status: 401, Detail: "No.", Method: "POST", Path: "/v6/login/workload/"},
			"No.\n\nCheck the rules of the backend's trust file (--trust), and that the runner makes tokens for the audience that is in it.\n\n" +
				"POST /v6/login/workload/: 401 Unauthorized",
		},
		{
			"no server", &url.Error{Op: "Get", URL: "http://h/", Err: errors.New("connection refused")},
			"Get \"http://h/\": connection refused.",
		},
		{"any other", errors.New("timeout: it is bad"), "timeout: it is bad."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, Detail(tt.err)); diff != "" {
				t.Errorf("detail (-want +got):\n%s", diff)
			}
		})
	}
}
