package recipetype

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

var (
	_ kit.Resource                      = (*recipeTypeResource)(nil)
	_ resource.ResourceWithUpgradeState = (*recipeTypeResource)(nil)
)

// NewResource returns the resource galley_recipe_type.
func NewResource() resource.Resource { return &recipeTypeResource{} }

type recipeTypeResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *recipeTypeResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipe_type"
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *recipeTypeResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.TextIdentity(map[string]string{"name": "Name of the recipe type."})
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *recipeTypeResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config recipeTypeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *recipeTypeResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	var plan, config, prior recipeTypeModel
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
		r.hold(prior)
		r.warnOfDestroy(ctx, prior, &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.planned(r.Ledger()).CheckStrict(r.Ledger(), &resp.Diagnostics)
	if req.State.Raw.IsNull() {
		switch {
		case !config.Name.IsNull():
			plan.Name = config.Name
		case !plan.Title.IsUnknown():
			plan.Name = types.StringValue(recipe.Slug(plan.Title.ValueString()))
		}
		if config.hasJSON() {
			plan.Definition = types.DynamicNull()
		} else {
			plan.DefinitionJSON = types.StringNull()
		}
		plan.Ref = plan.ref()
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		if err := r.takeTitle(plan); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("title"), "Two recipe types of one name", err.Error())
		} else {
			resp.Diagnostics.Append(r.markReplacement(ctx, plan.Name.ValueString(), resp.Private)...)
			r.claim(ctx, plan, &resp.Diagnostics)
		}
		planned := plan.planned(r.Ledger())
		planned.Check(ctx, plan.Name.ValueString(), r.Ledger(), r.Online(), &resp.Diagnostics)
		plan.enterPlan(r.Ledger(), planned, nil)
		return
	}
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.hold(prior)
	changes := plan.planDefinition(config, prior)
	plan.ID, plan.Created = prior.ID, prior.Created
	if config.Name.IsNull() {
		plan.Name = prior.Name
	}
	plan.RevisionNum, plan.LastModified = types.Int64Unknown(), types.StringUnknown()
	if !changes {
		plan.RevisionNum = prior.RevisionNum
	}
	plan.Ref = plan.ref()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	kit.KeepPriorIfEqual(ctx, req, resp, nil)
	r.warnOfEdit(ctx, plan, prior, changes, &resp.Diagnostics)
	if !changes {
		prior.IsActive = plan.IsActive
		prior.enterState(r.Ledger())
		if r.Ledger().HasInactive() {
			plan.planned(r.Ledger()).CheckParts(r.Ledger(), &resp.Diagnostics)
		}
		return
	}
	planned, name := plan.planned(r.Ledger()), prior.Name.ValueString()
	planned.Check(ctx, name, r.Ledger(), r.Online(), &resp.Diagnostics)
	plan.enterPlan(r.Ledger(), planned, &prior)
	if planned.Complete && !resp.Diagnostics.HasError() {
		before, _ := prior.parse()
		warnOfChanges(name, before, planned.Definition, &resp.Diagnostics)
	}
}

