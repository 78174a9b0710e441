package executor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// jobUID is how a job's user is called within its namespaces.
const jobUID = 1000

// namespaceFlags are the namespaces that a job has of its own, but for that of users.
func namespaceFlags(network bool) uintptr {
	flags := uintptr(unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWNS | unix.CLONE_NEWUTS)
	if !network {
		flags |= unix.CLONE_NEWNET
	}
	return flags
}

// helperAttributes start the helper: as the first process of namespaces if that is the
// sandbox. A server without the rights of root needs a user namespace for that, in which
// it has them.
func helperAttributes(s spec) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if !s.Init {
		return a
	}
	a.Cloneflags = namespaceFlags(s.Network)
	if s.UID == 0 {
		a.Cloneflags |= unix.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return a
}

// jobAttributes start the helper again, as the job's first process: in a user namespace
// in which it is nobody special, so that the kernel takes every capability from it. One
// is left to the helper, to give up the others for good.
func jobAttributes(s spec) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{
		Cloneflags:                 unix.CLONE_NEWUSER,
		UidMappings:                []syscall.SysProcIDMap{{ContainerID: jobUID, HostID: s.UID, Size: 1}},
		GidMappings:                []syscall.SysProcIDMap{{ContainerID: jobUID, HostID: s.UID, Size: 1}},
		GidMappingsEnableSetgroups: s.UID != 0,
		AmbientCaps:                []uintptr{unix.CAP_SETPCAP},
	}
	if s.UID != 0 {
		a.Credential = &syscall.Credential{Uid: jobUID, Gid: jobUID} // and no other groups
	}
	return a
}

// runInit is the first process of a job's namespaces. It makes the job's file system,
// starts the job in it, and ends as the job does, with the job's exit code: with it the
// kernel ends every process of the namespaces. After a SIGTERM it waits for the others
// first, which may be cleaning up; the server does not wait for ever.
func runInit(s spec, report *os.File) error {
	stop := make(chan os.Signal, 1)
	// For SIGTERM only; the others must not end it like any other Go program.
	signal.Notify(stop, syscall.SIGTERM)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT)
	if err := enterRoot(s); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte("job")); err != nil {
		return fmt.Errorf("naming the job's host: %w", err)
	}
	job, err := startJob(s, report)
	if err != nil {
		return err
	}
	// Whatever the job may look at of this process: nothing.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hiding the job's init: %w", err)
	}
	report.Close()
	os.Exit(reap(job, stop))
	return nil
}

// startJob starts the helper again, within the job's file system.
func startJob(s spec, report *os.File) (pid int, err error) {
	attributes := jobAttributes(s)
	s.Init = false
	orders, err := json.Marshal(s)
	if err != nil {
		return 0, fmt.Errorf("writing the job's orders: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, fmt.Errorf("opening pipe: %w", err)
	}
	defer r.Close()
	pid, err = syscall.ForkExec("/proc/self/exe", []string{"galley-job", sandboxFlag}, &syscall.ProcAttr{
		Dir: s.Work, Env: os.Environ(), Files: []uintptr{0, 1, 2, r.Fd(), report.Fd()}, Sys: attributes,
	})
	if err != nil {
		w.Close()
		return 0, fmt.Errorf("starting the job in its user namespace: %w", err)
	}
	_, err = w.Write(orders)
	if err := errors.Join(err, w.Close()); err != nil && !errors.Is(err, syscall.EPIPE) {
		return 0, fmt.Errorf("writing the job's orders: %w", err)
	}
	return pid, nil
}

// reap takes leave of every process that ends, as the first process of a namespace has
// to, and returns the job's exit code when it is time to end.
func reap(job int, stop <-chan os.Signal) int {
	var stopping atomic.Bool
	stopped := make(chan struct{})
	go func() {
		<-stop
		stopping.Store(true)
		close(stopped)
	}()
	code := 1
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil: // nobody is left
			return code
		case pid != job:
			continue
		}
		code = status.ExitStatus()
		if status.Signaled() {
			code = 128 + int(status.Signal())
		}
		if status.Signaled() && status.Signal() == syscall.SIGTERM {
			// It went to the whole group: it is on its way to this process, too, or it was
			// meant for the job alone.
			select {
			case <-stopped:
			case <-time.After(100 * time.Millisecond):
			}
		}
		if !stopping.Load() {
			return code
		}
	}
}
