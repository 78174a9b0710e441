package engine

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// builtinPollInterval is how often a queue of builtins is looked at for what nobody has told of: most servers have nothing in it.
const builtinPollInterval = 2 * time.Second

// A Builtin does the work of a system job type in the server itself. Its jobs are jobs like all others: they are
// queued, leased by one server at a time, canceled, requeued, taken over when a server is gone, and shown. But they
// have a queue of their own, so that none of them takes the place of a worker, and no executor is asked.
type Builtin struct {
	Name    string // of the job type
	Version string
	Queue   string // of River; no other builtin has it
	Workers int    // jobs at a time on a server
	Endless bool   // it never completes: however often it is lost, it is tried again, and that counts as no try
	Run     func(ctx context.Context, e *Engine, r BuiltinRun) error
}

// BuiltinRun is one execution. Its context ends when the execution is not this server's any more, or
// is to stop; the error of Run then does not matter. An error that is an executor.JobError is how the job fails;
// any other is worth another try.
type BuiltinRun struct {
	Job store.Job
	Exe store.JobExecution
	Log *slog.Logger
	Out io.Writer // the log of the job
}

// Hold keeps the execution this server's own until tx ends; it fails if it is not any more. What a builtin writes is
// written after it in the same transaction, so that a server that was taken for dead changes nothing.
func (r BuiltinRun) Hold(ctx context.Context, tx *store.Tx) error {
	held, err := tx.HoldExecution(ctx, r.Exe.ID, r.Exe.WorkerID)
	if err == nil && !held {
		err = errLeaseLost
	}
	return err
}

// builtins are those of an engine by the names and versions of their job types.
type builtins map[[2]string]*Builtin

func newBuiltins(list []Builtin) builtins {
	out := builtins{}
	for i, b := range list {
		out[[2]string{b.Name, b.Version}] = &list[i]
	}
	return out
}

// of is the builtin of a job type; nil for most.
func (bs builtins) of(jt store.JobType) *Builtin {
	if !jt.IsSystem {
		return nil
	}
	return bs[[2]string{jt.Name, jt.Version}]
}

// ofJob is the builtin of a job; nil for most.
func (bs builtins) ofJob(ctx context.Context, tx *store.Tx, job store.Job) (*Builtin, error) {
	if len(bs) == 0 || job.RecipeID != nil {
		return nil, nil //nolint:nilnil // recipes have no system jobs
	}
	jt, err := tx.JobType(ctx, job.JobTypeID)
	return bs.of(jt), err
}

func (bs builtins) addQueues(queues map[string]river.QueueConfig) {
	for _, b := range bs {
		queues[b.Queue] = river.QueueConfig{MaxWorkers: b.Workers, FetchPollInterval: builtinPollInterval}
	}
}

// queueName is the queue that jobs of the builtin are in; "" for nil, whose queue is the usual one.
func (b *Builtin) queueName() string {
	if b == nil {
		return ""
	}
	return b.Queue
}

func (b *Builtin) isEndless() bool { return b != nil && b.Endless }

// runBuiltin runs a claimed execution of a builtin. A server that stops does not wait for it: another one goes on.
func (e *Engine) runBuiltin(l *lease, c claimed, out io.Writer, log *slog.Logger) outcome {
	defer context.AfterFunc(e.draining, func() { l.stop(errDrain) })()
	err := c.builtin.Run(l.ctx, e, BuiltinRun{Job: c.job, Exe: c.exe, Log: log, Out: out})
	if err == nil {
		return outcome{status: exeCompleted}
	}
	if fault, ok := errors.AsType[*executor.JobError](err); ok && l.ctx.Err() == nil {
		return failed(fault)
	}
	return interruptedBy(err)
}

// BuiltinJob is a new job of a system job type.
type BuiltinJob struct {
	Input   map[string]any
	EventID int64
}

// QueueBuiltins stores and queues jobs of a system job type, in the order of list.
func (e *Engine) QueueBuiltins(ctx context.Context, tx *store.Tx, jt store.JobType, list []BuiltinJob) ([]store.Job, error) {
	if len(list) == 0 {
		return nil, nil
	}
	row, err := tx.JobTypeRevision(ctx, jt.ID, jt.RevisionNum)
	if err != nil {
		return nil, err
	}
	rev, err := e.catalog.JobRevision(row)
	if err != nil {
		return nil, err
	}
	now := e.Now()
	jobs, exes, ds := make([]store.Job, len(list)), make([]store.JobExecution, len(list)), make([]delivery, len(list))
	for i, b := range list {
		job, _, err := e.newJob(ctx, tx, jt, rev, nil, true, now)
		if err != nil {
			return nil, err
		}
		input := recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}}
		for name, v := range b.Input {
			input.JSON[name] = v
		}
		if job.Input, err = usecase.Encode(input); err != nil {
			return nil, err
		}
		job.EventID, job.Status, job.NumExes, job.Queued = b.EventID, string(recipe.Queued), 1, &now
		job.InputFileSize = new(float64)
		jobs[i] = *job
	}
	if err := tx.Insert(ctx, &jobs); err != nil {
		return nil, err
	}
	for i, job := range jobs {
		exes[i] = store.JobExecution{JobID: job.ID, ExeNum: 1, Status: exeQueued, Timeout: rev.Manifest.Job.Timeout, Created: now, Queued: now}
		ds[i] = delivery{JobID: job.ID, ExeNum: 1, priority: job.Priority, queue: e.builtins.of(jt).queueName()}
	}
	if err := tx.Insert(ctx, &exes); err != nil {
		return nil, err
	}
	return jobs, e.queue.insert(ctx, tx, ds)
}

// RestartBuiltin queues a job of a system job type again within tx: what runs of it is stopped first. It
// does not matter how it has ended.
func (e *Engine) RestartBuiltin(ctx context.Context, tx *store.Tx, jobID int64) error {
	job, _, err := lockJob(ctx, tx, jobID)
	if err != nil {
		return err
	}
	d, err := e.requeueJob(ctx, tx, &job, nil)
	if err != nil {
		return err
	}
	return e.queue.insert(ctx, tx, []delivery{d})
}
