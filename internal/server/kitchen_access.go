package server

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
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
