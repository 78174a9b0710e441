package recipe_test

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
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// planReprocess expects an action of the test's recipe, with this reprocess_plan.
func planReprocess(action plancheck.ResourceActionType, s providertest.Steps, superseded ...int64) resource.ConfigPlanChecks {
	checks := []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(providertest.RecipeAddress, action),
		plancheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("reprocess_plan"), s.Check()),
		plancheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("id"), knownvalue.Int64Exact(1)),
	}
	if superseded != nil {
		checks = append(checks, plancheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("superseded_recipe_ids"), providertest.IDs(superseded...)))
	}
	return resource.ConfigPlanChecks{PreApply: checks}
}

func TestAccRecipeIsReprocessedInPlace(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	abc := []string{"a", "b", "c"}
	forced := providertest.Steps{"a": {"COPY", "unchanged"}, "b": {"RUN", "forced"}, "c": {"RUN", "below b, which runs again"}}
	copied := providertest.Steps{"a": {"COPY", "unchanged"}, "b": {"COPY", "unchanged"}, "c": {"COPY", "unchanged"}}
	changed := providertest.Steps{
		"a": {"COPY", "unchanged"}, "b": {"COPY", "unchanged"}, "c": {"DROP", "the definition has no such node any more"},
		"d": {"NEW", "the definition had no such node before"},
	}
	all := providertest.Steps{"a": {"RUN", "forced"}, "b": {"RUN", "forced; below a, which runs again"}, "d": {"RUN", "forced; below b, which runs again"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{ // Nothing can be forced yet.
				Config: providertest.Chain(s, abc, `forced_nodes = { nodes = ["b"] }`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("reprocess_plan"), providertest.Steps{}.Check()),
				}},
				ConfigStateChecks: providertest.Reprocessed(providertest.Steps{}, 1),
			},
			{
				Config:            providertest.Chain(s, abc, "forced_nodes = { nodes = [\"b\"] }\nreprocess_triggers = { n = \"1\" }"),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, forced, 1),
				ConfigStateChecks: providertest.Reprocessed(forced, 2, 1),
				Check:             providertest.RecipeCount(s.Client, 2),
			},
			{ // The same, in other words.
				Config: providertest.Chain(s, abc, "forced_nodes = { all = false, nodes = toset([\"b\"]), sub_recipes = {} }\n"+
					"reprocess_triggers = tomap({ \"n\" = 1 })"),
				ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{ // To force nothing any more is no reason for a reprocess.
				Config:            providertest.Chain(s, abc, `reprocess_triggers = { n = "1" }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, forced, 1),
				ConfigStateChecks: providertest.Reprocessed(forced, 2, 1),
				Check:             providertest.RecipeCount(s.Client, 2),
			},
			{
				Config:            providertest.Chain(s, abc, `reprocess_triggers = { n = "2" }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, copied, 1, 2),
				ConfigStateChecks: providertest.Reprocessed(copied, 3, 1, 2),
			},
			{ // The number of the revision is not known yet, but what becomes of the nodes is.
				Config:            providertest.Chain(s, []string{"a", "b", "d"}, ""),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, changed, 1, 2, 3),
				ConfigStateChecks: append(providertest.Reprocessed(changed, 4, 1, 2, 3), providertest.RecipeIs("recipe_type_revision", knownvalue.Int64Exact(2))),
			},
			{
				Config:            providertest.Chain(s, []string{"a", "b", "d"}, `forced_nodes = { all = true }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, all, 1, 2, 3, 4),
				ConfigStateChecks: providertest.Reprocessed(all, 5, 1, 2, 3, 4),
				Check:             providertest.RecipeCount(s.Client, 5),
			},
			{
				Config:            providertest.Chain(s, []string{"a", "b", "d"}, "forced_nodes = { all = true }\non_destroy = \"cancel\"\ntimeouts = { update = \"10m\" }"),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, all, 1, 2, 3, 4),
				ConfigStateChecks: providertest.Reprocessed(all, 5, 1, 2, 3, 4),
				Check:             providertest.RecipeCount(s.Client, 5),
			},
		},
	})
}

func TestAccRecipeThatCannotBeReprocessedIsRefusedInThePlan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, "recipe_type_revision = 1")},
			{
				PreConfig: func() {
					providertest.MustEdit(t, s, func(d string) string {
						return strings.Replace(d, `"name":"threshold","type":"number","required":false`,
							`"name":"threshold","type":"string","required":true`, 1)
					})
				},
				Config:      providertest.RecipeConfig(s, "recipe_type_revision = 2"),
				ExpectError: regexp.MustCompile(`(?s)Recipe cannot be reprocessed.*Recipe 1 of type one\s+cannot\s+be\s+reprocessed\s+from\s+revision\s+1.*threshold`),
			},
			{
				Config:      providertest.RecipeConfig(s, "recipe_type_revision = 3"),
				ExpectError: providertest.Words("recipe_type_revision: recipe type one has no revision 3; its latest one is 2"),
			},
			{
				Config:      providertest.RecipeConfig(s, "recipe_type_revision = 1\nforced_nodes = { nodes = [\"aa\"] }"),
				ExpectError: providertest.Words("forced_nodes.nodes: 'aa' is forced, but the definition has no top level node of that name"),
			},
			{Config: providertest.RecipeConfig(s, "recipe_type_revision = 1"), ConfigPlanChecks: providertest.ExpectEmptyPlans(), Check: providertest.RecipeCount(s.Client, 1)},
		},
	})
}

func TestAccRecipeReprocessedElsewhereIsDrift(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	back := providertest.Steps{"a": {"COPY", "unchanged"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, "")},
			{
				PreConfig: func() {
					providertest.MustEdit(t, s, providertest.Same)
					providertest.MustReprocess(t, s, 1, 2)
				},
				// Whoever states no revision is content with any.
				Config: providertest.RecipeConfig(s, ""), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("id", knownvalue.Int64Exact(1)),
					providertest.RecipeIs("recipe_id", knownvalue.Int64Exact(2)),
					providertest.RecipeIs("recipe_type_revision", knownvalue.Int64Exact(2)),
					providertest.RecipeIs("superseded_recipe_ids", providertest.IDs(1)),
					providertest.RecipeIs("reprocess_plan", providertest.Steps{}.Check()),
				},
			},
			{ResourceName: providertest.RecipeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "1"},
			{ResourceName: providertest.RecipeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "2"},
			{ // Whoever states another one goes back to it.
				Config:            providertest.RecipeConfig(s, "recipe_type_revision = 1"),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, back, 1, 2),
				ConfigStateChecks: providertest.Reprocessed(back, 3, 1, 2),
			},
		},
	})
}

func TestAccRecipeWithoutARevisionIsReprocessedToTheLatest(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	changed := providertest.Steps{"a": {"COPY", "unchanged"}, "b": {"NEW", "the definition had no such node before"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, `reprocess_triggers = { day = "monday" }`)},
			{
				PreConfig: func() {
					providertest.MustEdit(t, s, func(d string) string {
						return strings.Replace(d, `"nodes":{`, `"nodes":{"b": {"dependencies": [], "input": {}, "node_type":
						  {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}},`, 1)
					})
				},
				Config: providertest.RecipeConfig(s, `reprocess_triggers = { day = "monday" }`), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{
				Config:            providertest.RecipeConfig(s, `reprocess_triggers = { day = "tuesday" }`),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, changed, 1),
				ConfigStateChecks: append(providertest.Reprocessed(changed, 2, 1), providertest.RecipeIs("recipe_type_revision", knownvalue.Int64Exact(2))),
			},
		},
	})
}

func TestAccRecipeIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	again := providertest.RecipeConfig(s, "forced_nodes = { all = true }\ntimeouts = { update = \"2s\" }")
	forced := providertest.Steps{"a": {"RUN", "forced"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, "")},
			{
				PreConfig:   func() { f.Inject("GET /v6/recipes/2/", servertest.Answer(http.StatusServiceUnavailable)) },
				Config:      again,
				ExpectError: providertest.Words("Recipe 2 of type one has not finished in time"),
			},
			{
				PreConfig: f.Clear,
				Config:    again,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("recipe_id"), knownvalue.Int64Exact(2)),
				}},
				ConfigStateChecks: providertest.Reprocessed(forced, 2, 1),
				Check:             providertest.RecipeCount(s.Client, 2),
			},
		},
	})
}

func TestAccRecipeThatStillRunsIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	const slow = "settings = { GALLEY_SIMULATE_DURATION = \"6s\" }\nreprocess_triggers = { n = 1 }\nforced_nodes = { all = true }\n"
	forced := providertest.Steps{"a": {"RUN", "forced"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.RecipeConfig(s, slow)},
			{
				Config:      providertest.RecipeConfig(s, strings.Replace(slow, "n = 1", "n = 2", 1)+`timeouts = { update = "1s" }`),
				ExpectError: providertest.Words("Jobs were still running"),
			},
			{
				Config: providertest.RecipeConfig(s, strings.Replace(slow, "n = 1", "n = 2", 1)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(providertest.RecipeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(providertest.RecipeAddress, tfjsonpath.New("recipe_id"), knownvalue.Int64Exact(2)),
					plancheck.ExpectUnknownValue(providertest.RecipeAddress, tfjsonpath.New("status")),
				}},
				ConfigStateChecks: providertest.Reprocessed(forced, 2, 1),
				Check:             providertest.RecipeCount(s.Client, 2),
			},
		},
	})
}

func TestAccRecipeImportTakesOverWhatWouldReprocess(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	d, err := s.Client.RecipeType(t.Context(), "one")
	if err == nil {
		_, err = s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: d.ID, Input: json.RawMessage(`{}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
	const forced = "forced_nodes = { all = true }\nreprocess_triggers = { n = 1 }"
	all := providertest.Steps{"a": {"RUN", "forced"}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: providertest.RecipeConfig(s, forced), ResourceName: providertest.RecipeAddress, ImportState: true, ImportStateId: "1",
				ImportStatePersist: true,
			},
			{
				Config:           providertest.RecipeConfig(s, forced),
				ConfigPlanChecks: planReprocess(plancheck.ResourceActionUpdate, providertest.Steps{}),
				Check:            providertest.RecipeCount(s.Client, 1),
			},
			{
				Config:            providertest.RecipeConfig(s, strings.Replace(forced, "n = 1", "n = 2", 1)),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, all, 1),
				ConfigStateChecks: providertest.Reprocessed(all, 2, 1),
			},
		},
	})
}

