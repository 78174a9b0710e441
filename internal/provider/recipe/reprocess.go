package recipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// reprocessStepAttributes is one node in reprocess_plan.
func reprocessStepAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"action": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "`COPY`: what the node ran stays, with its outputs. `RUN`: it runs again. `NEW`: it runs for " +
				"the first time. `DROP`: the definition has it no more; what it ran is superseded.",
		},
		"reason": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Why, in a few words.",
		},
	}
}

func reprocessStepType() types.ObjectType { return value.ObjectType(reprocessStepAttributes()) }

// reprocessPlanOf is the value of reprocess_plan for these steps.
func reprocessPlanOf(steps map[string]recipe.PlanStep) types.Map {
	kind := reprocessStepType()
	values := make(map[string]attr.Value, len(steps))
	for name, s := range steps {
		values[name] = types.ObjectValueMust(kind.AttrTypes, map[string]attr.Value{
			"action": types.StringValue(string(s.Action)),
			"reason": types.StringValue(s.Reason),
		})
	}
	return types.MapValueMust(kind, values)
}

// noReprocess is the value of reprocess_plan of a recipe that this resource has not
// reprocessed.
func noReprocess() types.Map { return reprocessPlanOf(nil) }

// irreprocessable explains why a recipe cannot go from one definition to the other.
func (r recipeReprocess) irreprocessable(d *recipe.Diff) string {
	lines := []string{fmt.Sprintf("Recipe %d of type %s cannot be reprocessed from revision %d, because its input does not fit:",
		r.id, r.recipeType, r.from)}
	for _, reason := range d.Reasons {
		lines = append(lines, "- "+reason.Description)
	}
	return strings.Join(lines, "\n") + "\n\nStart a new recipe instead: change input as well, or replace the recipe " +
		"(terraform apply -replace=ADDRESS); or keep the revision that it has."
}

// planReprocess completes m, the plan of an update that reprocesses, with what is
// known of it: the target's revision, the recipe that is superseded, and what
// becomes of each node.
func (m *recipeModel) planReprocess(
	ctx context.Context, prior recipeModel, target plan.Target, known plan.Types, diags *diag.Diagnostics,
) {
	m.ID = prior.ID
	m.forget()
	m.RecipeTypeRevision = target.Revision
	m.SupersededRecipeIDs = types.ListUnknown(types.Int64Type)
	m.ReprocessPlan = types.MapUnknown(reprocessStepType())
	forced, problems, complete := value.ParseForced(m.ForcedNodes)
	before := known.Definition(ctx, prior.RecipeType.ValueString(), int(prior.RecipeTypeRevision.ValueInt64()))
	if target.Definition == nil || before == nil || !complete || len(problems.Errors()) > 0 {
		return
	}
	d := recipe.Compare(before, target.Definition, &forced)
	if !d.CanBeReprocessed {
		diags.AddAttributeError(path.Root("recipe_type_revision"), "Recipe cannot be reprocessed", prior.asReprocessed().irreprocessable(d))
		return
	}
	steps := d.Plan()
	m.ReprocessPlan = reprocessPlanOf(steps)
	m.SupersededRecipeIDs = prior.supersededByReprocess()
	if stuck := prior.stuck(steps); len(stuck) > 0 {
		diags.AddAttributeWarning(path.Root("forced_nodes"), "Nodes that have not completed are copied", fmt.Sprintf(
			"Recipe %d cannot complete by this reprocess: %s. As they have not changed, they are copied as they are. "+
				"To run them again, name them in forced_nodes.", prior.RecipeID.ValueInt64(), value.JoinWords(stuck, "and")))
	}
}

// stuck lists the nodes of m that a reprocess copies although nothing can go on in
// them, with their statuses.
func (m recipeModel) stuck(steps map[string]recipe.PlanStep) []string {
	var out []string
	states := m.Nodes.Elements()
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		state, _ := states[name].(types.Object)
		status, _ := state.Attributes()["status"].(types.String)
		switch word := status.ValueString(); {
		case steps[name].Action != recipe.PlanCopy:
		case word == kit.StatusFailed || word == kit.StatusCanceled:
			out = append(out, fmt.Sprintf("node %s is %s", name, word))
		}
	}
	return out
}

// supersededByReprocess is superseded_recipe_ids after a reprocess of m.
func (m recipeModel) supersededByReprocess() types.List {
	elements := append([]attr.Value{}, m.SupersededRecipeIDs.Elements()...)
	return types.ListValueMust(types.Int64Type, append(elements, m.RecipeID))
}

// reprocess makes the successor of prior's recipe and takes it over into m, the
// plan. It is false, with the error reported, if there is none.
func (m *recipeModel) reprocess(ctx context.Context, c *client.Client, prior recipeModel, diags *diag.Diagnostics) bool {
	forced, problems, _ := value.ParseForced(m.ForcedNodes)
	if problems.Err() != nil {
		value.AddForcedProblems(diags, problems)
		return false
	}
	return m.reprocessForced(ctx, c, prior, forced, diags)
}

