package batch

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

const invalidBatch = "Invalid batch"

// statusCreating is the status of a batch whose recipes are still being made.
const statusCreating = "CREATING"

// batchModel is galley_batch.
type batchModel struct {
	batchFacts
	Dataset           types.Int64   `tfsdk:"dataset"`
	PreviousBatch     types.Int64   `tfsdk:"previous_batch"`
	Supersedes        types.Bool    `tfsdk:"supersedes"`
	ForcedNodes       types.Dynamic `tfsdk:"forced_nodes"`
	Priority          types.Int64   `tfsdk:"priority"`
	InputMap          types.Map     `tfsdk:"input_map"`
	WaitForCompletion types.Bool    `tfsdk:"wait_for_completion"`
	OnDestroy         types.String  `tfsdk:"on_destroy"`
	Timeouts          types.Dynamic `tfsdk:"timeouts"`
}

// batchFacts are what every form of a batch has: a resource, a result of a list.
type batchFacts struct {
	ID                 types.Int64  `tfsdk:"id"`
	Title              types.String `tfsdk:"title"`
	Description        types.String `tfsdk:"description"`
	RecipeType         types.String `tfsdk:"recipe_type"`
	RecipeTypeRevision types.Int64  `tfsdk:"recipe_type_revision"`
	RootBatchID        types.Int64  `tfsdk:"root_batch_id"`
	SupersededBatchID  types.Int64  `tfsdk:"superseded_batch_id"`
	IsSuperseded       types.Bool   `tfsdk:"is_superseded"`
	IsCreationDone     types.Bool   `tfsdk:"is_creation_done"`
	Status             types.String `tfsdk:"status"`
	RecipesEstimated   types.Int64  `tfsdk:"recipes_estimated"`
	RecipesTotal       types.Int64  `tfsdk:"recipes_total"`
	RecipesCompleted   types.Int64  `tfsdk:"recipes_completed"`
	RecipesSkipped     types.Int64  `tfsdk:"recipes_skipped"`
	Problem            types.String `tfsdk:"problem"`
	Jobs               types.Map    `tfsdk:"jobs"`
	Created            types.String `tfsdk:"created"`
}

// statusOf sums a batch up.
func statusOf(b api.BatchCommon) string {
	if !b.IsCreationDone {
		return statusCreating
	}
	return string(b.JobCounts.Status(b.RecipesCompleted == b.RecipesTotal))
}

func factsOf(b api.BatchCommon, revision int) batchFacts {
	jobs := map[string]attr.Value{}
	for name, n := range map[string]int{"total": b.JobsTotal, "pending": b.JobsPending, "blocked": b.JobsBlocked, "queued": b.JobsQueued,
		"running": b.JobsRunning, "failed": b.JobsFailed, "completed": b.JobsCompleted, "canceled": b.JobsCanceled} {
		jobs[name] = types.Int64Value(int64(n))
	}
	return batchFacts{
		ID: types.Int64Value(b.ID), Title: types.StringValue(value.Deref(b.Title)), Description: types.StringValue(value.Deref(b.Description)),
		RecipeType: types.StringValue(b.RecipeType.Name), RecipeTypeRevision: types.Int64Value(int64(revision)),
		RootBatchID: types.Int64Value(b.RootBatch.ID), SupersededBatchID: kit.BatchIDOf(b.SupersededBatch),
		IsSuperseded: types.BoolValue(b.IsSuperseded), IsCreationDone: types.BoolValue(b.IsCreationDone), Status: types.StringValue(statusOf(b)),
		RecipesEstimated: types.Int64Value(b.RecipesEstimated), RecipesTotal: types.Int64Value(b.RecipesTotal),
		RecipesCompleted: types.Int64Value(b.RecipesCompleted), RecipesSkipped: types.Int64Value(int64(b.RecipesSkipped)),
		Problem: value.TextOrNull(b.Problem), Jobs: types.MapValueMust(types.Int64Type, jobs), Created: types.StringValue(b.Created.String()),
	}
}

// validate applies every rule that needs no server.
func (m batchModel) validate(diags *diag.Diagnostics) {
	value.CheckNotEmpty(path.Root("recipe_type"), m.RecipeType, "the name of a recipe type, such as galley_recipe_type.<label>.name", diags)
	value.ValidateForced(m.ForcedNodes, diags)
	switch {
	case !m.Dataset.IsNull() && !m.PreviousBatch.IsNull():
		diags.AddAttributeError(path.Root("previous_batch"), invalidBatch, "A batch makes its recipes either of the members of a dataset, or of the recipes of a previous_batch, which would go first. Leave out one of them.")
	case m.Dataset.IsNull() && m.PreviousBatch.IsNull():
		diags.AddAttributeError(path.Root("dataset"), invalidBatch, "Neither dataset nor previous_batch is given, so that the batch would make no recipes. Give one of them, such as galley_dataset.<label>.id.")
	}
	if !m.InputMap.IsNull() && m.Dataset.IsNull() && !m.PreviousBatch.IsNull() {
		diags.AddAttributeError(path.Root("input_map"), invalidBatch, "input_map is for the members of a dataset; the recipes of a previous_batch keep the inputs that they have. Leave it out.")
	}
}

