package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// UserQuery filters users; zero members don't.
type UserQuery struct {
	Usernames []string
	Roles     []string
	IsActive  *bool
	Order     []string // default: username
	Limit     int      // 0: all
}

// Users lists users. It needs an administrator.
func (c *Client) Users(ctx context.Context, q UserQuery) ([]api.User, error) {
	return collect(c.EachUser(ctx, q))
}

// EachUser is Users, page by page as they are used up.
func (c *Client) EachUser(ctx context.Context, q UserQuery) iter.Seq2[api.User, error] {
	p := params{}
	p.strs("username", q.Usernames)
	p.strs("role", q.Roles)
	p.flag("is_active", q.IsActive)
	p.strs("order", q.Order)
	return each[api.User](ctx, c, v6("users"), url.Values(p), q.Limit)
}

// User returns one user.
func (c *Client) User(ctx context.Context, id int64) (api.User, error) {
	return get[api.User](ctx, c, v6("users", id), nil)
}

// CreateUser adds a user.
func (c *Client) CreateUser(ctx context.Context, u api.UserCreate) (api.User, error) {
	v, _, err := sendFor[api.User](ctx, c, create(v6("users"), u))
	return v, err
}

// EditUser changes what is not nil.
func (c *Client) EditUser(ctx context.Context, id int64, e api.UserEdit) (api.User, error) {
	v, _, err := send[api.User](ctx, c, call{method: http.MethodPatch, path: v6("users", id), body: e, idempotent: true})
	return v, err
}

// DeleteUser removes a user and its tokens.
func (c *Client) DeleteUser(ctx context.Context, id int64) error {
	return exec(ctx, c, call{method: http.MethodDelete, path: v6("users", id)})
}

// TokenQuery filters tokens; zero members don't.
type TokenQuery struct {
	Usernames []string // for administrators; others see their own
	Names     []string
	Kinds     []string // api (default), login
	IsActive  *bool
	Order     []string // default: id
	Limit     int      // 0: all
}

// Tokens lists the tokens of the sender, or for an administrator of all users.
func (c *Client) Tokens(ctx context.Context, q TokenQuery) ([]api.APIToken, error) {
	return collect(c.EachToken(ctx, q))
}

// EachToken is Tokens, page by page as they are used up.
func (c *Client) EachToken(ctx context.Context, q TokenQuery) iter.Seq2[api.APIToken, error] {
	p := params{}
	p.strs("username", q.Usernames)
	p.strs("name", q.Names)
	p.strs("kind", q.Kinds)
	p.flag("is_active", q.IsActive)
	p.strs("order", q.Order)
	return each[api.APIToken](ctx, c, v6("tokens"), url.Values(p), q.Limit)
}

// Token returns one token, without its secret.
func (c *Client) Token(ctx context.Context, id int64) (api.APIToken, error) {
	return get[api.APIToken](ctx, c, v6("tokens", id), nil)
}

// CreateToken makes a token; the answer is the only one with its secret.
func (c *Client) CreateToken(ctx context.Context, t api.APITokenCreate) (api.APITokenCreated, error) {
	v, _, err := sendFor[api.APITokenCreated](ctx, c, create(v6("tokens"), t))
	return v, err
}

// EditToken changes what is not nil.
func (c *Client) EditToken(ctx context.Context, id int64, e api.APITokenEdit) (api.APIToken, error) {
	v, _, err := send[api.APIToken](ctx, c, call{method: http.MethodPatch, path: v6("tokens", id), body: e, idempotent: true})
	return v, err
}

// RevokeToken ends a token.
func (c *Client) RevokeToken(ctx context.Context, id int64) error {
	return exec(ctx, c, call{method: http.MethodDelete, path: v6("tokens", id)})
}
