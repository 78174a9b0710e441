package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// withStore opens the database that cfg names for one of galleyd's commands.
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

// WithAccounts opens the users and tokens of the database that cfg names. It has to be
// there and up to date: with a wrong data folder, users would be added to a database that
// no server has.
func WithAccounts(ctx context.Context, cfg Config, do func(*auth.Accounts) error) error {
	cfg.Listen = ""
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	sc := cfg.storeConfig()
	sc.MustExist = true
	st, err := store.Open(ctx, sc)
	if errors.Is(err, store.ErrNoDatabase) {
		return fmt.Errorf("%w: name the data folder of the server with --data-dir, or its database with --database", err)
	}
	if err != nil {
		return err
	}
	if err := st.CheckSchema(ctx); err != nil {
		return errors.Join(err, st.Close())
	}
	return errors.Join(do(auth.NewAccounts(auth.Config{Store: st, Now: cfg.Now, MaxTokenLife: cfg.MaxTokenLife})), st.Close())
}

// AddUser adds a user and returns the password, which is a random one if u has none.
func AddUser(ctx context.Context, cfg Config, u auth.NewUser) (password string, err error) {
	if u.Password == "" {
		u.Password = auth.RandomPassword()
	}
	return u.Password, WithAccounts(ctx, cfg, func(a *auth.Accounts) error {
		_, err := a.AddUser(ctx, u)
		return err
	})
}

// CreateToken makes an API token for a user and returns it; only its hash is kept.
// It is good for life, or for ever if that is 0.
func CreateToken(ctx context.Context, cfg Config, name, username string, life time.Duration) (token string, err error) {
	err = WithAccounts(ctx, cfg, func(a *auth.Accounts) error {
		u, err := a.UserNamed(ctx, username)
		if err != nil {
			return err
		}
		t := auth.NewToken{Name: name, UserID: u.ID, Forever: life == 0}
		if life != 0 {
			t.Expires = new(a.Now().Add(life))
		}
		_, token, err = a.CreateToken(ctx, auth.Local(), t)
		return err
	})
	return token, err
}

// WebhookKey is the key that the receivers of webhooks verify signatures with.
func WebhookKey(ctx context.Context, cfg Config) (key string, err error) {
	err = withStore(ctx, cfg, func(cfg Config, st *store.Store) error {
		key, err = sharedWebhookKey(ctx, cfg.Alerts, st)
		return err
	})
	return key, err
}
