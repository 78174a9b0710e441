package ingest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Input is the input of a recipe type that takes in an arriving file; "": it has no inputs, so that no
// recipe is run. One file is all there is: the error is why that is too little. The original takes such
// a type, ingests the file, and then never runs the recipe.
func Input(i recipe.Interface) (string, error) {
	if len(i.Files)+len(i.JSON) == 0 {
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(i.JSON)) {
		if p := i.JSON[name]; p.Required && p.Default == "" {
			return "", fmt.Errorf("its input %q needs a JSON value, and an arriving file brings none: give it a default, or make it optional", name)
		}
	}
	names := slices.Sorted(maps.Keys(i.Files))
	required := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !i.Files[name].Required })
	switch {
	case len(required) > 1:
		return "", fmt.Errorf("its inputs %s each need a file, and one file arrives: make all but one of them optional", recipe.Quoted(required, "and"))
	case len(required) == 1:
		return required[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("it has no input for a file; add one")
	}
	return names[0], nil
}
