package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Dialect is the engine that a Store's rows are in.
type Dialect int

// The two engines. Everything that the store offers works on both in the same way.
const (
	SQLite Dialect = iota
	Postgres
)

// String is the engine's name as it is written in prose.
func (d Dialect) String() string {
	if d == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Config says where the rows are.
type Config struct {
	// DSN is sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE?… (also postgresql://).
	DSN string
	// MaxConns limits the connections to PostgreSQL, and the readers of SQLite. 0: 10, and
	// 4 readers. PostgreSQL needs at least 4: River listens on one of them.
	MaxConns int
	// BusyTimeout is how long SQLite waits for another process's lock. 0: 5 seconds.
	BusyTimeout time.Duration
	// MustExist refuses to make SQLite's file: a wrong path is an error instead of an empty database.
	MustExist bool
	// Logger hears of migrations. Nil: nobody does.
	Logger *slog.Logger
}

// Store is an open database. Its Q reads outside of any transaction, and may also make
// single-statement writes; whatever belongs together goes into Tx.
type Store struct {
	Bell Bell // of the work that is committed by this process

	Q
	logger      *slog.Logger
	path        string // of SQLite's file
	busyTimeout time.Duration
	writer      *sql.DB // SQLite: the one connection that writes
	readers     *sql.DB // SQLite: query_only
	pool        *pgxpool.Pool
	pg          *sql.DB // PostgreSQL: over pool
	beatPool    *pgxpool.Pool
	beats       *sql.DB // PostgreSQL: for heartbeats alone
}

// Open connects to the database and checks that it can be used. It makes SQLite's file
// (and its folder) if there is none, but never the schema: that is Migrate's.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{logger: c.Logger, busyTimeout: c.BusyTimeout}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.busyTimeout <= 0 {
		s.busyTimeout = 5 * time.Second
	}
	scheme, rest, _ := strings.Cut(c.DSN, ":")
	var err error
	switch scheme {
	case "sqlite":
		err = s.openSQLite(ctx, rest, c)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, c.DSN, c.MaxConns)
	default:
		// What was given may be a password, or have one in it, so it is not shown.
		err = errors.New("unknown kind of database: expected sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	if err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("opening store: %w", err)
	}
	return s, nil
}

// Dialect is the engine that s is on.
func (s *Store) Dialect() Dialect { return s.dialect }

// SQLDB is SQLite's only writing connection, for River's client. Nil on PostgreSQL.
func (s *Store) SQLDB() *sql.DB { return s.writer }

// Pool is PostgreSQL's pool, for River's client. Nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Ping checks that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.Q.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("asking the database: %w", s.explain(err))
	}
	return nil
}

// Close gives all connections back. Transactions should have ended.
func (s *Store) Close() error {
	var first error
	for _, db := range []*sql.DB{s.readers, s.writer, s.pg, s.beats} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil && first == nil {
			first = fmt.Errorf("closing store: %w", err)
		}
	}
	for _, pool := range []*pgxpool.Pool{s.pool, s.beatPool} {
		if pool != nil {
			pool.Close()
		}
	}
	return first
}
