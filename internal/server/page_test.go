package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func getPage[T any](t *testing.T, s *servertest.Server, path string) api.Page[T] {
	t.Helper()
	resp, body := s.Do(t, "GET", path, nil, nil)
	var page api.Page[T]
	if err := json.Unmarshal(body, &page); err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: got %d %s, %v", path, resp.StatusCode, body, err)
	}
	return page
}

func TestPaging(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for i := range 7 {
		upload(t, s, fmt.Sprintf("in/%d.txt", i), "x")
	}
	url := func(query string) *string {
		u := s.URL + "/v6/files/" + query
		return &u
	}
	for name, c := range map[string]struct {
		query          string
		names          []string
		next, previous *string
	}{
		"the default is one page":           {"", []string{"0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt"}, nil, nil},
		"the first page":                    {"?page_size=3&order=file_name", []string{"0.txt", "1.txt", "2.txt"}, url("?order=file_name&page=2&page_size=3"), nil},
		"previous of page 2 has no number":  {"?page_size=3&page=2", []string{"3.txt", "4.txt", "5.txt"}, url("?page=3&page_size=3"), url("?page_size=3")},
		"the last page":                     {"?page_size=3&page=3", []string{"6.txt"}, nil, url("?page=2&page_size=3")},
		"the last page by its name":         {"?page_size=3&page=last", []string{"6.txt"}, nil, url("?page=2&page_size=3")},
		"a size that is no number is 100":   {"?page_size=x", []string{"0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt"}, nil, nil},
		"a size of zero is 100":             {"?page_size=0", []string{"0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt"}, nil, nil},
		"a negative size is 100":            {"?page_size=-5", []string{"0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt"}, nil, nil},
		"a size above 1000 is 1000":         {"?page_size=5000", []string{"0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt"}, nil, nil},
		"descending order":                  {"?order=-file_name&page_size=2", []string{"6.txt", "5.txt"}, url("?order=-file_name&page=2&page_size=2"), nil},
		"repeated parameters stay in links": {"?file_name=1.txt&file_name=2.txt&page_size=1", []string{"1.txt"}, url("?file_name=1.txt&file_name=2.txt&page=2&page_size=1"), nil},
	} {
		page := getPage[api.File](t, s, "/v6/files/"+c.query)
		var names []string
		for _, f := range page.Results {
			names = append(names, f.FileName)
		}
		if diff := cmp.Diff(c.names, names); diff != "" {
			t.Errorf("%s: results (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]*string{c.next, c.previous}, []*string{page.Next, page.Previous}); diff != "" {
			t.Errorf("%s: next and previous (-want +got):\n%s", name, diff)
		}
	}
	for _, query := range []string{"page=2", "page=0", "page=-1", "page=x", "page=99999999999999999999", "page=2147483648&page_size=1000"} {
		resp, body := s.Do(t, "GET", "/v6/files/?"+query, nil, nil)
		if resp.StatusCode != 404 || strings.TrimSpace(string(body)) != `{"detail":"Invalid page."}` {
			t.Errorf("%s: got %d %s, want 404 Invalid page.", query, resp.StatusCode, body)
		}
	}
}

func TestEmptyListsHaveAFirstPage(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for _, path := range []string{
		"/v6/recipes/", "/v6/recipes/?page=last", "/v6/recipe-types/", "/v6/job-types/", "/v6/job-types/?is_system=true",
		"/v6/job-type-names/", "/v6/job-type-names/?page=last", "/v6/job-types/nobody/", "/v6/jobs/", "/v6/files/",
		"/v6/recipe-types/nobody/revisions/", "/v6/recipes/4711/input_files/", "/v6/jobs/4711/input_files/",
		"/v6/jobs/4711/executions/", "/v6/files/?batch_id=1", "/v6/files/?countries=FRA", "/v6/files/?workspace=nowhere",
		"/v6/jobs/?error_id=1", "/v6/workspaces/?name=nowhere", "/v6/recipes/?batch_id=1",
	} {
		resp, body := s.Do(t, "GET", path, nil, nil)
		want := `{"count":0,"next":null,"previous":null,"results":[]}`
		if resp.StatusCode != 200 || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: got %d %s, want 200 %s", path, resp.StatusCode, body, want)
		}
	}
}

