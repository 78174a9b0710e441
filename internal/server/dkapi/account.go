package dkapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// customer is the one that there is: whoever runs galleyd.
const customer = "galley"

// login answers with the token as bare text (contract 1.1). The query is not read: what
// is in a URL ends up in logs.
func (d *Dialect) login(ctx context.Context, r *Request) (*Answer, error) {
	username, _ := r.Body["username"].(string)
	password, _ := r.Body["password"].(string)
	token, err := d.Auth.Login(ctx, r.Origin, username, password)
	if errors.Is(err, auth.ErrBadCredentials) { // a client compares the text
		return &Answer{Status: http.StatusUnauthorized, Text: "Credentials are invalid"}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Answer{Text: token}, nil
}

// validateToken answers with the token again, if it is good.
func (d *Dialect) validateToken(_ context.Context, r *Request) (*Answer, error) {
	return ok(api.Token{Token: r.Token})
}

func (d *Dialect) getUserInfo(_ context.Context, r *Request) (*Answer, error) {
	return ok(userInfo(r.Identity))
}

// userInfo is what is known of a user. There is one customer, and no mail addresses: a
// name that looks like one is taken for it.
func userInfo(id auth.Identity) api.UserInfo {
	u := id.User
	out := api.UserInfo{Name: u.Username, Nickname: u.Username, UserID: strconv.FormatInt(u.ID, 10), Role: id.Role().String(),
		CustomerName: customer, CustomerGitName: customer, CustomerGitOrg: customer}
	if strings.Contains(u.Username, "@") {
		out.Email = u.Username
	}
	return out
}
