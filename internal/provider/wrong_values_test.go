package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// wrongValues are arguments with single values that can never be meant, each of which
// validate refuses by its path, with what was found and what was expected.
func wrongValues() map[string]wrongConfig {
	row := func(kind, body, want string) wrongConfig { return wrongConfig{kind: kind, body: body, want: want} }
	workspace := func(more, want string) wrongConfig {
		return row("galley_workspace", "title = \"A\"\nbroker = { host = { path = \"x\" } }\n"+more, want)
	}
	broker := func(value, want string) wrongConfig {
		return row("galley_workspace", "title = \"A\"\nbroker = "+value, want)
	}
	file := func(more, want string) wrongConfig {
		return row("galley_source_file", "workspace = \"default\"\npath = \"a\"\n"+more, want)
	}
	job := func(more, want string) wrongConfig {
		return row("galley_job_type", providertest.ManifestArgument(providertest.SeedText("x", "", ""))+more, want)
	}
	manifest := func(old, with, want string) wrongConfig {
		return row("galley_job_type", providertest.ManifestArgument(strings.Replace(providertest.SeedText("x", "", ""), old, with, 1)), want)
	}
	definition := func(text, want string) wrongConfig {
		return row("galley_recipe_type", "title = \"T\"\ndefinition = "+text, want)
	}
	node := func(text, want string) wrongConfig { return definition("{ nodes = { a = "+text+" } }", want) }
	between := func(values, want string) wrongConfig {
		return definition(`{
  input = { json = { v = { type = "number" } } }
  nodes = { c = {
    condition = {
      interface   = { json = { v = { type = "number" } } }
      data_filter = { filters = [{ name = "v", type = "number", condition = "between", values = `+values+` }] }
    }
    input = { v = { recipe_input = "v" } }
  } }
}`, want)
	}
	document := func(text, want string) wrongConfig {
		return row("galley_recipe_type", "title = \"T\"\ndefinition_json = "+text, want)
	}
	run := func(more, want string) wrongConfig { return row("galley_recipe", "recipe_type = \"t\"\n"+more, want) }
	kitchen := func(more, want string) wrongConfig { return row("galley_kitchen", "name = \"k\"\n"+more, want) }
	offer := func(more, want string) wrongConfig {
		return row("galley_kitchen_recipe", "kitchen = \"k\"\nname = \"r\"\nrecipe_type = \"t\"\n"+more, want)
	}
	variation := func(more, want string) wrongConfig { return offer("variations = { v = { "+more+" } }", want) }
	order := func(more, want string) wrongConfig {
		return row("galley_order", "kitchen = \"k\"\nrecipe = \"r\"\nvariation = \"v\"\n"+more, want)
	}
	return map[string]wrongConfig{
		"a base URL that is none":        workspace(`base_url = "files"`, `base_url: found "files", expected a whole URL such as https://files.example.com/scenes`),
		"a base URL with a query":        workspace(`base_url = "https://example.com/?a=b"`, "which has a query or a fragment"),
		"storage of another kind":        broker(`{ nfs = { path = "x" } }`, "broker.nfs: there is no 'nfs'; expected only 'host'"),
		"storage that is text":           broker(`"x"`, `broker: found "x", expected an object`),
		"storage without a folder":       broker(`{ host = { path = "" } }`, "broker.host.path: found no text, expected a folder"),
		"a media type that is none":      file("content = \"\"\nmedia_type = \"tiff\"", `media_type: found "tiff", expected a media type such as image/tiff`),
		"an empty tag":                   file("content = \"\"\ndata_types = [\"\"]", "data_types: found an empty text among the elements, expected a tag"),
		"null for a tag":                 file("content = \"\"\ndata_types = [\"a\", null]", "data_types: found null among the elements"),
		"an empty source":                file(`source = ""`, "source: it is empty; expected the path of a local file"),
		"a year of one":                  file("content = \"\"\nsource_started = \"0001-01-01T00:00:00Z\"", "source_started: found 0001-01-01T00:00:00Z, expected a time of the years 1000 to 9999"),
		"an end before its start":        file("content = \"\"\nsource_started = \"2026-03-02T00:00:00Z\"\nsource_ended = \"2026-03-01T00:00:00Z\"", "source_ended: found 2026-03-01T00:00:00Z, which is before the start"),
		"a file of no workspace":         row("galley_source_file", "workspace = \"\"\npath = \"a\"\ncontent = \"\"", "workspace: it is empty; expected the name of a workspace"),
		"an image with blanks":           job(`docker_image = "my job"`, `docker_image: found "my job", which has blanks`),
		"a limit over 31 bits":           job(`max_scheduled = 2147483648`, "max_scheduled: found 2147483648, expected 0 (no limit) to 2147483647"),
		"a limit beyond all numbers":     job(`max_scheduled = 1e70`, "max_scheduled: found 1e+70, expected a whole number"),
		"a limit with a fraction":        job(`max_scheduled = 1.5`, "max_scheduled: found 1.5, expected a whole number"),
		"a priority over 31 bits":        job(`configuration = { priority = 2147483648 }`, "priority: found 2147483648, expected at most 2147483647"),
		"a priority with a fraction":     job(`configuration = { priority = 1.5 }`, "configuration.priority: found the number 1.5, expected a whole number"),
		"a priority in words":            job(`configuration = { priority = "high" }`, `configuration.priority: found "high", expected a whole number`),
		"a configuration that is a list": job(`configuration = []`, "configuration: found a list, expected an object"),
		"settings in a configuration":    job(`configuration = { settings = { A = "x" } }`, "configuration.settings: there is no 'settings' here: settings are an attribute of their own"),
		"a manifest by its path":         row("galley_job_type", `manifest = "seed.manifest.json"`, "The manifest is not valid JSON"),
		"a manifest with a member twice": manifest(`"timeout": 60`, `"timeout": 60, "timeout": 70`, "The manifest has 'job.timeout' twice"),
		"a manifest without time":        manifest(`"timeout": 60`, `"timeout": 0`, "job.timeout: found the number 0, expected at least 1"),
		"a manifest of another standard": manifest(`"1.0.0", "job"`, `"2.0.0", "job"`, `seedVersion: found the string "2.0.0"`),
		"a manifest with a bad version":  manifest(`"jobVersion": "1.0.0"`, `"jobVersion": "one"`, "expected a semantic version such as 1.0.0"),
		"no nodes at all":                definition("{}", "definition.nodes: it is missing"),
		"nodes that are a list":          definition("{ nodes = [] }", "definition.nodes: found a list, expected a map of objects"),
		"null for a node":                node("null", `definition.nodes["a"]: the value is null`),
		"a node without a name":          definition(`{ nodes = { "" = { recipe = { name = "r", revision = 1 } } } }`, `definition.nodes[""]: the name '' has 0 letters`),
		"dependencies that are a list":   node(`{ recipe = { name = "r", revision = 1 }, dependencies = ["b"] }`, `definition.nodes["a"].dependencies: found a list, expected a map`),
		"a node that waits for itself":   node(`{ recipe = { name = "r", revision = 1 }, dependencies = { a = true } }`, "Circular dependency: a -> a"),
		"revision 0 of a job":            node(`{ job = { name = "j", version = "1.0.0", revision = 0 } }`, `definition.nodes["a"].job.revision: found 0, expected a revision, which is 1 or more`),
		"a revision below 0":             node(`{ recipe = { name = "r", revision = -1 } }`, `definition.nodes["a"].recipe.revision: found -1, expected a revision`),
		"a revision beyond all numbers":  node(`{ recipe = { name = "r", revision = 1e70 } }`, `definition.nodes["a"].recipe.revision: found the number 1e+70, expected a whole number`),
		"a revision in words":            node(`{ recipe = { name = "r", revision = "latest" } }`, `definition.nodes["a"].recipe.revision: found "latest", expected a whole number`),
		"a job without a name":           node(`{ job = { name = "", version = "1.0.0", revision = 1 } }`, `definition.nodes["a"].job.name: it is empty`),
		"a job without a version":        node(`{ job = { name = "j", revision = 1 } }`, `definition.nodes["a"].job.version: it is missing`),
		"an input of a media type that is none": definition(`{ input = { files = { a = { media_types = ["tiff"] } } }, nodes = {} }`,
			`Input 'a': found "tiff", expected a media type such as image/tiff`),
		"a range with one value":           between("[1]", "never passes, as 'between' needs two values; found 1"),
		"a range upside down":              between("[5, 1]", "never passes, as nothing is between 5 and 1"),
		"a range with three values":        between("[1, 2, 3]", "has 3 values for 'between', which needs two"),
		"a definition by its path":         document(`"recipe.json"`, "definition_json, the document: The definition is not valid JSON"),
		"a definition that is null":        document(`"null"`, "definition: found null, expected an object"),
		"a definition with a member twice": document(`"{\"nodes\":{},\"nodes\":{}}"`, "The definition has 'nodes' twice"),
		"revision 0 in JSON": document(`jsonencode({ input = {}, nodes = { a = { dependencies = [], input = {}, node_type = { node_type = "recipe", recipe_type_name = "r", recipe_type_revision = 0 } } } })`,
			"found revision 0, expected 1 or more"),
		"a run of nothing":                     row("galley_recipe", `recipe_type = ""`, "recipe_type: it is empty; expected the name of a recipe type"),
		"a run of a revision beyond all":       run(`recipe_type_revision = 1e70`, "recipe_type_revision: found 1e+70, expected a whole number"),
		"one id instead of a list":             run(`input = { files = { a = 1 } }`, `input.files["a"]: found the number 1, expected a list`),
		"a name for an id":                     run(`input = { files = { a = ["x"] } }`, `input.files["a"][0]: found "x", expected a whole number`),
		"a timeout of nothing":                 run(`timeouts = { create = "0s" }`, `timeouts.create: found "0s", which is no time at all`),
		"a timeout below nothing":              run(`timeouts = { create = "-5m" }`, `timeouts.create: found "-5m", which is no time at all`),
		"a timeout without a unit":             run(`timeouts = { create = 30 }`, `timeouts.create: found "30", expected a duration`),
		"a timeout of another operation":       run(`timeouts = { creat = "30m" }`, "timeouts.creat: there is no 'creat'; did you mean 'create'"),
		"settings without a version":           run("settings_wo = { A = \"x\" }", "settings_wo_version: found nothing, expected a number beside settings_wo"),
		"a kitchen of nobody":                  kitchen(`staff = [""]`, "staff: found an empty text among the elements, expected the name of a user"),
		"null for a role":                      kitchen(`roles = { ann = null }`, `roles["ann"]: found null, expected Admin, Developer or Guest`),
		"a role in another case":               kitchen(`roles = { ann = "admin" }`, `roles["ann"]: found "admin", expected Admin, Developer or Guest`),
		"an override of itself":                kitchen(`overrides = { a = "{{a}}" }`, "overrides.a: the reference goes in a circle: a -> a"),
		"overrides in a circle":                kitchen(`overrides = { a = "{{b}}", b = "{{a}}" }`, "the reference goes in a circle"),
		"braces without an end":                kitchen(`overrides = { a = "{{b" }`, "overrides.a: found '{{' without an expression"),
		"braces around nothing":                kitchen(`overrides = { a = "{{ }}" }`, "expected the name of a variable between the braces"),
		"one destination without a list":       kitchen(`alerts = { error = "ops@example.com" }`, `alerts.error: found "ops@example.com", expected a list`),
		"an event that is none":                kitchen(`alerts = { failure = [] }`, "alerts.failure: there is no 'failure'"),
		"an offer of a revision in parts":      offer(`recipe_type_revision = 1.5`, "recipe_type_revision: found 1.5, expected a whole number"),
		"a variable of itself":                 offer(`variables = { a = "x{{a}}" }`, "variables.a: the reference goes in a circle"),
		"null for a variation":                 offer(`variations = { v = null }`, `variations["v"]: the value is null`),
		"overrides of a variation in a circle": variation(`overrides_json = jsonencode({ a = "{{a}}" })`, `variations["v"].overrides_json: the reference goes in a circle`),
		"overrides with a member twice":        variation(`overrides_json = "{\"a\":1,\"a\":2}"`, `variations["v"].overrides_json: the text has 'a' twice`),
		"overrides that are no text":           variation(`overrides_json = { a = 1 }`, `variations["v"].overrides_json: found an object, expected JSON text, as jsonencode writes it`),
		"a zone that is empty":                 variation(`schedule = { cron = "* * * * *", time_zone = "" }`, `variations["v"].schedule.time_zone: it is empty; leave it out for none`),
		"a zone of this machine":               variation(`schedule = { cron = "* * * * *", time_zone = "Local" }`, "which differs from machine to machine"),
		"a zone by its misspelt name":          variation(`schedule = { cron = "* * * * *", timezone = "UTC" }`, "there is no 'timezone'; did you mean 'time_zone'"),
		"a nickname of cron":                   variation(`schedule = { cron = "@daily" }`, "such as 0 0 * * * for @daily"),
		"runs beyond all numbers":              variation(`schedule = { cron = "* * * * *", max_runs = 1e70 }`, "schedule.max_runs: found the number 1e+70, expected a whole number"),
		"a schedule that is text":              variation(`schedule = "now"`, `variations["v"].schedule: found "now", expected an object`),
		"a duration of nothing":                variation(`max_duration = "0s"`, "which is no time at all"),
		"a run at once that is paused":         order("paused = true\nschedule = { now = true }", "paused: found true, but by its schedule the order runs once"),
		"null for a destination":               order(`alert_destinations = ["a@example.com", null]`, "alert_destinations: found null among the elements"),
		"a parameter of itself":                order(`parameters = { a = "{{a}}" }`, "parameters.a: the reference goes in a circle"),
		"a parameter of the system":            order(`parameters = { ScheduledFor = "x" }`, "parameters.ScheduledFor: this variable is the system's"),
		"an overlap that is none":              order(`overlap = "never"`, "overlap value must be one of"),
		"a user without a name":                row("galley_user", "name = \"\"\nrole = \"viewer\"", "name: "),
		"a role of a user that is none":        row("galley_user", "name = \"ann\"\nrole = \"root\"", `role: unknown role "root": expected one of viewer`),
		"a password that is too short":         row("galley_user", "name = \"ann\"\nrole = \"viewer\"\npassword_wo = \"x\"\npassword_wo_version = 1", "password_wo: "),
		"a token that expires tomorrow":        row("galley_token", "name = \"t\"\nexpires = \"tomorrow\"\nsecret_wo = \"gal_x\"\nsecret_wo_version = 1", `expires: found "tomorrow", expected a time such as`),
	}
}

