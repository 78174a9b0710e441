package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

const (
	maxAnswerSize = 64 << 20 // bytes of a JSON answer
	pageSize      = 1000     // the server's maximum (contract 0.4)
)

// call is one request in the words of an endpoint.
type call struct {
	method string // "" is GET
	path   []any  // elements, each escaped here and only here
	bare   bool   // no slash at the end (v2)
	query  url.Values
	body   any // sent as JSON, unless it is an upload; v2 wants filters of a GET here

	stream bool // the bytes may take longer than the request timeout
	accept string

	readOnly   bool   // changes nothing, whatever the method
	idempotent bool   // sent twice it does what it does once, whatever the method
	key        string // makes a create or an edit safe to repeat
	auth       string // header instead of that of the session; "": the session's
	spares     bool   // leaves alone what others have
	ifMatch    string // entity tag of the version that an edit is for; "": any
}

// reads tells whether the call changes nothing.
func (k call) reads() bool {
	return k.readOnly || k.method == "" || k.method == http.MethodGet || k.method == http.MethodHead
}

// create is the call of a create. Its key is the same for all attempts, so the server
// makes one thing however many of them reach it, and a create is repeated like a read.
func create(path []any, body any) call {
	return call{method: http.MethodPost, path: path, body: body}.keyed()
}

// edit is the call of an edit, of the version that ifMatch names. Its key tells the server
// that a repeated edit is the same one, whose version has gone with its first attempt.
func edit(path []any, body any, ifMatch string) call {
	return call{method: http.MethodPatch, path: path, body: body, ifMatch: ifMatch}.keyed()
}

// check is the call of a validation, which changes nothing: repeated like a read.
func check(path []any, body any) call {
	return call{method: http.MethodPost, path: path, body: body, readOnly: true}
}

// v6 returns the path of a v6 endpoint.
func v6(elements ...any) []any { return append([]any{"v6"}, elements...) }

// v2 is the call of a v2 endpoint, whose path has no slash at its end (contract
// datakitchen-v2, 1). The body is JSON, of a GET and a DELETE too.
func v2(method string, body any, elements ...any) call {
	return call{method: method, path: append([]any{"v2"}, elements...), bare: true, body: body}
}

// keyed gives k a key: see create and edit.
func (k call) keyed() call {
	k.key = rand.Text()
	return k
}

// sparing makes k leave alone what others have.
func (k call) sparing(spares bool) call {
	k.spares = spares
	return k
}

// get reads one JSON document.
func get[T any](ctx context.Context, c *Client, path []any, query url.Values) (T, error) {
	v, _, err := send[T](ctx, c, call{path: path, query: query})
	return v, err
}

// send makes a call and decodes its answer; it also returns the answer's status.
func send[T any](ctx context.Context, c *Client, k call) (T, int, error) {
	v, head, err := sendFor[T](ctx, c, k)
	return v, head.status, err
}

// head is what an answer says beside its body.
type head struct {
	status int
	etag   string
	taken  bool // of a create: see takenOverHeader
}

// sendFor is send that also returns the head of the answer.
func sendFor[T any](ctx context.Context, c *Client, k call) (T, head, error) {
	resp, err := c.do(ctx, k)
	if err != nil {
		var none T
		return none, head{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	v, _, err := readJSON[T](resp)
	return v, head{resp.StatusCode, resp.Header.Get("ETag"), resp.Header.Get(takenOverHeader) != ""}, err
}

// readJSON decodes an answer, and also returns its text.
func readJSON[T any](resp *http.Response) (v T, raw []byte, err error) {
	raw, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswerSize+1))
	if err != nil {
		return v, raw, fmt.Errorf("reading answer of %s: %w", describe(resp), err)
	}
	if len(raw) > maxAnswerSize {
		return v, raw, fmt.Errorf("answer of %s is larger than %d MiB", describe(resp), maxAnswerSize>>20)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, raw, unreadable(resp, raw, err)
	}
	return v, raw, nil
}

