package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/page"
)

// maxChecked is how much of a body is kept to be checked, in bytes. What is larger is
// checked without its body.
const maxChecked = 4 << 20

// UnknownParameter is the parameter of a query that tests send to see that unknown ones
// are ignored. Every other one has to be documented, so that none is forgotten.
const UnknownParameter = "colour"

// checked puts the check of the document around a server, inside of what a test puts
// around it. Requests are checked if they succeeded (others may be wrong on purpose),
// answers always. It ends with the test; until then a request that is still being
// answered may fail it.
func checked(t testing.TB, outer func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	t.Helper()
	c, err := document()
	if err != nil {
		t.Fatal(err)
	}
	r := &reporter{t: t, said: map[string]bool{}}
	t.Cleanup(r.end)
	return func(next http.Handler) http.Handler {
		handler := c.check(next, r)
		if outer != nil {
			handler = outer(handler)
		}
		return handler
	}
}

// reporter fails a test as long as it runs, once for each mistake.
type reporter struct {
	mu   sync.Mutex
	t    testing.TB // nil: the test has ended
	said map[string]bool
}

func (r *reporter) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.t = nil
}

func (r *reporter) report(x *exchange, mistake error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprintf("%s %s %d %v", x.request.Method, x.path, x.status, mistake)
	if r.t == nil || r.said[key] {
		return
	}
	r.said[key] = true
	r.t.Errorf("%s %s: got %d, which openapi.yaml has otherwise at %s: %v\nrequest: %.500s\nanswer: %.1000s",
		x.request.Method, x.request.URL.RequestURI(), x.status, x.path, mistake, x.sent.bytes(), x.body.Bytes())
}

// check hands requests on and holds them against the document when they are answered.
func (c *contract) check(next http.Handler, report *reporter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, page.Prefix) || r.URL.Path == "/" && page.IsBrowser(r) {
			next.ServeHTTP(w, r) // for people
			return
		}
		x := &exchange{ResponseWriter: w, described: c.describe(r), doc: c.doc, request: r.Clone(r.Context())}
		if r.Body != nil && !isMultipart(r.Header) {
			x.sent.ReadCloser = r.Body
			r.Body = &x.sent
		}
		next.ServeHTTP(x, r)
		if x.status == 0 {
			if r.Context().Err() != nil {
				return // nobody was listening any more
			}
			x.status = http.StatusOK
		}
		if err := x.checkResponse(); err != nil {
			report.report(x, err)
		}
		if x.status >= 200 && x.status < 300 {
			if err := x.checkRequest(); err != nil {
				report.report(x, err)
			}
		}
	})
}

// exchange is a request and its answer. It is the response writer of the request.
type exchange struct {
	http.ResponseWriter
	described
	doc     *openapi3.T
	request *http.Request // as it came; its body is in sent
	sent    sentBody
	status  int // 0: not yet
	header  http.Header
	body    bytes.Buffer // of an answer in JSON
	size    int64        // of any answer
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 && status >= 200 {
		x.status, x.header = status, x.Header().Clone()
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status, x.header = http.StatusOK, x.Header().Clone()
	}
	x.size += int64(len(p))
	if x.size <= maxChecked && isJSON(x.header) {
		x.body.Write(p)
	}
	return x.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// sentBody keeps what the server reads of a request's body.
type sentBody struct {
	io.ReadCloser
	buf     bytes.Buffer
	ended   bool // the server has read all of it
	tooLong bool // to be kept
}

// Read implements io.Reader.
func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.tooLong = b.tooLong || b.buf.Len()+n > maxChecked; !b.tooLong {
		b.buf.Write(p[:n])
	}
	b.ended = b.ended || errors.Is(err, io.EOF)
	return n, err
}

func isJSON(h http.Header) bool { return mediaType(h) == "application/json" }

// bytes is the body without the byte order mark, which the server skips.
func (b *sentBody) bytes() []byte { return bytes.TrimPrefix(b.buf.Bytes(), []byte("\ufeff")) }

func isMultipart(h http.Header) bool { return strings.HasPrefix(mediaType(h), "multipart/") }

func mediaType(h http.Header) string {
	t, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return t
}

func options(body bool) *openapi3filter.Options {
	o := &openapi3filter.Options{
		ExcludeRequestBody: !body, ExcludeResponseBody: !body, IncludeResponseStatus: true, SkipSettingDefaults: true,
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
	o.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.Reason
	})
	return o
}

func (x *exchange) input() *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: x.request, PathParams: x.params,
		Route: &routers.Route{Spec: x.doc, Path: x.path, PathItem: x.item, Method: x.request.Method, Operation: x.operation},
	}
}

