package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Actor is who asks for something in a kitchen.
type Actor struct {
	Name  string // of the user
	Admin bool   // may do everything everywhere
}

// isStaff reports whether a kitchen's staff list has the actor, or there is none.
func (a Actor) isStaff(k store.Kitchen) (bool, error) {
	var staff []string
	if err := json.Unmarshal(k.Staff, &staff); err != nil {
		return false, fmt.Errorf("reading the staff of kitchen %q: %w", k.Name, err)
	}
	return a.Admin || len(staff) == 0 || slices.Contains(staff, a.Name), nil
}

// mayChange refuses, with the code Forbidden, those whom the staff list of a kitchen does
// not have. A kitchen without one is open to all.
func (a Actor) mayChange(k store.Kitchen) error {
	isStaff, err := a.isStaff(k)
	if err != nil || isStaff {
		return err
	}
	return refusal.Errorf(refusal.Forbidden, "User %q is not on the staff of kitchen %q; have an administrator or a member of the staff add the user to kitchen-staff", a.Name, k.Name)
}

// ClosedTo is the kitchens whose staff list does not have the actor, by id.
func (d *Desk) ClosedTo(ctx context.Context, a Actor) ([]int64, error) {
	if a.Admin {
		return nil, nil
	}
	rows, err := d.Store.Kitchens(ctx)
	if err != nil {
		return nil, err
	}
	var closed []int64
	for _, k := range rows {
		isStaff, err := a.isStaff(k)
		if err != nil {
			return nil, err
		}
		if !isStaff {
			closed = append(closed, k.ID)
		}
	}
	return closed, nil
}

// MayChangeRecipe is what mayChange says of the kitchens that a recipe was run for.
func (d *Desk) MayChangeRecipe(ctx context.Context, a Actor, recipeID int64) error {
	closed, err := d.ClosedTo(ctx, a)
	if err != nil {
		return err
	}
	ids, err := d.Store.KitchensOfRecipe(ctx, recipeID, closed)
	if err != nil || len(ids) == 0 {
		return err
	}
	k, err := d.Store.Kitchen(ctx, ids[0])
	if err != nil {
		return err
	}
	return a.mayChange(k)
}
