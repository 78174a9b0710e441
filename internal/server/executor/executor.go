package executor

import (
	"context"
	"io"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// Executor runs job executions. Its methods may be called at the same time.
type Executor interface {
	// Run runs one execution to its end. A job that fails is a Result with an
	// Error; Run's own error says that the execution could not be carried out
	// (a full disk, an unreadable input) and may be tried again. When ctx ends,
	// Run stops the job and returns an error that wraps context.Cause(ctx).
	Run(ctx context.Context, t Task) (Result, error)
}

// Task is one execution of a job.
type Task struct {
	Manifest *seed.Manifest
	JobID    int64
	ExeNum   int                    // counts the executions of the job, from 1
	JSON     map[string]any         // JSON input -> value, decoded with UseNumber; absent or nil: not given
	Files    map[string][]InputFile // file input -> files; absent or empty: not given
	Settings map[string]string      // setting of the configuration -> value, secrets in clear
	Mounts   map[string]string      // mount -> path on this machine
	// Dir is the private folder of this execution. It is empty or does not exist
	// yet, its parent exists. The executor makes inputs, outputs, work and tmp in
	// it; removing it is up to the caller.
	Dir     string
	Timeout time.Duration // 0: the manifest's
	// Stdout and Stderr take the job's log; nil: nowhere. They are not written to
	// at the same time, so they may be the same.
	Stdout, Stderr io.Writer
}

// InputFile is a file that a job takes.
type InputFile struct {
	ID        int64
	Root      string // the folder of its workspace on this machine; no link leads out of it
	Path      string // within Root, with slashes
	Name      string // what the job sees it as; only its last element counts
	MediaType string
}

// Result is what an execution came to. Output is only there without an Error.
type Result struct {
	ExitCode  int                     // 128+n after signal n, as a shell says it; -1: the job never started
	Error     *JobError               // nil: the job completed
	JSON      map[string]any          // JSON output -> value, decoded with UseNumber
	Files     map[string][]OutputFile // file output -> files, sorted by path
	Allocated map[string]float64      // resource -> amount that the job was told
}

func (t Task) timeout() time.Duration {
	if t.Timeout > 0 {
		return t.Timeout
	}
	return time.Duration(t.Manifest.Job.Timeout) * time.Second
}
