package store

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// upRiver migrates the tables of the queue: on SQLite in one transaction, which keeps
// other processes from doing the same; on PostgreSQL under Migrate's lock.
func (s *Store) upRiver(ctx context.Context) error {
	if s.dialect == Postgres {
		migrator, err := riverMigrator(riverpgxv5.New(s.pool))
		if err != nil {
			return err
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("making the queue's tables: %w", err)
		}
		return nil
	}
	migrator, err := riverMigrator(riversqlite.New(s.writer))
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		//nolint:staticcheck // Deprecated for migrations of PostgreSQL that cannot share a transaction; SQLite's can.
		if _, err := migrator.MigrateTx(ctx, tx.SQL(), rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("making the queue's tables: %w", err)
		}
		return nil
	})
}

// latestRiver is the version of the queue's tables that this program's River needs.
func (s *Store) latestRiver() (int64, error) {
	if s.dialect == Postgres {
		return latestRiver(riverpgxv5.New(s.pool))
	}
	return latestRiver(riversqlite.New(s.writer))
}

func latestRiver[T any](driver riverdriver.Driver[T]) (int64, error) {
	migrator, err := riverMigrator(driver)
	if err != nil {
		return 0, err
	}
	versions := migrator.AllVersions()
	return int64(versions[len(versions)-1].Version), nil
}

// riverMigrator is River's own, kept quiet: by itself it logs to standard output.
func riverMigrator[T any](driver riverdriver.Driver[T]) (*rivermigrate.Migrator[T], error) {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("reading the queue's migrations: %w", err)
	}
	return migrator, nil
}
