package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// steps is a value of reprocess_plan: action and reason by node.
type steps map[string][2]string

func (s steps) check() knownvalue.Check {
	nodes := map[string]knownvalue.Check{}
	for name, step := range s {
		nodes[name] = knownvalue.ObjectExact(map[string]knownvalue.Check{
			"action": knownvalue.StringExact(step[0]), "reason": knownvalue.StringExact(step[1]),
		})
	}
	return knownvalue.MapExact(nodes)
}

// planReprocess expects an action of the test's recipe, with this reprocess_plan.
func planReprocess(action plancheck.ResourceActionType, s steps, superseded ...int64) resource.ConfigPlanChecks {
	checks := []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(recipeAddress, action),
		plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("reprocess_plan"), s.check()),
		plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("id"), knownvalue.Int64Exact(1)),
	}
	if superseded != nil {
		checks = append(checks, plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("superseded_recipe_ids"), ids(superseded...)))
	}
	return resource.ConfigPlanChecks{PreApply: checks}
}

func ids(numbers ...int64) knownvalue.Check {
	checks := make([]knownvalue.Check, 0, len(numbers))
	for _, n := range numbers {
		checks = append(checks, knownvalue.Int64Exact(n))
	}
	return knownvalue.ListExact(checks)
}

// reprocessed expects what planReprocess expects, after the apply.
func reprocessed(s steps, recipeID int64, superseded ...int64) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		recipeIs("id", knownvalue.Int64Exact(1)),
		recipeIs("recipe_id", knownvalue.Int64Exact(recipeID)),
		recipeIs("superseded_recipe_ids", ids(superseded...)),
		recipeIs("reprocess_plan", s.check()),
		recipeIs("status", knownvalue.StringExact("COMPLETED")),
	}
}

// chain is the recipe type "chain" with these nodes, and a recipe of its revision.
func chain(s *servertest.Server, nodes []string, body string) string {
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
	return providerBlock(s) + fmt.Sprintf(`
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

func TestAccRecipeIsReprocessedInPlace(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	abc := []string{"a", "b", "c"}
	forced := steps{"a": {"COPY", "unchanged"}, "b": {"RUN", "forced"}, "c": {"RUN", "below b, which runs again"}}
	copied := steps{"a": {"COPY", "unchanged"}, "b": {"COPY", "unchanged"}, "c": {"COPY", "unchanged"}}
	changed := steps{
		"a": {"COPY", "unchanged"}, "b": {"COPY", "unchanged"}, "c": {"DROP", "the definition has no such node any more"},
		"d": {"NEW", "the definition had no such node before"},
	}
	all := steps{"a": {"RUN", "forced"}, "b": {"RUN", "forced; below a, which runs again"}, "d": {"RUN", "forced; below b, which runs again"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{ // Nothing can be forced yet.
				Config: chain(s, abc, `forced_nodes = { nodes = ["b"] }`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("reprocess_plan"), steps{}.check()),
				}},
				ConfigStateChecks: reprocessed(steps{}, 1),
			},
			{
				Config:            chain(s, abc, "forced_nodes = { nodes = [\"b\"] }\nreprocess_triggers = { n = \"1\" }"),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, forced, 1),
				ConfigStateChecks: reprocessed(forced, 2, 1),
				Check:             recipeCount(s.Client, 2),
			},
			{ // The same, in other words.
				Config: chain(s, abc, "forced_nodes = { all = false, nodes = toset([\"b\"]), sub_recipes = {} }\n"+
					"reprocess_triggers = tomap({ \"n\" = 1 })"),
				ConfigPlanChecks: expectEmptyPlans(),
			},
			{ // To force nothing any more is no reason for a reprocess.
				Config:            chain(s, abc, `reprocess_triggers = { n = "1" }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, forced, 1),
				ConfigStateChecks: reprocessed(forced, 2, 1),
				Check:             recipeCount(s.Client, 2),
			},
			{
				Config:            chain(s, abc, `reprocess_triggers = { n = "2" }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, copied, 1, 2),
				ConfigStateChecks: reprocessed(copied, 3, 1, 2),
			},
			{ // The number of the revision is not known yet, but what becomes of the nodes is.
				Config:            chain(s, []string{"a", "b", "d"}, ""),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, changed, 1, 2, 3),
				ConfigStateChecks: append(reprocessed(changed, 4, 1, 2, 3), recipeIs("recipe_type_revision", knownvalue.Int64Exact(2))),
			},
			{
				Config:            chain(s, []string{"a", "b", "d"}, `forced_nodes = { all = true }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, all, 1, 2, 3, 4),
				ConfigStateChecks: reprocessed(all, 5, 1, 2, 3, 4),
				Check:             recipeCount(s.Client, 5),
			},
			{
				Config:            chain(s, []string{"a", "b", "d"}, "forced_nodes = { all = true }\non_destroy = \"cancel\"\ntimeouts = { update = \"10m\" }"),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, all, 1, 2, 3, 4),
				ConfigStateChecks: reprocessed(all, 5, 1, 2, 3, 4),
				Check:             recipeCount(s.Client, 5),
			},
		},
	})
}

