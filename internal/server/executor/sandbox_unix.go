//go:build unix

package executor

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// becomeJob replaces the helper by the job. It returns only if that fails.
func becomeJob(orders, report *os.File) error {
	s, err := readSpec(orders)
	if err != nil {
		return err
	}
	orders.Close()
	syscall.CloseOnExec(int(report.Fd()))
	if s.Init {
		return runInit(s, report)
	}
	// Some of what follows is of this thread only, which is the one that becomes the job.
	runtime.LockOSThread()
	// A dump of a job's memory may hold secrets, and nobody would find it.
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("switching core dumps off: %w", err)
	}
	if err := confine(s); err != nil {
		return fmt.Errorf("entering the sandbox: %w", err)
	}
	if err := syscall.Exec(s.Path, s.Args, s.Env); err != nil {
		return fmt.Errorf("starting %s: %w", s.Path, err)
	}
	return nil
}
