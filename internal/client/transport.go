package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

const maxRedirects = 5

// attempts is the round tripper below the retries: every attempt is limited,
// guarded, timed and logged here.
type attempts struct {
	next    http.RoundTripper
	limiter *rate.Limiter
	hosts   []string
	timeout time.Duration
	log     func(ctx context.Context, msg string, fields map[string]any)

	simulates *atomic.Bool // the last answer said so
}

// manner is how a request may be treated. It travels in the context, as a retry policy
// gets no request when there is no answer.
type manner struct {
	repeatable bool // may be sent again whatever became of it
	stream     bool // the bytes may take as long as they need
	whole      bool // an answer counts only when it is there to its end
}

type mannerKey struct{}

func (m manner) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, mannerKey{}, m)
}

func mannerOf(ctx context.Context) manner {
	m, _ := ctx.Value(mannerKey{}).(manner)
	return m
}

// RoundTrip implements http.RoundTripper.
func (a *attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if !hostAllowed(a.hosts, req.URL) {
		closeBody(req)
		return nil, &blockedError{host: req.URL.Host}
	}
	if err := a.admit(ctx); err != nil {
		closeBody(req)
		return nil, fmt.Errorf("waiting for the request limit: %w", err)
	}
	how := mannerOf(ctx)
	cancel := context.CancelFunc(func() {})
	if !how.stream {
		ctx, cancel = context.WithTimeout(ctx, a.timeout)
	}
	start := time.Now()
	resp, err := a.next.RoundTrip(req.WithContext(ctx))
	if err == nil && how.whole {
		err = readWhole(resp)
	}
	fields := map[string]any{
		"method":      req.Method,
		"path":        req.URL.Path,
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() && req.Context().Err() == nil {
			err = &timeoutError{after: a.timeout, err: err}
		}
		cancel()
		questionOf(ctx).noted(err)
		fields["error"] = err.Error()
		a.log(req.Context(), "request failed", fields)
		return nil, err
	}
	a.simulates.Store(resp.Header.Get(api.ExecutorHeader) == api.Simulate)
	fields["status"] = resp.StatusCode
	fields["request_id"] = resp.Header.Get(requestIDHeader)
	a.log(req.Context(), "request answered", fields)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		questionOf(ctx).rest() // the pause that follows is asked for, and no trouble
	case resp.StatusCode >= http.StatusInternalServerError:
		questionOf(ctx).noted(&api.Error{Status: resp.StatusCode, Method: req.Method, Path: req.URL.Path})
	}
	resp.Body = &cancelingBody{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
}

// admit waits for the limit of requests a second, which is no fault of the backend's.
func (a *attempts) admit(ctx context.Context) error {
	q := questionOf(ctx)
	if !a.limiter.Allow() {
		q.rest()
		if err := a.limiter.Wait(ctx); err != nil {
			return err
		}
	}
	q.wait()
	return nil
}

// readWhole reads the body, so that one that breaks off is a failed attempt. A larger
// one than any answer is left off after that: sendFor refuses it.
func readWhole(resp *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerSize+1))
	_ = resp.Body.Close()
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	return nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// cancelingBody ends the attempt's timeout with its body.
type cancelingBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelingBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// timeoutError says that an attempt took longer than it may.
type timeoutError struct {
	after time.Duration
	err   error
}

func (e *timeoutError) Error() string { return fmt.Sprintf("no answer within %s: %s", e.after, e.err) }

func (e *timeoutError) Unwrap() error { return e.err }

// blockedError says that a request would have gone to a host that is not allowed.
type blockedError struct{ host string }

func (e *blockedError) Error() string {
	return fmt.Sprintf("host %q is not one of the allowed hosts", e.host)
}

// checkRedirect follows redirects of reads only: Go turns a redirected POST into a
// GET without its body. The answer of others is given back and becomes an error.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if first := via[0].Method; first != http.MethodGet && first != http.MethodHead {
		return http.ErrUseLastResponse
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return http.ErrUseLastResponse // never repeat the credentials in the clear
	}
	if len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

func newTransport(conf *tls.Config, cfg Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // documented type
	t.TLSClientConfig = conf
	t.MaxIdleConnsPerHost = cfg.MaxConcurrentRequests
	t.ResponseHeaderTimeout = cfg.RequestTimeout
	return t
}

func tlsConfig(cfg Config) (*tls.Config, error) {
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: cfg.InsecureSkipVerify, //nolint:gosec // asked for by the user
	}
	if cfg.CACertPEM != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pemText(cfg.CACertPEM)) {
			return nil, errors.New("the CA certificate holds no PEM certificate: expected one or more blocks of -----BEGIN CERTIFICATE-----, as they are, with blanks or \\n for line breaks, or in base64 as a whole")
		}
		conf.RootCAs = pool
	}
	if (cfg.ClientCertPEM == "") != (cfg.ClientKeyPEM == "") {
		return nil, errors.New("the client certificate and its key belong together: set both or none")
	}
	if cfg.ClientCertPEM != "" {
		pair, err := tls.X509KeyPair(pemText(cfg.ClientCertPEM), pemText(cfg.ClientKeyPEM))
		if err != nil {
			return nil, fmt.Errorf("reading client certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
