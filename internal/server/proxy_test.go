package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted                []string
		base, address, hstsAge string
	}{
		"trusted":     {[]string{"127.0.0.1"}, "https://galley.example.com", "203.0.113.9", "max-age=31536000"},
		"not trusted": {nil, "", "127.0.0.1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{Workers: -1, TrustedProxies: c.trusted})
			base := c.base
			if base == "" {
				base = s.URL
			}
			header := func() http.Header {
				h := jsonHeader()
				h.Set("X-Forwarded-For", "203.0.113.9")
				h.Set("X-Forwarded-Proto", "https")
				h.Set("X-Forwarded-Host", "galley.example.com")
				return h
			}
			resp, raw := s.Do(t, "POST", "/v6/workspaces/", header(), strings.NewReader(`{"title": "Raw", "configuration": {"broker": {"type": "host", "host_path": "raw"}}}`))
			if got := resp.Header.Get("Location"); resp.StatusCode != 201 || got != base+"/v6/workspaces/2/" {
				t.Errorf("got %d at %q, want %s: %s", resp.StatusCode, got, base, raw)
			}
			if got := resp.Header.Get("Strict-Transport-Security"); got != c.hstsAge {
				t.Errorf("got Strict-Transport-Security %q, want %q", got, c.hstsAge)
			}
			_, raw = s.Do(t, "GET", "/v6/workspaces/?page_size=1", header(), nil)
			var page struct{ Next string }
			if err := json.Unmarshal(raw, &page); err != nil || page.Next != base+"/v6/workspaces/?page=2&page_size=1" {
				t.Errorf("the next page is at %q, %v, want it at %s", page.Next, err, base)
			}
			entries, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{Actions: []string{"POST"}})
			if err != nil || len(entries) != 1 || entries[0].Address != c.address {
				t.Errorf("the audit has %+v, %v, want the address %s", entries, err, c.address)
			}
			if !strings.Contains(s.Log.String(), "remote="+c.address+" user=admin") {
				t.Errorf("the log does not have the address %s", c.address)
			}
		})
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, TrustedProxies: []string{"127.0.0.1"},
		Alerts: server.AlertConfig{PublicURL: "https://galley.example.com/api"}})
	host := strings.TrimPrefix(s.URL, "http://")
	mustSend(t, s, "PUT", "/v2/kitchen/create/None/Prod", "{}", 200, nil)
	type h = map[string]string
	for name, c := range map[string]struct {
		method, path string
		header       h
		refused      bool
	}{
		"a page of another site creates":          {"POST", "/v6/workspaces/", h{"Sec-Fetch-Site": "cross-site"}, true},
		"a page of a sister site edits":           {"PATCH", "/v6/workspaces/1/", h{"Sec-Fetch-Site": "same-site"}, true},
		"an old browser":                          {"POST", "/v6/jobs/cancel/", h{"Origin": "https://evil.example.com"}, true},
		"a page without an origin":                {"POST", "/v6/jobs/cancel/", h{"Origin": "null"}, true},
		"a page of another site logs in":          {"POST", "/v2/login", h{"Sec-Fetch-Site": "cross-site"}, true},
		"a page of another site logs in, v6":      {"POST", "/api-token-auth/", h{"Sec-Fetch-Site": "cross-site"}, true},
		"a GET of v2 that changes":                {"GET", "/v2/kitchen/create/Prod/Cross", h{"Sec-Fetch-Site": "cross-site"}, true},
		"a PUT of v2":                             {"PUT", "/v2/kitchen/create/Prod/Cross", h{"Origin": "https://evil.example.com"}, true},
		"a DELETE of v2":                          {"DELETE", "/v2/kitchen/delete/Prod", h{"Sec-Fetch-Site": "cross-site"}, true},
		"a page of another site deletes a user":   {"DELETE", "/v6/users/1/", h{"Sec-Fetch-Site": "cross-site"}, true},
		"another site reads":                      {"GET", "/v6/workspaces/", h{"Sec-Fetch-Site": "cross-site"}, false},
		"another site asks":                       {"POST", "/v6/workspaces/validation/", h{"Sec-Fetch-Site": "cross-site"}, false},
		"our own page":                            {"POST", "/v6/workspaces/", h{"Sec-Fetch-Site": "same-origin"}, false},
		"the bar of a browser":                    {"POST", "/v6/workspaces/", h{"Sec-Fetch-Site": "none"}, false},
		"our own page in an old browser":          {"POST", "/v6/workspaces/", h{"Origin": "http://" + host}, false},
		"our own page by its public URL":          {"POST", "/v6/workspaces/", h{"Sec-Fetch-Site": "cross-site", "Origin": "https://galley.example.com"}, false},
		"our own page behind a proxy":             {"POST", "/v6/workspaces/", h{"Origin": "https://proxy.example.com", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "proxy.example.com"}, false},
		"no browser":                              {"POST", "/v6/workspaces/", h{}, false},
		"a GET of v2 that changes, by our page":   {"GET", "/v2/kitchen/create/Prod/Own", h{"Sec-Fetch-Site": "same-origin"}, false},
		"a GET of v2 that changes, by no browser": {"GET", "/v2/kitchen/create/Prod/Program", h{}, false},
	} {
		header := jsonHeader()
		for name, value := range c.header {
			header.Set(name, value)
		}
		resp, body := s.Do(t, c.method, c.path, header, strings.NewReader("{}"))
		refused := resp.StatusCode == http.StatusForbidden && strings.Contains(string(body), "a page of another site")
		if refused != c.refused {
			t.Errorf("%s: got %d %s", name, resp.StatusCode, body)
		}
	}
	if _, body := s.Do(t, "GET", "/v2/kitchen/list", nil, nil); strings.Contains(string(body), "Cross") || !strings.Contains(string(body), "Own") {
		t.Errorf("kitchens are %s", body)
	}
}
