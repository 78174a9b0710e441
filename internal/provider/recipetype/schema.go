package recipetype

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Schema implements resource.Resource.
func (r *recipeTypeResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		Version: 1,
		MarkdownDescription: "A recipe type: a graph of jobs, conditions and sub-recipes, and how data flow between them. " +
			"A change of the definition makes a new revision.\n\n" +
			"The API cannot delete recipe types. Destroying one sets `is_active` to false; creating it again " +
			"takes it over (`on_existing`)." +
			recipeTypeMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"title": schema.StringAttribute{
				Required: true,
				MarkdownDescription: fmt.Sprintf("Title, up to %d letters. Without a `name` it is made of the title on create; "+
					"a later change of the title does not change the name.", recipe.MaxTitle),
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(""),
				MarkdownDescription: fmt.Sprintf("Description, up to %d letters.", recipe.MaxDescription),
			},
			"definition": value.DefinitionAttribute(),
			"definition_json": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "The definition as a JSON document of version 6 or 7, or of the old 1.0, such as `file(\"recipe.json\")`. " +
					"Compared by meaning: white space, order and spelled-out defaults do not matter. " +
					"Exactly one of `definition` and `definition_json` is given.",
			},
			"is_active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether recipes of this type can be started. Default `true`.",
			},
			"auto_update": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether a new revision is also put into the recipe types that contain this one in its latest revision and that no state of " +
					"Terraform has: the configuration of those says itself which revision they run. The plan names them. Default `true`.",
			},
			"on_existing": kit.OnExistingAttribute("recipe type", "the same title"),
			"id":          schema.Int64Attribute{Computed: true, MarkdownDescription: "Id of the recipe type."},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIfConfigured()},
				MarkdownDescription: "Name of the recipe type, for good: 1 to 30 lower-case letters, digits and single dashes. Left out, it is made of the title " +
					"that the type is created with. Known when planning. Another name replaces the recipe type.",
			},
			"ref": schema.ObjectAttribute{
				Computed: true, AttributeTypes: refType(),
				MarkdownDescription: "`{ name, revision }`, as a node of another recipe type has it: `recipe = galley_recipe_type.tiles.ref`.",
			},
			"revision_num": schema.Int64Attribute{
				Computed: true, MarkdownDescription: "Number of the latest revision.",
			},
			"created": schema.StringAttribute{
				Computed: true, MarkdownDescription: "When the recipe type was created (RFC 3339).",
			},
			"last_modified": schema.StringAttribute{
				Computed: true, MarkdownDescription: "When the recipe type was changed last (RFC 3339).",
			},
		},
	}
}
