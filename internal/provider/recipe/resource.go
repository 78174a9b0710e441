package recipe

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var (
	_ kit.Resource                      = (*recipeResource)(nil)
	_ resource.ResourceWithUpgradeState = (*recipeResource)(nil)
)

// The timeouts, where the configuration has none.
const (
	recipeCreateTimeout = 30 * time.Minute
	recipeUpdateTimeout = 30 * time.Minute
	recipeDeleteTimeout = 5 * time.Minute
)

// NewResource returns the resource galley_recipe.
func NewResource() resource.Resource { return &recipeResource{} }

type recipeResource struct{ kit.ResourceBase }

// Metadata implements resource.Resource.
func (r *recipeResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipe"
	resp.ResourceBehavior.MutableIdentity = true // of a later recipe of a chain, which a move names, comes that of the first
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *recipeResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = kit.IDIdentity("Id of the first recipe of the chain of reprocesses.")
}

// Schema implements resource.Resource.
func (r *recipeResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = recipeSchema(ctx)
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It needs no server.
func (r *recipeResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config recipeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// Create implements resource.Resource.
func (r *recipeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, config recipeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout := kit.ReadTimeout(plan.Timeouts, "create", recipeCreateTimeout, &resp.Diagnostics)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	recipeType, err := c.RecipeType(ctx, plan.RecipeType.ValueString())
	if api.IsNotFound(err) {
		resp.Diagnostics.AddAttributeError(path.Root("recipe_type"), "Cannot start recipe", fmt.Sprintf(
			"There is no recipe type %q. recipe_type is the name of a type, such as galley_recipe_type.<label>.name.",
			plan.RecipeType.ValueString()))
		return
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot start recipe", err)
		return
	}
	body := plan.toCreate(recipeType.ID, config.JobSettings, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.takeOver(ctx, c, &plan, recipeType.RevisionNum, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		r.create(ctx, c, &plan, timeout, resp)
		return
	}
	if resp.Diagnostics.HasError() {
		return
	}
	// An interrupt must not come between the server and its answer: there would be a
	// recipe that the state does not know.
	started, err := c.CreateRecipe(context.WithoutCancel(ctx), body)
	if err == nil && started.TakenOver && plan.OnRecreate.ValueString() == kit.OnRecreateNew &&
		hasFailed(kit.RunStatus(started.IsCompleted, started.RecipeCounts)) {
		r.Origins().Keep(ctx, api.OriginRecipe, strconv.FormatInt(started.ID, 10)) // nobody is to find it again
		started, err = c.CreateRecipe(context.WithoutCancel(ctx), body)
	}
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot start recipe of type "+recipeType.Name, err)
		return
	}
	if started.TakenOver {
		r.resumeLost(context.WithoutCancel(ctx), c, &plan, started, &resp.Diagnostics)
		if !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
			r.create(ctx, c, &plan, timeout, resp)
		}
		return
	}
	// From here on there is a run that must not be lost, whatever happens.
	plan.fromCommon(started.RecipeCommon, started.RecipeTypeRev.RevisionNum, nil, c.Endpoint())
	plan.ID, plan.ReprocessPlan, plan.SupersededRecipeIDs = plan.RecipeID, noReprocess(), value.Int64List(nil)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.create(ctx, c, &plan, timeout, resp)
}

// create waits for a run that a create has started or taken over, and marks one that
// Terraform taints.
func (r *recipeResource) create(ctx context.Context, c *client.Client, m *recipeModel, timeout time.Duration, resp *resource.CreateResponse) {
	r.finish(ctx, c, m, timeout, resp.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		mark := kit.ReadMark(ctx, resp.Private)
		mark.Tainted = true
		resp.Diagnostics.Append(mark.Write(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// finish waits for the recipe of m, if m says so, or else looks at it once. It marks a
// recipe that it could not wait for until the end, for the next apply.
func (r *recipeResource) finish(
	ctx context.Context, c *client.Client, m *recipeModel, timeout time.Duration, private kit.PrivateData, diags *diag.Diagnostics,
) {
	var mark kit.Mark
	if m.WaitForCompletion.ValueBool() {
		if !r.wait(ctx, c, m, timeout, diags) {
			mark.Unfinished = m.RecipeID.ValueInt64()
		}
	} else if d, err := c.Recipe(ctx, m.RecipeID.ValueInt64()); err == nil {
		diags.Append(m.fromAPI(d, c.Endpoint())...)
		m.tellFailure(ctx, c, d)
	}
	diags.Append(mark.Write(ctx, private)...)
}

// wait waits until the recipe of m has finished and takes over how it ended. It is
// false if it has stopped waiting before.
func (r *recipeResource) wait(
	ctx context.Context, c *client.Client, m *recipeModel, timeout time.Duration, diags *diag.Diagnostics,
) (finished bool) {
	ctx = tflog.SetField(ctx, "url", m.URL.ValueString())
	id := m.RecipeID.ValueInt64()
	d, err := kit.AwaitRecipe(ctx, c, id, timeout, kit.LogProgress)
	if d.ID != 0 {
		diags.Append(m.progress(d, c.Endpoint())...)
		if ctx.Err() == nil {
			m.tellFailure(ctx, c, d)
		}
	}
	status := kit.RunStatus(d.IsCompleted, d.RecipeCounts)
	outcome := kit.Outcome{
		Kind: "recipe", What: fmt.Sprintf("Recipe %d of type %s", id, m.RecipeType.ValueString()), Status: status,
		IsCompleted: status == kit.StatusCompleted, OnFailure: m.OnFailure.ValueString(), Doing: func() string { return kit.TimeoutText(d, timeout, err) },
		Failure: m.Failure.ValueString,
	}
	if ctx.Err() == nil && err == nil && d.ID != id {
		diags.AddWarning(outcome.What+" was reprocessed elsewhere", fmt.Sprintf(
			"While this apply was waiting, recipe %d has superseded it, which is %s. The next plan shows it.", d.ID, status))
		return true
	}
	return outcome.Report(ctx, err, diags)
}

// Read implements resource.Resource.
func (r *recipeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State, &req.State)
	var state recipeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, c := r.ClientForRead(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	imported := state.RecipeID.IsNull()
	id := state.RecipeID.ValueInt64()
	if imported {
		id = state.ID.ValueInt64()
	}
	d, passed, err := kit.FollowChain(client.Claiming(ctx, api.OriginRecipe, state.ID.String()), c, id)
	switch {
	case api.IsNotFound(err) && (imported || state.OnMissing.ValueString() == kit.OnMissingRerun):
		resp.State.RemoveResource(ctx)
		return
	case api.IsNotFound(err):
		resp.Diagnostics.AddWarning("Recipe no longer exists", fmt.Sprintf(
			"The backend has no recipe %d of type %s any more. Its last known state (%s) is kept. To run it again, set "+
				"on_missing = \"rerun\", or replace it: terraform apply -replace=ADDRESS",
			id, state.RecipeType.ValueString(), state.Status.ValueString()))
		return
	case err != nil:
		r.CannotRead(req.State, &resp.Diagnostics, "Cannot read recipe "+strconv.FormatInt(id, 10), err)
		return
	}
	state.refreshChain(ctx, c, d, passed)
	resp.Diagnostics.Append(state.fromAPI(d, c.Endpoint())...)
	state.tellFailure(ctx, c, d)
	mark := kit.ReadMark(ctx, req.Private)
	if mark.Tainted {
		r.leave(state)
	}
	if mark.Imported > 0 {
		mark.Imported--
		resp.Diagnostics.Append(mark.Write(ctx, resp.Private)...)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// Update implements resource.Resource. It reprocesses the recipe if the plan says so,
// by an unknown recipe_id; what would need a new recipe replaces the resource.
func (r *recipeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	var plan, prior recipeModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, req.Plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	timeout := kit.ReadTimeout(plan.Timeouts, "update", recipeUpdateTimeout, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	reprocess, wait := plan.RecipeID.IsUnknown(), plan.Status.IsUnknown()
	if !reprocess {
		plan.keepProgress(prior)
	}
	if reprocess || wait {
		c := r.Client(&resp.Diagnostics)
		if resp.Diagnostics.HasError() || reprocess && !plan.reprocess(ctx, c, prior, &resp.Diagnostics) {
			return // nothing was done: the state stays as it was, and the next plan is this one
		}
		// From here on there may be a new run that must not be lost.
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		r.finish(ctx, c, &plan, timeout, resp.Private, &resp.Diagnostics)
	} else {
		resp.Diagnostics.Append(kit.Mark{Unfinished: kit.ReadMark(ctx, req.Private).Unfinished}.Write(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Delete implements resource.Resource. The recipe itself stays in any case.
func (r *recipeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state recipeModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() && kit.IsTakenOver(ctx, req.Private) {
		r.leave(state)
		r.Origins().Release(ctx, api.OriginRecipe, state.ID.String()) // if nobody comes to the create, the next apply does
		return
	}
	r.Origins().Keep(ctx, api.OriginRecipe, state.ID.String()) // what is created instead is another one
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() != kit.OnDestroyCancel {
		return
	}
	timeout := kit.ReadTimeout(state.Timeouts, "delete", recipeDeleteTimeout, &resp.Diagnostics)
	c := r.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	_, err := cancelRecipe(ctx, c, state.RecipeID.ValueInt64(), timeout, kit.LogProgress)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		resp.Diagnostics.AddWarning("Jobs of a recipe are still being canceled", fmt.Sprintf(
			"The jobs of recipe %d were told to stop, but had not all done so after %s.", state.RecipeID.ValueInt64(), timeout))
	case err != nil && !api.IsNotFound(err):
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot cancel recipe %d", state.RecipeID.ValueInt64()), err)
	}
}

// ImportState implements resource.ResourceWithImportState: by the id of any recipe
// of the chain, or by the identity.
func (r *recipeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer kit.Identify(ctx, resp.Identity, &resp.Diagnostics, &resp.State)
	if !kit.ImportIdentity(ctx, req, resp) {
		kit.ImportByID(ctx, "recipe", req, resp)
	}
	resp.Diagnostics.Append(kit.Mark{Imported: kit.ReadsOfImport}.Write(ctx, resp.Private)...)
}

// recipeMoves is what can be moved to galley_recipe.
func recipeMoves() kit.MoveTarget {
	return kit.IDTarget("recipe", "recipes", "recipe_id")
}

// MoveState implements resource.ResourceWithMoveState.
func (r *recipeResource) MoveState(context.Context) []resource.StateMover {
	return recipeMoves().Mover(func(ctx context.Context, resp *resource.MoveStateResponse) {
		resp.Diagnostics.Append(kit.Mark{Imported: kit.ReadsOfImport}.Write(ctx, resp.TargetPrivate)...)
	})
}

// UpgradeState implements resource.ResourceWithUpgradeState. Nobody knows which settings of
// version 0 are secret, and plans showed none of them: all go to where plans show none.
func (r *recipeResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	upgraders := value.TypedDocuments(func(attributes map[string]any) {
		attributes["on_recreate"] = kit.OnRecreateResume
		value.SplitSettings(attributes, func(string) bool { return true })
		if input, ok := attributes["input"].(map[string]any); ok { // its json was dynamic
			dynamic, _ := input["json"].(map[string]any)
			input["json"] = dynamic["value"]
		}
	})
	// In version 1 the members of counts and source were attributes: the refresh brings them.
	upgraders[1] = value.SameDocuments()
	return upgraders
}
