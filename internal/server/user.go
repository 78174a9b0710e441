package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Users (ours): for administrators.

func (s *Server) listUsers(ctx context.Context, r *request) (*answer, error) {
	f := store.UserFilter{Usernames: r.strings("username"), Roles: r.oneOfEach("role", auth.Roles()...), IsActive: r.flag("is_active"),
		Paging: r.paging()}
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Users(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]api.User, len(rows))
	for i, row := range rows {
		out[i] = userView(row)
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createUser(ctx context.Context, r *request) (*answer, error) {
	r.require("username", "role")
	u := auth.NewUser{Username: r.textOr("username", ""), Role: r.textOr("role", ""), Password: r.textOr("password", "")}
	r.bodyOnly("password")
	key := s.secretKeyOf(r)
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.addUser(ctx, u, key)
	if err != nil {
		return nil, err
	}
	return createdOnce(userView(row), fmt.Sprintf("/v6/users/%d/", row.ID), key), nil
}

// addUser adds a user, once for each key.
func (s *Server) addUser(ctx context.Context, u auth.NewUser, key *usecase.IdempotencyKey) (store.User, error) {
	row, err := s.auth.PrepareUser(ctx, u)
	if err != nil {
		return row, err
	}
	err = s.engine.Once(ctx, key, usecase.MadeUser, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		err := s.auth.InsertUser(ctx, tx.Q, &row)
		return usecase.Made{ID: row.ID}, err
	}, func(ctx context.Context, tx *store.Tx, done store.IdempotencyKey) (err error) {
		row, err = tx.User(ctx, done.ObjectID)
		return err
	})
	return row, err
}

// secretKeyOf is the request's idempotency key for what has a secret in its body, of which the
// fingerprint must not help to guess it.
func (s *Server) secretKeyOf(r *request) *usecase.IdempotencyKey {
	key := r.idempotencyKey()
	if key != nil {
		key.Fingerprint = s.auth.Keyed("fingerprint", key.Fingerprint)
	}
	return key
}

func (s *Server) getUser(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.User(ctx, id)
	if err != nil {
		return nil, err
	}
	return ok(userView(row)), nil
}

func (s *Server) editUser(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	edit := auth.UserEdit{Role: r.text("role"), IsActive: r.flag("is_active"), Password: r.text("password")}
	r.bodyOnly("password")
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.auth.EditUser(ctx, id, edit)
	if err != nil {
		return nil, err
	}
	return ok(userView(row)), nil
}

func (s *Server) deleteUser(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	if err := s.auth.DeleteUser(ctx, id); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func userView(u store.User) api.User {
	return api.User{ID: u.ID, Username: u.Username, Role: u.Role, IsActive: u.Disabled == nil, HasPassword: u.PasswordHash != "",
		Created: view.Time(u.Created), LastLogin: view.TimePtr(u.LastLogin), Disabled: view.TimePtr(u.Disabled)}
}