// reprocessForced is reprocess with those nodes forced.
func (m *recipeModel) reprocessForced(
	ctx context.Context, c *client.Client, prior recipeModel, forced recipe.ForcedNodes, diags *diag.Diagnostics,
) bool {
	what := fmt.Sprintf("Cannot reprocess recipe %d", prior.RecipeID.ValueInt64())
	r := prior.asReprocessed()
	r.recipeType, r.to, r.forced = m.RecipeType.ValueString(), int(m.RecipeTypeRevision.ValueInt64()), forced
	planned, err := r.plan(ctx, c)
	if err != nil {
		fault.Add(diags, what, err)
		return false
	}
	steps := reprocessPlanOf(planned)
	if !m.ReprocessPlan.IsUnknown() && !m.ReprocessPlan.Equal(steps) {
		diags.AddError(what, "What it would do is not what was planned, as the recipe type or the recipe has changed since: "+
			"plan again.")
		return false
	}
	started, err := r.start(ctx, c)
	if err != nil {
		fault.Add(diags, what, err)
		return false
	}
	m.fromCommon(started.RecipeCommon, started.RecipeTypeRev.RevisionNum, nil, c.Endpoint())
	m.ID, m.ReprocessPlan, m.SupersededRecipeIDs = prior.ID, steps, prior.supersededByReprocess()
	return true
}

// asReprocessed is a reprocess of the recipe of m; by what is left open.
func (m recipeModel) asReprocessed() recipeReprocess {
	return recipeReprocess{
		id: m.RecipeID.ValueInt64(), recipeType: m.RecipeType.ValueString(), from: int(m.RecipeTypeRevision.ValueInt64()),
	}
}

// recipeReprocess is a reprocess of a recipe.
type recipeReprocess struct {
	id         int64  // of the recipe that is superseded
	recipeType string // name
	from, to   int    // revisions; to may be 0, the latest one, until plan has found it
	forced     recipe.ForcedNodes
}

// plan finds the number of the revision, and what becomes of each node, as the server
// has it now. Definitions of a format that is not known have no steps.
func (r *recipeReprocess) plan(ctx context.Context, c *client.Client) (map[string]recipe.PlanStep, error) {
	if r.to == 0 {
		t, err := c.RecipeType(ctx, r.recipeType)
		if err != nil {
			return nil, err
		}
		r.to = t.RevisionNum
	}
	var definitions [2]*recipe.Definition
	for i, number := range []int{r.from, r.to} {
		rev, err := c.RecipeTypeRevision(ctx, r.recipeType, number)
		if err != nil {
			return nil, err
		}
		definitions[i], _ = recipe.Parse(rev.Definition)
	}
	if definitions[0] == nil || definitions[1] == nil {
		return map[string]recipe.PlanStep{}, nil
	}
	d := recipe.Compare(definitions[0], definitions[1], &r.forced)
	if !d.CanBeReprocessed {
		return nil, errors.New(r.irreprocessable(d))
	}
	return d.Plan(), nil
}

// start makes the successor. An interrupt must not come between the server and its
// answer: there would be a recipe that nobody knows of.
func (r recipeReprocess) start(ctx context.Context, c *client.Client) (api.Recipe, error) {
	raw, err := json.Marshal(r.forced)
	if err != nil {
		return api.Recipe{}, err
	}
	return c.ReprocessRecipe(context.WithoutCancel(ctx), r.id, api.RecipeReprocess{ForcedNodes: raw, RevisionNum: r.to})
}

// refreshChain makes superseded_recipe_ids of m that of d, the newest recipe, and
// forgets a reprocess_plan that was not the one of d. passed are the recipes that were
// superseded by d since m.RecipeID.
func (m *recipeModel) refreshChain(ctx context.Context, c *client.Client, d api.RecipeDetail, passed []int64) {
	if m.ReprocessPlan.IsNull() || m.RecipeID.ValueInt64() != d.ID {
		m.ReprocessPlan = noReprocess()
	}
	ids := m.superseded()
	if len(passed) > 0 && !m.RecipeID.IsNull() {
		ids = append(ids, passed...)
	}
	var last int64
	if len(ids) > 0 {
		last = ids[len(ids)-1]
	}
	var want int64
	if d.SupersededRecipe != nil {
		want = d.SupersededRecipe.ID
	}
	if last != want { // as after an import
		ids = passed
		if newest, all, err := kit.FollowChain(ctx, c, d.RootRecipe.ID); err == nil && newest.ID == d.ID {
			ids = all
		}
	}
	m.SupersededRecipeIDs = value.Int64List(ids)
}

// superseded are the ids in superseded_recipe_ids.
func (m recipeModel) superseded() []int64 {
	var ids []int64
	for _, v := range m.SupersededRecipeIDs.Elements() {
		if id, ok := v.(types.Int64); ok {
			ids = append(ids, id.ValueInt64())
		}
	}
	return ids
}
