package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound is what every get of a row that does not exist is (errors.Is). The
// error itself says what was looked for: `recipe type "x" not found`.
var ErrNotFound = errors.New("not found")

// ErrNested is what a transaction or a write through Store is, when its context
// already carries a transaction of the same Store.
var ErrNested = errors.New("store used for writing inside one of its own transactions: use the *Tx " +
	"that the function was given (SQLite has one writer, so this would wait for itself)")

// ErrNoDatabase is what Open is for a file that has to exist and does not.
var ErrNoDatabase = errors.New("there is no database")

// ErrLocked is what a statement is that waited in vain for another process's lock.
var ErrLocked = errors.New("database is locked")

// notFound says what was not found.
type notFound struct{ what string }

func (e notFound) Error() string { return e.what + " not found" }

func (e notFound) Is(target error) bool { return target == ErrNotFound }

func missing(format string, args ...any) error { return notFound{fmt.Sprintf(format, args...)} }

// OrderError says that a list can't be ordered by Field.
type OrderError struct {
	Field   string
	Allowed []string // sorted
}

// Error names the field and what could have stood in its place.
func (e *OrderError) Error() string {
	return fmt.Sprintf("cannot order by %q: expected one of %s", e.Field, strings.Join(e.Allowed, ", "))
}

// IsUniqueViolation says whether err is that a row with the same unique values exists.
func IsUniqueViolation(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// isBusy says whether err is SQLite's "another connection has the lock".
func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

// isRetryable says whether a transaction that ended in err may succeed if it is run again.
func isRetryable(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01" // serialization failure, deadlock
	}
	return isBusy(err)
}

// IsPermanent says whether err is that values cannot be stored at all: what failed because of
// them fails again whenever it is tried. PostgreSQL's classes 22 (data) and 23 (constraints), and
// 42601, as a statement with a NUL among its values ends there.
func IsPermanent(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") || e.Code == "42601"
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE:
		return true
	}
	return false
}

// IsAway says whether err is that the database does not answer, or takes nobody at present: the
// same may succeed when it is back.
func IsAway(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "53")
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[*net.OpError](err)
	return connecting || network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		err != nil && strings.Contains(err.Error(), "conn closed")
}

// explain puts SQLite's terse answers into words that say what to do.
func (s *Store) explain(err error) error {
	if err == nil || s.dialect != SQLite || !isBusy(err) || errors.Is(err, ErrLocked) {
		return err
	}
	return fmt.Errorf("%w: another process has held the lock of %s for more than %s; stop it, or wait until "+
		"it has finished: %w", ErrLocked, s.path, s.busyTimeout, err)
}