// known tells whether nothing is unknown that the definition is made of.
func (m batchModel) known() bool {
	_, _, complete := value.ParseForced(m.ForcedNodes)
	for _, parameter := range m.InputMap.Elements() {
		complete = complete && !parameter.IsUnknown()
	}
	return complete && !m.RecipeType.IsUnknown() && !m.Dataset.IsUnknown() && !m.PreviousBatch.IsUnknown() && !m.Supersedes.IsUnknown() &&
		!m.InputMap.IsUnknown() && !m.Priority.IsUnknown()
}

func (m batchModel) definition() batch.Definition {
	d := batch.Definition{DatasetID: m.Dataset.ValueInt64Pointer(), RootBatchID: m.PreviousBatch.ValueInt64Pointer(), Supersedes: m.Supersedes.ValueBool()}
	if forced, _, _ := value.ParseForced(m.ForcedNodes); !value.IsNull(m.ForcedNodes) {
		d.Forced = &forced
	}
	return d
}

func (m batchModel) configuration() batch.Configuration {
	var c batch.Configuration
	if !m.Priority.IsNull() {
		c.Priority = new(int(m.Priority.ValueInt64()))
	}
	elements := m.InputMap.Elements()
	for _, input := range slices.Sorted(maps.Keys(elements)) {
		if parameter, isText := elements[input].(types.String); isText {
			c.InputMap = append(c.InputMap, batch.Mapping{Input: input, Parameter: parameter.ValueString()})
		}
	}
	return c
}

func (m batchModel) toCreate(typeID int64, diags *diag.Diagnostics) api.BatchCreate {
	return api.BatchCreate{Title: m.Title.ValueStringPointer(), Description: m.Description.ValueStringPointer(), RecipeTypeID: typeID,
		Definition: encode(m.definition(), diags), Configuration: encode(m.configuration(), diags)}
}

// toEdit states everything, so that the server ends up with the plan whatever was there before. A priority of 0 is none: {} would
// leave the configuration as it is.
func (m batchModel) toEdit(diags *diag.Diagnostics) api.BatchEdit {
	c := m.configuration()
	if c.Priority == nil {
		c.Priority = new(0)
	}
	return api.BatchEdit{Title: m.Title.ValueStringPointer(), Description: m.Description.ValueStringPointer(), Configuration: encode(c, diags)}
}

func encode(v any, diags *diag.Diagnostics) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		diags.AddError(invalidBatch, err.Error())
	}
	return raw
}

// fromAPI takes what the server has.
func (m *batchModel) fromAPI(b api.BatchDetail, diags *diag.Diagnostics) {
	m.batchFacts = factsOf(b.BatchCommon, b.RecipeTypeRev.RevisionNum)
	if m.WaitForCompletion.IsNull() {
		m.WaitForCompletion = types.BoolValue(true)
	}
	if m.OnDestroy.IsNull() {
		m.OnDestroy = types.StringValue(kit.OnDestroyCancel)
	}
	var d batch.Definition
	var c batch.Configuration
	for _, err := range []error{json.Unmarshal(b.Definition, &d), json.Unmarshal(b.Configuration, &c)} {
		if err != nil {
			diags.AddError("Cannot read batch "+strconv.FormatInt(b.ID, 10), err.Error())
			return
		}
	}
	m.Dataset, m.PreviousBatch = types.Int64PointerValue(d.DatasetID), types.Int64PointerValue(d.RootBatchID)
	m.Supersedes = types.BoolValue(d.Supersedes)
	if forced, _, _ := value.ParseForced(m.ForcedNodes); !sameJSON(forced, d.ForcedNodes()) {
		m.ForcedNodes = ofForced(d.ForcedNodes())
	}
	m.Priority = types.Int64Null()
	if c.Priority != nil && *c.Priority != 0 {
		m.Priority = types.Int64Value(int64(*c.Priority))
	}
	elements := map[string]attr.Value{}
	for _, entry := range c.InputMap {
		elements[entry.Input] = types.StringValue(entry.Parameter)
	}
	if len(elements) > 0 || len(m.InputMap.Elements()) > 0 || m.InputMap.IsUnknown() {
		m.InputMap = types.MapValueMust(types.StringType, elements)
	}
}

// ofForced is forced nodes as people write them.
func ofForced(f recipe.ForcedNodes) types.Dynamic {
	if value.ForcesNothing(f) {
		return types.DynamicNull()
	}
	return value.DynamicOf(treeOfForced(f))
}

func treeOfForced(f recipe.ForcedNodes) map[string]any {
	if f.All {
		return map[string]any{"all": true}
	}
	out := map[string]any{}
	if len(f.Nodes) > 0 {
		nodes := make([]any, len(f.Nodes))
		for i, name := range f.Nodes {
			nodes[i] = name
		}
		out["nodes"] = nodes
	}
	if len(f.SubRecipes) > 0 {
		subs := map[string]any{}
		for name, sub := range f.SubRecipes {
			subs[name] = treeOfForced(sub)
		}
		out["sub_recipes"] = subs
	}
	return out
}
