package store_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// opening opens dsn, closes it again and returns the error.
func opening(ctx context.Context, dsn string) error {
	s, err := store.Open(ctx, store.Config{DSN: dsn, BusyTimeout: 200 * time.Millisecond})
	if err != nil {
		return err
	}
	return s.Close()
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly := "/sys/kernel" // where not even root may make a file
	if os.Geteuid() != 0 {
		readOnly = filepath.Join(dir, "read-only")
		if err := os.Mkdir(readOnly, 0o500); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, dsn, want string }{
		{"no kind", "galley.db", `unknown kind of database: expected sqlite:PATH or postgres://`},
		{"another kind", "mysql://x", `unknown kind of database`},
		{"no path", "sqlite:", "names no file: expected sqlite:PATH"},
		{"in memory", "sqlite::memory:", "names no file: expected sqlite:PATH"},
		{"a folder", "sqlite:" + dir, "is a folder: expected the path of a database file"},
		{"a folder under a file", "sqlite:" + text + "/galley.db", "making the folder of"},
		{"not a database", "sqlite:" + text, "text.db is not a SQLite database: name another path"},
		{"a folder that can't be written", "sqlite:" + readOnly + "/galley.db", "can't be written by user id"},
		{"a bad URL", "postgres://a:secret@:x/y", "reading the address of the database"},
		{"nobody there", "postgres://a:secret@127.0.0.1:1/y?connect_timeout=2", "check that the server runs"},
	} {
		err := opening(t.Context(), tt.dsn)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "opening store: ") {
			t.Errorf("%s: got %v, want: opening store: … %s", tt.name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error has the password: %v", tt.name, err)
		}
	}
}

func TestOpenSaysWhatPostgresRefuses(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	change := func(f func(*url.URL)) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		f(u)
		return u.String()
	}
	for _, tt := range []struct{ name, dsn, want string }{
		{"a database that isn't there", change(func(u *url.URL) { u.Path = "/nothing" }), `has no database "nothing": make it with createdb nothing`},
		{"a setting that changes literals", change(func(u *url.URL) {
			q := u.Query()
			q.Set("standard_conforming_strings", "off")
			u.RawQuery = q.Encode()
		}), `setting standard_conforming_strings of the database is "off": expected "on"`},
		{"a wrong password", change(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "hunter2") }),
			"refuses user \"postgres\": check the name, the password"},
	} {
		err := opening(t.Context(), tt.dsn)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error has the password: %v", tt.name, err)
		}
	}
}

// TestOpenShowsNoPassword opens what cannot be read: the password ends up where no parser expects it.
func TestOpenShowsNoPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"hunter2", "host=/run user=a password=hunter2", "hunter2://a", "postgres://a:b@hunter2:hunter2@host/x", "postgres://a:hunter2#x@host:1/y",
		"postgres://a:hunter2%zz@host/x", "postgresql://a:x/hunter2@host/x", "postgres://a:x@host:hunter2/x", "postgres://a:x@host/x?sslmode=hunter2",
		"postgres://a:x@host/x?sslrootcert=hunter2", "postgres:password=hunter2 host='",
	} {
		err := opening(t.Context(), dsn)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("opening %s: %v, want an error without the password", dsn, err)
		}
	}
}

func TestOpenMakesAFileForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new folder", "100%?#.db")
	s := storetest.Open(t, "sqlite:"+path)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "run `galleyd migrate`") {
		t.Errorf("schema of a new file: got %v, want to run galleyd migrate", err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(name), mode)
		}
	}
}

func TestReadersCantWrite(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t))
	err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		// The other connections see what was committed, while this one writes.
		if err := tx.PutSetting(ctx, "a", "1"); err != nil {
			return err
		}
		if _, err := s.Setting(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a reader sees what is not committed: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got[string](t, "Setting")(s.Setting(t.Context(), "a"))("1")
}

func TestTwoStoresShareOneFile(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		a, b := storetest.Open(t, dsn), storetest.Open(t, dsn)
		if err := a.PutSetting(t.Context(), "from", "a"); err != nil {
			t.Fatal(err)
		}
		got[string](t, "Setting in b")(b.Setting(t.Context(), "from"))("a")
		if err := b.PutSetting(t.Context(), "from", "b"); err != nil {
			t.Fatal(err)
		}
		got[string](t, "Setting in a")(a.Setting(t.Context(), "from"))("b")
	})
}

func TestMigratingALockedFileIsSaidInTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "galley.db")
	s, err := store.Open(t.Context(), store.Config{DSN: "sqlite:" + path, BusyTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	lock := lockFile(t, path)
	start := time.Now()
	if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("it took %s to say so", took)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
	lockFile(t, path)
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("with nothing to do, beside a writer: %v", err)
	}
}

func TestALockedFileIsSaidInTime(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLite(t)
	s, err := store.Open(t.Context(), store.Config{DSN: dsn, BusyTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	lock := lockFile(t, strings.TrimPrefix(dsn, "sqlite:"))
	start := time.Now()
	err = s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.PutSetting(ctx, "a", "1") })
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "another process has held the lock of") {
		t.Errorf("transaction: got %v, want ErrLocked", err)
	}
	if err := s.PutSetting(t.Context(), "a", "1"); !errors.Is(err, store.ErrLocked) {
		t.Errorf("write: got %v, want ErrLocked", err)
	}
	event := store.Event{Type: "USER", Occurred: day(1)}
	if err := s.Insert(t.Context(), &event); !errors.Is(err, store.ErrLocked) || event.ID != 0 {
		t.Errorf("insert: got id %d, %v, want ErrLocked", event.ID, err)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("it took %s to say so", took)
	}
	if _, err := s.Setting(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("reading beside a writer: got %v, want not found", err)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.PutSetting(t.Context(), "a", "1"); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
}

// lockFile holds the write lock of a SQLite file until the returned transaction ends.
func lockFile(t *testing.T, path string) *sql.Tx {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=exclusive")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestOpeningALockedFileIsSaidInTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "galley.db")
	lock := lockFile(t, path)
	if _, err := lock.ExecContext(t.Context(), "CREATE TABLE other (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	err := opening(t.Context(), "sqlite:"+path)
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want ErrLocked and the path", err)
	}
}
