//go:build unix

package executor

import (
	"bytes"
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
	"strings"
	"sync"
	"syscall"
	"time"
)

// NewProcess returns an executor for local processes, after trying out that the
// sandbox works. The error says what is missing and what can be done about it.
func NewProcess(cfg ProcessConfig) (*Process, error) {
	if !cfg.AllowUnsandboxed {
		if _, err := sandboxVersion(); err != nil {
			return nil, fmt.Errorf("checking the sandbox: %w", err)
		}
	}
	if cfg.SearchPath == "" {
		cfg.SearchPath = defaultSearchPath
	}
	if cfg.Grace <= 0 {
		cfg.Grace = defaultGrace
	}
	if cfg.MaxLog <= 0 {
		cfg.MaxLog = maxLog
	}
	for _, root := range cfg.ReadOnlyRoots {
		if _, err := os.Stat(root); err != nil || !filepath.IsAbs(root) {
			return nil, fmt.Errorf("checking what jobs may read: %q is not an existing absolute path", root)
		}
	}
	if len(cfg.SandboxCommand) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding the running program: %w", err)
		}
		cfg.SandboxCommand = []string{self}
	}
	bash, err := findBash(cfg.SearchPath)
	if err != nil {
		return nil, err
	}
	p := &Process{cfg: cfg, bash: bash}
	if err := p.try(); err != nil {
		return nil, fmt.Errorf("trying the sandbox: %w", err)
	}
	return p, nil
}

func findBash(searchPath string) (string, error) {
	for dir := range strings.SplitSeq(searchPath, ":") {
		name, err := exec.LookPath(filepath.Join(dir, "bash"))
		if err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("finding bash: it is not in %s; jobs are run by it", searchPath)
}

// try starts a job that does nothing. It shows that the helper is one, and that
// the sandbox lets bash in.
func (p *Process) try() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var log bytes.Buffer
	stdout, stderr := newLogWriters(&log, &log, 1<<10)
	code, err := p.start(ctx, "exit 42", &layout{env: map[string]string{}}, stdout, stderr)
	if err == nil && code != 42 {
		err = fmt.Errorf("%s ended with exit code %d, expected 42; does it call executor.MaybeSandbox first in main? It said: %s",
			p.cfg.SandboxCommand[0], code, strings.TrimSpace(log.String()))
	}
	return err
}

// Run implements [Executor].
func (p *Process) Run(ctx context.Context, t Task) (Result, error) {
	l, err := newLayout(t.Dir)
	if err != nil {
		return Result{}, err
	}
	place := os.Symlink
	if p.cfg.AllowUnsandboxed {
		place = copyFile
	}
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
	stdout, stderr := newLogWriters(t.Stdout, t.Stderr, p.cfg.MaxLog)
	code, err := p.start(running, t.Manifest.Job.Interface.Command, l, stdout, stderr)
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("running job: %w", context.Cause(ctx))
	}
	result := Result{ExitCode: code, Allocated: l.allocated}
	switch {
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
	return result, nil
}

func (p *Process) spec(command string, l *layout) spec {
	s := spec{
		Path: p.bash, Args: []string{"bash", "-c", command},
		Sandbox: !p.cfg.AllowUnsandboxed, ReadOnly: append(slices.Clone(p.cfg.ReadOnlyRoots), l.readable...),
		Writable: slices.Clone(l.writable),
	}
	if l.dir != "" {
		s.ReadOnly = append(s.ReadOnly, l.inputs())
		s.Writable = append(s.Writable, l.outputs(), l.work(), l.tmp())
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
func (p *Process) start(ctx context.Context, command string, l *layout, stdout, stderr io.Writer) (int, error) {
	if err := ctx.Err(); err != nil {
		return -1, err
	}
	orders, err := json.Marshal(p.spec(command, l))
	if err != nil {
		return -1, fmt.Errorf("writing the sandbox's orders: %w", err)
	}
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
	cmd.SysProcAttr = jobAttributes()
	if l.dir != "" {
		cmd.Dir = l.work()
	}
	// The death signal comes when the thread ends that started the process, so
	// this one must stay until the job is over.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return -1, fmt.Errorf("starting the sandbox: %w", err)
	}
	group := cmd.Process.Pid
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

	guard, err := p.guard(group)
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
		kill(group)
		<-exited
	} else {
		err = p.await(ctx, group, exited)
	}
	guard.stop()
	wait(&copies, outR, errR)
	code := exitCode(cmd.ProcessState)
	switch {
	case len(report) > 0:
		return -1, errors.New(string(report))
	case err != nil:
		return code, err
	}
	return code, nil
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

// A guard is a process that kills a job's process group when the server dies
// without a chance to do it itself. The death signal reaches only the group's leader.
type guard struct {
	cmd  *exec.Cmd
	line *os.File // its other end is the guard's stdin; it closes with the server
}

func (p *Process) guard(group int) (guard, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return guard{}, fmt.Errorf("opening pipe: %w", err)
	}
	defer r.Close()
	cmd := exec.Command(p.bash, "-c", `read -r _; kill -KILL -- "-$1"`, "galley-guard", fmt.Sprint(group))
	cmd.Env = []string{}
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		w.Close()
		return guard{}, fmt.Errorf("starting the job's guard: %w", err)
	}
	return guard{cmd: cmd, line: w}, nil
}

func (g guard) stop() {
	if g.cmd == nil {
		return
	}
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
	g.line.Close()
}

// pipes opens pipes and closes all their ends.
type pipes struct {
	files []*os.File
	err   error
}

func (p *pipes) open() (r, w *os.File) {
	if p.err != nil {
		return nil, nil
	}
	r, w, p.err = os.Pipe()
	if p.err == nil {
		p.files = append(p.files, r, w)
	}
	return r, w
}

func (p *pipes) close() {
	for _, f := range p.files {
		f.Close()
	}
}
