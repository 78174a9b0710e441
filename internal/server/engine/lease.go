package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Why the context of an execution ends early, beside errDrain.
var (
	errLeaseLost       = errors.New("the execution's lease was lost")
	errCancelRequested = errors.New("the job was canceled")
)

// lease extends the lease of one execution as long as that execution is being worked,
// and no longer: a lease for each worker would keep executions alive that it no
// longer works. Its context ends when the execution must stop.
type lease struct {
	ctx  context.Context //nolint:containedctx // the lifetime of the execution
	stop context.CancelCauseFunc
	// lost ends when the lease is lost; unlike ctx not on cancel or drain.
	lost    context.Context //nolint:containedctx // as ctx
	lose    context.CancelFunc
	beating sync.WaitGroup
	done    chan struct{}
}

// holdLease holds the lease of an execution, whose span ctx has.
func (e *Engine) holdLease(ctx context.Context, c claimed, log *slog.Logger) *lease {
	l := &lease{done: make(chan struct{})}
	l.lost, l.lose = context.WithCancel(ctx)
	l.ctx, l.stop = context.WithCancelCause(trace.ContextWithSpan(e.running, trace.SpanFromContext(ctx)))
	l.beating.Go(func() { l.beat(e, c, log) })
	e.working.add(c.exe.ID, l)
	return l
}

func (l *lease) release() {
	close(l.done)
	l.beating.Wait()
	l.stop(nil)
	l.lose()
}

// beat extends the lease three times in its length, and stops the execution when it
// is canceled or when the lease has surely ended.
func (l *lease) beat(e *Engine, c claimed, log *slog.Logger) {
	tick := time.NewTicker(e.lease / 3)
	defer tick.Stop()
	sure := c.at.Add(e.lease)
	for {
		select {
		case <-l.done:
			return
		case <-tick.C:
		}
		asked := time.Now()
		ctx, cancel := context.WithDeadline(context.Background(), later(sure, asked.Add(e.lease/3)))
		alive, canceled, err := e.Store.Heartbeat(ctx, c.exe.ID, e.workerID, e.lease)
		cancel()
		switch {
		case err == nil && alive:
			sure = asked.Add(e.lease)
			if canceled {
				l.stop(errCancelRequested)
			}
		case err == nil || time.Now().After(sure):
			l.stop(errLeaseLost)
			l.lose()
			return
		default:
			log.Warn("extending lease; trying again", slog.Any("error", err))
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
