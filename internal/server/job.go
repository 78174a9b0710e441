package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Jobs: contract 1.4.

func jobStatuses() []string {
	return []string{string(recipe.Pending), string(recipe.Blocked), string(recipe.Queued), string(recipe.Running),
		string(recipe.Completed), string(recipe.Failed), string(recipe.Canceled)}
}

func errorCategories() []string { return []string{"SYSTEM", "ALGORITHM", "DATA"} }

func (s *Server) listJobs(ctx context.Context, r *request) (*answer, error) {
	f := store.JobFilter{
		JobIDs: r.ids("job_id"), Statuses: r.oneOfEach("status", jobStatuses()...), JobTypeIDs: r.ids("job_type_id"),
		JobTypeNames: r.strings("job_type_name"), BatchIDs: r.ids("batch_id"), RecipeIDs: r.ids("recipe_id"),
		ErrorCategories: r.oneOfEach("error_category", errorCategories()...), IsSuperseded: r.flag("is_superseded"),
		SourceFilter: r.sourceFilter(), Paging: r.paging(),
	}
	f.Started, f.Ended = r.timeRange("started", "ended")
	nothing := len(r.ids("error_id")) > 0 // errors have names, no ids
	if r.err != nil {
		return nil, r.err
	}
	if nothing {
		return page[api.Job](r, f.Paging, 0, nil)
	}
	var err error
	if f.Kitchens, err = s.hidden(ctx, r); err != nil {
		return nil, err
	}
	rows, total, err := s.store.Jobs(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.JobList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) getJob(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.visibleJob(ctx, r, id)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.JobDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}

// listJobInputFiles answers an unknown job, or one without input, with an empty page.
func (s *Server) listJobInputFiles(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	f := store.FileFilter{Paging: r.paging()}
	f.Order = nil // always by last_modified
	started, ended := r.timeRange("started", "ended")
	switch r.oneOf("time_field", "last_modified", "source", "data", "last_modified") {
	case "source":
		f.SourceStarted, f.SourceEnded = started, ended
	case "data":
		f.DataStarted, f.DataEnded = started, ended
	default:
		f.ModifiedStarted, f.ModifiedEnded = started, ended
	}
	if name := r.textOr("file_name", ""); name != "" {
		f.FileNames = []string{name}
	}
	input := r.textOr("job_input", "")
	if r.err != nil {
		return nil, r.err
	}
	job, err := s.visibleJob(ctx, r, id)
	if err != nil && problemOf(err).status != http.StatusNotFound {
		return nil, err
	}
	for name, ids := range view.FilesOf(job.Input) {
		if input == "" || name == input {
			f.FileIDs = append(f.FileIDs, ids...)
		}
	}
	if len(f.FileIDs) == 0 {
		return page[api.File](r, f.Paging, 0, nil)
	}
	rows, total, err := s.store.Files(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.filePage(ctx, r, f.Paging, total, rows)
}

// createJob queues a job that belongs to no recipe.
func (s *Server) createJob(ctx context.Context, r *request) (*answer, error) {
	r.require("job_type_id")
	spec := engine.JobSpec{JobTypeID: r.id("job_type_id"), Input: r.object("input"), Configuration: r.object("configuration"),
		User: r.sender.User.Username, IsEditor: r.isEditor(), Key: r.idempotencyKey()}
	if r.err != nil {
		return nil, r.err
	}
	if err := s.checkSeesFiles(ctx, r, "job", spec.Input); err != nil {
		return nil, bareText(err)
	}
	row, err := s.engine.CreateJob(ctx, spec)
	if err != nil {
		return nil, bareText(err)
	}
	detail, err := s.views.JobDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, fmt.Sprintf("/v6/jobs/%d/", row.ID), spec.Key), nil
}

func (s *Server) cancelJobs(ctx context.Context, r *request) (*answer, error) {
	f, nothing, err := s.jobsToChange(ctx, r)
	if err != nil {
		return nil, err
	}
	if !nothing {
		if err := s.engine.CancelJobs(ctx, f); err != nil {
			return nil, err
		}
	}
	return &answer{status: http.StatusAccepted}, nil
}

func (s *Server) requeueJobs(ctx context.Context, r *request) (*answer, error) {
	priority := r.number("priority")
	if priority != nil && *priority < 1 {
		r.failType("priority", "integer of 1 or more")
	}
	f, nothing, err := s.jobsToChange(ctx, r)
	if err != nil {
		return nil, err
	}
	if !nothing {
		if err := s.engine.RequeueJobs(ctx, f, priority); err != nil {
			return nil, err
		}
	}
	return &answer{status: http.StatusAccepted}, nil
}

// jobsToChange reads which jobs a cancel or a requeue is for; nothing: none can be.
func (s *Server) jobsToChange(ctx context.Context, r *request) (f store.JobFilter, nothing bool, err error) {
	f = store.JobFilter{
		JobIDs: r.ids("job_ids"), Statuses: r.oneOfEach("status", jobStatuses()...), JobTypeIDs: r.ids("job_type_ids"),
		JobTypeNames: r.strings("job_type_names"), BatchIDs: r.ids("batch_ids"), RecipeIDs: r.ids("recipe_ids"),
		ErrorCategories: r.oneOfEach("error_categories", errorCategories()...), IsSuperseded: r.flag("is_superseded"),
	}
	f.Started, f.Ended = r.timeRange("started", "ended")
	nothing = len(r.ids("error_ids")) > 0 // errors have names, no ids
	types := r.jobTypes()
	if r.err != nil {
		return f, nothing, r.err
	}
	for _, t := range types {
		row, err := s.store.JobTypeByName(ctx, t.Name, t.Version)
		if errors.Is(err, store.ErrNotFound) {
			return f, nothing, badRequest("Job Type with name: %s and version: %s does not exist", t.Name, t.Version)
		}
		if err != nil {
			return f, nothing, err
		}
		f.JobTypeIDs = append(f.JobTypeIDs, row.ID)
	}
	return f, nothing, s.leaveOthers(ctx, r, &f)
}

// jobTypes is the parameter "job_types": objects with name and version.
func (r *request) jobTypes() []api.JobTypeNameVersion {
	var out []api.JobTypeNameVersion
	for _, v := range r.values("job_types") {
		members, _ := v.(map[string]any)
		name, _ := members["name"].(string)
		version, _ := members["version"].(string)
		if name == "" || version == "" {
			r.fail(badRequest(`Parameter must be a list of {"name": "...", "version": "..."}: "job_types"`))
			return nil
		}
		out = append(out, api.JobTypeNameVersion{Name: name, Version: version})
	}
	return out
}
