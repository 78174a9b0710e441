package page

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// kitchens are those that who looks may see.
type kitchens struct {
	list []api.Kitchen
	ids  map[int64]string // names by id
}

func (k kitchens) idList() []int64 { return slices.Sorted(maps.Keys(k.ids)) }

// sees tells whether there is a kitchen of that id for who looks.
func (k kitchens) sees(id int64) bool { return k.ids[id] != "" }

// kitchens asks for them once for each visit.
func (v *visit) kitchens(ctx context.Context) (kitchens, error) {
	var answer api.Kitchens
	if err := v.call.get(ctx, "/v2/kitchen/list", nil, &answer); err != nil {
		return kitchens{}, err
	}
	rows, err := v.page.Store.Kitchens(ctx)
	if err != nil {
		return kitchens{}, err
	}
	out := kitchens{answer.Kitchens, map[int64]string{}}
	for _, row := range rows {
		if slices.ContainsFunc(answer.Kitchens, func(k api.Kitchen) bool { return k.Name == row.Name }) {
			out.ids[row.ID] = row.Name
		}
	}
	return out, nil
}

// A place is the order that a recipe runs for.
type place struct {
	Kitchen string
	Order   store.RecipeOrder
	Run     store.OrderRun
}

// String is the place in words.
func (p place) String() string {
	return p.Kitchen + " / " + p.Order.RecipeName + " / " + p.Order.Variation
}

// placeOf is the order of an outermost recipe that who looks sees; nil: it was started by hand.
func (v *visit) placeOf(ctx context.Context, k kitchens, recipeID int64) (*place, error) {
	run, err := v.page.Store.OrderRunOfRecipe(ctx, recipeID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	row, err := v.page.Store.RecipeOrder(ctx, run.OrderID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !k.sees(row.KitchenID) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &place{k.ids[row.KitchenID], row, run}, nil
}

// orderHere is the order of that id, if who looks may see its kitchen.
func (v *visit) orderHere(ctx context.Context, hid string) (kitchens, place, error) {
	k, err := v.kitchens(ctx)
	if err != nil {
		return k, place{}, err
	}
	row, err := v.page.Store.RecipeOrderByHID(ctx, hid)
	if err != nil {
		return k, place{}, err
	}
	if !k.sees(row.KitchenID) {
		return k, place{}, refused(http.StatusNotFound, "Not found.")
	}
	return k, place{Kitchen: k.ids[row.KitchenID], Order: row}, nil
}
