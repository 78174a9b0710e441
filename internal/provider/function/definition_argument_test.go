package function

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// hcl is the value that Terraform makes of an object in HCL, which JSON text stands for here.
func hcl(t *testing.T, text string) types.Dynamic {
	t.Helper()
	v, err := recipe.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value.DynamicOf(v)
}

// call runs a function.
func call(t *testing.T, newFunction func() function.Function, arguments ...attr.Value) (attr.Value, *function.FuncError) {
	t.Helper()
	f := newFunction()
	var def function.DefinitionResponse
	f.Definition(t.Context(), function.DefinitionRequest{}, &def)
	result, err := def.Definition.Return.NewResultData(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp := function.RunResponse{Result: result}
	f.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(arguments)}, &resp)
	return resp.Result.Value(), resp.Error
}

// small has the least that HCL needs, and every way to write a value.
const small = `{
	"input": {"json": {"limit": {"type": "number", "required": "false"}}},
	"nodes": {
		"measure": {"job": {"name": "measure", "version": "1.0.0", "revision": "2"}},
		"clear": {
			"condition": {
				"interface": {"json": {"cloud": {"type": "number"}}},
				"data_filter": {"filters": [{"name": "cloud", "type": "number", "condition": "<", "values": [40], "fields": null}]}
			},
			"dependencies": {"measure": true},
			"input": {"cloud": {"node": "measure", "output": "cloud"}}
		},
		"index": {"job": {"name": "index", "version": "1.0.0", "revision": 1}, "dependencies": {"clear": "true"}},
		"sorry": {"recipe": {"name": "apology", "revision": 1}, "dependencies": {"clear": false}}
	}
}`

func TestDefinitionGoesThereAndBack(t *testing.T) {
	t.Parallel()
	text, ferr := call(t, NewEncodeDefinition, hcl(t, small))
	if ferr != nil {
		t.Fatal(ferr)
	}
	want := `{"input":{"files":[],"json":[{"name":"limit","type":"number","required":false}]},"nodes":{` +
		`"clear":{"dependencies":[{"name":"measure","acceptance":true}],"input":{"cloud":{"type":"dependency","node":"measure","output":"cloud"}},` +
		`"node_type":{"node_type":"condition","interface":{"version":"7","files":[],"json":[{"name":"cloud","type":"number","required":true}]},` +
		`"data_filter":{"version":"7","filters":[{"name":"cloud","type":"number","condition":"\u003c","values":[40]}],"all":true}}},` +
		`"index":{"dependencies":[{"name":"clear","acceptance":true}],"input":{},"node_type":{"node_type":"job","job_type_name":"index","job_type_version":"1.0.0","job_type_revision":1}},` +
		`"measure":{"dependencies":[],"input":{},"node_type":{"node_type":"job","job_type_name":"measure","job_type_version":"1.0.0","job_type_revision":2}},` +
		`"sorry":{"dependencies":[{"name":"clear","acceptance":false}],"input":{},"node_type":{"node_type":"recipe","recipe_type_name":"apology","recipe_type_revision":1}}}}`
	if diff := cmp.Diff(want, text.(types.String).ValueString()); diff != "" {
		t.Fatalf("encode_definition (-want +got):\n%s", diff)
	}
	object, ferr := call(t, NewDecodeDefinition, text)
	if ferr != nil {
		t.Fatal(ferr)
	}
	if kind, want := value.Underlying(object).Type(t.Context()), value.TypeOf(form.DraftShape()); !kind.Equal(want) {
		t.Errorf("decode_definition returns a %s, want a %s", kind, want)
	}
	for _, form := range []attr.Value{object, types.DynamicValue(text)} {
		again, ferr := call(t, NewEncodeDefinition, form)
		if ferr != nil {
			t.Fatal(ferr)
		}
		if diff := cmp.Diff(text, again); diff != "" {
			t.Errorf("encode_definition of %T (-want +got):\n%s", form, diff)
		}
	}
}

