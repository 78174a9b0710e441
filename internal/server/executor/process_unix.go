//go:build unix

package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Run implements [Executor].
func (p *Process) Run(ctx context.Context, t Task) (Result, error) {
	l, err := newLayout(t.Dir)
	if err != nil {
		return Result{}, err
	}
	place := map[Sandbox]placer{Full: bindFile, Landlock: linkFile, Unsandboxed: copyFile}[p.sandbox]
	problem, err := l.prepare(t, p.cfg.SearchPath, place)
	if err != nil {
		return Result{}, err
	}
	if problem != nil {
		return Result{ExitCode: -1, Error: problem, Allocated: l.allocated}, nil
	}
	running, cancel := ctx, context.CancelFunc(func() {})
	if d := t.timeout(); d > 0 {
		running, cancel = context.WithTimeout(ctx, d)
	}
	defer cancel()
	running, full := context.WithCancelCause(running)
	defer full(nil)
	s := p.spec(t.Manifest.Job.Interface.Command, l, t)
	if p.sandbox != Unsandboxed {
		go watchDisk(running, s.Limits.Disk, full, l.outputs(), l.work(), l.tmp())
	}
	stdout, stderr := newLogWriters(t.Stdout, t.Stderr, p.cfg.MaxLog)
	code, err := p.start(running, s, stdout, stderr)
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("running job: %w", context.Cause(ctx))
	}
	result := Result{ExitCode: code, Allocated: l.allocated}
	switch cause := context.Cause(running); {
	case errors.Is(cause, errDiskFull), s.Limits.Disk > 0 && code == 128+int(syscall.SIGXFSZ):
		result.Error = diskError(s.Limits.Disk)
		return result, nil
	case errors.Is(err, errOutOfMemory):
		result.Error = memoryError(s.Limits.Memory)
		return result, nil
	case errors.Is(err, context.DeadlineExceeded):
		result.Error = timeoutError(t.timeout())
		return result, nil
	case err != nil:
		return Result{}, fmt.Errorf("running job: %w", err)
	case stdout.err != nil || stderr.err != nil:
		return Result{}, fmt.Errorf("writing the job's log: %w", errors.Join(stdout.err, stderr.err))
	case code != 0:
		result.Error = exitError(t.Manifest, code)
		return result, nil
	}
	result.Files, result.JSON, result.Error, err = collect(t.Manifest, l.outputs())
	if err != nil {
		return Result{}, err
	}
	if err := stderr.note(warnings(result.Files)); err != nil {
		return Result{}, fmt.Errorf("writing the job's log: %w", err)
	}
	return result, nil
}

// spec are the orders for the helper.
func (p *Process) spec(command string, l *layout, t Task) spec {
	_, hasNetwork := networkOf(p.networks, t.Manifest.Job.Name)
	s := spec{
		Path: p.bash, Args: []string{"bash", "-c", command}, Sandbox: p.sandbox, Network: hasNetwork,
		Dir: l.dir, Root: l.root(), Tmp: l.tmp(), Work: l.work(), Inputs: l.inputs(), Files: l.inputFiles,
		ReadOnly: append(slices.Clone(p.cfg.ReadOnlyRoots), l.readable...), Writable: append(slices.Clone(l.writable), l.outputs(), l.work(), l.tmp()),
	}
	s.ReadOnly = append(s.ReadOnly, l.inputs())
	if p.sandbox != Unsandboxed {
		s.Limits = p.cfg.Limits.limitsOf(l.allocated)
		s.Limits.DataOnly = !p.machine.limitsMemory()
	}
	if p.sandbox == Full {
		s.Init, s.UID = true, p.machine.uid(t.JobID)
	}
	for name, value := range l.env {
		s.Env = append(s.Env, name+"="+value)
	}
	slices.Sort(s.Env)
	return s
}

