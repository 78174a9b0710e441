package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// A caller asks the API within this process, as somebody.
type caller struct {
	handler http.Handler
	token   string // of the session
}

// get asks for path, and decodes what it is answered into out.
func (c caller) get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.send(ctx, http.MethodGet, path, "", nil, out)
}

// send sends body, unless it is nil, as JSON, and decodes the answer into out, unless that
// is nil. An answer that is no success is an *api.Error. The same key makes it safe to
// press a button twice; "" is none.
func (c caller) send(ctx context.Context, method, path, key string, body, out any) error {
	var sent io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encoding: %w", err)
		}
		sent = bytes.NewReader(raw)
	}
	r, err := c.request(ctx, method, path, sent)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := &kept{header: http.Header{}}
	c.handler.ServeHTTP(w, r)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if w.status >= http.StatusMultipleChoices {
		return w.problem(r)
	}
	if out == nil || w.body.Len() == 0 {
		return nil
	}
	if err := json.Unmarshal(w.body.Bytes(), out); err != nil {
		return fmt.Errorf("decoding the answer of %s %s: %w", method, path, err)
	}
	return nil
}

func (c caller) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		return nil, fmt.Errorf("asking the API: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.RequestURI = path
	return r, nil
}

// kept is an answer that is kept in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write implements http.ResponseWriter.
func (k *kept) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(p)
}

// problem is a refusal of the API as an error.
func (k *kept) problem(r *http.Request) error {
	e := &api.Error{Status: k.status, Method: r.Method, Path: r.URL.Path}
	if k.status < http.StatusBadRequest { // it leads elsewhere: there is nothing at this path
		e.Status, e.Detail = http.StatusNotFound, "Not found."
		return e
	}
	var body api.ErrorBody
	var text string
	switch {
	case json.Unmarshal(k.body.Bytes(), &body) == nil:
		e.Detail, e.Problems = body.Detail, body.Problems
	case json.Unmarshal(k.body.Bytes(), &text) == nil: // the contract has some of those
		e.Detail = text
	default:
		e.Detail = strings.TrimSpace(k.body.String())
	}
	return e
}

// all are the results of a list that is short by nature: at most one full page.
func all[T any](ctx context.Context, c caller, path string, query url.Values) (api.Page[T], error) {
	var out api.Page[T]
	if query == nil {
		query = url.Values{}
	}
	if query.Get("page_size") == "" {
		query.Set("page_size", "1000")
	}
	err := c.get(ctx, path, query, &out)
	return out, err
}