// TestDefinitionArgumentsOfTheDomain has both forms of every valid definition of the
// domain's tests mean the same.
func TestDefinitionArgumentsOfTheDomain(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "recipe", "testdata", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Definition json.RawMessage `json:"definition"`
		}
		if json.Unmarshal(text, &c) != nil || len(c.Definition) == 0 {
			c.Definition = text
		}
		d, problems := recipe.Parse(c.Definition)
		if problems.Err() != nil || recipe.IsLegacy(c.Definition) {
			continue
		}
		object, ok := form.OfDefinition(d)
		if !ok {
			continue
		}
		tested++
		got, texts := readDefinitionArgument(value.DynamicOf(object))
		if len(texts) > 0 || !form.SameDefinition(d, got) {
			t.Errorf("%s: the object form is not the same definition: %q", file, texts)
		}
	}
	if tested < 5 {
		t.Errorf("compared only %d definitions", tested)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	text := func(s string) attr.Value { return types.StringValue(s) }
	dynamic := func(s string) attr.Value { return types.DynamicValue(types.StringValue(s)) }
	const cycle = `{"nodes": {
		"a": {"job": {"name": "j", "version": "1", "revision": 1}, "dependencies": {"b": true}},
		"b": {"job": {"name": "j", "version": "1", "revision": 1}, "dependencies": {"a": true}}}}`
	tests := []struct {
		name      string
		function  func() function.Function
		arguments []attr.Value
		want      string // the result as JSON
		wantError string // or what the error has in it, parts separated by " … "
		argument  int64
	}{
		{"an order", NewTopologicalOrder, []attr.Value{hcl(t, small)}, `["measure","clear","index","sorry"]`, "", 0},
		{"an order of a cycle", NewTopologicalOrder, []attr.Value{hcl(t, cycle)}, "", "a -> b -> a", 0},
		{"no nodes have an order", NewTopologicalOrder, []attr.Value{hcl(t, `{"nodes": {}}`)}, `[]`, "", 0},

		{"nodes below run again", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `{"nodes": ["clear"]}`)}, `["clear","index","sorry"]`, "", 0},
		{"all nodes run again", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `{"all": true, "nodes": null}`)}, `["measure","clear","index","sorry"]`, "", 0},
		{"no node runs again", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `{}`)}, `[]`, "", 0},
		{"a node inside of a sub-recipe", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `{"sub_recipes": {"sorry": {"nodes": ["x"]}}}`)}, `["sorry"]`, "", 0},
		{"forced nodes as text", NewReprocessedNodes, []attr.Value{hcl(t, small), dynamic(`{"all": false, "nodes": ["index"]}`)}, `["index"]`, "", 0},
		{"forced nodes that do not exist", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `{"nodes": ["clea", "nothing"]}`)}, "",
			"there are 2 problems: … did you mean 'clear'? … 'nothing' is forced", 1},
		{"a sub-recipe that is none", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `{"sub_recipes": {"clear": {}}}`)}, "", "clear is not a recipe node", 1},
		{"forced nodes of the wrong type", NewReprocessedNodes, []attr.Value{hcl(t, small), hcl(t, `["clear"]`)}, "", "INVALID_FORCED_NODES", 1},
		{"forced nodes of a cycle", NewReprocessedNodes, []attr.Value{hcl(t, cycle), hcl(t, `{}`)}, "", "CIRCULAR_DEPENDENCY", 0},

		{"an unknown format", NewRecipeGraph, []attr.Value{hcl(t, small), text("svg")}, "", `found "svg", expected mermaid or dot`, 1},
		{"a name", NewRecipeTypeName, []attr.Value{text("My Tiles (v2)")}, `"my-tiles-v2"`, "", 0},
		{"no name", NewRecipeTypeName, []attr.Value{text("…")}, "", "leaves no name", 0},
		{"a name that is taken by the API", NewRecipeTypeName, []attr.Value{text("Validation")}, "", "which no recipe type can have", 0},

		{"runs", NewNextRuns, []attr.Value{text("30 1 * * *"), text("America/New_York"), text("2026-10-31T12:00:00Z"), types.Int64Value(2)},
			`["2026-11-01T01:30:00-04:00","2026-11-02T01:30:00-05:00"]`, "", 0},
		{"runs of an interval that ends", NewNextRuns, []attr.Value{text("R2/2026-01-01T00:00:00Z/P1D"), text(""), text("2025-10-31T12:00:00Z"), types.Int64Value(9)},
			`["2026-01-01T00:00:00Z","2026-01-02T00:00:00Z"]`, "", 0},
		{"runs after the last", NewNextRuns, []attr.Value{text("R2/2026-01-01T00:00:00Z/P1D"), text(""), text("2027-10-31T12:00:00Z"), types.Int64Value(9)}, `[]`, "", 0},
		{"times of a run that has none before", NewRunTimes, []attr.Value{text("R2/2026-01-01T00:00:00Z/P1D"), text(""), text("2025-10-31T12:00:00Z"), types.Int64Value(1)},
			`[{"DataIntervalEnd":{"date":"2026-01-01","datetime":"2026-01-01T00:00:00Z","day":1,"hour":0,"month":1,"unix":1767225600,"year":2026},` +
				`"DataIntervalStart":{"date":"2026-01-01","datetime":"2026-01-01T00:00:00Z","day":1,"hour":0,"month":1,"unix":1767225600,"year":2026},` +
				`"ScheduledFor":{"date":"2026-01-01","datetime":"2026-01-01T00:00:00Z","day":1,"hour":0,"month":1,"unix":1767225600,"year":2026}}]`, "", 0},
		{"times of a wrong schedule", NewRunTimes, []attr.Value{text("99 * * * *"), text(""), text("2025-10-31T12:00:00Z"), types.Int64Value(1)}, "", "99", 0},
		{"a wrong schedule and zone", NewNextRuns, []attr.Value{text("99 99 * * *"), text("Mars"), text("2026-01-01T00:00:00Z"), types.Int64Value(9)}, "",
			`there are 3 problems: … found "Mars" … minute: found "99" … hour: found "99"`, 0},
		{"a wrong zone", NewNextRuns, []attr.Value{text("0 0 * * *"), text("Mars"), text("2026-01-01T00:00:00Z"), types.Int64Value(9)}, "", `found "Mars"`, 1},
		{"a wrong time", NewNextRuns, []attr.Value{text("0 0 * * *"), text(""), text("today"), types.Int64Value(9)}, "", `found "today", expected a time such as`, 2},
		{"no runs wanted", NewNextRuns, []attr.Value{text("0 0 * * *"), text(""), text("2026-01-01T00:00:00Z"), types.Int64Value(0)}, "", "found 0, expected 1 to 1000", 3},
		{"too many runs wanted", NewNextRuns, []attr.Value{text("0 0 * * *"), text(""), text("2026-01-01T00:00:00Z"), types.Int64Value(1001)}, "", "found 1001, expected", 3},

		{"no JSON", NewDecodeDefinition, []attr.Value{text("{")}, "", "the document: … not valid JSON", 0},
		{"a definition of version 1.0", NewDecodeDefinition, []attr.Value{text(`{"version": "1.0", "jobs": []}`)}, "", "version 1.0, which does not say which revisions", 0},
		{"JSON with several problems", NewDecodeDefinition, []attr.Value{text(`{"nodes": {"a": {"dependencies": [{"name": "x"}], "input": {"i": {"type": "recipe", "input": "y"}},
			"node_type": {"node_type": "job", "job_type_name": "j", "job_type_version": "1", "job_type_revision": 1}}}}`)}, "",
			"there are 2 problems: … nodes.a.dependencies.x: … UNKNOWN_NODE … nodes.a.input.i: … UNKNOWN_INPUT", 0},
		{"what the object form cannot say", NewDecodeDefinition, []attr.Value{text(`{"nodes": {"a": {"dependencies": [], "input": {}, "node_type": {"node_type": "condition",
			"interface": {"files": [], "json": [{"name": "v", "type": "string", "required": true}]}, "data_filter": {"filters": [{"name": "v", "type": "string", "condition": "==", "values": [40]}]}}}}}`)}, "",
			"the object form cannot say everything", 0},

		{"a list is no definition", NewEncodeDefinition, []attr.Value{hcl(t, `[]`)}, "", "definition: found a list, expected an object", 0},
		{"a number is no definition", NewEncodeDefinition, []attr.Value{hcl(t, `7`)}, "", `definition: found the number 7, expected an object`, 0},
		{"no nodes", NewEncodeDefinition, []attr.Value{hcl(t, `{}`)}, "", "definition.nodes: it is missing", 0},
		{"everything wrong", NewEncodeDefinition, []attr.Value{hcl(t, `{"inputs": 1, "nodes": {"a": {"job": {"name": "j", "revision": "x"}, "dependencies": ["b"],
			"condition": {"data_filter": {"filters": {}}}, "input": {"i": {"node": {}}}}, "b": 1}}`)}, "",
			`there are 8 problems: … definition.inputs: there is no 'inputs'; did you mean 'input'; expected 'input' and 'nodes'` +
				` … definition.nodes["a"].job.version: it is missing; version of the job type.` +
				` … definition.nodes["a"].job.revision: found "x", expected a whole number` +
				` … definition.nodes["a"].condition.data_filter.filters: found an object, expected a list of objects` +
				` … definition.nodes["a"].dependencies: found a list, expected a map` +
				` … definition.nodes["a"].input["i"].node: found an object, expected text` +
				` … definition.nodes["b"]: found the number 1, expected an object` +
				` … definition.nodes["a"]: Node 'a' is exactly one of job, recipe and condition; found job and condition`, 0},
		{"nothing that is null", NewEncodeDefinition, []attr.Value{hcl(t, `{"nodes": {"a": null}}`)}, "", `definition.nodes["a"]: the value is null`, 0},
		{"two kinds of node", NewEncodeDefinition, []attr.Value{hcl(t, `{"nodes": {"a": {"recipe": {"name": "r", "revision": 1}, "condition": {}}}}`)}, "",
			`definition.nodes["a"]: … exactly one of job, recipe and condition`, 0},
		{"an unknown node", NewEncodeDefinition, []attr.Value{hcl(t, strings.Replace(small, `{"clear": "true"}`, `{"clea": "true"}`, 1))}, "",
			`definition.nodes["index"].dependencies["clea"]: … did you mean 'clear'? (UNKNOWN_NODE)`, 0},
		{"the JSON form as an object", NewEncodeDefinition, []attr.Value{hcl(t, `{"version": "7", "nodes": {}}`)}, "", "there is no 'version' here: it belongs to the JSON form of a definition", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ferr := call(t, tt.function, tt.arguments...)
			if tt.wantError == "" {
				if ferr != nil {
					t.Fatal(ferr)
				}
				value, _ := value.JsonOf(got)
				raw, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, string(raw)); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				return
			}
			if ferr == nil {
				t.Fatalf("the result is %s, want an error with %q", got, tt.wantError)
			}
			if ferr.FunctionArgument == nil || *ferr.FunctionArgument != tt.argument {
				t.Errorf("the error is about argument %v, want %d", ferr.FunctionArgument, tt.argument)
			}
			rest := ferr.Text
			for part := range strings.SplitSeq(tt.wantError, " … ") {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Fatalf("the error does not have %q in its place:\n%s", part, ferr.Text)
				}
				rest = after
			}
		})
	}
}

