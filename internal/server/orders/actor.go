package orders

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Actor is who asks for something in a kitchen.
type Actor struct {
	Name  string // of the user
	Admin bool   // may do everything everywhere
}

// mayChange refuses, with the code Forbidden, those whom the staff list of a kitchen does
// not have. A kitchen without one is open to all; reading is open to all anyway.
func (a Actor) mayChange(k store.Kitchen) error {
	var staff []string
	if err := json.Unmarshal(k.Staff, &staff); err != nil {
		return fmt.Errorf("reading the staff of kitchen %q: %w", k.Name, err)
	}
	if a.Admin || len(staff) == 0 || slices.Contains(staff, a.Name) {
		return nil
	}
	return refusal.Errorf(refusal.Forbidden, "User %q is not on the staff of kitchen %q; have an administrator or a member of the staff add the user to kitchen-staff", a.Name, k.Name)
}