// exec makes a call whose answer has nothing to say.
func exec(ctx context.Context, c *Client, k call) error {
	resp, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// list reads all pages up to limit items; 0: no limit.
func list[T any](ctx context.Context, c *Client, path []any, query url.Values, limit int) ([]T, error) {
	return collect(each[T](ctx, c, path, query, limit))
}

// collect reads items up to the first error, which makes it forget them.
func collect[T any](items iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// each gives the items of all pages, up to limit; 0: no limit. A page is asked for when
// the items before it are used up. An error is the last that it gives. It counts the
// pages itself instead of following next: behind a proxy that URL may name another host.
func each[T any](ctx context.Context, c *Client, path []any, query url.Values, limit int) iter.Seq2[T, error] {
	if query == nil {
		query = url.Values{}
	}
	size := pageSize
	if limit > 0 {
		size = min(size, limit)
	}
	query.Set("page_size", strconv.Itoa(size))
	return func(yield func(T, error) bool) {
		given := 0
		for page := 1; ; page++ {
			query.Set("page", strconv.Itoa(page))
			p, err := get[api.Page[T]](ctx, c, path, query)
			if page > 1 && api.IsNotFound(err) {
				return // the list has become shorter in the meantime
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range p.Results {
				if given++; !yield(v, nil) || given == limit {
					return
				}
			}
			if p.Next == nil || len(p.Results) == 0 {
				return
			}
		}
	}
}

// do makes a call: within the limit of concurrent requests, authenticated, with a
// second try with another token if there is one. The answer is a success;
// the caller closes its body.
func (c *Client) do(ctx context.Context, k call) (*http.Response, error) {
	if !k.reads() {
		c.writes.Add(1)
		defer c.writes.Add(1)
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if k.isOpenEnded() {
		return c.authenticated(ctx, k)
	}
	asker := ctx
	ctx, q, err := c.patience.ask(asker)
	if err != nil {
		return nil, err
	}
	resp, err := c.authenticated(ctx, k)
	return resp, q.answered(asker, err)
}

// authenticated is do without its limits.
func (c *Client) authenticated(ctx context.Context, k call) (*http.Response, error) {
	auth, err := k.auth, error(nil)
	if auth == "" {
		auth, err = c.session.header(ctx, c, "")
	}
	if err != nil {
		return nil, err
	}
	resp, err := c.try(ctx, k, auth)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusUnauthorized && k.auth == "" && c.session.renews() {
		fresh, err := c.session.header(ctx, c, auth)
		if err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
		if fresh != auth {
			_ = resp.Body.Close()
			if resp, err = c.try(ctx, k, fresh); err != nil {
				return nil, err
			}
		}
	}
	if resp.StatusCode/100 != 2 {
		defer func() { _ = resp.Body.Close() }()
		return nil, readError(resp)
	}
	return resp, nil
}

func (c *Client) try(ctx context.Context, k call, auth string) (*http.Response, error) {
	if k.method == "" {
		k.method = http.MethodGet
	}
	ctx = manner{repeatable: k.repeatable(), stream: k.stream, whole: !k.isOpenEnded()}.in(ctx)
	u, err := c.url(k)
	if err != nil {
		return nil, err
	}
	body, contentType, err := k.payload()
	if err != nil {
		return nil, err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, k.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("making request: %w", err)
	}
	req.Header.Set("User-Agent", c.agent)
	c.origin.setHeaders(req.Header)
	setClaim(ctx, req.Header)
	req.Header.Set("Accept", "application/json")
	if k.accept != "" {
		req.Header.Set("Accept", k.accept)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if k.key != "" {
		req.Header.Set("Idempotency-Key", k.key)
	}
	if k.spares {
		req.Header.Set("Galley-Spare", "others")
	}
	if k.ifMatch != "" {
		req.Header.Set("If-Match", k.ifMatch)
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := c.http.Do(req)
	return resp, explain(err, c.base)
}

// repeatable tells whether k may be sent again whatever became of it. A thing that is
// deleted already is no failure for those who delete.
func (k call) repeatable() bool {
	return k.reads() || k.idempotent || k.key != "" || k.method == http.MethodDelete
}

// isOpenEnded tells whether the caller reads the answer while it comes.
func (k call) isOpenEnded() bool { return k.stream && k.accept != "" }

// payload returns the body in a form that can be sent again.
func (k call) payload() (body any, contentType string, err error) {
	switch b := k.body.(type) {
	case nil:
		return nil, "", nil
	case *upload:
		return retryablehttp.ReaderFunc(b.open), b.contentType, nil
	default:
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(b); err != nil {
			return nil, "", fmt.Errorf("encoding request: %w", err)
		}
		return buf.Bytes(), "application/json", nil
	}
}

// url joins base, path and query. An element that would change the meaning of the
// path is an error here instead of a request to another endpoint.
func (c *Client) url(k call) (*url.URL, error) {
	u := *c.base
	escaped := c.base.EscapedPath()
	for _, e := range k.path {
		s := fmt.Sprint(e)
		if s == "" || s == "." || s == ".." {
			return nil, errors.New("making request: a name is empty, \".\" or \"..\"")
		}
		u.Path += "/" + s
		escaped += "/" + url.PathEscape(s)
	}
	if !k.bare {
		u.Path, escaped = u.Path+"/", escaped+"/"
	}
	u.RawPath = escaped
	u.RawQuery = k.query.Encode()
	return &u, nil
}

func describe(resp *http.Response) string {
	return strings.TrimSpace(resp.Request.Method + " " + resp.Request.URL.Path)
}
