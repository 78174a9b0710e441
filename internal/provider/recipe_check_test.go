package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestInputIsCheckedAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	takes := recipe.Interface{
		Files: map[string]recipe.FileParam{"scene": {Required: true}, "masks": {Multiple: true}},
		JSON:  map[string]recipe.JSONParam{"threshold": {Type: recipe.NumberType, Required: true}, "bands": {Type: recipe.ArrayType}},
	}
	list := types.ListType{ElemType: types.Int64Type}
	one, some := int64List([]int64{1}), types.ListValueMust(types.Int64Type, []attr.Value{types.Int64Value(1), types.Int64Unknown()})
	input := func(files map[string]attr.Value, values attr.Value) types.Object {
		return types.ObjectValueMust(inputType().AttrTypes, map[string]attr.Value{
			"files": types.MapValueMust(list, files), "json": types.DynamicValue(values),
		})
	}
	files := func(v attr.Value) map[string]attr.Value { return map[string]attr.Value{"scene": v} }
	values := func(name string, v attr.Value) attr.Value {
		all := map[string]attr.Value{"threshold": types.NumberUnknown()}
		all[name] = v
		kinds := map[string]attr.Type{}
		for name, v := range all {
			kinds[name] = v.Type(t.Context())
		}
		return types.ObjectValueMust(kinds, all)
	}
	fine := values("threshold", types.Int64Value(1))
	tests := map[string]struct {
		input types.Object
		want  string
	}{
		"all is well":                     {input: input(files(one), fine)},
		"all of it is unknown":            {input: types.ObjectUnknown(inputType().AttrTypes)},
		"files are unknown":               {input: input(files(types.ListUnknown(types.Int64Type)), fine)},
		"an id is unknown":                {input: input(files(types.ListValueMust(types.Int64Type, []attr.Value{types.Int64Unknown()})), fine)},
		"two files, one of them unknown":  {input(files(some), fine), `input.files["scene"]: 'scene' has 2 files; expected exactly one (MULTIPLE_FILES)`},
		"a file is missing":               {input(nil, fine), `input.files: 'scene' is missing; this file parameter is required (PARAM_REQUIRED)`},
		"a value is unknown":              {input: input(files(one), values("threshold", types.NumberUnknown()))},
		"a value is of another type":      {input(files(one), values("threshold", types.StringValue("x"))), `input.json: 'threshold' is the string "x"; expected a number (INVALID_JSON_TYPE)`},
		"a value beside an unknown one":   {input(files(one), values("bands", types.BoolValue(true))), `input.json: 'bands' is true; expected an array (INVALID_JSON_TYPE)`},
		"an unknown name of a value":      {input(files(one), values("treshold", types.Int64Value(1))), `input.json: recipe type one has no input 'treshold'; did you mean 'threshold'; it takes masks, scene, bands and threshold (UNKNOWN_INPUT)`},
		"an unknown name, and the value":  {input(files(one), values("treshold", types.StringUnknown())), `input.json: recipe type one has no input 'treshold'`},
		"an unknown name without a value": {input: input(files(one), values("treshold", types.DynamicNull()))},
		"an unknown name of a file":       {input(map[string]attr.Value{"scene": one, "mask": one}, fine), `input.files["mask"]: recipe type one has no input 'mask'; did you mean 'masks'`},
		"a value for a file":              {input(nil, values("scene", types.Int64Value(1))), `input.json: 'scene' is given as a JSON value; expected files`},
		"the values are unknown":          {input: input(files(one), types.ObjectUnknown(nil))},
		"the files are missing beside unknown values": {
			input(nil, types.ObjectUnknown(nil)), `input.files: 'scene' is missing`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			recipeCheck{
				wanted: wantedRecipe{recipeType: types.StringValue("one"), input: tt.input},
				target: recipeTarget{definition: &recipe.Definition{Input: takes}, planned: true},
				diags:  &diags,
			}.input()
			wantOne(t, diags, tt.want)
		})
	}
}

