package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccWrongConfigsAreRefusedOffline(t *testing.T) {
	t.Parallel()
	tests := wrongOffline(t)
	if n := len(tests) + len(wrongAcrossThePlan()) + len(wrongWithTheBackend()) + len(wrongOrders()); n < 120 {
		t.Errorf("there are %d wrong configurations, want at least 120", n)
	}
	expectRefusals(t, unknownText, tests)
}

// unknownText is what wrong configurations refer to that are not known as a whole.
const unknownText = "resource \"terraform_data\" \"unknown\" { input = \"x\" }\n"

// wrongOffline are all configurations that need neither a plan nor a server to be wrong.
func wrongOffline(t *testing.T) map[string]wrongConfig {
	t.Helper()
	tests := wrongConfigs()
	maps.Copy(tests, wrongJobTypes(t))
	maps.Copy(tests, wrongSourceFiles())
	maps.Copy(tests, wrongWorkspaces())
	maps.Copy(tests, wrongValues())
	return tests
}

// TestAccWrongConfigsAreRefusedAcrossThePlan is about what an empty backend does not
// know yet, and is not asked for.
func TestAccWrongConfigsAreRefusedAcrossThePlan(t *testing.T) {
	t.Parallel()
	expectRefusals(t, typesOfThePlan(), wrongAcrossThePlan())
}

// labeledConfigs are the resources of all rows, and their addresses by the row.
func labeledConfigs(tests map[string]wrongConfig) (config string, addresses map[string]string) {
	addresses = map[string]string{}
	for name, tt := range tests {
		kind := tt.kind
		if kind == "" {
			kind = "galley_recipe_type"
		}
		label := strings.NewReplacer(" ", "_", ",", "").Replace(name)
		addresses[name] = kind + "." + label
		config += fmt.Sprintf("resource %q %q {\n%s\n}\n", kind, label, tt.body)
	}
	return config, addresses
}

// expectRefusals plans all of them at once, as Terraform reports what is wrong with
// every resource. No server is there to help.
func expectRefusals(t *testing.T, config string, tests map[string]wrongConfig) {
	t.Helper()
	more, labels := labeledConfigs(tests)
	messages := providertest.PlanErrors(t, "provider \"galley\" {\n  endpoint = \"http://127.0.0.1:1\"\n  plan_validation = \"off\"\n}\n"+config+more)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := messages[labels[name]]; !strings.Contains(got, tt.want) {
				t.Errorf("message = %q, want %q in it", got, tt.want)
			}
		})
	}
}

func wrongJobTypes(t *testing.T) map[string]wrongConfig {
	t.Helper()
	row := func(manifest, arguments, want string) wrongConfig {
		return wrongConfig{kind: "galley_job_type", body: providertest.ManifestArgument(manifest) + arguments, want: want}
	}
	replaced := func(old, with string) string {
		t.Helper()
		if !strings.Contains(providertest.Manifest, old) {
			t.Fatalf("the manifest has no %s", old)
		}
		return strings.Replace(providertest.Manifest, old, with, 1)
	}
	configured := func(more string) string {
		return "configuration = {\n  output_workspaces = { default = \"default\" }\n" + more + "\n}"
	}
	form := func(arguments, want string) wrongConfig {
		return wrongConfig{kind: "galley_job_type", body: "name = \"a\"\nversion = \"1.0.0\"\n" + arguments, want: want}
	}
	return map[string]wrongConfig{
		"a job type without a program":     form("", "manifest: found nothing, expected a Seed manifest, or command"),
		"a job type in two forms":          row(providertest.Manifest, "command = \"true\"", "command: manifest is given, too"),
		"a misspelt kind of input":         form("command = \"x\"\ninputs = { fils = {} }", "inputs.fils: there is no 'fils'; did you mean 'files'"),
		"an output without a pattern":      form("command = \"x\"\noutputs = { files = { table = {} } }", "outputs.files[\"table\"].pattern: it is missing"),
		"an input whose variable is taken": form("command = \"x\"\ninputs = { files = { output_dir = {} } }", "inputs.files[\"output_dir\"]: input 'output_dir' becomes the environment variable OUTPUT_DIR"),
		"a job type without a version":     {kind: "galley_job_type", body: "name = \"a\"\ncommand = \"x\"", want: "version: it is missing"},

		"a manifest that is no JSON":   row("{", providertest.ToDefault, "Invalid manifest"),
		"a manifest without version":   row(replaced(`"jobVersion": "1.2.0",`, ""), providertest.ToDefault, "jobVersion"),
		"a member that does not exist": row(replaced(`"timeout"`, `"time_out": 1, "timeout"`), providertest.ToDefault, "time_out"),
		"names that collide":           row(replaced(`{"name": "mode"}`, `{"name": "SCENE"}`), providertest.ToDefault, "NAME_COLLISION_ERROR"),
		"an output without workspace":  row(providertest.Manifest, "", "no workspace for the output 'calibrated'"),
		"a relative host path":         row(providertest.Manifest, configured(`mounts = { luts = { type = "host", host_path = "luts" } }`), `configuration.mounts["luts"].host_path: found 'luts', expected an absolute path`),
		"a mount of an unknown type":   row(providertest.Manifest, configured(`mounts = { luts = { type = "nfs" } }`), `configuration.mounts["luts"].type: found the string "nfs", expected 'host' or 'volume'`),
		"a priority below 1":           row(providertest.Manifest, configured("priority = 0"), "priority: found 0, expected 1 or more"),
		"a limit of nothing":           row(providertest.Manifest, providertest.ToDefault+"\nmax_scheduled = 0", "max_scheduled is 0; it has to be 1 or more"),
		"an empty image":               row(providertest.Manifest, providertest.ToDefault+"\ndocker_image = \"\"", "Leave the argument out"),
	}
}

