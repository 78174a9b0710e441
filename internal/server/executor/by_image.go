package executor

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// ByImage runs the jobs whose job types have an image in containers, and all others as processes.
// A job type that names no image has the one that the Seed standard calls like it, if
// that is on the machine. seed.NoImage is none.
type ByImage struct {
	Containers *Container
	Processes  Executor // nil: there is no sandbox for them
	Why        error    // why not
}

// Prepare implements [Preparer].
func (e *ByImage) Prepare(ctx context.Context, t *Task) (*JobError, error) {
	if t.Left != nil {
		return nil, nil
	}
	if t.Image == seed.StandardImage(t.Manifest) {
		_, found, err := e.Containers.find(ctx, t.Image)
		if err != nil {
			return nil, err
		}
		if !found {
			t.Image = ""
		}
	}
	if t.hasImage() {
		return e.Containers.Prepare(ctx, t)
	}
	if e.Processes == nil {
		return jobError(ErrInvalidConfiguration, System, "The job type has no image, and this machine does not lock processes in (%s); "+
			"give it a docker_image, or allow less with --require-sandbox", e.Why), nil
	}
	return nil, nil
}

// Run implements [Executor]. The task has to be prepared.
func (e *ByImage) Run(ctx context.Context, t Task) (Result, error) {
	if t.Left != nil || t.hasImage() {
		return e.Containers.Run(ctx, t)
	}
	return e.Processes.Run(ctx, t)
}

// Left implements [Keeper].
func (e *ByImage) Left(ctx context.Context) ([]*Left, error) { return e.Containers.Left(ctx) }

// Remove implements [Keeper].
func (e *ByImage) Remove(ctx context.Context, l *Left) error { return e.Containers.Remove(ctx, l) }

// Close implements [io.Closer].
func (e *ByImage) Close() error { return e.Containers.Close() }

func (t Task) hasImage() bool { return t.Image != "" && t.Image != seed.NoImage }

// imageError says that there is no image to run a job of.
func imageError(format string, args ...any) *JobError {
	return jobError(ErrMissingImage, System, "%s", fmt.Sprintf(format, args...))
}
