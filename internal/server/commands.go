package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/backup"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/doctor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/retention"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
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

// Backup copies the SQLite database that cfg names, and the bytes of all files, to a folder that is not there
// yet, while the servers go on; with the secret key, if that is wanted and it is in the data folder.
func Backup(ctx context.Context, cfg Config, to string, withKey bool) (index backup.Index, err error) {
	err = withExisting(ctx, cfg, func(cfg Config, st *store.Store) error {
		if st.Dialect() != store.SQLite {
			return errors.New("a PostgreSQL database is copied by pg_dump, and then the folders of the workspaces: see the guide Operating galleyd")
		}
		host, err := cfg.host()
		if err != nil {
			return err
		}
		src := backup.Source{Store: st, Host: host, DataDir: cfg.DataDir, Version: cfg.Version, Now: cfg.Now}
		if withKey {
			src.KeyFile = filepath.Join(cfg.DataDir, auth.SecretKeyFile)
			if _, err := os.Stat(src.KeyFile); err != nil {
				return fmt.Errorf("there is no secret.key in the data folder, the servers have it from elsewhere: leave --with-secret-key out (%w)", err)
			}
		}
		if index, err = backup.Make(ctx, src, to); err != nil {
			return err
		}
		return audit.New(audit.Config{Store: st, Logger: cfg.Logger, Now: cfg.Now}).KeepIn(ctx, st.Q,
			consoleEntry("backup", "database", map[string]any{"to": to, "secret_key": withKey}))
	})
	return index, err
}

// Restore makes a data folder, which has no database yet, of a backup. Moved says where folders of workspaces
// were, and where they are to be; those of the data folder are in the new one.
func Restore(ctx context.Context, cfg Config, from string, moved [][2]string) (backup.Index, error) {
	cfg.Listen = ""
	cfg, err := cfg.withDefaults()
	if err != nil {
		return backup.Index{}, err
	}
	file, isSQLite := strings.CutPrefix(cfg.Database, "sqlite:")
	if !isSQLite {
		return backup.Index{}, errors.New("a backup has a SQLite database: --database has to be sqlite:PATH, or left out")
	}
	if _, err := backup.ReadIndex(from); err != nil {
		return backup.Index{}, err
	}
	if err := prepareDataDir(cfg.DataDir); err != nil {
		return backup.Index{}, err
	}
	host, err := cfg.host()
	if err != nil {
		return backup.Index{}, err
	}
	return backup.Restore(ctx, from, backup.Target{Host: host, DataDir: cfg.DataDir, Database: file, Moved: moved})
}

// host is what the server may reach of this machine's folders.
func (c Config) host() (*catalog.Host, error) {
	folders, err := c.hostFolders()
	if err != nil {
		return nil, err
	}
	return catalog.NewHost(c.DataDir, folders, c.reserved()...)
}

// Doctor looks at what a server with cfg would stand on. It makes nothing, and changes nothing.
func Doctor(ctx context.Context, cfg Config) []doctor.Finding {
	cfg.Listen = ""
	cfg, err := cfg.withDefaults()
	if err != nil {
		return []doctor.Finding{doctor.Of("configuration", err, "", "mend the flag, or the variable of the environment")}
	}
	out := []doctor.Finding{doctor.Folder("data folder", cfg.DataDir)}
	host, err := cfg.host()
	if err != nil {
		out = append(out, doctor.Of("folders", err, "", "mend --workspace-root or --mount"))
	}
	sc := cfg.storeConfig()
	sc.MustExist = true
	st, err := store.Open(ctx, sc)
	if err != nil {
		out = append(out, doctor.Of("database", err, "", "name the data folder of the server with --data-dir, or its database with --database"))
		return append(out, cfg.lookAtExecutor(ctx)...)
	}
	defer func() { _ = st.Close() }()
	database := doctor.Database(ctx, st)
	if out = append(out, database...); database[0].Status == doctor.OK {
		sealer, err := cfg.keySource().OpenKnown(ctx, st)
		out = append(out, doctor.Of("secret key", err, "it opens what is encrypted in the database", "give the key that the servers have"))
		if host != nil {
			out = append(out, doctor.Workspaces(ctx, st, host)...)
		}
		out = append(out, doctor.Waiting(ctx, st, cfg.Now())...)
		if err == nil {
			out = append(out, cfg.lookAtMail(ctx, st, sealer))
		}
	}
	return append(out, cfg.lookAtExecutor(ctx)...)
}

// lookAtMail talks to the mail server, without sending anything.
func (c Config) lookAtMail(ctx context.Context, st *store.Store, sealer *seal.Sealer) doctor.Finding {
	alerts, err := newAlerts(ctx, c.Alerts, c.Version, st, sealer)
	off := false
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, mailPatience)
		defer cancel()
		off, err = alerts.CheckMail(ctx)
	}
	if off {
		return doctor.Finding{What: "mail", Status: doctor.Warn, Found: "mail is off", Do: "give --smtp-url and --smtp-from, unless all alerts are webhooks"}
	}
	return doctor.Of("mail", err, "the mail server takes us", "mend --smtp-url and --smtp-from, or the mail server")
}

const mailPatience = 15 * time.Second

// lookAtExecutor makes the executor, and tells what it logs of itself.
func (c Config) lookAtExecutor(ctx context.Context) []doctor.Finding {
	var said doctor.Log
	c.Logger = slog.New(&said)
	if c.Executor == ExecutorSimulate {
		return []doctor.Finding{{What: "executor", Status: doctor.Warn, Found: "jobs are only simulated", Do: "leave --executor out, unless this is wanted"}}
	}
	made, err := newExecutor(ctx, c)
	if closer, ok := made.(io.Closer); ok {
		_ = closer.Close()
	}
	if err != nil {
		return []doctor.Finding{doctor.Of("executor", err, "", "see the guide Executors")}
	}
	return said.Findings("executor", "see the guide Operating galleyd, The sandbox of processes")
}

// keeper removes what is older than c wants it kept.
func (c Config) keeper(st *store.Store, files *catalog.Catalog) *retention.Keeper {
	return &retention.Keeper{Store: st, Catalog: files, Log: c.Logger, Now: c.Now, Policy: c.Keep}
}

// Collect removes what is older than cfg wants it kept, as servers do every hour; dry: it only says what that is.
func Collect(ctx context.Context, cfg Config, dry bool) (r retention.Report, err error) {
	err = withExisting(ctx, cfg, func(cfg Config, st *store.Store) error {
		host, err := cfg.host()
		if err != nil {
			return err
		}
		k := cfg.keeper(st, catalog.New(usecase.New(st, cfg.Logger, cfg.Now), nil, host, 0))
		if dry {
			r, err = k.Plan(ctx)
			return err
		}
		if r, err = k.Remove(ctx); err != nil {
			return err
		}
		return audit.New(audit.Config{Store: st, Logger: cfg.Logger, Now: cfg.Now}).KeepIn(ctx, st.Q,
			consoleEntry("gc", "database", map[string]any{"removed": r.String()}))
	})
	return r, err
}
