package function

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// definitionParameter is the argument of functions that look at a recipe definition.
func definitionParameter() function.Parameter {
	return function.DynamicParameter{
		Name: "definition",
		MarkdownDescription: "A recipe definition: JSON text, as of `file(\"recipe.json\")`, or an object in the form of " +
			"`definition` of `galley_recipe_type`, such as `galley_recipe_type.ndvi.definition`.",
	}
}

// argumentError puts all problems with an argument into one error; nil if there are none.
func argumentError(argument int64, problems []string) *function.FuncError {
	switch len(problems) {
	case 0:
		return nil
	case 1:
		return function.NewArgumentFuncError(argument, problems[0])
	default:
		text := fmt.Sprintf("there are %d problems:\n- %s", len(problems), strings.Join(problems, "\n- "))
		return function.NewArgumentFuncError(argument, text)
	}
}

// readDefinitionArgument reads a definition in either form. Problems are those that
// the definition alone shows; then there is no definition.
func readDefinitionArgument(v attr.Value) (*recipe.Definition, []string) {
	v = value.Underlying(v)
	if text, ok := v.(types.String); ok {
		return readDefinitionText(text.ValueString())
	}
	d, problems := form.ReadDraft(value.Tree(v)).Definition()
	if errs := problems.Errors(); len(errs) > 0 {
		return nil, problemTexts(errs, func(p recipe.Problem) string {
			return value.PathIn(path.Root("definition"), form.DraftShape(), p.Path).String()
		})
	}
	return d, nil
}

func readDefinitionText(text string) (*recipe.Definition, []string) {
	d, problems := recipe.Parse([]byte(text))
	if errs := problems.Errors(); len(errs) > 0 {
		return nil, problemTexts(errs, placeInDocument)
	}
	return d, nil
}

func placeInDocument(p recipe.Problem) string {
	if len(p.Path) == 0 {
		return "the document"
	}
	return p.Path.String()
}

// problemTexts writes one line for each problem.
func problemTexts(problems recipe.Problems, place func(recipe.Problem) string) []string {
	out := make([]string, 0, len(problems))
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s: %s (%s)", place(p), p.Text(), p.Code))
	}
	return out
}
