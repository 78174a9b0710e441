package plan

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// SetUser enters a user with the role that the plan gives.
func (l *Ledger) SetUser(name, role types.String) {
	if l == nil || name.IsUnknown() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users[name.ValueString()] = role
}

// RoleOf is the role that a user has after the plan; "" if that is not known. Only
// administrators can ask the backend for it.
func RoleOf(ctx context.Context, l *Ledger, o *Online, name string) string {
	if l != nil {
		l.mu.Lock()
		role, planned := l.users[name]
		l.mu.Unlock()
		if planned {
			return role.ValueString()
		}
	}
	users, _, err := AskFor(ctx, o, "user "+name, func(ctx context.Context) ([]api.User, error) {
		users, err := o.Client.Users(ctx, client.UserQuery{Usernames: []string{name}})
		if api.IsForbidden(err) {
			return nil, nil
		}
		return users, err
	})
	if err != nil || len(users) == 0 {
		return ""
	}
	return users[0].Role
}