func wrongSourceFiles() map[string]wrongConfig {
	row := func(arguments, want string) wrongConfig {
		return wrongConfig{kind: "galley_source_file", body: "workspace = \"default\"\n" + arguments, want: want}
	}
	return map[string]wrongConfig{
		"no bytes":            row(`path = "a"`, "give exactly one of source"),
		"bytes given twice":   row("path = \"a\"\nsource = \"x\"\ncontent = \"y\"", "The bytes are given 2 times"),
		"bad base64":          row("path = \"a\"\ncontent_base64 = \"%\"", "Invalid base64"),
		"an absolute path":    row("path = \"/a\"\ncontent = \"\"", "relative to the workspace"),
		"a path that escapes": row("path = \"a/../../b\"\ncontent = \"\"", "it must not leave or repeat a folder"),
		"an empty path":       row("path = \"\"\ncontent = \"\"", "give a relative path such as"),
		"a backslash":         row("path = \"a\\\\b\"\ncontent = \"\"", "separate folders with /"),
		"a time without zone": row("path = \"a\"\ncontent = \"\"\nsource_started = \"2026-03-01\"", "is no time such as"),
		"an empty text":       row("path = \"a\"\ncontent = \"\"\nsource_task = \"\"", "Leave the argument out"),
	}
}

