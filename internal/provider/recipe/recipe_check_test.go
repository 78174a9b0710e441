package recipe_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// plannedRecipes are recipes of types that the same plan makes, with what is said of them.
func plannedRecipes() map[string]struct{ body, want string } {
	const scene = "input = { files = { scene = [1] } }\n"
	return map[string]struct{ body, want string }{
		"a missing input":                     {``, `input.files: 'scene' is missing; this file parameter is required`},
		"an unknown input":                    {`input = { files = { scene = [1], scen = [1] } }`, `input.files["scen"]: recipe type outer has no input 'scen'; did you mean 'scene'`},
		"an input of another type":            {`input = { files = { scene = [1] }, json = { threshold = "high" } }`, `input.json: 'threshold' is the string "high"; expected a number`},
		"two files where one is":              {`input = { files = { scene = [1, 2] } }`, `input.files["scene"]: 'scene' has 2 files; expected exactly one`},
		"an unknown forced node":              {scene + `forced_nodes = { nodes = ["prepar"] }`, `forced_nodes.nodes: 'prepar' is forced, but the definition has no top level node of that name; did you mean 'prepare'?`},
		"a forced node that is no sub-recipe": {scene + `forced_nodes = { sub_recipes = { prepare = { all = true } } }`, `forced_nodes.sub_recipes.prepare: Sub-recipe node prepare is not a recipe node`},
		"a forced node deep inside": {
			scene + `forced_nodes = { sub_recipes = { middle = { sub_recipes = { core = { nodes = ["cleen"] } } } } }`,
			`forced_nodes.sub_recipes.middle.sub_recipes.core.nodes: 'cleen' is forced, but the sub-recipe of node 'core' has no top level node of that name; did you mean 'clean'?`,
		},
	}
}

func TestAccRecipesAreCheckedAgainstWhatThePlanMakes(t *testing.T) {
	t.Parallel()
	tests := plannedRecipes()
	s := servertest.New(t, servertest.Options{})
	config := providertest.ProviderBlock(s) + providertest.PlannedTypes
	for name, tt := range tests {
		config += fmt.Sprintf("resource \"galley_recipe\" %q {\n  recipe_type = galley_recipe_type.outer.name\n"+
			"  recipe_type_revision = galley_recipe_type.outer.revision_num\n%s\n}\n", providertest.Label(name), tt.body)
	}
	messages := providertest.PlanErrors(t, config)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := messages["galley_recipe."+providertest.Label(name)]; !strings.Contains(got, tt.want) {
				t.Errorf("message = %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestAccRecipesAreCheckedAgainstWhatExists(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	providertest.MustCreateType(t, s.Client, "Old", `{"nodes": {}}`)
	if _, err := s.Client.EditRecipeType(t.Context(), "old", api.RecipeTypeEdit{IsActive: new(false)}); err != nil {
		t.Fatal(err)
	}
	deleted := providertest.MustUpload(t, s, "old.txt", "x")
	if err := s.Client.PurgeFile(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ kind, body, want string }{
		"an unknown type":      {kind: "onne", want: `There is no recipe type "onne"; did you mean 'one'?`},
		"an inactive type":     {kind: "old", want: `Recipe type old is inactive`},
		"an unknown revision":  {body: `recipe_type_revision = 7`, want: `recipe type one has no revision 7; its latest one is 1`},
		"an unknown input":     {body: `input = { json = { treshold = 1 } }`, want: `recipe type one has no input 'treshold'; did you mean 'threshold'`},
		"an unknown node":      {body: `forced_nodes = { nodes = ["b"] }`, want: `forced_nodes.nodes: 'b' is forced`},
		"an unknown file":      {body: `input = { files = { scene = [4711] } }`, want: `input.files["scene"][0]: there is no file 4711`},
		"a deleted file":       {body: fmt.Sprintf(`input = { files = { scene = [%d] } }`, deleted), want: fmt.Sprintf(`input.files["scene"][0]: file %d`, deleted)},
		"an unknown workspace": {body: `configuration = { output_workspaces = { default = "defalt" } }`, want: `configuration.output_workspaces.default: there is no workspace 'defalt'; did you mean 'default'?`},
	}
	recipes := ""
	for name, tt := range tests {
		kind := tt.kind
		if kind == "" {
			kind = "one"
		}
		recipes += fmt.Sprintf("resource \"galley_recipe\" %q {\n  recipe_type = %q\n%s\n}\n", providertest.Label(name), kind, tt.body)
	}
	messages := providertest.PlanErrors(t, providertest.ProviderBlock(s)+recipes)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := messages["galley_recipe."+providertest.Label(name)]
			if !strings.Contains(got, tt.want) || !strings.Contains(got, `plan_validation = "warn"`) {
				t.Errorf("message = %q, want %q in it, and how to make it a warning", got, tt.want)
			}
		})
	}
	t.Run("as warnings, or not at all", func(t *testing.T) {
		t.Parallel()
		for _, validation := range []string{plan.ValidationWarn, plan.ValidationOff} {
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				Steps: []resource.TestStep{{
					Config:   providertest.ProviderBlock(s, fmt.Sprintf("plan_validation = %q", validation)) + recipes,
					PlanOnly: true, ExpectNonEmptyPlan: true,
				}},
			})
		}
	})
}

// TestAccRecipeIsPlannedWithoutAnAnswer plans with a server that fails whenever a plan
// asks it for more than the recipe itself.
func TestAccRecipeIsPlannedWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	config := func(body string) string {
		return strings.Replace(providertest.RecipeConfig(s, body), "provider \"galley\" {", "provider \"galley\" {\n  max_retries = 0", 1)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config("")},
			{
				PreConfig: func() {
					f.Inject("GET /v6/(recipe-types|job-types|files|workspaces)/.*", servertest.Answer(http.StatusForbidden))
				},
				Config: config(`reprocess_triggers = { n = 1 }`), PlanOnly: true, ExpectNonEmptyPlan: true,
			},
			{
				PreConfig: f.Clear,
				Config:    config(`reprocess_triggers = { n = 1 }`), Check: providertest.RecipeCount(s.Client, 2),
			},
		},
	})
}
