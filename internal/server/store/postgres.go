package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// minConns leaves room for River's listener and the lock of Migrate.
const minConns = 4

// Connections for heartbeats, and how long one of them waits for a lock.
const (
	beatConns    = 2
	beatPatience = "500ms"
)

// openPostgres connects to the server that dsn names.
func (s *Store) openPostgres(ctx context.Context, dsn string, maxConns int) error {
	s.dialect = Postgres
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// The reason is left out: it quotes parts of the address, and a password with a character
		// that has to be escaped ends up in any of them.
		return errors.New("reading the address of the database: it is not of the form " +
			"postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…; characters such as @ : / ? # % in the password have to be " +
			"escaped (%40 %3A %2F %3F %23 %25), and files that it names must exist")
	}
	if maxConns <= 0 {
		maxConns = 10
	}
	config.MaxConns = int32(min(max(maxConns, minConns), 10_000))
	params := config.ConnConfig.RuntimeParams
	if params["application_name"] == "" {
		params["application_name"] = "galleyd"
	}
	params["timezone"] = "UTC"
	config.AfterConnect = checkConn
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	if err := s.pool.Ping(ctx); err != nil {
		return explainConnecting(config.ConnConfig, err)
	}
	beats := config.Copy() // it connects with the first heartbeat
	beats.MaxConns, beats.ConnConfig.RuntimeParams["lock_timeout"] = beatConns, beatPatience
	if s.beatPool, err = pgxpool.NewWithConfig(ctx, beats); err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	s.beats = stdlib.OpenDBFromPool(s.beatPool)
	s.pg = stdlib.OpenDBFromPool(s.pool)
	db := bun.NewDB(s.pg, pgdialect.New())
	s.Q = Q{dialect: Postgres, bun: db, read: unprepared{s.pg}, write: guarded{unprepared{s.pg}, s}}
	return nil
}

// checkConn refuses a server whose settings make bun's literals mean something else.
func checkConn(_ context.Context, conn *pgx.Conn) error {
	for name, want := range map[string]string{"standard_conforming_strings": "on", "client_encoding": "UTF8"} {
		if got := conn.PgConn().ParameterStatus(name); got != want {
			return fmt.Errorf("setting %s of the database is %q: expected %q", name, got, want)
		}
	}
	return nil
}

// explainConnecting says what is wrong with the connection, and what to do.
func explainConnecting(c *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("%s:%d", c.Host, c.Port)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "28P01", "28000":
			return fmt.Errorf("PostgreSQL at %s refuses user %q: check the name, the password and pg_hba.conf: %w", at,
				c.User, err)
		case "3D000":
			return fmt.Errorf("PostgreSQL at %s has no database %q: make it with createdb %s: %w", at, c.Database,
				c.Database, err)
		case "53300":
			return fmt.Errorf("PostgreSQL at %s has no connection left: raise its max_connections, or lower ours: %w",
				at, err)
		}
		return fmt.Errorf("PostgreSQL at %s refuses the connection: %w", at, err)
	}
	return fmt.Errorf("connecting to PostgreSQL at %s: %w; check that the server runs and that the address is right", at,
		err)
}
