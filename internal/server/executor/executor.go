package executor

import (
	"context"
	"errors"
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

// A Preparer is an Executor that wants to get ready before the clock of a job starts, for
// example to pull its image. What it finds out it writes into the task.
type Preparer interface {
	Prepare(ctx context.Context, t *Task) (*JobError, error)
}

// A Keeper is an Executor whose jobs outlive the server.
type Keeper interface {
	// Left are the executions that servers which have ended left behind on this machine. Each
	// is either gone on with, by a Run whose Task has it, or removed.
	Left(ctx context.Context) ([]*Left, error)
	// Remove ends an execution that nobody waits for any more, and what belongs to it.
	Remove(ctx context.Context, l *Left) error
}

// Left is an execution that a server left behind. Until it is run or removed no other
// server on the machine sees it.
type Left struct {
	JobID  int64
	ExeNum int
	Alive  bool // it can be gone on with

	container string
	folder    string
	lock      io.Closer // nil: the folder is gone
}

// Close lets go of it without running or removing it.
func (l *Left) Close() error {
	if l.lock == nil {
		return nil
	}
	return l.lock.Close()
}

// ErrStopping is the cause of the end of a Run that the server asks for because it stops
// itself. Jobs that outlive it go on, and Run returns ErrKept.
var ErrStopping = errors.New("galleyd is stopping")

// ErrKept says that an execution goes on without this server.
var ErrKept = errors.New("the job goes on without this server")

// Task is one execution of a job.
type Task struct {
	Manifest *seed.Manifest
	JobID    int64
	ExeNum   int                    // counts the executions of the job, from 1
	JSON     map[string]any         // JSON input -> value, decoded with UseNumber; absent or nil: not given
	Files    map[string][]InputFile // file input -> files; absent or empty: not given
	Settings map[string]string      // setting of the configuration -> value, secrets in clear
	Mounts   map[string]string      // mount -> path on this machine
	Volumes  map[string]Volume      // mount -> volume that is made for it
	Image    string                 // of the job type; processes have none
	Left     *Left                  // go on with this one
	// Dir is the private folder of this execution. It is empty or does not exist
	// yet, its parent exists. The executor makes inputs, outputs, work and tmp in
	// it; removing it is up to the caller.
	Dir     string
	Timeout time.Duration // 0: the manifest's
	// Stdout and Stderr take the job's log; nil: nowhere. They are not written to
	// at the same time, so they may be the same.
	Stdout, Stderr io.Writer

	image preparedImage
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
	Image     Image                   // that the job ran in; zero: in none
}

// Image is what a container was made of.
type Image struct {
	Name   string `json:"name"`   // as it was asked for
	Digest string `json:"digest"` // REPOSITORY@sha256:… of its registry, or sha256:… of one that is only on this machine
}

// Volume is a volume of a container engine, which lives as long as the execution.
type Volume struct {
	Driver  string // "": the engine's own
	Options map[string]string
}

func (t Task) timeout() time.Duration {
	if t.Timeout > 0 {
		return t.Timeout
	}
	return time.Duration(t.Manifest.Job.Timeout) * time.Second
}
