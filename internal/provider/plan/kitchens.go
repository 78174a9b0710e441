package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Kitchens finds what the plan of an order depends on: what the same plan makes comes
// before what is on the server.
type Kitchens struct{ Types }

// all are the kitchens that exist, by name.
func (k Kitchens) all(ctx context.Context) (map[string]api.Kitchen, error) {
	return ask(ctx, k.Online, "kitchens", func(ctx context.Context) (map[string]api.Kitchen, error) {
		list, err := k.Online.Client.Kitchens(ctx)
		out := make(map[string]api.Kitchen, len(list))
		for _, kitchen := range list {
			out[kitchen.Name] = kitchen
		}
		return out, err
	})
}

// Named is the kitchen of that name on the server.
func (k Kitchens) Named(ctx context.Context, name string) (kitchen api.Kitchen, exists bool, err error) {
	all, err := k.all(ctx)
	kitchen, exists = all[name]
	return kitchen, exists, err
}

// OrdersOf are the orders of a kitchen that exists.
func (k Kitchens) OrdersOf(ctx context.Context, name string) (api.OrderList, error) {
	return ask(ctx, k.Online, "orders of "+name, func(ctx context.Context) (api.OrderList, error) {
		none := 0
		return k.Online.Client.Orders(ctx, name, api.OrderQuery{ServingsCount: &none})
	})
}

// KitchenChain is a kitchen with those above it.
type KitchenChain struct {
	names    []string          // the kitchen first; not all if a parent is not known
	Layers   []order.Variables // what they override, the outermost first
	Partly   map[string]bool   // variables whose values are not wholly known
	Secrets  []string          // variables that nobody is shown
	Complete bool              // nothing of it is unknown
	certain  bool              // all of it is of this plan
	Problem  string            // why there is no such kitchen; "": nothing is known against it
}

// Chain follows a kitchen up to its root.
func (k Kitchens) Chain(ctx context.Context, name string) KitchenChain {
	c := KitchenChain{Partly: map[string]bool{}, Complete: true, certain: true}
	for name != "" && !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
		var given value.GivenVariables
		var parent types.String
		if p, planned := k.Ledger.kitchen(name); planned {
			given, parent = p.Overrides, p.Parent
		} else {
			c.certain = false
			all, err := k.all(ctx)
			if err != nil {
				c.Complete = false
				return c
			}
			have, exists := all[name]
			if !exists && k.Ledger.MadeElsewhere(KindKitchen, name) {
				c.Complete = false
				return c
			}
			if !exists {
				c.Problem, c.Complete = k.missing(name, all), false
				return c
			}
			given, parent = recordedOverrides(have), types.StringValue(have.Parent)
		}
		c.Layers = slices.Insert(c.Layers, 0, given.Values)
		for name, partly := range given.Partly {
			if _, hidden := c.Partly[name]; !hidden { // by a kitchen that is further in
				c.Partly[name] = partly
			}
		}
		c.Secrets = append(c.Secrets, given.Secrets...)
		c.Complete = c.Complete && given.Complete && !parent.IsUnknown()
		name = parent.ValueString()
	}
	return c
}

// recordedOverrides are those of a kitchen that exists.
func recordedOverrides(k api.Kitchen) value.GivenVariables {
	g := value.GivenVariables{Values: order.Variables{}, Partly: map[string]bool{}, Complete: true, IsObject: true}
	if len(k.Overrides) > 0 {
		value, err := recipe.Decode(k.Overrides)
		members, isObject := value.(map[string]any)
		g.Complete = err == nil && (isObject || value == nil)
		maps.Copy(g.Values, members)
	}
	if len(k.SecretOverrides) == 0 {
		return g
	}
	hidden := map[string]any{} // asterisks by name, which is what becomes of them in all that is shown
	err := json.Unmarshal(k.SecretOverrides, &hidden)
	g.Complete = g.Complete && err == nil
	maps.Copy(g.Values, hidden)
	g.Secrets = slices.Sorted(maps.Keys(hidden))
	return g
}

// missing says that there is no such kitchen, with what may be meant.
func (k Kitchens) missing(name string, all map[string]api.Kitchen) string {
	names := append(k.Ledger.kitchenNames(), slices.Sorted(maps.Keys(all))...)
	text := fmt.Sprintf("there is no kitchen '%s'", name)
	if hint := recipe.DidYouMean(name, names); hint != "" {
		return text + hint
	}
	return text + ". If this configuration makes it, refer to galley_kitchen.<label>.name, so that it is made first."
}

// MustExist reports at p that there is no such kitchen.
func (k Kitchens) MustExist(ctx context.Context, name string, p path.Path, diags *diag.Diagnostics) {
	if _, planned := k.Ledger.kitchen(name); planned {
		return
	}
	all, err := k.all(ctx)
	if _, exists := all[name]; err != nil || exists || k.Ledger.MadeElsewhere(KindKitchen, name) {
		return
	}
	k.Online.Finding(diags, p, "Kitchen does not exist", fmt.Sprintf("%s: %s", p, k.missing(name, all)))
}

// OfferTarget is a recipe of a kitchen that an order is for.
type OfferTarget struct {
	Offer
	Certain bool   // it is one of this plan, not one of the server
	Known   bool   // false: nothing is known of it
	Problem string // why there is no such recipe; "": nothing is known against it
}

