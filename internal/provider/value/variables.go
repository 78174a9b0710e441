package value

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// GivenVariables is what is known of an attribute that holds variables: those of a
// recipe, the overrides of a kitchen, the parameters of an order.
type GivenVariables struct {
	Values   order.Variables // nil for those that are not wholly known
	Partly   map[string]bool // names whose values are not wholly known
	Complete bool            // there are no other names, and all values are known
	IsObject bool            // or null, which is no variables, or unknown
	Secrets  []string        // names of those that nobody is shown
}

// ReadVariables reads an attribute with values by name, as far as they are known.
func ReadVariables(v attr.Value) GivenVariables {
	g := GivenVariables{Values: order.Variables{}, Partly: map[string]bool{}, Complete: true, IsObject: true}
	members, isObject, known := MembersOf(v)
	g.Complete = known
	if !isObject {
		g.IsObject = !known || v == nil || v.IsNull() || Underlying(v).IsNull()
		return g
	}
	for name, member := range members {
		value, known := JsonOf(member)
		g.Values[name] = value
		g.Partly[name] = !known
		g.Complete = g.Complete && known
	}
	return g
}

// ValidateVariables reports at p what is wrong with the known parts of v.
func ValidateVariables(v attr.Value, p path.Path, diags *diag.Diagnostics) {
	const summary = "Invalid variables"
	g := ReadVariables(v)
	if !g.IsObject {
		value, _ := JsonOf(v)
		diags.AddAttributeError(p, summary, fmt.Sprintf(
			"%s: found %s, expected an object with the values by name, such as { bands = [1, 2] }", p, recipe.KindOf(value)))
		return
	}
	for _, problem := range slices.Concat(order.CheckVariables(g.Values), order.CheckReferences(g.Values)) {
		// The value is a dynamic one: its members are no attributes.
		diags.AddAttributeError(p, summary, fmt.Sprintf("%s.%s (%s)", p, problem.Message, problem.Code))
	}
}

// SameValues tells whether two dynamic values, both known, are the same JSON; null is an
// empty object.
func SameValues(a, b attr.Value) bool {
	x, knownX := JsonOf(a)
	y, knownY := JsonOf(b)
	if x == nil {
		x = map[string]any{}
	}
	if y == nil {
		y = map[string]any{}
	}
	return knownX && knownY && document.Equal(x, y)
}

// VariablesValue is the attribute's value.
func VariablesValue(vs order.Variables) types.Dynamic {
	if vs == nil {
		vs = order.Variables{}
	}
	return DynamicOf(map[string]any(vs))
}
