package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

var (
	_ datasource.DataSourceWithConfigure      = (*recipesDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*recipesDataSource)(nil)
)

// NewRecipesDataSource returns the data source galley_recipes.
func NewRecipesDataSource() datasource.DataSource { return &recipesDataSource{} }

type recipesDataSource struct{ DataSourceBase }

// recipesModel is the data source galley_recipes.
type recipesModel struct {
	Started             types.String `tfsdk:"started"`
	Ended               types.String `tfsdk:"ended"`
	SourceStarted       types.String `tfsdk:"source_started"`
	SourceEnded         types.String `tfsdk:"source_ended"`
	SourceSensorClasses types.List   `tfsdk:"source_sensor_class"`
	SourceSensors       types.List   `tfsdk:"source_sensor"`
	SourceCollections   types.List   `tfsdk:"source_collection"`
	SourceTasks         types.List   `tfsdk:"source_task"`
	RecipeIDs           types.List   `tfsdk:"recipe_id"`
	RecipeTypeIDs       types.List   `tfsdk:"recipe_type_id"`
	RecipeTypeNames     types.List   `tfsdk:"recipe_type_name"`
	BatchIDs            types.List   `tfsdk:"batch_id"`
	RootRecipeIDs       types.List   `tfsdk:"root_recipe_id"`
	IsSuperseded        types.Bool   `tfsdk:"is_superseded"`
	IsCompleted         types.Bool   `tfsdk:"is_completed"`
	Order               types.List   `tfsdk:"order"`
	Limit               types.Int64  `tfsdk:"limit"`
	Results             types.List   `tfsdk:"results"`
}

// Metadata implements datasource.DataSource.
func (d *recipesDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipes"
}

// Schema implements datasource.DataSource.
func (d *recipesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	texts := func(doc string) schema.ListAttribute {
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: doc}
	}
	numbers := func(doc string) schema.ListAttribute {
		return schema.ListAttribute{Optional: true, ElementType: types.Int64Type, MarkdownDescription: doc}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Recipes, sub-recipes among them. Filters are combined with *and*, the values of one filter with *or*. " +
			"All pages are read, up to `limit`.",
		Attributes: map[string]schema.Attribute{
			"started":             instantAttribute("Changed at this time or later"),
			"ended":               instantAttribute("Changed at this time or earlier"),
			"source_started":      instantAttribute("Of files whose collection started at this time or later"),
			"source_ended":        instantAttribute("Of files whose collection ended at this time or earlier"),
			"source_sensor_class": texts("Of files from one of these classes of sensors."),
			"source_sensor":       texts("Of files from one of these sensors."),
			"source_collection":   texts("Of files from one of these collections."),
			"source_task":         texts("Of files from one of these tasks."),
			"recipe_id":           numbers("With one of these ids."),
			"recipe_type_id":      numbers("Of one of the recipe types with these ids."),
			"recipe_type_name":    texts("Of one of the recipe types with these names."),
			"batch_id":            numbers("Of one of the batches with these ids."),
			"root_recipe_id":      numbers("Of one of these outermost recipes: themselves and everything inside, at any depth."),
			"is_superseded":       schema.BoolAttribute{Optional: true, MarkdownDescription: "Superseded or not."},
			"is_completed":        schema.BoolAttribute{Optional: true, MarkdownDescription: "Completed or not."},
			"order": texts("Fields to sort by, such as `created` or, descending, `-created`. " +
				"Default: `last_modified`."),
			"limit": schema.Int64Attribute{
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "How many recipes to read at most. Default: all.",
			},
			"results": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The recipes.",
				NestedObject:        schema.NestedAttributeObject{Attributes: recipeResultAttributes()},
			},
		},
	}
}

func recipeResultAttributes() map[string]schema.Attribute {
	number := func(doc string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	}
	text := func(doc string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	flag := func(doc string) schema.Attribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: doc}
	}
	out := map[string]schema.Attribute{
		"id":                   number("Id of the recipe."),
		"recipe_type":          text("Name of the recipe type."),
		"recipe_type_id":       number("Id of the recipe type."),
		"recipe_type_revision": number("Revision of the recipe type."),
		"parent_recipe_id":     number("Id of the recipe that contains this one; null for others."),
		"batch_id":             number("Id of the batch, if there is one."),
		"status":               text("Status, as in `galley_recipe`."),
		"is_completed":         flag("Whether it is completed."),
		"is_superseded":        flag("Whether a reprocess has superseded it."),
		"superseded_recipe_id": number("Id of the recipe that this one has superseded; null if none."),
		"superseded":           text("When it was superseded (RFC 3339)."),
		"last_modified":        text("When it was changed last (RFC 3339)."),
		"input_file_size": schema.Float64Attribute{
			Computed: true, MarkdownDescription: "Size of the input files in MiB; null until they have been looked at.",
		},
	}
	for name, doc := range recipeCounters() {
		out[name] = number(doc)
	}
	for name, doc := range recipeTexts() {
		out[name] = text(doc)
	}
	return out
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *recipesDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var m recipesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		m.query(ctx, time.Now(), &resp.Diagnostics)
	}
}