// mustEdit makes revision 2 of the recipe type "one".
func mustEdit(t *testing.T, s *servertest.Server, change func(definition string) string) {
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

func same(definition string) string { return definition }

func TestAccRecipeThatCannotBeReprocessedIsRefusedInThePlan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: recipeConfig(s, "recipe_type_revision = 1")},
			{
				PreConfig: func() {
					mustEdit(t, s, func(d string) string {
						return strings.Replace(d, `"name":"threshold","type":"number","required":false`,
							`"name":"threshold","type":"string","required":true`, 1)
					})
				},
				Config:      recipeConfig(s, "recipe_type_revision = 2"),
				ExpectError: regexp.MustCompile(`(?s)Recipe cannot be reprocessed.*Recipe 1 of type one\s+cannot\s+be\s+reprocessed\s+from\s+revision\s+1.*threshold`),
			},
			{
				Config:      recipeConfig(s, "recipe_type_revision = 3"),
				ExpectError: words("recipe_type_revision: recipe type one has no revision 3; its latest one is 2"),
			},
			{
				Config:      recipeConfig(s, "recipe_type_revision = 1\nforced_nodes = { nodes = [\"aa\"] }"),
				ExpectError: words("forced_nodes.nodes: 'aa' is forced, but the definition has no top level node of that name"),
			},
			{Config: recipeConfig(s, "recipe_type_revision = 1"), ConfigPlanChecks: expectEmptyPlans(), Check: recipeCount(s.Client, 1)},
		},
	})
}

// mustReprocess reprocesses the recipe, as somebody without Terraform may.
func mustReprocess(t *testing.T, s *servertest.Server, id int64, revision int) {
	t.Helper()
	_, err := s.Client.ReprocessRecipe(t.Context(), id, api.RecipeReprocess{ForcedNodes: json.RawMessage(`{}`), RevisionNum: revision})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAccRecipeReprocessedElsewhereIsDrift(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	back := steps{"a": {"COPY", "unchanged"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: recipeConfig(s, "")},
			{
				PreConfig: func() {
					mustEdit(t, s, same)
					mustReprocess(t, s, 1, 2)
				},
				// Whoever states no revision is content with any.
				Config: recipeConfig(s, ""), ConfigPlanChecks: expectEmptyPlans(),
				ConfigStateChecks: []statecheck.StateCheck{
					recipeIs("id", knownvalue.Int64Exact(1)),
					recipeIs("recipe_id", knownvalue.Int64Exact(2)),
					recipeIs("recipe_type_revision", knownvalue.Int64Exact(2)),
					recipeIs("superseded_recipe_ids", ids(1)),
					recipeIs("reprocess_plan", steps{}.check()),
				},
			},
			{ResourceName: recipeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "1"},
			{ResourceName: recipeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "2"},
			{ // Whoever states another one goes back to it.
				Config:            recipeConfig(s, "recipe_type_revision = 1"),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, back, 1, 2),
				ConfigStateChecks: reprocessed(back, 3, 1, 2),
			},
		},
	})
}

