package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	askEvery  = 10 * time.Second // for the keys of one issuer
	maxAnswer = 1 << 20          // bytes
)

var (
	// errFetch is that an issuer could not be asked.
	errFetch = errors.New("asking the issuer")
	// errAskedLately is that the issuer has just said which keys it has.
	errAskedLately = errors.New("the key is not known, and the issuer was asked for its keys a moment ago")
)

// fetcher asks an issuer: by one scheme only, with bounded answers, and not all the time,
// whatever tokens strangers send.
type fetcher struct {
	next   http.RoundTripper
	scheme string
	now    func() time.Time

	mu   sync.Mutex
	last map[string]outcome // by URL
}

type outcome struct {
	at  time.Time
	err error
}

func newFetcher(next http.RoundTripper, scheme string, now func() time.Time) *fetcher {
	return &fetcher{next: next, scheme: scheme, now: now, last: map[string]outcome{}}
}

func newTLSTransport(roots *x509.CertPool) http.RoundTripper {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: fetchTimeout,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
}

// RoundTrip implements http.RoundTripper.
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != f.scheme {
		return nil, fmt.Errorf("%w: %s is not %s", errFetch, r.URL, f.scheme)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.URL.String()
	if last, known := f.last[key]; known && f.now().Sub(last.at) < askEvery {
		if last.err != nil {
			return nil, last.err
		}
		return nil, errAskedLately
	}
	resp, err := f.next.RoundTrip(r)
	switch {
	case err != nil:
		err = fmt.Errorf("%w: %w", errFetch, err)
	case resp.StatusCode != http.StatusOK:
		_ = resp.Body.Close()
		err = fmt.Errorf("%w: %s answers %s", errFetch, r.URL, resp.Status)
	}
	f.last[key] = outcome{f.now(), err}
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}