// Read implements datasource.DataSource.
func (d *recipesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m recipesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	c := d.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	query := m.query(ctx, time.Now(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	recipes, err := c.Recipes(ctx, query)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot list recipes", err)
		return
	}
	kind := objectType(recipeResultAttributes())
	results := make([]attr.Value, 0, len(recipes))
	for _, r := range recipes {
		results = append(results, types.ObjectValueMust(kind.AttrTypes, recipeResult(r)))
	}
	m.Results = types.ListValueMust(kind, results)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// query is m as a request; unknown filters are left out.
func (m recipesModel) query(ctx context.Context, now time.Time, diags *diag.Diagnostics) client.RecipeQuery {
	at := func(name string, v types.String) time.Time { return instantOf(path.Root(name), v, now, diags) }
	return client.RecipeQuery{
		Started: at("started", m.Started),
		Ended:   at("ended", m.Ended),
		SourceQuery: client.SourceQuery{
			SourceStarted:     at("source_started", m.SourceStarted),
			SourceEnded:       at("source_ended", m.SourceEnded),
			SourceSensorClass: elementsOf[string](ctx, m.SourceSensorClasses, diags),
			SourceSensor:      elementsOf[string](ctx, m.SourceSensors, diags),
			SourceCollection:  elementsOf[string](ctx, m.SourceCollections, diags),
			SourceTask:        elementsOf[string](ctx, m.SourceTasks, diags),
		},
		RecipeIDs:       elementsOf[int64](ctx, m.RecipeIDs, diags),
		RecipeTypeIDs:   elementsOf[int64](ctx, m.RecipeTypeIDs, diags),
		RecipeTypeNames: elementsOf[string](ctx, m.RecipeTypeNames, diags),
		BatchIDs:        elementsOf[int64](ctx, m.BatchIDs, diags),
		RootRecipeIDs:   elementsOf[int64](ctx, m.RootRecipeIDs, diags),
		IsSuperseded:    m.IsSuperseded.ValueBoolPointer(),
		IsCompleted:     m.IsCompleted.ValueBoolPointer(),
		Order:           elementsOf[string](ctx, m.Order, diags),
		Limit:           int(m.Limit.ValueInt64()),
	}
}

// recipeResult is one element of results.
func recipeResult(r api.Recipe) map[string]attr.Value {
	var m recipeModel
	m.fromCommon(r.RecipeCommon, r.RecipeTypeRev.RevisionNum, nil, "")
	ref := func(known bool, id func() int64) types.Int64 {
		if !known {
			return types.Int64Null()
		}
		return types.Int64Value(id())
	}
	return map[string]attr.Value{
		"id":                    types.Int64Value(r.ID),
		"recipe_type":           m.RecipeType,
		"recipe_type_id":        types.Int64Value(r.RecipeType.ID),
		"recipe_type_revision":  m.RecipeTypeRevision,
		"parent_recipe_id":      ref(r.Recipe != nil, func() int64 { return r.Recipe.ID }),
		"batch_id":              ref(r.Batch != nil, func() int64 { return r.Batch.ID }),
		"status":                m.Status,
		"is_completed":          types.BoolValue(r.IsCompleted),
		"is_superseded":         types.BoolValue(r.IsSuperseded),
		"superseded_recipe_id":  ref(r.SupersededRecipe != nil, func() int64 { return r.SupersededRecipe.ID }),
		"superseded":            timeOrNull(r.Superseded),
		"last_modified":         types.StringValue(r.LastModified.String()),
		"input_file_size":       types.Float64PointerValue(r.InputFileSize),
		"jobs_total":            m.JobsTotal,
		"jobs_pending":          m.JobsPending,
		"jobs_blocked":          m.JobsBlocked,
		"jobs_queued":           m.JobsQueued,
		"jobs_running":          m.JobsRunning,
		"jobs_failed":           m.JobsFailed,
		"jobs_completed":        m.JobsCompleted,
		"jobs_canceled":         m.JobsCanceled,
		"sub_recipes_total":     m.SubRecipesTotal,
		"sub_recipes_completed": m.SubRecipesCompleted,
		"source_started":        m.SourceStarted,
		"source_ended":          m.SourceEnded,
		"source_sensor_class":   m.SourceSensorClass,
		"source_sensor":         m.SourceSensor,
		"source_collection":     m.SourceCollection,
		"source_task":           m.SourceTask,
		"created":               m.Created,
		"completed":             m.Completed,
	}
}

func instantAttribute(doc string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: doc + ": an instant (RFC 3339, `2026-01-31T00:00:00Z`), or a duration before now " +
			"(ISO 8601, `PT3H`).",
	}
}

// instantOf reads an instant, or a duration before now; the zero time if v is null or unknown.
func instantOf(p path.Path, v types.String, now time.Time, diags *diag.Diagnostics) time.Time {
	text := v.ValueString()
	if v.IsNull() || v.IsUnknown() {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	if len(text) > 0 && text[0] == 'P' {
		if d, err := parseDuration(text); err == nil {
			return now.Add(-d)
		}
	}
	diags.AddAttributeError(p, "Invalid time", fmt.Sprintf(
		"%s: found %q, expected an instant such as 2026-01-31T00:00:00Z, or a duration before now such as PT3H", p, text))
	return time.Time{}
}

// elementsOf reads a list without its unknown elements; nil if it is null or unknown.
func elementsOf[T any](ctx context.Context, v types.List, diags *diag.Diagnostics) []T {
	var out []T
	for _, e := range v.Elements() {
		if e.IsUnknown() || e.IsNull() {
			continue
		}
		var t []T
		diags.Append(types.ListValueMust(e.Type(ctx), []attr.Value{e}).ElementsAs(ctx, &t, false)...)
		out = append(out, t...)
	}
	return out
}
