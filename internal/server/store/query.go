package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Q is every query. A Store's Q reads the latest committed rows and writes each
// statement on its own; a Tx's Q does both inside of its transaction.
type Q struct {
	dialect     Dialect
	bun         *bun.DB // builds statements; never runs them
	read, write bun.IConn
}

// unprepared runs statements on PostgreSQL in one round trip. bun writes the values into
// the text, so a prepared statement would hardly ever be used twice.
type unprepared struct{ bun.IConn }

func (c unprepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.IConn.QueryContext(ctx, query, append([]any{pgx.QueryExecModeExec}, args...)...)
}

func (c unprepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return c.IConn.ExecContext(ctx, query, append([]any{pgx.QueryExecModeExec}, args...)...)
}

func (c unprepared) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return c.IConn.QueryRowContext(ctx, query, append([]any{pgx.QueryExecModeExec}, args...)...)
}

// guarded is a Store's way to write, which a transaction's context closes.
type guarded struct {
	bun.IConn
	store *Store
}

func (c guarded) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if c.store.inTx(ctx) {
		return nil, ErrNested
	}
	rows, err := c.IConn.QueryContext(ctx, query, args...)
	return rows, c.store.explain(err)
}

func (c guarded) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if c.store.inTx(ctx) {
		return nil, ErrNested
	}
	if besideOf(ctx) != nil { // it is not one statement any more
		var result sql.Result
		err := c.store.Tx(ctx, func(ctx context.Context, tx *Tx) (err error) {
			result, err = tx.write.ExecContext(ctx, query, args...)
			return err
		})
		return result, err
	}
	result, err := c.IConn.ExecContext(ctx, query, args...)
	return result, c.store.explain(err)
}

// Insert adds row, a pointer to a struct or to a slice of them, and fills in the new
// ids. A Recipe's zero RootID and ChainRootID become its own id.
func (q Q) Insert(ctx context.Context, row any) error {
	if recipe, ok := row.(*Recipe); ok && (recipe.RootID == 0 || recipe.ChainRootID == 0) {
		return q.insertRootRecipe(ctx, recipe)
	}
	if v := reflect.Indirect(reflect.ValueOf(row)); v.Kind() == reflect.Slice && v.Len() == 0 {
		return nil
	}
	if _, err := q.bun.NewInsert().Conn(q.write).Model(row).Exec(ctx); err != nil {
		return fmt.Errorf("inserting into %s: %w", q.table(row).Name, err)
	}
	return nil
}

// Update writes the named columns of row, a pointer to a struct, or all of them; the
// primary key says which. LastModified is the caller's to set.
func (q Q) Update(ctx context.Context, row any, columns ...string) error {
	table := q.table(row)
	for _, column := range columns {
		if !table.HasField(column) {
			return fmt.Errorf("updating %s: there is no column %q", table.Name, column)
		}
	}
	result, err := q.bun.NewUpdate().Conn(q.write).Model(row).Column(columns...).WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("updating %s: %w", table.Name, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("updating %s: %w", table.Name, err)
	}
	if n == 0 {
		return missing("row %v of %s", table.PKs[0].Value(reflect.Indirect(reflect.ValueOf(row))).Interface(), table.Name)
	}
	return nil
}

// Clock is the time of the machine that the database is on, which all servers of a
// PostgreSQL share; on SQLite the local one.
func (q Q) Clock(ctx context.Context) (Time, error) {
	if q.dialect == SQLite {
		return Now(), nil
	}
	var now Time
	if err := q.read.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return Time{}, fmt.Errorf("asking the database's clock: %w", err)
	}
	return now, nil
}

// table is bun's view of row's type.
func (q Q) table(row any) *schema.Table {
	t := reflect.TypeOf(row)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return q.bun.Table(t)
}

// selects starts a SELECT of every column of model.
func (q Q) selects(model any) *bun.SelectQuery { return q.bun.NewSelect().Conn(q.read).Model(model) }

// exec runs a statement that writes and says how many rows it changed.
func (q Q) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := q.write.ExecContext(ctx, q.bun.QueryGen().FormatQuery(query, args...))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// scan runs a statement that reads and puts its rows into dest, as bun does.
func (q Q) scan(ctx context.Context, dest any, query string, args ...any) error {
	return q.bun.NewRaw(query, args...).Conn(q.read).Scan(ctx, dest)
}

// one runs s for a single row; none is the error built from what.
func one[T any](ctx context.Context, s *bun.SelectQuery, row *T, what string, args ...any) (T, error) {
	switch err := s.Limit(1).Scan(ctx); {
	case errors.Is(err, sql.ErrNoRows):
		return *new(T), missing(what, args...)
	case err != nil:
		return *new(T), fmt.Errorf("reading %s: %w", fmt.Sprintf(what, args...), err)
	}
	return *row, nil
}

// byID is the row with that id.
func byID[T any](ctx context.Context, q Q, id int64, what string) (T, error) {
	var row T
	return one(ctx, q.selects(&row).Where("?TableAlias.id = ?", id), &row, what+" %d", id)
}

// lockedByID is byID that keeps others from changing the row until the transaction ends.
// On SQLite the transaction is the only writer anyway.
func lockedByID[T any](ctx context.Context, q Q, id int64, what string) (T, error) {
	var row T
	s := q.selects(&row).Where("?TableAlias.id = ?", id)
	if q.dialect == Postgres {
		s = s.For("UPDATE")
	}
	return one(ctx, s, &row, what+" %d", id)
}

// mapByID is the rows with those ids; ids that don't exist are not in it.
func mapByID[T any](ctx context.Context, q Q, ids []int64, id func(*T) int64) (map[int64]T, error) {
	found := make(map[int64]T, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []T
	if err := q.selects(&rows).Where("?TableAlias.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading %s: %w", q.table(&rows).Name, err)
	}
	for i := range rows {
		found[id(&rows[i])] = rows[i]
	}
	return found, nil
}

// all runs s for all of its rows.
func all[T any](ctx context.Context, q Q, s *bun.SelectQuery, rows *[]T) ([]T, error) {
	if err := s.Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading %s: %w", q.table(rows).Name, err)
	}
	return *rows, nil
}

// IsText says whether both engines can keep s as text: UTF-8 without NUL.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