// plannedTypes is a configuration for an empty backend: a job type, and three recipe types
// one inside of the other.
const plannedTypes = `
resource "galley_job_type" "calibrate" {
  docker_image = "calibrate:1.0.0"
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name = "calibrate", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Calibrate"
      description = "Calibrates", timeout = 60, maintainer = { name = "Ada", email = "ada@example.com" }
      interface = {
        command  = "calibrate"
        inputs   = { files = [{ name = "image", required = false }] }
        outputs  = { files = [{ name = "calibrated", pattern = "*.txt" }] }
        mounts   = [{ name = "dem", path = "/dem" }]
        settings = [{ name = "LEVEL" }]
      }
    }
  })
  configuration = { mounts = { dem = { type = "host", host_path = "/srv" } }, settings = { LEVEL = "1" }, output_workspaces = { default = "default" } }
}
resource "galley_recipe_type" "core" {
  title      = "Core"
  definition = { nodes = { clean = { job = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num } } } }
}
resource "galley_recipe_type" "middle" {
  title      = "Middle"
  definition = { nodes = { core = { recipe = { name = galley_recipe_type.core.name, revision = galley_recipe_type.core.revision_num } } } }
}
resource "galley_recipe_type" "outer" {
  title = "Outer"
  definition = {
    input = { files = { scene = {} }, json = { threshold = { type = "number", required = false } } }
    nodes = {
      prepare = { job = { name = galley_job_type.calibrate.name, version = galley_job_type.calibrate.version, revision = galley_job_type.calibrate.revision_num } }
      middle  = { recipe = { name = galley_recipe_type.middle.name, revision = galley_recipe_type.middle.revision_num } }
    }
  }
}
`

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
	config := providerBlock(s) + plannedTypes
	for name, tt := range tests {
		config += fmt.Sprintf("resource \"galley_recipe\" %q {\n  recipe_type = galley_recipe_type.outer.name\n"+
			"  recipe_type_revision = galley_recipe_type.outer.revision_num\n%s\n}\n", label(name), tt.body)
	}
	messages := planErrors(t, config)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := messages["galley_recipe."+label(name)]; !strings.Contains(got, tt.want) {
				t.Errorf("message = %q, want %q in it", got, tt.want)
			}
		})
	}
}

// planErrors plans a configuration that is refused, and returns what is said of each
// resource, without line breaks.
func planErrors(t *testing.T, config string) map[string]string {
	t.Helper()
	var output string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		ErrorCheck: func(err error) error {
			output = err.Error()
			return nil
		},
		Steps: []resource.TestStep{{Config: config, PlanOnly: true}},
	})
	if output == "" {
		t.Fatal("nothing was refused")
	}
	messages := map[string]string{}
	for _, block := range strings.Split(output, "Error: ")[1:] {
		block = strings.Join(strings.Fields(strings.ReplaceAll(block, "│", " ")), " ")
		m := regexp.MustCompile(`with ([\w.-]+),`).FindStringSubmatch(block)
		if m == nil {
			t.Fatalf("a message without an address: %s", block)
		}
		messages[m[1]] += block + "\n"
	}
	return messages
}

func TestAccRecipesAreCheckedAgainstWhatExists(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	mustCreateType(t, s.Client, "Old", `{"nodes": {}}`)
	if _, err := s.Client.EditRecipeType(t.Context(), "old", api.RecipeTypeEdit{IsActive: new(false)}); err != nil {
		t.Fatal(err)
	}
	deleted := mustUpload(t, s, "old.txt", "x")
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
		recipes += fmt.Sprintf("resource \"galley_recipe\" %q {\n  recipe_type = %q\n%s\n}\n", label(name), kind, tt.body)
	}
	messages := planErrors(t, providerBlock(s)+recipes)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := messages["galley_recipe."+label(name)]
			if !strings.Contains(got, tt.want) || !strings.Contains(got, `plan_validation = "warn"`) {
				t.Errorf("message = %q, want %q in it, and how to make it a warning", got, tt.want)
			}
		})
	}
	t.Run("as warnings, or not at all", func(t *testing.T) {
		t.Parallel()
		for _, validation := range []string{planValidationWarn, planValidationOff} {
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: testProviders(),
				Steps: []resource.TestStep{{
					Config:   providerBlock(s, fmt.Sprintf("plan_validation = %q", validation)) + recipes,
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
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	config := func(body string) string {
		return strings.Replace(recipeConfig(s, body), "provider \"galley\" {", "provider \"galley\" {\n  max_retries = 0", 1)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
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
				Config:    config(`reprocess_triggers = { n = 1 }`), Check: recipeCount(s.Client, 2),
			},
		},
	})
}
