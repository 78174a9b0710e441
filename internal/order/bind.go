package order

import "github.com/recipe-galley/terraform-provider-galley/internal/recipe"

// Target is what variables can become: the input of a recipe type, and the settings of
// the job types that its latest or named revision uses at any depth.
type Target struct {
	Input    recipe.Interface
	Settings []string
}

// Bound is what a run starts with.
type Bound struct {
	Input         recipe.Data
	Configuration recipe.Configuration
}

// Bind makes the input and the configuration of a run from what its variation gives and
// the effective variables: one named like a JSON input becomes that input, typed (a text
// "3" for a number is read as one, and so on), one named like a setting becomes that
// setting (a text as it is, anything else as JSON text). The rest is only recorded.
// Problems are those of the interface (recipe.Interface.CheckData), at
// "input.json.<name>" and so on, and values that have another type.
func Bind(v Variation, effective Variables, t Target) (Bound, recipe.Problems) {
	panic("unwritten")
}
