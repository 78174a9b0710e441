//go:build !unix

package executor

import (
	"context"
	"errors"
	"os"
)

var errNoProcess = errors.New("jobs can be run as processes on Unix systems only; use the executor simulate")

// NewProcess returns an error: the rules of Seed need Bash and process groups.
func NewProcess(ProcessConfig) (*Process, error) { return nil, errNoProcess }

// Run implements [Executor].
func (p *Process) Run(context.Context, Task) (Result, error) { return Result{}, errNoProcess }

func becomeJob(_, _ *os.File) error { return errNoProcess }
