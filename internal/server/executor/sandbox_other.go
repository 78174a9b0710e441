//go:build unix && !linux

package executor

import (
	"errors"
	"os"
	"syscall"
)

// machine is what this machine gives to the sandbox: nothing.
type machine struct{}

func (machine) limitsMemory() bool            { return false }
func (machine) uid(int64) int                 { return 0 }
func (machine) newGroup(spec) (cgroup, error) { return cgroup{}, nil }

type cgroup struct{}

func (cgroup) enter(int) error   { return nil }
func (cgroup) outOfMemory() bool { return false }
func (cgroup) remove()           {}

func (p *Process) equip() error {
	if p.sandbox != Unsandboxed {
		return errors.New("jobs can be locked in on Linux only")
	}
	p.lacks = []string{"no sandbox: jobs can do whatever the server's user can"}
	return nil
}

func helperAttributes(spec) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func runInit(spec, *os.File) error { return errors.New("jobs can be locked in on Linux only") }

func confine(spec) error { return nil }
