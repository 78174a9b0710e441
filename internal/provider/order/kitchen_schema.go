package order

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Schema implements resource.Resource.
func (r *kitchenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keepText := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	computed := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, PlanModifiers: keepText, MarkdownDescription: doc}
	}
	out := schema.Schema{
		Version: 1,
		MarkdownDescription: "A kitchen: a place where recipes are offered and ordered. Kitchens form a tree: one below another has its " +
			"recipes and overrides, too.\n\n" +
			"The API has the whole record replaced at once: a change reads it, keeps what it has beyond these arguments, and is refused " +
			"if somebody else changes it in between.\n\n" +
			"**Destroy deletes** the kitchen, with its own recipes and the records of its orders. The backend refuses as long as it has " +
			"orders that have not ended, or kitchens below it." + kitchenMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true, PlanModifiers: replace,
				MarkdownDescription: "Name, unique; 1 to 100 characters without `/`, `\\`, `#`, `?` and `%`. A change replaces the kitchen.",
			},
			"parent": schema.StringAttribute{
				Optional: true, PlanModifiers: replace,
				MarkdownDescription: "Name of the kitchen above. Left out, the kitchen is a root. A change replaces the kitchen.",
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(""), MarkdownDescription: "Description.",
			},
			"overrides": schema.DynamicAttribute{
				Optional: true, Computed: true, Default: dynamicdefault.StaticValue(value.DynamicOf(map[string]any{})),
				MarkdownDescription: "An object with values for variables of recipes, by name. They win over those of recipes, of variations " +
					"and of the kitchens above; those of an order win over them. An object replaces another one whole. At most 1 MiB for each value. " +
					"Secret settings belong into `secret_overrides` or `overrides_wo`.",
			},
			"staff": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType, Default: setdefault.StaticValue(emptySet()),
				MarkdownDescription: "Names of the users who may use the kitchen. Default: everybody.",
			},
			"roles": schema.MapAttribute{
				Optional: true, Computed: true, ElementType: types.StringType,
				PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "`Admin`, `Developer` or `Guest` by name of the user. Left out, what the backend has is left alone: who " +
					"creates a kitchen may be its `Admin`.",
			},
			"alerts": value.SensitiveDocument(order.AlertsShape(), "Who hears of the runs of the kitchen: for each event a set of e-mail "+
				"addresses and `https` URLs, which get a signed JSON document. Whoever knows a webhook's URL can use it, so that plans show "+
				"`alert_recipients` instead."),
			"alert_recipients": schema.MapAttribute{
				Computed: true, ElementType: types.SetType{ElemType: types.StringType},
				MarkdownDescription: "`alerts` as everybody may see them: of a URL only the host.",
			},
			"id":      computed("Id of the kitchen."),
			"creator": computed("Name of the user who has created it."),
			"created": computed("When it was created (RFC 3339)."),
		},
	}
	maps.Copy(out.Attributes, value.SecretVariablesAttributes("overrides", "", "Another number sends them all again, and takes away what "+
		"neither attribute has."))
	resp.Schema = out
}

func emptySet() types.Set { return types.SetValueMust(types.StringType, nil) }

// textSet is never null.
func textSet(texts []string) types.Set {
	values := make([]attr.Value, 0, len(texts))
	for _, s := range texts {
		values = append(values, types.StringValue(s))
	}
	return types.SetValueMust(types.StringType, values)
}
