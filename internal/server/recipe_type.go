package server

import (
	"context"
	"errors"
	"net/url"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Recipe types: contract 1.1.

func (s *Server) listRecipeTypes(ctx context.Context, r *request) (*answer, error) {
	f := store.RecipeTypeFilter{Keywords: r.strings("keyword"), IsActive: r.flag("is_active"), IsSystem: r.flag("is_system"),
		Paging: r.paging()}
	f.Order = nil // always by name
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.RecipeTypes(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.RecipeTypeList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createRecipeType(ctx context.Context, r *request) (*answer, error) {
	r.require("title", "definition")
	spec := catalog.RecipeTypeSpec{Name: r.textOr("name", ""), Title: r.textOr("title", ""), Description: r.textOr("description", ""),
		Definition: r.object("definition"), Key: r.idempotencyKey()}
	if r.err != nil {
		return nil, r.err
	}
	row, _, err := s.catalog.CreateRecipeType(ctx, spec)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.RecipeTypeDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, "/v6/recipe-types/"+url.PathEscape(row.Name)+"/", spec.Key).tagged(row.LastModified), nil
}

func (s *Server) getRecipeType(ctx context.Context, r *request) (*answer, error) {
	row, err := s.store.RecipeTypeByName(ctx, r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	detail, err := s.views.RecipeTypeDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return ok(detail).tagged(row.LastModified), nil
}

func (s *Server) editRecipeType(ctx context.Context, r *request) (*answer, error) {
	edit := catalog.RecipeTypeEdit{Title: r.text("title"), Description: r.text("description"),
		Definition: r.object("definition"), AutoUpdate: r.flag("auto_update"), IsActive: r.flag("is_active"),
		Spare: r.spares(), IfMatch: r.ifMatch(), Key: r.idempotencyKey()}
	if string(edit.Definition) == "{}" {
		edit.Definition = nil // counts as not given
	}
	if r.err != nil {
		return nil, r.err
	}
	row, problems, err := s.catalog.EditRecipeType(ctx, r.PathValue("name"), edit)
	if err != nil {
		return nil, err
	}
	return ok(api.RecipeTypeEdited{Validation: edited(problems), Diff: map[string]any{}}).tagged(row.LastModified).repeated(edit.Key), nil
}

// listRecipeTypeRevisions answers an unknown name with an empty page.
func (s *Server) listRecipeTypeRevisions(ctx context.Context, r *request) (*answer, error) {
	p := r.paging()
	p.Order = nil // always newest first
	if r.err != nil {
		return nil, r.err
	}
	recipeType, err := s.store.RecipeTypeByName(ctx, r.PathValue("name"))
	if errors.Is(err, store.ErrNotFound) {
		return page[api.RecipeTypeRevision](r, p, 0, nil)
	}
	if err != nil {
		return nil, err
	}
	rows, total, err := s.store.RecipeTypeRevisions(ctx, recipeType.ID, p)
	if err != nil {
		return nil, err
	}
	out := make([]api.RecipeTypeRevision, len(rows))
	for i, row := range rows {
		out[i] = view.RecipeTypeRevision(recipeType, row)
	}
	return page(r, p, total, out)
}

func (s *Server) getRecipeTypeRevision(ctx context.Context, r *request) (*answer, error) {
	num, err := r.pathNumber("num")
	if err != nil {
		return nil, err
	}
	recipeType, err := s.store.RecipeTypeByName(ctx, r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	row, err := s.store.RecipeTypeRevision(ctx, recipeType.ID, num)
	if err != nil {
		return nil, err
	}
	return ok(view.RecipeTypeRevisionDetail(recipeType, row)), nil
}

// diffRecipeType says what changes from one revision to another (ours; contract 6).
func (s *Server) diffRecipeType(ctx context.Context, r *request) (*answer, error) {
	from, err := r.pathNumber("from")
	if err != nil {
		return nil, err
	}
	to, err := r.pathNumber("to")
	if err != nil {
		return nil, err
	}
	diff, err := s.catalog.DiffRecipeType(ctx, r.PathValue("name"), from, to)
	if err != nil {
		return nil, err
	}
	return ok(diff), nil
}
