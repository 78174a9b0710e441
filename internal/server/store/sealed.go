package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// SealedColumn is a column of a table with ids whose values package seal has encrypted, or
// parts of them.
type SealedColumn struct{ Table, Column string }

// SealedColumns are all of them.
func SealedColumns() []SealedColumn {
	return []SealedColumn{{"job_types", "configuration"}, {"recipes", "configuration"}, {"jobs", "configuration"}, {"orders", "parameters"},
		{"kitchens", "overrides"}, {"kitchens", "secret_overrides"}, {"strikes", "configuration"}, {"scans", "configuration"}}
}

// SealedValue is one of a column's values.
type SealedValue struct {
	ID    int64
	Value JSON
}

// SealedValues are the next values of the column by id, at most so many. Null is left out.
func (q Q) SealedValues(ctx context.Context, c SealedColumn, after int64, most int) ([]SealedValue, error) {
	var rows []SealedValue
	err := q.scan(ctx, &rows, "SELECT id, ? AS value FROM ? WHERE id > ? AND ? IS NOT NULL ORDER BY id LIMIT ?",
		bun.Ident(c.Column), bun.Ident(c.Table), after, bun.Ident(c.Column), most)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", c.Column, c.Table, err)
	}
	return rows, nil
}

// ReplaceSealed puts a value in the place of old, and reports whether that was still there.
// It is no change of the row: last_modified stays.
func (q Q) ReplaceSealed(ctx context.Context, c SealedColumn, old SealedValue, value JSON) (bool, error) {
	n, err := q.exec(ctx, "UPDATE ? SET ? = ? WHERE id = ? AND ? = ?", bun.Ident(c.Table), bun.Ident(c.Column), string(value), old.ID,
		bun.Ident(c.Column), string(old.Value))
	if err != nil {
		return false, fmt.Errorf("replacing %s of %s %d: %w", c.Column, c.Table, old.ID, err)
	}
	return n == 1, nil
}

// quiescePause is how often Quiesce looks again.
const quiescePause = 50 * time.Millisecond

// Quiesce waits until every transaction that may write and had begun before has ended. On
// PostgreSQL those that only read count too, as nobody can tell them apart.
func (s *Store) Quiesce(ctx context.Context) error {
	if s.dialect == SQLite { // whose transactions take their turn when they begin
		return s.Tx(ctx, func(context.Context, *Tx) error { return nil })
	}
	before, err := s.transactions(ctx)
	for err == nil && len(before) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for running transactions: %w", ctx.Err())
		case <-time.After(quiescePause):
		}
		var now []string
		now, err = s.transactions(ctx)
		before = slices.DeleteFunc(before, func(id string) bool { return !slices.Contains(now, id) })
	}
	return err
}

// transactions are the running transactions of other connections to this PostgreSQL's
// database. Each holds a lock on its virtual id, which everybody may see.
func (s *Store) transactions(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.scan(ctx, &ids, "SELECT l.virtualtransaction FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "+
		"WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND a.datname = current_database() AND l.pid <> pg_backend_pid()")
	if err != nil {
		return nil, fmt.Errorf("reading running transactions: %w", err)
	}
	return ids, nil
}
