package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// NeedRole warns, once for the whole plan, that what it changes takes a role that the credentials
// of the plan do not have. It is no error: a plan may run as a viewer whose apply runs as an editor.
func (o *Online) NeedRole(ctx context.Context, role string, diags *diag.Diagnostics) {
	me, exists, err := AskFor(ctx, o, "role of the credentials", func(ctx context.Context) (api.UserInfo, error) {
		return o.Client.UserInfo(ctx)
	})
	if err != nil || !exists || me.Role == "" || !account.MayMore(role, me.Role) {
		return
	}
	o.mu.Lock()
	told := o.roleTold
	o.roleTold = true
	o.mu.Unlock()
	if told {
		return
	}
	diags.AddWarning("Role will not suffice for the apply", fmt.Sprintf("This plan has changes that take the role %s, and the credentials that it was made with (user %s) "+
		"have the role %s. With these the apply is refused (403). That is as it should be where the apply has credentials of its own; else give it a "+
		"token with that role: GALLEY_TOKEN.", role, me.Name, me.Role))
}
