//go:build unix

package executor

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// A guard is a process that kills a job's process group when the server dies
// without a chance to do it itself. The death signal reaches only the group's leader.
type guard struct {
	cmd  *exec.Cmd
	line *os.File // its other end is the guard's stdin; it closes with the server
}

func (p *Process) guard(group int) (guard, error) {
	if p.sandbox == Full {
		return guard{}, nil // the first process of the namespaces is one
	}
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