// TestAccWrongPlansAreRefusedWithTheBackend is about what a plan finds by itself and by an
// empty backend: one plan for all of them.
func TestAccWrongPlansAreRefusedWithTheBackend(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	tests := wrongWithTheBackend()
	config, addresses := labeledConfigs(tests)
	base, _, _ := strings.Cut(typesOfThePlan(), `resource "galley_recipe_type" "loop_inside"`)
	messages := providertest.PlanErrors(t, providertest.ProviderBlock(s)+base+plannedKitchens+`
resource "galley_job_type" "off" {
  is_active = false
`+providertest.ManifestArgument(providertest.SeedText("off", "", ""))+`
}
resource "galley_recipe_type" "off" {
  title      = "Off"
  is_active  = false
  definition = { nodes = {} }
}
`+config)
	for name, tt := range tests {
		if got := messages[addresses[name]]; !strings.Contains(got, tt.want) {
			t.Errorf("%s: message = %q, want %q in it", name, got, tt.want)
		}
	}
}

func wrongWithTheBackend() map[string]wrongConfig {
	node := func(title, text, want string) wrongConfig {
		return wrongConfig{body: fmt.Sprintf("title = %q\ndefinition = { nodes = { a = %s } }", title, text), want: want}
	}
	run := func(body, want string) wrongConfig { return wrongConfig{kind: "galley_recipe", body: body, want: want} }
	offer := func(name, more, want string) wrongConfig {
		return wrongConfig{kind: "galley_kitchen_recipe", want: want,
			body: fmt.Sprintf("kitchen = galley_kitchen.production.name\nname = %q\nrecipe_type = galley_recipe_type.inner.name\n%s", name, more)}
	}
	order := func(variation, more, want string) wrongConfig {
		return wrongConfig{kind: "galley_order", want: want,
			body: fmt.Sprintf("kitchen = galley_kitchen.production.name\nrecipe = galley_kitchen_recipe.ndvi.name\nvariation = %q\n%s", variation, more)}
	}
	file := func(more, want string) wrongConfig {
		return wrongConfig{kind: "galley_source_file", body: more, want: want}
	}
	return map[string]wrongConfig{
		"a job type that the plan makes inactive": node("One",
			`{ job = { name = galley_job_type.off.name, version = galley_job_type.off.version, revision = galley_job_type.off.revision_num } }`,
			`definition.nodes["a"].job: Node 'a': job type off 1.0.0 is inactive after this plan`),
		"a recipe type that the plan makes inactive": node("Two",
			`{ recipe = { name = galley_recipe_type.off.name, revision = galley_recipe_type.off.revision_num } }`,
			`definition.nodes["a"].recipe: Node 'a': recipe type off is inactive after this plan`),
		"a revision of a planned job that it will not have": node("Three",
			`{ job = { name = galley_job_type.off.name, version = "1.0.0", revision = 3 } }`, `revision 3 does not exist`),
		"a run of a type that the plan makes inactive": run("recipe_type = galley_recipe_type.off.name",
			"recipe_type: recipe type off is inactive after this plan"),
		"a run of a revision that the plan does not reach": run("recipe_type = galley_recipe_type.inner.name\nrecipe_type_revision = 3\ninput = { files = { scene = [1] } }",
			"recipe_type_revision: found 3, but this plan makes recipe type inner, whose latest revision is 1 then"),
		"an offer of a revision that the plan does not reach": offer("a", "recipe_type_revision = 2",
			"recipe_type_revision: found 2, but this plan makes recipe type inner"),
		"a variation whose schedule has passed": offer("b", `variations = { v = { schedule = { cron = "1 1 * * *", expires = "2020-01-01T00:00:00Z" } } }`,
			`variations["v"].schedule: 2020-01-01T00:00:00Z has passed already`),
		"a reference that is misspelt": offer("c", `variables = { note = "{{regoin}}" }`,
			"variables: note: there is no variable 'regoin'; did you mean 'region'?"),
		"an order whose schedule has passed": order("once", `schedule = { interval = "R3/2020-01-01T00:00:00Z/P1D" }`,
			"has been due already, so that nothing would run"),
		"an order by a variation that runs once and is paused": order("once", "paused = true",
			"paused: found true, but by variation once the order runs once"),
		"a file that is not there": file("workspace = \"default\"\npath = \"a\"\nsource = \"nowhere.tif\"", `source: found no file "nowhere.tif"`),
		"a folder as a file":       file("workspace = \"default\"\npath = \"b\"\nsource = path.module", "Cannot read the bytes of the file"),
		"a file of a workspace that will be inactive": file("workspace = galley_workspace.asleep.name\npath = \"c\"\ncontent = \"\"",
			"workspace: workspace 'asleep' is inactive after this plan"),
		"a token that has expired": {kind: "galley_token", want: "expires: found 2020-01-01T00:00:00Z, which has passed already",
			body: "name = \"t\"\nexpires = \"2020-01-01T00:00:00Z\"\nsecret_wo = \"gal_" + strings.Repeat("a", 43) + "\"\nsecret_wo_version = 1"},
	}
}
