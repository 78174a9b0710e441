package order

import (
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// KitchenAdmin is the role of who has made a kitchen.
const KitchenAdmin = "Admin"

// CheckRole accepts what a user can be in a kitchen (contract 1.3). The error is a clause
// to follow the name of the place.
func CheckRole(role string) error {
	if slices.Contains([]string{KitchenAdmin, "Developer", "Guest"}, role) {
		return nil
	}
	return fmt.Errorf("found %q, expected Admin, Developer or Guest", recipe.Shorten(role))
}
