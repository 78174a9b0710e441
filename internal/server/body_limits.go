package server

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Bounds of all bodies together.
const (
	smallBody       = 64 << 10 // bytes; such bodies do not wait for each other
	bodiesAtOnce    = 16 << 20 // bytes of larger bodies that are worked at a time
	bodyPatience    = 20 * time.Second
	loginsPerSecond = 20
	loginBurst      = 100
)

// bodyLimits bounds the memory that bodies take together: the values of one take many times
// the memory of its text, so large ones wait for each other, by their size.
type bodyLimits struct {
	large  *semaphore.Weighted
	logins *rate.Limiter // before anything of a login is read
}

func newBodyLimits() *bodyLimits {
	return &bodyLimits{large: semaphore.NewWeighted(bodiesAtOnce), logins: rate.NewLimiter(loginsPerSecond, loginBurst)}
}

// admit waits for its turn to read the body of r. Done has to be called when nothing of
// the body is needed any more.
func (l *bodyLimits) admit(r *request, login bool) (done func(), err error) {
	if login {
		if !l.logins.Allow() {
			p := problemf(http.StatusTooManyRequests, "Too many logins at once. Try again in a moment.")
			p.retryAfter = time.Second
			return nil, p
		}
		return func() {}, nil
	}
	size := r.ContentLength
	if size >= 0 && size <= smallBody {
		return func() {}, nil
	}
	if size < 0 || size > maxBody {
		size = maxBody // it says nothing, or is going to be refused
	}
	ctx, cancel := context.WithTimeout(r.Context(), bodyPatience)
	defer cancel()
	if err := l.large.Acquire(ctx, size); err != nil {
		p := problemf(http.StatusServiceUnavailable, "The server reads other large bodies. Try again in a moment.")
		p.retryAfter = time.Second
		return nil, p
	}
	return func() { l.large.Release(size) }, nil
}
