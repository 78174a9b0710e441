package order

import "github.com/recipe-galley/terraform-provider-galley/internal/recipe"

// Variables are values by name. A value is nil, bool, string, json.Number, []any or
// map[string]any, as in recipe.Data.
type Variables map[string]any

// ParseVariables reads variables.json (contract 3): {"variable-list": {name: value}}.
// Other members are kept by whoever stores the text and mean nothing here.
func ParseVariables(raw []byte) (Variables, recipe.Problems) {
	panic("unwritten")
}

// CheckVariables holds names and sizes against the contract (3, "Precedence"): names
// are [A-Za-z_][A-Za-z0-9_]*, a value has at most 1 MB as JSON text. Paths are names.
func CheckVariables(vs Variables) recipe.Problems {
	panic("unwritten")
}

// Effective is what counts of several layers, the strongest last: recipe < variation <
// kitchen < order. A value replaces another whole, an object too. References {{name}}
// within texts are then resolved: one that is the whole text takes the value as it is,
// others are written into the text. Unknown names and cycles are problems.
func Effective(layers ...Variables) (Variables, recipe.Problems) {
	panic("unwritten")
}
