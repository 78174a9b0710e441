package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// role is what a user may do. Each role may do what the ones before it may.
type role int

// The roles in ascending order.
const (
	anyone   role = iota // no credentials are asked for
	viewer               // read everything
	operator             // files, recipes and jobs
	editor               // types and workspaces
	admin                // everything
)

// Roles are the names that a user's role can have.
func Roles() []string { return []string{"viewer", "operator", "editor", "admin"} }

// String is the role's name.
func (r role) String() string {
	if r == anyone {
		return "anyone"
	}
	return Roles()[r-1]
}

// roleOf is the user's role; an unknown name gives no rights at all.
func roleOf(u store.User) role { return roleNamed(u.Role) }

// roleNamed is the role of that name, anyone for an unknown one.
func roleNamed(name string) role { return role(slices.Index(Roles(), name) + 1) }

func checkRole(name string) error {
	if roleNamed(name) == anyone {
		return fmt.Errorf("unknown role %q: expected one of %s", name, strings.Join(Roles(), ", "))
	}
	return nil
}
