package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// Every request says for whom galley works, as those of the provider do, but of no session: an
// apply of the same origin must not take over what somebody has made by hand.
func TestOriginIsSent(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	backend := must[*url.URL](t)(url.Parse(s.URL))
	sent := make(chan http.Header, 100)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		sent <- r.In.Header.Clone()
		r.SetURL(backend)
	}})
	t.Cleanup(proxy.Close)
	c := at(s)
	c.env["GALLEY_ENDPOINT"], c.env["GALLEY_ORIGIN"], c.env["GITHUB_RUN_ID"] = proxy.URL, "acme/etl", "7"
	c.does(t, "runs", "ls")
	if len(sent) == 0 {
		t.Fatal("galley has asked nothing")
	}
	for range len(sent) {
		h := <-sent
		if h.Get("Galley-Origin") != "acme/etl" || h.Get("Galley-Run") != "7" || h.Get("Galley-Session") != "" {
			t.Errorf("got %v, want origin acme/etl, run 7 and no session", h)
		}
	}
	c.env["GALLEY_ORIGIN"] = strings.Repeat("x", 256)
	c.fails(t, exitUnable, "the environment variable GALLEY_ORIGIN (or TFC_WORKSPACE_SLUG) is", "runs", "ls")
}
