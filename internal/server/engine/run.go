package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/tracing"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// overtime is how much longer than the manifest's timeout an executor may take to
// notice it. After that the engine ends the execution itself.
const overtime = 30 * time.Second

var errOvertime = errors.New("the job did not end after its timeout")

// outcome is how an execution ended.
type outcome struct {
	status   string // of the execution
	exitCode *int
	fault    *executor.JobError // if it FAILED
	output   recipe.Data        // of a COMPLETED one; its files' ids come when they are stored
	products []product          // staged, not stored
	requeue  bool               // LOST: run it again without counting a try
	kept     bool               // it has not ended: it goes on without this server
	image    executor.Image     // that it ran in
}

// interrupted reports whether the executor did not get to an end of the job's own.
func (o *outcome) interrupted() bool { return o.fault != nil && o.fault.Name == errInfrastructure }

func (o *outcome) cancel() {
	o.discard()
	*o = outcome{status: exeCanceled, exitCode: o.exitCode}
}

func (o *outcome) handBack() {
	o.discard()
	*o = outcome{status: ExeLost, requeue: true, fault: &executor.JobError{
		Name: errNodeLost, Title: "Node lost", Category: executor.System, Retry: true,
		Description: "The server was stopped before the job ended; the job was queued again",
	}}
}

func failed(fault *executor.JobError) outcome { return outcome{status: exeFailed, fault: fault} }

// run executes a claimed execution and stages its products.
func (e *Engine) run(l *lease, c claimed, log *slog.Logger) (o outcome) {
	ctx := l.ctx
	logs := e.newLogSink(ctx, c.exe.ID, log)
	defer logs.close(l.lost)
	if c.left != nil {
		defer c.left.Close()
		if err := logs.resume(l.lost); err != nil {
			return interruptedBy(err)
		}
	}
	if c.builtin != nil {
		return e.runBuiltin(l, c, logs.stream("stdout"), log)
	}
	dir := e.workDir(c.job.ID, c.exe.ExeNum)
	defer func() {
		if !o.kept {
			_ = os.RemoveAll(dir)
		}
	}()
	task, fault, err := e.task(ctx, c, dir)
	if err != nil {
		return interruptedBy(err)
	}
	if fault != nil {
		return failed(fault)
	}
	secrets, err := e.secretValues(c, task.Settings)
	if err != nil {
		return interruptedBy(err)
	}
	stdout, stderr := newMaskedLog(logs.stream("stdout"), secrets), newMaskedLog(logs.stream("stderr"), secrets)
	task.Stdout, task.Stderr = stdout, stderr
	if preparer, ok := e.executor.(executor.Preparer); ok { // as long as it takes: the job has not begun
		fault, err := preparer.Prepare(ctx, &task)
		if err != nil {
			return interruptedBy(err)
		}
		if fault != nil {
			return failed(fault)
		}
	}
	limited, cancel := context.WithTimeoutCause(ctx, task.Timeout+overtime, errOvertime)
	defer cancel()
	limited, end := tracing.Child(limited, "run")
	result, err := e.executor.Run(limited, task)
	end(err)
	if errors.Is(err, executor.ErrKept) {
		return outcome{kept: true} // what is held back, as a secret may begin there, comes again
	}
	if flushErr := errors.Join(stdout.flush(), stderr.flush()); flushErr != nil {
		log.Debug("writing the end of the log", slog.Any("error", flushErr)) // the execution had to stop
	}
	if err != nil {
		return interruptedBy(err)
	}
	o = outcome{status: exeCompleted, exitCode: &result.ExitCode, image: result.Image}
	if result.Error != nil {
		o.status, o.fault = exeFailed, result.Error
		return o
	}
	if err := e.stageProducts(l, c, result, &o); err != nil {
		o.discard()
		if fault, ok := errors.AsType[*executor.JobError](err); ok {
			o = failed(fault)
		} else {
			o = interruptedBy(err)
		}
		o.image = result.Image
	}
	return o
}

func (e *Engine) workDir(jobID int64, exeNum int) string {
	return filepath.Join(e.dataDir, "work", fmt.Sprintf("%d-%d", jobID, exeNum))
}

