package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/time/rate"
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
}

// streamKey marks the context of a request whose bytes may take as long as they need.
type streamKey struct{}

// RoundTrip implements http.RoundTripper.
func (a *attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if !hostAllowed(a.hosts, req.URL) {
		closeBody(req)
		return nil, &blockedError{host: req.URL.Host}
	}
	if err := a.limiter.Wait(ctx); err != nil {
		closeBody(req)
		return nil, fmt.Errorf("waiting for the request limit: %w", err)
	}
	cancel := context.CancelFunc(func() {})
	if ctx.Value(streamKey{}) == nil {
		ctx, cancel = context.WithTimeout(ctx, a.timeout)
	}
	start := time.Now()
	resp, err := a.next.RoundTrip(req.WithContext(ctx))
	fields := map[string]any{
		"method":      req.Method,
		"path":        req.URL.Path,
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() && req.Context().Err() == nil {
			err = fmt.Errorf("no answer within %s: %w", a.timeout, err)
		}
		cancel()
		fields["error"] = err.Error()
		a.log(req.Context(), "request failed", fields)
		return nil, err
	}
	fields["status"] = resp.StatusCode
	fields["request_id"] = resp.Header.Get(requestIDHeader)
	a.log(req.Context(), "request answered", fields)
	resp.Body = &cancelingBody{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
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
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
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
		if !pool.AppendCertsFromPEM([]byte(cfg.CACertPEM)) {
			return nil, errors.New("the CA certificate holds no PEM certificate")
		}
		conf.RootCAs = pool
	}
	if (cfg.ClientCertPEM == "") != (cfg.ClientKeyPEM == "") {
		return nil, errors.New("the client certificate and its key belong together: set both or none")
	}
	if cfg.ClientCertPEM != "" {
		pair, err := tls.X509KeyPair([]byte(cfg.ClientCertPEM), []byte(cfg.ClientKeyPEM))
		if err != nil {
			return nil, fmt.Errorf("reading client certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
