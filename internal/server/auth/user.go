package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const maxUsername = 150 // bytes

// goodUsername keeps names out that break a Basic header or a log.
var goodUsername = regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,150}$`)

// NewUser describes a user to add.
type NewUser struct {
	Username string
	Role     string // one of Roles
	Password string // empty: a random one
}

// EnsureAdmin creates the administrator if there is no user at all, and returns the
// password that it had to make up. Empty: it did not.
func (s *Service) EnsureAdmin(ctx context.Context, username, password string) (madeUp string, err error) {
	users, err := s.store.Users(ctx)
	if err != nil {
		return "", fmt.Errorf("looking for users: %w", err)
	}
	if len(users) > 0 {
		return "", nil
	}
	created, err := addUser(ctx, s.store, s.passwords, s.now(), NewUser{Username: username, Role: Admin.String(), Password: password})
	if errors.Is(err, errUserExists) {
		return "", nil // another server on the same database was faster
	}
	if err != nil {
		return "", fmt.Errorf("creating administrator: %w", err)
	}
	if password != "" {
		return "", nil
	}
	return created, nil
}

var errUserExists = errors.New("a user with this name exists")

// AddUser adds a user and returns the password, which is a random one if u has none.
func AddUser(ctx context.Context, st *store.Store, now time.Time, u NewUser) (password string, err error) {
	return addUser(ctx, st, newPasswords(), now, u)
}

func addUser(ctx context.Context, st *store.Store, p *passwords, now time.Time, u NewUser) (password string, err error) {
	if !goodUsername.MatchString(u.Username) {
		return "", fmt.Errorf("bad user name %q: expected 1 to 150 letters, digits, '.', '_', '-', '@' or '+'", u.Username)
	}
	if err := checkRole(u.Role); err != nil {
		return "", err
	}
	if u.Password == "" {
		u.Password = rand.Text()
	}
	if err := checkNewPassword(u.Password); err != nil {
		return "", err
	}
	hash, err := p.hash(ctx, u.Password)
	if err != nil {
		return "", err
	}
	err = st.Insert(ctx, &store.User{Username: u.Username, PasswordHash: hash, Role: u.Role, Created: store.At(now)})
	if store.IsUniqueViolation(err) {
		return "", fmt.Errorf("adding user %q: %w", u.Username, errUserExists)
	}
	return u.Password, err
}

// CreateToken makes an API token for a user and returns it; only its hash is kept.
// It is good for life, or for ever if that is 0.
func CreateToken(ctx context.Context, st *store.Store, now time.Time, name, username string, life time.Duration) (token string, err error) {
	if strings.TrimSpace(name) == "" || len(name) > maxUsername || !store.IsText(name) {
		return "", fmt.Errorf("bad token name %q: expected 1 to %d characters", name, maxUsername)
	}
	u, err := st.UserByName(ctx, username)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("there is no user %q: add one with `galleyd user add %s`", username, username)
	}
	if err != nil {
		return "", err
	}
	created := store.At(now)
	row := store.Token{UserID: u.ID, Kind: apiKind, Name: name, Created: created}
	token, row.Hash = newAPIToken()
	if life > 0 {
		row.Expires = store.At(now.Add(life)).Ptr()
	}
	return token, st.Insert(ctx, &row)
}
