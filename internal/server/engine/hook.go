package engine

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Hook is all that the engine knows of what is built on it: package orders. What happens
// to a recipe is told within the transaction in which it happens, while the recipe's
// trees are locked; an error rolls everything back.
type Hook interface {
	// Settled is called when an outermost recipe has settled (JobStatus.IsSettled), or goes
	// on after all.
	Settled(ctx context.Context, tx *store.Tx, r store.Recipe, status recipe.JobStatus) error
	// Superseded is called when next is made the successor of a recipe by Reprocess, before
	// anything happens to next.
	Superseded(ctx context.Context, tx *store.Tx, oldID int64, next store.Recipe) error
	// TriedAgain is called when a job of an outermost recipe has failed and is tried again.
	TriedAgain(ctx context.Context, tx *store.Tx, rootID int64) error
	// ConfiguresSubRecipes tells whether the sub-recipes of an outermost recipe get its
	// configuration.
	ConfiguresSubRecipes(ctx context.Context, tx *store.Tx, rootID int64) (bool, error)
	// AddWorkers adds workers for River jobs of other kinds, which a client has to know to
	// insert them, and returns the queues that they take them from. It is called by New.
	AddWorkers(workers *river.Workers) map[string]river.QueueConfig
	// Loop runs beside the engine's own loops, from Start until ctx ends.
	Loop(ctx context.Context)
}

// noHook is the Hook of an engine with nothing built on it.
type noHook struct{}

// Settled implements Hook.
func (noHook) Settled(context.Context, *store.Tx, store.Recipe, recipe.JobStatus) error { return nil }

// Superseded implements Hook.
func (noHook) Superseded(context.Context, *store.Tx, int64, store.Recipe) error { return nil }

// TriedAgain implements Hook.
func (noHook) TriedAgain(context.Context, *store.Tx, int64) error { return nil }

// ConfiguresSubRecipes implements Hook.
func (noHook) ConfiguresSubRecipes(context.Context, *store.Tx, int64) (bool, error) {
	return false, nil
}

// AddWorkers implements Hook.
func (noHook) AddWorkers(*river.Workers) map[string]river.QueueConfig { return nil }

// Loop implements Hook.
func (noHook) Loop(context.Context) {}

// tellSettled tells the hook of a recipe that has settled, or goes on after all.
func (a *advancer) tellSettled(ctx context.Context, r store.Recipe, before recipe.JobStatus) error {
	after := StatusOf(r)
	if r.ParentID != nil || !before.IsSettled() && !after.IsSettled() {
		return nil
	}
	return a.engine.hook.Settled(ctx, a.tx, r, after)
}

// inherited is the configuration of a new sub-recipe: that of the recipe around it, if the
// hook says so. In other recipes sub-recipes have none (contract of v6, section 4).
func (a *advancer) inherited(ctx context.Context, r *store.Recipe) (store.JSON, error) {
	if r.Configuration == nil {
		return nil, nil
	}
	inherits, err := a.engine.hook.ConfiguresSubRecipes(ctx, a.tx, r.RootID)
	if err != nil || !inherits {
		return nil, err
	}
	return r.Configuration, nil
}
