package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Accounts manages users and their tokens. It needs no key, so that galleyd's commands
// can have one beside the running servers.
type Accounts struct {
	store        *store.Store
	now          func() time.Time
	maxTokenLife time.Duration // 0: no bound
	passwords    *passwords
}

// NewAccounts makes the Accounts of a database.
func NewAccounts(cfg Config) *Accounts {
	return &Accounts{store: cfg.Store, now: cfg.Now, maxTokenLife: cfg.MaxTokenLife, passwords: newPasswords()}
}

// NewUser describes a user to add.
type NewUser struct {
	Username string
	Role     string // one of Roles
	Password string // empty: none is right, and the user has only tokens
}

// RandomPassword is one that nobody guesses.
func RandomPassword() string { return rand.Text() }

// EnsureAdmin creates the administrator if there is no user at all, and returns the
// password that it had to make up. Empty: it did not.
func (a *Accounts) EnsureAdmin(ctx context.Context, username, password string) (madeUp string, err error) {
	_, n, err := a.store.Users(ctx, store.UserFilter{Paging: store.Paging{PageSize: 1}})
	if err != nil {
		return "", fmt.Errorf("looking for users: %w", err)
	}
	if n > 0 {
		return "", nil
	}
	if password == "" {
		madeUp = RandomPassword()
		password = madeUp
	}
	_, err = a.AddUser(ctx, NewUser{Username: username, Role: Admin.String(), Password: password})
	if e, isRefusal := errors.AsType[*Error](err); isRefusal && e.Code == Conflict {
		return "", nil // another server on the same database was faster
	}
	if err != nil {
		return "", fmt.Errorf("creating administrator: %w", err)
	}
	return madeUp, nil
}

// AddUser adds a user.
func (a *Accounts) AddUser(ctx context.Context, u NewUser) (store.User, error) {
	row, err := a.PrepareUser(ctx, u)
	if err != nil {
		return store.User{}, err
	}
	err = a.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		row.ID = 0 // of a try before
		return a.InsertUser(ctx, tx.Q, &row)
	})
	return row, err
}

// PrepareUser is a user who can be added. It takes a while, because of the password.
func (a *Accounts) PrepareUser(ctx context.Context, u NewUser) (store.User, error) {
	if err := account.CheckUsername(u.Username); err != nil {
		return store.User{}, invalid(err)
	}
	if err := checkRole(u.Role); err != nil {
		return store.User{}, err
	}
	row := store.User{Username: u.Username, Role: u.Role, Created: store.At(a.now())}
	if u.Password != "" {
		var err error
		if row.PasswordHash, err = a.newHash(ctx, u.Password); err != nil {
			return store.User{}, err
		}
	}
	return row, nil
}

// InsertUser adds a user who was prepared.
func (a *Accounts) InsertUser(ctx context.Context, q store.Q, row *store.User) error {
	err := q.Insert(ctx, row)
	if store.IsUniqueViolation(err) {
		return errorf(Conflict, "adding user %q: a user with this name exists", row.Username)
	}
	return err
}

func (a *Accounts) newHash(ctx context.Context, password string) (string, error) {
	if err := account.CheckPassword(password); err != nil {
		return "", invalid(err)
	}
	return a.passwords.hash(ctx, password)
}

// UserEdit is what changes of a user; nil leaves it as it is.
type UserEdit struct {
	Role     *string
	IsActive *bool
	Password *string // ends the user's logins
}

// EditUser changes a user. The last administrator stays one.
func (a *Accounts) EditUser(ctx context.Context, id int64, edit UserEdit) (u store.User, err error) {
	var hash string
	if edit.Role != nil {
		if err := checkRole(*edit.Role); err != nil {
			return u, err
		}
	}
	if edit.Password != nil {
		if hash, err = a.newHash(ctx, *edit.Password); err != nil {
			return u, err
		}
	}
	err = a.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		admins, err := tx.LockActiveUsers(ctx, Admin.String())
		if err != nil {
			return err
		}
		if u, err = tx.LockUser(ctx, id); err != nil {
			return err
		}
		now := store.At(a.now())
		if edit.Role != nil {
			u.Role = *edit.Role
		}
		switch {
		case edit.IsActive != nil && *edit.IsActive:
			u.Disabled = nil
		case edit.IsActive != nil && u.Disabled == nil:
			u.Disabled = &now
		}
		if (u.Role != Admin.String() || u.Disabled != nil) && isLast(admins, u.ID) {
			return errLastAdmin(u.Username, "demoted or disabled")
		}
		if edit.Password != nil {
			u.PasswordHash = hash
		}
		if edit.Password != nil || u.Disabled != nil {
			if err := tx.RevokeTokensOf(ctx, u.ID, KindLogin, now); err != nil {
				return err
			}
		}
		return tx.Update(ctx, &u, "role", "disabled", "password_hash")
	})
	return u, err
}

// DeleteUser removes a user and all of its tokens. The last administrator stays.
func (a *Accounts) DeleteUser(ctx context.Context, id int64) error {
	return a.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		admins, err := tx.LockActiveUsers(ctx, Admin.String())
		if err != nil {
			return err
		}
		u, err := tx.LockUser(ctx, id)
		if err != nil {
			return err
		}
		if isLast(admins, id) {
			return errLastAdmin(u.Username, "deleted")
		}
		return tx.DeleteUser(ctx, id)
	})
}

func isLast(admins []store.User, id int64) bool { return len(admins) == 1 && admins[0].ID == id }

func errLastAdmin(username, done string) *Error {
	return errorf(Conflict, "The user %q is the only administrator that is not disabled, and cannot be %s: make another administrator first.",
		username, done)
}

// Now is the time by the clock of the server.
func (a *Accounts) Now() time.Time { return a.now() }

// Users is all users, by name.
func (a *Accounts) Users(ctx context.Context) ([]store.User, error) {
	rows, _, err := a.store.Users(ctx, store.UserFilter{})
	return rows, err
}

// UserNamed is the user with that name, for galleyd's commands.
func (a *Accounts) UserNamed(ctx context.Context, username string) (store.User, error) {
	u, err := a.store.UserByName(ctx, username)
	if errors.Is(err, store.ErrNotFound) {
		return u, errorf(Invalid, "there is no user %q: `galleyd user list` shows who there is, `galleyd user add` adds one", username)
	}
	return u, err
}