func TestAccRecipeWithoutARevisionIsReprocessedToTheLatest(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	changed := steps{"a": {"COPY", "unchanged"}, "b": {"NEW", "the definition had no such node before"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: recipeConfig(s, `reprocess_triggers = { day = "monday" }`)},
			{
				PreConfig: func() {
					mustEdit(t, s, func(d string) string {
						return strings.Replace(d, `"nodes":{`, `"nodes":{"b": {"dependencies": [], "input": {}, "node_type":
						  {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}},`, 1)
					})
				},
				Config: recipeConfig(s, `reprocess_triggers = { day = "monday" }`), ConfigPlanChecks: expectEmptyPlans(),
			},
			{
				Config:            recipeConfig(s, `reprocess_triggers = { day = "tuesday" }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, changed, 1),
				ConfigStateChecks: append(reprocessed(changed, 2, 1), recipeIs("recipe_type_revision", knownvalue.Int64Exact(2))),
			},
		},
	})
}

func TestAccRecipeIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	again := recipeConfig(s, "forced_nodes = { all = true }\ntimeouts = { update = \"2s\" }")
	forced := steps{"a": {"RUN", "forced"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: recipeConfig(s, "")},
			{
				PreConfig:   func() { f.Inject("GET /v6/recipes/2/", servertest.Answer(http.StatusServiceUnavailable)) },
				Config:      again,
				ExpectError: words("Recipe 2 of type one has not finished in time"),
			},
			{
				PreConfig: f.Clear,
				Config:    again,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("recipe_id"), knownvalue.Int64Exact(2)),
				}},
				ConfigStateChecks: reprocessed(forced, 2, 1),
				Check:             recipeCount(s.Client, 2),
			},
		},
	})
}

func TestAccRecipeThatStillRunsIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	const slow = "configuration = { settings = { GALLEY_SIMULATE_DURATION = \"6s\" } }\nreprocess_triggers = { n = 1 }\nforced_nodes = { all = true }\n"
	forced := steps{"a": {"RUN", "forced"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: recipeConfig(s, slow)},
			{
				Config:      recipeConfig(s, strings.Replace(slow, "n = 1", "n = 2", 1)+`timeouts = { update = "1s" }`),
				ExpectError: words("Jobs were still running"),
			},
			{
				Config: recipeConfig(s, strings.Replace(slow, "n = 1", "n = 2", 1)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(recipeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("recipe_id"), knownvalue.Int64Exact(2)),
					plancheck.ExpectUnknownValue(recipeAddress, tfjsonpath.New("status")),
				}},
				ConfigStateChecks: reprocessed(forced, 2, 1),
				Check:             recipeCount(s.Client, 2),
			},
		},
	})
}

func TestAccRecipeImportTakesOverWhatWouldReprocess(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	d, err := s.Client.RecipeType(t.Context(), "one")
	if err == nil {
		_, err = s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: d.ID, Input: json.RawMessage(`{}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
	const forced = "forced_nodes = { all = true }\nreprocess_triggers = { n = 1 }"
	all := steps{"a": {"RUN", "forced"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				Config: recipeConfig(s, forced), ResourceName: recipeAddress, ImportState: true, ImportStateId: "1",
				ImportStatePersist: true,
			},
			{
				Config:           recipeConfig(s, forced),
				ConfigPlanChecks: planReprocess(plancheck.ResourceActionUpdate, steps{}),
				Check:            recipeCount(s.Client, 1),
			},
			{
				Config:            recipeConfig(s, strings.Replace(forced, "n = 1", "n = 2", 1)),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, all, 1),
				ConfigStateChecks: reprocessed(all, 2, 1),
			},
		},
	})
}

func TestAccRecipeIsReprocessedForAnotherJobTypeThreeRecipesDown(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	file := mustUpload(t, s, "scene.txt", "x")
	config := providerBlock(s) + plannedTypes + fmt.Sprintf(`
resource "galley_recipe" "test" {
  recipe_type          = galley_recipe_type.outer.name
  recipe_type_revision = galley_recipe_type.outer.revision_num
  input                = { files = { scene = [%d] } }
}
`, file)
	// None of the new numbers is known when this is planned.
	changed := steps{
		"prepare": {"RUN", "job type revision changed from 1 to 2"}, "middle": {"RUN", "recipe type revision changed from 1 to 2"},
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				Config:            strings.Replace(config, "timeout = 60", "timeout = 61", 1),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, changed, 1),
				ConfigStateChecks: []statecheck.StateCheck{recipeIs("reprocess_plan", changed.check())},
			},
			{Config: strings.Replace(config, "timeout = 60", "timeout = 61", 1), ConfigPlanChecks: expectEmptyPlans()},
		},
	})
}

func TestAccRecipeThatFailsAgainIsKept(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	const failing = "configuration = { settings = { GALLEY_SIMULATE_EXIT_CODE = \"3\" } }\n"
	const again = failing + "forced_nodes = { all = true }"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				Config:            recipeConfig(s, failing+`on_failure = "warn"`),
				ConfigStateChecks: []statecheck.StateCheck{recipeIs("status", knownvalue.StringExact(statusFailed))},
			},
			{
				Config:      recipeConfig(s, again),
				ExpectError: regexp.MustCompile(`(?s)Recipe 2 of type one is FAILED.*node "a".*job-executions/2/logs/combined`),
			},
			{ // The failure was reported, and only a create taints.
				Config: recipeConfig(s, again), ConfigPlanChecks: expectEmptyPlans(), Check: recipeCount(s.Client, 2),
				ConfigStateChecks: []statecheck.StateCheck{
					recipeIs("recipe_id", knownvalue.Int64Exact(2)), recipeIs("status", knownvalue.StringExact(statusFailed)),
				},
			},
		},
	})
}
