package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/moby/moby/api/types/container"

	"github.com/moby/moby/client"
	"golang.org/x/sync/singleflight"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// cleanupTimeout bounds what is left to do when an execution has ended.
const cleanupTimeout = time.Minute

// stateFile in an execution's folder is what another server has to know to go on with it.
const stateFile = "container.json"

// Container runs each job in a container of its own, by the rules of Seed 1.0.0:
//
//   - The command of the manifest is the arguments of the image's entry point
//     ([seed.Arguments]); without one the image's own command runs.
//   - The environment is that of the image, with the variables that [Process] gives, apart
//     from PATH and LANG. They reach the engine through its socket: no process shows them.
//   - Inputs lie in /galley/inputs, read-only, outputs in /galley/outputs, mounts where the
//     manifest says. A mount that is a volume is made before, with its driver and options, and
//     removed after.
//   - The resources cpus, mem, sharedMem, gpus, disk and processes are limits.
//
// A job has no network unless its job type is one of Network, a root file system that it
// cannot write, a private /tmp, no capability, no way to new privileges, and a user that is not
// root if the server is root or the engine is. A container is a process of the same kernel.
//
// Containers outlive the server; see [Keeper].
type Container struct {
	cfg      ContainerConfig
	args     containerArgs
	networks []jobNetwork
	engine   *engine
	users    uidRange
	pulls    singleflight.Group
}

// NewContainer returns an executor that runs jobs in containers. The error wraps ErrNoEngine
// if there is no engine for them.
func NewContainer(ctx context.Context, cfg ContainerConfig) (*Container, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Container{cfg: cfg}
	if c.networks, err = parseNetworks(cfg.Network); err != nil {
		return nil, err
	}
	if c.args, err = parseContainerArgs(cfg.Args); err != nil {
		return nil, err
	}
	if c.users, err = usersOfJobs(); err != nil {
		return nil, err
	}
	if c.cfg.Work, err = filepath.Abs(cfg.Work); err != nil {
		return nil, fmt.Errorf("finding the folder of executions: %w", err)
	}
	if c.engine, err = connect(ctx, cfg.Engine, c.args); err != nil {
		return nil, err
	}
	return c, nil
}

// Engine is the name of the engine, with its version.
func (c *Container) Engine() string { return c.engine.name }

// Close ends the connection to the engine. Containers go on.
func (c *Container) Close() error {
	err := c.engine.Close()
	if c.engine.service != nil {
		c.engine.service.close()
	}
	return err
}

// containerState is what the stateFile says.
type containerState struct {
	Container string             `json:"container"`
	Image     Image              `json:"image"`
	Allocated map[string]float64 `json:"allocated"`
	Boot      string             `json:"boot"` // of the machine, since when it runs
}

// Run implements [Executor].
func (c *Container) Run(ctx context.Context, t Task) (Result, error) {
	if t.Left != nil {
		l := &layout{dir: t.Dir, container: true}
		var state containerState
		if err := readState(t.Dir, &state); err != nil {
			return Result{}, err
		}
		return c.follow(ctx, t, l, state)
	}
	if t.image.id == "" {
		if problem, err := c.Prepare(ctx, &t); problem != nil || err != nil {
			return Result{ExitCode: -1, Error: problem}, err
		}
	}
	l, err := newLayout(t.Dir)
	if err != nil {
		return Result{}, err
	}
	lock, err := lockFolder(t.Dir)
	if err != nil {
		return Result{}, err
	}
	defer lock.Close()
	l.container, l.drivers = true, c.cfg.VolumeDrivers
	problem, err := l.prepare(t, "", c.place(t))
	if err != nil {
		return Result{}, err
	}
	if n := l.allocated[resourceGPUs]; problem == nil && n >= 1 && c.engine.isPodman {
		problem = jobError(ErrInvalidConfiguration, System, "The job asks for %g GPUs, which Podman does not give through its API; Docker does", n)
	}
	state := containerState{Image: t.image.Image, Allocated: l.allocated, Boot: bootID()}
	if problem != nil {
		return Result{ExitCode: -1, Error: problem, Allocated: l.allocated, Image: state.Image}, nil
	}
	words, err := seed.Arguments(t.Manifest.Job.Interface.Command, l.env)
	if err != nil {
		problem := jobError(ErrInvalidConfiguration, System, "The job cannot run in a container: %s", err)
		return Result{ExitCode: -1, Error: problem, Allocated: l.allocated, Image: state.Image}, nil
	}
	if state.Container, err = c.create(ctx, t, l, words); err != nil {
		c.cleanUp(ctx, t)
		return Result{}, err
	}
	if err := writeState(t.Dir, state); err != nil {
		c.cleanUp(ctx, t)
		return Result{}, err
	}
	return c.follow(ctx, t, l, state)
}

