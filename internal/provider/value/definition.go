package value

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// InvalidDefinition is the summary of what is wrong with a definition.
const InvalidDefinition = "Invalid recipe definition"

// DefinitionAttribute is the object form of a recipe definition.
func DefinitionAttribute() Document {
	return Document{Shape: form.DraftShape(), DynamicAttribute: schema.DynamicAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "What the recipe takes, its nodes, and how data flow between them. " +
			"Exactly one of `definition` and `definition_json` is given.",
	}}
}

// CheckDefinition applies every rule that needs nothing but the definition.
// Parts of it may be unknown; then the rules that need them are left out.
func CheckDefinition(definition attr.Value) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, p := range form.ReadDraft(Tree(definition)).Check() {
		at, detail := placeOfDefinition(p)
		AddProblem(&diags, p, at, InvalidDefinition, detail)
	}
	return diags
}

// CheckDefinitionJSON is CheckDefinition for the JSON form.
func CheckDefinitionJSON(text string) diag.Diagnostics {
	var diags diag.Diagnostics
	d, problems := recipe.Parse([]byte(text))
	if d != nil {
		problems = append(problems, recipe.Validate(d, recipe.Catalog{}).InPlan()...)
		if !recipe.IsLegacy([]byte(text)) {
			problems = append(problems, d.CheckRevisions()...)
		}
	}
	for _, p := range problems {
		at, detail, _ := LocateInDefinition(nil, p)
		AddProblem(&diags, p, at, InvalidDefinition, detail)
	}
	return diags
}

// LocateInDefinition says where in the configuration a problem of the JSON form is, and
// what it is; false if it is none of the draft. A nil draft is that of definition_json.
func LocateInDefinition(draft *form.Draft, p recipe.Problem) (at path.Path, detail string, reported bool) {
	if draft != nil {
		for _, p := range draft.Locate(recipe.Problems{p}) {
			at, detail = placeOfDefinition(p)
			return at, detail, true
		}
		return path.Root("definition"), "", false
	}
	place := "the document"
	if len(p.Path) > 0 {
		place = p.Path.String()
	}
	return path.Root("definition_json"), fmt.Sprintf("definition_json, %s: %s (%s)", place, p.Text(), p.Code), true
}

func placeOfDefinition(p recipe.Problem) (at path.Path, detail string) {
	at = PathIn(path.Root("definition"), form.DraftShape(), p.Path)
	return at, fmt.Sprintf("%s: %s (%s)", at, p.Text(), p.Code)
}

// AddProblem reports a problem with a definition.
func AddProblem(diags *diag.Diagnostics, p recipe.Problem, at path.Path, summary, detail string) {
	if p.Warning {
		diags.AddAttributeWarning(at, "Doubtful recipe definition", detail)
		return
	}
	diags.AddAttributeError(at, summary, detail)
}

// DefinitionForms are both forms of a definition that the server has, as data sources show
// them. The object is null if it cannot say what the definition says; the text is as it was
// sent, if this version of the provider does not know what it means.
func DefinitionForms(raw json.RawMessage) (object types.Object, text types.String) {
	d, problems := recipe.Parse(raw)
	if d == nil || problems.Err() != nil {
		return TypedObject(form.DraftShape(), nil), types.StringValue(string(raw))
	}
	var written any
	if o, complete := form.OfDefinition(d); complete {
		written = o
	}
	object = TypedObject(form.DraftShape(), written)
	indented, err := DefinitionText(d)
	if err != nil {
		return object, types.StringValue(string(raw))
	}
	return object, types.StringValue(indented)
}

// DefinitionText is the JSON form of d.
func DefinitionText(d *recipe.Definition) (string, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	return string(text), err
}
