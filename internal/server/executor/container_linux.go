package executor

import "syscall"

// serviceAttributes let a child die with this process, and only with it: not by an
// interrupt that the terminal sends to both.
func serviceAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// usersOfJobs are those that jobs run as in containers, if the server is root.
func usersOfJobs() (uidRange, error) { return findUIDs() }
