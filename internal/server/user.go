package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
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

// Users as the original has them (contract 0.6): staff or not. Staff are editors and
// administrators; who becomes staff here is an administrator, and who is no more a viewer.
// There are no mail addresses and names: those that are sent are not kept.

func (s *Server) listAccounts(ctx context.Context, r *request) (*answer, error) {
	f := store.UserFilter{Paging: r.paging()}
	f.Order = []store.Order{{Field: "id"}}
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Users(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]api.Profile, len(rows))
	for i, row := range rows {
		out[i] = profileOf(row)
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createAccount(ctx context.Context, r *request) (*answer, error) {
	if err := r.requireFields("username", "password"); err != nil {
		return nil, err
	}
	u := auth.NewUser{Username: r.textOr("username", ""), Password: r.textOr("password", ""), Role: auth.Viewer.String()}
	if isStaff := r.flag("is_staff"); isStaff != nil && *isStaff {
		u.Role = auth.Admin.String()
	}
	r.bodyOnly("password")
	key := s.secretKeyOf(r)
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.addUser(ctx, u, key)
	if err != nil {
		return nil, err
	}
	return createdOnce(profileOf(row), fmt.Sprintf("/v6/accounts/users/%d/", row.ID), key), nil
}

// getAccount is for administrators, and for the user itself.
func (s *Server) getAccount(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	if r.sender.Role() < auth.Admin && r.sender.User.ID != id {
		return nil, problemf(http.StatusForbidden, "You do not have permission to perform this action. It needs the role %s; you are %s, and another user.",
			auth.Admin, r.sender.Role())
	}
	row, err := s.store.User(ctx, id)
	if err != nil {
		return nil, err
	}
	return ok(profileOf(row)), nil
}

// replaceAccount is editAccount for PUT, which has to say who it is about.
func (s *Server) replaceAccount(ctx context.Context, r *request) (*answer, error) {
	if err := r.requireFields("username", "password"); err != nil {
		return nil, err
	}
	return s.editAccount(ctx, r)
}

func (s *Server) editAccount(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	username, isStaff, password := r.text("username"), r.flag("is_staff"), r.text("password")
	r.bodyOnly("password")
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.store.User(ctx, id)
	if err != nil {
		return nil, err
	}
	if username != nil && *username != row.Username {
		return nil, refusal.Errorf(refusal.Invalid, "username: found %q, expected %q: users are not renamed; add another one", *username, row.Username)
	}
	edit := auth.UserEdit{Password: password}
	if isStaff != nil && *isStaff != profileOf(row).IsStaff {
		edit.Role = new(auth.Viewer.String())
		if *isStaff {
			edit.Role = new(auth.Admin.String())
		}
	}
	if row, err = s.auth.EditUser(ctx, id, edit); err != nil {
		return nil, err
	}
	return ok(profileOf(row)), nil
}

// requireFields refuses a body without the members, in the form of the original.
func (r *request) requireFields(names ...string) error {
	missing := map[string][]string{}
	for _, name := range names {
		if text, isText := r.body[name].(string); !isText || text == "" {
			missing[name] = []string{"This field is required."}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &problem{status: http.StatusBadRequest, body: missing}
}

// profileOf is a user in the form of the original (contract 0.6).
func profileOf(u store.User) api.Profile { return profile(u, auth.RoleOf(u)) }

// profile is a user as it acts in that role, without the password's hash, which the original
// shows.
func profile(u store.User, role auth.Role) api.Profile {
	return api.Profile{ID: u.ID, Username: u.Username, IsStaff: role >= auth.Editor, Role: role.String()}
}