func (x *exchange) checkResponse() error {
	if x.header == nil {
		x.header = x.Header().Clone()
	}
	documented := x.operation.Responses.Status(x.status)
	if documented == nil {
		if isRedirect(x.status) {
			return nil // of a path that is not clean
		}
		return errors.New("the status is not documented")
	}
	for name, header := range x.doc.Components.Headers {
		_, known := documented.Value.Headers[name]
		switch sent := x.header.Get(name) != ""; {
		case sent && !known:
			return fmt.Errorf("the header %s is not documented", name)
		case !sent && known && header.Value.Required && isRedirect(x.status): // the library does not look at those
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	content := documented.Value.Content
	switch {
	case x.request.Method == http.MethodHead:
		return nil
	case len(content) == 0 && x.size > 0 && !isRedirect(x.status):
		return fmt.Errorf("there is a body of %d bytes, but none is documented", x.size)
	case len(content) > 0 && content.Get(x.header.Get("Content-Type")) == nil:
		return fmt.Errorf("the media type %q is not documented", x.header.Get("Content-Type"))
	}
	input := &openapi3filter.ResponseValidationInput{RequestValidationInput: x.input(), Status: x.status, Header: x.header,
		Options: options(isJSON(x.header) && x.size <= maxChecked)}
	input.SetBodyBytes(x.body.Bytes())
	return openapi3filter.ValidateResponse(context.Background(), input)
}

func isRedirect(status int) bool {
	return status == http.StatusMovedPermanently || status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// relabel gives a body of v2 the label that fits it: the server believes the body, as
// the document says.
func (x *exchange) relabel() {
	body := bytes.TrimSpace(x.sent.bytes())
	switch {
	case !strings.HasPrefix(x.path, "/v2/") || len(body) == 0 || isMultipart(x.request.Header):
	case string(body) == "null":
		x.sent.buf.Reset() // as an absent one
	case body[0] == '{':
		x.request.Header.Set("Content-Type", "application/json")
	default:
		x.request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

// checkUnspecifiedBody holds the body of a GET or DELETE of v2, which OpenAPI 3.0 cannot
// describe, against the schema that x-galley-body names.
func (x *exchange) checkUnspecifiedBody() error {
	body := bytes.TrimSpace(x.sent.bytes())
	if !strings.HasPrefix(x.path, "/v2/") || x.operation.RequestBody != nil || len(body) == 0 || x.sent.tooLong {
		return nil
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // some have no place in a float
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	name, _ := x.operation.Extensions["x-galley-body"].(string)
	if name == "" {
		if members, isObject := value.(map[string]any); !isObject || len(members) > 0 {
			return errors.New("there is a body, but none is documented")
		}
		return nil
	}
	schema := x.doc.Components.Schemas[name]
	if schema == nil {
		return fmt.Errorf("there is no schema %q for the body", name)
	}
	return schema.Value.VisitJSON(value, openapi3.VisitAsRequest())
}

func (x *exchange) checkRequest() error {
	x.relabel()
	if err := x.checkUnspecifiedBody(); err != nil {
		return err
	}
	members, err := x.bodyMembers()
	if err != nil {
		return err
	}
	query := x.request.URL.Query()
	var inQuery []string // members of the body that were sent there
	for name := range query {
		if name == UnknownParameter || x.operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) != nil {
			continue
		}
		if _, isMember := members[name]; !isMember {
			return fmt.Errorf("the parameter %q of the query is not documented", name)
		}
		inQuery = append(inQuery, name)
	}
	hasBody := x.sent.ended && !x.sent.tooLong && !isMultipart(x.request.Header)
	if x.request.Header.Get("Content-Type") == "" {
		x.request.Header.Set("Content-Type", "application/json") // as the document says
	}
	if hasBody && !isJSON(x.request.Header) {
		x.request.Body = io.NopCloser(bytes.NewReader(x.sent.bytes()))
	} else if hasBody {
		raw, err := withMembers(x.sent.bytes(), query, inQuery)
		if err != nil {
			return err
		}
		x.request.Body = io.NopCloser(bytes.NewReader(raw))
	}
	input := x.input()
	input.Options = options(hasBody)
	return openapi3filter.ValidateRequest(context.Background(), input)
}

// bodyMembers are the members that the body can have. An error: its media type is not documented.
func (x *exchange) bodyMembers() (openapi3.Schemas, error) {
	if x.operation.RequestBody == nil {
		return nil, nil
	}
	content := x.operation.RequestBody.Value.Content
	given := x.request.Header.Get("Content-Type")
	if x.sent.buf.Len() == 0 && !isMultipart(x.request.Header) || given == "" {
		given = slices.Sorted(maps.Keys(content))[0]
	}
	described := content.Get(given)
	if described == nil {
		return nil, fmt.Errorf("the media type %q of the request is not documented", given)
	}
	return described.Schema.Value.Properties, nil
}

// withMembers is a body with the members that were sent in the query, which win.
func withMembers(raw []byte, query map[string][]string, names []string) ([]byte, error) {
	if len(names) == 0 {
		return raw, nil
	}
	members := map[string]any{}
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := json.Unmarshal(raw, &members); err != nil {
			return nil, fmt.Errorf("reading the request: %w", err)
		}
	}
	for _, name := range names {
		members[name] = query[name][0]
		if len(query[name]) > 1 {
			members[name] = query[name]
		}
	}
	return json.Marshal(members)
}
