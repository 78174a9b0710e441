package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrateLock is the key of PostgreSQL's advisory lock around both sets of migrations.
// River's own would race on an empty database (duplicate key in pg_type).
const migrateLock = 0x67616c6c6579 // "galley"

// sqliteTries is how often Migrate runs on a file that other processes migrate too.
const sqliteTries = 10

// Where goose and River note what they have done.
const (
	gooseTable, gooseVersion = "goose_db_version", "version_id"
	riverTable, riverVersion = "river_migration", "version"
)

// Migrate brings the schema, and River's tables, to the version of this program. It does
// nothing if they are, refuses a newer schema, and may run in several processes at once.
func (s *Store) Migrate(ctx context.Context) error {
	if s.inTx(ctx) {
		return ErrNested
	}
	run := s.migrateSQLite
	if s.dialect == Postgres {
		run = s.migratePostgres
	}
	if err := run(ctx); err != nil {
		return fmt.Errorf("migrating database: %w", err)
	}
	return nil
}

func (s *Store) migratePostgres(ctx context.Context) (err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		return fmt.Errorf("waiting for another migration: %w", err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		if _, unlockErr := conn.Exec(end, "SELECT pg_advisory_unlock($1)", int64(migrateLock)); unlockErr != nil {
			_ = conn.Conn().Close(end) // the lock goes with the connection
			err = errors.Join(err, unlockErr)
		}
	}()
	return s.migrate(ctx)
}

// migrateSQLite runs migrate again if another process did the same at that time. goose
// makes each migration and notes its version in one transaction, but looks before that
// which ones there are; so the slower process fails, harmlessly, and then sees more done.
func (s *Store) migrateSQLite(ctx context.Context) error {
	start := time.Now()
	for try := 1; ; try++ {
		before, err := s.version(ctx, gooseTable, gooseVersion)
		if err != nil {
			return s.explain(err)
		}
		if err = s.migrate(ctx); err == nil {
			return nil
		}
		after, versionErr := s.version(ctx, gooseTable, gooseVersion)
		raced := after != before || IsUniqueViolation(err) || isThere(err)
		if raced {
			start = time.Now() // the others are slow, not stuck
		}
		if try == sqliteTries || time.Since(start) >= maxRetryTime || versionErr != nil || !raced && !isBusy(err) {
			return s.explain(err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
}

func (s *Store) migrate(ctx context.Context) error {
	provider, err := s.goose()
	if err != nil {
		return err
	}
	v, err := s.compare(ctx, provider)
	if err != nil {
		return err
	}
	if v.upToDate() {
		return s.sizeRevisions(ctx) // without asking for any lock
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return explainMigration(err)
	}
	for _, m := range done {
		s.logger.InfoContext(ctx, "migrated", "to", m.Source.Version, "took", m.Duration)
	}
	if err := s.sizeRevisions(ctx); err != nil {
		return err
	}
	return s.upRiver(ctx)
}

// explainMigration says what to do if what a migration makes is there already: its note is lost, as of a
// database of which a part was restored. (A race of two processes ends like that, too; then the version has moved.)
func explainMigration(err error) error {
	partial, ok := errors.AsType[*goose.PartialError](err)
	if !ok || partial.Failed == nil || !isThere(err) {
		return err
	}
	version := partial.Failed.Source.Version
	return fmt.Errorf("migration %d has been done, but the table %s does not say so: if nobody else migrates the database, restore a whole backup, or note it "+
		"(INSERT INTO %[2]s (version_id, is_applied) VALUES (%[1]d, true)) and start again: %[3]w", version, gooseTable, err)
}

// isThere says whether err is that a table, a column or an index exists already.
func isThere(err error) bool {
	return strings.Contains(err.Error(), "already exists") || strings.Contains(err.Error(), "duplicate column name")
}

// CheckSchema says whether the schema is this program's; if not, what to do. It only
// reads, and does not wait for transactions.
func (s *Store) CheckSchema(ctx context.Context) error {
	provider, err := s.goose()
	if err != nil {
		return err
	}
	v, err := s.compare(ctx, provider)
	if err != nil {
		return err
	}
	if !v.upToDate() {
		return fmt.Errorf("database is at schema version %d and queue version %d, this galleyd needs %d and %d: run "+
			"`galleyd migrate`", v.schema, v.queue, v.latestSchema, v.latestQueue)
	}
	return nil
}

// versions is what a database has, and what this program knows. 0: nothing.
type versions struct{ schema, latestSchema, queue, latestQueue int64 }

func (v versions) upToDate() bool { return v.schema == v.latestSchema && v.queue == v.latestQueue }

// compare reads the versions and refuses a database that has more than we know.
func (s *Store) compare(ctx context.Context, p *goose.Provider) (v versions, err error) {
	for _, source := range p.ListSources() {
		v.latestSchema = max(v.latestSchema, source.Version)
	}
	if v.latestQueue, err = s.latestRiver(); err != nil {
		return v, err
	}
	if v.schema, err = s.version(ctx, gooseTable, gooseVersion); err != nil {
		return v, err
	}
	if v.queue, err = s.version(ctx, riverTable, riverVersion); err != nil {
		return v, err
	}
	if v.schema > v.latestSchema {
		return v, fmt.Errorf("database is from a newer galleyd: version %d > %d; use that galleyd, or another database",
			v.schema, v.latestSchema)
	}
	if v.queue > v.latestQueue {
		return v, fmt.Errorf("database is from a newer galleyd: queue version %d > %d; use that galleyd, or another database",
			v.queue, v.latestQueue)
	}
	return v, nil
}

// goose makes the runner of our own migrations. Its Close would close our pool: don't.
func (s *Store) goose() (*goose.Provider, error) {
	dialect, dir, db := goose.DialectSQLite3, "migrations/sqlite", s.writer
	if s.dialect == Postgres {
		dialect, dir, db = goose.DialectPostgres, "migrations/postgres", s.pg
	}
	files, err := fs.Sub(migrations, dir)
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	return provider, nil
}

// version is the greatest number in the column of table; 0 before there is one.
func (s *Store) version(ctx context.Context, table, column string) (int64, error) {
	exists := "SELECT count(*) FROM sqlite_schema WHERE name = '" + table + "'"
	if s.dialect == Postgres {
		exists = "SELECT CASE WHEN to_regclass('" + table + "') IS NULL THEN 0 ELSE 1 END"
	}
	var n int
	if err := s.Q.read.QueryRowContext(ctx, exists).Scan(&n); err != nil {
		return 0, fmt.Errorf("reading the schema's version: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	var version sql.NullInt64
	err := s.Q.read.QueryRowContext(ctx, "SELECT max("+column+") FROM "+table).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("reading the schema's version: %w", err)
	}
	return version.Int64, nil
}
