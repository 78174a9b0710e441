package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// mustChange changes a database behind the store's back.
func mustChange(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if tx.SQL() != nil {
			_, err := tx.SQL().ExecContext(ctx, statement)
			return err
		}
		_, err := tx.Pgx().Exec(ctx, statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantDamage(t *testing.T, err error, word string) {
	t.Helper()
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("got %v, want that %q is damaged, and what to do", err, word)
	}
}

// TestCheckMissesEachTable takes each table and one column away in turn.
func TestCheckMissesEachTable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Check(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		var tables []string
		for _, c := range columns(t, s) {
			table, _, _ := strings.Cut(c, ".")
			tables = append(tables, table)
		}
		tables = slices.Compact(tables)
		if len(tables) < 25 {
			t.Fatalf("the tables are %v", tables)
		}
		mustChange(t, s, "ALTER TABLE jobs RENAME COLUMN priority TO urgency")
		wantDamage(t, s.Check(t.Context(), 0), "jobs")
		mustChange(t, s, "ALTER TABLE jobs RENAME COLUMN urgency TO priority")
		for _, table := range tables {
			mustChange(t, s, "ALTER TABLE "+table+" RENAME TO away")
			wantDamage(t, s.Check(t.Context(), 0), table)
			mustChange(t, s, "ALTER TABLE away RENAME TO "+table)
		}
		if err := s.Check(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

// TestCheckFindsBrokenPages overwrites a page in the middle of a file, and then its start.
func TestCheckFindsBrokenPages(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLite(t)
	path := strings.TrimPrefix(dsn, "sqlite:")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A page of a table of its own: with a page of the schema the file could not be opened.
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	var page, size int64
	if err := db.QueryRowContext(t.Context(), "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'jobs'").Scan(&page, &size); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	broken := slices.Clone(text)
	copy(broken[(page-1)*size:], strings.Repeat("x", int(size)))
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	wantDamage(t, storetest.Open(t, dsn).Check(t.Context(), 0), path)
	if err := storetest.Open(t, dsn).Check(t.Context(), 1); err != nil && !errors.Is(err, store.ErrDamaged) {
		t.Errorf("a file that is too large to be read whole: %v", err)
	}
	copy(broken[100:], strings.Repeat("x", int(size)))
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	wantDamage(t, opening(t.Context(), dsn), path)
}

// TestAMigrationThatIsNotNoted says what to do.
func TestAMigrationThatIsNotNoted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustChange(t, s, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
		err := s.Migrate(t.Context())
		var latest int64
		for _, name := range migrationNames(t) {
			var n int64
			if _, err := fmt.Sscanf(name, "%d_", &n); err == nil {
				latest = max(latest, n)
			}
		}
		note := fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", latest)
		if err == nil || !strings.Contains(err.Error(), note) {
			t.Fatalf("got %v, want how to note it: %s", err, note)
		}
		mustChange(t, s, note)
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("after what it said: %v", err)
		}
	})
}

func migrationNames(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("migrations/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
