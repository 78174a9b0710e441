package recipetype

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// hold enters that a state has the recipe type.
func (r *recipeTypeResource) hold(m recipeTypeModel) {
	r.Ledger().Hold(plan.KindRecipeType, m.Name.ValueString())
}

// claim reports what already has the name of a recipe type that m, a plan, creates.
func (r *recipeTypeResource) claim(ctx context.Context, m recipeTypeModel, diags *diag.Diagnostics) {
	name := m.Name.ValueString()
	if name == "" { // not known
		return
	}
	plan.Claim{
		Kind: plan.KindRecipeType, Name: name, At: path.Root("title"),
		Taken: func(ctx context.Context, o *plan.Online) (plan.Taken, error) {
			all, err := o.RecipeTypes(ctx)
			for _, t := range all {
				if t.Name == name {
					return r.taken(ctx, t.RecipeType, m)
				}
			}
			return plan.Taken{}, err
		},
	}.Check(ctx, r.Ledger(), r.Online(), diags)
	r.Online().Report(diags)
}

// takeTitle reports another title of the plan that gives the same name as that of m, a plan.
func (r *recipeTypeResource) takeTitle(m recipeTypeModel) error {
	if m.isNamed() {
		return nil // claim finds others of the name
	}
	return r.Ledger().TakeTitle(m.Title.ValueString())
}

func (r *recipeTypeResource) existing(ctx context.Context, t api.RecipeType, m recipeTypeModel) (plan.Existing, error) {
	return r.Origins().Existing(ctx, api.OriginRecipeType, t.Name, t.IsActive, t.Title == m.Title.ValueString() || m.isNamed())
}

func (r *recipeTypeResource) taken(ctx context.Context, existing api.RecipeType, m recipeTypeModel) (plan.Taken, error) {
	e, err := r.existing(ctx, existing, m)
	if err != nil {
		return plan.Taken{}, err
	}
	if summary, detail := existsAlready(existing, e, m); summary != "" {
		return plan.Taken{Summary: summary, Detail: detail}, nil
	}
	kind := "an inactive"
	if e.IsActive { // so it is lost
		kind = "already a"
	}
	return plan.Taken{IsTakenOver: true, Summary: "Recipe type is taken over", Detail: fmt.Sprintf(
		"There is %s recipe type %q (%q, revision %d, changed last at %s).%s Apply activates it and makes it what the configuration says, "+
			"instead of making another one.", kind, existing.Name, existing.Title, existing.RevisionNum, existing.LastModified, e.Whose())}, nil
}

// existsAlready says why m cannot be made of a recipe type that has its name; "": it can
// take that over.
func existsAlready(existing api.RecipeType, e plan.Existing, m recipeTypeModel) (summary, detail string) {
	takes, why := e.Takes(m.OnExisting.ValueString())
	if takes {
		return "", ""
	}
	kind := "active"
	if !existing.IsActive {
		kind = "inactive"
	}
	given, other := "that this title gives", "title"
	if m.isNamed() {
		given, other = "that is given here", "name"
	}
	return "Recipe type exists already", fmt.Sprintf("There is an %s recipe type %q (%q, revision %d, changed last at %s), which is the name %s.%s%s "+
		"Choose another %s, or manage the existing one: terraform import galley_recipe_type.<label> %s. If it is in the "+
		"state at another address, a moved block keeps it.",
		kind, existing.Name, existing.Title, existing.RevisionNum, existing.LastModified, given, e.Whose(), why, other, existing.Name)
}

// holdsTo is kit.HoldsTo for a recipe type. What this apply itself has changed counts as
// planned: a new revision of a job type or of a recipe type goes into the types that
// contain it, and what is deactivated takes them along.
func (r *recipeTypeResource) holdsTo(
	ctx context.Context, state tfsdk.State, prior recipeTypeModel, current api.RecipeTypeDetail, diags *diag.Diagnostics,
) bool {
	if now, _ := recipe.Parse(current.Definition); now != nil {
		before := prior.parseLike(now)
		if moved := r.Ledger().MovedOn(before, now); moved != before && form.SameDefinition(moved, now) {
			raw, err := json.Marshal(before)
			if err != nil {
				fault.Add(diags, "Cannot compare recipe type "+current.Name, err)
				return false
			}
			current.Definition = raw
		}
	}
	if !current.IsActive && r.Ledger().HasDeactivated() {
		current.IsActive = prior.IsActive.ValueBool()
	}
	now := prior
	diags.Append(now.fromAPI(current)...)
	return !diags.HasError() &&
		kit.HoldsTo(ctx, state, now, "recipe type "+current.Name, current.LastModified.String(), nil, diags)
}
