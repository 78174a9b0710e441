package store

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// beside is what has to be committed together with a change.
type beside struct {
	write   func(ctx context.Context, q Q) error
	written bool // by the transaction that runs
	done    bool // and committed
}

type besideKey struct{}

// Beside is ctx for a change with whose first transaction write is done, too: both are
// committed, or neither. A transaction that only reads is none; write may be called more than
// once, if a transaction is tried again. An insert outside of a transaction is not covered. Done reports whether it is committed. The change must
// not use ctx from several goroutines.
func Beside(ctx context.Context, write func(ctx context.Context, q Q) error) (_ context.Context, done func() bool) {
	b := &beside{write: write}
	return context.WithValue(ctx, besideKey{}, b), func() bool { return b.done }
}

// besideOf is what waits for a change that ctx is for; nil if nothing does.
func besideOf(ctx context.Context) *beside {
	b, _ := ctx.Value(besideKey{}).(*beside)
	if b == nil || b.done {
		return nil
	}
	return b
}

// with makes fn do what waits, once it has changed something.
func (b *beside) with(fn func(context.Context, *Tx) error) func(context.Context, *Tx) error {
	if b == nil {
		return fn
	}
	return func(ctx context.Context, tx *Tx) error {
		w := &watched{IConn: tx.write}
		tx.write, b.written = w, false
		if err := fn(ctx, tx); err != nil || !w.used {
			return err
		}
		b.written = true
		return b.write(ctx, tx.Q)
	}
}

// committed takes note that the transaction has been.
func (b *beside) committed() {
	if b != nil {
		b.done = b.written
	}
}

// watched knows whether something was written through it.
type watched struct {
	bun.IConn
	used bool
}

func (w *watched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	w.used = true
	return w.IConn.QueryContext(ctx, query, args...)
}

func (w *watched) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	w.used = true
	return w.IConn.ExecContext(ctx, query, args...)
}

func (w *watched) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	w.used = true
	return w.IConn.QueryRowContext(ctx, query, args...)
}
