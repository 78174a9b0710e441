package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/forward"
)

// requestIDHeader carries the id of a request in both directions.
const requestIDHeader = "X-Request-Id"

type requestInfoKey struct{}

// requestInfo is what is known of a request beside its parts.
type requestInfo struct {
	forward.Sender
	id   string
	user string // once it is known who sent it
}

// infoOf is the info of the request whose context ctx is.
func infoOf(ctx context.Context) *requestInfo {
	if info, ok := ctx.Value(requestInfoKey{}).(*requestInfo); ok {
		return info
	}
	return &requestInfo{}
}

func requestID(ctx context.Context) string { return infoOf(ctx).id }

// goodRequestID is what is taken over from a client: nothing that could break a log.
var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._:/+=-]{1,128}$`)

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// wrap puts around the routes what every request needs: an id, headers, a line in the
// log, and an answer even if a handler panics.
func (s *Server) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get(requestIDHeader)
		if !goodRequestID.MatchString(id) {
			id = rand.Text()
		}
		info := &requestInfo{id: id, Sender: forward.SenderOf(r, s.proxies)}
		r = r.WithContext(context.WithValue(r.Context(), requestInfoKey{}, info))
		rec := &recorder{ResponseWriter: w}
		secure(rec.Header(), info.Scheme == "https")
		rec.Header().Set(requestIDHeader, id)
		if s.executor() == ExecutorSimulate {
			rec.Header().Set(api.ExecutorHeader, ExecutorSimulate)
		}
		defer func() {
			if v := recover(); v != nil {
				s.recovered(rec, r, v)
			}
			took := time.Since(start)
			s.logAccess(r, rec, took)
			if s.metrics != nil {
				s.metrics.Requested(r.Method, r.Pattern, rec.status, took)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// recovered answers for a handler that panicked. http.ErrAbortHandler is how a
// handler (or a test's fault injection) closes the connection.
func (s *Server) recovered(rec *recorder, r *http.Request, v any) {
	if v == http.ErrAbortHandler { //nolint:errorlint // it is compared as the standard library does
		panic(v)
	}
	err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	if rec.status == 0 {
		s.refuse(rec, r, err)
		return
	}
	s.log.ErrorContext(r.Context(), "request failed after its answer had begun", "request_id", requestID(r.Context()),
		"method", r.Method, "path", r.URL.Path, "error", err)
	panic(http.ErrAbortHandler)
}

// secure sets headers that tell browsers to do nothing clever with the answers.
func secure(h http.Header, tls bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if tls {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// logAccess writes one line: neither headers nor bodies nor the query, which may hold secrets.
func (s *Server) logAccess(r *http.Request, rec *recorder, took time.Duration) {
	level := slog.LevelInfo
	switch r.URL.Path {
	case "/healthz", "/readyz":
		level = slog.LevelDebug
	}
	s.log.LogAttrs(r.Context(), level, "request", slog.String("request_id", requestID(r.Context())),
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", rec.status),
		slog.Int64("bytes", rec.bytes), slog.Duration("took", took), slog.String("remote", infoOf(r.Context()).Address),
		slog.String("user", infoOf(r.Context()).user))
}

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
