package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// gate is an executor whose jobs wait until it opens.
type gate chan struct{}

// Run implements executor.Executor.
func (g gate) Run(ctx context.Context, t executor.Task) (executor.Result, error) {
	select {
	case <-g:
		return executor.NewSimulate().Run(ctx, t)
	case <-ctx.Done():
		return executor.Result{}, context.Cause(ctx)
	}
}

// stream opens the events of a recipe; lines are those of the answer.
func stream(t *testing.T, s *servertest.Server, id int64, header http.Header) (*http.Response, <-chan string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v6/recipes/"+jsonNumber(id)+"/events/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(resp.Body)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-t.Context().Done():
				return
			}
		}
	}()
	return resp, lines
}

// next is the next line of a stream; false at its end.
func next(t *testing.T, lines <-chan string) (string, bool) {
	t.Helper()
	select {
	case line, more := <-lines:
		return line, more
	case <-time.After(5 * time.Minute):
		t.Fatal("the stream says nothing")
		return "", false
	}
}

// nextEvent is the next event of a stream of recipes; "" at its end.
func nextEvent(t *testing.T, lines <-chan string) (name string, r api.RecipeDetail) {
	t.Helper()
	id := ""
	for {
		line, more := next(t, lines)
		if !more {
			return "", r
		}
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			decode(t, []byte(value), &r)
		case "":
			if name == "" {
				continue // after a comment
			}
			if id == "" {
				t.Errorf("event %s has no id", name)
			}
			return name, r
		}
	}
}

func TestEventsOfARecipe(t *testing.T) {
	t.Parallel()
	open := make(gate)
	s := servertest.New(t, servertest.Options{CustomExecutor: open})
	r := newPipeline(t, s, "count").start(t, s, upload(t, s, "in.txt", "1\n").ID)
	resp, lines := stream(t, s, r.ID, http.Header{"Last-Event-Id": {"1"}})
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %d of type %s", resp.StatusCode, got)
	}
	name, got := nextEvent(t, lines)
	if name != "recipe" || got.ID != r.ID || got.IsCompleted || got.JobsTotal != 1 || got.Details.Nodes["count"].NodeType.JobNode == nil {
		t.Fatalf("the first event is %s: %+v", name, got)
	}
	for got.JobsRunning == 0 {
		if name, got = nextEvent(t, lines); name != "recipe" {
			t.Fatalf("the event is %q: %+v", name, got)
		}
	}
	close(open)
	for !got.IsCompleted {
		if name, got = nextEvent(t, lines); name != "recipe" {
			t.Fatalf("the event is %q: %+v", name, got)
		}
	}
	name, got = nextEvent(t, lines)
	if name != "completed" || !got.IsCompleted || got.JobsCompleted != 1 {
		t.Errorf("the last event is %s: %+v", name, got)
	}
	if line, more := next(t, lines); more {
		t.Errorf("after the last event there is %q", line)
	}

	// Of one that is completed there is nothing to wait for.
	_, lines = stream(t, s, r.ID, nil)
	for _, want := range []string{"recipe", "completed", ""} {
		if name, _ := nextEvent(t, lines); name != want {
			t.Errorf("of a completed recipe: got event %q, want %q", name, want)
		}
	}
	var seen []api.RecipeDetail
	for r, err := range s.Client.WatchRecipe(t.Context(), r.ID) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, r)
	}
	if len(seen) != 1 || !seen[0].IsCompleted {
		t.Errorf("the client saw %+v, want the completed recipe once", seen)
	}
}

func TestQuietStreamsShowThatTheyAreAlive(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, Heartbeat: 50 * time.Millisecond})
	r := newPipeline(t, s, "count").start(t, s, upload(t, s, "in.txt", "1\n").ID)
	_, lines := stream(t, s, r.ID, nil)
	if name, _ := nextEvent(t, lines); name != "recipe" {
		t.Fatalf("the first event is %q", name)
	}
	for range 3 {
		line, _ := next(t, lines)
		if line == "" {
			line, _ = next(t, lines)
		}
		if !strings.HasPrefix(line, ":") {
			t.Errorf("got %q, want a comment", line)
		}
	}
}

// TestStreamsEndWithTheServer, also one that works no queue, and long before the
// shutdown would run out of patience.
func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	for name, workers := range map[string]int{"with workers": 1, "without": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{Workers: workers, CustomExecutor: make(gate), Drain: 100 * time.Millisecond})
			r := newPipeline(t, s, "count").start(t, s, upload(t, s, "in.txt", "1\n").ID)
			watched := make(chan error, 1)
			began := make(chan struct{})
			begin := sync.OnceFunc(func() { close(began) })
			go func() {
				var last error
				for _, err := range s.Client.WatchRecipe(t.Context(), r.ID) {
					if last = err; err == nil {
						begin()
					}
				}
				watched <- last
			}()
			started := time.Now()
			<-began
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			if err := <-watched; !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("watching ended with %v, want io.ErrUnexpectedEOF", err)
			}
			if took := time.Since(started); took > 8*time.Second {
				t.Errorf("the server took %s to stop", took)
			}
		})
	}
}

func TestStreamsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	r := newPipeline(t, s, "count").start(t, s, upload(t, s, "in.txt", "1\n").ID)
	resp, body := s.Do(t, "GET", "/v6/recipes/4711/events/", nil, nil)
	var answer api.ErrorBody
	if err := json.Unmarshal(body, &answer); err != nil || resp.StatusCode != 404 {
		t.Errorf("of an unknown recipe: got %d %s, want 404", resp.StatusCode, body)
	}
	if resp, _ := s.Do(t, "HEAD", "/v6/recipes/"+jsonNumber(r.ID)+"/events/", nil, nil); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: got %d of type %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	for _, err := range s.Client.WatchRecipe(t.Context(), 4711) {
		if !api.IsNotFound(err) {
			t.Errorf("the client says %v, want not found", err)
		}
	}
}
