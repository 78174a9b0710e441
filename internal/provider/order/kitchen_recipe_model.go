package order

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// kitchenRecipeModel is the resource galley_kitchen_recipe.
type kitchenRecipeModel struct {
	ID                 types.String  `tfsdk:"id"`
	Kitchen            types.String  `tfsdk:"kitchen"`
	Name               types.String  `tfsdk:"name"`
	RecipeType         types.String  `tfsdk:"recipe_type"`
	RecipeTypeRevision types.Int64   `tfsdk:"recipe_type_revision"`
	Description        types.String  `tfsdk:"description"`
	Variables          types.Dynamic `tfsdk:"variables"`
	Variations         types.Dynamic `tfsdk:"variations"`
}

func kitchenRecipeID(kitchen, name types.String) types.String {
	if kitchen.IsUnknown() || name.IsUnknown() {
		return types.StringUnknown()
	}
	return types.StringValue(kitchen.ValueString() + "/" + name.ValueString())
}

// files are the contents of the three files that the resource owns.
func (m kitchenRecipeModel) files() (map[string]string, error) {
	variables, _ := value.JsonOf(m.Variables)
	values, _ := variables.(map[string]any)
	variations, _ := order.ReadVariations(value.Tree(m.Variations))
	out := map[string]string{}
	for name, document := range map[string]any{
		order.DescriptionFile: order.Description{
			RecipeType: m.RecipeType.ValueString(), RecipeTypeRevision: int(m.RecipeTypeRevision.ValueInt64()),
			Description: m.Description.ValueString(),
		},
		order.VariablesFile:  order.Variables(values).Document(),
		order.VariationsFile: variations.Variations(),
	} {
		raw, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", name, err)
		}
		out[name] = string(raw) + "\n"
	}
	return out, nil
}

// fromFiles takes what the files say. Of a file with something that has no attribute,
// or that cannot be read, it warns.
func (m *kitchenRecipeModel) fromFiles(files map[string]string, diags *diag.Diagnostics) {
	d, variables, variations, problems := plan.ReadOffer(files)
	what := "Recipe " + m.Name.ValueString() + " of kitchen " + m.Kitchen.ValueString()
	for _, p := range problems.Errors() {
		diags.AddWarning(what+" has a file that cannot be read", fmt.Sprintf("%s: %s (%s)\n\nThe next change of the recipe writes the file anew.",
			p.Path[0], p.Message, p.Code))
	}
	m.ID = kitchenRecipeID(m.Kitchen, m.Name)
	m.RecipeType, m.RecipeTypeRevision = types.StringValue(d.RecipeType), types.Int64Null()
	if d.RecipeTypeRevision > 0 {
		m.RecipeTypeRevision = types.Int64Value(int64(d.RecipeTypeRevision))
	}
	m.Description = types.StringValue(d.Description)
	if now := value.VariablesValue(variables); value.IsNull(m.Variables) || !value.SameValues(now, m.Variables) {
		m.Variables = now
	}
	m.Variations = value.Keep(order.VariationsShape(), variations.Object(), m.Variations)
	if extra := m.unowned(files); len(extra) > 0 && len(problems.Errors()) == 0 {
		diags.AddWarning(what+" has more than Terraform manages", fmt.Sprintf("%s: there is no attribute for it. This resource owns the "+
			"files whole: its next change of the recipe takes that away.", value.JoinWords(extra, "and")))
	}
}

// unowned lists the members of the files that m would not write.
func (m kitchenRecipeModel) unowned(files map[string]string) []string {
	written, err := m.files()
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(written)) {
		have, errHave := recipe.Decode([]byte(files[name]))
		want, errWant := recipe.Decode([]byte(written[name]))
		if errHave != nil || errWant != nil {
			continue
		}
		for _, member := range foreignMembers(have, want, name != order.VariablesFile) {
			out = append(out, member+" in "+name)
		}
	}
	return out
}

// foreignMembers are the members of have that want does not have and that say something.
// Settings of variations have other names there, so only the outermost members count, and
// those of single variations.
func foreignMembers(have, want any, deep bool) []string {
	here, _ := have.(map[string]any)
	there, _ := want.(map[string]any)
	known := []string{
		"recipe-type", "recipe-type-revision", "description", "variable-list",
		"variation-list", "override-setting-list", "schedule-setting-list", "mesos-setting-list", "graph-setting-list",
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(here)) {
		if _, exists := there[name]; !exists && !slices.Contains(known, name) && !saysNothing(here[name]) {
			out = append(out, name)
		}
	}
	inside := map[string][]string{
		"variation-list": {
			"description", "override-setting", "schedule-setting", "mesos-setting", "graph-setting", "input-files", "input-json", "configuration", "max-duration", "timeout", "overlap", "catch-up",
		},
		"schedule-setting-list": {"schedule", "scheduleTimeZone", "start", "expires", "max-runs"},
	}
	for _, list := range slices.Sorted(maps.Keys(inside)) {
		elements, _ := here[list].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(elements)) {
			members, _ := elements[name].(map[string]any)
			for _, member := range slices.Sorted(maps.Keys(members)) {
				if deep && !slices.Contains(inside[list], member) && !saysNothing(members[member]) {
					out = append(out, list+"."+name+"."+member)
				}
			}
		}
	}
	return out
}

// saysNothing is true for null and for empty texts, objects and arrays.
func saysNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// validate applies every rule that needs no server. m is the configuration.
func (m kitchenRecipeModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	checkName("kitchen", m.Kitchen, path.Root("kitchen"), &diags)
	checkName("recipe", m.Name, path.Root("name"), &diags)
	if !m.RecipeType.IsUnknown() && m.RecipeType.ValueString() == "" {
		diags.AddAttributeError(path.Root("recipe_type"), "Invalid recipe of a kitchen",
			"recipe_type: it is empty; expected the name of a recipe type, such as galley_recipe_type.<label>.name.")
	}
	value.CheckRevision(m.RecipeType, m.RecipeTypeRevision, &diags)
	value.ValidateVariables(m.Variables, path.Root("variables"), &diags)
	_, problems := order.ReadVariations(value.Tree(m.Variations))
	value.AddDocumentProblems(&diags, path.Root("variations"), order.VariationsShape(), "Invalid variation", problems)
	return diags
}

// planned is m as an entry of the ledger.
func (m kitchenRecipeModel) planned() plan.Offer {
	variations, _ := order.ReadVariations(value.Tree(m.Variations))
	return plan.Offer{
		RecipeType: m.RecipeType, Revision: m.RecipeTypeRevision, Variables: value.ReadVariables(m.Variables),
		Variations: variations.Variations(), Names: variations.Names, Complete: variations.Known,
	}
}
