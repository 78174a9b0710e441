package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccWrongKitchensAndOrdersAreRefusedOffline is TestAccWrongConfigsAreRefusedOffline for
// what has to do with orders.
func TestAccWrongKitchensAndOrdersAreRefusedOffline(t *testing.T) {
	t.Parallel()
	expectRefusals(t, "resource \"terraform_data\" \"unknown\" { input = \"x\" }\n", wrongOrders())
}

func wrongOrders() map[string]wrongConfig {
	kitchen := func(name, more, want string) wrongConfig {
		return wrongConfig{kind: "galley_kitchen", body: fmt.Sprintf("name = %q\n%s", name, more), want: want}
	}
	offer := func(more, want string) wrongConfig {
		return wrongConfig{kind: "galley_kitchen_recipe", body: "kitchen = \"k\"\nname = \"r\"\nrecipe_type = \"t\"\n" + more, want: want}
	}
	variation := func(more, want string) wrongConfig { return offer("variations = { v = {"+more+"} }", want) }
	order := func(more, want string) wrongConfig {
		return wrongConfig{kind: "galley_order", body: "kitchen = \"k\"\nrecipe = \"r\"\nvariation = \"v\"\n" + more, want: want}
	}
	scheduled := func(more, want string) wrongConfig { return order("schedule = {"+more+"}", want) }
	return map[string]wrongConfig{
		"a kitchen with a slash":            kitchen("a/b", "", `name: The kitchen name "a/b" has a character that a path cannot carry`),
		"a kitchen without a name":          kitchen("", "", `name: The kitchen name "" is empty`),
		"a kitchen with a reserved name":    kitchen("None", "", `name: The kitchen name "None" is reserved`),
		"a kitchen below itself":            kitchen("k", `parent = "k"`, `parent: found "k", the kitchen itself`),
		"an empty parent":                   kitchen("k", `parent = ""`, "parent: it is empty; leave it out for a root"),
		"overrides that are a list":         kitchen("k", `overrides = [1]`, "overrides: found a list, expected an object with the values by name"),
		"an override with a dash":           kitchen("k", `overrides = { "a-b" = 1 }`, "overrides.a-b: the name of a variable has letters, digits and '_', and no digit in front (INVALID_NAME)"),
		"an override of the system":         kitchen("k", `overrides = { CurrentKitchen = 1 }`, "overrides.CurrentKitchen: this variable is the system's"),
		"an override beside an unknown one": kitchen("k", `overrides = { a = terraform_data.unknown.id, "1" = 2 }`, "overrides.1: the name of a variable"),
		"a role that is none":               kitchen("k", `roles = { ann = "Cook" }`, `roles["ann"]: found "Cook", expected Admin, Developer or Guest`),
		"an alert to nobody":                kitchen("k", `alerts = { error = ["nobody"] }`, `alerts.error[0]: found "nobody", which is neither; expected an e-mail address`),
		"an alert that is not encrypted":    kitchen("k", `alerts = { start = ["http://example.com"] }`, `alerts.start[0]: found "http://example.com", which is not encrypted`),

		"a recipe without a type":                 {kind: "galley_kitchen_recipe", body: "kitchen = \"k\"\nname = \"r\"\nrecipe_type = \"\"", want: "recipe_type: it is empty"},
		"a recipe with a question":                {kind: "galley_kitchen_recipe", body: "kitchen = \"k\"\nname = \"r?\"\nrecipe_type = \"t\"", want: `name: The recipe name "r?" has a character`},
		"revision 0":                              offer("recipe_type_revision = 0", "recipe_type_revision value must be at least 1"),
		"variables that are text":                 offer(`variables = "x"`, "variables: found text, expected an object"),
		"a variable with a digit in front":        offer(`variables = { "1a" = 1 }`, "variables.1a: the name of a variable"),
		"a variation with a slash":                offer(`variations = { "a/b" = {} }`, `variations["a/b"]: The variation name "a/b" has a character`),
		"an input that is no JSON":                variation(`input_json = { a = "{" }`, `input_json["a"]: the text is not valid JSON`),
		"files and a value of one name":           variation(`input_json = { a = "1" }, input_files = { a = [1] }`, `variations["v"].input_json: 'a' is given both in input-files and in input-json`),
		"a variation of no nodes":                 variation(`nodes = []`, `variations["v"].nodes: the list is empty, and nothing would run`),
		"an order of no nodes":                    order(`nodes = []`, "nodes: the set is empty, and nothing would run"),
		"an order of a node without a name":       order(`nodes = [""]`, "nodes: found an empty text among the elements, expected the name of a node"),
		"an empty list of files":                  variation(`input_files = { a = [] }`, `variations["v"].input_files["a"]: found an empty list, expected at least one id`),
		"overrides that are no object":            variation(`overrides_json = "[1]"`, "overrides_json: the text is a list; expected an object of values by name"),
		"overrides that are no JSON":              variation(`overrides_json = "{a: 1}"`, "overrides_json: the text is not valid JSON"),
		"an override of a variation with a blank": variation(`overrides_json = jsonencode({ "a b" = 1 })`, `variations["v"].overrides_json: a b: the name of a variable`),
		"a duration of months":                    variation(`max_duration = "P1M"`, `variations["v"].max_duration: found "P1M", but months and years are of different lengths`),
		"a duration that is none":                 variation(`max_duration = "2 hours"`, `variations["v"].max_duration:`),
		"a priority of 0":                         variation(`configuration = { priority = 0 }`, "priority: found 0, expected 1 or more"),
		"a variation with two schedules":          variation(`schedule = { cron = "* * * * *", interval = "R//P1D" }`, `variations["v"].schedule: found cron and interval, expected exactly one of cron, interval and now`),
		"a variation with a wrong zone":           variation(`schedule = { cron = "* * * * *", time_zone = "Mars/Olympus" }`, `variations["v"].schedule.time_zone:`),

		"an order without a recipe name":          {kind: "galley_order", body: "kitchen = \"k\"\nrecipe = \"\"\nvariation = \"v\"", want: `recipe: The recipe name "" is empty`},
		"parameters that are a number":            order(`parameters = 1`, "parameters: found a number, expected an object"),
		"a parameter given twice":                 order("source_date = \"2026-03-01\"\nparameters = { source_date = 1 }", `source_date: parameters has a value for "source_date", too, which this attribute fills; keep one of them`),
		"infrastructure given twice":              order("infrastructure = { a = 1 }\nparameters = { infrastructure = terraform_data.unknown.id }", `infrastructure: parameters has a value for "infrastructure", too`),
		"destinations given twice":                order("alert_destinations = [\"a@example.com\"]\nparameters = { alert_destinations = [] }", `alert_destinations: parameters has a value for "alert_destinations", too`),
		"a secret parameter given twice":          order("parameters = { a = 1 }\nsecret_parameters = { a = 2 }", `secret_parameters: parameters has "a", too; keep one of them`),
		"a secret that an attribute fills":        order("source_date = \"2026-03-01\"\nsecret_parameters = { source_date = 1 }", `source_date: secret_parameters has a value for "source_date", too`),
		"secret parameters that are a text":       order(`secret_parameters = "x"`, "secret_parameters: found text, expected an object"),
		"write-only parameters without a version": order(`parameters_wo = { a = 1 }`, "parameters_wo_version: found nothing, expected a number beside parameters_wo"),
		"an empty date":                           order(`source_date = ""`, "source_date: it is empty; leave it out"),
		"an event that is none":                   order(`alerts = { eror = ["ops@example.com"] }`, "alerts.eror: there is no 'eror'; did you mean 'error'"),
		"a format that is none":                   order(`alerts = { error = ["slak+https://example.com/x"] }`, "whose format is none of galley, slack, teams and pagerduty; did you mean 'slack'"),
		"a digest that is none":                   order(`alerts = { digest = "daily" }`, `alerts.digest: found "daily", expected a duration`),
		"destinations in two attributes":          order("alerts = {}\nalert_destinations = []", "alerts: alert_destinations is given, too; keep one of them"),
		"an email that is none":                   order(`parameters = { email = "ops" }`, `email: found "ops", which is neither`),
		"a Slack webhook as another":              {kind: "galley_kitchen", body: `name = "k"` + "\n" + `alerts = { error = ["https://hooks.slack.com/services/x"] }`, want: "write slack+ in front of https://"},
		"a destination that is none":              order(`alert_destinations = ["ops"]`, `alert_destinations: found "ops", which is neither`),
		"a failure that is none":                  order(`on_failure = "ignore"`, "on_failure value must be one of"),
		"an end that is none":                     order(`on_destroy = "keep"`, "on_destroy value must be one of"),
		"a schedule without a time":               scheduled("", "schedule: found none of them, expected exactly one of cron, interval and now"),
		"now and a cron":                          scheduled(`now = true, cron = "* * * * *"`, "schedule: found cron and now, expected exactly one"),
		"not now":                                 scheduled("now = false", "schedule.now: found false, expected true"),
		"a cron of six fields":                    scheduled(`cron = "0 30 4 * * *"`, "schedule.cron:"),
		"a cron out of range":                     scheduled(`cron = "60 4 * * *"`, "schedule.cron:"),
		"an interval as cron":                     scheduled(`cron = "R5/2026-03-01T20:00:00Z/PT2H"`, "which is a repeating interval: give it as interval"),
		"a cron as interval":                      scheduled(`interval = "30 4 * * *"`, "five fields of cron are given as cron"),
		"now as cron":                             scheduled(`cron = "now"`, "for one run at once give now = true"),
		"an empty cron":                           scheduled(`cron = ""`, "schedule.cron: it is empty"),
		"an interval without a period":            scheduled(`interval = "R5/2026-03-01T20:00:00Z/"`, "schedule.interval:"),
		"a zone that does not exist":              scheduled(`cron = "30 4 * * *", time_zone = "Europe/Pariss"`, "schedule.time_zone:"),
		"a start that is no time":                 scheduled(`cron = "30 4 * * *", start = "tomorrow"`, "schedule.start:"),
		"an end before the start":                 scheduled(`cron = "30 4 * * *", start = "2026-03-02T00:00:00Z", expires = "2026-03-01T00:00:00Z"`, "schedule.expires:"),
		"an end beside an unknown zone":           scheduled(`cron = "61 4 * * *", time_zone = terraform_data.unknown.id`, "schedule.cron:"),
		"no runs at all":                          scheduled(`cron = "30 4 * * *", max_runs = 0`, "schedule.max_runs: found 0, expected 1 or more"),
		"a schedule that never fires":             scheduled(`cron = "0 0 30 2 *"`, "schedule.cron:"),
	}
}

