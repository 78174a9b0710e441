package server

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

// goodUsername keeps names out that break a Basic header or a log.
var goodUsername = regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,150}$`)

// NewUser describes a user to add.
type NewUser struct {
	Username string
	Role     string // one of Roles
	Password string // empty: a random one
}

// ensureAdmin creates the administrator if there is no user at all. A password that
// had to be made up is shown this one time.
func (s *Server) ensureAdmin(ctx context.Context) error {
	users, err := s.store.Users(ctx)
	if err != nil {
		return fmt.Errorf("looking for users: %w", err)
	}
	if len(users) > 0 {
		return nil
	}
	password, err := addUser(ctx, s.store, s.auth.passwords, s.cfg.Now(),
		NewUser{Username: s.cfg.AdminUsername, Role: admin.String(), Password: s.cfg.AdminPassword})
	if errors.Is(err, errUserExists) {
		return nil // another server on the same database was faster
	}
	if err != nil {
		return fmt.Errorf("creating administrator: %w", err)
	}
	if s.cfg.AdminPassword == "" {
		_, err = fmt.Fprintf(s.cfg.Stderr, "galleyd: created the administrator %q with the password %s (it is not shown again)\n",
			s.cfg.AdminUsername, password)
	}
	return err
}

var errUserExists = errors.New("a user with this name exists")

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
	if err := checkPassword(u.Password); err != nil {
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

// withStore opens the database that cfg names for one of the commands below.
func withStore(ctx context.Context, cfg Config, do func(Config, *store.Store) error) error {
	cfg.Listen = ""
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	st, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(cfg, st), st.Close())
}

// Migrate brings the database's schema up to date.
func Migrate(ctx context.Context, cfg Config) error {
	cfg.Migrate = true
	return withStore(ctx, cfg, func(Config, *store.Store) error { return nil })
}

// AddUser adds a user and returns the password, which is a random one if u has none.
func AddUser(ctx context.Context, cfg Config, u NewUser) (password string, err error) {
	err = withStore(ctx, cfg, func(cfg Config, st *store.Store) error {
		password, err = addUser(ctx, st, newPasswords(), cfg.Now(), u)
		return err
	})
	return password, err
}

// CreateToken makes an API token for a user and returns it; only its hash is kept.
// It is good for life, or for ever if that is 0.
func CreateToken(ctx context.Context, cfg Config, name, username string, life time.Duration) (token string, err error) {
	if strings.TrimSpace(name) == "" || len(name) > maxUsername || checkText(name) != nil {
		return "", fmt.Errorf("bad token name %q: expected 1 to %d characters", name, maxUsername)
	}
	err = withStore(ctx, cfg, func(cfg Config, st *store.Store) error {
		u, err := st.UserByName(ctx, username)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("there is no user %q: add one with `galleyd user add %s`", username, username)
		}
		if err != nil {
			return err
		}
		now := store.At(cfg.Now())
		row := store.Token{UserID: u.ID, Kind: apiKind, Name: name, Created: now}
		token, row.Hash = newAPIToken()
		if life > 0 {
			row.Expires = store.At(now.Add(life)).Ptr()
		}
		return st.Insert(ctx, &row)
	})
	return token, err
}
