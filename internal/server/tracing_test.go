package server_test

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// spans is a collector of OpenTelemetry.
type spans struct {
	*httptest.Server
	mu   sync.Mutex
	all  []*trace.Span
	from map[string]string // attributes of what sends them
	auth string
}

func newSpans(t *testing.T) *spans {
	t.Helper()
	s := &spans{from: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzipped
		}
		raw, err := io.ReadAll(body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(raw, &sent)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.auth = r.Header.Get("Authorization")
		for _, resource := range sent.ResourceSpans {
			for _, a := range resource.Resource.Attributes {
				s.from[a.Key] = a.Value.GetStringValue()
			}
			for _, scope := range resource.ScopeSpans {
				s.all = append(s.all, scope.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(s.Close)
	return s
}

// named is the first span of that name in a trace ("": in any).
func (s *spans) named(name, traceID string) *trace.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range s.all {
		if span.Name == name && (traceID == "" || hex.EncodeToString(span.TraceId) == traceID) {
			return span
		}
	}
	return nil
}

func attributes(span *trace.Span) map[string]string {
	out := map[string]string{}
	for _, a := range span.Attributes {
		out[a.Key] = strings.TrimPrefix(strings.TrimPrefix(a.Value.String(), "string_value:"), "int_value:")
	}
	return out
}

// TestTraces runs a job on a real server that sends what it does to a collector.
func TestTraces(t *testing.T) {
	t.Parallel()
	s := newSpans(t)
	const traceID = "0af7651916cd43dd8448eb211c80319c"
	p := servertest.Galleyd(t, "serve", "--listen=127.0.0.1:0", "--data-dir="+t.TempDir(), "--otlp-endpoint="+s.URL)
	send := func(path, body string, want int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(servertest.Username, servertest.Password)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("traceparent", "00-"+traceID+"-b7ad6b7169203331-01")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != want {
			text, _ := io.ReadAll(resp.Body)
			t.Fatalf("%s: %s %s", path, resp.Status, text)
		}
	}
	send("/v6/job-types/", helloJob("greet", ""), http.StatusCreated)
	send("/v6/recipe-types/", `{"title": "hello", "definition": {"input": {"files": [], "json": [{"name": "testvar", "type": "string"}]}, "nodes": {"greet": `+helloNode("greet", "")+`}}}`, http.StatusCreated)
	send("/v6/recipes/", `{"recipe_type_id": 1, "input": {"json": {"testvar": "x"}}}`, http.StatusCreated)
	send("/v6/recipes/", `{"recipe_type_id": 1, "input": {"files": {"testvar": [4711]}}}`, http.StatusBadRequest) // refused within its transaction
	servertest.Eventually(t, time.Minute, func() error {
		r, err := p.Client.Recipe(t.Context(), 1)
		if err == nil && !r.IsCompleted {
			err = fmt.Errorf("recipe %d is not complete", r.ID)
		}
		return err
	})
	p.Signal(t, syscall.SIGTERM) // sends what is left
	p.Wait(t, time.Minute)

	request := s.named("POST /v6/recipes/", traceID)
	if request == nil {
		t.Fatalf("the trace of the client does not go on with its request: %v", s.all)
	}
	if got := attributes(request); !strings.Contains(got["http.response.status_code"], "201") || hex.EncodeToString(request.ParentSpanId) != "b7ad6b7169203331" {
		t.Errorf("the request's span is %v", request)
	}
	if tx := s.named("transaction", traceID); tx == nil {
		t.Error("the request has no transaction")
	}
	job := s.named("job greet/1.0.0", "")
	if job == nil {
		t.Fatalf("no execution has a span: %v", s.all)
	}
	got := attributes(job)
	for key, want := range map[string]string{"galley.recipe.id": "1", "galley.recipe.node": "greet", "galley.execution": "1", "galley.status": "COMPLETED"} {
		if !strings.Contains(got[key], want) {
			t.Errorf("the execution's %s is %q, want %s", key, got[key], want)
		}
	}
	failed := 0
	for _, span := range s.all {
		if span.Status.GetCode() == trace.Status_STATUS_CODE_ERROR {
			failed++
		}
		if text := span.Status.GetMessage(); text != "" {
			t.Errorf("the span %s tells what an error says: %q", span.Name, text)
		}
	}
	if failed == 0 {
		t.Error("the transaction that was refused has no failed span")
	}
	inside := hex.EncodeToString(job.TraceId)
	for _, name := range []string{"run", "transaction"} {
		if s.named(name, inside) == nil {
			t.Errorf("the execution has no span %s", name)
		}
	}
	if s.from["service.name"] != "galleyd" || s.from["service.version"] == "" {
		t.Errorf("they are sent by %v", s.from)
	}
}

// TestTracesAreNotNeeded has a collector that is away, and one that there cannot be.
func TestTracesAreNotNeeded(t *testing.T) {
	t.Parallel()
	p := servertest.Galleyd(t, "serve", "--listen=127.0.0.1:0", "--data-dir="+t.TempDir(), "--otlp-endpoint=http://127.0.0.1:1")
	if _, err := p.Client.Workspace(t.Context(), 1); err != nil {
		t.Error(err)
	}
	p.Signal(t, syscall.SIGTERM)
	if code := p.Wait(t, time.Minute); code != 0 {
		t.Errorf("exit code %d", code)
	}
	_, said, code := servertest.Run(t, "", "serve", "--listen=127.0.0.1:0", "--data-dir="+t.TempDir(), "--otlp-endpoint=localhost:4317")
	if code == 0 || !strings.Contains(said, "such as http://localhost:4318") {
		t.Errorf("exit code %d, %s", code, said)
	}
}
