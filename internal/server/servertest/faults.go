package servertest

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// Fault is what becomes of a request instead of the answer that next has.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// LoseAnswer lets the server do what it is asked, and cuts the connection instead of
// answering, as a proxy does that dies at the wrong moment.
func LoseAnswer(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(discard{http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// ResetConnection resets the connection (RST) before the server hears of the request.
func ResetConnection(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Stall lets the server do what it is asked, and answers nothing until the client
// gives up.
func Stall(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(discard{http.Header{}}, r)
	_, _ = io.Copy(io.Discard, r.Body) // or else nobody notices that the client is gone
	<-r.Context().Done()
}

// Answer answers with this status, instead of the server.
func Answer(status int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"detail": "Injected."}`)
	}
}

// Busy answers 429 with a Retry-After, in whole seconds, instead of the server.
func Busy(retryAfter time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
		Answer(http.StatusTooManyRequests)(w, r, next)
	}
}

// Faults breaks answers of a server and counts its requests. Its Middleware goes into
// the [Options]. The zero value breaks nothing.
type Faults struct {
	mu       sync.Mutex
	rules    []faultRule
	requests map[string]int // by "METHOD /path"
}

type faultRule struct {
	match *regexp.Regexp
	fault Fault
	done  map[string]bool // the requests, as "METHOD /path", that had it; nil: it happens to all
}

// Inject lets fault happen to every request of which "METHOD /path" matches, a regular
// expression for the whole of it.
func (f *Faults) Inject(match string, fault Fault) {
	f.add(faultRule{match: whole(match), fault: fault})
}

// InjectOnce lets fault happen to the first request of each method and path that matches.
func (f *Faults) InjectOnce(match string, fault Fault) {
	f.add(faultRule{match: whole(match), fault: fault, done: map[string]bool{}})
}

func whole(match string) *regexp.Regexp { return regexp.MustCompile("^(?:" + match + ")$") }

func (f *Faults) add(r faultRule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, r)
}

// Clear ends all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// Requests tells how often each "METHOD /path" was requested since the last call.
func (f *Faults) Requests() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	counted := f.requests
	f.requests = nil
	return counted
}

// Middleware counts requests and breaks those that a fault is for.
func (f *Faults) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := f.of(r.Method + " " + r.URL.Path); fault != nil {
			fault(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// of counts a request, and returns what happens to it; nil: nothing.
func (f *Faults) of(request string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.requests == nil {
		f.requests = map[string]int{}
	}
	f.requests[request]++
	for _, rule := range f.rules {
		if !rule.match.MatchString(request) || rule.done[request] {
			continue
		}
		if rule.done != nil {
			rule.done[request] = true
		}
		return rule.fault
	}
	return nil
}

// discard is an answer that nobody gets.
type discard struct{ header http.Header }

// Header implements http.ResponseWriter.
func (d discard) Header() http.Header { return d.header }

// Write implements http.ResponseWriter.
func (d discard) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (d discard) WriteHeader(int) {}
