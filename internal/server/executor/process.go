package executor

import (
	"time"
)

// ProcessConfig says how [Process] runs jobs. The zero value is the safe one.
type ProcessConfig struct {
	// AllowUnsandboxed runs jobs without a sandbox: they can do whatever the
	// server's user can. Set, no sandbox is used even where the kernel has one.
	AllowUnsandboxed bool
	// ReadOnlyRoots are files and folders that jobs may read besides the system's
	// programs and libraries and their own inputs, such as /opt.
	ReadOnlyRoots []string
	// SearchPath is the PATH of jobs; empty: the usual folders of a system.
	SearchPath string
	// SandboxCommand is the program that becomes the sandbox, with its arguments.
	// It has to call MaybeSandbox. Empty: the running program.
	SandboxCommand []string
	// Grace is how long a stopped job may take to clean up; 0: 3 seconds.
	Grace time.Duration
	// MaxLog is how much of stdout and of stderr is kept, in bytes; 0: 16 MiB.
	MaxLog int64
}

const (
	defaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	defaultGrace      = 3 * time.Second
)

// Process runs the command of a job's manifest as a local process, by the rules
// of Seed 1.0.0:
//
//   - `bash -c <command>` in a folder of its own. Values reach the job through its
//     environment only, so nothing in them is ever run as code.
//   - The environment is made from nothing: PATH, HOME (the working folder), LANG,
//     TMPDIR, OUTPUT_DIR, the inputs, the settings of the manifest (one without a
//     value is empty), ALLOCATED_<resource>, and for each mount a variable named
//     like it with its path on this machine. The mount does not appear at the
//     path that the manifest states: that takes a container.
//   - A file input is the path of a link to the file, one of several files the
//     path of a folder with such links. Without a sandbox they are copies, so that
//     a job cannot change its inputs by mistake. Text inputs are passed as they are, other
//     JSON inputs as JSON.
//   - Outputs are the files in OUTPUT_DIR that match the patterns, with their
//     side-cars, and the members of seed.outputs.json. Links are refused.
//
// A job that is stopped, or runs longer than its timeout, gets SIGTERM and after
// the grace SIGKILL, and so does every process that it started in its process
// group. The group also goes when the job ends, and when the server dies. A
// process that leaves the group (setsid) is not found again; it stays in the
// sandbox.
//
// The sandbox (Landlock) lets a job read the system's programs and libraries,
// its inputs and the ReadOnlyRoots, and write only to its own folder and
// read-write mounts. TCP is closed to it from Linux 6.7 on, and processes outside
// get no signals from it from Linux 6.12 on. It is not a virtual machine: the
// kernel, the CPU and the memory are shared, and UDP is open.
type Process struct {
	cfg  ProcessConfig
	bash string
}
