package recipe

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// A create that ends in an error taints the resource: Terraform deletes and creates it. What
// is completed must not run again for that (contract of a plan, 3). So Read enters such a run in the
// ledger of the plan, the plan of the create finds it there and says so in its private data, which Delete
// gets and then leaves the run to Create, in the ledger of the apply.

const leftRecipe = "recipe"

// fingerprint tells runs of one configuration from those of others; "" if it is not wholly known.
func (m recipeModel) fingerprint() string {
	input := value.Tree(m.Input)
	given, _ := form.ReadData(input)
	m.SettingsWO = types.MapNull(types.StringType) // only a configuration has them
	configuration := value.ConfigurationJSON(form.RunConfigurationShape(), m.Configuration, m.JobSettings)
	raw, err := json.Marshal([]any{m.RecipeType.ValueString(), given.Data, configuration, m.SettingsWOVersion.ValueInt64()})
	known := document.Known(input) && document.Known(value.Tree(m.Configuration)) && m.JobSettings.Known()
	if err != nil || !known || m.RecipeType.IsUnknown() || m.SettingsWOVersion.IsUnknown() {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(raw))
}

// hasFailed tells whether nothing of a run goes on, and it is not completed.
func hasFailed(status string) bool { return kit.IsSettled(status) && status != kit.StatusCompleted }

// leave enters the run of m, a state, if its create ended in an error.
func (r *recipeResource) leave(m recipeModel) {
	if f := m.fingerprint(); f != "" && !m.RecipeID.IsNull() {
		r.Ledger().Leave(leftRecipe, f, m)
	}
}

// planTakeOver tells, in the plan of a create, that it takes a run over. What that makes of
// the run's history is not known yet.
func (r *recipeResource) planTakeOver(ctx context.Context, m *recipeModel, private kit.PrivateData, diags *diag.Diagnostics) {
	run, ok := r.Ledger().Left(leftRecipe, m.fingerprint())
	left, isRecipe := run.(recipeModel)
	if !ok || !isRecipe || m.OnRecreate.ValueString() == kit.OnRecreateNew && hasFailed(left.Status.ValueString()) {
		return
	}
	m.ReprocessPlan, m.SupersededRecipeIDs = types.MapUnknown(reprocessStepType()), types.ListUnknown(types.Int64Type)
	diags.Append(kit.MarkTakeOver(ctx, private)...)
	id, status := left.RecipeID.ValueInt64(), left.Status.ValueString()
	does := "waits for it"
	switch status {
	case kit.StatusCompleted:
		does = "takes it over as the result"
	case kit.StatusFailed, kit.StatusCanceled:
		does = "resumes it: what is completed and has not changed is kept"
	}
	at := ""
	if nodes := left.unsuccessful(); len(nodes) > 0 {
		at = " at " + value.Few(nodes)
	}
	diags.AddWarning(fmt.Sprintf("Recipe %d goes on", id), fmt.Sprintf("The apply that started recipe %d of type %s ended in an error. The recipe is %s%s. "+
		"Apply %s, instead of running everything again. on_recreate = \"new\" would start anew what has failed.", id, left.RecipeType.ValueString(), status, at, does))
}

// unsuccessful names the nodes of m that have failed or were canceled.
func (m recipeModel) unsuccessful() []string {
	var out []string
	nodes := m.Nodes.Elements()
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		state, _ := nodes[name].(types.Object)
		status, _ := state.Attributes()["status"].(types.String)
		if s := status.ValueString(); s == kit.StatusFailed || s == kit.StatusCanceled {
			out = append(out, fmt.Sprintf("node %q", name))
		}
	}
	return out
}

// takeOver makes m, the plan of a create, the run that the delete before has left, in the
// wanted revision of the recipe type; latest where the plan names none. It is false if there is no such run any more.
func (r *recipeResource) takeOver(
	ctx context.Context, c *client.Client, m *recipeModel, latest int, diags *diag.Diagnostics,
) bool {
	run, ok := r.Ledger().TakeLeft(leftRecipe, m.fingerprint())
	left, isRecipe := run.(recipeModel)
	return ok && isRecipe && r.resume(ctx, c, m, left, latest, diags)
}

// resumeLost makes m, the plan of a create, the run that an earlier apply has started and
// lost. Its history is what the plan has said of it.
func (r *recipeResource) resumeLost(ctx context.Context, c *client.Client, m *recipeModel, started api.Recipe, diags *diag.Diagnostics) {
	left, planned := *m, *m
	left.ID, left.RecipeID = types.Int64Value(started.ID), types.Int64Value(started.ID)
	left.ReprocessPlan, left.SupersededRecipeIDs = noReprocess(), value.Int64List(nil)
	diags.AddWarning(fmt.Sprintf("Recipe %d goes on", started.ID), fmt.Sprintf("An earlier apply has started recipe %d of type %s at %s, and ended "+
		"before its state had it. This apply takes it over instead of starting another one: it waits for it, takes its result, or resumes it.",
		started.ID, m.RecipeType.ValueString(), started.Created))
	if !r.resume(ctx, c, m, left, started.RecipeTypeRev.RevisionNum, diags) && !diags.HasError() {
		diags.AddError("Cannot take over recipe", fmt.Sprintf("Recipe %d is gone. Apply again.", started.ID))
	}
	if !planned.ReprocessPlan.IsUnknown() {
		m.ReprocessPlan, m.SupersededRecipeIDs = planned.ReprocessPlan, planned.SupersededRecipeIDs
	}
}