func wrongWorkspaces() map[string]wrongConfig {
	row := func(title, folder, more, want string) wrongConfig {
		return wrongConfig{
			kind: "galley_workspace", body: fmt.Sprintf("title = %q\nbroker = { host = { path = %q } }\n%s", title, folder, more), want: want,
		}
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	return map[string]wrongConfig{
		"a workspace without a name":                  row("東京", "x", "", `title: "東京" leaves no name`),
		"a title of a workspace that is too long":     row(long(51), "x", "", "title: found 51 characters; at most 50 are allowed"),
		"a description of a workspace that is a book": row("A", "x", `description = "`+long(501)+`"`, "description: found 501 characters; at most 500 are allowed"),
		"a workspace without a folder":                row("A", " ", "", "broker.host.path: found no text"),
		"a folder that escapes":                       row("A", "a/../../b", "", `broker.host.path: the folder "a/../../b" leaves the data folder of the backend`),
	}
}

// typesOfThePlan are resources that nothing is wrong with, and that do not exist yet.
func typesOfThePlan() string {
	jobType := func(name, inputs, outputs string) string {
		return fmt.Sprintf("resource \"galley_job_type\" %q {\n%s\n%s\n}\n", name, providertest.ManifestArgument(providertest.SeedText(name, inputs, outputs)), providertest.ToDefault)
	}
	return jobType("produce", `"files": [{"name": "image", "mediaTypes": ["image/tiff"]}]`,
		`"files": [{"name": "tile", "pattern": "*.tif", "mediaType": "image/tiff"},
		           {"name": "tiles", "pattern": "t/*", "mediaType": "image/tiff", "multiple": true},
		           {"name": "preview", "pattern": "*.png", "mediaType": "image/tiff", "required": false}],
		 "json": [{"name": "cloud", "type": "number"}, {"name": "note", "type": "string", "required": false}]`) +
		jobType("consume", `"files": [{"name": "scene", "mediaTypes": ["image/tiff"]}],
		                    "json": [{"name": "title", "type": "string", "required": false}]`, "") + `
resource "galley_workspace" "asleep" {
  title     = "Asleep"
  is_active = false
  broker    = { host = { path = "asleep" } }
}
resource "galley_recipe_type" "inner" {
  title = "Inner"
  definition = {
    input = {
      files = { scene = {} }
      json  = { depth = { type = "integer", required = false } }
    }
    nodes = {}
  }
}
resource "galley_recipe_type" "loop_inside" {
  title      = "Loop inside"
  definition = { nodes = { back = { recipe = { name = "loop-outside", revision = 1 } } } }
}
`
}

const (
	produceJob = `job = { name = galley_job_type.produce.name, version = galley_job_type.produce.version, revision = galley_job_type.produce.revision_num }`
	consumeJob = `job = { name = galley_job_type.consume.name, version = galley_job_type.consume.version, revision = galley_job_type.consume.revision_num }`
	innerType  = `recipe = { name = galley_recipe_type.inner.name, revision = galley_recipe_type.inner.revision_num }`
)

// wrongAcrossThePlan are recipe types that do not fit what the same plan makes.
func wrongAcrossThePlan() map[string]wrongConfig {
	body := func(input, nodes string) string {
		return "title = \"Wrong\"\ndefinition = {\ninput = {" + input + "}\nnodes = {\n" + nodes + "\n}\n}"
	}
	const scene = `files = { scene = { media_types = ["image/tiff"] } }`
	// fed is node a, a produce with its input, before node b.
	fed := func(b string) string {
		return body(scene, "a = {\n"+produceJob+"\ninput = { image = { recipe_input = \"scene\" } }\n}\nb = {\n"+b+"\ndependencies = { a = true }\n}")
	}
	from := func(in, output string) string {
		return fed(consumeJob + "\ninput = { scene = { node = \"a\", output = \"tile\" }, " + in + " = { node = \"a\", output = \"" + output + "\" } }")
	}
	sceneFrom := func(output string) string {
		return fed(consumeJob + "\ninput = { scene = { node = \"a\", output = \"" + output + "\" } }")
	}
	return map[string]wrongConfig{
		"a planned job without its input": {
			body: body("", "a = {\n"+produceJob+"\n}"),
			want: `definition.nodes["a"].input: input 'image' is missing for a (NODE_INTERFACE)`,
		},
		"an unknown output of a planned job": {
			body: sceneFrom("til"),
			want: `definition.nodes["b"].input["scene"]: Node 'b' interface error: input 'scene' takes output 'til' of node 'a', but no output exists with that name; did you mean 'tile'?`,
		},
		"another JSON type between planned jobs": {
			body: from("title", "cloud"),
			want: `definition.nodes["b"].input["title"]: Node 'b' interface error: input 'title' is of type string, but 'cloud' is of type number`,
		},
		"a file for a JSON input of a planned job": {
			body: from("title", "tile"), want: `definition.nodes["b"].input["title"]: Node 'b' interface error: input 'title' takes`,
		},
		"a value for a file of a planned job": {
			body: sceneFrom("cloud"), want: `(MISMATCHED_PARAM_TYPE) (NODE_INTERFACE)`,
		},
		"several files for one of a planned job": {
			body: sceneFrom("tiles"), want: `(NO_MULTIPLE_FILES) (NODE_INTERFACE)`,
		},
		"an optional output for an input that is required": {
			body: sceneFrom("preview"), want: `(PARAM_REQUIRED) (NODE_INTERFACE)`,
		},
		"an optional recipe input for a planned job": {
			body: body("files = { scene = { required = false } }", "a = {\n"+produceJob+"\ninput = { image = { recipe_input = \"scene\" } }\n}"),
			want: `definition.nodes["a"].input["image"]: Node 'a' interface error: input 'image'`,
		},
		"a recipe input of another type for a planned job": {
			body: body(scene+"\njson = { n = { type = \"integer\" } }", "a = {\n"+consumeJob+"\ninput = { scene = { recipe_input = \"scene\" }, title = { recipe_input = \"n\" } }\n}"),
			want: `(MISMATCHED_JSON_TYPE) (NODE_INTERFACE)`,
		},
		"several files of the recipe for a planned job": {
			body: body("files = { scene = { multiple = true } }", "a = {\n"+produceJob+"\ninput = { image = { recipe_input = \"scene\" } }\n}"),
			want: `(NO_MULTIPLE_FILES) (NODE_INTERFACE)`,
		},
		"an unknown output for a condition": {
			body: fed("condition = { interface = { json = { cloud = { type = \"number\" } } } }\ninput = { cloud = { node = \"a\", output = \"clouds\" } }"),
			want: `definition.nodes["b"].input["cloud"]: Node 'b' interface error: input 'cloud' takes output 'clouds' of node 'a', but no output exists with that name; did you mean 'cloud'?`,
		},
		"an optional output for a condition": {
			body: fed("condition = { interface = { json = { note = { type = \"string\" } } } }\ninput = { note = { node = \"a\", output = \"note\" } }"),
			want: `(PARAM_REQUIRED) (NODE_INTERFACE)`,
		},
		"a planned sub-recipe without its input": {
			body: body("", "a = {\n"+innerType+"\n}"), want: `definition.nodes["a"].input: input 'scene' is missing for a`,
		},
		"another JSON type for a planned sub-recipe": {
			body: body(scene+"\njson = { depth = { type = \"string\" } }", "a = {\n"+innerType+"\ninput = { scene = { recipe_input = \"scene\" }, depth = { recipe_input = \"depth\" } }\n}"),
			want: `definition.nodes["a"].input["depth"]: Node 'a' interface error: input 'depth'`,
		},
		"several files for a planned sub-recipe": {
			body: fed(innerType + "\ninput = { scene = { node = \"a\", output = \"tiles\" } }"), want: `(NO_MULTIPLE_FILES) (NODE_INTERFACE)`,
		},
		"a recipe type inside of itself": {
			body: "title = \"Self\"\ndefinition = { nodes = { again = { recipe = { name = \"self\", revision = 1 } } } }",
			want: `definition.nodes["again"].recipe: Recipe type self cannot contain itself: it was found in self, by way of node 'again' (self -> self)`,
		},
		"a recipe type inside of its sub-recipe": {
			body: "title = \"Loop outside\"\ndefinition = { nodes = { in = { recipe = { name = galley_recipe_type.loop_inside.name, revision = galley_recipe_type.loop_inside.revision_num } } } }",
			want: `(loop-outside -> loop-inside -> loop-outside)`,
		},
		"a workspace that the plan leaves inactive": {
			kind: "galley_source_file",
			body: "workspace = \"asleep\"\npath = \"a\"\ncontent = \"\"\ndepends_on = [galley_workspace.asleep]",
			want: "workspace: workspace 'asleep' is inactive after this plan",
		},
		"JSON that does not fit a planned job": {
			body: "title = \"Wrong\"\ndefinition_json = jsonencode({ nodes = { a = { dependencies = [], input = {}, node_type = {\n" +
				"node_type = \"job\", job_type_name = galley_job_type.produce.name, job_type_version = \"1.0.0\", job_type_revision = 1\n} } } })",
			want: `definition_json, nodes.a.input: input 'image' is missing for a`,
		},
	}
}

func TestAccValidateNeedsNeitherServerNorCredentials(t *testing.T) {
	t.Parallel()
	tests := wrongOffline(t)
	config, addresses := labeledConfigs(tests)
	c := providertest.NewCLI(t, unknownText+config)
	out, err := c.Command(t, "validate", "-json").Output()
	if err == nil {
		t.Fatalf("nothing is wrong: %s", out)
	}
	var result struct {
		Diagnostics []struct {
			Address string
			Summary string
			Detail  string
		}
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	messages := map[string]string{}
	for _, d := range result.Diagnostics {
		messages[d.Address] += d.Summary + " " + d.Detail + "\n"
	}
	for name, tt := range tests {
		if got := messages[addresses[name]]; !strings.Contains(got, tt.want) {
			t.Errorf("%s: message = %q, want %q in it", name, got, tt.want)
		}
	}
}

func TestAccAPlanForAnEmptyBackendWarnsOfWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	file := providertest.MustUpload(t, s, "scene.txt", "x")
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+providertest.PlannedTypes+`
resource "galley_job_type" "tiff" {
`+providertest.ManifestArgument(providertest.SeedText("tiff", "", `"files": [{"name": "tile", "pattern": "*.tif", "mediaType": "image/tiff"}]`))+providertest.ToDefault+`
}
resource "galley_job_type" "png" {
`+providertest.ManifestArgument(providertest.SeedText("png", `"files": [{"name": "scene", "mediaTypes": ["image/png"]}]`, ""))+`
}
resource "galley_recipe_type" "pictures" {
  title = "Pictures"
  definition = {
    nodes = {
      a = { job = { name = galley_job_type.tiff.name, version = galley_job_type.tiff.version, revision = galley_job_type.tiff.revision_num } }
      b = {
        job          = { name = galley_job_type.png.name, version = galley_job_type.png.version, revision = galley_job_type.png.revision_num }
        dependencies = { a = true }
        input        = { scene = { node = "a", output = "tile" } }
      }
    }
  }
}
resource "galley_recipe" "test" {
  recipe_type   = galley_recipe_type.outer.name
  input         = { files = { scene = [`+strconv.FormatInt(file, 10)+`] } }
  configuration = { mounts = { dam = { type = "host", host_path = "/srv" } } }
}
`)
	out := providertest.Plain(c.MustRun(t, "plan"))
	providertest.ExpectWords(t, out, `definition.nodes["b"].input["scene"]: Node 'b'`, "image/png", "image/tiff", "(MISMATCHED_MEDIA_TYPES)",
		`configuration.mounts["dam"]: no job of the recipe has a mount 'dam'; did you mean 'dem'? (UNKNOWN_MOUNT)`)
}
