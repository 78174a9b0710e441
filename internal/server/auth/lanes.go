package auth

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	laneEvery   = time.Second     // between two tries in a lane
	maxLaneWait = 5 * time.Second // beyond it a try is refused unseen
	maxLanes    = 1000
)

// lanes are queues of logins that have failed too often, by what failures are counted by.
type lanes struct {
	mu sync.Mutex
	by map[string]*rate.Limiter
}

func newLanes() *lanes { return &lanes{by: map[string]*rate.Limiter{}} }

// wait waits for the turn of one more try, or refuses it if too many wait already.
func (l *lanes) wait(ctx context.Context, key string) error {
	l.mu.Lock()
	lane, known := l.by[key]
	if !known {
		if len(l.by) >= maxLanes {
			clear(l.by)
		}
		lane = rate.NewLimiter(rate.Every(laneEvery), 1)
		l.by[key] = lane
	}
	l.mu.Unlock()
	turn := lane.Reserve()
	delay := turn.Delay()
	if delay > maxLaneWait {
		turn.Cancel()
		return errTooMany()
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		turn.Cancel()
		return ctx.Err()
	}
}
