package function

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

var _ function.Function = simulateFunction{}

type simulateFunction struct{}

// NewSimulate makes the function simulate.
func NewSimulate() function.Function { return simulateFunction{} }

// Metadata implements function.Function.
func (simulateFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "simulate"
}

// Definition implements function.Function.
func (simulateFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells what a recipe would come to",
		MarkdownDescription: "Runs a recipe in thought, without a backend: with this input, and jobs that end like this, which nodes run, " +
			"with what, and what becomes of the others. It follows the rules by which the backend runs recipes, so that " +
			"`terraform test` can test a graph; the guide *Testing* shows how.\n\n" +
			"The result has `status` (of the recipe, as the backend would show it: `COMPLETED`, `FAILED`, `CANCELED`, `BLOCKED`, or `RUNNING` if a node waits for ever), `order` (names of the nodes that ran, in the order in " +
			"which they began) and `nodes`, an object for each node with `type` (`job`, `recipe`, `condition`), `status` (`COMPLETED`, " +
			"`FAILED`, `CANCELED`, `BLOCKED`; `PENDING` waits for ever; the empty text was never created), `ran`, `input` (`files`, `json`) as it was " +
			"when the node began, `problems` (why its input does not fit) and, of conditions, `accepted`.\n\n" +
			"What job types take is not known here: that is up to `terraform plan`.",
		Parameters: []function.Parameter{
			definitionParameter(),
			function.DynamicParameter{
				Name: "input",
				MarkdownDescription: "The input of the recipe: `{ files = { name = [...] }, json = { name = value } }`. A file is an id, or " +
					"`{ file_name, media_type, data_types, meta_data }` with what filters of conditions look at.",
			},
			function.DynamicParameter{
				Name: "outcomes",
				MarkdownDescription: "How jobs and sub-recipes end, by the name of the node: `{ status, json, files }` with `COMPLETED` (default), `FAILED` " +
					"or `CANCELED`, and with the outputs of a job. What is not named completes without outputs.",
			},
		},
		Return: function.DynamicReturn{},
	}
}

// Run implements function.Function.
func (simulateFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var definition, input, outcomes types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &definition, &input, &outcomes); resp.Error != nil {
		return
	}
	d, problems := readDefinitionArgument(definition)
	if resp.Error = argumentError(0, problems); resp.Error != nil {
		return
	}
	if found := recipe.Validate(d, recipe.Catalog{}).Errors(); len(found) > 0 {
		resp.Error = argumentError(0, problemTexts(found, placeInDocument))
		return
	}
	var s form.Simulation
	if resp.Error = argumentError(1, documentTexts(s.ReadInput(value.Tree(input)))); resp.Error != nil {
		return
	}
	if _, found := d.Input.CheckData(s.Input); len(found.Errors()) > 0 {
		resp.Error = argumentError(1, problemTexts(found.Errors(), placeInDocument))
		return
	}
	if resp.Error = argumentError(2, documentTexts(s.ReadOutcomes(value.Tree(outcomes)))); resp.Error != nil {
		return
	}
	result, found := recipe.Simulate(d, s.Input, s.Files, s.Outcomes)
	if resp.Error = argumentError(2, problemTexts(found.Errors(), placeInDocument)); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, value.DynamicOf(s.OfSimulation(result)))
}

// documentTexts writes one line for each problem of a shape.
func documentTexts(problems []document.Problem) []string {
	var out []string
	for _, p := range problems {
		place := "the argument"
		if len(p.Path) > 0 {
			place = p.Path.String()
		}
		out = append(out, place+": "+p.Message)
	}
	return out
}
