package value_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// forcedOf is a value of forced_nodes as HCL makes it.
func forcedOf(t *testing.T, text string) types.Dynamic {
	t.Helper()
	if text == "" {
		return types.DynamicNull()
	}
	doc, err := recipe.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value.DynamicOf(doc)
}

func TestForcedNodesAreCheckedWithTheirPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ give, want string }{
		"nothing":                  {give: ``},
		"an empty object":          {give: `{}`},
		"all":                      {give: `{"all": true}`},
		"nodes without all":        {give: `{"nodes": ["a", "b"]}`},
		"null members":             {give: `{"all": null, "nodes": null, "sub_recipes": {"a": null}}`},
		"sub-recipes of them":      {give: `{"sub_recipes": {"a": {"sub_recipes": {"b": {"nodes": ["c"]}}}}}`},
		"empty beside all":         {give: `{"all": true, "nodes": [], "sub_recipes": {}}`},
		"text":                     {`"all"`, `forced_nodes: found the string "all", expected an object`},
		"a list":                   {`["a"]`, `forced_nodes: found an array of 1, expected an object`},
		"an unknown member":        {`{"node": ["a"]}`, `forced_nodes.node: 'node' is not known here; did you mean 'nodes'?`},
		"all that is text":         {`{"all": "yes"}`, `forced_nodes.all: found the string "yes", expected a boolean`},
		"nodes that are text":      {`{"nodes": "a"}`, `forced_nodes.nodes: found the string "a", expected an array`},
		"a number for a node":      {`{"nodes": ["a", 1]}`, `forced_nodes.nodes: found the number 1, expected a string`},
		"all with nodes":           {`{"all": true, "nodes": ["a"]}`, `forced_nodes.nodes: all = true forces every node`},
		"all with sub-recipes":     {`{"all": true, "sub_recipes": {"a": {}}}`, `forced_nodes.sub_recipes: all = true forces every node`},
		"a list of sub-recipes":    {`{"sub_recipes": ["a"]}`, `forced_nodes.sub_recipes: found an array of 1, expected an object`},
		"text for a sub-recipe":    {`{"sub_recipes": {"a": "all"}}`, `forced_nodes.sub_recipes.a: found the string "all", expected an object`},
		"an unknown member deep":   {`{"sub_recipes": {"a": {"sub_recipes": {"b": {"nods": []}}}}}`, `forced_nodes.sub_recipes.a.sub_recipes.b.nods: 'nods' is not known here; did you mean 'nodes'?`},
		"all with nodes deep":      {`{"sub_recipes": {"a": {"all": true, "nodes": ["b"]}}}`, `forced_nodes.sub_recipes.a.nodes: all = true forces every node`},
		"a sub-recipe named nodes": {`{"sub_recipes": {"nodes": {"all": 1}}}`, `forced_nodes.sub_recipes.nodes.all: found the number 1, expected a boolean`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			value.ValidateForced(forcedOf(t, tt.give), &diags)
			providertest.WantOne(t, diags, tt.want)
		})
	}
}

func TestForcedNodesAreCheckedAsFarAsTheyAreKnown(t *testing.T) {
	t.Parallel()
	unknown := types.StringUnknown()
	object := func(members map[string]attr.Value) types.Dynamic {
		kinds := map[string]attr.Type{}
		for name, m := range members {
			kinds[name] = m.Type(t.Context())
		}
		return types.DynamicValue(types.ObjectValueMust(kinds, members))
	}
	tests := map[string]struct {
		give types.Dynamic
		want string
	}{
		"all of it is unknown":    {give: types.DynamicUnknown()},
		"a node is unknown":       {give: object(map[string]attr.Value{"nodes": types.ListValueMust(types.StringType, []attr.Value{unknown})})},
		"nodes are unknown":       {give: object(map[string]attr.Value{"nodes": types.ListUnknown(types.StringType)})},
		"all is unknown":          {give: object(map[string]attr.Value{"all": types.BoolUnknown(), "nodes": types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a")})})},
		"beside a wrong member":   {object(map[string]attr.Value{"nodes": types.ListUnknown(types.StringType), "nods": types.StringValue("a")}), "forced_nodes.nods: 'nods' is not known here"},
		"beside a wrong node":     {object(map[string]attr.Value{"nodes": types.TupleValueMust([]attr.Type{types.StringType, types.BoolType}, []attr.Value{unknown, types.BoolValue(true)})}), "forced_nodes.nodes: found"},
		"sub-recipes are unknown": {give: object(map[string]attr.Value{"sub_recipes": types.DynamicUnknown()})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, complete := value.ParseForced(tt.give); complete {
				t.Error("it counts as wholly known")
			}
			var diags diag.Diagnostics
			value.ValidateForced(tt.give, &diags)
			providertest.WantOne(t, diags, tt.want)
		})
	}
}

func TestSameForcedComparesWhatIsForced(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"nothing in many words":       {``, `{"all": false, "nodes": [], "sub_recipes": {}}`, true},
		"another order":               {`{"nodes": ["a", "b"]}`, `{"nodes": ["b", "a", "b"]}`, true},
		"a sub-recipe among nodes":    {`{"nodes": ["a"], "sub_recipes": {"a": {"all": true}}}`, `{"sub_recipes": {"a": {"all": true}}}`, true},
		"one more":                    {`{"nodes": ["a"]}`, `{"nodes": ["a", "b"]}`, false},
		"one less":                    {`{"nodes": ["a", "b"]}`, `{"nodes": ["a"]}`, false},
		"all and nothing":             {`{"all": true}`, ``, false},
		"all and a node":              {`{"nodes": ["a"]}`, `{"all": true}`, false},
		"a node and a sub-recipe":     {`{"nodes": ["a"]}`, `{"sub_recipes": {"a": {"nodes": ["b"]}}}`, false},
		"another inside":              {`{"sub_recipes": {"a": {"nodes": ["b"]}}}`, `{"sub_recipes": {"a": {"nodes": ["c"]}}}`, false},
		"what is wrong, twice":        {`{"nodes": 1}`, `{"nodes": 1}`, true},
		"what is wrong, in two words": {`{"nodes": 1}`, `{"nodes": 2}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, pair := range [][2]string{{tt.a, tt.b}, {tt.b, tt.a}} {
				if got := value.SameForced(forcedOf(t, pair[0]), forcedOf(t, pair[1])); got != tt.want {
					t.Errorf("sameForced(%s, %s) = %t, want %t", pair[0], pair[1], got, tt.want)
				}
			}
		})
	}
}
