package executor

import (
	"fmt"
	"slices"
	"syscall"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// System calls that no job needs and that reach far into the kernel. Most need rights
// that a job does not have; here they end before the kernel looks for a mistake of its own.
func forbiddenCalls() []string {
	return []string{
		// File systems and namespaces.
		"mount", "umount", "umount2", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick",
		"mount_setattr", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at", "name_to_handle_at",
		"quotactl", "quotactl_fd", "swapon", "swapoff", "statmount", "listmount", "fanotify_init",
		// Other processes.
		"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd",
		// The kernel.
		"bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module", "create_module",
		"query_module", "get_kernel_syms", "kexec_load", "kexec_file_load", "syslog", "lookup_dcookie", "nfsservctl",
		"add_key", "request_key", "keyctl", "acct", "uselib", "vm86", "vm86old", "_sysctl", "sysfs",
		// The machine.
		"reboot", "iopl", "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "stime", "sethostname", "setdomainname", "vhangup",
	}
}

// newCalls are those that programs do without if the kernel does not know them. The
// flags of clone3 are out of the filter's sight.
func newCalls() []string {
	return []string{"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"}
}

// newNamespaces are the flags of clone that make namespaces.
const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// sharedCalls reach other processes of the user where a job has no namespaces.
func sharedCalls() []string { return []string{"shmget", "shmat", "semget", "msgget", "mq_open"} }

// filterCalls puts filters on this thread, for good and for all that it starts; the
// strictest of them decides. The last lets through the calls that are known here: those of
// another architecture's numbers, and new ones, do not exist for a job.
func filterCalls(s spec) error {
	const (
		forbidden = seccomp.ActionErrno | seccomp.Action(syscall.EPERM)
		denied    = seccomp.ActionErrno | seccomp.Action(syscall.EACCES)
		unknown   = seccomp.ActionTrace // ENOSYS: a job has no tracer
	)
	known, err := arch.GetInfo("")
	if err != nil {
		return fmt.Errorf("filtering system calls: %w", err)
	}
	var all []string
	for name := range known.SyscallNames {
		all = append(all, name)
	}
	exists := func(names []string) []string {
		return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(all, name) })
	}
	// One filter for each call with conditions: within one, the library goes on with the
	// argument instead of the call where a condition does not hold.
	policies := []seccomp.Policy{
		{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{
			{NamesWithCondtions: when("clone", 0, seccomp.BitsSet, newNamespaces), Action: forbidden}}},
		{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{
			{NamesWithCondtions: deniedSockets(s), Action: denied}}},
	}
	calls := forbiddenCalls()
	if s.Sandbox != Full {
		policies = append(policies, seccomp.Policy{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{
			{NamesWithCondtions: when("prlimit64", 0, seccomp.NotEqual, 0), Action: forbidden}}})
		calls = append(calls, sharedCalls()...)
	}
	policies = append(policies, seccomp.Policy{DefaultAction: unknown, Syscalls: []seccomp.SyscallGroup{
		{Names: exists(newCalls()), Action: unknown}, {Names: exists(calls), Action: forbidden}, {Names: all, Action: seccomp.ActionAllow},
	}})
	for _, policy := range policies {
		if err := seccomp.LoadFilter(seccomp.Filter{NoNewPrivs: true, Policy: policy}); err != nil {
			return fmt.Errorf("filtering system calls: %w", err)
		}
	}
	return nil
}

// when is one call with a condition for one argument.
func when(call string, argument uint32, operation seccomp.Operation, value uint64) []seccomp.NameWithConditions {
	return []seccomp.NameWithConditions{{
		Name: call, Conditions: seccomp.ArgumentConditions{{Argument: argument, Operation: operation, Value: value}},
	}}
}

// deniedSockets are the families of sockets that a job cannot have. Raw ones take rights
// that it has not. Pairs of Unix sockets are no matter: they lead nowhere else.
func deniedSockets(s spec) []seccomp.NameWithConditions {
	families := []uint64{unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK} // the last is how a program asks for its addresses
	switch {
	case s.Sandbox == Full: // what they reach is the job's own
		families = append([]uint64{unix.AF_UNIX}, families...)
	case !s.Network:
		families = nil
	}
	// What lies between the families, from below to above.
	var denied []seccomp.NameWithConditions
	from := uint64(0)
	for _, family := range families {
		if from < family {
			denied = append(denied, seccomp.NameWithConditions{Name: "socket", Conditions: seccomp.ArgumentConditions{
				{Argument: 0, Operation: seccomp.GreaterOrEqual, Value: from}, {Argument: 0, Operation: seccomp.LessThan, Value: family},
			}})
		}
		from = family + 1
	}
	return append(denied, when("socket", 0, seccomp.GreaterOrEqual, from)...)
}
