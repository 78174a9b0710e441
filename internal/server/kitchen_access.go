package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Who may see the runs of a kitchen: Config.KitchenRead.
const (
	KitchenReadAll   = "all"
	KitchenReadStaff = "staff"
)

func (r *request) actor() orders.Actor {
	return orders.Actor{Name: r.sender.User.Username, Admin: r.sender.Role() == auth.Admin}
}

// hidden keeps what the sender may not see out of a list.
func (s *Server) hidden(ctx context.Context, r *request) (store.KitchenFilter, error) {
	if s.cfg.KitchenRead != KitchenReadStaff {
		return store.KitchenFilter{}, nil
	}
	closed, err := s.orders.ClosedTo(ctx, r.actor())
	return store.KitchenFilter{NotIn: closed}, err
}

// sees reports whether the sender may see what belongs to a recipe; nil: to none.
func (s *Server) sees(ctx context.Context, r *request, recipeID *int64) (bool, error) {
	filter, err := s.hidden(ctx, r)
	if err != nil || recipeID == nil {
		return err == nil, err
	}
	ids, err := s.store.KitchensOfRecipe(ctx, *recipeID, filter.NotIn)
	return len(ids) == 0, err
}

// checkSees answers what the sender may not see as if it were not there.
func (s *Server) checkSees(ctx context.Context, r *request, recipeID *int64, what string, id int64) error {
	sees, err := s.sees(ctx, r, recipeID)
	if err == nil && !sees {
		return notFound(fmt.Sprintf("%s %d not found", what, id))
	}
	return err
}

// checkSeesFiles answers files of an input that the sender may not see as if they were not there.
func (s *Server) checkSeesFiles(ctx context.Context, r *request, what string, input json.RawMessage) error {
	filter, err := s.hidden(ctx, r)
	if err != nil || len(filter.NotIn) == 0 {
		return err
	}
	files := view.FilesOf(input)
	for _, name := range usecase.SortedKeys(files) {
		if len(files[name]) == 0 {
			continue // of no ids the filter would find all files
		}
		rows, _, err := s.store.Files(ctx, store.FileFilter{FileIDs: files[name], Kitchens: filter})
		if err != nil {
			return err
		}
		for _, id := range files[name] {
			if !slices.ContainsFunc(rows, func(f store.File) bool { return f.ID == id }) {
				return refusal.Errorf(refusal.InvalidInput, "Invalid %s data: Input '%s': file %d does not exist", what, name, id)
			}
		}
	}
	return nil
}

// visibleJob is a job that the sender may see.
func (s *Server) visibleJob(ctx context.Context, r *request, id int64) (store.Job, error) {
	row, err := s.store.Job(ctx, id)
	if err != nil {
		return row, err
	}
	if err := s.checkSees(ctx, r, row.RecipeID, "job", id); err != nil {
		return store.Job{}, err
	}
	return row, nil
}

// leaveOthers keeps a change of jobs away from kitchens whose staff the sender is not on.
// Who names such jobs, or their recipes, is told.
func (s *Server) leaveOthers(ctx context.Context, r *request, f *store.JobFilter) error {
	closed, err := s.orders.ClosedTo(ctx, r.actor())
	if err != nil || len(closed) == 0 {
		return err
	}
	if len(f.JobIDs) > 0 || len(f.RecipeIDs) > 0 {
		named := *f
		named.Kitchens.In = closed
		ids, err := s.store.JobIDs(ctx, named)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			job, err := s.store.Job(ctx, ids[0])
			if err != nil {
				return err
			}
			return s.orders.MayChangeRecipe(ctx, r.actor(), *job.RecipeID)
		}
	}
	f.Kitchens.NotIn = closed
	return nil
}
