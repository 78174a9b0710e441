package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccRightConfigsPlanNothingAgain applies all of them at once. The harness sees to
// it that the plan afterwards is empty, with a refresh and without.
func TestAccRightConfigsPlanNothingAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	types, _, _ := strings.Cut(typesOfThePlan(), `resource "galley_recipe_type" "loop_inside"`)
	second := strings.Replace(providertest.ProviderBlock(s), "{", "{\n  alias = \"two\"", 1)
	config, rows := providertest.ProviderBlock(s)+second+types+"resource \"terraform_data\" \"late\" { input = { host = { path = \"late\" } } }\n", 0
	for kind, bodies := range rightConfigs() {
		for name, body := range bodies {
			rows++
			config += fmt.Sprintf("resource %q %q {\n%s\n}\n", kind, providertest.Label(name), body)
		}
	}
	if rows < 60 {
		t.Errorf("there are %d right configurations, want at least 60", rows)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps:                    []resource.TestStep{{Config: config}, {Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans()}},
	})
}

// rightConfigs are bodies of resources by kind and by what is special about them.
func rightConfigs() map[string]map[string]string {
	workspace := func(title, folder, more string) string {
		return fmt.Sprintf("title = %q\nbroker = { host = { path = %q } }\n%s", title, folder, more)
	}
	file := func(path, more string) string {
		return fmt.Sprintf("workspace = \"default\"\npath = %q\n%s", path, more)
	}
	job := func(name, inputs, outputs, more string) string {
		return providertest.ManifestArgument(providertest.SeedText(name, inputs, outputs)) + more
	}
	recipeType := func(title, definition, more string) string {
		return fmt.Sprintf("title = %q\n%s\n%s", title, definition, more)
	}
	typed := func(input, nodes string) string {
		return "definition = {\ninput = {" + input + "}\nnodes = {\n" + nodes + "\n}\n}"
	}
	condition := func(param, filter string) string {
		return typed("json = { v = { type = \""+param+"\" } }", `c = {
      condition = {
        interface   = { json = { v = { type = "`+param+`" } } }
        data_filter = { filters = [{ name = "v", `+filter+` }] }
      }
      input = { v = { recipe_input = "v" } }
    }`)
	}
	produced := "a = {\n" + produceJob + "\ninput = { image = { recipe_input = \"scene\" } }\n}"
	const scene = `files = { scene = { media_types = ["image/tiff"] } }`
	return map[string]map[string]string{
		"galley_workspace": {
			"a plain workspace":              workspace("Plain", "plain", ""),
			"a folder written with dots":     workspace("Dots", "./a/../dots/", ""),
			"a title of odd characters":      workspace(`Größe & "Höhe" %%{ für } 東京 🛰`, "odd", ""),
			"a broker that is not known yet": "title = \"Late\"\nbroker = terraform_data.late.output",
			"an inactive workspace":          workspace("Closed", "closed", "is_active = false"),
			"the folder of all workspaces":   workspace("All", ".", ""),
			"a folder there and back":        workspace("Back", "back/..", ""),
			"a title within blanks":          workspace(" Blanks ", "blanks/", ""),
			"no text for what has a default": workspace("No text", "no-text", "description = null\nbase_url = \"\"\nis_active = null"),
			"files of another scheme":        workspace("Bucket", "bucket", "base_url = \"s3://bucket/scenes\""),
			"a URL and a description":        workspace("Served", "served", "base_url = \"https://files.example.com/x/\"\ndescription = \"two\\nlines\""),
		},
		"galley_source_file": {
			"some text":                    file("a.txt", `content = "x"`),
			"bytes":                        file("b.bin", `content_base64 = "AAH/"`),
			"no bytes at all":              file("empty", `content = ""`),
			"a path of odd characters":     file("ä b/%20+&.tif", `content = "x"`),
			"a media type of its own":      file("c.txt", "content = \"x\"\nmedia_type = \"application/x-own\""),
			"a media type with parameters": file("e.tif", "content = \"x\"\nmedia_type = \"image/tiff; application=geotiff\""),
			"tags in any order":            file("f.txt", "content = \"x\"\ndata_types = [\"b\", \"a\", \"b\"]"),
			"an end without a start":       file("g.txt", "content = \"x\"\nsource_ended = \"9999-12-31T23:59:59Z\""),
			"the first year":               file("h.txt", "content = \"x\"\nsource_started = \"1000-01-01T00:00:00Z\"\nsource_sensor = null"),
			"a file of this folder":        file("main.tf", "source = \"${path.cwd}/terraform_plugin_test.tf\""),
			"times of another zone": file("d.txt", "content = \"x\"\nsource_started = \"2026-03-01T10:00:00+02:00\"\n"+
				"source_ended = \"2026-03-01T08:00:00.5Z\"\nsource_task = \"survey\""),
		},
		"galley_job_type": {
			"a small manifest":     job("small", "", "", ""),
			"an image of its own":  job("own-image", "", "", `docker_image = "registry.example.com/own:1"`),
			"the largest limit":    job("largest", "", "", "max_scheduled = 2147483647\nconfiguration = { priority = 2147483647 }"),
			"null for a setting":   providertest.ManifestArgument(strings.Replace(providertest.Manifest, `"name": "Calibrate"`, `"name": "calibrate-too"`, 1)) + "configuration = { output_workspaces = { default = \"default\" } }\nsettings = { mode = null }",
			"a paused job type":    job("paused", "", "", "is_paused = true\nmax_scheduled = 3"),
			"an inactive job type": job("inactive", "", "", "is_active = false"),
			"defaults spelled out": job("spelled", `"files": [], "json": []`, `"files": [], "json": []`, "is_active = true\nis_paused = false\nconfiguration = {\npriority = 100\nmounts = {}\noutput_workspaces = { default = \"\", outputs = {} }\n}\nsettings = {}\nsecret_settings = {}"),
			"everything configured": providertest.ManifestArgument(providertest.Manifest) + `configuration = {
        priority          = 7
        output_workspaces = { outputs = { calibrated = "default" } }
        mounts            = { luts = { type = "volume", driver = "local", driver_opts = { device = "/dev/x" } } }
      }
      settings        = { mode = "fast" }
      secret_settings = { key = "secret" }`,
		},
		"galley_recipe_type": {
			"an empty definition":  recipeType("Empty", "definition = { nodes = {} }", ""),
			"odd characters":       recipeType(`Größe "x" & 東京 1`, "definition = { nodes = {} }", `description = "ä \" \\ <b>"`),
			"a planned job":        recipeType("Planned", typed(scene, produced), ""),
			"a planned sub-recipe": recipeType("Outer", typed(scene, "in = {\n"+innerType+"\ninput = { scene = { recipe_input = \"scene\" } }\n}"), ""),
			"a pipeline":           recipeType("Pipeline", typed(scene, produced+"\nb = {\n"+consumeJob+"\ninput = { scene = { node = \"a\", output = \"tile\" } }\ndependencies = { a = true }\n}"), ""),
			"an inactive type":     recipeType("Off", "definition = { nodes = {} }", "is_active = false\nauto_update = false"),
			"a name with dots":     recipeType("Dots", typed(scene, strings.Replace(produced, "a =", `"a.b c" =`, 1)), ""),
			"inputs of every type": recipeType("Inputs", typed(`files = { a = {}, b = { required = false, multiple = true, media_types = ["b/b", "a/a"] } }
        json = { `+`c = { type = "array" }, d = { type = "boolean" }, e = { type = "integer", required = false },
        f = { type = "number" }, g = { type = "object" }, h = { type = "string" } }`, ""), ""),
			"types of another provider": recipeType("Alias", typed(scene, strings.Replace(produced, "a =", "z =", 1)), "provider = galley.two"),
			"an inactive type of an inactive job": recipeType("Both off", "definition = { nodes = { a = { job = { name = galley_job_type."+providertest.Label("an inactive job type")+
				".name, version = \"1.0.0\", revision = galley_job_type."+providertest.Label("an inactive job type")+".revision_num } } } }", "is_active = false"),
			"a range of one value":        recipeType("Point", condition("number", `type = "number", condition = "between", values = [1, 1]`), ""),
			"a list of no media type":     recipeType("Any", typed("files = { a = { media_types = [] } }", ""), ""),
			"null for what has a default": recipeType("Nulls", "definition = { nodes = {}, input = null }", "description = null\nis_active = null\non_existing = null"),
			"a filter of integers":        recipeType("Integers", condition("integer", `type = "integer", condition = "between", values = [1, "3"]`), ""),
			"a filter of numbers":         recipeType("Numbers", condition("number", `type = "number", condition = "<", values = [4e1]`), ""),
			"a filter of texts":           recipeType("Texts", condition("string", `type = "string", condition = "in", values = ["b", "a", "40"]`), ""),
			"a filter of booleans":        recipeType("Booleans", condition("boolean", `type = "boolean", condition = "==", values = [true]`), ""),
			"a filter of objects":         recipeType("Objects", condition("object", `type = "object", condition = "superset of", values = [jsonencode({ b = 1, a = [2] })]`), ""),
			"a filter with fields":        recipeType("Fields", condition("object", `type = "object", condition = "<", values = [1], fields = [["a", "b"]]`), ""),
			"a document of version 6":     recipeType("Six", `definition_json = jsonencode({ version = "6", input = { version = "6", files = [], json = [] }, nodes = {} })`, ""),
			"a document of version 1":     recipeType("One", `definition_json = jsonencode({ version = "1.0", input_data = [], jobs = [{ name = "a", job_type = { name = galley_job_type.a-small-manifest.name, version = "1.0.0" } }] })`, ""),
			"a document with a job":       recipeType("Document", "definition_json = jsonencode({ nodes = { a = { dependencies = [], input = {}, node_type = { node_type = \"job\", job_type_name = galley_job_type.a-small-manifest.name, job_type_version = \"1.0.0\", job_type_revision = galley_job_type.a-small-manifest.revision_num } } } })", ""),
		},
		"galley_kitchen": {
			"a root":                      `name = "root"`,
			"a kitchen of odd characters": "name = \"Küche & \\\"mehr\\\" +1\"\ndescription = \"two\\nlines\"",
			"a kitchen with braces":       `name = "braces"` + "\n" + `overrides = { a = "{{'{{'}}", b = "{{a}} {{c}}", c = null }`,
			"a kitchen of nothing":        "name = \"nothing\"\noverrides = {}\nstaff = []\nroles = {}\nalerts = {}",
			"a kitchen with everything":   "name = \"below\"\nparent = galley_kitchen." + providertest.Label("a root") + ".name\n" + providertest.EveryKitchenArgument,
			"overrides of every kind":     `name = "kinds"` + "\n" + `overrides = { t = "x", n = 1e3, b = false, l = [1, "2", null], o = {}, z = null, r = "{{t}}" }`,
		},
		"galley_kitchen_recipe": {
			"an offer of a recipe type": "kitchen = galley_kitchen." + providertest.Label("a root") + ".name\nname = \"plain\"\nrecipe_type = galley_recipe_type." +
				providertest.Label("an empty definition") + ".name\nvariations = { \"a b.c\" = {} }",
			"an offer with every schedule": "kitchen = galley_kitchen." + providertest.Label("a root") + ".name\nname = \"schedules\"\nrecipe_type = galley_recipe_type." +
				providertest.Label("an empty definition") + ".name\nvariations = {\nonce = { schedule = { now = true } }\nlater = { schedule = { now = true, start = \"2050-01-01T00:00:00Z\" } }\n" +
				"nightly = { schedule = { cron = \"30 4 * * *\", time_zone = \"UTC\" }, max_duration = \"90m\" }\nnone = { schedule = null }\n}",
			"an offer of odd characters": "kitchen = galley_kitchen." + providertest.Label("a kitchen of odd characters") + ".name\nname = \"Größe (1)\"\n" +
				"recipe_type = galley_recipe_type." + providertest.Label("an empty definition") + ".name\nvariables = { x = \"<ä>\" }\n" +
				"variations = { \"größer & so\" = { overrides_json = jsonencode({ x = \"<b>\" }) } }",
		},
		"galley_order": {
			"an order by a variation with dots": "kitchen = galley_kitchen." + providertest.Label("a root") + ".name\nrecipe = galley_kitchen_recipe." +
				providertest.Label("an offer of a recipe type") + ".name\nvariation = \"a b.c\"",
			"an order of odd characters": "kitchen = galley_kitchen." + providertest.Label("a kitchen of odd characters") + ".name\nrecipe = galley_kitchen_recipe." +
				providertest.Label("an offer of odd characters") + ".name\nvariation = \"größer & so\"\nparameters = { y = \"{{x}} & <c>\" }",
			"a scheduled order": "kitchen = galley_kitchen." + providertest.Label("a root") + ".name\nrecipe = galley_kitchen_recipe." +
				providertest.Label("an offer of a recipe type") + ".name\nvariation = \"a b.c\"\npaused = true\n" +
				"schedule = { interval = \"R//P1D\", start = \"2030-01-01T00:00:00\", time_zone = \"Europe/Paris\" }",
		},
		"galley_recipe": {
			"a run of everything that is empty": "recipe_type = galley_recipe_type." + providertest.Label("an empty definition") +
				".name\ninput = { files = {}, json = {} }\nconfiguration = {}\nsettings = {}\nreprocess_triggers = { a = null }\ntimeouts = { create = \"PT30M\" }",
			"a run with null for a value": "recipe_type = galley_recipe_type." + providertest.Label("inputs of every type") +
				".name\ninput = { files = { a = [galley_source_file." + providertest.Label("some text") + ".id] }, json = { c = [], d = false, e = null, f = 1e3, g = {}, h = \"\" } }",
			"a run without input": "recipe_type = galley_recipe_type." + providertest.Label("an empty definition") + ".name",
			"a run of a revision": "recipe_type = galley_recipe_type." + providertest.Label("a filter of numbers") + ".name\nrecipe_type_revision = 1\ninput = { json = { v = 12.50 } }",
			"a run with a file": "recipe_type = galley_recipe_type.inner.name\ninput = { files = { scene = [galley_source_file." + providertest.Label("some text") +
				".id] }, json = {} }\nconfiguration = { priority = 5 }",
		},
	}
}
