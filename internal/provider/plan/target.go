package plan

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Types finds the types that the plan of a recipe depends on: what the same
// plan makes comes before what is on the server.
type Types struct {
	Ledger *Ledger
	Online *Online
}

// Target is the revision of a recipe type that a recipe is going to run.
type Target struct {
	Definition *recipe.Definition // nil: not known
	Revision   types.Int64        // unknown: the plan makes it, or nobody can say
	Planned    bool               // the definition is one of this plan, not one of the server
	Problem    string             // why it cannot be run; "": nothing is known against it
	hint       bool               // problem is about recipe_type, not about its revision
	certain    bool               // problem is one of the plan, not one of the server
}

// Target finds the revision of the type with that name; revision is null for the
// latest one.
func (t Types) Target(ctx context.Context, name string, revision types.Int64) Target {
	p, inPlan := t.Ledger.RecipeType(name)
	number := int(revision.ValueInt64())
	switch {
	case !revision.IsNull() && !revision.IsUnknown() && number < 1:
		return Target{Revision: revision, certain: true, Problem: fmt.Sprintf("recipe_type_revision: found %d, expected 1 or more, or none for the latest one", number)}
	case inPlan && p.Inactive:
		return Target{Revision: revision, Problem: "recipe_type: recipe type " + name + " is inactive after this plan, so that no recipe of it can be " +
			"started; set its is_active to true.", hint: true, certain: true}
	case inPlan && p.PriorRevision > 0 && number > p.Revision:
		return Target{Revision: revision, certain: true, Problem: fmt.Sprintf("recipe_type_revision: found %d, but the latest revision of recipe type %s is "+
			"%d after this plan; expected at most that, or none for the latest one", number, name, p.Revision)}
	case inPlan && revision.IsUnknown():
		return Target{Definition: p.Definition(), Revision: revision, Planned: true}
	case revision.IsUnknown():
		return Target{Revision: revision}
	case inPlan && revision.IsNull() && p.Changes:
		return Target{Definition: p.Definition(), Revision: types.Int64Unknown(), Planned: true}
	case inPlan && revision.IsNull():
		return Target{Definition: p.Definition(), Revision: types.Int64Value(int64(p.Revision)), Planned: true}
	case inPlan && number == p.Revision:
		return Target{Definition: p.Definition(), Revision: revision, Planned: true}
	case inPlan && number == p.PriorRevision:
		return Target{Definition: p.Prior(), Revision: revision, Planned: true}
	}
	out := Target{Revision: revision}
	if revision.IsNull() {
		out.Revision = types.Int64Unknown()
	}
	have, exists, err := t.Online.recipeType(ctx, name)
	switch {
	case err != nil, !inPlan && !exists && t.Ledger.MadeElsewhere(KindRecipeType, name):
		return out
	case inPlan && p.PriorRevision == 0: // it may be a type of that name that exists and is adopted
		if number > have.RevisionNum+1 || number > 1 && !exists {
			out.Problem = fmt.Sprintf("recipe_type_revision: found %d, but this plan makes recipe type %s, whose latest revision is %d then; expected at most "+
				"that, or none for the latest one", number, name, have.RevisionNum+1)
		}
		return out
	case !exists:
		out.Problem, out.hint = t.missing(ctx, name), true
		return out
	case !inPlan && !have.IsActive:
		out.Problem, out.hint = "Recipe type "+name+" is inactive, so that no recipe of it can be started; "+
			"activate it, for example by managing it as a galley_recipe_type.", true
	}
	if revision.IsNull() || number == have.RevisionNum {
		out.Definition, _ = recipe.Parse(have.Definition)
		out.Revision = types.Int64Value(int64(have.RevisionNum))
		return out
	}
	d, exists, err := t.Online.definition(ctx, recipe.RecipeRef{Name: name, Revision: number})
	if err == nil && !exists {
		out.Problem = revisionMissing(name, number, have)
	}
	out.Definition = d
	return out
}

// missing says that there is no such type, with what may be meant.
func (t Types) missing(ctx context.Context, name string) string {
	var names []string
	if refs, err := t.Online.recipeTypeRefs(ctx); err == nil {
		for _, ref := range refs {
			names = append(names, ref.Name)
		}
	}
	for planned := range t.Ledger.definitions() {
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

// Definition finds the definition of one revision; nil if it is not known.
func (t Types) Definition(ctx context.Context, name string, revision int) *recipe.Definition {
	d, _ := t.sub(ctx)(recipe.RecipeRef{Name: name, Revision: revision})
	return d
}

// sub looks up the definitions of sub-recipes, as recipe.ForcedNodes.Check wants them.
func (t Types) sub(ctx context.Context) recipe.SubDefinition {
	return func(ref recipe.RecipeRef) (*recipe.Definition, bool) {
		if d, known := t.Ledger.SubDefinition(ref); known {
			return d, true
		}
		if t.Ledger.plansRecipe(ref) {
			return nil, false // it is planned, but not wholly known
		}
		d, exists, err := t.Online.definition(ctx, ref)
		if err != nil || exists && d == nil {
			return nil, false
		}
		return d, true
	}
}

// configurables are what the jobs of d's own nodes offer to configure; all is false
// if one of them is not known.
func (t Types) configurables(ctx context.Context, d *recipe.Definition) (offers []recipe.Configurable, all bool) {
	for _, ref := range d.JobRefs() {
		if k, known := t.Ledger.configurable(ref); known {
			offers = append(offers, k)
			continue
		}
		m, exists, err := t.Online.manifest(ctx, ref)
		if err != nil || !exists || m == nil {
			return nil, false
		}
		offers = append(offers, m.Configurable())
	}
	return offers, true
}

// EveryConfigurable is configurables for the jobs of sub-recipes, too.
func (t Types) EveryConfigurable(
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
		inner, complete := t.EveryConfigurable(ctx, sub, seen)
		offers, all = append(offers, inner...), complete
	}
	return offers, all
}

// file returns a file that exists; exists is false if there is none.
func (t Types) file(ctx context.Context, id int64) (f api.FileDetail, exists bool, err error) {
	return AskFor(ctx, t.Online, "file "+strconv.FormatInt(id, 10), func(ctx context.Context) (api.FileDetail, error) {
		return t.Online.Client.File(ctx, id)
	})
}

// revisionMissing says that a type has no such revision.
func revisionMissing(name string, number int, have api.RecipeTypeDetail) string {
	return fmt.Sprintf("recipe_type_revision: recipe type %s has no revision %d; its latest one is %d",
		name, number, have.RevisionNum)
}
