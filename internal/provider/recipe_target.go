package provider

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// recipeTypes finds the types that the plan of a recipe depends on: what the same
// plan makes comes before what is on the server.
type recipeTypes struct {
	ledger *ledger
	online *online
}

// recipeTarget is the revision of a recipe type that a recipe is going to run.
type recipeTarget struct {
	definition *recipe.Definition // nil: not known
	revision   types.Int64        // unknown: the plan makes it, or nobody can say
	planned    bool               // the definition is one of this plan, not one of the server
	problem    string             // why it cannot be run; "": nothing is known against it
	hint       bool               // problem is about recipe_type, not about its revision
}

// target finds the revision of the type with that name; revision is null for the
// latest one.
func (t recipeTypes) target(ctx context.Context, name string, revision types.Int64) recipeTarget {
	p, inPlan := t.ledger.recipeType(name)
	number := int(revision.ValueInt64())
	switch {
	case inPlan && revision.IsUnknown():
		return recipeTarget{definition: p.definition(), revision: revision, planned: true}
	case revision.IsUnknown():
		return recipeTarget{revision: revision}
	case inPlan && revision.IsNull() && p.changes:
		return recipeTarget{definition: p.definition(), revision: types.Int64Unknown(), planned: true}
	case inPlan && revision.IsNull():
		return recipeTarget{definition: p.definition(), revision: types.Int64Value(int64(p.revision)), planned: true}
	case inPlan && number == p.revision:
		return recipeTarget{definition: p.definition(), revision: revision, planned: true}
	case inPlan && number == p.priorRevision:
		return recipeTarget{definition: p.prior(), revision: revision, planned: true}
	}
	out := recipeTarget{revision: revision}
	if revision.IsNull() {
		out.revision = types.Int64Unknown()
	}
	if inPlan && p.priorRevision == 0 {
		return out // it may be a type of that name that exists and is adopted
	}
	have, exists, err := t.online.recipeType(ctx, name)
	switch {
	case err != nil:
		return out
	case !exists:
		out.problem, out.hint = t.missing(ctx, name), true
		return out
	case !inPlan && !have.IsActive:
		out.problem, out.hint = "Recipe type "+name+" is inactive, so that no recipe of it can be started; "+
			"activate it, for example by managing it as a galley_recipe_type.", true
	}
	if revision.IsNull() || number == have.RevisionNum {
		out.definition, _ = recipe.Parse(have.Definition)
		out.revision = types.Int64Value(int64(have.RevisionNum))
		return out
	}
	d, exists, err := t.online.definition(ctx, recipe.RecipeRef{Name: name, Revision: number})
	if err == nil && !exists {
		out.problem = revisionMissing(name, number, have)
	}
	out.definition = d
	return out
}

// missing says that there is no such type, with what may be meant.
func (t recipeTypes) missing(ctx context.Context, name string) string {
	var names []string
	if refs, err := t.online.recipeTypeRefs(ctx); err == nil {
		for _, ref := range refs {
			names = append(names, ref.Name)
		}
	}
	for planned := range t.ledger.definitions() {
		names = append(names, planned)
	}
	text := "There is no recipe type " + strconv.Quote(name)
	if hint := recipe.DidYouMean(name, names); hint != "" {
		text += hint
	} else {
		text += "."
	}
	return text + " recipe_type is the name of a type, such as galley_recipe_type.<label>.name."
}

// definition finds the definition of one revision; nil if it is not known.
func (t recipeTypes) definition(ctx context.Context, name string, revision int) *recipe.Definition {
	d, _ := t.sub(ctx)(recipe.RecipeRef{Name: name, Revision: revision})
	return d
}

// sub looks up the definitions of sub-recipes, as recipe.ForcedNodes.Check wants them.
func (t recipeTypes) sub(ctx context.Context) recipe.SubDefinition {
	return func(ref recipe.RecipeRef) (*recipe.Definition, bool) {
		if d, known := t.ledger.subDefinition(ref); known {
			return d, true
		}
		if t.ledger.plansRecipe(ref) {
			return nil, false // it is planned, but not wholly known
		}
		d, exists, err := t.online.definition(ctx, ref)
		if err != nil || exists && d == nil {
			return nil, false
		}
		return d, true
	}
}

// configurables are what the jobs of d's own nodes offer to configure; all is false
// if one of them is not known.
func (t recipeTypes) configurables(ctx context.Context, d *recipe.Definition) (offers []recipe.Configurable, all bool) {
	for _, ref := range d.JobRefs() {
		if k, known := t.ledger.configurable(ref); known {
			offers = append(offers, k)
			continue
		}
		m, exists, err := t.online.manifest(ctx, ref)
		if err != nil || !exists || m == nil {
			return nil, false
		}
		offers = append(offers, m.Configurable())
	}
	return offers, true
}

// everyConfigurable is configurables for the jobs of sub-recipes, too.
func (t recipeTypes) everyConfigurable(
	ctx context.Context, d *recipe.Definition, seen map[recipe.RecipeRef]bool,
) (offers []recipe.Configurable, all bool) {
	offers, all = t.configurables(ctx, d)
	for _, ref := range d.RecipeRefs() {
		if !all || seen[ref] {
			continue
		}
		seen[ref] = true
		sub, known := t.sub(ctx)(ref)
		if !known || sub == nil {
			return nil, false
		}
		inner, complete := t.everyConfigurable(ctx, sub, seen)
		offers, all = append(offers, inner...), complete
	}
	return offers, all
}

// file returns a file that exists; exists is false if there is none.
func (t recipeTypes) file(ctx context.Context, id int64) (f api.FileDetail, exists bool, err error) {
	return askFor(ctx, t.online, "file "+strconv.FormatInt(id, 10), func(ctx context.Context) (api.FileDetail, error) {
		return t.online.client.File(ctx, id)
	})
}

// revisionMissing says that a type has no such revision.
func revisionMissing(name string, number int, have api.RecipeTypeDetail) string {
	return fmt.Sprintf("recipe_type_revision: recipe type %s has no revision %d; its latest one is %d",
		name, number, have.RevisionNum)
}