func TestAccRecipeIsReprocessedForAnotherJobTypeThreeRecipesDown(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	file := providertest.MustUpload(t, s, "scene.txt", "x")
	config := providertest.ProviderBlock(s) + providertest.PlannedTypes + fmt.Sprintf(`
resource "galley_recipe" "test" {
  recipe_type          = galley_recipe_type.outer.name
  recipe_type_revision = galley_recipe_type.outer.revision_num
  input                = { files = { scene = [%d] } }
}
`, file)
	// None of the new numbers is known when this is planned.
	changed := providertest.Steps{
		"prepare": {"RUN", "job type revision changed from 1 to 2"}, "middle": {"RUN", "recipe type revision changed from 1 to 2"},
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				Config:            strings.Replace(config, "timeout = 60", "timeout = 61", 1),
				ConfigPlanChecks:  planReprocess(plancheck.ResourceActionUpdate, changed, 1),
				ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("reprocess_plan", changed.Check())},
			},
			{Config: strings.Replace(config, "timeout = 60", "timeout = 61", 1), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

func TestAccRecipeThatFailsAgainIsKept(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	const failing = "settings = { GALLEY_SIMULATE_EXIT_CODE = \"3\" }\n"
	const again = failing + "forced_nodes = { all = true }"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config:            providertest.RecipeConfig(s, failing+`on_failure = "warn"`),
				ConfigStateChecks: []statecheck.StateCheck{providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusFailed))},
			},
			{
				Config:      providertest.RecipeConfig(s, again),
				ExpectError: regexp.MustCompile(`(?s)Recipe 2 of type one is FAILED.*node "a".*job-executions/2/logs/combined`),
			},
			{ // The failure was reported, and only a create taints.
				Config: providertest.RecipeConfig(s, again), ConfigPlanChecks: providertest.ExpectEmptyPlans(), Check: providertest.RecipeCount(s.Client, 2),
				ConfigStateChecks: []statecheck.StateCheck{
					providertest.RecipeIs("recipe_id", knownvalue.Int64Exact(2)), providertest.RecipeIs("status", knownvalue.StringExact(kit.StatusFailed)),
				},
			},
		},
	})
}
