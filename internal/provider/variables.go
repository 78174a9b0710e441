package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// givenVariables is what is known of an attribute that holds variables: those of a
// recipe, the overrides of a kitchen, the parameters of an order.
type givenVariables struct {
	values   order.Variables // nil for those that are not wholly known
	partly   map[string]bool // names whose values are not wholly known
	complete bool            // there are no other names, and all values are known
	isObject bool            // or null, which is no variables, or unknown
}

func readVariables(v attr.Value) givenVariables {
	g := givenVariables{values: order.Variables{}, partly: map[string]bool{}, complete: true, isObject: true}
	members, isObject, known := membersOf(v)
	g.complete = known
	if !isObject {
		g.isObject = !known || v == nil || v.IsNull() || underlying(v).IsNull()
		return g
	}
	for name, member := range members {
		value, known := jsonOf(member)
		g.values[name] = value
		g.partly[name] = !known
		g.complete = g.complete && known
	}
	return g
}

// validateVariables reports at p what is wrong with the known parts of v.
func validateVariables(v attr.Value, p path.Path, diags *diag.Diagnostics) {
	const summary = "Invalid variables"
	g := readVariables(v)
	if !g.isObject {
		value, _ := jsonOf(v)
		diags.AddAttributeError(p, summary, fmt.Sprintf(
			"%s: found %s, expected an object with the values by name, such as { bands = [1, 2] }", p, kindOf(value)))
		return
	}
	for _, problem := range order.CheckVariables(g.values) {
		// The value is a dynamic one: its members are no attributes.
		diags.AddAttributeError(p, summary, fmt.Sprintf("%s.%s (%s)", p, problem.Message, problem.Code))
	}
}

// sameValues tells whether two dynamic values, both known, are the same JSON; null is an
// empty object.
func sameValues(a, b attr.Value) bool {
	x, knownX := jsonOf(a)
	y, knownY := jsonOf(b)
	if x == nil {
		x = map[string]any{}
	}
	if y == nil {
		y = map[string]any{}
	}
	return knownX && knownY && equalJSON(x, y)
}

// variablesValue is the attribute's value.
func variablesValue(vs order.Variables) types.Dynamic {
	if vs == nil {
		vs = order.Variables{}
	}
	return dynamicOf(map[string]any(vs))
}