// plannedKitchens are resources that nothing is wrong with, and that do not exist yet.
const plannedKitchens = `
resource "galley_recipe_type" "ndvi" {
  title = "NDVI"
  definition = {
    input = {
      files = { scene = { required = false } }
      json = {
        threshold = { type = "number" }
        bands     = { type = "object", required = false }
      }
    }
    nodes = {}
  }
}
resource "galley_kitchen" "production" {
  name      = "production"
  overrides = { region = "north" }
}
resource "galley_kitchen" "test" {
  name   = "test"
  parent = galley_kitchen.production.name
}
resource "galley_kitchen_recipe" "ndvi" {
  kitchen     = galley_kitchen.production.name
  name        = "ndvi"
  recipe_type = galley_recipe_type.ndvi.name
  variables   = { threshold = 0.5, label = "{{region}}" }
  variations  = { once = {}, nightly = { schedule = { cron = "30 4 * * *" } } }
}
`

// TestAccWrongOrdersAreRefusedAcrossThePlan is about kitchens, recipes and recipe types that
// an empty backend does not know yet, and is not asked for.
func TestAccWrongOrdersAreRefusedAcrossThePlan(t *testing.T) {
	t.Parallel()
	offer := func(more, want string) wrongConfig {
		return wrongConfig{
			kind: "galley_kitchen_recipe", want: want,
			body: "kitchen = galley_kitchen.production.name\nname = \"other\"\nrecipe_type = galley_recipe_type.ndvi.name\n" + more,
		}
	}
	order := func(kitchen, variation, more, want string) wrongConfig {
		return wrongConfig{
			kind: "galley_order", want: want,
			body: fmt.Sprintf("kitchen = galley_kitchen.%s.name\nrecipe = galley_kitchen_recipe.ndvi.name\nvariation = %q\n%s", kitchen, variation, more),
		}
	}
	expectRefusals(t, plannedKitchens, map[string]wrongConfig{
		"an unknown input of the recipe type":   offer(`variations = { v = { input_json = { treshold = "1" } } }`, `variations["v"].input_json["treshold"]: recipe type ndvi has no input 'treshold'; did you mean 'threshold'`),
		"an unknown file of the recipe type":    offer(`variations = { v = { input_files = { scenes = [1] }, input_json = { threshold = "1" } } }`, `variations["v"].input_files["scenes"]: recipe type ndvi has no input 'scenes'; did you mean 'scene'`),
		"two files for one":                     offer(`variations = { v = { input_files = { scene = [1, 2] } } }`, `variations["v"].input_files["scene"]: 'scene' has 2 files; expected exactly one (MULTIPLE_FILES)`),
		"a text for a number":                   offer(`variations = { v = { input_json = { threshold = jsonencode("high") } } }`, `variations["v"].input_json["threshold"]: 'threshold' is`),
		"a variable of another type":            offer("variables = { threshold = true }\nvariations = { v = {} }", `variables: 'threshold' is true; expected a number`),
		"an override of another type":           offer(`variations = { v = { overrides_json = jsonencode({ bands = [1] }), input_json = { threshold = "1" } } }`, `variations["v"].overrides_json: 'bands' is an array`),
		"a variation that is not there":         order("production", "onse", "", "variation: recipe ndvi of kitchen production has no variation 'onse'; did you mean 'once'?"),
		"a variation in a kitchen below":        order("test", "daily", "", "variation: recipe ndvi of kitchen test has no variation 'daily'; it has nightly and once"),
		"a parameter of another type":           order("test", "once", `parameters = { threshold = "high" }`, "parameters: 'threshold' is"),
		"a parameter that takes away an input":  order("production", "once", `parameters = { threshold = null }`, "parameters: 'threshold' is missing; this parameter (number) is required, for recipe type ndvi (PARAM_REQUIRED)"),
		"a reference to nothing":                order("production", "once", `parameters = { note = "{{regoin}}" }`, "parameters: note: there is no variable 'regoin'; did you mean 'region'?"),
		"a reference in a circle":               order("production", "once", `parameters = { region = "{{label}}" }`, "the reference goes in a circle"),
		"a reference from a typed attribute":    order("production", "once", `source_date = "{{nowhere}}"`, "source_date: there is no variable 'nowhere'"),
		"infrastructure that refers to nothing": order("production", "once", `infrastructure = { a = "{{b}}" }`, "infrastructure: infrastructure.a: there is no variable 'b'"),
	})
}

