package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// River is woken by its notifications on PostgreSQL and by the bell on SQLite, and looks by
	// itself for what these did not tell: on SQLite what another process has queued, too.
	fetchCooldown        = 5 * time.Millisecond
	fetchPollInterval    = 500 * time.Millisecond
	postgresPollInterval = 2 * time.Second

	// A delivery ends in the transaction that claims its execution, and the work
	// goes on without River's context. So River's timeout bounds only the claim,
	// whatever the job's own time limit: it is the lease within these bounds. A delivery
	// that died before its claim is delivered again after a lease (see deliver); River
	// itself would do so after this long.
	leastTimeout = 5 * time.Second
	mostTimeout  = 60 * time.Second
	rescueAfter  = 75 * time.Second

	// What River takes for a stuck worker is one that runs a long job.
	neverStuck = 365 * 24 * time.Hour

	// Losing a delivery would lose the job, so River practically never gives up.
	deliveryAttempts = 10_000

	completedRetention = time.Hour
)

// delivery is a River job: "execution ExeNum of JobID is queued". It is only a
// hint: whoever gets it must claim the execution, and a repeated or late delivery
// finds nothing to claim.
type delivery struct {
	JobID    int64 `json:"job_id"`
	ExeNum   int   `json:"exe_num"`
	priority int
	pause    time.Duration // before it is delivered, at least
	queue    string        // of a builtin; "": the usual one
}

const deliveryKind = "job_execution"

// Kind is River's name for deliveries.
func (delivery) Kind() string { return deliveryKind }

func (e *Engine) claimTimeout() time.Duration { return min(max(e.lease, leastTimeout), mostTimeout) }

// queue hides which of River's drivers is at work: one for SQLite, one for PostgreSQL.
type queue interface {
	insert(ctx context.Context, tx *store.Tx, ds []delivery) error
	insertMany(ctx context.Context, tx *store.Tx, what string, params []river.InsertManyParams) error
	// complete ends the delivery that ctx (River's) belongs to, within tx.
	complete(ctx context.Context, tx *store.Tx, job *river.Job[delivery]) error
	start(ctx context.Context) error
	stop(ctx context.Context) error
}

type riverQueue[TTx any] struct {
	client *river.Client[TTx]
	unwrap func(*store.Tx) TTx
	done   func(context.Context, TTx, *river.Job[delivery]) (*river.Job[delivery], error)
	bell   *store.Bell // nil: the database tells
}

func (e *Engine) newQueue() (queue, error) {
	if e.Store.Dialect() == store.Postgres {
		client, err := river.NewClient(riverpgxv5.New(e.Store.Pool()), e.riverConfig())
		if err != nil {
			return nil, fmt.Errorf("creating queue: %w", err)
		}
		return &riverQueue[pgx.Tx]{client, (*store.Tx).Pgx, river.JobCompleteTx[*riverpgxv5.Driver, pgx.Tx, delivery], nil}, nil
	}
	driver, err := newBellDriver(e.Store.SQLDB(), &e.Store.Bell)
	if err != nil {
		return nil, err
	}
	client, err := river.NewClient(driver, e.riverConfig())
	if err != nil {
		return nil, fmt.Errorf("creating queue: %w", err)
	}
	return &riverQueue[*sql.Tx]{client, (*store.Tx).SQL, river.JobCompleteTx[*bellDriver, *sql.Tx, delivery], driver.bell}, nil
}

func (e *Engine) riverConfig() *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{engine: e})
	queues := e.hook.AddWorkers(workers)
	cfg := &river.Config{
		ID:                          e.workerID,
		Workers:                     workers,
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPollInterval,
		JobTimeout:                  e.claimTimeout(),
		RescueStuckJobsAfter:        rescueAfter,
		JobStuckThreshold:           neverStuck,
		MaxAttempts:                 deliveryAttempts,
		RetryPolicy:                 retryPolicy{},
		CompletedJobRetentionPeriod: completedRetention,
		Logger:                      slog.New(warnings{e.Log.Handler()}),
	}
	if e.Store.Dialect() == store.Postgres {
		cfg.FetchPollInterval = postgresPollInterval
	}
	if e.workers > 0 {
		cfg.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: e.workers}}
		maps.Copy(cfg.Queues, queues)
		e.builtins.addQueues(cfg.Queues)
	}
	return cfg
}

func (q *riverQueue[TTx]) insert(ctx context.Context, tx *store.Tx, ds []delivery) error {
	params := make([]river.InsertManyParams, len(ds))
	for i, d := range ds {
		opts := &river.InsertOpts{Priority: riverPriority(d.priority), Queue: d.queue}
		if d.pause > 0 {
			opts.ScheduledAt = time.Now().Add(d.pause) // River compares with the real clock
		}
		params[i] = river.InsertManyParams{Args: d, InsertOpts: opts}
	}
	return q.insertMany(ctx, tx, "executions", params)
}

// Enqueue inserts River jobs of the hook's kinds, within tx; what they are is for errors.
func (e *Engine) Enqueue(ctx context.Context, tx *store.Tx, what string, params []river.InsertManyParams) error {
	return e.queue.insertMany(ctx, tx, what, params)
}

func (q *riverQueue[TTx]) insertMany(ctx context.Context, tx *store.Tx, what string, params []river.InsertManyParams) error {
	if len(params) == 0 {
		return nil
	}
	if _, err := q.client.InsertManyTx(ctx, q.unwrap(tx), params); err != nil {
		return fmt.Errorf("queueing %s: %w", what, err)
	}
	if q.bell != nil {
		tx.AfterCommit(func() {
			for queue := range queuesOf(params) {
				q.bell.Ring(queue)
			}
		})
	}
	return nil
}

func (q *riverQueue[TTx]) complete(ctx context.Context, tx *store.Tx, job *river.Job[delivery]) error {
	_, err := q.done(ctx, q.unwrap(tx), job)
	if errors.Is(err, rivertype.ErrNotFound) {
		return nil // River gave it up meanwhile and delivers it again: the claim decides
	}
	if err != nil {
		return fmt.Errorf("ending delivery: %w", err)
	}
	return nil
}

func (q *riverQueue[TTx]) start(ctx context.Context) error {
	return q.client.Start(context.WithoutCancel(ctx))
}

func (q *riverQueue[TTx]) stop(ctx context.Context) error { return q.client.Stop(ctx) }

// riverPriority maps a job's priority (lower is sooner, 100 is usual) to River's 1 to 4.
func riverPriority(p int) int {
	switch {
	case p < recipe.DefaultPriority/2:
		return 1
	case p <= recipe.DefaultPriority:
		return 2
	case p <= 2*recipe.DefaultPriority:
		return 3
	default:
		return 4
	}
}

// retryPolicy spaces the attempts of a delivery whose claim met an error, such as
// a database that is away: one second more each time, ten at most.
// River compares with the real clock, so this does too.
type retryPolicy struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(time.Duration(min(job.Attempt, 10)) * time.Second)
}

// warnings lets only warnings and errors of River through: the rest is its own life.
type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