// Offer finds a recipe of a kitchen: its own, or else the one of the nearest kitchen
// above that has it.
func (k Kitchens) Offer(ctx context.Context, chain KitchenChain, name string) OfferTarget {
	for _, kitchen := range chain.names {
		if o, planned := k.Ledger.offer(kitchen, name); planned {
			return OfferTarget{Offer: o, Certain: true, Known: true}
		}
	}
	all, err := k.all(ctx)
	if err != nil || chain.Problem != "" {
		return OfferTarget{}
	}
	for _, kitchen := range chain.names {
		if _, exists := all[kitchen]; !exists {
			continue // the plan makes it: it has the recipes of those above
		}
		files, exists, err := k.files(ctx, kitchen, name)
		if err != nil {
			return OfferTarget{}
		}
		if exists {
			o, readable := recordedOffer(files)
			return OfferTarget{Offer: o, Known: readable}
		}
		break // the server has looked into those above, too
	}
	if !chain.closed(k) || slices.ContainsFunc(chain.names, func(kitchen string) bool {
		return k.Ledger.MadeElsewhere(KindKitchenRecipe, kitchen+"/"+name)
	}) {
		return OfferTarget{}
	}
	return OfferTarget{Problem: k.notOffered(chain, name, all)}
}

// notOffered says that a kitchen has no such recipe, with what may be meant.
func (k Kitchens) notOffered(chain KitchenChain, name string, all map[string]api.Kitchen) string {
	var names []string
	for _, kitchen := range chain.names {
		names = append(append(names, k.Ledger.offerNames(kitchen)...), all[kitchen].Recipes...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	text := fmt.Sprintf("kitchen %s has no recipe '%s'", chain.names[0], name)
	switch hint := recipe.DidYouMean(name, names); {
	case hint != "":
		return text + hint
	case len(names) > 0:
		text += "; it has " + value.JoinWords(names, "and")
	}
	return text + ". If this configuration makes it, refer to galley_kitchen_recipe.<label>.name, so that it is made first."
}

// closed tells whether the chain goes up to a root that is known.
func (c KitchenChain) closed(k Kitchens) bool {
	if len(c.names) == 0 {
		return false
	}
	last := c.names[len(c.names)-1]
	if p, planned := k.Ledger.kitchen(last); planned {
		return p.Parent.IsNull()
	}
	return true
}

// ownedFiles are the files of a recipe, and the kitchen that has it itself.
type ownedFiles struct {
	files map[string]string
	owner string // "": the server does not say
}

// files are those of a recipe on the server.
func (k Kitchens) files(ctx context.Context, kitchen, name string) (files map[string]string, exists bool, err error) {
	f, exists, err := k.owned(ctx, kitchen, name)
	return f.files, exists, err
}

func (k Kitchens) owned(ctx context.Context, kitchen, name string) (f ownedFiles, exists bool, err error) {
	return AskFor(ctx, k.Online, "recipe "+name+" of kitchen "+kitchen, func(ctx context.Context) (f ownedFiles, err error) {
		f.files, f.owner, err = k.Online.Client.KitchenRecipe(ctx, kitchen, name)
		return f, err
	})
}

// HasItself tells whether a kitchen on the server has a recipe, and does not inherit it.
func (k Kitchens) HasItself(ctx context.Context, kitchen, name string) (bool, error) {
	all, err := k.all(ctx)
	if _, exists := all[kitchen]; err != nil || !exists {
		return false, err
	}
	f, exists, err := k.owned(ctx, kitchen, name)
	return exists && f.owner == kitchen, err
}

// OrdersOfVariation are the orders that have not ended of a variation of a kitchen's own recipe,
// there and in the kitchens that inherit it.
func (k Kitchens) OrdersOfVariation(ctx context.Context, kitchen, name, variation string) []OrderInUse {
	all, err := k.all(ctx)
	if err != nil {
		return nil
	}
	var out []OrderInUse
	for _, at := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(all[at].Recipes, name) {
			continue
		}
		if f, exists, err := k.owned(ctx, at, name); err != nil || !exists || f.owner != kitchen {
			continue
		}
		out = append(out, k.Unfinished(ctx, at, func(o api.Order) bool {
			return o.Recipe == name && (variation == "" || o.Variation == variation)
		})...)
	}
	return out
}

// recordedOffer reads the files of a recipe that exists; false if this version of the
// provider cannot.
func recordedOffer(files map[string]string) (Offer, bool) {
	d, vs, variations, problems := ReadOffer(files)
	if problems.Err() != nil {
		return Offer{}, false
	}
	o := Offer{
		RecipeType: types.StringValue(d.RecipeType), Revision: types.Int64Null(),
		Variables:  value.GivenVariables{Values: vs, Complete: true, IsObject: true},
		Variations: variations, Names: true, Complete: true,
	}
	if d.RecipeTypeRevision > 0 {
		o.Revision = types.Int64Value(int64(d.RecipeTypeRevision))
	}
	return o, true
}

// ReadOffer reads the three files that a recipe consists of. One that is not there is
// an empty one. The paths of problems begin with the name of the file.
func ReadOffer(files map[string]string) (
	d order.Description, vs order.Variables, variations order.Variations, problems recipe.Problems,
) {
	text := func(name string) []byte {
		if t := files[name]; t != "" {
			return []byte(t)
		}
		return []byte("{}")
	}
	d, found := order.ParseDescription(text(order.DescriptionFile))
	problems = append(problems, found.Under(order.DescriptionFile)...)
	vs, found = order.ParseVariables(text(order.VariablesFile))
	problems = append(problems, found.Under(order.VariablesFile)...)
	variations, found = order.ParseVariations(text(order.VariationsFile))
	problems = append(problems, found.Under(order.VariationsFile)...)
	return d, vs, variations, problems
}
