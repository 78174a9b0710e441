package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

const (
	defaultLease = 30 * time.Second
	stopGrace    = 15 * time.Second // for handing back what did not end in time
)

// errDrain is why an execution ends when the engine stops before it is done.
var errDrain = executor.ErrStopping

// Config says what an Engine works with. Store, DataDir and Sealer are required, and
// Executor unless Workers is 0.
type Config struct {
	Store        *store.Store // migrated
	Executor     executor.Executor
	Workers      int                   // executions at a time; 0: none, only the use cases; < 0: two per CPU
	Lease        time.Duration         // a worker that is silent for so long has lost its executions; 0: 30 s
	DataDir      string                // work folders and, without other roots, workspaces
	Folders      workspace.HostFolders // of this machine that users may name
	MaxExpansion int64                 // nodes of a recipe with those of its sub-recipes; 0: no limit
	Reserved     []string              // files that none of those may reach, beside the data folder
	Sealer       *seal.Sealer          // of the database
	Logger       *slog.Logger          // nil: slog.Default
	Now          func() time.Time
	WorkerID     string       // unique among all workers of the database; empty: host, process id and a random part
	Hook         Hook         // what is built on the engine; nil: nothing
	Simulates    bool         // the executor runs nothing, and recipes say so
	Meter        Meter        // hears what happens, for statistics; nil: nobody
	Tracer       trace.Tracer // makes a span of each execution; nil: none
	Builtins     []Builtin
}

// A Meter hears what an engine does. Its methods return at once.
type Meter interface {
	Claimed(jobType string, waited time.Duration)     // a job of the type, NAME/VERSION, begins after it was queued for so long
	Ended(jobType, status string, took time.Duration) // an execution of this engine, however it ended
	LeaseLost()                                       // an execution whose worker is gone was ended
}

type noMeter struct{}

func (noMeter) Claimed(string, time.Duration)       {}
func (noMeter) Ended(string, string, time.Duration) {}
func (noMeter) LeaseLost()                          {}

// Engine offers the use cases of recipes and jobs and, between Start and Stop, works the
// queue: one transaction records an event (a job finished, an input was processed) together
// with everything that follows from it, so that a crash loses nothing.
//
// River only delivers; the store's rows are the truth. Every try of a job is an execution
// with a number and a lease: whoever finishes it must still hold it, so nothing is recorded
// twice. Side effects of the jobs themselves are at-least-once.
//
// A reprocess makes a recipe the successor of another; both may then share nodes, and all
// recipes of such a chain are worked under one lock.
type Engine struct {
	*usecase.Base
	*seal.Sealer
	catalog  *catalog.Catalog
	hook     Hook
	meter    Meter
	tracer   trace.Tracer
	pretends bool
	executor executor.Executor
	workers  int
	lease    time.Duration
	dataDir  string
	workerID string
	hostname string
	queue    queue
	working  *working
	watching watching
	stopPoll time.Duration // see stopLoop
	unfit    atomic.Pointer[string]
	freed    chan struct{} // has an element if a job type may start another job
	builtins builtins

	// running ends, with a cause, when executions must not go on.
	running   context.Context //nolint:containedctx // the lifetime of the engine, not of a call
	halt      context.CancelCauseFunc
	stopping  atomic.Bool
	draining  context.Context //nolint:containedctx // ends when Stop is called
	drain     context.CancelFunc
	loops     sync.WaitGroup // that look for lost and for canceled executions, and the hook's
	takenBack sync.WaitGroup // executions that another server has left behind
	stopLoops context.CancelFunc
	others    []func(context.Context) // loops of what else is built on the engine
}

