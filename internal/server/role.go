package server

import (
	"fmt"
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
func roleOf(u store.User) role {
	for i, name := range Roles() {
		if name == u.Role {
			return role(i + 1)
		}
	}
	return anyone
}

func checkRole(name string) error {
	if roleOf(store.User{Role: name}) == anyone {
		return fmt.Errorf("unknown role %q: expected one of %s", name, strings.Join(Roles(), ", "))
	}
	return nil
}
