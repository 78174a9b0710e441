package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// stopPoll is after how long a worker sees at the latest what was canceled on another
// server, or while it was just claimed.
const stopPoll = 500 * time.Millisecond

// working are the leases of the executions that an engine runs, by execution.
type working struct {
	mu     sync.Mutex
	leases map[int64]*lease
	asked  chan struct{} // has an element if something may be to stop
}

func newWorking() *working {
	return &working{leases: map[int64]*lease{}, asked: make(chan struct{}, 1)}
}

func (w *working) add(id int64, l *lease) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leases[id] = l
}

func (w *working) remove(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.leases, id)
}

func (w *working) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.leases) == 0
}

// stop ends executions because their jobs were canceled. Unknown ones belong to nobody here yet.
func (w *working) stop(ids []int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if l := w.leases[id]; l != nil {
			l.stop(errCancelRequested)
		}
	}
}

// look has the loop look at once.
func (w *working) look() {
	select {
	case w.asked <- struct{}{}:
	default: // it will
	}
}

// stopLoop stops the executions of this worker that are to stop: at once if they were
// canceled through this server, else with the next poll. Heartbeats are too rare for that.
func (e *Engine) stopLoop(ctx context.Context) {
	poll := time.NewTicker(e.stopPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case <-e.working.asked:
		}
		if e.working.idle() {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, e.lease)
		ids, err := e.Store.CanceledExecutions(limited, e.workerID)
		cancel()
		if err != nil && ctx.Err() == nil {
			e.Log.WarnContext(ctx, "looking for canceled executions; trying again", slog.Any("error", err))
		}
		e.working.stop(ids)
	}
}
