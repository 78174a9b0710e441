package auth

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestLanesLetOneTryPassEverySecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		start := time.Now()
		var passed, refused atomic.Int32
		var runs sync.WaitGroup
		for range 20 {
			runs.Go(func() {
				if l.wait(t.Context(), "ann") != nil {
					refused.Add(1)
					return
				}
				passed.Add(1)
			})
		}
		synctest.Wait()
		if passed.Load() != 1 || refused.Load() != 14 {
			t.Errorf("at once %d passed and %d were refused, want 1 and 14 of 20", passed.Load(), refused.Load())
		}
		if err := l.wait(t.Context(), "bob"); err != nil || time.Since(start) != 0 {
			t.Errorf("another lane: got %v after %s", err, time.Since(start))
		}
		runs.Wait()
		if took := time.Since(start); passed.Load() != 6 || took != maxLaneWait {
			t.Errorf("%d passed in %s, want 6 in %s", passed.Load(), took, maxLaneWait)
		}
		time.Sleep(laneEvery) // of the bubble
		start = time.Now()
		if err := l.wait(t.Context(), "ann"); err != nil || time.Since(start) != 0 {
			t.Errorf("later: got %v after %s, want to pass at once", err, time.Since(start))
		}
	})
}
