package server

import (
	"context"
	"net/url"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Job types: contract 1.3.

func (r *request) jobTypeFilter() store.JobTypeFilter {
	return store.JobTypeFilter{Keywords: r.strings("keyword"), IDs: r.ids("id"), IsActive: r.flag("is_active"), IsSystem: r.flag("is_system")}
}

func (s *Server) listJobTypes(ctx context.Context, r *request) (*answer, error) {
	f := r.jobTypeFilter()
	f.Paging = r.paging()
	f.Order = nil // always by name
	return s.jobTypePage(ctx, r, f)
}

func (s *Server) listJobTypeVersions(ctx context.Context, r *request) (*answer, error) {
	f := store.JobTypeFilter{Names: []string{r.PathValue("name")}, IsActive: r.flag("is_active"), Paging: r.paging()}
	f.Order = []store.Order{{Field: "version", Desc: true}}
	return s.jobTypePage(ctx, r, f)
}

func (s *Server) jobTypePage(ctx context.Context, r *request, f store.JobTypeFilter) (*answer, error) {
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.JobTypes(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]api.JobType, len(rows))
	for i, row := range rows {
		out[i] = view.JobType(row)
	}
	return page(r, f.Paging, total, out)
}

// listJobTypeNames groups the job types by name. Names are few, so all are read and
// the page is cut here.
func (s *Server) listJobTypeNames(ctx context.Context, r *request) (*answer, error) {
	f, p := r.jobTypeFilter(), r.paging()
	if r.err != nil {
		return nil, r.err
	}
	rows, _, err := s.store.JobTypes(ctx, f)
	if err != nil {
		return nil, err
	}
	return cutPage(r, p, view.JobTypeNames(rows))
}

// jobTypeFields are the members that a create or an edit takes; any other is refused.
func jobTypeFields() []string {
	return []string{"docker_image", "manifest", "configuration", "icon_code", "is_published", "max_scheduled",
		"auto_update", "is_active", "is_paused", "retry"}
}

func (s *Server) createJobType(ctx context.Context, r *request) (*answer, error) {
	r.only(jobTypeFields()...)
	r.require("docker_image", "manifest")
	spec := catalog.JobTypeSpec{
		Manifest: r.object("manifest"), Configuration: r.object("configuration"), DockerImage: r.textOr("docker_image", ""),
		IconCode: r.text("icon_code"), MaxScheduled: r.number("max_scheduled"), Retry: r.object("retry"), IsActive: r.flag("is_active"),
		AutoUpdate: r.flag("auto_update"), Spare: r.spares(), Key: r.idempotencyKey(),
	}
	if v := r.flag("is_published"); v != nil {
		spec.IsPublished = *v
	}
	if v := r.flag("is_paused"); v != nil {
		spec.IsPaused = *v
	}
	if r.err != nil {
		return nil, r.err
	}
	row, isNew, warnings, err := s.catalog.CreateJobType(ctx, spec)
	if err != nil {
		return nil, err
	}
	if !isNew {
		return ok(edited(warnings)).tagged(row.LastModified).repeated(spec.Key), nil
	}
	detail, err := s.views.JobTypeDetails(ctx, []store.JobType{row})
	if err != nil {
		return nil, err
	}
	location := "/v6/job-types/" + url.PathEscape(row.Name) + "/" + url.PathEscape(row.Version) + "/"
	return createdOnce(detail[0], location, spec.Key).tagged(row.LastModified), nil
}

func (s *Server) jobTypeOfPath(ctx context.Context, r *request) (store.JobType, error) {
	return s.store.JobTypeByName(ctx, r.PathValue("name"), r.PathValue("version"))
}

func (s *Server) getJobType(ctx context.Context, r *request) (*answer, error) {
	row, err := s.jobTypeOfPath(ctx, r)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.JobTypeDetails(ctx, []store.JobType{row})
	if err != nil {
		return nil, err
	}
	return ok(detail[0]).tagged(row.LastModified), nil
}

func (s *Server) editJobType(ctx context.Context, r *request) (*answer, error) {
	r.only(jobTypeFields()...)
	edit := catalog.JobTypeEdit{
		Manifest: r.object("manifest"), Configuration: r.object("configuration"), DockerImage: r.text("docker_image"),
		IconCode: r.text("icon_code"), IsPublished: r.flag("is_published"), MaxScheduled: r.number("max_scheduled"), Retry: r.object("retry"),
		AutoUpdate: r.flag("auto_update"), IsActive: r.flag("is_active"), IsPaused: r.flag("is_paused"),
		Spare: r.spares(), IfMatch: r.ifMatch(), Key: r.idempotencyKey(),
	}
	if r.err != nil {
		return nil, r.err
	}
	row, warnings, err := s.catalog.EditJobType(ctx, r.PathValue("name"), r.PathValue("version"), edit)
	if err != nil {
		return nil, err
	}
	return ok(edited(warnings)).tagged(row.LastModified).repeated(edit.Key), nil
}

func (s *Server) listJobTypeRevisions(ctx context.Context, r *request) (*answer, error) {
	p := r.paging()
	p.Order = nil // always newest first
	if r.err != nil {
		return nil, r.err
	}
	jobType, err := s.jobTypeOfPath(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, total, err := s.store.JobTypeRevisions(ctx, jobType.ID, p)
	if err != nil {
		return nil, err
	}
	out := make([]api.JobTypeRevision, len(rows))
	for i, row := range rows {
		out[i] = view.JobTypeRevision(jobType, row)
	}
	return page(r, p, total, out)
}

func (s *Server) getJobTypeRevision(ctx context.Context, r *request) (*answer, error) {
	num, err := r.pathNumber("num")
	if err != nil {
		return nil, err
	}
	jobType, err := s.jobTypeOfPath(ctx, r)
	if err != nil {
		return nil, err
	}
	row, err := s.store.JobTypeRevision(ctx, jobType.ID, num)
	if err != nil {
		return nil, err
	}
	return ok(view.JobTypeRevisionDetail(jobType, row)), nil
}
