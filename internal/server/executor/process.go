package executor

import "time"

// ProcessConfig says how [Process] runs jobs. The zero value is the safe one.
type ProcessConfig struct {
	// Require is the least that jobs are locked in with; empty: Full. Landlock takes
	// Full where it can be had. Unsandboxed uses no sandbox even where there is one.
	Require Sandbox
	// Network are patterns ([path.Match]) of the names of job types whose jobs have the
	// machine's network; all others have none. What follows a '=' is for containers.
	Network []string
	// Limits are those of jobs whose manifests ask for nothing else.
	Limits Limits
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
// the grace SIGKILL, and so does every process that it started. All of them also go
// when the job ends, and when the server dies. Without namespaces, a process that leaves
// the job's process group (setsid) is not found again.
//
// The sandbox Full shows a job the system's programs and libraries, its inputs, the
// ReadOnlyRoots, its own folder and its mounts, and nothing else of the machine: no other
// process, no network, no device. It runs as a user of its own if the server is root,
// without any capability, and with the limits of its resources. Landlock takes files
// and sockets from a job; the user is the server's. Neither is a virtual machine: the
// kernel is shared.
type Process struct {
	cfg      ProcessConfig
	networks []jobNetwork
	bash     string
	sandbox  Sandbox
	lacks    []string
	machine  machine
}

// Sandbox is what jobs are locked in with.
func (p *Process) Sandbox() Sandbox { return p.sandbox }

// Lacks says what this machine cannot give to the sandbox, a line each.
func (p *Process) Lacks() []string { return p.lacks }
