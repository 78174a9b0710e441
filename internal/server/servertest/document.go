package servertest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// document is the published document, read once for each test process.
var document = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.OpenAPI()))
	if err != nil {
		return nil, fmt.Errorf("reading openapi.yaml: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("checking openapi.yaml: %w", err)
	}
	return newContract(doc), nil
})

// Document is the published document as the server has it in its program.
func Document() (*openapi3.T, error) {
	c, err := document()
	if err != nil {
		return nil, err
	}
	return c.doc, nil
}

// contract finds out what the document says about a request.
type contract struct {
	doc   *openapi3.T
	paths *http.ServeMux // finds what the server's own finds
}

// described is what the document says about a request.
type described struct {
	path      string // of the document
	item      *openapi3.PathItem
	operation *openapi3.Operation
	params    map[string]string // of the path
}

var wildcard = regexp.MustCompile(`\{(\w+)\}`)

func newContract(doc *openapi3.T) *contract {
	c := &contract{doc: doc, paths: http.NewServeMux()}
	apart := http.NewServeMux() // of what the other takes for ambiguous
	c.paths.Handle("/", apart)
	for path, item := range doc.Paths.Map() {
		for _, served := range servedAt(path, item) {
			bare, hasSlash := strings.CutSuffix(served, "/")
			if !hasSlash {
				c.paths.HandleFunc(served, found(path, item))
				continue
			}
			into := c.paths
			if strings.HasSuffix(served, "/scans/cancel/{id}/") || strings.HasSuffix(served, "/datasets/members/{id}/") {
				into = apart
			}
			into.HandleFunc(served+"{$}", found(path, item))
			into.HandleFunc(bare, found(bare, c.item("301", "MissingSlash", "308", "MissingSlash")))
		}
	}
	return c
}

// servedAt is where the server has a path of the document: v6 is served below /v7 as well,
// and a parameter with x-galley-slashes, which OpenAPI 3.0 cannot describe, is the rest of
// its path.
func servedAt(path string, item *openapi3.PathItem) []string {
	for _, operation := range item.Operations() {
		for _, p := range operation.Parameters {
			if slashes, _ := p.Value.Extensions["x-galley-slashes"].(bool); slashes {
				path = strings.Replace(path, "{"+p.Value.Name+"}", "{"+p.Value.Name+"...}", 1)
			}
		}
	}
	if rest, isV6 := strings.CutPrefix(path, "/v6/"); isV6 {
		return []string{path, "/v7/" + rest}
	}
	return []string{path}
}

// found leaves its path in the response writer, which is only there for that.
func found(path string, item *openapi3.PathItem) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, isFinder := w.(*finder)
		if !isFinder {
			return
		}
		f.path, f.item, f.params = path, item, map[string]string{}
		for _, m := range wildcard.FindAllStringSubmatch(path, -1) {
			f.params[m[1]] = r.PathValue(m[1])
		}
	}
}

// finder is a response writer without a response.
type finder struct{ described }

func (f *finder) Header() http.Header         { return http.Header{} }
func (f *finder) Write(p []byte) (int, error) { return len(p), nil }
func (f *finder) WriteHeader(int)             {}

// describe finds what the document says about a request. For one that it does not
// know, that is how such requests are refused.
func (c *contract) describe(r *http.Request) described {
	var f finder
	c.paths.ServeHTTP(&f, r.Clone(r.Context()))
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	prefix := ""
	if strings.HasPrefix(r.URL.Path, "/v2/") {
		prefix = "V2"
	}
	switch {
	case f.item == nil && prefix != "":
		f.path, f.item = "an unknown URL", c.item("404", "V2Error")
	case f.item == nil:
		f.path, f.item = "an unknown URL", c.item("404", "NotFound")
	case f.item.Trace != nil: // c.item's
	case f.item.GetOperation(method) == nil:
		f.item = c.item("401", prefix+"Unauthorized", "405", prefix+"MethodNotAllowed", "429", "TooManyLogins",
			"500", "Internal", "503", "Unavailable")
	}
	f.operation = f.item.GetOperation(method)
	if f.operation == nil {
		f.operation = f.item.Trace
	}
	return f.described
}

// item is a path whose only operation has the given answers, as pairs of a status and
// the name of a response.
func (c *contract) item(pairs ...string) *openapi3.PathItem {
	responses := openapi3.NewResponsesWithCapacity(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		responses.Set(pairs[i], c.doc.Components.Responses[pairs[i+1]])
	}
	return &openapi3.PathItem{Trace: &openapi3.Operation{Responses: responses}}
}