// New prepares an engine. It starts nothing.
func New(cfg Config) (*Engine, error) {
	if cfg.Store == nil {
		return nil, errors.New("creating engine: a store is required")
	}
	if cfg.Executor == nil && cfg.Workers != 0 {
		return nil, errors.New("creating engine: an executor is required to work the queue")
	}
	if cfg.DataDir == "" {
		return nil, errors.New("creating engine: a data folder is required")
	}
	if cfg.Sealer == nil {
		return nil, errors.New("creating engine: a sealer is required")
	}
	dataDir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return nil, fmt.Errorf("creating engine: data folder: %w", err)
	}
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "localhost"
	}
	host, err := catalog.NewHost(dataDir, cfg.Folders, cfg.Reserved...)
	if err != nil {
		return nil, err
	}
	base := usecase.New(cfg.Store, cfg.Logger, cfg.Now)
	e := &Engine{
		Base: base, Sealer: cfg.Sealer, catalog: catalog.New(base, cfg.Sealer, host, cfg.MaxExpansion), hook: cfg.Hook,
		executor: cfg.Executor, workers: cfg.Workers, lease: cfg.Lease, dataDir: dataDir, workerID: cfg.WorkerID, hostname: hostname,
		working: newWorking(), watching: watching{recipes: map[int64]*watched{}}, stopPoll: stopPoll, freed: make(chan struct{}, 1),
	}
	if e.workers < 0 {
		e.workers = 2 * runtime.NumCPU()
	}
	if e.lease <= 0 {
		e.lease = defaultLease
	}
	if e.meter = cfg.Meter; e.meter == nil {
		e.meter = noMeter{}
	}
	if e.tracer = cfg.Tracer; e.tracer == nil {
		e.tracer = noop.Tracer{}
	}
	e.pretends = cfg.Simulates
	if e.hook == nil {
		e.hook = noHook{}
	}
	if e.workerID == "" {
		e.workerID = fmt.Sprintf("%.40s-%d-%s", hostname, os.Getpid(), rand.Text()[:10])
	}
	e.running, e.halt = context.WithCancelCause(context.Background())
	e.draining, e.drain = context.WithCancel(context.Background())
	e.builtins = newBuiltins(cfg.Builtins)
	if e.queue, err = e.newQueue(); err != nil {
		return nil, fmt.Errorf("creating engine: %w", err)
	}
	return e, nil
}

// Catalog is what the engine reads types, workspaces and files from.
func (e *Engine) Catalog() *catalog.Catalog { return e.catalog }

// Also has loop run beside the engine's own, from Start until its context ends. It is called before Start.
func (e *Engine) Also(loop func(context.Context)) { e.others = append(e.others, loop) }

// Start begins to work the queue, to look for lost and canceled executions and to run the hook's loop.
// Ctx bounds only the starting; the engine runs until Stop. An engine starts once.
func (e *Engine) Start(ctx context.Context) error {
	if err := os.MkdirAll(e.dataDir, 0o750); err != nil {
		return fmt.Errorf("starting engine: data folder: %w", err)
	}
	loopCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.stopLoops = cancel
	if e.workers != 0 { // before anybody takes them for lost
		if err := e.takeBack(ctx); err != nil {
			e.Log.WarnContext(ctx, "looking for jobs that go on without a server; trying again", slog.Any("error", err))
		}
	}
	e.loops.Go(func() { e.reapLoop(loopCtx) })
	e.loops.Go(func() { e.hook.Loop(loopCtx) })
	for _, loop := range e.others {
		e.loops.Go(func() { loop(loopCtx) })
	}
	if e.workers == 0 {
		return nil
	}
	e.loops.Go(func() { e.stopLoop(loopCtx) })
	e.loops.Go(func() { e.deliverLoop(loopCtx) })
	e.loops.Go(func() { e.fitLoop(loopCtx) })
	if err := e.queue.start(ctx); err != nil {
		cancel()
		e.loops.Wait()
		return fmt.Errorf("starting queue: %w", err)
	}
	return nil
}

// Stop takes no more work and waits for the running executions until ctx ends.
// Those that are left go on without the engine if they can (executor.Keeper); the others are
// killed and handed back: their jobs are QUEUED again with
// the next execution number, which does not count as a try. It returns an error
// only if even that was not possible; their leases then run out.
func (e *Engine) Stop(ctx context.Context) error {
	e.stopping.Store(true)
	e.drain()
	if e.workers != 0 {
		if err := e.Store.ForgetWorker(context.WithoutCancel(ctx), e.workerID); err != nil {
			e.Log.WarnContext(ctx, "others see this worker for a while", slog.Any("error", err))
		}
	}
	if e.stopLoops != nil {
		defer e.loops.Wait()
		defer e.stopLoops()
	}
	if e.workers == 0 {
		return nil
	}
	stopped := make(chan error, 1)
	go func() {
		err := e.queue.stop(context.WithoutCancel(ctx))
		e.takenBack.Wait()
		stopped <- err
	}()
	select {
	case err := <-stopped:
		e.halt(errDrain)
		return stopError(err)
	case <-ctx.Done():
	}
	e.halt(errDrain)
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case err := <-stopped:
		return stopError(err)
	case <-grace.C:
		return fmt.Errorf("stopping engine: executions still run %s after they were killed; their leases will run out", stopGrace)
	}
}

func stopError(err error) error {
	if err != nil {
		return fmt.Errorf("stopping queue: %w", err)
	}
	return nil
}

// IsStopping tells whether Stop was called: no more work is to be taken.
func (e *Engine) IsStopping() bool { return e.stopping.Load() }

// Lifetime ends when what the engine does must not go on: at the end of Stop, or when
// that has waited long enough.
func (e *Engine) Lifetime() context.Context { return e.running }
