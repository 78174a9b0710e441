package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

const (
	retryWaitMin  = 200 * time.Millisecond
	retryWaitMax  = 10 * time.Second
	retryAfterMax = 2 * time.Minute
)

// shouldRetry decides by what can have happened on the server. A read is repeated
// after any failure that may pass, also of an answer that broke off; so is a create, whose
// key keeps the server from making a second thing, and so is what does twice what it
// does once: a login, an edit. Anything else only when nothing can have
// happened yet: no connection was made, or the server refused the request for its
// rate (429). Never after 400 or 404: the answer would be the same.
func shouldRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	repeatable := mannerOf(ctx).repeatable
	if err != nil {
		return errors.Is(err, syscall.ECONNREFUSED) || repeatable && mayPass(err), nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true, nil
	case http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return repeatable, nil
	}
	return false, nil
}

// mayPass is false for errors that another attempt can't change.
func mayPass(err error) bool {
	if _, ok := errors.AsType[*blockedError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return false
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return false
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound
	}
	return true
}

// backoff is what the server asked for (Retry-After), or else exponential with
// full jitter, so that clients that failed together do not come back together.
func backoff(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if wait := retryAfter(resp.Header, time.Now()); wait > 0 {
			return min(wait, retryAfterMax)
		}
	}
	ceiling := min(high, low<<min(attempt, 16))
	return low/2 + rand.N(ceiling)
}

// retryAfter reads the header Retry-After: seconds or a date; 0 if there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(v); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
