//go:build unix && !linux

package executor

import "syscall"

func jobAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
