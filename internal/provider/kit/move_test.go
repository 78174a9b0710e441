package kit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestMoveStateFindsTheIdentity(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	p := providertest.NewProtocol(t, s)
	rest := func(path, id, data string) string {
		return fmt.Sprintf(`{"id": %q, "path": %q, "data": "{}", "api_data": %s, "api_response": "{}"}`, id, path, data)
	}
	tests := []struct{ name, from, state, to, want, err string }{
		{"a run by curl, from a trigger", "null_resource", `{"id": "4711", "triggers": {"recipe_id": "42", "x": "1"}}`, "galley_recipe", `{"id":42}`, ""},
		{"a run by curl, from an input", "terraform_data",
			`{"id": "a-uuid", "input": {"value": {"recipe_id": 42}, "type": ["object", {"recipe_id": "number"}]}}`, "galley_recipe", `{"id":42}`, ""},
		{"a bare id", "terraform_data", `{"id": "a-uuid", "input": {"value": "42", "type": "string"}}`, "galley_recipe", `{"id":42}`, ""},
		{"what replaces", "terraform_data", `{"id": "a-uuid", "triggers_replace": {"value": {"id": "7"}, "type": ["object", {"id": "string"}]}}`,
			"galley_workspace", `{"id":7}`, ""},
		{"a file", "null_resource", `{"id": "1", "triggers": {"file_id": "9", "id": "8"}}`, "galley_source_file", `{"id":9}`, ""},
		{"a job type in one text", "terraform_data", `{"id": "x", "input": {"value": "calibrate/1.0.0", "type": "string"}}`,
			"galley_job_type", `{"name":"calibrate","version":"1.0.0"}`, ""},
		{"a recipe of a REST provider", "restapi_object", rest("/v6/recipes/", "42", `{"id": "42", "is_completed": "true"}`),
			"galley_recipe", `{"id":42}`, ""},
		{"a recipe type of a REST provider", "restapi_object", rest("/v6/recipe-types", "3", `{"id": "3", "name": "ndvi"}`),
			"galley_recipe_type", `{"name":"ndvi"}`, ""},
		{"a recipe type that is known by its name", "restapi_object", rest("/v6/recipe-types", "ndvi", `{}`),
			"galley_recipe_type", `{"name":"ndvi"}`, ""},
		{"a job type of a REST provider", "restapi_object", rest("/v6/job-types", "3", `{"id": "3", "name": "calibrate", "version": "1.0.0"}`),
			"galley_job_type", `{"name":"calibrate","version":"1.0.0"}`, ""},
		{"an answer that is kept as text", "restapi_object", `{"id": "5", "path": "/v6/workspaces", "api_response": "{\"id\": 5, \"name\": \"raw\"}"}`,
			"galley_workspace", `{"id":5}`, ""},
		{"a kitchen by curl", "null_resource", `{"id": "1", "triggers": {"kitchen": "production"}}`, "galley_kitchen", `{"name":"production"}`, ""},
		{"a recipe of a kitchen", "terraform_data",
			`{"id": "x", "input": {"value": {"kitchen": "production", "recipe": "ndvi"}, "type": ["object", {"kitchen": "string", "recipe": "string"}]}}`,
			"galley_kitchen_recipe", `{"kitchen":"production","name":"ndvi"}`, ""},
		{"an order by curl", "null_resource", `{"id": "1", "triggers": {"kitchen": "production", "order_id": "a-b"}}`,
			"galley_order", `{"id":"a-b","kitchen":"production"}`, ""},
		{"an order in one text", "terraform_data", `{"id": "x", "input": {"value": "production/a-b", "type": "string"}}`,
			"galley_order", `{"id":"a-b","kitchen":"production"}`, ""},
		{"an order of a REST provider", "restapi_object", rest("/v2/order/create/production/ndvi/once", "a-b", `{"order_id": "a-b"}`),
			"galley_order", "", "expected kitchen with order_id, kitchen with id or order among its values"},
		{"nothing to go by", "null_resource", `{"id": "4711", "triggers": {"file": "x"}}`, "galley_recipe", "",
			`Cannot move null_resource to a recipe: Its state does not say which recipe it is: found file, expected recipe_id or id among its values.`},
		{"no triggers at all", "null_resource", `{"id": "4711"}`, "galley_recipe", "", "found nothing, expected recipe_id or id"},
		{"a wrong id", "null_resource", `{"id": "4711", "triggers": {"recipe_id": "the last"}}`, "galley_recipe", "", "found recipe_id, expected recipe_id or id"},
		{"another service", "restapi_object", rest("/v6/recipes", "3", `{"id": "3"}`), "galley_workspace", "",
			`Its path is "/v6/recipes", which is not the service workspaces of the API.`},
		{"a recipe type without its name", "restapi_object", rest("/v6/recipe-types", "3", `{"id": "3"}`), "galley_recipe_type", "",
			"expected recipe_type_name, recipe_type or name among its values"},
		{"another kind of resource", "aws_instance", `{"id": "i-1"}`, "galley_recipe", "", "Unable to Move Resource State"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			moved, err := p.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceProviderAddress: "registry.terraform.io/some/provider", SourceTypeName: tt.from, TargetTypeName: tt.to,
				SourceState: &tfprotov6.RawState{JSON: []byte(tt.state)},
			})
			if err != nil {
				t.Fatal(err)
			}
			providertest.MustFind(t, "move", providertest.Problems(moved.Diagnostics), tt.err)
			if tt.err != "" {
				return
			}
			identity := providertest.MustDecode(t, p.Identities[tt.to], moved.TargetIdentity.IdentityData)
			if got := oneLine(t, identity); got != tt.want {
				t.Errorf("the identity is %s, want %s", got, tt.want)
			}
			state := providertest.MustDecode(t, p.Resource(t, tt.to), moved.TargetState)
			for name, want := range identity.(map[string]any) {
				if diff := cmp.Diff(want, providertest.Member(t, state, name)); diff != "" {
					t.Errorf("%s in the state (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestAccMovedFromTerraformData(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	r := providertest.MustStart(t, s, "two", nil)
	providertest.MustSettle(t, s, r.ID, kit.StatusCompleted)
	before := providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "terraform_data" "run" { input = { recipe_id = %d } }
resource "terraform_data" "type" { input = "two" }
`, r.ID)
	after := strings.Split(providertest.RecipeConfig(s, `forced_nodes = { all = true }`), "resource")[0] + `
resource "galley_recipe" "test" {
  recipe_type  = galley_recipe_type.test.name
  forced_nodes = { all = true }
}
resource "galley_recipe_type" "test" {
  title = "Two"
  definition = {
    nodes = {
      a = { job = { name = "calibrate", version = "1.0.0", revision = 1 } }
      b = { job = { name = "calibrate", version = "1.0.0", revision = 1 }, dependencies = { a = true } }
    }
  }
}
moved {
  from = terraform_data.run
  to   = galley_recipe.test
}
moved {
  from = terraform_data.type
  to   = galley_recipe_type.test
}
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: before},
			{
				Config: after,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("galley_recipe_type.test", plancheck.ResourceActionNoop),
					plancheck.ExpectResourceAction(providertest.RecipeAddress, plancheck.ResourceActionUpdate), // takes over forced_nodes
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("recipe_id", knownvalue.Int64Exact(r.ID)), providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusCompleted)),
				},
				Check: providertest.RecipeCount(s.Client, 1),
			},
			{Config: after, ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

// Any recipe of a chain names it; the identity becomes that of the first.
func TestMoveStateToALaterRecipeOfAChain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	first := providertest.MustStart(t, s, "two", nil)
	providertest.MustSettle(t, s, first.ID, kit.StatusCompleted)
	providertest.MustReprocess(t, s, first.ID, 1)
	providertest.MustSettle(t, s, 2, kit.StatusCompleted)
	p := providertest.NewProtocol(t, s)
	moved, err := p.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: "registry.terraform.io/hashicorp/terraform", SourceTypeName: "terraform_data", TargetTypeName: "galley_recipe",
		SourceState: &tfprotov6.RawState{JSON: []byte(`{"id": "x", "input": {"value": {"recipe_id": 2}}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	providertest.MustSucceed(t, moved.Diagnostics)
	thing, problems := p.Refresh(t, providertest.Thing{
		Type: "galley_recipe", State: moved.TargetState, Identity: moved.TargetIdentity, Private: moved.TargetPrivate,
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if id := p.Attribute(t, thing, "id"); id != float64(first.ID) {
		t.Errorf("the id is %v, want that of the first, %d", id, first.ID)
	}
	if plan := p.MustPlan(t, thing, `{"recipe_type": "two"}`); plan.Action != "no-op" || len(plan.Errors) > 0 {
		t.Errorf("the plan is %s %q, want none", plan.Action, plan.Errors)
	}
}
