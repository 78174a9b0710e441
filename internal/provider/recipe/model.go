package recipe

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// recipeModel is the resource galley_recipe.
type recipeModel struct {
	recipeFacts
	value.JobSettings
	Input               types.Dynamic `tfsdk:"input"`
	Configuration       types.Dynamic `tfsdk:"configuration"`
	ForcedNodes         types.Dynamic `tfsdk:"forced_nodes"`
	ReprocessTriggers   types.Map     `tfsdk:"reprocess_triggers"`
	WaitForCompletion   types.Bool    `tfsdk:"wait_for_completion"`
	OnFailure           types.String  `tfsdk:"on_failure"`
	OnDestroy           types.String  `tfsdk:"on_destroy"`
	OnMissing           types.String  `tfsdk:"on_missing"`
	OnRecreate          types.String  `tfsdk:"on_recreate"`
	Timeouts            types.Dynamic `tfsdk:"timeouts"`
	ID                  types.Int64   `tfsdk:"id"`
	RecipeID            types.Int64   `tfsdk:"recipe_id"`
	SupersededRecipeIDs types.List    `tfsdk:"superseded_recipe_ids"`
	ReprocessPlan       types.Map     `tfsdk:"reprocess_plan"`
	Nodes               types.Map     `tfsdk:"nodes"`
	Failure             types.String  `tfsdk:"failure"`
	URL                 types.String  `tfsdk:"url"`
}

// recipeFacts are what every form of a recipe has: a resource, a data source, a result
// of a list.
type recipeFacts struct {
	RecipeType         types.String `tfsdk:"recipe_type"`
	RecipeTypeRevision types.Int64  `tfsdk:"recipe_type_revision"`
	Status             types.String `tfsdk:"status"`
	Counts             types.Object `tfsdk:"counts"`
	Source             types.Object `tfsdk:"source"`
	Created            types.String `tfsdk:"created"`
	Completed          types.String `tfsdk:"completed"`
}

func nodeStateType() types.ObjectType { return value.ObjectType(nodeStateAttributes()) }

// validate applies every rule that needs no server. m is the configuration.
func (m recipeModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	_, problems := form.ReadData(value.Tree(m.Input))
	value.AddDocumentProblems(&diags, path.Root("input"), form.DataShape(), "Invalid recipe input", problems)
	value.ValidateConfiguration(form.RunConfigurationShape(), m.Configuration, &diags)
	value.CheckNotEmpty(path.Root("recipe_type"), m.RecipeType, "the name of a recipe type, such as galley_recipe_type.<label>.name", &diags)
	value.CheckRevision(m.RecipeType, m.RecipeTypeRevision, &diags)
	m.JobSettings.Validate(&diags)
	value.ValidateForced(m.ForcedNodes, &diags)
	return diags
}

// toCreate is m as a request for a recipe of the type with that id. The write-only settings
// are those of the configuration, as a plan has none.
func (m recipeModel) toCreate(typeID int64, config value.JobSettings, diags *diag.Diagnostics) api.RecipeCreate {
	given, _ := form.ReadData(value.Tree(m.Input))
	input, err := json.Marshal(given.Data)
	if err != nil {
		diags.AddAttributeError(path.Root("input"), "Invalid recipe input", err.Error())
	}
	body := api.RecipeCreate{RecipeTypeID: typeID, Input: input, RevisionNum: int(m.RecipeTypeRevision.ValueInt64())}
	m.SettingsWO = config.SettingsWO
	configuration := value.ConfigurationJSON(form.RunConfigurationShape(), m.Configuration, m.JobSettings)
	if string(configuration) != "{}" {
		body.Configuration = configuration
	}
	return body
}

// fromCommon takes what every form of a recipe has.
func (m *recipeModel) fromCommon(c api.RecipeCommon, revision int, nodes map[string]api.NodeInstance, endpoint string) {
	m.recipeFacts = factsOfRecipe(c, revision)
	m.Failure = types.StringNull() // see tellFailure
	m.RecipeID = types.Int64Value(c.ID)
	m.URL = recipeURL(endpoint, c.ID)
	m.Nodes = nodeStates(nodes)
}

// tellFailure says why a recipe did not complete, if nothing can go on.
func (m *recipeModel) tellFailure(ctx context.Context, c *client.Client, d api.RecipeDetail) {
	m.Failure = failureOf(ctx, c, d)
}

// failureOf is why a recipe did not complete; null as long as it goes on, and if it did.
func failureOf(ctx context.Context, c *client.Client, d api.RecipeDetail) types.String {
	if status := kit.RunStatus(d.IsCompleted, d.RecipeCounts); !kit.IsSettled(status) || status == kit.StatusCompleted {
		return types.StringNull()
	}
	return types.StringValue(kit.FailureText(ctx, c, d))
}

func factsOfRecipe(c api.RecipeCommon, revision int) recipeFacts {
	count := func(n int) types.Int64 { return types.Int64Value(int64(n)) }
	return recipeFacts{
		RecipeType:         types.StringValue(c.RecipeType.Name),
		RecipeTypeRevision: count(revision),
		Status:             types.StringValue(kit.RunStatus(c.IsCompleted, c.RecipeCounts)),
		Counts:             countsOf(c.RecipeCounts),
		Source:             sourceOf(c),
		Created:            types.StringValue(c.Created.String()),
		Completed:          kit.TimeOrNull(c.Completed),
	}
}