// resume makes m, the plan of a create, the run of left; see takeOver.
func (r *recipeResource) resume(
	ctx context.Context, c *client.Client, m *recipeModel, left recipeModel, latest int, diags *diag.Diagnostics,
) bool {
	d, passed, err := kit.FollowChain(ctx, c, left.RecipeID.ValueInt64())
	if api.IsNotFound(err) {
		return false
	}
	what := fmt.Sprintf("Cannot take over recipe %d", left.RecipeID.ValueInt64())
	if err != nil {
		fault.Add(diags, what, err)
		return false
	}
	left.refreshChain(ctx, c, d, passed)
	diags.Append(left.fromAPI(d, c.Endpoint())...)
	if m.RecipeTypeRevision.IsUnknown() || m.RecipeTypeRevision.IsNull() {
		m.RecipeTypeRevision = types.Int64Value(int64(latest))
	}
	if diags.HasError() {
		return false
	}
	if !m.RecipeTypeRevision.Equal(left.RecipeTypeRevision) {
		return r.reprocessLeft(ctx, c, m, left, d, diags)
	}
	status := kit.RunStatus(d.IsCompleted, d.RecipeCounts)
	if hasFailed(status) {
		if err := requeueRecipe(ctx, c, d); err != nil {
			fault.Add(diags, what, err)
			return false
		}
	}
	m.fromCommon(d.RecipeCommon, d.RecipeTypeRev.RevisionNum, d.Details.Nodes, c.Endpoint())
	m.ID, m.ReprocessPlan, m.SupersededRecipeIDs = left.ID, left.ReprocessPlan, left.SupersededRecipeIDs
	return true
}

// reprocessLeft reprocesses a run that was left in another revision. Nodes that have not
// completed run again, too: unchanged ones would be copied as they are.
func (r *recipeResource) reprocessLeft(
	ctx context.Context, c *client.Client, m *recipeModel, left recipeModel, d api.RecipeDetail, diags *diag.Diagnostics,
) bool {
	forced, problems, _ := value.ParseForced(m.ForcedNodes)
	if problems.Err() != nil {
		value.AddForcedProblems(diags, problems)
		return false
	}
	if value.ForcesNothing(forced) {
		forced = forcedOf(d)
	}
	return m.reprocessForced(ctx, c, left, forced, diags)
}

// forcedOf forces the nodes of a recipe that have failed or were canceled, sub-recipes as a whole.
func forcedOf(d api.RecipeDetail) recipe.ForcedNodes {
	forced := recipe.ForcedNodes{SubRecipes: map[string]recipe.ForcedNodes{}}
	for name, n := range d.Details.Nodes {
		status := kit.NodeStatus(n.NodeType)
		if !kit.IsSettled(status) || status == kit.StatusCompleted {
			continue
		}
		if n.NodeType.RecipeNode != nil {
			forced.SubRecipes[name] = recipe.ForcedNodes{All: true}
			continue
		}
		forced.Nodes = append(forced.Nodes, name)
	}
	slices.Sort(forced.Nodes)
	return forced
}

// requeueRecipe lets the jobs of a recipe and its sub-recipes that have ended without success run again.
func requeueRecipe(ctx context.Context, c *client.Client, d api.RecipeDetail) error {
	ids, err := recipesOf(ctx, c, d)
	if err != nil {
		return err
	}
	jobs, err := c.Jobs(ctx, client.JobQuery{RecipeIDs: ids, Statuses: []string{kit.StatusFailed, kit.StatusCanceled}, Order: []string{"id"}})
	if err != nil {
		return err
	}
	return newRequeue(c, nil, jobs).start(ctx, 0)
}

// recipesOf are the ids of a recipe and all below it.
func recipesOf(ctx context.Context, c *client.Client, d api.RecipeDetail) ([]int64, error) {
	ids := []int64{d.ID}
	for _, n := range d.Details.Nodes {
		if n.NodeType.RecipeNode == nil {
			continue
		}
		sub, err := c.Recipe(ctx, n.NodeType.RecipeNode.RecipeID)
		if err != nil {
			return nil, err
		}
		below, err := recipesOf(ctx, c, sub)
		if err != nil {
			return nil, err
		}
		ids = append(ids, below...)
	}
	return ids, nil
}
