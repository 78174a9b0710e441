package order

import (
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// CheckRole accepts what a user can be in a kitchen (contract 1.3). The error is a clause
// to follow the name of the place.
func CheckRole(role string) error {
	if slices.Contains([]string{"Admin", "Developer", "Guest"}, role) {
		return nil
	}
	return fmt.Errorf("found %q, expected Admin, Developer or Guest", recipe.Shorten(role))
}
