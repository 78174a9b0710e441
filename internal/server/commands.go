package server

import (
	"context"
	"errors"
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

// AddUser adds a user and returns the password, which is a random one if u has none.
func AddUser(ctx context.Context, cfg Config, u auth.NewUser) (password string, err error) {
	err = withStore(ctx, cfg, func(cfg Config, st *store.Store) error {
		password, err = auth.AddUser(ctx, st, cfg.Now(), u)
		return err
	})
	return password, err
}

// CreateToken makes an API token for a user and returns it; only its hash is kept.
// It is good for life, or for ever if that is 0.
func CreateToken(ctx context.Context, cfg Config, name, username string, life time.Duration) (token string, err error) {
	err = withStore(ctx, cfg, func(cfg Config, st *store.Store) error {
		token, err = auth.CreateToken(ctx, st, cfg.Now(), name, username, life)
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
