package server

import (
	"context"
	"net/http"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Job executions: contract 1.4.

// listJobExecutions answers an unknown job with an empty page.
func (s *Server) listJobExecutions(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	p, statuses := r.paging(), r.strings("status")
	p.Order = nil // always newest first
	nothing := len(r.ids("node_id"))+len(r.ids("error_id")) > 0
	categories := r.oneOfEach("error_category", errorCategories()...)
	if r.err != nil {
		return nil, r.err
	}
	job, err := s.visibleJob(ctx, r, id)
	if err == nil && nothing || err != nil && problemOf(err).status == http.StatusNotFound {
		return page[api.JobExecution](r, p, 0, nil)
	}
	if err != nil {
		return nil, err
	}
	jobType, err := s.store.JobType(ctx, job.JobTypeID)
	if err != nil {
		return nil, err
	}
	rows, _, err := s.store.JobExecutions(ctx, id, statuses, store.Paging{}) // a job has few
	if err != nil {
		return nil, err
	}
	out := []api.JobExecution{}
	for _, row := range rows {
		if len(categories) == 0 || slices.Contains(categories, row.ErrorCategory) {
			out = append(out, view.Execution(job, jobType, row))
		}
	}
	return cutPage(r, p, out)
}

func (s *Server) getJobExecution(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	num, err := r.pathNumber("num")
	if err != nil {
		return nil, err
	}
	job, err := s.visibleJob(ctx, r, id)
	if err != nil {
		return nil, err
	}
	exe, err := s.store.JobExecution(ctx, id, num)
	if err != nil {
		return nil, err
	}
	jobType, err := s.store.JobType(ctx, job.JobTypeID)
	if err != nil {
		return nil, err
	}
	revision, err := s.store.JobTypeRevisionByID(ctx, job.JobTypeRevID)
	if err != nil {
		return nil, err
	}
	out := api.JobExecutionDetail{
		JobExecution: view.Execution(job, jobType, exe), TaskResults: map[string]any{}, Resources: view.ResourcesOf(revision.Manifest),
		Configuration: s.views.JobConfiguration(job.Configuration, view.SecretSettings(revision.Manifest)), Output: view.Data(exe.Output),
	}
	if exe.ExitCode != nil {
		out.TaskResults["exit_code"] = *exe.ExitCode
	}
	if exe.Image != "" {
		out.TaskResults["image"], out.TaskResults["image_digest"] = exe.Image, exe.ImageDigest
	}
	return ok(out), nil
}
