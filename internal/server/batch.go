package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/batches"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Batches: contract scale-v6-data, D1.

func (s *Server) listBatches(ctx context.Context, r *request) (*answer, error) {
	f := store.BatchFilter{RecipeTypeIDs: r.ids("recipe_type_id"), RootBatchIDs: r.ids("root_batch_id"), IsCreationDone: r.flag("is_creation_done"),
		IsSuperseded: r.flag("is_superseded"), Paging: r.paging()}
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Batches(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.BatchList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

// batchSpec reads a batch that is created or validated.
func (r *request) batchSpec() batches.BatchSpec {
	r.require("recipe_type_id", "definition")
	return batches.BatchSpec{RecipeTypeID: r.id("recipe_type_id"), Definition: r.object("definition"), Configuration: r.object("configuration"),
		User: r.sender.User.Username}
}

func (s *Server) createBatch(ctx context.Context, r *request) (*answer, error) {
	spec := r.batchSpec()
	spec.Title, spec.Description, spec.Key = r.text("title"), r.text("description"), r.idempotencyKey()
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.batches.CreateBatch(ctx, spec)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.BatchDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	if !replayed(spec.Key) {
		atFirst(&detail)
	}
	return createdOnce(detail, fmt.Sprintf("/v6/batches/%d/", row.ID), spec.Key), nil
}

// atFirst takes back what has become of a batch since it was stored: the answer shows how it begins.
func atFirst(b *api.BatchDetail) {
	b.JobCounts, b.RecipesTotal, b.RecipesCompleted, b.LastModified = api.JobCounts{}, 0, 0, b.Created
	for node := range b.JobMetrics {
		b.JobMetrics[node] = api.BatchJobMetrics{}
	}
}

func (s *Server) validateBatch(ctx context.Context, r *request) (*answer, error) {
	spec := r.batchSpec()
	if r.err != nil {
		return nil, r.err
	}
	p, err := s.batches.Validate(ctx, spec)
	if err != nil {
		return nil, err
	}
	out := api.BatchValidation{Validation: validation(p.Problems), RecipesEstimated: p.Estimated}
	if p.Type != nil {
		out.RecipeType = new(view.RecipeTypeBase(*p.Type))
	}
	if p.Previous != nil {
		out.PrevBatch = &api.BatchToFollowOn{RecipeTypeRev: view.RecipeTypeRevRef(p.PrevRev)}
		if p.Diff != nil {
			if out.PrevBatch.Diff, err = json.Marshal(p.Diff); err != nil {
				return nil, fmt.Errorf("writing a diff: %w", err)
			}
		}
	}
	return ok(out), nil
}

func (s *Server) getBatch(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.BatchDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}

func (s *Server) editBatch(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	edit := batches.BatchEdit{Title: r.text("title"), Description: r.text("description"), Configuration: r.object("configuration"), Key: r.idempotencyKey()}
	if r.err != nil {
		return nil, r.err
	}
	if _, err := s.batches.EditBatch(ctx, id, edit); err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusNoContent}
	return a.repeated(edit.Key), nil
}

// compareBatches sets the batches of a chain side by side. What is no first batch has nothing to compare.
func (s *Server) compareBatches(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	rows, _, err := s.store.Batches(ctx, store.BatchFilter{RootBatchIDs: []int64{id}, Paging: store.Paging{Order: []store.Order{{Field: "id"}}}})
	if err != nil {
		return nil, err
	}
	out, err := s.views.BatchComparison(ctx, rows)
	if err != nil {
		return nil, err
	}
	return ok(out), nil
}
