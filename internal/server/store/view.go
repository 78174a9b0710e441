package store

import (
	"context"
	"database/sql"
	"fmt"
)

// View lets fn read everything as it was at one moment, whatever is written meanwhile.
// Nobody waits for it. Through q nothing can be written.
func (s *Store) View(ctx context.Context, fn func(ctx context.Context, q Q) error) error {
	db, opts := s.readers, &sql.TxOptions{ReadOnly: true}
	if s.dialect == Postgres {
		db, opts.Isolation = s.pg, sql.LevelRepeatableRead
	}
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("beginning to read: %w", s.explain(err))
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to commit
	q := Q{dialect: s.dialect, bun: s.Q.bun, read: tx, write: tx}
	if s.dialect == Postgres {
		q.read, q.write = unprepared{tx}, unprepared{tx}
	}
	return s.explain(fn(ctx, q))
}
