package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// plannedKitchen is a kitchen as the plan leaves it.
type plannedKitchen struct {
	parent    types.String // null: a root; may be unknown
	overrides givenVariables
}

// offerKey names a recipe of a kitchen.
type offerKey struct{ kitchen, recipe string }

// plannedOffer is a recipe of a kitchen as the plan leaves it.
type plannedOffer struct {
	recipeType types.String // may be unknown
	revision   types.Int64  // null: the latest; may be unknown
	variables  givenVariables
	variations order.Variations
	names      bool // the names of the variations are all known
	complete   bool // and all that they say
}

// setKitchen enters a kitchen; one without a known name is nothing to look up.
func (l *ledger) setKitchen(name types.String, k plannedKitchen) {
	if l == nil || name.IsUnknown() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kitchens[name.ValueString()] = k
}

// kitchen returns a kitchen of the plan.
func (l *ledger) kitchen(name string) (k plannedKitchen, known bool) {
	if l == nil {
		return plannedKitchen{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k, known = l.kitchens[name]
	return k, known
}

// setOffer enters a recipe of a kitchen.
func (l *ledger) setOffer(kitchen, name types.String, o plannedOffer) {
	if l == nil || kitchen.IsUnknown() || name.IsUnknown() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offers[offerKey{kitchen.ValueString(), name.ValueString()}] = o
}

// offer returns a recipe that a kitchen of the plan has itself.
func (l *ledger) offer(kitchen, name string) (o plannedOffer, known bool) {
	if l == nil {
		return plannedOffer{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o, known = l.offers[offerKey{kitchen, name}]
	return o, known
}

// kitchenNames lists the kitchens of the plan, for did-you-mean.
func (l *ledger) kitchenNames() []string {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.kitchens))
}

// offerNames lists the recipes that a kitchen has by the plan itself.
func (l *ledger) offerNames(kitchen string) []string {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for key := range l.offers {
		if key.kitchen == kitchen {
			out = append(out, key.recipe)
		}
	}
	slices.Sort(out)
	return out
}
