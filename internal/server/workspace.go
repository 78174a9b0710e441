package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Workspaces: contract 1.6.

func (s *Server) listWorkspaces(ctx context.Context, r *request) (*answer, error) {
	f := store.WorkspaceFilter{Names: r.strings("name"), Paging: r.paging()}
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Workspaces(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]api.Workspace, len(rows))
	for i, row := range rows {
		out[i] = view.Workspace(row)
	}
	return page(r, f.Paging, total, out)
}

// getHostFolders says what the server allows to be named in workspaces and mounts.
func (s *Server) getHostFolders(context.Context, *request) (*answer, error) {
	folders := s.catalog.Folders()
	out := api.HostFolders{WorkspaceRoots: folders.Workspaces, Mounts: make([]api.HostMount, len(folders.Mounts))}
	for i, m := range folders.Mounts {
		out.Mounts[i] = api.HostMount{Name: m.Name, Path: m.Path, Mode: "ro"}
		if m.Writable {
			out.Mounts[i].Mode = "rw"
		}
	}
	return ok(out), nil
}

func (s *Server) createWorkspace(ctx context.Context, r *request) (*answer, error) {
	r.require("title", "configuration")
	spec := catalog.WorkspaceSpec{
		Title: r.textOr("title", ""), Description: r.textOr("description", ""), BaseURL: r.textOr("base_url", ""),
		IsActive: true, Key: r.idempotencyKey(),
	}
	if active := r.flag("is_active"); active != nil {
		spec.IsActive = *active
	}
	if b := r.broker(); b != nil {
		spec.Broker = *b
	}
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.catalog.CreateWorkspace(ctx, spec)
	if err != nil {
		return nil, err
	}
	return createdOnce(view.WorkspaceDetail(row), fmt.Sprintf("/v6/workspaces/%d/", row.ID), spec.Key).tagged(row.LastModified), nil
}

func (s *Server) getWorkspace(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Workspace(ctx, id)
	if err != nil {
		return nil, err
	}
	return ok(view.WorkspaceDetail(row)).tagged(row.LastModified), nil
}

func (s *Server) editWorkspace(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	edit := catalog.WorkspaceEdit{Title: r.text("title"), Description: r.text("description"), BaseURL: r.text("base_url"),
		IsActive: r.flag("is_active"), Broker: r.broker(),
		IfMatch: r.ifMatch(), Key: r.idempotencyKey()}
	if edit.Title != nil && *edit.Title == "" {
		edit.Title = nil // counts as not given
	}
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.catalog.EditWorkspace(ctx, id, edit)
	if err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusNoContent}
	return a.tagged(row.LastModified).repeated(edit.Key), nil
}

// broker is the broker of the parameter "configuration"; nil: absent.
func (r *request) broker() *catalog.Broker {
	raw := r.object("configuration")
	if raw == nil {
		return nil
	}
	b, problems := catalog.ParseWorkspaceConfiguration(raw)
	if errs := problems.Errors(); len(errs) > 0 {
		p := badRequest("Workspace configuration invalid: %s", errs[0].Message)
		p.findings = findings(errs)
		r.fail(p)
	}
	return &b
}
