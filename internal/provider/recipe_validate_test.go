package provider

import "strings"

// wrongConfig is the body of a resource that must be refused offline.
type wrongConfig struct {
	kind string // of the resource; empty: galley_recipe_type
	body string
	want string // of the message, with single spaces
}

const jobOne = `job = { name = "x", version = "1.0.0", revision = 1 }`

// clearNode is a condition with one filter, given without its braces.
func clearNode(filter string) string {
	return `title = "T"
  definition = { nodes = { clear = {
    condition = {
      interface   = { json = { cloud = { type = "number", required = false } } }
      data_filter = { filters = [{ ` + filter + ` }] }
    }
  } } }`
}

// wrongConfigs are the configurations, by what is wrong with them.
func wrongConfigs() map[string]wrongConfig {
	nodes := func(text string) string { return "title = \"T\"\ndefinition = { nodes = {\n" + text + "\n} }" }
	run := func(text string) string { return "recipe_type = \"t\"\n" + text }
	return map[string]wrongConfig{
		"no definition": {body: `title = "T"`, want: "neither definition nor definition_json is given"},
		"two definitions": {
			body: "title = \"T\"\ndefinition = { nodes = {} }\ndefinition_json = \"{}\"",
			want: "definition and definition_json are both given",
		},
		"a title without a name":  {body: `title = "!!!"` + "\ndefinition = { nodes = {} }", want: `title: "!!!" leaves no name; it needs at least one ASCII letter`},
		"a title that is a route": {body: `title = "Validation"` + "\ndefinition = { nodes = {} }", want: `"validation", which no recipe type can have`},
		"a title that is too long": {
			body: `title = "` + strings.Repeat("x", 51) + "\"\ndefinition = { nodes = {} }", want: "title: found 51 characters; at most 50 are allowed",
		},
		"an unknown word for on_existing": {
			body: "title = \"T\"\non_existing = \"take\"\ndefinition = { nodes = {} }", want: `on_existing value must be one of: ["own" "adopt" "fail"]`,
		},
		"a cycle": {
			body: nodes("b = {\n" + jobOne + "\ndependencies = { a = true }\n}\na = {\n" + jobOne + "\ndependencies = { b = true }\n}"),
			want: "a -> b -> a",
		},
		"an unknown dependency": {
			body: nodes("calibrate = {\n" + jobOne + "\n}\nindex = {\n" + jobOne + "\ndependencies = { calibrat = true }\n}"),
			want: `definition.nodes["index"].dependencies["calibrat"]: Node 'index' depends on 'calibrat', which is not a node of the definition; did you mean 'calibrate'?`,
		},
		"an unknown recipe input": {
			body: "title = \"T\"\ndefinition = {\ninput = { files = { scene = {} } }\nnodes = { a = {\n" + jobOne + "\ninput = { image = { recipe_input = \"scen\" } }\n} }\n}",
			want: `definition.nodes["a"].input["image"]: Node 'a' takes 'image' from the recipe input 'scen', which does not exist; did you mean 'scene'?`,
		},
		"an unknown node in a connection": {
			body: nodes("a = {\n" + jobOne + "\ninput = { image = { node = \"b\", output = \"o\" } }\n}"),
			want: `definition.nodes["a"].input["image"]: Node 'a' takes 'image' from node 'b'`,
		},
		"a connection without a dependency": {
			body: nodes("b = {\n" + jobOne + "\n}\na = {\n" + jobOne + "\ninput = { image = { node = \"b\", output = \"o\" } }\n}"),
			want: `definition.nodes["a"].input["image"]: Node 'a' interface error: input 'image' comes from node 'b', which is not a dependency of it`,
		},
		"data of a sub-recipe": {
			body: nodes("b = { recipe = { name = \"r\", revision = 1 } }\na = {\n" + jobOne + "\ndependencies = { b = true }\ninput = { image = { node = \"b\", output = \"o\" } }\n}"),
			want: `definition.nodes["a"].input["image"]: Node 'a' takes 'image' from node 'b', which is a sub-recipe`,
		},
		"a node that is nothing": {
			body: nodes("a = { dependencies = {} }"), want: `definition.nodes["a"]: Node 'a' is exactly one of job, recipe and condition; found none of them`,
		},
		"a node that is two things": {
			body: nodes("a = {\n" + jobOne + "\nrecipe = { name = \"r\", revision = 1 }\n}"), want: `definition.nodes["a"]: Node 'a' is exactly one of job, recipe and condition; found job and recipe`,
		},
		"a connection to two sources": {
			body: nodes("a = {\n" + jobOne + "\ninput = { image = { recipe_input = \"x\", node = \"b\", output = \"o\" } }\n}"),
			want: `definition.nodes["a"].input["image"]: a connection is either { recipe_input } or { node, output } or { value }; found recipe_input, node and output`,
		},
		"a connection without an output": {
			body: nodes("a = {\n" + jobOne + "\ninput = { image = { node = \"b\" } }\n}"),
			want: `definition.nodes["a"].input["image"]: a connection is either { recipe_input } or { node, output } or { value }; found node`,
		},
		"an empty connection": {
			body: nodes("a = {\n" + jobOne + "\ninput = { image = {} }\n}"), want: `definition.nodes["a"].input["image"]: a connection is either`,
		},
		"a digit in the name of an input": {
			body: "title = \"T\"\ndefinition = {\ninput = { files = { ok = {}, \"2scenes\" = {} } }\nnodes = {}\n}",
			want: `definition.input.files["2scenes"]: found the string "2scenes", expected a name of letters`,
		},
		"an unknown type of an input": {
			body: "title = \"T\"\ndefinition = {\ninput = { json = { a = { type = \"string\" }, threshold = { type = \"float\" } } }\nnodes = {}\n}",
			want: `definition.input.json["threshold"].type: found the string "float", expected 'array', 'boolean', 'integer', 'number', 'object' or 'string'`,
		},
		"a name for a file and a value": {
			body: "title = \"T\"\ndefinition = {\ninput = {\nfiles = { a = {}, scene = {} }\njson = { scene = { type = \"string\" } }\n}\nnodes = {}\n}",
			want: `definition.input.json["scene"]: the name 'scene' is taken by input.files.1`,
		},
		"an unknown condition": {
			body: clearNode(`name = "cloud", type = "number", condition = "below", values = [40]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].condition: the filter on 'cloud' has the condition 'below'`,
		},
		"a condition of another type": {
			body: clearNode(`name = "cloud", type = "number", condition = "contains", values = [40]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].condition: the filter on 'cloud' has the condition 'contains', which type number does not have`,
		},
		"an unknown type of a filter": {
			body: clearNode(`name = "cloud", type = "numbr", condition = "<", values = [40]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].type: the filter on 'cloud' has the type 'numbr'`,
		},
		"a value that is no number": {
			body: clearNode(`name = "cloud", type = "number", condition = "<", values = ["many"]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].values: the filter on 'cloud' has the value the string "many", which cannot be made a number`,
		},
		"a value that is no boolean": {
			body: clearNode(`name = "cloud", type = "boolean", condition = "==", values = ["true", "yes"]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].values[1]: found the text "yes" in a filter of type boolean, expected true or false`,
		},
		"a value that is no JSON": {
			body: clearNode(`name = "cloud", type = "object", condition = "subset of", values = ["{"]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].values[0]: found "{" in a filter of type object, expected JSON text`,
		},
		"a filter without values": {
			body: clearNode(`name = "cloud", type = "number", condition = "<", values = []`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].values: found an array of 0, expected at least 1`,
		},
		"fewer fields than values": {
			body: clearNode(`name = "cloud", type = "object", condition = "==", values = ["1", "2"], fields = [["a"]]`),
			want: `definition.nodes["clear"].condition.data_filter.filters[0].fields: the filter on 'cloud' has 1 fields and 2 values`,
		},
		"a condition without its input": {
			body: nodes("clear = { condition = { interface = { json = { cloud = { type = \"number\" } } } } }"),
			want: `definition.nodes["clear"].input: input 'cloud' is missing for clear`,
		},
		"a condition with an input of another type": {
			body: "title = \"T\"\ndefinition = {\ninput = { json = { c = { type = \"string\" } } }\nnodes = { clear = {\ncondition = { interface = { json = { cloud = { type = \"number\" } } } }\ninput = { cloud = { recipe_input = \"c\" } }\n} }\n}",
			want: `definition.nodes["clear"].input["cloud"]: Node 'clear' interface error`,
		},
		"text that is no JSON":       {body: "title = \"T\"\ndefinition_json = \"{\"", want: "definition_json, the document: The definition is not valid JSON"},
		"JSON of an unknown version": {body: "title = \"T\"\ndefinition_json = jsonencode({ version = \"9\" })", want: "definition_json, version: 9 is an unsupported version number"},
		"a mistake in the JSON": {
			body: "title = \"T\"\ndefinition_json = jsonencode({ nodes = { a = { dependencies = [], input = {}, node_type = { node_type = \"jub\" } } } })",
			want: `definition_json, nodes.a.node_type.node_type: found the string "jub"`,
		},
		"a node beside an unknown one": {
			body: nodes("b = {\njob = { name = terraform_data.unknown.output, version = \"1.0.0\", revision = 1 }\n}\na = {\n" + jobOne + "\ndependencies = { c = true }\n}"),
			want: `definition.nodes["a"].dependencies["c"]: Node 'a' depends on 'c'`,
		},

		"an input file without ids": {
			kind: "galley_recipe", body: run("input = { files = { scene = [] } }"), want: `input.files["scene"]: found an array of 0, expected at least 1`,
		},
		"an input that is no object": {
			kind: "galley_recipe", body: run("input = { json = [1] }"), want: `input.json: found a list, expected an object`,
		},
		"a name in files and in json": {
			kind: "galley_recipe", body: run("input = { files = { a = [1] }, json = { a = 1 } }"), want: `input.json["a"]: 'a' is given both in files and in json`,
		},
		"an input beside an unknown one": {
			kind: "galley_recipe", body: run("input = { files = { scene = [] }, json = { a = terraform_data.unknown.output } }"),
			want: `input.files["scene"]: found an array of 0`,
		},
		"a null for the ids beside unknown ones": {
			kind: "galley_recipe", body: run("input = { files = { scene = null, mask = [terraform_data.unknown.output] } }"),
			want: `input.files["scene"]: the value is null`,
		},
		"a list with an unknown element for the values": {
			kind: "galley_recipe", body: run("input = { json = [terraform_data.unknown.output] }"), want: `input.json: found a list, expected an object`,
		},
		"forced nodes that are a list": {
			kind: "galley_recipe", body: run(`forced_nodes = ["a"]`), want: `forced_nodes: found an array of 1, expected an object`,
		},
		"everything forced, and some nodes": {
			kind: "galley_recipe", body: run(`forced_nodes = { all = true, nodes = ["a"] }`), want: `forced_nodes.nodes: all = true forces every node`,
		},
		"an unknown member of forced nodes deep inside": {
			kind: "galley_recipe", body: run(`forced_nodes = { sub_recipes = { a = { sub_recipes = { b = { nods = [] } } } } }`),
			want: `forced_nodes.sub_recipes.a.sub_recipes.b.nods: 'nods' is not known here; did you mean 'nodes'?`,
		},
		"forced nodes beside an unknown one": {
			kind: "galley_recipe", body: run(`forced_nodes = { nodes = [terraform_data.unknown.output], sub_recipes = { a = "all" } }`),
			want: `forced_nodes.sub_recipes.a: found the string "all", expected an object`,
		},
		"a relative mount": {
			kind: "galley_recipe", body: run("configuration = { mounts = { m = { type = \"host\", host_path = \"data\" } } }"), want: `expected an absolute path`,
		},
		"a priority of zero": {
			kind: "galley_recipe", body: run("configuration = { priority = 0 }"), want: `found 0, expected 1 or more`,
		},
		"an unknown word for on_failure": {kind: "galley_recipe", body: run(`on_failure = "ignore"`), want: `on_failure value must be one of: ["error" "warn"]`},
		"an unknown word for on_destroy": {kind: "galley_recipe", body: run(`on_destroy = "delete"`), want: `on_destroy value must be one of: ["keep" "cancel"]`},
		"an unknown word for on_missing": {kind: "galley_recipe", body: run(`on_missing = "recreate"`), want: `on_missing value must be one of: ["keep" "rerun"]`},
		"a timeout that is no duration":  {kind: "galley_recipe", body: run(`timeouts = { create = "soon" }`), want: `"soon"`},
		"a revision of zero":             {kind: "galley_recipe", body: run(`recipe_type_revision = 0`), want: `recipe_type_revision value must be at least 1`},
	}
}
