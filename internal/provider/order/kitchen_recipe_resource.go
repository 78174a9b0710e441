package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var (
	_ kit.Resource                      = (*kitchenRecipeResource)(nil)
	_ resource.ResourceWithUpgradeState = (*kitchenRecipeResource)(nil)
)

// NewKitchenRecipeResource returns the resource galley_kitchen_recipe.
func NewKitchenRecipeResource() resource.Resource { return &kitchenRecipeResource{} }

type kitchenRecipeResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *kitchenRecipeResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_kitchen_recipe"
}

// Schema implements resource.Resource.
func (r *kitchenRecipeResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		Version: 1,
		MarkdownDescription: "A recipe of a kitchen: a recipe type that can be ordered there, with variables and variations.\n\n" +
			"The resource owns the recipe's files `description.json`, `variables.json` and `variations.json` whole. What they have " +
			"beyond its arguments is told as a warning and lost with the next change. Other files of the recipe stay as they are.\n\n" +
			"What counts for a run is, the strongest last: `variables`, `overrides_json` of the variation, `overrides` of the kitchens, " +
			"and the parameters of the order. A variable named like a JSON input of the recipe type becomes that input, one named like a " +
			"setting of a job type becomes that setting. A text refers to another variable as `{{name}}`.\n\n" +
			"Destroy deletes the recipe. Orders that were made go on with what they have; those that run again later fail." + kitchenRecipeMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed: true, MarkdownDescription: "Kitchen and name with a slash between them.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"kitchen": schema.StringAttribute{
				Required: true, PlanModifiers: replace, MarkdownDescription: "Name of the kitchen. A change replaces the recipe.",
			},
			"name": schema.StringAttribute{
				Required: true, PlanModifiers: replace,
				MarkdownDescription: "Name of the recipe in the kitchen and those below; 1 to 100 characters without `/`, `\\`, `#`, `?` and `%`. " +
					"A change replaces the recipe.",
			},
			"recipe_type": schema.StringAttribute{
				Required: true, MarkdownDescription: "Name of the recipe type that runs. A change counts for the runs after it.",
			},
			"recipe_type_revision": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Optional: true,
				MarkdownDescription: "Revision of the recipe type. Left out: the latest one when a run starts.",
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(""), MarkdownDescription: "Description.",
			},
			"variables": schema.DynamicAttribute{
				Optional: true, Computed: true, Default: dynamicdefault.StaticValue(value.DynamicOf(map[string]any{})),
				MarkdownDescription: "An object with values by name, of any type: the weakest ones. Names have letters, digits and `_`, and no " +
					"digit in front; a value has at most 1 MiB as JSON.",
			},
			"variations": value.OptionalDocument(order.VariationsShape(), "The ways to run the recipe, by name. An order names one of them."),
		},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *kitchenRecipeResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.TextIdentity(map[string]string{"kitchen": "Name of the kitchen.", "name": "Name of the recipe."})
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *kitchenRecipeResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config kitchenRecipeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// sameInKitchen compares what is written in the recipe of a kitchen by meaning.
var sameInKitchen = map[string]kit.SameFunc{"variables": value.SameValues}

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *kitchenRecipeResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "editor", &req, resp)
	var planned, prior kitchenRecipeModel
	known := r.Kitchens()
	defer known.Online.Report(&resp.Diagnostics)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if req.Plan.Raw.IsNull() {
		r.hold(prior)
		prior.warnOfDestroy(ctx, known, &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if resp.Diagnostics.HasError() {
		return
	}
	kept := kit.KeepPriorIfEqual(ctx, req, resp, sameInKitchen)
	isReplaced := !req.State.Raw.IsNull() && !(planned.Kitchen.Equal(prior.Kitchen) && planned.Name.Equal(prior.Name))
	switch isNew := req.State.Raw.IsNull(); {
	case isNew && r.Ledger().Holds(plan.KindKitchenRecipe, planned.fullName()):
		planned.warnOfDestroy(ctx, known, &resp.Diagnostics) // it is made anew
	case isReplaced:
		r.hold(prior)
		prior.warnOfDestroy(ctx, known, &resp.Diagnostics)
	}
	r.Ledger().SetOffer(planned.Kitchen, planned.Name, planned.planned())
	if req.State.Raw.IsNull() {
		planned.claim(ctx, known, r.Origins(), &resp.Diagnostics)
	}
	if kept {
		return
	}
	planned.ID = kitchenRecipeID(planned.Kitchen, planned.Name)
	planned.Variations = value.KeepPlanned(order.VariationsShape(), planned.Variations, prior.Variations)
	if !req.State.Raw.IsNull() && value.SameValues(planned.Variables, prior.Variables) {
		planned.Variables = prior.Variables
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
	check := kitchenRecipeCheck{Kitchens: known, model: planned, prior: prior, diags: &resp.Diagnostics}
	check.all(ctx)
	if !req.State.Raw.IsNull() && !isReplaced {
		check.variationsInUse(ctx, r.Origins())
	}
}

// Create implements resource.Resource.
func (r *kitchenRecipeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan kitchenRecipeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	kitchen, name := plan.Kitchen.ValueString(), plan.Name.ValueString()
	files, err := plan.files()
	taken := false
	if err == nil {
		taken, err = c.CreateKitchenRecipe(ctx, kitchen, name, files)
	}
	if api.IsConflict(err) {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Cannot create recipe of a kitchen", fault.Detail(err)+fmt.Sprintf(
			"\n\nIf kitchen %s has a recipe %q already, choose another name, or manage it: terraform import "+
				"galley_kitchen_recipe.<label> %q.",
			kitchen, name, kitchen+"/"+name))
		return
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot create recipe %s of kitchen %s", name, kitchen), err)
		return
	}
	if taken {
		kit.WarnOfLost(&resp.Diagnostics, fmt.Sprintf("Recipe %s of kitchen %s", name, kitchen))
	}
	plan.ID = kitchenRecipeID(plan.Kitchen, plan.Name)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Read implements resource.Resource.
func (r *kitchenRecipeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state kitchenRecipeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	r.hold(state) // of one that is tainted the plan shows no state
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	ctx = client.Claiming(ctx, api.OriginKitchenRecipe, state.Kitchen.ValueString()+"/"+state.Name.ValueString())
	files, owner, err := c.KitchenRecipe(ctx, state.Kitchen.ValueString(), state.Name.ValueString())
	isInherited := err == nil && owner != "" && owner != state.Kitchen.ValueString()
	if isInherited && kit.IsIdentityOnly(req.State) {
		state.addInherited(owner, &resp.Diagnostics)
		return
	}
	if isInherited || api.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.CannotRead(req.State, &resp.Diagnostics, fmt.Sprintf("Cannot read recipe %s of kitchen %s", state.Name.ValueString(), state.Kitchen.ValueString()), err)
		return
	}
	state.fromFiles(files, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update implements resource.Resource.
func (r *kitchenRecipeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior kitchenRecipeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	files, err := c.KitchenRecipeFiles(ctx, plan.Kitchen.ValueString(), plan.Name.ValueString())
	if err == nil {
		prior.fromFiles(files, &resp.Diagnostics)
		if resp.Diagnostics.HasError() ||
			!kit.HoldsTo(ctx, req.State, prior, "recipe "+plan.ID.ValueString(), "", sameInKitchen, &resp.Diagnostics) {
			return
		}
		files, err = plan.files()
	}
	if err == nil {
		err = c.WriteKitchenRecipe(ctx, plan.Kitchen.ValueString(), plan.Name.ValueString(), files)
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot change recipe %s of kitchen %s", plan.Name.ValueString(), plan.Kitchen.ValueString()), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete implements resource.Resource.
func (r *kitchenRecipeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state kitchenRecipeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.hold(state)
	err := c.DeleteKitchenRecipe(ctx, state.Kitchen.ValueString(), state.Name.ValueString())
	if api.IsConflict(err) {
		resp.Diagnostics.AddError(fmt.Sprintf("Cannot delete recipe %s of kitchen %s", state.Name.ValueString(), state.Kitchen.ValueString()), fault.Detail(err)+
			"\n\nThe kitchen has nothing of its own to delete. Take it out of the state (terraform state rm, or a removed block), and destroy it where it is made.")
		return
	}
	if err != nil && !api.IsNotFound(err) {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot delete recipe %s of kitchen %s", state.Name.ValueString(), state.Kitchen.ValueString()), err)
	}
}

// ImportState implements resource.ResourceWithImportState: by kitchen/name.
func (r *kitchenRecipeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if kit.ImportIdentity(ctx, req, resp) {
		return
	}
	kitchen, name, ok := strings.Cut(req.ID, "/")
	if !ok || kitchen == "" || name == "" {
		resp.Diagnostics.AddError("Cannot import recipe of a kitchen", fmt.Sprintf(
			"The id is %q; expected kitchen and recipe with a slash between them, such as \"production/ndvi\".", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("kitchen"), kitchen)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), name)...)
}

// kitchenRecipeMoves is what can be moved to galley_kitchen_recipe.
func kitchenRecipeMoves() kit.MoveTarget {
	return kit.MoveTarget{
		Thing: "recipe of a kitchen", Service: "recipe", Attributes: []string{"kitchen", "name"},
		Keys: [][]string{{"kitchen", "recipe"}, {"kitchen", "name"}, {"kitchen_recipe"}, {""}},
	}
}

// MoveState implements resource.ResourceWithMoveState.
func (r *kitchenRecipeResource) MoveState(context.Context) []resource.StateMover {
	return kitchenRecipeMoves().Mover(nil)
}

// UpgradeState implements resource.ResourceWithUpgradeState.
func (r *kitchenRecipeResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return value.TypedDocuments(nil)
}
