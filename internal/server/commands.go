package server

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
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

// Console is the users and tokens of a database for whoever can run galleyd's commands.
type Console struct {
	*auth.Accounts
	audit *audit.Recorder
}

// Change does something whose line of the audit is committed together with it, or not at
// all: what was done to what. The object that do returns, if any, is what was made.
func (c Console) Change(
	ctx context.Context, action, object string, changes map[string]any, do func(context.Context) (object string, err error),
) error {
	inner, line := c.audit.Beside(ctx, func() audit.Entry { return consoleEntry(action, object, changes) })
	made, err := do(inner)
	line.End(ctx, made, err == nil)
	return err
}

// consoleEntry is a line of the audit about one of galleyd's commands.
func consoleEntry(action, object string, changes map[string]any) audit.Entry {
	name := "?"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	// No user of galleyd has a colon in the name.
	return audit.Entry{Username: "console:" + name, Address: "console", Action: "galleyd " + action, Object: object, Changes: changes}
}

// WithAccounts opens the users and tokens of the database that cfg names. It has to be
// there and up to date: with a wrong data folder, users would be added to a database that
// no server has.
func WithAccounts(ctx context.Context, cfg Config, do func(Console) error) error {
	return withExisting(ctx, cfg, func(cfg Config, st *store.Store) error {
		return do(Console{auth.NewAccounts(auth.Config{Store: st, Now: cfg.Now, MaxTokenLife: cfg.MaxTokenLife}),
			audit.New(audit.Config{Store: st, Logger: cfg.Logger, Now: cfg.Now})})
	})
}

// withExisting is withStore for a database that is there and up to date.
func withExisting(ctx context.Context, cfg Config, do func(Config, *store.Store) error) error {
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
	return errors.Join(do(cfg, st), st.Close())
}

// AddUser adds a user and returns the password, which is a random one if u has none.
func AddUser(ctx context.Context, cfg Config, u auth.NewUser) (password string, err error) {
	if u.Password == "" {
		u.Password = auth.RandomPassword()
	}
	return u.Password, WithAccounts(ctx, cfg, func(c Console) error {
		return c.Change(ctx, "user add", "user "+u.Username, map[string]any{"role": u.Role}, func(ctx context.Context) (string, error) {
			_, err := c.AddUser(ctx, u)
			return "", err
		})
	})
}

// CreateToken makes an API token for a user and returns it; only its hash is kept.
// It is good for life, or for ever if that is 0.
func CreateToken(ctx context.Context, cfg Config, name, username string, life time.Duration) (token string, err error) {
	err = WithAccounts(ctx, cfg, func(c Console) error {
		token, err = c.NewToken(ctx, username, auth.NewToken{Name: name}, life)
		return err
	})
	return token, err
}

// NewToken makes a token for the user of that name, good for life, or for ever if that is 0.
func (c Console) NewToken(ctx context.Context, username string, t auth.NewToken, life time.Duration) (token string, err error) {
	u, err := c.UserNamed(ctx, username)
	if err != nil {
		return "", err
	}
	t.UserID, t.Forever = u.ID, life == 0
	if life != 0 {
		t.Expires = new(c.Now().Add(life))
	}
	told := map[string]any{"name": t.Name, "username": username, "role": t.Role}
	err = c.Change(ctx, "token create", "token", told, func(ctx context.Context) (string, error) {
		row, secret, err := c.CreateToken(ctx, auth.Local(), t)
		token = secret
		return fmt.Sprintf("token %d", row.ID), err
	})
	return token, err
}

// WebhookKey is the key that the receivers of webhooks verify signatures with.
func WebhookKey(ctx context.Context, cfg Config) (key string, err error) {
	err = withExisting(ctx, cfg, func(cfg Config, st *store.Store) error {
		if cfg.Alerts.WebhookKey != "" {
			key = cfg.Alerts.WebhookKey
			return nil
		}
		sealer, err := cfg.keySource().Open(ctx, st)
		if err != nil {
			return err
		}
		key, err = sharedWebhookKey(ctx, cfg.Alerts, st, sealer)
		return err
	})
	return key, err
}
