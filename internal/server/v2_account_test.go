package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestLoginV2TakesWhatClientsSend: contract datakitchen-v2, 1.1.
func TestLoginV2TakesWhatClientsSend(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	good := loginForm(servertest.Username, servertest.Password)
	for name, c := range map[string]struct{ contentType, body string }{
		"a form":                     {"application/x-www-form-urlencoded", good},
		"a form with a charset":      {"application/x-www-form-urlencoded; charset=UTF-8", good},
		"a form labelled as JSON":    {"application/json", good},
		"a form without a label":     {"", good},
		"JSON":                       {"application/json", `{"username": "admin", "password": "` + servertest.Password + `"}`},
		"JSON labelled as a form":    {"application/x-www-form-urlencoded", `{"username": "admin", "password": "` + servertest.Password + `"}`},
		"a label that cannot be one": {"???", good},
	} {
		header := http.Header{"Authorization": {""}}
		if c.contentType != "" {
			header.Set("Content-Type", c.contentType)
		}
		resp, body := s.Do(t, "POST", "/v2/login", header, strings.NewReader(c.body))
		if resp.StatusCode != 200 || strings.Count(string(body), ".") != 2 || strings.TrimSpace(string(body)) != string(body) {
			t.Errorf("%s: got %d %q, want a bare token", name, resp.StatusCode, body)
		}
	}
}

// TestCredentialsOfV2: the first call of dkutils has none and must fail, or it never logs in.
func TestCredentialsOfV2(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	login := mustLogin(t, s, servertest.Username, servertest.Password)
	for name, c := range map[string]struct {
		header string
		status int
		want   string
	}{
		"none":                      {"", 401, `{"detail":"Authentication credentials were not provided.","message":{"error":"Authentication credentials were not provided.","status":"failed"}}`},
		"a bad token":               {"Bearer nothing", 401, `{"detail":"Invalid token.","message":{"error":"Invalid token.","status":"failed"}}`},
		"bearer in lower case":      {"bearer " + login, 200, `{"token":"` + login + `"}`},
		"Bearer":                    {"Bearer " + login, 200, `{"token":"` + login + `"}`},
		"Basic with an API token":   {basic("admin", s.Token), 200, `{"token":""}`},
		"Basic with a wrong secret": {basic("admin", "wrong"), 401, `{"detail":"Invalid username/password.","message":{"error":"Invalid username/password.","status":"failed"}}`},
	} {
		for _, body := range []string{"", "{}"} {
			resp, got := s.Do(t, "GET", "/v2/validatetoken", authorization(c.header), strings.NewReader(body))
			if resp.StatusCode != c.status || strings.TrimSpace(string(got)) != c.want {
				t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, got, c.status, c.want)
			}
		}
	}
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	k := &kitchens{t, servertest.New(t, servertest.Options{Workers: -1})}
	var got api.UserInfo
	k.as("ann@example.com", "operator").must("GET", "/v2/userinfo", "{}", &got)
	want := api.UserInfo{Name: "ann@example.com", Nickname: "ann@example.com", Email: "ann@example.com", UserID: "2", Role: "operator",
		CustomerName: "galley", CustomerGitName: "galley", CustomerGitOrg: "galley"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVaultsAreNotServed(t *testing.T) {
	t.Parallel()
	k := &kitchens{t, servertest.New(t, servertest.Options{Workers: -1})}
	for _, path := range []string{"/v2/vault/config", "/v2/secret", "/v2/secret/a/b"} {
		status, body := k.call("GET", path, `{"kitchens": "x"}`)
		if status != 404 || !strings.Contains(body, `"message":{"error":"There is nothing at `+path+`: vaults are not served.`) {
			t.Errorf("%s: got %d %s, want 404 that says why", path, status, body)
		}
	}
}
