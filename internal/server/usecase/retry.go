package usecase

import (
	"context"
	"time"
)

// Pauses between attempts begin with tryPause and double up to tryPauseMax.
const (
	tryTimeout  = 30 * time.Second // of one attempt
	tryPause    = 100 * time.Millisecond
	tryPauseMax = 2 * time.Second
)

// RetryWhile calls f until it succeeds, with growing pauses, and calls failed with
// each error. It gives up, with the last error, when ctx ends.
func RetryWhile(ctx context.Context, f func(context.Context) error, failed func(error)) error {
	for pause := tryPause; ; pause = min(2*pause, tryPauseMax) {
		attempt, cancel := context.WithTimeout(ctx, tryTimeout)
		err := f(attempt)
		cancel()
		if err == nil {
			return nil
		}
		failed(err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
