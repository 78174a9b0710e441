package executor

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Sandbox names what jobs are locked in with.
type Sandbox string

// The sandboxes, the strongest first.
const (
	// Full is namespaces of the job's own (user, processes, network, IPC, mounts, host
	// name), a seccomp filter and limits, and Landlock where the kernel has it.
	Full Sandbox = "full"
	// Landlock is Landlock, a seccomp filter and limits, in the machine's own namespaces.
	Landlock Sandbox = "landlock"
	// Unsandboxed lets a job do whatever the server's user can.
	Unsandboxed Sandbox = "none"
)

// sandboxFlag is the argument that makes a program the sandbox's helper. It is
// no valid flag of any program: one that does not call MaybeSandbox ends at once
// instead of doing what it usually does.
const sandboxFlag = "--galley-sandbox-exec"

// The helper's files beside the standard ones.
const (
	specFD   = 3 // the spec, as JSON; its end starts the job
	reportFD = 4 // what went wrong before the job started; closed without a word if nothing did
)

// A spec tells the helper what to turn itself into. It goes through a pipe:
// arguments can be seen by everybody on the machine, and a variable such as
// LD_PRELOAD must not reach the helper, which still has all its rights.
type spec struct {
	Path    string   `json:"path"`
	Args    []string `json:"args"`
	Env     []string `json:"env"`
	Sandbox Sandbox  `json:"sandbox"`
	// Init makes the helper the first process of new namespaces, which makes the
	// job's file system and starts the helper again within it.
	Init     bool        `json:"init"`
	UID      int         `json:"uid"`     // of the job on this machine; 0: the server's own
	Network  bool        `json:"network"` // the machine's network is the job's
	Limits   limits      `json:"limits"`
	Dir      string      `json:"dir"`       // the execution's folder
	Root     string      `json:"root"`      // an empty folder, for the job's file system
	Tmp      string      `json:"tmp"`       // a folder, the job's /tmp
	Work     string      `json:"work"`      // where the job starts
	Inputs   string      `json:"inputs"`    // the folder with the input files
	Files    []boundFile `json:"files"`     // the input files
	ReadOnly []string    `json:"read_only"` // files and folders
	Writable []string    `json:"writable"`
}

// MaybeSandbox has to be the first thing in main of a program that runs jobs
// with [Process], and in TestMain of its tests: before flags are parsed. It
// returns at once, unless the program was started by Process as its helper: then
// it locks itself into the sandbox, becomes the job and never returns.
func MaybeSandbox() {
	if len(os.Args) != 2 || os.Args[1] != sandboxFlag {
		return
	}
	report := os.NewFile(reportFD, "report")
	err := becomeJob(os.NewFile(specFD, "spec"), report)
	fmt.Fprint(report, err)
	os.Exit(1)
}

func readSpec(r io.Reader) (spec, error) {
	var s spec
	raw, err := io.ReadAll(r)
	if err != nil {
		return s, fmt.Errorf("reading the sandbox's orders: %w", err)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("reading the sandbox's orders: %w", err)
	}
	return s, nil
}