// TestBadQueries has each kind of bad parameter for each list.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for query, want := range map[string]string{
		"/v6/recipes/?started=yesterday":                                              "Invalid ISO timestamp format for parameter: started",
		"/v6/recipes/?started=2020-01-01T00:00:00":                                    "Invalid ISO timestamp format for parameter: started",
		"/v6/recipes/?started=P1Y":                                                    "Invalid ISO timestamp format for parameter: started",
		"/v6/recipes/?started=2020-01-01T00:00:00Z&ended=2020-01-01T00:00:00Z":        "Start and end values must be different",
		"/v6/recipes/?started=2020-01-02T00:00:00Z&ended=2020-01-01T00:00:00%2B00:00": "Start time must come before end time",
		"/v6/recipes/?source_started=x":                                               "Invalid ISO timestamp format for parameter: source_started",
		"/v6/recipes/?recipe_id=1&recipe_id=x":                                        `Parameter must be a valid integer: "recipe_id"`,
		"/v6/recipes/?recipe_type_id=99999999999999999999":                            `Parameter must be a valid integer: "recipe_type_id"`,
		"/v6/recipes/?is_completed=perhaps":                                           `Parameter must be a valid boolean: "is_completed"`,
		"/v6/recipes/?order=password":                                                 `Invalid value for parameter: order: cannot order by "password"`,
		"/v6/recipes/?order=-":                                                        `Invalid value for parameter: order: `,
		"/v6/recipes/?recipe_type_name=%00":                                           "The request has text with a NUL character",
		"/v6/recipes/?recipe_type_name=%ff":                                           "The request has text that is not UTF-8",
		"/v6/recipes/1/input_files/?time_field=moon":                                  `Invalid value for parameter: "time_field"`,
		"/v6/files/?file_type=IMAGE":                                                  `Invalid value for parameter: "file_type"`,
		"/v6/files/?created_started=1":                                                "Invalid ISO timestamp format for parameter: created_started",
		"/v6/files/?order=hash%3B DROP TABLE files":                                   "Invalid value for parameter: order: ",
		"/v6/files/?order=hash;page=1":                                                "The query of the URL could not be read",
		"/v6/files/?file_name=%zz":                                                    "The query of the URL could not be read",
		"/v6/files/?is_deleted=2":                                                     `Parameter must be a valid boolean: "is_deleted"`,
		"/v6/jobs/?status=SLEEPING":                                                   `Invalid value for parameter: "status"`,
		"/v6/jobs/?error_category=HUMAN":                                              `Invalid value for parameter: "error_category"`,
		"/v6/jobs/?job_id=1.5":                                                        `Parameter must be a valid integer: "job_id"`,
		"/v6/jobs/1/executions/?node_id=x":                                            `Parameter must be a valid integer: "node_id"`,
		"/v6/job-types/?id=x":                                                         `Parameter must be a valid integer: "id"`,
		"/v6/job-types/?is_system=x":                                                  `Parameter must be a valid boolean: "is_system"`,
		"/v6/job-types/x/?is_active=x":                                                `Parameter must be a valid boolean: "is_active"`,
		"/v6/job-type-names/?is_active=x":                                             `Parameter must be a valid boolean: "is_active"`,
		"/v6/recipe-types/?is_active=x":                                               `Parameter must be a valid boolean: "is_active"`,
		"/v6/workspaces/?ended=x":                                                     "Invalid ISO timestamp format for parameter: ended",
		"/v6/workspaces/?order=host_path":                                             "...",
	} {
		resp, body := s.Do(t, "GET", strings.ReplaceAll(query, " ", "%20"), nil, nil)
		if want == "..." {
			if resp.StatusCode >= 500 {
				t.Errorf("%s: got %d %s", query, resp.StatusCode, body)
			}
			continue
		}
		if resp.StatusCode != http.StatusBadRequest || !strings.HasPrefix(detailOf(t, body), want) {
			t.Errorf("%s: got %d %s, want 400 %s", query, resp.StatusCode, body, want)
		}
	}
}
