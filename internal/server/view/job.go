package view

import (
	"context"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// jobRelated is what the views of some jobs need besides their rows.
type jobRelated struct {
	types     map[int64]store.JobType
	revisions map[int64]store.JobTypeRevision
	events    map[int64]store.Event
	files     map[int64]store.File
	recipes   recipeRelated
	batches   map[int64]store.Batch
}

// jobsRelated looks everything up with one query for each kind of thing.
func (s Views) jobsRelated(ctx context.Context, rows ...store.Job) (rel jobRelated, err error) {
	types, revisions, events, files, recipes, batches := IDSet{}, IDSet{}, IDSet{}, IDSet{}, IDSet{}, IDSet{}
	for _, row := range rows {
		batches.Add(row.BatchID)
		types.Add(&row.JobTypeID)
		revisions.Add(&row.JobTypeRevID)
		events.Add(&row.EventID)
		recipes.Add(row.RecipeID)
		for _, ids := range FilesOf(row.Input) {
			for _, id := range ids {
				files[id] = true
			}
		}
	}
	if rel.types, err = s.store.JobTypesByID(ctx, types.List()); err != nil {
		return rel, err
	}
	if rel.revisions, err = s.store.JobTypeRevisionsByID(ctx, revisions.List()); err != nil {
		return rel, err
	}
	if rel.events, err = s.store.EventsByID(ctx, events.List()); err != nil {
		return rel, err
	}
	if rel.files, err = s.store.FilesByID(ctx, files.List()); err != nil {
		return rel, err
	}
	if rel.batches, err = s.store.BatchesByID(ctx, batches.List()); err != nil {
		return rel, err
	}
	recipesByID, err := s.store.RecipesByID(ctx, recipes.List())
	if err != nil {
		return rel, err
	}
	var recipeRows []store.Recipe
	for _, row := range recipesByID {
		recipeRows = append(recipeRows, row)
	}
	rel.recipes, err = s.recipesRelated(ctx, recipeRows...)
	return rel, err
}

func (rel jobRelated) common(row store.Job, detail bool) api.JobCommon {
	t := rel.types[row.JobTypeID]
	out := api.JobCommon{
		ID: row.ID, JobType: JobTypeBase(t), Status: row.Status, Event: Event(rel.events[row.EventID], detail),
		Recipe: rel.recipes.base(row.RecipeID), RecipeNode: Text(row.RecipeNode), IsSuperseded: row.IsSuperseded,
		Batch:    batchBase(rel.batches, row.BatchID),
		Node:     nodeOf(row.NodeName),
		Error:    JobError(t, row.ErrorName, row.ErrorTitle, row.ErrorDescription, row.ErrorCategory),
		MaxTries: row.MaxTries, NumExes: row.NumExes, InputFileSize: row.InputFileSize, InputFiles: map[string][]string{},
		Sources: Sources(row.Sources), Created: Time(row.Created), Queued: TimePtr(row.Queued),
		Started: TimePtr(row.Started), Ended: TimePtr(row.Ended), LastStatusChange: TimePtr(row.LastStatusChange),
		Superseded: TimePtr(row.Superseded), LastModified: Time(row.LastModified),
	}
	if row.RecipeID != nil {
		if r, known := rel.recipes.recipes[*row.RecipeID]; known {
			out.IngestEvent = rel.recipes.ingestEvent(&r, detail)
		}
	}
	for input, ids := range FilesOf(row.Input) {
		names := []string{}
		for _, id := range ids {
			if f, known := rel.files[id]; known {
				names = append(names, f.FileName)
			}
		}
		out.InputFiles[input] = names
	}
	return out
}

// JobList is jobs as a list has them.
func (s Views) JobList(ctx context.Context, rows []store.Job) ([]api.Job, error) {
	rel, err := s.jobsRelated(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := make([]api.Job, len(rows))
	for i, row := range rows {
		out[i] = api.Job{JobCommon: rel.common(row, false), JobTypeRev: JobTypeRevRef(rel.revisions[row.JobTypeRevID]),
			SupersededJob: Ref(row.SupersededJobID)}
	}
	return out, nil
}

// JobDetail is one job with its data, its configuration without secrets, and its chain.
func (s Views) JobDetail(ctx context.Context, row store.Job) (api.JobDetail, error) {
	rel, err := s.jobsRelated(ctx, row)
	if err != nil {
		return api.JobDetail{}, err
	}
	t, revision := rel.types[row.JobTypeID], rel.revisions[row.JobTypeRevID]
	out := api.JobDetail{
		JobCommon: rel.common(row, true), JobTypeRev: JobTypeRevisionDetail(t, revision),
		Resources: ResourcesOf(revision.Manifest), Input: Data(row.Input), Output: Data(row.Output),
		Configuration: s.JobConfiguration(row.Configuration, SecretSettings(revision.Manifest)),
	}
	if out.SupersededJob, out.SupersededByJob, err = s.jobChain(ctx, row); err != nil {
		return out, err
	}
	switch recipe.JobStatus(row.Status) {
	case recipe.Queued, recipe.Running, recipe.Completed, recipe.Failed:
		exe, err := s.store.JobExecution(ctx, row.ID, row.NumExes)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
		if err == nil {
			view := Execution(row, t, exe)
			out.Execution = &view
		}
	}
	return out, nil
}

// jobChain is the job that a job superseded, and the one that superseded it.
func (s Views) jobChain(ctx context.Context, row store.Job) (older, newer *api.JobBase, err error) {
	base := func(row *store.Job) (*api.JobBase, error) {
		t, err := s.store.JobType(ctx, row.JobTypeID)
		return &api.JobBase{ID: row.ID, JobType: JobTypeBase(t), Status: row.Status}, err
	}
	if row.SupersededJobID != nil {
		old, err := s.store.Job(ctx, *row.SupersededJobID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, nil, err
		}
		if err == nil {
			if older, err = base(&old); err != nil {
				return nil, nil, err
			}
		}
	}
	next, err := s.store.JobSupersededBy(ctx, row.ID)
	if err != nil || next == nil {
		return older, nil, err
	}
	newer, err = base(next)
	return older, newer, err
}

// nodeOf is the machine of that name. Machines have no ids here.
func nodeOf(hostname string) *api.Node {
	if hostname == "" {
		return nil
	}
	return &api.Node{Hostname: hostname}
}

// JobError is why a job failed; nil without a name. Errors have no ids here. Those
// of category SYSTEM are ours and worth another try, the others are the job type's.
func JobError(t store.JobType, name, title, description, category string) *api.JobError {
	if name == "" {
		return nil
	}
	out := &api.JobError{Name: name, Title: title, Description: description, Category: category}
	if category == "SYSTEM" {
		out.IsBuiltin, out.ShouldBeRetried = true, true
	} else {
		out.JobTypeName = &t.Name
	}
	return out
}
