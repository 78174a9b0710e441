package order

import (
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The codes of problems. They are ours, as the contract names none.
const (
	InvalidVariables   recipe.Code = "INVALID_VARIABLES"   // variables.json, or the parameters of an order
	InvalidVariations  recipe.Code = "INVALID_VARIATIONS"  // variations.json
	InvalidDescription recipe.Code = "INVALID_DESCRIPTION" // description.json
	InvalidSchedule    recipe.Code = "INVALID_SCHEDULE"
	InvalidName        recipe.Code = "INVALID_NAME"
	InvalidDestination recipe.Code = "INVALID_DESTINATION"
	UnknownSettingList recipe.Code = "UNKNOWN_SETTING_LIST" // an override or schedule setting that is not there
	UnknownVariable    recipe.Code = "UNKNOWN_VARIABLE"     // a reference {{name}} to nothing
	CircularReference  recipe.Code = "CIRCULAR_REFERENCE"
	TooLarge           recipe.Code = "TOO_LARGE"    // beyond a limit
	SecretInput        recipe.Code = "SECRET_INPUT" // an input that everybody could see a secret in
)

// problem makes a problem whose message starts with its place.
func problem(at recipe.Path, code recipe.Code, format string, args ...any) recipe.Problem {
	message := fmt.Sprintf(format, args...)
	if len(at) > 0 {
		message = at.String() + ": " + message
	}
	return recipe.Problem{Path: at, Code: code, Message: message}
}

// under puts problems below at, in their paths and in their messages.
func under(at recipe.Path, ps recipe.Problems) recipe.Problems {
	out := ps.Under(at...)
	for i := range out {
		out[i].Message = at.String() + ": " + ps[i].Message
	}
	return out
}

// sorted are the keys of m in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// member is a member of a JSON object; the zero value if there is none of the type.
func member[T any](value any, name string) T {
	members, _ := value.(map[string]any)
	v, _ := members[name].(T)
	return v
}