// countsOf are the counters of a recipe.
func countsOf(n api.RecipeCounts) types.Object {
	values := map[string]attr.Value{}
	for name, count := range map[string]int{
		"jobs_total": n.JobsTotal, "jobs_pending": n.JobsPending, "jobs_blocked": n.JobsBlocked, "jobs_queued": n.JobsQueued,
		"jobs_running": n.JobsRunning, "jobs_failed": n.JobsFailed, "jobs_completed": n.JobsCompleted, "jobs_canceled": n.JobsCanceled,
		"sub_recipes_total": n.SubRecipesTotal, "sub_recipes_completed": n.SubRecipesCompleted,
	} {
		values[name] = types.Int64Value(int64(count))
	}
	return types.ObjectValueMust(countsType().AttrTypes, values)
}

// count is one of them; 0 as long as they are not known.
func (f recipeFacts) count(name string) int64 {
	n, _ := f.Counts.Attributes()[name].(types.Int64)
	return n.ValueInt64()
}

// sourceOf is what a recipe's input files have come from.
func sourceOf(c api.RecipeCommon) types.Object {
	text := func(s *string) types.String { return value.TextOrNull(value.Deref(s)) }
	return types.ObjectValueMust(sourceType().AttrTypes, map[string]attr.Value{
		"started": kit.TimeOrNull(c.SourceStarted), "ended": kit.TimeOrNull(c.SourceEnded), "sensor_class": text(c.SourceSensorClass),
		"sensor": text(c.SourceSensor), "collection": text(c.SourceCollection), "task": text(c.SourceTask),
	})
}

func recipeURL(endpoint string, id int64) types.String {
	return types.StringValue(fmt.Sprintf("%s/ui/recipes/%d", endpoint, id))
}

func nodeStates(nodes map[string]api.NodeInstance) types.Map {
	states := make(map[string]attr.Value, len(nodes))
	for name, n := range nodes {
		states[name] = nodeState(n.NodeType)
	}
	return types.MapValueMust(nodeStateType(), states)
}

// fromAPI takes what the server has. Input and configuration of a recipe never
// change: they are taken only if m has none, as in an import.
func (m *recipeModel) fromAPI(d api.RecipeDetail, endpoint string) diag.Diagnostics {
	var diags diag.Diagnostics
	m.fromCommon(d.RecipeCommon, d.RecipeTypeRev.RevisionNum, d.Details.Nodes, endpoint)
	if d.RootRecipe.ID != 0 {
		m.ID = types.Int64Value(d.RootRecipe.ID)
	}
	if m.WaitForCompletion.IsNull() {
		m.WaitForCompletion = types.BoolValue(true)
	}
	for attribute, byDefault := range map[*types.String]string{
		&m.OnFailure: kit.OnFailureError, &m.OnDestroy: kit.OnDestroyKeep, &m.OnMissing: kit.OnMissingKeep,
		&m.OnRecreate: kit.OnRecreateResume,
	} {
		if attribute.IsNull() {
			*attribute = types.StringValue(byDefault)
		}
	}
	if value.IsNull(m.Input) {
		if data, err := inputFromAPI(d); err == nil {
			m.Input = value.DynamicOf(form.OfData(data))
		} else {
			diags.AddAttributeError(path.Root("input"), cannotRead, err.Error())
		}
	}
	if value.IsNull(m.Configuration) {
		c, err := configurationFromAPI(d)
		if err != nil {
			diags.AddAttributeError(path.Root("configuration"), cannotRead, err.Error())
			return diags
		}
		m.Configuration = value.DynamicOf(form.OfConfiguration(c, form.RunConfigurationShape()))
		m.Settings, m.SecretSettings = value.TextMap(c.Settings), value.TextMap(nil)
	}
	return diags
}

const cannotRead = "Cannot read recipe"

func inputFromAPI(d api.RecipeDetail) (recipe.Data, error) {
	data, problems := recipe.ParseData(d.Input)
	if err := problems.Err(); err != nil {
		return data, fmt.Errorf("the input of recipe %d is not one that this version of the provider knows: %w", d.ID, err)
	}
	return data, nil
}

// configurationFromAPI has no secret settings.
func configurationFromAPI(d api.RecipeDetail) (recipe.Configuration, error) {
	c, err := value.ParseConfiguration(d.Configuration)
	if err != nil {
		return c, fmt.Errorf("the configuration of recipe %d is not one that this version of the provider knows: %w", d.ID, err)
	}
	return c, nil
}

func nodeState(n api.NodeTypeInstance) types.Object {
	job, sub := types.Int64Null(), types.Int64Null()
	if n.JobNode != nil {
		job = types.Int64Value(n.JobNode.JobID)
	}
	if n.RecipeNode != nil {
		sub = types.Int64Value(n.RecipeNode.RecipeID)
	}
	return types.ObjectValueMust(nodeStateType().AttrTypes, map[string]attr.Value{
		"type":      types.StringValue(n.NodeType),
		"status":    types.StringValue(kit.NodeStatus(n)),
		"job_id":    job,
		"recipe_id": sub,
	})
}

// progress is fromAPI for a recipe that is waited for. If d is the successor of m's own
// recipe, made by somebody else, m stays with its own: it may only become what was
// planned. The next refresh shows the other one.
func (m *recipeModel) progress(d api.RecipeDetail, endpoint string) diag.Diagnostics {
	id, revision, address := m.RecipeID, m.RecipeTypeRevision, m.URL
	diags := m.fromAPI(d, endpoint)
	m.RecipeID, m.RecipeTypeRevision, m.URL = id, revision, address
	return diags
}
