package providertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// Steps is a value of reprocess_plan: action and reason by node.
type Steps map[string][2]string

// Check is what a reprocess_plan with these steps is.
func (s Steps) Check() knownvalue.Check {
	nodes := map[string]knownvalue.Check{}
	for name, step := range s {
		nodes[name] = knownvalue.ObjectExact(map[string]knownvalue.Check{
			"action": knownvalue.StringExact(step[0]), "reason": knownvalue.StringExact(step[1]),
		})
	}
	return knownvalue.MapExact(nodes)
}

// IDs is a list of ids.
func IDs(numbers ...int64) knownvalue.Check {
	checks := make([]knownvalue.Check, 0, len(numbers))
	for _, n := range numbers {
		checks = append(checks, knownvalue.Int64Exact(n))
	}
	return knownvalue.ListExact(checks)
}

// Reprocessed expects what planReprocess expects, after the apply.
func Reprocessed(s Steps, recipeID int64, superseded ...int64) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		RecipeIs("id", knownvalue.Int64Exact(1)),
		RecipeIs("recipe_id", knownvalue.Int64Exact(recipeID)),
		RecipeIs("superseded_recipe_ids", IDs(superseded...)),
		RecipeIs("reprocess_plan", s.Check()),
		RecipeIs("status", knownvalue.StringExact("COMPLETED")),
	}
}

// Chain is the recipe type "chain" with these nodes, and a recipe of its revision.
func Chain(s *servertest.Server, nodes []string, body string) string {
	var b strings.Builder
	before := ""
	for _, name := range nodes {
		dependency := ""
		if before != "" {
			dependency = before + " = true"
		}
		fmt.Fprintf(&b, "%s = {\n job = { name = \"calibrate\", version = \"1.0.0\", revision = 1 }\n dependencies = { %s }\n}\n", name, dependency)
		before = name
	}
	return ProviderBlock(s) + fmt.Sprintf(`
resource "galley_recipe_type" "chain" {
  title      = "Chain"
  definition = { nodes = { %s } }
}
resource "galley_recipe" "test" {
  recipe_type          = galley_recipe_type.chain.name
  recipe_type_revision = galley_recipe_type.chain.revision_num
  %s
}
`, b.String(), body)
}

// MustEdit makes revision 2 of the recipe type "one".
func MustEdit(t *testing.T, s *servertest.Server, change func(definition string) string) {
	t.Helper()
	d, err := s.Client.RecipeType(t.Context(), "one")
	if err == nil {
		_, err = s.Client.EditRecipeType(t.Context(), "one",
			api.RecipeTypeEdit{Definition: json.RawMessage(change(string(d.Definition)))})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Same leaves a definition as it is.
func Same(definition string) string { return definition }

// MustReprocess reprocesses the recipe, as somebody without Terraform may.
func MustReprocess(t *testing.T, s *servertest.Server, id int64, revision int) {
	t.Helper()
	_, err := s.Client.ReprocessRecipe(t.Context(), id, api.RecipeReprocess{ForcedNodes: json.RawMessage(`{}`), RevisionNum: revision})
	if err != nil {
		t.Fatal(err)
	}
}
