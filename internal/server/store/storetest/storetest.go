package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/pgtest"
)

// EnvRequire names the environment variable that, set to 1, makes a machine without
// PostgreSQL a failure instead of a skip.
const EnvRequire = "GALLEY_REQUIRE_POSTGRES"

// Each runs f as the subtests "sqlite" and "postgres", in parallel, each with an empty
// store of its own that has the whole schema.
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachDSN(t, func(t *testing.T, dsn string) { f(t, Open(t, dsn)) })
}

// EachDSN is Each for tests that open stores themselves.
func EachDSN(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t))
	})
}

// Open opens the store at dsn until the test ends.
func Open(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// SQLite is the DSN of a new SQLite file with the whole schema.
func SQLite(t testing.TB) string {
	t.Helper()
	bytes, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "galley.db")
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Postgres is the DSN of a new PostgreSQL database with the whole schema. It uses the
// server that GALLEY_TEST_POSTGRES names, else starts one for this process. It skips the
// test if the machine has none, or fails it if GALLEY_REQUIRE_POSTGRES is 1.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, func(template string) string { return template })
}

// EmptyPostgres is Postgres without any schema.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, func(string) string { return "template0" })
}

func newDatabase(t testing.TB, from func(template string) string) string {
	t.Helper()
	server, err := postgres()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv(EnvRequire) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := databaseName("test")
	if err := adminExec(t.Context(), server.admin, "CREATE DATABASE "+name+" TEMPLATE "+from(server.template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// t.Context has ended by now.
		if err := adminExec(context.Background(), server.admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	dsn, err := withDatabase(server.admin, name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// sqliteTemplate is the contents of a database file with the whole schema.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "galley-sqlite-")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "template.db")
	bytes, err := func() ([]byte, error) {
		if err := migrate("sqlite:" + path); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	}()
	return bytes, errors.Join(err, os.RemoveAll(dir))
})

// testServer is a PostgreSQL for tests.
type testServer struct {
	admin    string // address of its administrator
	template string // name of a database with the whole schema

	// private is the server if this process started it. A server that nobody refers to
	// is collected, and with it the pipe that keeps it alive.
	private *pgtest.Server
}

// postgres is the server of this process. If it starts one, that ends with the process
// (see pgtest), so nobody has to stop it.
var postgres = sync.OnceValues(func() (testServer, error) {
	ctx := context.Background()
	s := testServer{admin: os.Getenv(pgtest.EnvURL), template: databaseName("template")}
	if s.admin == "" {
		server, err := pgtest.Start(ctx)
		if err != nil {
			return s, err
		}
		s.admin, s.private = server.URL, server
	}
	if err := adminExec(ctx, s.admin, "CREATE DATABASE "+s.template+" TEMPLATE template0"); err != nil {
		return s, err
	}
	dsn, err := withDatabase(s.admin, s.template)
	if err != nil {
		return s, err
	}
	return s, migrate(dsn)
})

// migrate makes the whole schema in the database at dsn.
func migrate(dsn string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{DSN: dsn})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// databaseName is a name that no other database has.
func databaseName(kind string) string {
	return "galley_" + kind + "_" + strings.ToLower(rand.Text())
}

// withDatabase is the address of another database on the same server.
func withDatabase(admin, name string) (string, error) {
	dsn, err := url.Parse(admin)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", pgtest.EnvURL, err)
	}
	dsn.Path = "/" + name
	return dsn.String(), nil
}

// adminExec runs one statement as the server's administrator.
func adminExec(ctx context.Context, admin, query string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connecting to the PostgreSQL for tests: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if _, err := conn.Exec(ctx, query); err != nil {
		return fmt.Errorf("running %q: %w", query, err)
	}
	return nil
}
