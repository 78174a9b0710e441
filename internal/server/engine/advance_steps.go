package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Names of the errors that the engine itself gives jobs.
const (
	errInvalidConfiguration = recipe.ErrorInvalidConfiguration
	errNodeLost             = recipe.ErrorNodeLost
	errInfrastructure       = recipe.ErrorInfrastructure
)

// take stores the steps. It reports whether they led to something that the domain
// did not foresee, so that progress has to be asked for again.
func (a *advancer) take(ctx context.Context, r *store.Recipe, rev *catalog.RecipeRevision, nodes map[string]*node, steps recipe.Steps) (bool, error) {
	again := false
	for _, name := range steps.Create {
		n, err := a.create(ctx, r, rev, name)
		if err != nil {
			return false, fmt.Errorf("creating node %s: %w", name, err)
		}
		nodes[name] = n
		again = again || n.job != nil && n.job.Status == string(recipe.Failed)
	}
	for _, name := range steps.Block {
		a.setStatus(nodes[name], recipe.Pending, recipe.Blocked)
	}
	for _, name := range steps.Unblock {
		a.setStatus(nodes[name], recipe.Blocked, recipe.Pending)
	}
	for _, q := range steps.Queue {
		if err := a.input(ctx, nodes[q.Node], q.Data); err != nil {
			return false, fmt.Errorf("giving node %s its input: %w", q.Node, err)
		}
	}
	for _, x := range steps.Reject {
		a.reject(ctx, r, nodes[x.Node], x.Problems)
	}
	for _, x := range steps.Evaluate {
		raw, err := usecase.Encode(x.Data)
		if err != nil {
			return false, err
		}
		n := nodes[x.Node]
		n.changed = true
		n.condition.Input, n.condition.IsProcessed, n.condition.IsAccepted = raw, true, x.Accepted
		n.condition.Processed, n.condition.LastModified = &a.now, a.now
	}
	for _, name := range usecase.SortedKeys(nodes) {
		inside, err := a.save(ctx, r, rev, nodes[name])
		if err != nil {
			return false, fmt.Errorf("storing node %s: %w", name, err)
		}
		again = again || inside
	}
	if steps.Complete {
		r.IsCompleted, r.Completed = true, &a.now
	}
	return again, nil
}

// create makes a node that is not stored yet.
func (a *advancer) create(ctx context.Context, r *store.Recipe, rev *catalog.RecipeRevision, name string) (*node, error) {
	def := rev.Definition.Nodes[name]
	n := &node{name: name, created: true}
	before, err := a.predecessor(ctx, r, rev)
	if err != nil {
		return nil, err
	}
	switch {
	case def.Job != nil:
		if n.job, err = a.newJob(ctx, r, rev.Types.Jobs[*def.Job], name); err != nil {
			return nil, err
		}
		n.job.SupersededJobID = before.node(name).JobID
	case def.Recipe != nil:
		sub := rev.Types.Recipes[*def.Recipe]
		n.sub = &store.Recipe{
			RecipeTypeID: sub.RecipeTypeID, RecipeTypeRevID: sub.ID, EventID: r.EventID, BatchID: r.BatchID, ParentID: &r.ID, RootID: r.RootID,
			Created: a.now, LastModified: a.now,
		}
		if n.sub.Configuration, err = a.inherited(ctx, r); err != nil {
			return nil, err
		}
		if err := a.succeed(ctx, before, n); err != nil {
			return nil, err
		}
	default:
		n.condition = &store.Condition{RecipeID: r.ID, Created: a.now, LastModified: a.now}
	}
	return n, nil
}

