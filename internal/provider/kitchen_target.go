package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// kitchens finds what the plan of an order depends on: what the same plan makes comes
// before what is on the server.
type kitchens struct{ recipeTypes }

// all are the kitchens that exist, by name.
func (k kitchens) all(ctx context.Context) (map[string]api.Kitchen, error) {
	return ask(ctx, k.online, "kitchens", func(ctx context.Context) (map[string]api.Kitchen, error) {
		list, err := k.online.client.Kitchens(ctx)
		out := make(map[string]api.Kitchen, len(list))
		for _, kitchen := range list {
			out[kitchen.Name] = kitchen
		}
		return out, err
	})
}

// ordersOf are the orders of a kitchen that exists.
func (k kitchens) ordersOf(ctx context.Context, name string) (api.OrderList, error) {
	return ask(ctx, k.online, "orders of "+name, func(ctx context.Context) (api.OrderList, error) {
		none := 0
		return k.online.client.Orders(ctx, name, api.OrderQuery{ServingsCount: &none})
	})
}

// kitchenChain is a kitchen with those above it.
type kitchenChain struct {
	names    []string          // the kitchen first; not all if a parent is not known
	layers   []order.Variables // what they override, the outermost first
	partly   map[string]bool   // variables whose values are not wholly known
	complete bool              // nothing of it is unknown
	certain  bool              // all of it is of this plan
	problem  string            // why there is no such kitchen; "": nothing is known against it
}

// chain follows a kitchen up to its root.
func (k kitchens) chain(ctx context.Context, name string) kitchenChain {
	c := kitchenChain{partly: map[string]bool{}, complete: true, certain: true}
	for name != "" && !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
		var given givenVariables
		var parent types.String
		if p, planned := k.ledger.kitchen(name); planned {
			given, parent = p.overrides, p.parent
		} else {
			c.certain = false
			all, err := k.all(ctx)
			if err != nil {
				c.complete = false
				return c
			}
			have, exists := all[name]
			if !exists {
				c.problem, c.complete = k.missing(name, all), false
				return c
			}
			given, parent = recordedOverrides(have), types.StringValue(have.Parent)
		}
		c.layers = slices.Insert(c.layers, 0, given.values)
		maps.Copy(c.partly, given.partly)
		c.complete = c.complete && given.complete && !parent.IsUnknown()
		name = parent.ValueString()
	}
	return c
}

// recordedOverrides are those of a kitchen that exists.
func recordedOverrides(k api.Kitchen) givenVariables {
	g := givenVariables{values: order.Variables{}, complete: true, isObject: true}
	if len(k.Overrides) > 0 {
		value, err := recipe.Decode(k.Overrides)
		members, isObject := value.(map[string]any)
		g.complete = err == nil && (isObject || value == nil)
		maps.Copy(g.values, members)
	}
	return g
}

// missing says that there is no such kitchen, with what may be meant.
func (k kitchens) missing(name string, all map[string]api.Kitchen) string {
	names := append(k.ledger.kitchenNames(), slices.Sorted(maps.Keys(all))...)
	text := fmt.Sprintf("there is no kitchen '%s'", name)
	if hint := recipe.DidYouMean(name, names); hint != "" {
		return text + hint
	}
	return text + ". If this configuration makes it, refer to galley_kitchen.<label>.name, so that it is made first."
}

// mustExist reports at p that there is no such kitchen.
func (k kitchens) mustExist(ctx context.Context, name string, p path.Path, diags *diag.Diagnostics) {
	if _, planned := k.ledger.kitchen(name); planned {
		return
	}
	all, err := k.all(ctx)
	if _, exists := all[name]; err != nil || exists {
		return
	}
	k.online.finding(diags, p, "Kitchen does not exist", fmt.Sprintf("%s: %s", p, k.missing(name, all)))
}

// offerTarget is a recipe of a kitchen that an order is for.
type offerTarget struct {
	plannedOffer
	certain bool   // it is one of this plan, not one of the server
	known   bool   // false: nothing is known of it
	problem string // why there is no such recipe; "": nothing is known against it
}

// offer finds a recipe of a kitchen: its own, or else the one of the nearest kitchen
// above that has it.
func (k kitchens) offer(ctx context.Context, chain kitchenChain, name string) offerTarget {
	for _, kitchen := range chain.names {
		if o, planned := k.ledger.offer(kitchen, name); planned {
			return offerTarget{plannedOffer: o, certain: true, known: true}
		}
	}
	all, err := k.all(ctx)
	if err != nil || chain.problem != "" {
		return offerTarget{}
	}
	for _, kitchen := range chain.names {
		if _, exists := all[kitchen]; !exists {
			continue // the plan makes it: it has the recipes of those above
		}
		files, exists, err := k.files(ctx, kitchen, name)
		if err != nil {
			return offerTarget{}
		}
		if exists {
			o, readable := recordedOffer(files)
			return offerTarget{plannedOffer: o, known: readable}
		}
		break // the server has looked into those above, too
	}
	if !chain.closed(k) {
		return offerTarget{}
	}
	return offerTarget{problem: k.notOffered(chain, name, all)}
}

// notOffered says that a kitchen has no such recipe, with what may be meant.
func (k kitchens) notOffered(chain kitchenChain, name string, all map[string]api.Kitchen) string {
	var names []string
	for _, kitchen := range chain.names {
		names = append(append(names, k.ledger.offerNames(kitchen)...), all[kitchen].Recipes...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	text := fmt.Sprintf("kitchen %s has no recipe '%s'", chain.names[0], name)
	switch hint := recipe.DidYouMean(name, names); {
	case hint != "":
		return text + hint
	case len(names) > 0:
		text += "; it has " + joinWords(names, "and")
	}
	return text + ". If this configuration makes it, refer to galley_kitchen_recipe.<label>.name, so that it is made first."
}

// closed tells whether the chain goes up to a root that is known.
func (c kitchenChain) closed(k kitchens) bool {
	if len(c.names) == 0 {
		return false
	}
	last := c.names[len(c.names)-1]
	if p, planned := k.ledger.kitchen(last); planned {
		return p.parent.IsNull()
	}
	return true
}

// files are those of a recipe on the server.
func (k kitchens) files(ctx context.Context, kitchen, name string) (files map[string]string, exists bool, err error) {
	return askFor(ctx, k.online, "recipe "+name+" of kitchen "+kitchen, func(ctx context.Context) (map[string]string, error) {
		return k.online.client.KitchenRecipeFiles(ctx, kitchen, name)
	})
}

// recordedOffer reads the files of a recipe that exists; false if this version of the
// provider cannot.
func recordedOffer(files map[string]string) (plannedOffer, bool) {
	d, vs, variations, problems := readOffer(files)
	if problems.Err() != nil {
		return plannedOffer{}, false
	}
	o := plannedOffer{
		recipeType: types.StringValue(d.RecipeType), revision: types.Int64Null(),
		variables:  givenVariables{values: vs, complete: true, isObject: true},
		variations: variations, names: true, complete: true,
	}
	if d.RecipeTypeRevision > 0 {
		o.revision = types.Int64Value(int64(d.RecipeTypeRevision))
	}
	return o, true
}

// readOffer reads the three files that a recipe consists of. One that is not there is
// an empty one. The paths of problems begin with the name of the file.
func readOffer(files map[string]string) (
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
