package store_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// columns is every table.column of our own tables, sorted.
func columns(t *testing.T, s *store.Store) []string {
	t.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'river%' AND m.name NOT LIKE 'goose%'`
	if s.Dialect() == store.Postgres {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
			AND table_name NOT LIKE 'river%' AND table_name NOT LIKE 'goose%'`
	}
	return oneColumn(t, s, query)
}

// indexes is the name of every index that a migration names, sorted.
func indexes(t *testing.T, s *store.Store) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE 'river%'`
	if s.Dialect() == store.Postgres {
		query = `SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'river%'
			AND tablename NOT LIKE 'goose%' AND indexname !~ '_(pkey|key)$'`
	}
	return oneColumn(t, s, query)
}

// oneColumn runs a query for its only column.
func oneColumn(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	var found []string
	err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if tx.SQL() != nil {
			rows, err := tx.SQL().QueryContext(ctx, query)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var s string
				if err := rows.Scan(&s); err != nil {
					return err
				}
				found = append(found, s)
			}
			return rows.Err()
		}
		rows, err := tx.Pgx().Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			found = append(found, s)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func TestBothSchemasHaveTheSameColumns(t *testing.T) {
	t.Parallel()
	lite, pg := storetest.Open(t, storetest.SQLite(t)), storetest.Open(t, storetest.Postgres(t))
	got := columns(t, pg)
	if diff := cmp.Diff(columns(t, lite), got); diff != "" {
		t.Errorf("columns (-sqlite +postgres):\n%s", diff)
	}
	if !slices.Contains(got, "recipes.superseded_recipe_id") {
		t.Errorf("columns are %v: recipes.superseded_recipe_id is missing", got)
	}
	got = indexes(t, pg)
	if diff := cmp.Diff(indexes(t, lite), got); diff != "" {
		t.Errorf("indexes (-sqlite +postgres):\n%s", diff)
	}
	if !slices.Contains(got, "files_live_path") {
		t.Errorf("indexes are %v: files_live_path is missing", got)
	}
}

func TestMigrationsMayRunAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		migrateAtOnce(t, "sqlite:"+filepath.Join(t.TempDir(), "galley.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		migrateAtOnce(t, storetest.EmptyPostgres(t))
	})
}

func migrateAtOnce(t *testing.T, dsn string) {
	t.Helper()
	var stores []*store.Store
	for range 4 {
		stores = append(stores, storetest.Open(t, dsn))
	}
	if err := stores[0].CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "run `galleyd migrate`") {
		t.Errorf("schema of an empty database: got %v, want to run galleyd migrate", err)
	}
	var runs sync.WaitGroup
	start := make(chan struct{})
	for _, s := range stores {
		runs.Go(func() {
			<-start
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	runs.Wait()
	for _, s := range stores {
		if err := s.CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
	}
	newWorld(t, stores[0])
	if err := stores[1].Migrate(t.Context()); err != nil {
		t.Errorf("migrating again: %v", err)
	}
}

func TestSchemasThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		exec := func(query string) {
			t.Helper()
			err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if tx.SQL() != nil {
					_, err := tx.SQL().ExecContext(ctx, query)
					return err
				}
				_, err := tx.Pgx().Exec(ctx, query)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		exec("DELETE FROM river_migration WHERE version > 3")
		if err := s.CheckSchema(t.Context()); err == nil || !strings.Contains(err.Error(), "run `galleyd migrate`") {
			t.Errorf("queue's tables too old: got %v, want to run galleyd migrate", err)
		}
		exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, TRUE)")
		refused := func(want string) {
			t.Helper()
			for name, f := range map[string]func(context.Context) error{"Migrate": s.Migrate, "CheckSchema": s.CheckSchema} {
				if err := f(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s of a newer schema: got %v, want %s", name, err, want)
				}
			}
		}
		refused("database is from a newer galleyd: version 9000 > 10;")
		exec("DELETE FROM goose_db_version WHERE version_id = 9000")
		exec("INSERT INTO river_migration (line, version) VALUES ('main', 9000)")
		refused("database is from a newer galleyd: queue version 9000 > ")
	})
}