// newJob makes a PENDING job. If the recipe has a configuration, the job gets the
// merged one (contract 4); where that does not fit, the job is FAILED from the
// start, so that everybody sees why (the original never creates the node).
func (a *advancer) newJob(ctx context.Context, r *store.Recipe, rev catalog.JobRevision, name string) (*store.Job, error) {
	jt, err := a.tx.JobType(ctx, rev.JobTypeID)
	if err != nil {
		return nil, err
	}
	over, err := a.engine.OpenConfiguration(r.Configuration)
	if err != nil {
		return nil, err
	}
	job, ps, err := a.engine.newJob(ctx, a.tx, jt, rev, over, false, a.now)
	if err != nil {
		return nil, err
	}
	job.EventID, job.BatchID, job.RecipeID, job.RecipeNode = r.EventID, r.BatchID, &r.ID, name
	if err := ps.Err(); err != nil {
		job.Status, job.Ended = string(recipe.Failed), &a.now
		job.ErrorName, job.ErrorTitle, job.ErrorCategory = errInvalidConfiguration, "Invalid configuration", executor.System
		job.ErrorDescription = fmt.Sprintf("The recipe's configuration does not fit job type %s %s: %v", jt.Name, jt.Version, err)
	}
	return job, nil
}

func (a *advancer) setStatus(n *node, from, to recipe.JobStatus) {
	if n.sub != nil {
		n.changed, n.sub.IsBlocked, n.sub.LastModified = true, to == recipe.Blocked, a.now
		return
	}
	if n.job.Status != string(from) {
		return // it failed while it was created
	}
	n.changed = true
	n.job.Status, n.job.LastStatusChange, n.job.LastModified = string(to), &a.now, a.now
}

// input gives a node its input: a job is queued, a sub-recipe starts.
func (a *advancer) input(ctx context.Context, n *node, data recipe.Data) error {
	n.changed = true
	if n.sub != nil {
		n.started, n.sub.IsBlocked = &data, false
		return nil
	}
	if n.job.Status != string(recipe.Pending) && n.job.Status != string(recipe.Blocked) {
		return nil // it failed while it was created
	}
	raw, err := usecase.Encode(data)
	if err != nil {
		return err
	}
	files, err := a.tx.FilesByID(ctx, fileIDs(data))
	if err != nil {
		return err
	}
	size, sources := rollUp(files)
	n.job.Input, n.job.InputFileSize, n.job.Sources = raw, &size, sources
	n.queued = true
	return nil
}

// reject cancels a job whose input does not fit. Sub-recipes and conditions stay as
// they are, for ever incomplete (contract 7.2, 7.3).
func (a *advancer) reject(ctx context.Context, r *store.Recipe, n *node, ps recipe.Problems) {
	if n.job == nil {
		a.engine.Log.DebugContext(ctx, "node has no valid input", slog.Int64("recipe", r.ID), slog.String("node", n.name),
			slog.Any("error", ps.Err()))
		return
	}
	if n.job.Status != string(recipe.Pending) && n.job.Status != string(recipe.Blocked) {
		return
	}
	n.changed = true
	j := n.job
	j.Status, j.Ended, j.LastStatusChange, j.LastModified = string(recipe.Canceled), &a.now, &a.now, a.now
	j.ErrorName, j.ErrorTitle, j.ErrorCategory = executor.ErrInvalidInput, "Invalid input", executor.Data
	j.ErrorDescription = fmt.Sprintf("The job was canceled because its input does not fit: %v", ps.Err())
}

// save writes a node if it is new or changed, delivers its job, and advances its
// sub-recipe, in which case it reports true.
func (a *advancer) save(ctx context.Context, r *store.Recipe, rev *catalog.RecipeRevision, n *node) (bool, error) {
	defer func() { n.created, n.changed, n.queued, n.started, n.copied = false, false, false, nil, nil }()
	if n.created {
		if err := a.insert(ctx, r, n); err != nil {
			return false, err
		}
	}
	switch {
	case n.queued:
		def := rev.Definition.Nodes[n.name]
		return false, a.queueJob(ctx, n.job, def.TimeoutOf(rev.Types.Jobs[*def.Job].Manifest.Job.Timeout))
	case n.started != nil:
		if err := processInput(ctx, a.tx, n.sub, *n.started, a.now); err != nil {
			return false, err
		}
		if err := a.tx.Update(ctx, n.sub); err != nil {
			return false, err
		}
		_, err := a.down(ctx, n.sub)
		return true, err
	case n.created || !n.changed:
		return false, nil
	case n.job != nil:
		return false, a.tx.Update(ctx, n.job)
	case n.sub != nil:
		return false, a.tx.Update(ctx, n.sub)
	case n.condition != nil:
		return false, a.tx.Update(ctx, n.condition)
	}
	return false, nil
}

