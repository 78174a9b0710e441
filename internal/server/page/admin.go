package page

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

type usersView struct {
	Users []api.User
	Roles []string
	Pager pager
}

func (p *Page) users(ctx context.Context, v *visit) (*sheet, error) {
	var users api.Page[api.User]
	if err := v.call.get(ctx, "/v6/users/", v.listing("username", "role"), &users); err != nil {
		return nil, err
	}
	d := usersView{users.Results, auth.Roles(), v.pagerOf(users.Count, len(users.Results))}
	return &sheet{template: "users", title: "Users", section: "admin", data: d}, nil
}

// addUser makes a user.
func (p *Page) addUser(ctx context.Context, v *visit) (*sheet, error) {
	body := api.UserCreate{Username: v.PostForm.Get("username"), Role: v.PostForm.Get("role"), Password: v.PostForm.Get("password")}
	if err := v.call.send(ctx, http.MethodPost, "/v6/users/", "", body, nil); err != nil {
		return nil, err
	}
	return &sheet{location: Prefix + "users"}, nil
}

// editUser changes the role of a user, or disables or enables one.
func (p *Page) editUser(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	var edit api.UserEdit
	if role := v.PostForm.Get("role"); slices.Contains(auth.Roles(), role) {
		edit.Role = &role
	}
	switch v.PostForm.Get("active") {
	case "yes":
		edit.IsActive = new(true)
	case "no":
		edit.IsActive = new(false)
	}
	if err := v.call.send(ctx, http.MethodPatch, fmt.Sprintf("/v6/users/%d/", id), "", edit, nil); err != nil {
		return nil, err
	}
	return &sheet{location: Prefix + "users"}, nil
}

type auditView struct {
	Entries []api.AuditEntry
	Pager   pager
	Filter  url.Values
}

func (p *Page) audit(ctx context.Context, v *visit) (*sheet, error) {
	var entries api.Page[api.AuditEntry]
	if err := v.call.get(ctx, "/v6/audit/", v.listing("-id", "username", "action", "object", "request_id"), &entries); err != nil {
		return nil, err
	}
	d := auditView{entries.Results, v.pagerOf(entries.Count, len(entries.Results)), v.query()}
	return &sheet{template: "audit", title: "Audit", section: "admin", data: d}, nil
}

// accountView is who looks, with the tokens: their own, or all of an administrator.
type accountView struct {
	Profile api.Profile
	Tokens  []api.APIToken
	Pager   pager
	Kind    string
	Made    string // the secret of a token that was just made: it is shown once
	Roles   []string
}

func (p *Page) account(ctx context.Context, v *visit) (*sheet, error) {
	var d accountView
	if err := v.call.get(ctx, "/v6/accounts/profile/", nil, &d.Profile); err != nil {
		return nil, err
	}
	q := v.listing("-id", "kind", "username")
	q.Set("is_active", "true")
	var tokens api.Page[api.APIToken]
	if err := v.call.get(ctx, "/v6/tokens/", q, &tokens); err != nil {
		return nil, err
	}
	d.Tokens, d.Pager, d.Kind = tokens.Results, v.pagerOf(tokens.Count, len(tokens.Results)), v.query().Get("kind")
	d.Roles = auth.Roles()
	return &sheet{template: "account", title: "Account of " + v.who.User.Username, data: d}, nil
}

// addToken makes a token and shows its secret, once.
func (p *Page) addToken(ctx context.Context, v *visit) (*sheet, error) {
	var made api.APITokenCreated
	body := api.APITokenCreate{Name: v.PostForm.Get("name"), Role: v.PostForm.Get("role")}
	if err := v.call.send(ctx, http.MethodPost, "/v6/tokens/", "", body, &made); err != nil {
		return nil, err
	}
	s, err := p.account(ctx, v)
	if err != nil {
		return nil, err
	}
	if d, isAccount := s.data.(accountView); isAccount {
		d.Made = made.Token
		s.data = d
	}
	return s, nil
}

func (p *Page) revokeToken(ctx context.Context, v *visit) (*sheet, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.call.send(ctx, http.MethodDelete, fmt.Sprintf("/v6/tokens/%d/", id), "", nil, nil); err != nil {
		return nil, err
	}
	return &sheet{location: Prefix + "account"}, nil
}

func (p *Page) keys(context.Context, *visit) (*sheet, error) {
	return &sheet{template: "keys", title: "Keys"}, nil
}
