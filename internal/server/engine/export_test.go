package engine

import (
	"context"
	"io"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// What the tests see of the inside.
const (
	ExeQueued    = exeQueued
	ExeCompleted = exeCompleted
	ExeFailed    = exeFailed
	ExeCanceled  = exeCanceled

	ErrNodeLost             = errNodeLost
	ErrInfrastructure       = errInfrastructure
	ErrInvalidConfiguration = errInvalidConfiguration

	JobBatch     = jobBatch
	DefaultLease = defaultLease
)

// OnlyTold has an engine that is not started yet hear of cancels through this process alone.
func (e *Engine) OnlyTold() { e.stopPoll = 365 * 24 * time.Hour }

// Claimed is an execution that a test works in the place of a worker.
type Claimed = claimed

// ExeID is 0 if nothing was claimed.
func (c claimed) ExeID() int64 { return c.exe.ID }

// Claim claims the first execution of a job.
func (e *Engine) Claim(ctx context.Context, jobID int64) (Claimed, error) {
	return e.ClaimExecution(ctx, jobID, 1)
}

// ClaimExecution claims an execution of a job.
func (e *Engine) ClaimExecution(ctx context.Context, jobID int64, exeNum int) (Claimed, error) {
	return e.claim(ctx, delivery{JobID: jobID, ExeNum: exeNum}, func(context.Context, *store.Tx) error { return nil })
}

// HandBack ends an execution as a server does that stops.
func (e *Engine) HandBack(ctx context.Context, c Claimed) (fenced bool, err error) {
	var o outcome
	o.handBack()
	return e.finish(ctx, c, &o)
}

// FinishCompleted records that an execution has ended well, without products.
func (e *Engine) FinishCompleted(ctx context.Context, c Claimed) (fenced bool, err error) {
	return e.finish(ctx, c, &outcome{status: exeCompleted})
}

// OpenLog is where an execution writes to.
func (e *Engine) OpenLog(ctx context.Context, c Claimed) *LogSink {
	return e.newLogSink(ctx, c.exe.ID, e.Log)
}

// LogSink is a logSink.
type LogSink = logSink

// Stream is stdout or stderr.
func (s *logSink) Stream(name string) io.Writer { return s.stream(name) }

// Close stores the rest.
func (s *logSink) Close(ctx context.Context) { s.close(ctx) }

// DecodeData reads data that was stored.
func DecodeData(raw store.JSON) (*recipe.Data, error) { return decodeData(raw) }

// SweepWork removes the work folders of executions that nobody works.
func (e *Engine) SweepWork(ctx context.Context) error { return e.sweepWork(ctx) }

// ReadsWatched tells whether recipes are read for those who watch them.
func (e *Engine) ReadsWatched() bool {
	e.watching.mu.Lock()
	defer e.watching.mu.Unlock()
	return e.watching.reads
}

// ReapOne ends an execution that was found lost at that time.
func (e *Engine) ReapOne(ctx context.Context, exe store.JobExecution, seen store.Time) error {
	return e.reapOne(ctx, exe, seen)
}
