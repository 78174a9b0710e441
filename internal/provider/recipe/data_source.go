package recipe

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

var _ datasource.DataSourceWithConfigure = (*recipeDataSource)(nil)

// NewDataSource returns the data source galley_recipe (contract 1.2).
func NewDataSource() datasource.DataSource { return &recipeDataSource{} }

type recipeDataSource struct{ kit.DataSourceBase }

// recipeDataModel is the data source galley_recipe.
type recipeDataModel struct {
	recipeFacts
	recipeRelations
	ID                   types.Int64  `tfsdk:"id"`
	Newest               types.Bool   `tfsdk:"newest"`
	RecipeID             types.Int64  `tfsdk:"recipe_id"`
	RootRecipeID         types.Int64  `tfsdk:"root_recipe_id"`
	SupersededRecipeIDs  types.List   `tfsdk:"superseded_recipe_ids"`
	SupersededByRecipeID types.Int64  `tfsdk:"superseded_by_recipe_id"`
	Input                types.Object `tfsdk:"input"`
	Configuration        types.Object `tfsdk:"configuration"`
	Settings             types.Map    `tfsdk:"settings"`
	Nodes                types.Map    `tfsdk:"nodes"`
	URL                  types.String `tfsdk:"url"`
	Failure              types.String `tfsdk:"failure"`
}

// Metadata implements datasource.DataSource.
func (d *recipeDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipe"
}

// Schema implements datasource.DataSource.
func (d *recipeDataSource) Schema(
	ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	of := recipeSchema(ctx).Attributes
	resp.Schema = schema.Schema{
		MarkdownDescription: "A recipe that somebody else runs. A reprocess makes a new recipe that supersedes the old one; the " +
			"data source goes on to the newest one of such a chain, unless `newest` is false.",
		Attributes: kit.Merged(recipeFactsAttributes(), recipeRelationsAttributes(), map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Required: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Id of any recipe of the chain.",
			},
			"newest": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to show the newest recipe of the chain (`true`, the default), or the one with that " +
					"`id` although it may be superseded.",
			},
			"recipe_id":      kit.ComputedNumber("Id of the recipe that is shown."),
			"root_recipe_id": kit.ComputedNumber("Id of the first recipe of the chain, which is the `id` of the resource `galley_recipe`."),
			"superseded_recipe_ids": schema.ListAttribute{
				Computed: true, ElementType: types.Int64Type,
				MarkdownDescription: "Ids of the recipes of the chain before the one that is shown, from the first one on.",
			},
			"superseded_by_recipe_id": kit.ComputedNumber("Id of the next recipe of the chain; null for the newest one."),
			"input":                   kit.Computed(of["input"], "What the recipe works on."),
			"configuration":           kit.Computed(of["configuration"], "Its own configuration."),
			"settings":                kit.ComputedTexts("Values of its own settings, by name, without those of secret ones."),
			"nodes":                   kit.Computed(of["nodes"], ""),
			"url":                     kit.Computed(of["url"], ""),
			"failure":                 kit.ComputedText(failureDoc),
		}),
	}
}

// Read implements datasource.DataSource.
func (d *recipeDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	var m recipeDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, c := d.ClientForRead(ctx, req, resp)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	id := m.ID.ValueInt64()
	shown, passed, err := d.find(ctx, c, id, !m.Newest.Equal(types.BoolValue(false)))
	if err == nil {
		passed, err = chainBefore(ctx, c, shown, passed)
	}
	if err != nil {
		fault.AddRead(&resp.Diagnostics, path.Root("id"), fmt.Sprintf("recipe %d", id), err)
		return
	}
	m.fromAPI(shown, passed, c.Endpoint(), &resp.Diagnostics)
	m.Failure = failureOf(ctx, c, shown)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// find returns the recipe to show and those between id and it.
func (d *recipeDataSource) find(
	ctx context.Context, c *client.Client, id int64, newest bool,
) (shown api.RecipeDetail, passed []int64, err error) {
	if newest {
		return kit.FollowChain(ctx, c, id)
	}
	shown, err = c.Recipe(ctx, id)
	return shown, nil, err
}

// chainBefore are the recipes before d, from the first one of its chain on. passed are
// those right before it that are known.
func chainBefore(ctx context.Context, c *client.Client, d api.RecipeDetail, passed []int64) ([]int64, error) {
	root := d.RootRecipe.ID
	if root == 0 || root == d.ID || len(passed) > 0 && passed[0] == root {
		return passed, nil
	}
	_, chain, err := kit.FollowChain(ctx, c, root)
	if i := slices.Index(chain, d.ID); i >= 0 {
		chain = chain[:i]
	}
	return chain, err
}

// fromAPI takes a recipe and those before it in its chain.
func (m *recipeDataModel) fromAPI(d api.RecipeDetail, before []int64, endpoint string, diags *diag.Diagnostics) {
	m.recipeFacts = factsOfRecipe(d.RecipeCommon, d.RecipeTypeRev.RevisionNum)
	m.recipeRelations = relationsOfRecipe(d.RecipeCommon, idOfRecipe(d.SupersededRecipe))
	m.RecipeID = types.Int64Value(d.ID)
	m.RootRecipeID = kit.IDOf(&d.RootRecipe)
	m.SupersededRecipeIDs = value.Int64List(before)
	m.SupersededByRecipeID = idOfRecipe(d.SupersededByRecipe)
	data, err := inputFromAPI(d)
	if err != nil {
		diags.AddAttributeError(path.Root("input"), cannotRead, err.Error())
	}
	c, err := configurationFromAPI(d)
	if err != nil {
		diags.AddAttributeError(path.Root("configuration"), cannotRead, err.Error())
	}
	m.Input = value.TypedObject(form.DataShape(), form.OfData(data))
	m.Configuration = value.TypedObject(form.RunConfigurationShape(), form.OfConfiguration(c, form.RunConfigurationShape()))
	m.Settings = value.TextMap(c.Settings)
	m.Nodes = nodeStates(d.Details.Nodes)
	m.URL = recipeURL(endpoint, d.ID)
}
