package store

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// Time is an instant in UTC with microseconds, the precision that both engines keep.
// SQLite has it as INTEGER (microseconds since 1970), PostgreSQL as timestamptz. The
// SQLite driver's own form of a time.Time is Go's String(), which neither sorts nor
// compares, so every column, argument and aggregate goes through this type.
type Time struct{ time.Time }

// Now is the local clock's instant. Store.Clock is the one that several machines share.
func Now() Time { return At(time.Now()) }

// At is t in UTC, cut to microseconds.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// Std is the standard library's form of t; nil for nil.
func (t *Time) Std() *time.Time {
	if t == nil {
		return nil
	}
	std := t.Time
	return &std
}

// Ptr is a pointer to t, for the columns that may be null.
func (t Time) Ptr() *Time { return &t }

// AppendQuery writes t as the literal of the engine that the statement is for.
func (t Time) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.SQLite {
		return strconv.AppendInt(b, t.UnixMicro(), 10), nil
	}
	return gen.Dialect().AppendTime(b, t.Time), nil
}

// Value is t for a statement that is handed to a driver without this package's
// builder, which only PostgreSQL's form survives: use Store and Tx for SQLite.
func (t Time) Value() (driver.Value, error) { return At(t.Time).Time, nil }

// Scan reads what either engine returns for a column or an aggregate.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case int64:
		*t = At(time.UnixMicro(v))
	case time.Time:
		*t = At(v)
	case nil:
		return fmt.Errorf("scanning a time: the value is NULL; scan into **Time")
	default:
		return fmt.Errorf("scanning a time: got %T, expected microseconds or a timestamp", src)
	}
	return nil
}
