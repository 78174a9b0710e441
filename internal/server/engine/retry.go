package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// failedItself counts a failure of a job's own, and tells whether it is tried again, and after
// which pause. Such tries do not use up those that lost servers may need.
func (e *Engine) failedItself(ctx context.Context, tx *store.Tx, job *store.Job, name string) (pause time.Duration, again bool, err error) {
	job.Failures++
	retry, err := e.retryOf(ctx, tx, *job)
	if err != nil {
		return 0, false, err
	}
	if pause, again = retry.Pause(job.Failures, name); !again || job.IsSuperseded {
		return 0, false, nil
	}
	job.MaxTries++
	if job.RecipeID == nil {
		return pause, true, nil
	}
	r, err := tx.Recipe(ctx, *job.RecipeID)
	if err != nil {
		return 0, false, err
	}
	return pause, true, e.hook.TriedAgain(ctx, tx, r.RootID)
}

// retryOf is how a job is tried again, by what counts now: that of its node, or else of its
// type. Nil: not at all.
func (e *Engine) retryOf(ctx context.Context, tx *store.Tx, job store.Job) (*recipe.Retry, error) {
	node, err := e.nodeOf(ctx, tx, job)
	if err != nil {
		return nil, err
	}
	if node.Retry != nil {
		return node.Retry, nil
	}
	jt, err := tx.JobType(ctx, job.JobTypeID)
	if err != nil || !usecase.Given(jt.Retry) {
		return nil, err
	}
	var retry recipe.Retry
	if err := json.Unmarshal(jt.Retry, &retry); err != nil {
		return nil, fmt.Errorf("reading the retry of job type %d: %w", jt.ID, err)
	}
	return &retry, nil
}

// nodeOf is the node of a job; one without anything for a job of no recipe.
func (e *Engine) nodeOf(ctx context.Context, tx *store.Tx, job store.Job) (recipe.Node, error) {
	if job.RecipeID == nil {
		return recipe.Node{}, nil
	}
	r, err := tx.Recipe(ctx, *job.RecipeID)
	if err != nil {
		return recipe.Node{}, err
	}
	rev, err := e.catalog.RevisionOf(ctx, tx.Q, r)
	if err != nil {
		return recipe.Node{}, err
	}
	return rev.Definition.Nodes[job.RecipeNode], nil
}
