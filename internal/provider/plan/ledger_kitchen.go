package plan

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Kitchen is a kitchen as the plan leaves it.
type Kitchen struct {
	Parent    types.String // null: a root; may be unknown
	Overrides value.GivenVariables
}

// offerKey names a recipe of a kitchen.
type offerKey struct{ kitchen, recipe string }

// Offer is a recipe of a kitchen as the plan leaves it.
type Offer struct {
	RecipeType types.String // may be unknown
	Revision   types.Int64  // null: the latest; may be unknown
	Variables  value.GivenVariables
	Variations order.Variations
	Names      bool // the names of the variations are all known
	Complete   bool // and all that they say
}

// SetKitchen enters a kitchen; one without a known name is nothing to look up.
func (l *Ledger) SetKitchen(name types.String, k Kitchen) {
	if l == nil || name.IsUnknown() {
		return
	}
	l.siblings.tell(KindKitchen, name.ValueString())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kitchens[name.ValueString()] = k
}

// kitchen returns a kitchen of the plan.
func (l *Ledger) kitchen(name string) (k Kitchen, known bool) {
	if l == nil {
		return Kitchen{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	k, known = l.kitchens[name]
	return k, known
}

// SetOffer enters a recipe of a kitchen.
func (l *Ledger) SetOffer(kitchen, name types.String, o Offer) {
	if l == nil || kitchen.IsUnknown() || name.IsUnknown() {
		return
	}
	l.siblings.tell(KindKitchenRecipe, kitchen.ValueString()+"/"+name.ValueString())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offers[offerKey{kitchen.ValueString(), name.ValueString()}] = o
}

// offer returns a recipe that a kitchen of the plan has itself.
func (l *Ledger) offer(kitchen, name string) (o Offer, known bool) {
	if l == nil {
		return Offer{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	o, known = l.offers[offerKey{kitchen, name}]
	return o, known
}

// kitchenNames lists the kitchens of the plan, for did-you-mean.
func (l *Ledger) kitchenNames() []string {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.kitchens))
}

// offerNames lists the recipes that a kitchen has by the plan itself.
func (l *Ledger) offerNames(kitchen string) []string {
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
