package plan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Affected is what is deactivated together with a type, and what that stops.
type Affected struct {
	RecipeTypes []string     // active ones that contain it, at any depth, by name
	Orders      []OrderInUse // of recipes of these types
	Versions    []string     // other ones of a job type that are active
}

// OrderInUse is an order that has not ended.
type OrderInUse struct{ Kitchen, Recipe, Variation, ID, Status string }

// String names it.
func (o OrderInUse) String() string {
	return fmt.Sprintf("%s/%s/%s (%s, %s)", o.Kitchen, o.Recipe, o.Variation, o.ID, strings.ToLower(o.Status))
}

// OrderNames names some orders.
func OrderNames(orders []OrderInUse) string {
	names := make([]string, len(orders))
	for i, o := range orders {
		names[i] = o.String()
	}
	return value.Few(names)
}

// UsersOfJobType are the recipe types that a job type has directly; none if it is not known.
func (k Kitchens) UsersOfJobType(ctx context.Context, name, version string) []api.RecipeType {
	j, _, err := AskFor(ctx, k.Online, "users of job type "+name+" "+version, func(ctx context.Context) (api.JobTypeDetail, error) {
		return k.Online.Client.JobType(ctx, name, version)
	})
	if err != nil {
		return nil
	}
	return j.RecipeTypes
}

// UsersOfRecipeType are the recipe types that contain one directly; none if it is not known.
func (k Kitchens) UsersOfRecipeType(ctx context.Context, name string) []api.RecipeType {
	t, _, err := k.Online.recipeType(ctx, name)
	if err != nil {
		return nil
	}
	return t.SuperRecipeTypes
}

// AffectedByJobType is what a job type takes along. What cannot be asked is left out, which Report
// tells.
func (k Kitchens) AffectedByJobType(ctx context.Context, name, version string) Affected {
	a := k.affected(ctx, k.UsersOfJobType(ctx, name, version), nil)
	all, err := k.Online.JobTypes(ctx)
	for _, j := range all {
		if err == nil && j.Name == name && j.Version != version && j.IsActive {
			a.Versions = append(a.Versions, j.Version)
		}
	}
	return a
}

// AffectedByRecipeType is what a recipe type takes along, with the orders of its own.
func (k Kitchens) AffectedByRecipeType(ctx context.Context, name string) Affected {
	return k.affected(ctx, k.UsersOfRecipeType(ctx, name), map[string]bool{name: true})
}

func (k Kitchens) affected(ctx context.Context, users []api.RecipeType, types map[string]bool) Affected {
	var a Affected
	seen := map[string]bool{}
	for len(users) > 0 {
		t := users[0]
		users = users[1:]
		if seen[t.Name] {
			continue
		}
		seen[t.Name] = true
		if t.IsActive {
			a.RecipeTypes = append(a.RecipeTypes, t.Name)
		}
		users = append(users, k.UsersOfRecipeType(ctx, t.Name)...)
	}
	slices.Sort(a.RecipeTypes)
	stopped := maps.Clone(types)
	if stopped == nil {
		stopped = map[string]bool{}
	}
	for _, name := range a.RecipeTypes {
		stopped[name] = true
	}
	if len(stopped) > 0 {
		a.Orders = k.OrdersFor(ctx, stopped)
	}
	return a
}

// OrdersFor are the orders that have not ended of all recipes that stand for one of the types.
func (k Kitchens) OrdersFor(ctx context.Context, types map[string]bool) []OrderInUse {
	all, err := k.all(ctx)
	if err != nil {
		return nil
	}
	var out []OrderInUse
	for _, kitchen := range slices.Sorted(maps.Keys(all)) {
		if len(all[kitchen].Recipes) == 0 {
			continue
		}
		out = append(out, k.Unfinished(ctx, kitchen, func(o api.Order) bool {
			files, exists, err := k.files(ctx, kitchen, o.Recipe)
			if err != nil || !exists {
				return false
			}
			offer, readable := recordedOffer(files)
			return readable && types[offer.RecipeType.ValueString()]
		})...)
	}
	return out
}

// Unfinished are the orders of a kitchen that have not ended, of those that are wanted.
func (k Kitchens) Unfinished(ctx context.Context, kitchen string, wanted func(api.Order) bool) []OrderInUse {
	orders, err := k.OrdersOf(ctx, kitchen)
	if err != nil {
		return nil
	}
	var out []OrderInUse
	for _, o := range orders.Orders {
		if !order.Status(o.Status).HasEnded() && wanted(o) {
			out = append(out, OrderInUse{Kitchen: kitchen, Recipe: o.Recipe, Variation: o.Variation, ID: o.HID, Status: o.Status})
		}
	}
	return out
}

// Stops says which orders can start no more runs, with a blank in front; "" for none.
func (a Affected) Stops() string {
	if len(a.Orders) == 0 {
		return ""
	}
	return " Orders that have not ended can start no more runs of them, and fail when they are due: " + OrderNames(a.Orders) + "."
}

// Users names the recipe types; "" for none.
func (a Affected) Users() string {
	if len(a.RecipeTypes) == 0 {
		return ""
	}
	return value.Few(a.RecipeTypes)
}

// Raised are the types among users, which contain the latest revision of what gets a new one,
// that the backend gives a new revision, too, and those that it leaves alone, as states of
// Terraform have them.
func (k Kitchens) Raised(ctx context.Context, origins *Origins, users []api.RecipeType) (raised, kept []string) {
	for _, t := range users {
		e, err := origins.Existing(ctx, api.OriginRecipeType, t.Name, t.IsActive, true)
		if err != nil || !e.Origins {
			return nil, nil // nobody knows
		}
		if k.Ledger.Holds(KindRecipeType, t.Name) || e.Origin != nil && (e.Origin.Claimed != nil || e.IsLost()) {
			kept = append(kept, t.Name)
		} else {
			raised = append(raised, t.Name)
		}
	}
	return raised, kept
}

// RaisedText is what a plan says of them; "" if nothing is raised.
func RaisedText(what string, raised, kept []string) string {
	if len(raised) == 0 {
		return ""
	}
	text := fmt.Sprintf("A new revision of %s goes into the recipe types that run its latest one and that no state of Terraform has. They get a "+
		"new revision, too, if they are valid with it: %s.", what, value.Few(raised))
	if len(kept) > 0 {
		text += " A state of Terraform has " + value.Few(kept) + ": there the configuration says which revision they run."
	}
	return text
}
