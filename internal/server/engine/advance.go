package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Everything that touches a recipe, its nodes, jobs and executions first takes the
// outermost recipe that contains it, and locks the first recipe of its supersede
// chain, several in the order of their ids. So all work on one tree, and on those that
// share nodes with it after a reprocess, is done one after the other, whichever
// server does it: there is one lock order, and fan-in cannot lose an update. SQLite
// has one writer anyway.

// LockTrees locks the chains of trees that the recipes belong to.
func LockTrees(ctx context.Context, tx *store.Tx, recipeIDs []int64) error {
	rows, err := tx.RecipesByID(ctx, recipeIDs)
	if err != nil {
		return err
	}
	var chains, roots []int64
	for _, r := range rows {
		if r.RootID == r.ID {
			chains = append(chains, r.ChainRootID)
		} else {
			roots = append(roots, r.RootID)
		}
	}
	outermost, err := tx.RecipesByID(ctx, roots)
	if err != nil {
		return err
	}
	for _, r := range outermost {
		chains = append(chains, r.ChainRootID)
	}
	slices.Sort(chains)
	for _, id := range slices.Compact(chains) {
		if _, err := tx.LockRecipe(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// lockJob locks a job after the trees that it is in, and returns these recipes' ids.
func lockJob(ctx context.Context, tx *store.Tx, id int64) (store.Job, []int64, error) {
	recipes, err := tx.RecipesOfJob(ctx, id)
	if err != nil {
		return store.Job{}, nil, err
	}
	if err := LockTrees(ctx, tx, recipes); err != nil {
		return store.Job{}, nil, err
	}
	// A reprocess that held the lock may have given the job to one more recipe.
	if recipes, err = tx.RecipesOfJob(ctx, id); err != nil {
		return store.Job{}, nil, err
	}
	job, err := tx.LockJob(ctx, id)
	return job, recipes, err
}

// advancer takes recipes as far as they go within one transaction, after something
// has happened to them. The caller has locked their trees.
type advancer struct {
	engine     *Engine
	tx         *store.Tx
	now        store.Time
	deliveries []delivery // to insert when all is stored
	before     map[int64]*predecessor
}

// advance takes the recipes forward, and all that contain them; of several that share
// nodes the newest first, as the superseded ones only follow.
func (e *Engine) advance(ctx context.Context, tx *store.Tx, recipeIDs []int64, deliveries ...delivery) error {
	a := &advancer{engine: e, tx: tx, now: e.Now(), deliveries: deliveries}
	for _, id := range slices.Backward(slices.Compact(slices.Sorted(slices.Values(recipeIDs)))) {
		if err := a.up(ctx, id); err != nil {
			return err
		}
	}
	return e.queue.insert(ctx, tx, a.deliveries)
}

// up advances a recipe and, if that changed it, those that contain it.
func (a *advancer) up(ctx context.Context, id int64) error {
	r, err := a.tx.Recipe(ctx, id)
	if err != nil {
		return err
	}
	changed, err := a.down(ctx, &r)
	if err != nil || !changed || r.ParentID == nil {
		return err
	}
	parents, err := a.tx.RecipesOfSubRecipe(ctx, id)
	if err != nil {
		return err
	}
	for _, parent := range slices.Backward(parents) {
		if err := a.up(ctx, parent); err != nil {
			return err
		}
	}
	return nil
}

// move counts one job of the recipes, and of all that contain them, under another
// status. It is the cheap form of advance for what leads to nothing else.
func (a *advancer) move(ctx context.Context, recipeIDs []int64, from, to recipe.JobStatus) error {
	for _, id := range recipeIDs {
		r, err := a.tx.Recipe(ctx, id)
		if err != nil {
			return err
		}
		*counterOf(&r.Counts, from)--
		*counterOf(&r.Counts, to)++
		r.LastModified = a.now
		if err := a.tx.Update(ctx, &r); err != nil {
			return err
		}
		if r.ParentID == nil {
			continue
		}
		parents, err := a.tx.RecipesOfSubRecipe(ctx, id)
		if err != nil {
			return err
		}
		if err := a.move(ctx, parents, from, to); err != nil {
			return err
		}
	}
	return nil
}

// down advances a recipe and everything inside it. It reports whether something
// about the recipe changed that can be seen from outside.
func (a *advancer) down(ctx context.Context, r *store.Recipe) (bool, error) {
	rev, err := a.engine.catalog.RevisionOf(ctx, a.tx.Q, *r)
	if err != nil {
		return false, err
	}
	nodes, err := a.load(ctx, r.ID)
	if err != nil {
		return false, err
	}
	before, completed, stepped := StatusOf(*r), r.IsCompleted, false
	for again := true; again; {
		state, err := a.state(ctx, r, rev, nodes)
		if err != nil {
			return false, err
		}
		steps := recipe.Progress(rev.Graph, rev.Types.Catalog, state)
		if r.IsSuperseded || r.Stopped != nil {
			steps = onlyComplete(steps)
		}
		stepped = stepped || !steps.Empty()
		if again, err = a.take(ctx, r, rev, nodes, steps); err != nil {
			return false, fmt.Errorf("advancing recipe %d: %w", r.ID, err)
		}
	}
	counts := count(nodes)
	changed := counts != r.Counts || completed != r.IsCompleted
	if !changed && !stepped {
		return false, nil
	}
	r.Counts, r.LastModified = counts, a.now
	if err := a.tx.Update(ctx, r); err != nil {
		return changed, err
	}
	return changed, a.tellSettled(ctx, *r, before)
}

// StatusOf sums a recipe up.
func StatusOf(r store.Recipe) recipe.JobStatus {
	return recipe.JobCounts{
		Total: r.JobsTotal, Queued: r.JobsQueued, Running: r.JobsRunning, Completed: r.JobsCompleted,
		Failed: r.JobsFailed, Canceled: r.JobsCanceled, Blocked: r.JobsBlocked,
	}.Status(r.IsCompleted)
}

// onlyComplete is what is left of the steps for a recipe that is superseded or stopped:
// what runs of it, or what its successor has taken over, may make it complete, but nothing new
// begins in it, whoever looks at it and whenever.
func onlyComplete(steps recipe.Steps) recipe.Steps {
	complete := steps.Complete
	steps.Complete = false
	return recipe.Steps{Complete: complete && steps.Empty()}
}

// node is a created node with its parts; exactly one of job, sub and condition is set.
type node struct {
	name      string
	job       *store.Job
	sub       *store.Recipe
	condition *store.Condition
	created   bool // not stored yet
	changed   bool // stored, but differs
	queued    bool // the job has to be delivered
	started   *recipe.Data
	copied    []store.RecipeNode // of the superseded sub-recipe, to be taken over
}

func (a *advancer) load(ctx context.Context, recipeID int64) (map[string]*node, error) {
	rows, err := a.tx.RecipeNodesFull(ctx, recipeID)
	if err != nil {
		return nil, err
	}
	nodes := make(map[string]*node, len(rows))
	for _, row := range rows {
		nodes[row.NodeName] = &node{name: row.NodeName, job: row.Job, sub: row.SubRecipe, condition: row.Condition}
	}
	return nodes, nil
}

// state puts the rows into the words of the domain.
func (a *advancer) state(ctx context.Context, r *store.Recipe, rev *catalog.RecipeRevision, nodes map[string]*node) (recipe.State, error) {
	s := recipe.State{Nodes: make(map[string]recipe.NodeState, len(nodes)), Completed: r.IsCompleted}
	var err error
	if s.Input, err = decodeData(r.Input); err != nil {
		return s, err
	}
	for name, n := range nodes {
		ns := recipe.NodeState{}
		switch {
		case n.job != nil:
			ns.Type, ns.Status, ns.HasInput = recipe.JobNode, recipe.JobStatus(n.job.Status), n.job.Input != nil
			if ns.Status == recipe.Completed {
				out, err := decodeData(n.job.Output)
				if err != nil {
					return s, err
				}
				if out != nil {
					ns.Output = *out
				}
			}
		case n.sub != nil:
			c := n.sub.Counts
			ns.Type, ns.HasInput, ns.Completed, ns.Blocked = recipe.RecipeNode, n.sub.Input != nil, n.sub.IsCompleted, n.sub.IsBlocked
			ns.Blocking = !n.sub.IsCompleted && c.JobsBlocked+c.JobsFailed+c.JobsCanceled > 0
			ns.Settled = StatusOf(*n.sub).IsSettled()
		case n.condition != nil:
			ns.Type, ns.Processed, ns.Accepted = recipe.ConditionNode, n.condition.IsProcessed, n.condition.IsAccepted
			in, err := decodeData(n.condition.Input)
			if err != nil {
				return s, err
			}
			if in != nil {
				ns.Input = *in
			}
		}
		s.Nodes[name] = ns
	}
	if s.Files, err = a.filesForConditions(ctx, rev, s); err != nil {
		return s, err
	}
	return s, nil
}

// filesForConditions reads the files that a condition could look at now; none if no
// condition is left to decide.
func (a *advancer) filesForConditions(ctx context.Context, rev *catalog.RecipeRevision, s recipe.State) (map[int64]recipe.File, error) {
	undecided := false
	for name, n := range rev.Definition.Nodes {
		undecided = undecided || n.Condition != nil && !s.Nodes[name].Processed
	}
	if !undecided || s.Input == nil {
		return nil, nil
	}
	ids := fileIDs(*s.Input)
	for _, ns := range s.Nodes {
		ids = append(ids, fileIDs(ns.Output)...)
	}
	slices.Sort(ids)
	rows, err := a.tx.FilesByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	files := make(map[int64]recipe.File, len(rows))
	for id, row := range rows {
		if files[id], err = domainFile(row); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// count makes the counters of a recipe from its nodes (contract 7.5).
func count(nodes map[string]*node) store.Counts {
	var c store.Counts
	for _, n := range nodes {
		switch {
		case n.job != nil:
			c.JobsTotal++
			if counter := counterOf(&c, recipe.JobStatus(n.job.Status)); counter != nil {
				*counter++
			}
		case n.sub != nil:
			s := n.sub.Counts
			c.JobsTotal += s.JobsTotal
			c.JobsPending += s.JobsPending
			c.JobsBlocked += s.JobsBlocked
			c.JobsQueued += s.JobsQueued
			c.JobsRunning += s.JobsRunning
			c.JobsFailed += s.JobsFailed
			c.JobsCompleted += s.JobsCompleted
			c.JobsCanceled += s.JobsCanceled
			c.SubRecipesTotal += 1 + s.SubRecipesTotal
			c.SubRecipesCompleted += s.SubRecipesCompleted
			if n.sub.IsCompleted {
				c.SubRecipesCompleted++
			}
		}
	}
	return c
}

func counterOf(c *store.Counts, s recipe.JobStatus) *int {
	return map[recipe.JobStatus]*int{
		recipe.Pending: &c.JobsPending, recipe.Blocked: &c.JobsBlocked, recipe.Queued: &c.JobsQueued,
		recipe.Running: &c.JobsRunning, recipe.Failed: &c.JobsFailed, recipe.Completed: &c.JobsCompleted,
		recipe.Canceled: &c.JobsCanceled,
	}[s]
}