// Create implements resource.Resource.
func (r *recipeTypeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan recipeTypeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	body := plan.toCreate(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	replaced := r.takeDeferred(plan.Name.ValueString())
	created, err := c.CreateRecipeType(ctx, body)
	if api.IsInvalid(err) || api.IsConflict(err) {
		if existing, getErr := c.RecipeType(ctx, plan.Name.ValueString()); getErr == nil {
			if created, err = existing, nil; replaced {
				r.edit(ctx, c, existing, plan, &resp.Diagnostics, &created)
			} else {
				created = r.adopt(ctx, c, existing, plan, &resp.Diagnostics)
			}
		}
	}
	if err == nil && created.TakenOver {
		created = r.retake(ctx, c, created, plan, &resp.Diagnostics)
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot create recipe type", err)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.IsActive.ValueBool() != created.IsActive {
		// The type exists from here on: keep it in the state whatever happens.
		r.edit(ctx, c, created, plan, &resp.Diagnostics, &created)
	}
	resp.Diagnostics.Append(plan.fromAPI(created)...)
	plan.enterState(r.Ledger())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// adopt takes over a type that exists but is inactive, and returns what has become of it.
func (r *recipeTypeResource) adopt(
	ctx context.Context, c *client.Client, existing api.RecipeTypeDetail, plan recipeTypeModel, diags *diag.Diagnostics,
) api.RecipeTypeDetail {
	e, err := r.existing(ctx, existing.RecipeType, plan)
	if err != nil {
		fault.Add(diags, "Cannot learn who has made recipe type "+existing.Name, err)
		return existing
	}
	if summary, detail := existsAlready(existing.RecipeType, e, plan); summary != "" {
		diags.AddAttributeError(path.Root("title"), summary, detail)
		return existing
	}
	r.edit(ctx, c, existing, plan, diags, &existing)
	return existing
}

// retake makes m of a type that an earlier create has made and lost.
func (r *recipeTypeResource) retake(
	ctx context.Context, c *client.Client, lost api.RecipeTypeDetail, m recipeTypeModel, diags *diag.Diagnostics,
) api.RecipeTypeDetail {
	if m.OnExisting.ValueString() == plan.OnExistingFail {
		summary, detail := existsAlready(lost.RecipeType, plan.Existing{IsActive: lost.IsActive, IsSame: true, Origins: true}, m)
		diags.AddAttributeError(path.Root("title"), summary, detail)
		return lost
	}
	kit.WarnOfLost(diags, "Recipe type "+lost.Name)
	r.edit(ctx, c, lost, m, diags, &lost)
	return lost
}

// edit makes current what plan says and reads it again into after. It is false,
// with the error reported, if that was not possible.
func (r *recipeTypeResource) edit(
	ctx context.Context, c *client.Client, current api.RecipeTypeDetail, plan recipeTypeModel, diags *diag.Diagnostics,
	after *api.RecipeTypeDetail,
) bool {
	edit, needed := plan.toEdit(current, diags)
	if !needed || diags.HasError() {
		return !diags.HasError()
	}
	edit.IfMatch, edit.Spare = current.ETag, true
	edited, err := c.EditRecipeType(ctx, current.Name, edit)
	if err == nil {
		fault.AddFindings(diags, "Recipe type "+current.Name+" was changed with warnings", edited.Warnings)
		*after, err = c.RecipeType(ctx, current.Name)
	}
	if err != nil {
		fault.Add(diags, "Cannot update recipe type "+current.Name, err)
	}
	if err == nil && edit.Definition != nil {
		r.Ledger().WroteRecipeType()
	}
	return err == nil
}

// Read implements resource.Resource.
func (r *recipeTypeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state recipeTypeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	r.hold(state) // of one that is tainted the plan shows no state
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	if state.isConfirmed(ctx, r.Refresh()) {
		r.Origins().Confirm(ctx, api.OriginRecipeType, state.Name.ValueString())
		return
	}
	ctx = client.Claiming(ctx, api.OriginRecipeType, state.Name.ValueString())
	t, err := c.RecipeType(ctx, state.Name.ValueString())
	if api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read recipe type "+state.Name.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(state.fromAPI(t)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// Update implements resource.Resource.
func (r *recipeTypeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior recipeTypeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	name := plan.Name.ValueString()
	current, err := c.RecipeType(ctx, name)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot update recipe type "+name, err)
		return
	}
	if !r.holdsTo(ctx, req.State, prior, current, &resp.Diagnostics) {
		return
	}
	if !r.edit(ctx, c, current, plan, &resp.Diagnostics, &current) {
		return
	}
	planned := plan.RevisionNum
	resp.Diagnostics.Append(plan.fromAPI(current)...)
	if !planned.IsUnknown() {
		plan.RevisionNum = planned // later ones are of what this apply changes; the next refresh has them
		plan.Ref = plan.ref()
	}
	plan.enterState(r.Ledger())
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

// Delete implements resource.Resource.
func (r *recipeTypeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state recipeTypeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.hold(state)
	if r.deferDelete(ctx, req.Private, state.Name.ValueString()) {
		return
	}
	inactive := false
	edited, err := c.EditRecipeType(ctx, state.Name.ValueString(), api.RecipeTypeEdit{IsActive: &inactive})
	if err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, "Cannot deactivate recipe type "+state.Name.ValueString(), err)
		return
	}
	r.Ledger().Deactivated()
	fault.AddFindings(&resp.Diagnostics, "Recipe type was deactivated with warnings", edited.Warnings)
}

// ImportState implements resource.ResourceWithImportState: by name, or by the identity.
func (r *recipeTypeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), kit.ImportedName(req))...)
}

// recipeTypeMoves is what can be moved to galley_recipe_type.
func recipeTypeMoves() kit.MoveTarget {
	return kit.MoveTarget{
		Thing: "recipe type", Service: "recipe-types", Attributes: []string{"name"},
		Keys: [][]string{{"recipe_type_name"}, {"recipe_type"}, {"name"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *recipeTypeResource) MoveState(context.Context) []resource.StateMover {
	return recipeTypeMoves().Mover(nil)
}

// UpgradeState implements resource.ResourceWithUpgradeState.
func (r *recipeTypeResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return value.TypedDocuments(func(attributes map[string]any) {
		attributes["on_existing"] = plan.OnExistingOwn // what was the default is so no more
	})
}
