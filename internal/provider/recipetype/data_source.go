package recipetype

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

var _ datasource.DataSourceWithConfigure = (*recipeTypeDataSource)(nil)

// NewDataSource returns the data source galley_recipe_type (contract 1.1).
func NewDataSource() datasource.DataSource { return &recipeTypeDataSource{} }

type recipeTypeDataSource struct{ kit.DataSourceBase }

// recipeTypeDataModel is the data source galley_recipe_type.
type recipeTypeDataModel struct {
	recipeTypeFacts
	recipeTypeRelations
	SuperRecipeTypes types.List   `tfsdk:"super_recipe_types"`
	Definition       types.Object `tfsdk:"definition"`
	DefinitionJSON   types.String `tfsdk:"definition_json"`
}

// Metadata implements datasource.DataSource.
func (d *recipeTypeDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_recipe_type"
}

// Schema implements datasource.DataSource.
func (d *recipeTypeDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A recipe type that somebody else manages, active or not, with its definition.",
		Attributes: kit.Merged(recipeTypeResultAttributes(), map[string]schema.Attribute{
			"name":         kit.NameArgument("Name of the recipe type."),
			"revision_num": kit.RevisionArgument("Revision whose definition is wanted. Default: the latest."),
			"super_recipe_types": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Names of the recipe types that contain this one.",
			},
			"definition": value.Computed(form.DraftShape(), "The definition, with every default spelled out: it fits into "+
				"other recipe types and into functions. Null for the few that only JSON can say, such as a filter of texts with a "+
				"number among its values."),
			"definition_json": kit.ComputedText("The definition as JSON text."),
		}),
	}
}

// Read implements datasource.DataSource.
func (d *recipeTypeDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	var m recipeTypeDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, c := d.ClientForRead(ctx, req, resp)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	name, revision := m.Name.ValueString(), m.RevisionNum
	t, err := c.RecipeType(ctx, name)
	if err != nil {
		fault.AddRead(&resp.Diagnostics, path.Root("name"), "recipe type "+name, err)
		return
	}
	m.fromAPI(t)
	if wanted := revision.ValueInt64(); !revision.IsNull() && wanted != int64(t.RevisionNum) {
		r, err := c.RecipeTypeRevision(ctx, name, int(wanted))
		if err != nil {
			fault.AddRead(&resp.Diagnostics, path.Root("revision_num"), fmt.Sprintf(
				"revision %d of recipe type %s, whose latest one is %d", wanted, name, t.RevisionNum), err)
			return
		}
		m.RevisionNum = revision
		m.Definition, m.DefinitionJSON = value.DefinitionForms(r.Definition)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *recipeTypeDataModel) fromAPI(t api.RecipeTypeDetail) {
	jobTypes := make([]api.JobTypeNameVersion, 0, len(t.JobTypes))
	for _, j := range t.JobTypes {
		jobTypes = append(jobTypes, api.JobTypeNameVersion{Name: j.Name, Version: j.Version})
	}
	m.recipeTypeFacts = factsOfRecipeType(t.RecipeType)
	m.recipeTypeRelations = relationsOfRecipeType(t.RecipeType, jobTypes, kit.NamesOf(t.SubRecipeTypes))
	m.SuperRecipeTypes = value.StringList(kit.NamesOf(t.SuperRecipeTypes))
	m.Definition, m.DefinitionJSON = value.DefinitionForms(t.Definition)
}