// TestAccWrongOrdersAreRefusedOnline is about what the backend has and has not.
func TestAccWrongOrdersAreRefusedOnline(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	kitchen := func(parent string) string {
		return fmt.Sprintf("resource \"galley_kitchen\" \"test\" {\n  name = \"test\"\n  parent = %q\n}\n", parent)
	}
	offer := func(kitchen, recipeType, more string) string {
		return fmt.Sprintf("resource \"galley_kitchen_recipe\" \"test\" {\n  kitchen = %q\n  name = \"x\"\n  recipe_type = %q\n%s\n}\n", kitchen, recipeType, more)
	}
	order := func(kitchen, recipe, variation, more string) string {
		return fmt.Sprintf("resource \"galley_order\" \"test\" {\n  kitchen = %q\n  recipe = %q\n  variation = %q\n%s\n}\n", kitchen, recipe, variation, more)
	}
	tests := []struct{ config, want string }{
		{kitchen("prod"), "parent: there is no kitchen 'prod'"},
		{kitchen("productions"), "parent: there is no kitchen 'productions'; did you mean 'production'?"},
		{offer("productions", "one", ""), "kitchen: there is no kitchen 'productions'; did you mean 'production'?"},
		{offer("production", "on", ""), `There is no recipe type "on"`},
		{offer("production", "one", "recipe_type_revision = 7"), "recipe type one has no revision 7; its latest one is 1"},
		{offer("production", "one", `variations = { v = { input_json = { nothing = "1" } } }`), "recipe type one has no input 'nothing'"},
		{offer("production", "one", `variations = { v = { input_files = { scene = [4711] } } }`), `variations["v"].input_files["scene"][0]: there is no file 4711`},
		{offer("production", "one", `variations = { v = { configuration = { output_workspaces = { default = "nowhere" } } } }`), `variations["v"].configuration.output_workspaces.default: there is no workspace 'nowhere'`},
		{order("productions", "ndvi", "once", ""), "kitchen: there is no kitchen 'productions'; did you mean 'production'?"},
		{order("production", "ndwi", "once", ""), "recipe: kitchen production has no recipe 'ndwi'; did you mean 'ndvi'?"},
		{order("production", "ndvi", "nightli", ""), "variation: recipe ndvi of kitchen production has no variation 'nightli'; did you mean 'nightly'?"},
		{order("production", "ndvi", "once", `parameters = { threshold = "high" }`), "parameters: 'threshold' is"},
		{order("production", "ndvi", "once", `parameters = { x = "{{y}}" }`), "parameters: x: there is no variable 'y'"},
	}
	var steps []resource.TestStep
	for _, tt := range tests {
		steps = append(steps, resource.TestStep{Config: providertest.ProviderBlock(s) + tt.config, PlanOnly: true, ExpectError: providertest.Words(tt.want)})
	}
	// Warnings only, or nothing at all, where the provider is told so.
	for _, mode := range []string{plan.ValidationWarn, plan.ValidationOff} {
		steps = append(steps, resource.TestStep{
			Config: providertest.ProviderBlock(s, `plan_validation = "`+mode+`"`) + order("production", "ndvi", "onec", ""), PlanOnly: true, ExpectNonEmptyPlan: true,
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providertest.Providers(), Steps: steps})
}
