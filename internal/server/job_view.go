package server

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
}

// jobsRelated looks everything up with one query for each kind of thing.
func (s *Server) jobsRelated(ctx context.Context, rows ...store.Job) (rel jobRelated, err error) {
	types, revisions, events, files, recipes := idSet{}, idSet{}, idSet{}, idSet{}, idSet{}
	for _, row := range rows {
		types.add(&row.JobTypeID)
		revisions.add(&row.JobTypeRevID)
		events.add(&row.EventID)
		recipes.add(row.RecipeID)
		for _, ids := range filesOf(row.Input) {
			for _, id := range ids {
				files[id] = true
			}
		}
	}
	if rel.types, err = s.store.JobTypesByID(ctx, types.list()); err != nil {
		return rel, err
	}
	if rel.revisions, err = s.store.JobTypeRevisionsByID(ctx, revisions.list()); err != nil {
		return rel, err
	}
	if rel.events, err = s.store.EventsByID(ctx, events.list()); err != nil {
		return rel, err
	}
	if rel.files, err = s.store.FilesByID(ctx, files.list()); err != nil {
		return rel, err
	}
	recipesByID, err := s.store.RecipesByID(ctx, recipes.list())
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
		ID: row.ID, JobType: jobTypeBaseView(t), Status: row.Status, Event: eventView(rel.events[row.EventID], detail),
		Recipe: rel.recipes.base(row.RecipeID), RecipeNode: textView(row.RecipeNode), IsSuperseded: row.IsSuperseded,
		Node:     nodeOf(row.NodeName),
		Error:    jobErrorView(t, row.ErrorName, row.ErrorTitle, row.ErrorDescription, row.ErrorCategory),
		MaxTries: row.MaxTries, NumExes: row.NumExes, InputFileSize: row.InputFileSize, InputFiles: map[string][]string{},
		Sources: sourcesView(row.Sources), Created: timeView(row.Created), Queued: timePtrView(row.Queued),
		Started: timePtrView(row.Started), Ended: timePtrView(row.Ended), LastStatusChange: timePtrView(row.LastStatusChange),
		Superseded: timePtrView(row.Superseded), LastModified: timeView(row.LastModified),
	}
	for input, ids := range filesOf(row.Input) {
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

func (s *Server) jobList(ctx context.Context, rows []store.Job) ([]api.Job, error) {
	rel, err := s.jobsRelated(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := make([]api.Job, len(rows))
	for i, row := range rows {
		out[i] = api.Job{JobCommon: rel.common(row, false), JobTypeRev: jobTypeRevRefView(rel.revisions[row.JobTypeRevID]),
			SupersededJob: refView(row.SupersededJobID)}
	}
	return out, nil
}

func (s *Server) jobDetail(ctx context.Context, row store.Job) (api.JobDetail, error) {
	rel, err := s.jobsRelated(ctx, row)
	if err != nil {
		return api.JobDetail{}, err
	}
	t, revision := rel.types[row.JobTypeID], rel.revisions[row.JobTypeRevID]
	out := api.JobDetail{
		JobCommon: rel.common(row, true), JobTypeRev: jobTypeRevisionDetailView(t, revision),
		Resources: resourcesOf(revision.Manifest), Input: dataView(row.Input), Output: dataView(row.Output),
		Configuration: s.configurationView(row.Configuration, secretSettings(revision.Manifest)),
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
			view := executionView(row, t, exe)
			out.Execution = &view
		}
	}
	return out, nil
}

// jobChain is the job that a job superseded, and the one that superseded it.
func (s *Server) jobChain(ctx context.Context, row store.Job) (older, newer *api.JobBase, err error) {
	base := func(row *store.Job) (*api.JobBase, error) {
		t, err := s.store.JobType(ctx, row.JobTypeID)
		return &api.JobBase{ID: row.ID, JobType: jobTypeBaseView(t), Status: row.Status}, err
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

// jobErrorView is why a job failed; nil without a name. Errors have no ids here. Those
// of category SYSTEM are ours and worth another try, the others are the job type's.
func jobErrorView(t store.JobType, name, title, description, category string) *api.JobError {
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
