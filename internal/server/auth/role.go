package auth

import (
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Role is what a user may do. Each role may do what the ones before it may.
type Role int

// The roles in ascending order.
const (
	Anyone   Role = iota // no credentials are asked for
	Viewer               // read everything
	Operator             // files, recipes and jobs
	Editor               // types and workspaces
	Admin                // everything
)

// Roles are the names that a user's role can have, in the order of the constants.
func Roles() []string { return account.Roles() }

// String is the role's name.
func (r Role) String() string {
	if r == Anyone {
		return "anyone"
	}
	return Roles()[r-1]
}

// RoleOf is the user's role; an unknown name gives no rights at all.
func RoleOf(u store.User) Role { return RoleNamed(u.Role) }

// RoleNamed is the role of that name, Anyone for an unknown one.
func RoleNamed(name string) Role { return Role(slices.Index(Roles(), name) + 1) }

func checkRole(name string) error {
	return invalid(account.CheckRole(name))
}
