package seed

import (
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The codes of problems in a manifest. All but InvalidGPU and InvalidPattern are
// the words of contract 1.3; these two name rules that it states without a word
// (gpus), or that the original leaves to the run (patterns).
const (
	JSONValidationError recipe.Code = "JSON_VALIDATION_ERROR" // not JSON, or not of the manifest's structure
	NameCollisionError  recipe.Code = "NAME_COLLISION_ERROR"  // two things share an environment variable or an output's name
	DuplicateMountNames recipe.Code = "DUPLICATE_MOUNT_NAMES"
	DuplicateErrorNames recipe.Code = "DUPLICATE_ERROR_NAMES"
	InvalidMountPath    recipe.Code = "INVALID_MOUNT_PATH" // not absolute
	InvalidGPU          recipe.Code = "INVALID_GPU"        // gpus that are not a whole number
	InvalidPattern      recipe.Code = "INVALID_PATTERN"    // a bad glob, or one that leaves the output folder
)

// problem makes a problem whose message starts with its place.
func problem(at recipe.Path, code recipe.Code, format string, args ...any) recipe.Problem {
	where := "manifest"
	if len(at) > 0 {
		where = at.String()
	}
	return recipe.Problem{Path: at, Code: code, Message: where + ": " + fmt.Sprintf(format, args...)}
}
