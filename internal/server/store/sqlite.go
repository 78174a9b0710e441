package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens the file at path: one connection that writes, some that read.
func (s *Store) openSQLite(ctx context.Context, path string, c Config) error {
	s.dialect = SQLite
	if path == "" || path == ":memory:" {
		return fmt.Errorf("sqlite:%s names no file: expected sqlite:PATH (several connections have to see it, "+
			"so it can't be in memory)", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("finding %s: %w", path, err)
	}
	s.path = abs
	if _, err := os.Stat(abs); c.MustExist && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w at %s", ErrNoDatabase, abs)
	}
	if err := prepareFile(abs); err != nil {
		return err
	}
	maxReaders := c.MaxConns
	if maxReaders <= 0 {
		maxReaders = 4
	}
	if s.writer, err = s.sqlitePool(1, "journal_mode(WAL)"); err != nil {
		return err
	}
	// The schema's size is the smallest question that reads the file, and so tells
	// a database from something else.
	var n int
	if err := s.writer.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		return s.explainOpening(err)
	}
	if s.readers, err = s.sqlitePool(maxReaders, "query_only(1)"); err != nil {
		return err
	}
	db := bun.NewDB(s.writer, sqlitedialect.New())
	s.Q = Q{dialect: SQLite, bun: db, read: s.readers, write: guarded{s.writer, s}}
	return nil
}

// Snapshot writes a copy of SQLite's file as it is at one moment, while others go on writing. There may be no file
// at path.
func (s *Store) Snapshot(ctx context.Context, path string) error {
	if s.dialect != SQLite {
		return errors.New("only a SQLite database can be copied like that: use pg_dump")
	}
	db, err := s.sqlitePool(1, "journal_mode(WAL)") // of its own: it takes a while, and must not keep others from writing
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copying %s to %s: %w", s.path, path, s.explainDamage(err))
	}
	return os.Chmod(path, 0o600)
}

// prepareFile makes sure that there is a file that can be written, with rights for its
// owner only: it holds password hashes and secret settings.
func prepareFile(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making the folder of %s: %w; name a path in a folder that can be written", path, err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder: expected the path of a database file, such as %s", path,
			filepath.Join(path, "galley.db"))
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s can't be written by user id %d: change the rights of the folder %s, or name another path: %w",
			path, os.Getuid(), dir, err)
	}
	if err != nil {
		return fmt.Errorf("making the database file: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("making the database file: %w", err)
	}
	// SQLite writes its -wal and -shm files next to the database.
	probe, err := os.CreateTemp(dir, ".galley-write-check-*")
	if err != nil {
		return fmt.Errorf("the folder %s can't be written, and SQLite keeps two more files beside %s: %w", dir,
			filepath.Base(path), err)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return fmt.Errorf("removing a file from the database's folder: %w", err)
	}
	return nil
}

// sqlitePool is a pool of connections with the settings that they all share.
//
// synchronous=FULL: a commit is on the disk before it is answered. With NORMAL a power
// failure could take the last commits, and their ids would be given again to other rows,
// while a Terraform state still has them: it would go on with the wrong recipe. The price
// is one sync of the disk per commit, a fraction of a millisecond to a few; who has
// more jobs than that allows runs PostgreSQL.
func (s *Store) sqlitePool(conns int, pragma string) (*sql.DB, error) {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout("+strconv.FormatInt(s.busyTimeout.Milliseconds(), 10)+")")
	q.Add("_pragma", "foreign_keys(1)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", pragma)
	q.Set("_txlock", "immediate") // a transaction that reads first can't lose its place
	dsn := (&url.URL{Scheme: "file", Path: filepath.ToSlash(s.path), RawQuery: q.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", s.path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// explainOpening says what is wrong with the file, and what to do.
func (s *Store) explainOpening(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return fmt.Errorf("reading %s: %w", s.path, err)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s is not a SQLite database: name another path, or move the file away: %w", s.path, err)
	case sqlite3.SQLITE_CORRUPT:
		return s.explainDamage(err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%s can't be written by user id %d: change its rights, or name another path: %w", s.path,
			os.Getuid(), err)
	}
	return fmt.Errorf("reading %s: %w", s.path, s.explain(err))
}
