package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrDamaged is what a database is that has lost something.
var ErrDamaged = errors.New("the database is damaged")

// whatToDo ends the messages about a damaged database.
const whatToDo = "stop every galleyd that uses it, keep a copy, and restore a backup (`galleyd restore`, or pg_restore)"

// tables is a row of each of our tables.
func tables() []any {
	return []any{
		(*Workspace)(nil), (*File)(nil), (*JobType)(nil), (*JobTypeRevision)(nil), (*RecipeType)(nil), (*RecipeTypeRevision)(nil), (*RecipeTypeLink)(nil),
		(*Event)(nil), (*Recipe)(nil), (*RecipeNode)(nil), (*RecipeInputFile)(nil), (*Condition)(nil), (*Job)(nil), (*JobExecution)(nil), (*LogChunk)(nil),
		(*User)(nil), (*Token)(nil), (*IdempotencyKey)(nil), (*LoginFailure)(nil), (*Origin)(nil), (*AuditEntry)(nil), (*setting)(nil), (*Worker)(nil),
		(*Kitchen)(nil), (*KitchenRecipe)(nil), (*KitchenRecipeFile)(nil), (*RecipeOrder)(nil), (*OrderRun)(nil), (*SkippedRun)(nil), (*Alert)(nil),
		(*Strike)(nil), (*Scan)(nil), (*Ingest)(nil),
		(*Dataset)(nil), (*DatasetMember)(nil), (*DatasetFile)(nil), (*Batch)(nil),
	}
}

// Check looks whether the database has what it should have: each table with each of its columns and, of
// SQLite, all pages of a file that has at most so many bytes (0: of any). What is found is ErrDamaged, with
// what to do. The schema has to be up to date.
func (s *Store) Check(ctx context.Context, most int64) error {
	for _, row := range tables() {
		t := s.bun.Table(reflect.TypeOf(row).Elem())
		columns := make([]string, 0, len(t.Fields))
		for _, f := range t.Fields {
			columns = append(columns, "x."+string(f.SQLName)) // without x, SQLite takes a name that is not there for a text
		}
		_, err := s.Q.read.ExecContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+string(t.SQLName)+" AS x WHERE 1 = 0")
		switch {
		case isUndefined(err):
			return fmt.Errorf("%w: at its version of the schema the table %s has other columns, or is not there (%w); somebody has changed it, "+
				"or a part of it was restored: %s", ErrDamaged, t.Name, err, whatToDo)
		case err != nil:
			return fmt.Errorf("looking at the table %s: %w", t.Name, s.explainDamage(err))
		}
	}
	if s.dialect != SQLite {
		return nil // PostgreSQL has checksums of its own
	}
	if info, err := os.Stat(s.path); err != nil || most > 0 && info.Size() > most {
		return err
	}
	var first string
	if err := s.Q.read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&first); err != nil {
		return fmt.Errorf("checking %s: %w", s.path, s.explainDamage(err))
	}
	if first != "ok" {
		return fmt.Errorf("%w: %s: %s: %s", ErrDamaged, s.path, strings.ReplaceAll(first, "\n", ": "), whatToDo)
	}
	return nil
}

// explainDamage adds what to do if an error is that SQLite cannot read its file.
func (s *Store) explainDamage(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || e.Code()&0xff != sqlite3.SQLITE_CORRUPT && e.Code()&0xff != sqlite3.SQLITE_NOTADB || errors.Is(err, ErrDamaged) {
		return s.explain(err)
	}
	return fmt.Errorf("%w: %s: %s: %w", ErrDamaged, s.path, whatToDo, err)
}

// isUndefined says whether err is that there is no such table or column.
func isUndefined(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "42P01" || e.Code == "42703"
	}
	return err != nil && (strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "no such column"))
}
