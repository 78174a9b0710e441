package server

import (
	"fmt"
	"net/http"
	"net/url"
)

// newCrossOrigin is what keeps pages of other sites from sending requests with the
// credentials that a browser has. The public URL is one of ours.
func newCrossOrigin(publicURL string) (*http.CrossOriginProtection, error) {
	c := http.NewCrossOriginProtection()
	if publicURL == "" {
		return c, nil
	}
	u, err := url.Parse(publicURL)
	if err == nil {
		err = c.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	if err != nil {
		return nil, fmt.Errorf("bad --public-url: %w", err)
	}
	return c, nil
}

// checkOrigin refuses what a page of another site has made a browser send, if it changes
// something. Of that are also some GETs (contract datakitchen-v2).
func (s *Server) checkOrigin(r *http.Request, e endpoint) error {
	if !e.changes(r.Method) {
		return nil
	}
	checked := &http.Request{Method: http.MethodPost, Header: r.Header, URL: r.URL, Host: infoOf(r.Context()).Host}
	if err := s.crossOrigin.Check(checked); err != nil {
		return problemf(http.StatusForbidden, "The request comes from a page of another site (%s). If that is yours, serve it from the same host, or name it with --public-url.", err)
	}
	return nil
}
