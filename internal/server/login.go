package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// credentials are read from the body only: a password in a URL ends up in logs.
func (r *request) credentials() (username, password string) {
	username, _ = r.body["username"].(string)
	password, _ = r.body["password"].(string)
	return username, password
}

// loginV6 is POST /api-token-auth/ (contract 0.6). Its token is that of a login: it
// expires, other than the original's.
func (s *Server) loginV6(ctx context.Context, r *request) (*answer, error) {
	username, password := r.credentials()
	missing := map[string][]string{}
	if username == "" {
		missing["username"] = []string{"This field is required."}
	}
	if password == "" {
		missing["password"] = []string{"This field is required."}
	}
	if len(missing) > 0 {
		return nil, &problem{status: http.StatusBadRequest, body: missing}
	}
	token, err := s.auth.Login(ctx, r.origin(), username, password)
	if errors.Is(err, auth.ErrBadCredentials) {
		return nil, &problem{status: http.StatusBadRequest, body: map[string][]string{
			"non_field_errors": {"Unable to log in with provided credentials."}}}
	}
	if err != nil {
		return nil, err
	}
	return ok(api.Token{Token: token}), nil
}

// loginWorkload is POST /login/workload/ (ours): a token of another issuer is exchanged
// for a login.
func (s *Server) loginWorkload(ctx context.Context, r *request) (*answer, error) {
	r.require("token")
	token := r.textOr("token", "")
	r.bodyOnly("token")
	if r.err != nil {
		return nil, r.err
	}
	login, err := s.auth.LoginWorkload(ctx, r.origin(), token)
	if err != nil {
		return nil, err
	}
	return ok(api.WorkloadLogin{Token: login.Token, Username: login.User.Username, Role: login.User.Role, Expires: api.NewTime(login.Expires)}), nil
}

// revokeToken is POST /api-token-auth/revoke/ (ours): the token of the request is good
// no more.
func (s *Server) revokeToken(ctx context.Context, r *request) (*answer, error) {
	if err := s.auth.Revoke(ctx, r.sender.Token); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

// Tokens (ours): everybody's own, and for administrators those of all.

func (s *Server) listTokens(ctx context.Context, r *request) (*answer, error) {
	f := store.TokenFilter{Kinds: r.oneOfEach("kind", auth.KindAPI, auth.KindLogin), Names: r.strings("name"), IsActive: r.flag("is_active"),
		Paging: r.paging()}
	if len(f.Kinds) == 0 {
		f.Kinds = []string{auth.KindAPI}
	}
	usernames := r.strings("username")
	if r.err != nil {
		return nil, r.err
	}
	if len(usernames) > 0 {
		users, _, err := s.store.Users(ctx, store.UserFilter{Usernames: usernames})
		if err != nil {
			return nil, err
		}
		f.UserIDs = []int64{0} // nobody's
		for _, u := range users {
			f.UserIDs = append(f.UserIDs, u.ID)
		}
	}
	rows, total, err := s.auth.Tokens(ctx, r.sender, f)
	if err != nil {
		return nil, err
	}
	out, err := s.tokenViews(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

// createToken makes a token for the sender, or by an administrator for the user that the
// body names. Its secret is shown this one time.
func (s *Server) createToken(ctx context.Context, r *request) (*answer, error) {
	r.require("name")
	t := auth.NewToken{Name: r.textOr("name", ""), UserID: r.sender.User.ID, Role: r.textOr("role", ""), Expires: r.time("expires").Std(),
		Secret: r.textOr("token", "")}
	username := r.text("username")
	r.bodyOnly("token")
	key := s.secretKeyOf(r)
	if r.err != nil {
		return nil, r.err
	}
	madeUp := ""
	if t.Secret == "" && key != nil {
		madeUp = s.auth.RepeatableSecret(r.Header.Get("Authorization"), key.Key, key.Fingerprint)
		t.Secret = madeUp
	}
	if username != nil && *username != r.sender.User.Username {
		if r.sender.Role() != auth.Admin {
			return nil, problemf(http.StatusForbidden, "You can make tokens for yourself only; an administrator can for others.")
		}
		u, err := s.store.UserByName(ctx, *username)
		if err != nil {
			return nil, badRequest(`Invalid value for parameter: "username": there is no user %q`, *username)
		}
		t.UserID = u.ID
	}
	var row store.Token
	secret := t.Secret
	err := s.engine.Once(ctx, key, usecase.MadeToken, func(ctx context.Context, tx *store.Tx) (_ usecase.Made, err error) {
		row, secret, err = s.auth.CreateTokenIn(ctx, tx.Q, r.sender, t)
		return usecase.Made{ID: row.ID}, err
	}, func(ctx context.Context, tx *store.Tx, done store.IdempotencyKey) (err error) {
		row, err = s.auth.RepeatTokenIn(ctx, tx.Q, r.sender, done.ObjectID, madeUp)
		return err
	})
	if err != nil {
		return nil, err
	}
	views, err := s.tokenViews(ctx, []store.Token{row})
	if err != nil {
		return nil, err
	}
	return createdOnce(api.APITokenCreated{APIToken: views[0], Token: secret}, fmt.Sprintf("/v6/tokens/%d/", row.ID), key), nil
}

func (s *Server) getToken(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.auth.Token(ctx, r.sender, id)
	if err != nil {
		return nil, err
	}
	return s.tokenAnswer(ctx, row)
}

func (s *Server) editToken(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	edit := auth.TokenEdit{Name: r.text("name"), Role: r.text("role"), Expires: r.time("expires").Std(), Secret: r.text("token")}
	r.bodyOnly("token")
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.auth.EditToken(ctx, r.sender, id, edit)
	if err != nil {
		return nil, err
	}
	return s.tokenAnswer(ctx, row)
}

// revokeAPIToken ends any token; that of the request itself, too.
func (s *Server) revokeAPIToken(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	if _, err := s.auth.RevokeToken(ctx, r.sender, id); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func (s *Server) tokenAnswer(ctx context.Context, row store.Token) (*answer, error) {
	views, err := s.tokenViews(ctx, []store.Token{row})
	if err != nil {
		return nil, err
	}
	return ok(views[0]), nil
}

func (s *Server) tokenViews(ctx context.Context, rows []store.Token) ([]api.APIToken, error) {
	ids := view.IDSet{}
	for _, row := range rows {
		ids.Add(&row.UserID)
	}
	users, err := s.store.UsersByID(ctx, ids.List())
	if err != nil {
		return nil, err
	}
	now := store.At(s.cfg.Now())
	out := make([]api.APIToken, len(rows))
	for i, t := range rows {
		u := users[t.UserID]
		role := auth.Identity{User: u, Login: t}.Role()
		active := t.Revoked == nil && (t.Expires == nil || t.Expires.After(now.Time)) && u.Disabled == nil
		out[i] = api.APIToken{ID: t.ID, Kind: t.Kind, Name: t.Name, Username: u.Username, Role: role.String(), IsActive: active,
			Created: view.Time(t.Created), Expires: view.TimePtr(t.Expires), LastUsed: view.TimePtr(t.LastUsed), Revoked: view.TimePtr(t.Revoked)}
	}
	return out, nil
}
