package batch

import (
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The codes of data sets and batches, in the words of the contract.
const (
	InvalidDataset       recipe.Code = "INVALID_DATASET_DEFINITION"
	InvalidGlobalData    recipe.Code = "INVALID_GLOBAL_DATA"
	DuplicateParameter   recipe.Code = "DUPLICATE_PARAMETER"
	InvalidTemplate      recipe.Code = "INVALID_TEMPLATE"
	InvalidDefinition    recipe.Code = "INVALID_BATCH_DEFINITION"
	InvalidConfiguration recipe.Code = "INVALID_BATCH_CONFIGURATION"
	PreviousNotFound     recipe.Code = "PREV_BATCH_NOT_FOUND"
	MismatchedType       recipe.Code = "MISMATCHED_RECIPE_TYPE"
	PreviousCreating     recipe.Code = "PREV_BATCH_STILL_CREATING"
	PreviousNoReprocess  recipe.Code = "PREV_BATCH_NO_REPROCESS"
	MismatchedParams     recipe.Code = "MISMATCHED_PARAMS"
	NoRecipes            recipe.Code = "NO_RECIPES"
	InvalidInputMap      recipe.Code = "INVALID_INPUT_MAP"
)

// Fault is one error of a document.
func Fault(code recipe.Code, at recipe.Path, format string, args ...any) recipe.Problems {
	return recipe.Problems{{Path: at, Code: code, Message: fmt.Sprintf(format, args...)}}
}

// as gives problems another code: these documents have one for all that is wrong in a part of them.
func as(code recipe.Code, ps recipe.Problems) recipe.Problems {
	out := make(recipe.Problems, len(ps))
	for i, p := range ps {
		p.Code = code
		out[i] = p
	}
	return out
}

// checkVersion refuses another version than "6" and "7".
func checkVersion(members map[string]any, code recipe.Code, noun string) recipe.Problems {
	v, stated := members["version"]
	if !stated || v == nil || v == "6" || v == "7" {
		return nil
	}
	return Fault(code, recipe.Path{"version"}, "version: found %v, which no %s has; expected the string \"7\" (or \"6\")", v, noun)
}