// follow runs a container that has been made to its end, or to that of ctx.
func (c *Container) follow(ctx context.Context, t Task, l *layout, state containerState) (Result, error) {
	result := Result{ExitCode: -1, Allocated: state.Allocated, Image: state.Image}
	started, err := c.start(ctx, state.Container)
	if err != nil && ctx.Err() == nil {
		problem := c.startError(ctx, t, state, err)
		c.cleanUp(ctx, t)
		if problem == nil {
			return Result{}, fmt.Errorf("starting container: %w", err)
		}
		result.Error = problem
		return result, nil
	}
	running, cancel := ctx, context.CancelFunc(func() {})
	if d := t.timeout(); d > 0 {
		running, cancel = context.WithDeadline(ctx, started.Add(d))
	}
	defer cancel()
	running, full := context.WithCancelCause(running)
	defer full(nil)
	limits := c.cfg.Limits.limitsOf(state.Allocated)
	go watchDisk(running, limits.Disk, full, l.outputs(), l.tmp())
	stdout, stderr := newLogWriters(t.Stdout, t.Stderr, c.cfg.MaxLog)
	logs := c.streamLogs(ctx, state.Container, stdout, stderr)
	err = c.wait(running, state.Container)
	if errors.Is(context.Cause(ctx), ErrStopping) {
		logs.stop()
		return Result{}, ErrKept
	}
	if running.Err() != nil {
		c.stop(ctx, state.Container)
	}
	logs.finish()
	ended, inspectErr := c.inspect(ctx, state.Container)
	c.cleanUp(ctx, t)
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("running job: %w", context.Cause(ctx))
	}
	if running.Err() == nil && err != nil || inspectErr != nil {
		return Result{}, fmt.Errorf("running job: %w", errors.Join(err, inspectErr))
	}
	result.ExitCode = ended.ExitCode
	switch cause := context.Cause(running); {
	case errors.Is(cause, errDiskFull), result.ExitCode == 128+int(sigXFSZ):
		result.Error = diskError(limits.Disk)
	case errors.Is(cause, context.DeadlineExceeded) && !endedBefore(ended, started.Add(t.timeout())):
		result.Error = timeoutError(t.timeout())
	case ended.OOMKilled && result.ExitCode != 0:
		result.Error = memoryError(limits.Memory)
	case stdout.err != nil || stderr.err != nil:
		return Result{}, fmt.Errorf("writing the job's log: %w", errors.Join(stdout.err, stderr.err))
	case result.ExitCode != 0:
		result.Error = exitError(t.Manifest, result.ExitCode)
	}
	if result.Error != nil {
		return result, nil
	}
	if result.Files, result.JSON, result.Error, err = collect(t.Manifest, l.outputs()); err != nil {
		return Result{}, err
	}
	if err := stderr.note(warnings(result.Files)); err != nil {
		return Result{}, fmt.Errorf("writing the job's log: %w", err)
	}
	return result, nil
}

// endedBefore tells whether a container had ended by itself at its deadline, while no server looked.
func endedBefore(state container.State, deadline time.Time) bool {
	at, err := time.Parse(time.RFC3339Nano, state.FinishedAt)
	return err == nil && !at.IsZero() && at.Before(deadline)
}

// sigXFSZ ends a process that writes a file larger than it may.
const sigXFSZ = syscall.Signal(25)

// start starts a container that does not run yet, and returns since when it runs.
func (c *Container) start(ctx context.Context, id string) (time.Time, error) {
	state, err := c.inspect(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if state.Status == "created" || state.Status == "configured" || state.Status == "initialized" {
		if _, err := c.engine.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
			return time.Time{}, err
		}
		return time.Now(), nil
	}
	started, err := time.Parse(time.RFC3339Nano, state.StartedAt)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading since when a container runs: %w", err)
	}
	return started, nil
}

// startError tells whether a container cannot start because of its image and command, which
// the next time would be the same.
func (c *Container) startError(ctx context.Context, t Task, state containerState, err error) *JobError {
	text := strings.ToLower(err.Error())
	inspected, inspectErr := c.inspect(context.WithoutCancel(ctx), state.Container)
	if inspectErr == nil && (inspected.ExitCode == 126 || inspected.ExitCode == 127) || strings.Contains(text, "executable file") {
		return jobError(ErrInvalidConfiguration, System,
			"The image %s cannot start: %s; the command of the manifest is the arguments of its entry point", t.Image, strings.TrimSpace(err.Error()))
	}
	return nil
}

// wait waits until a container has ended. An engine that is away for a while, for example
// because it is updated, does not end the job.
func (c *Container) wait(ctx context.Context, id string) error {
	const patience = 2 * time.Minute
	var since time.Time
	for {
		waiting := c.engine.ContainerWait(ctx, id, client.ContainerWaitOptions{})
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-waiting.Result:
			return nil
		case err = <-waiting.Error:
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if state, inspectErr := c.inspect(ctx, id); inspectErr == nil {
			since = time.Time{}
			if !state.Running {
				return nil
			}
		} else if since.IsZero() {
			since = time.Now()
			c.cfg.Logger.Warn("the engine for containers does not answer; trying again", "error", err)
		} else if time.Since(since) > patience {
			return fmt.Errorf("waiting for container: %w", errors.Join(err, inspectErr))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// stop ends a container: TERM, and KILL after the grace.
func (c *Container) stop(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.Grace+cleanupTimeout)
	defer cancel()
	grace := int((c.cfg.Grace + time.Second - 1) / time.Second)
	if _, err := c.engine.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &grace}); err != nil {
		c.cfg.Logger.Warn("stopping container; it is killed", "container", id, "error", err)
	}
}

func readState(dir string, state *containerState) error {
	raw, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return fmt.Errorf("reading what was left of an execution: %w", err)
	}
	if err := json.Unmarshal(raw, state); err != nil {
		return fmt.Errorf("reading what was left of an execution: %w", err)
	}
	return nil
}

func writeState(dir string, state containerState) error {
	raw, err := json.Marshal(state)
	if err != nil {
		return err
	}
	at := filepath.Join(dir, stateFile)
	if err := os.WriteFile(at+".new", raw, 0o600); err != nil {
		return fmt.Errorf("noting the container of an execution: %w", err)
	}
	if err := os.Rename(at+".new", at); err != nil {
		return fmt.Errorf("noting the container of an execution: %w", err)
	}
	return nil
}
