package kit

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// The pauses between two looks at what is waited for.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Poll looks at something again and again until it is settled.
type Poll[T any] struct {
	Look  func(context.Context) (v T, settled bool, err error)
	Pause func(ctx context.Context, n int) error // before the n-th look, n from 0
}

// Run returns the last that it saw. A server that cannot be reached or fails for a
// while is waited for, too. The error is that of the context, with the last failure
// joined to it, or one that does not pass.
func (p Poll[T]) Run(ctx context.Context) (T, error) {
	var last T
	var failure error
	for n := 0; ; n++ {
		if err := p.Pause(ctx, n); err != nil {
			return last, errors.Join(err, failure)
		}
		v, settled, err := p.Look(ctx)
		switch {
		case err == nil:
			last, failure = v, nil
		case ctx.Err() != nil:
			return last, errors.Join(ctx.Err(), failure)
		case !mayPass(err):
			return last, err
		default:
			failure = err
			tflog.Warn(ctx, "the backend could not be read; trying again", map[string]any{"error": err.Error()})
		}
		if settled {
			return last, nil
		}
	}
}

// mayPass tells whether a failed request can succeed later without anybody's help.
func mayPass(err error) bool {
	e, ok := errors.AsType[*api.Error](err)
	return !ok || e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests ||
		e.Status == http.StatusRequestTimeout
}

// PauseBetweenLooks sleeps longer every time, up to lastPause.
func PauseBetweenLooks(ctx context.Context, n int) error {
	timer := time.NewTimer(pauseLength(n))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func pauseLength(n int) time.Duration {
	if n > 10 {
		return lastPause
	}
	return min(firstPause<<max(n-1, 0), lastPause)
}

// LastFailure is the failure that run has joined to the context's error, as a sentence
// that follows another one; "" if there was none.
func LastFailure(err error) string {
	for _, e := range unjoin(err) {
		if !errors.Is(e, context.DeadlineExceeded) && !errors.Is(e, context.Canceled) {
			return " The backend could not be read at last: " + value.Sentence(e.Error())
		}
	}
	return ""
}

func unjoin(err error) []error {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
