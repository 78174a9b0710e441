package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Recipes: contract 1.2.

func (s *Server) listRecipes(ctx context.Context, r *request) (*answer, error) {
	f := store.RecipeFilter{
		RecipeIDs: r.ids("recipe_id"), RecipeTypeIDs: r.ids("recipe_type_id"), RecipeTypeNames: r.strings("recipe_type_name"),
		BatchIDs: r.ids("batch_id"), RootRecipeIDs: r.ids("root_recipe_id"), IsSuperseded: r.flag("is_superseded"),
		IsCompleted: r.flag("is_completed"), SourceFilter: r.sourceFilter(), Paging: r.paging(),
	}
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	var err error
	if f.Kitchens, err = s.hidden(ctx, r); err != nil {
		return nil, err
	}
	rows, total, err := s.store.Recipes(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.RecipeList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createRecipe(ctx context.Context, r *request) (*answer, error) {
	r.require("recipe_type_id")
	spec := engine.RecipeSpec{RecipeTypeID: r.id("recipe_type_id"), Input: r.object("input"),
		RevisionNum: r.revisionNum(), Configuration: r.object("configuration"), User: r.sender.User.Username, IsEditor: r.isEditor(),
		Key: r.idempotencyKey()}
	if r.err != nil {
		return nil, r.err
	}
	if err := s.checkSeesFiles(ctx, r, "recipe", spec.Input); err != nil {
		return nil, bareText(err)
	}
	row, err := s.engine.CreateRecipe(ctx, spec)
	if err != nil {
		return nil, bareText(err)
	}
	out, err := s.views.RecipeList(ctx, []store.Recipe{row})
	if err != nil {
		return nil, err
	}
	return createdOnce(out[0], fmt.Sprintf("/v6/recipes/%d/", row.ID), spec.Key), nil
}

// revisionNum is the revision that a request asks for; 0, as if it were absent, is the latest.
func (r *request) revisionNum() int {
	num := r.number("revision_num")
	if num == nil {
		return 0
	}
	if *num < 0 {
		r.failType("revision_num", "integer of 1 or more")
	}
	return *num
}

// bareText makes a bare JSON string of the two refusals that the contract has so (0.2).
func bareText(err error) error {
	if code := refusal.CodeOf(err); code != refusal.Inactive && code != refusal.InvalidInput {
		return err
	}
	p := problemOf(err)
	p.body = p.detail
	return p
}

func (s *Server) getRecipe(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Recipe(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, r, &id, "recipe", id); err != nil {
		return nil, err
	}
	detail, err := s.views.RecipeDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}

// reprocessRecipe answers with the new recipe, and where it is, which the original does
// not (contract 1.2).
func (s *Server) reprocessRecipe(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	r.require("forced_nodes")
	spec := engine.ReprocessSpec{RecipeID: id, ForcedNodes: r.object("forced_nodes"), RevisionNum: r.revisionNum(), User: r.sender.User.Username, Key: r.idempotencyKey()}
	if r.err != nil {
		return nil, r.err
	}
	if err := s.orders.MayChangeRecipe(ctx, r.actor(), id); err != nil {
		return nil, err
	}
	row, err := s.engine.Reprocess(ctx, spec)
	if err != nil {
		return nil, err
	}
	out, err := s.views.RecipeList(ctx, []store.Recipe{row})
	if err != nil {
		return nil, err
	}
	a := createdOnce(out[0], fmt.Sprintf("/v6/recipes/%d/", row.ID), spec.Key)
	a.status = http.StatusAccepted
	return a, nil
}

// listRecipeInputFiles answers an unknown recipe with an empty page.
func (s *Server) listRecipeInputFiles(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	f := store.InputFileFilter{
		RecipeID: id, TimeField: r.oneOf("time_field", "last_modified", "source", "data", "last_modified"),
		FileName: r.textOr("file_name", ""), RecipeInput: r.textOr("recipe_input", ""), Paging: r.paging(),
	}
	f.Order = nil // always by last_modified
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	sees, err := s.sees(ctx, r, &id)
	if err != nil {
		return nil, err
	}
	if !sees {
		return page[api.File](r, f.Paging, 0, nil)
	}
	rows, total, err := s.store.InputFiles(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.filePage(ctx, r, f.Paging, total, rows)
}

// filePage is a page of files in the form of lists.
func (s *Server) filePage(ctx context.Context, r *request, p store.Paging, total int, rows []store.File) (*answer, error) {
	out, err := s.views.FileList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page[api.File](r, p, total, out)
}