// start runs a command to its end, or to that of ctx, and returns its exit code.
// Of the whole process group nothing is left when it returns. The error is that
// of ctx if the command was stopped.
func (p *Process) start(ctx context.Context, s spec, stdout, stderr io.Writer) (int, error) {
	if err := ctx.Err(); err != nil {
		return -1, err
	}
	if err := s.handOver(); err != nil {
		return -1, err
	}
	orders, err := json.Marshal(s)
	if err != nil {
		return -1, fmt.Errorf("writing the sandbox's orders: %w", err)
	}
	group, err := p.machine.newGroup(s)
	if err != nil {
		return -1, fmt.Errorf("limiting the job: %w", err)
	}
	defer group.remove()
	var pipes pipes
	defer pipes.close()
	specR, specW := pipes.open()
	reportR, reportW := pipes.open()
	outR, outW := pipes.open()
	errR, errW := pipes.open()
	if pipes.err != nil {
		return -1, fmt.Errorf("opening pipes: %w", pipes.err)
	}
	cmd := exec.Command(p.cfg.SandboxCommand[0], append(slices.Clone(p.cfg.SandboxCommand[1:]), sandboxFlag)...)
	cmd.Env = []string{"GOTRACEBACK=none"} // not nil: that would be the server's
	cmd.ExtraFiles = []*os.File{specR, reportW}
	cmd.Stdout, cmd.Stderr = outW, errW
	cmd.SysProcAttr = helperAttributes(s)
	cmd.Dir = s.Work
	// The death signal comes when the thread ends that started the process, so
	// this one must stay until the job is over.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return -1, fmt.Errorf("starting the sandbox: %w", err)
	}
	pid := cmd.Process.Pid // of the process group, too
	for _, f := range []*os.File{specR, reportW, outW, errW} {
		f.Close()
	}
	var copies sync.WaitGroup
	copies.Go(func() { _, _ = io.Copy(stdout, outR) })
	copies.Go(func() { _, _ = io.Copy(stderr, errR) })
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
	}()

	guard, err := p.guard(pid)
	if err == nil {
		err = group.enter(pid)
	}
	if err == nil {
		if _, err = specW.Write(orders); errors.Is(err, syscall.EPIPE) {
			err = nil // the helper is gone already: its exit code says more
		}
		specW.Close()
	}
	var report []byte
	if err == nil {
		giveUp := context.AfterFunc(ctx, func() { _ = reportR.SetReadDeadline(time.Now()) })
		report, err = io.ReadAll(reportR)
		if !giveUp() && err != nil {
			err = ctx.Err()
		}
	}
	if err != nil || len(report) > 0 {
		kill(pid)
		<-exited
	} else {
		err = p.await(ctx, pid, exited)
	}
	guard.stop()
	wait(&copies, outR, errR)
	code := exitCode(cmd.ProcessState)
	switch {
	case len(report) > 0:
		return -1, errors.New(string(report))
	case err != nil:
		return code, err
	case code != 0 && group.outOfMemory():
		return code, errOutOfMemory
	}
	return code, nil
}

// handOver gives the folders of an execution to the job's user.
func (s spec) handOver() error {
	if s.UID == 0 {
		return nil
	}
	for _, dir := range s.Writable {
		if filepath.Dir(dir) != s.Dir {
			continue // a mount
		}
		if err := os.Chown(dir, s.UID, s.UID); err != nil {
			return fmt.Errorf("giving the job its folders: %w", err)
		}
	}
	if err := os.Chmod(s.Dir, 0o755); err != nil { // in which it may not write
		return fmt.Errorf("giving the job its folders: %w", err)
	}
	return nil
}

// await waits for the leader of a group, stops the group when ctx ends, and sees
// to it that no process of the group is left.
func (p *Process) await(ctx context.Context, group int, exited <-chan struct{}) error {
	defer kill(group)
	select {
	case <-exited:
		return nil
	case <-ctx.Done():
	}
	_ = syscall.Kill(-group, syscall.SIGTERM)
	grace := time.NewTimer(p.cfg.Grace)
	defer grace.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	gone := false
	for {
		select {
		case <-exited:
			gone, exited = true, nil // its children may still be cleaning up
		case <-look.C:
			if gone && errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) {
				return ctx.Err()
			}
		case <-grace.C:
			kill(group)
			if !gone {
				<-exited
			}
			return ctx.Err()
		}
	}
}

func kill(group int) { _ = syscall.Kill(-group, syscall.SIGKILL) }

// wait waits until everything that the job wrote is copied. A process that left
// the group can hold the pipes open for ever; it is not waited for.
func wait(copies *sync.WaitGroup, readers ...*os.File) {
	deadline := time.Now().Add(2 * time.Second)
	for _, r := range readers {
		_ = r.SetReadDeadline(deadline)
	}
	copies.Wait()
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
