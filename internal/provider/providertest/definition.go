package providertest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// MustParse reads a definition, which has to keep the rules.
func MustParse(t *testing.T, text string) *recipe.Definition {
	t.Helper()
	d, problems := recipe.Parse([]byte(text))
	if err := problems.Err(); err != nil {
		t.Fatalf("parsing definition: %s", err)
	}
	return d
}

// ConditionDefinition wraps one data filter into a definition.
func ConditionDefinition(param, filter string) string {
	return `{"input": {"files": [{"name": "f"}], "json": []}, "nodes": {"c": {"dependencies": [], "input": {},
	  "node_type": {"node_type": "condition",
	    "interface": {"files": [], "json": [` + param + `]}, "data_filter": {"filters": [` + filter + `], "all": false}}}}}`
}

// Replaced returns v, a document, with the value at steps, names of members, replaced by to.
func Replaced(t *testing.T, v attr.Value, to attr.Value, steps ...string) attr.Value {
	t.Helper()
	if len(steps) == 0 {
		return to
	}
	switch v := v.(type) {
	case types.Dynamic:
		return types.DynamicValue(Replaced(t, v.UnderlyingValue(), to, steps...))
	case types.Object:
		members, kinds := v.Attributes(), v.AttributeTypes(t.Context())
		members[steps[0]] = Replaced(t, members[steps[0]], to, steps[1:]...)
		kinds[steps[0]] = members[steps[0]].Type(t.Context())
		return types.ObjectValueMust(kinds, members)
	}
	t.Fatalf("nothing at %q", steps)
	return nil
}