func (a *advancer) insert(ctx context.Context, r *store.Recipe, n *node) error {
	row := store.RecipeNode{RecipeID: r.ID, NodeName: n.name, IsOriginal: true}
	switch {
	case n.job != nil:
		if err := a.tx.Insert(ctx, n.job); err != nil {
			return err
		}
		row.JobID = &n.job.ID
	case n.sub != nil:
		if err := a.tx.Insert(ctx, n.sub); err != nil {
			return err
		}
		row.SubRecipeID = &n.sub.ID
		if err := a.takeOver(ctx, n.sub, n.copied); err != nil {
			return err
		}
	default:
		if err := a.tx.Insert(ctx, n.condition); err != nil {
			return err
		}
		row.ConditionID = &n.condition.ID
	}
	return a.tx.Insert(ctx, &row)
}

// queueJob makes the next execution of a job, stores both and has it delivered. That of a batch gets the priority which the
// batch has by now, if it has one.
func (a *advancer) queueJob(ctx context.Context, j *store.Job, timeout int) error {
	if err := prioritize(ctx, a.tx, j); err != nil {
		return err
	}
	d, err := queueExecution(ctx, a.tx, j, timeout, a.now)
	if err != nil {
		return err
	}
	a.deliveries = append(a.deliveries, d)
	return nil
}

// queueExecution makes the next execution of a job and stores both. The caller has
// to have the delivery inserted.
func queueExecution(ctx context.Context, tx *store.Tx, j *store.Job, timeout int, now store.Time) (delivery, error) {
	j.NumExes++
	j.Status, j.Queued, j.LastStatusChange, j.LastModified = string(recipe.Queued), &now, &now, now
	j.Started, j.Ended, j.NodeName = nil, nil, ""
	d := delivery{JobID: j.ID, ExeNum: j.NumExes, priority: j.Priority}
	if err := tx.Update(ctx, j); err != nil {
		return d, err
	}
	return d, tx.Insert(ctx, &store.JobExecution{
		JobID: j.ID, ExeNum: j.NumExes, Status: exeQueued, Timeout: timeout, Created: now, Queued: now,
	})
}

// domainFile is what a condition can see of a file.
func domainFile(f store.File) (recipe.File, error) {
	out := recipe.File{ID: f.ID, Name: f.FileName, MediaType: f.MediaType}
	if usecase.Given(f.DataTypes) {
		if err := json.Unmarshal(f.DataTypes, &out.DataTypes); err != nil {
			return out, fmt.Errorf("reading data types of file %d: %w", f.ID, err)
		}
	}
	if usecase.Given(f.MetaData) {
		if err := usecase.DecodeNumbers(f.MetaData, &out.Metadata); err != nil {
			return out, fmt.Errorf("reading metadata of file %d: %w", f.ID, err)
		}
	}
	return out, nil
}

// prioritize gives a job of a batch the priority of that: 0 counts as none, as in the original.
func prioritize(ctx context.Context, tx *store.Tx, j *store.Job) error {
	if j.BatchID == nil {
		return nil
	}
	row, err := tx.Batch(ctx, *j.BatchID)
	if err != nil {
		return err
	}
	var c batch.Configuration
	if err := json.Unmarshal(row.Configuration, &c); err != nil {
		return fmt.Errorf("reading configuration of batch %d: %w", row.ID, err)
	}
	if c.Priority != nil && *c.Priority != 0 {
		j.Priority = *c.Priority
	}
	return nil
}
