package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	maxTries     = 5
	maxRetryTime = 10 * time.Second
	rollbackTime = 5 * time.Second
)

// Tx is a running transaction: every query, and the handle that River's InsertTx takes.
type Tx struct {
	Q
	sql       *sql.Tx
	pgx       pgx.Tx
	committed []func()
}

// AfterCommit has fn called once the transaction is committed, and never if it is not.
func (tx *Tx) AfterCommit(fn func()) { tx.committed = append(tx.committed, fn) }

func (tx *Tx) tellCommitted() {
	for _, fn := range tx.committed {
		fn()
	}
}

// SQL is SQLite's transaction; nil on PostgreSQL. Store.Tx ends it.
func (tx *Tx) SQL() *sql.Tx { return tx.sql }

// Pgx is PostgreSQL's transaction; nil on SQLite. Store.Tx ends it.
func (tx *Tx) Pgx() pgx.Tx { return tx.pgx }

type txKey struct{ store *Store }

// inTx says whether ctx was made by a transaction of s.
func (s *Store) inTx(ctx context.Context) bool { return ctx.Value(txKey{s}) != nil }

// Tx runs fn in a transaction and commits it if fn returns nil. After a deadlock, a
// serialization failure or a busy SQLite it runs fn again, so fn must have no other
// effects. Inside of fn only tx may be used for writing, never s: ErrNested.
func (s *Store) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if s.inTx(ctx) {
		return ErrNested
	}
	run := s.sqliteTx
	if s.dialect == Postgres {
		run = s.postgresTx
	}
	start := time.Now()
	inner := context.WithValue(ctx, txKey{s}, true)
	also := besideOf(ctx)
	fn = also.with(fn)
	for try := 1; ; try++ {
		err := run(inner, fn)
		if err == nil {
			also.committed()
		}
		if err == nil || !isRetryable(err) || try == maxTries || time.Since(start) >= maxRetryTime {
			return s.explain(err)
		}
		pause := time.Duration(try*10+rand.IntN(20*try)) * time.Millisecond
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting to run the transaction again: %w", errors.Join(ctx.Err(), s.explain(err)))
		case <-time.After(pause):
		}
	}
}

func (s *Store) sqliteTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	q := Q{dialect: SQLite, bun: s.Q.bun, read: tx, write: tx}
	outer := &Tx{Q: q, sql: tx}
	if err := fn(ctx, outer); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing transaction: %w", err)
	}
	outer.tellCommitted()
	return nil
}

// postgresTx takes one connection and begins on pgx's level, so that River gets a real
// pgx.Tx, while our statements run on the same connection through database/sql. That
// package does not know of the transaction and so never ends it from another goroutine.
func (s *Store) postgresTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	conn, err := s.pg.Conn(ctx)
	if err != nil {
		return fmt.Errorf("taking a connection: %w", err)
	}
	defer func() { _ = conn.Close() }() // back to the pool, which drops it if it is unusable
	var raw *pgx.Conn
	err = conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("driver's connection is %T: expected pgx's", driverConn)
		}
		raw = c.Conn()
		return nil
	})
	if err != nil {
		return fmt.Errorf("taking a connection: %w", err)
	}
	tx, err := raw.Begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		_ = tx.Rollback(end) // after Commit it does nothing
	}()
	q := Q{dialect: Postgres, bun: s.Q.bun, read: unprepared{conn}, write: unprepared{conn}}
	outer := &Tx{Q: q, pgx: tx}
	if err := fn(ctx, outer); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("committing transaction: %w", err)
	}
	outer.tellCommitted()
	return nil
}

// A Bell tells those of this process who wait for work in a database that some is committed:
// SQLite itself tells nobody.
type Bell struct {
	mu      sync.Mutex
	waiting map[chan string]bool
}

// Hear is a channel of the queues that have got work, until stop. A ring that nobody takes is
// lost after 64 others.
func (b *Bell) Hear() (rung <-chan string, stop func()) {
	ch := make(chan string, 64)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[chan string]bool{}
	}
	b.waiting[ch] = true
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, ch)
	}
}

// Ring says that a queue has got work.
func (b *Bell) Ring(queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.waiting {
		select {
		case ch <- queue:
		default:
		}
	}
}

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