// infrastructure is a failure that is not the job's and may not happen again.
func infrastructure(err error) *executor.JobError {
	return &executor.JobError{
		Name: errInfrastructure, Title: "Infrastructure failure", Category: executor.System, Retry: true,
		Description: usecase.Clip(err.Error()),
	}
}

// task puts together what the executor needs. A JobError says that the job cannot
// run as it is configured.
func (e *Engine) task(ctx context.Context, c claimed, dir string) (executor.Task, *executor.JobError, error) {
	t := executor.Task{
		Manifest: c.rev.Manifest, JobID: c.job.ID, ExeNum: c.exe.ExeNum, Dir: dir,
		Timeout: time.Duration(c.exe.Timeout) * time.Second, Left: c.left,
	}
	if t.Timeout <= 0 {
		t.Timeout = time.Duration(c.rev.Manifest.Job.Timeout) * time.Second
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return t, nil, fmt.Errorf("creating work folder: %w", err)
	}
	if c.left == nil {
		if err := os.RemoveAll(dir); err != nil {
			return t, nil, fmt.Errorf("clearing work folder: %w", err)
		}
	}
	configuration, err := e.configuration(c)
	if err != nil {
		return t, nil, err
	}
	t.Image = seed.WithTag(c.image, configuration.ImageTag)
	t.Settings, t.Mounts, t.Volumes = configuration.Settings, map[string]string{}, map[string]executor.Volume{}
	declared := c.rev.Manifest.Configurable().Mounts
	for name, m := range configuration.Mounts {
		if !slices.Contains(declared, name) {
			continue // there is no place for it in the job
		}
		if m.Type != "host" {
			t.Volumes[name] = executor.Volume{Driver: m.Driver, Options: m.DriverOpts}
			continue
		}
		folder, writable, err := e.catalog.MountFolder(m.HostPath)
		if err != nil {
			return t, configurationFault("Mount %s: %s", name, err), nil
		}
		t.Mounts[name] = folder
		if !writable {
			t.Manifest = t.Manifest.WithReadOnlyMount(name)
		}
	}
	input, err := decodeData(c.job.Input)
	if err != nil || input == nil {
		return t, nil, errors.Join(err, errorIf(input == nil, "job %d has no input", c.job.ID))
	}
	t.JSON = input.JSON
	t.Files, err = e.inputFiles(ctx, *input)
	return t, nil, err
}

// configuration is what the job runs with: its own, or else its type's (contract 4).
func (e *Engine) configuration(c claimed) (recipe.Configuration, error) {
	own, err := e.OpenConfiguration(c.job.Configuration)
	switch {
	case err != nil:
		return recipe.Configuration{}, err
	case own != nil:
		return own.Configuration, nil
	case c.own != nil:
		return c.own.Configuration, nil
	}
	return recipe.Configuration{}, nil
}

func (e *Engine) inputFiles(ctx context.Context, input recipe.Data) (map[string][]executor.InputFile, error) {
	rows, err := e.Store.FilesByID(ctx, fileIDs(input))
	if err != nil {
		return nil, err
	}
	folders := map[int64]string{}
	for _, row := range rows {
		if _, ok := folders[row.WorkspaceID]; ok {
			continue
		}
		ws, err := e.Store.Workspace(ctx, row.WorkspaceID)
		if err != nil {
			return nil, err
		}
		if folders[row.WorkspaceID], err = e.catalog.WorkspaceFolder(ws); err != nil {
			return nil, err
		}
	}
	files := make(map[string][]executor.InputFile, len(input.Files))
	for name, ids := range input.Files {
		for _, id := range ids {
			row, ok := rows[id]
			if !ok {
				return nil, fmt.Errorf("input %s: file %d is gone", name, id)
			}
			files[name] = append(files[name], executor.InputFile{
				ID: id, Name: row.FileName, MediaType: row.MediaType,
				Root: folders[row.WorkspaceID], Path: row.Stored(),
			})
		}
	}
	return files, nil
}

func configurationFault(format string, args ...any) *executor.JobError {
	return &executor.JobError{
		Name: errInvalidConfiguration, Title: "Invalid configuration", Category: executor.System,
		Description: strings.TrimSpace(fmt.Sprintf(format, args...)),
	}
}

func errorIf(bad bool, format string, args ...any) error {
	if !bad {
		return nil
	}
	return fmt.Errorf(format, args...)
}