func TestFunctionsAreDocumented(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p, ok := providertest.NewProvider().(provider.ProviderWithFunctions)
	if !ok {
		t.Fatal("the provider has no functions")
	}
	for _, newFunction := range p.Functions(ctx) {
		f := newFunction()
		var meta function.MetadataResponse
		f.Metadata(ctx, function.MetadataRequest{}, &meta)
		var resp function.DefinitionResponse
		f.Definition(ctx, function.DefinitionRequest{}, &resp)
		providertest.MustBeClean(t, resp.Diagnostics)
		validated := function.DefinitionValidateResponse{}
		resp.Definition.ValidateImplementation(ctx, function.DefinitionValidateRequest{FuncName: meta.Name}, &validated)
		providertest.MustBeClean(t, validated.Diagnostics)
		if resp.Definition.Summary == "" || resp.Definition.MarkdownDescription == "" {
			t.Errorf("%s has no summary or no description", meta.Name)
		}
		for _, parameter := range resp.Definition.Parameters {
			if parameter.GetName() == "" || parameter.GetMarkdownDescription() == "" {
				t.Errorf("parameter %q of %s has no name or no description", parameter.GetName(), meta.Name)
			}
		}
		example := filepath.Join("..", "..", "..", "examples", "functions", meta.Name, "function.tf")
		text, err := os.ReadFile(example)
		if err != nil || !strings.Contains(string(text), "provider::galley::"+meta.Name+"(") {
			t.Errorf("%s does not show the function: %v", example, err)
		}
	}
}
