package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Paging says which rows of a list are wanted, in what order. The zero value is all of
// them in the list's own order.
type Paging struct {
	Page     int  // from 1; less is 1
	PageSize int  // 0: all rows, Page and Last don't matter
	Last     bool // the last page, whatever its number
	Order    []Order
}

// Order is one key of a sort. Field is a column, or one of a list's own keys. Nulls come
// last, or first if Desc; names and titles are compared regardless of (ASCII) case;
// ties are broken by id. Both engines sort alike: text by its bytes.
type Order struct {
	Field string
	Desc  bool
}

// LastPage is the number of the last page of total rows; an empty list has one page.
func LastPage(total, pageSize int) int {
	if total <= 0 || pageSize <= 0 {
		return 1
	}
	return (total-1)/pageSize + 1
}

// lists counts the rows of s, then reads the page of them that p asks for into rows.
// keys are sort keys beyond the columns, as SQL.
func lists[T any](ctx context.Context, q Q, s *bun.SelectQuery, rows *[]T, p Paging, usual []Order,
	keys map[string]string) ([]T, int, error) {
	table := q.table(rows)
	if len(p.Order) > 0 {
		usual = p.Order
	}
	order, err := q.orderBy(table, usual, keys)
	if err != nil {
		return nil, 0, err
	}
	total := int64(-1)
	if p.PageSize > 0 {
		if total, err = s.Count(ctx); err != nil {
			return nil, 0, fmt.Errorf("counting %s: %w", table.Name, err)
		}
		page := max(p.Page, 1)
		if p.Last {
			page = LastPage(int(total), p.PageSize)
		}
		if page > LastPage(int(total), p.PageSize) || total == 0 {
			return []T{}, int(total), nil
		}
		s = s.Limit(int64(p.PageSize)).Offset(int64(page-1) * int64(p.PageSize))
	}
	for _, expr := range order {
		s = s.OrderExpr(expr)
	}
	if err := s.Scan(ctx); err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", table.Name, err)
	}
	if total < 0 {
		total = int64(len(*rows))
	}
	return *rows, int(total), nil
}

// orderBy writes the keys of an ORDER BY, ending in the primary key.
func (q Q) orderBy(table *schema.Table, order []Order, keys map[string]string) ([]string, error) {
	exprs := make([]string, 0, len(order)+1)
	byID := false
	for _, o := range order {
		expr, nullable, ok := q.sortKey(table, o.Field, keys)
		if !ok {
			return nil, &OrderError{Field: o.Field, Allowed: sortKeys(table, keys)}
		}
		switch {
		case o.Desc && nullable:
			expr += " DESC NULLS FIRST"
		case o.Desc:
			expr += " DESC"
		case nullable:
			expr += " NULLS LAST"
		}
		exprs = append(exprs, expr)
		byID = byID || o.Field == "id"
	}
	if !byID && table.HasField("id") {
		exprs = append(exprs, string(table.SQLAlias)+`."id"`)
	}
	return exprs, nil
}

// sortKey is the expression to sort by field, and whether it can be null.
func (q Q) sortKey(table *schema.Table, field string, keys map[string]string) (string, bool, bool) {
	if expr, ok := keys[field]; ok {
		return expr, true, true
	}
	f, ok := table.FieldMap[field]
	if !ok || !sortable(f) {
		return "", false, false
	}
	expr := string(table.SQLAlias) + "." + string(f.SQLName)
	if f.IndirectType.Kind() == reflect.String {
		if expr = q.bytewise(expr); f.Name == "name" || f.Name == "title" {
			expr = "lower(" + expr + ")"
		}
	}
	return expr, f.StructField.Type.Kind() == reflect.Pointer, true
}

// sortKeys is what a list can be sorted by.
func sortKeys(table *schema.Table, keys map[string]string) []string {
	var names []string
	for _, f := range table.Fields {
		if sortable(f) {
			names = append(names, f.Name)
		}
	}
	for key := range keys {
		names = append(names, key)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sortable keeps documents and secrets out: an order tells of what it sorts by.
func sortable(f *schema.Field) bool {
	switch f.IndirectType {
	case reflect.TypeFor[json.RawMessage](), reflect.TypeFor[[]byte]():
		return false
	}
	return f.Name != "password_hash" && f.Name != "hash"
}

// bytewise makes PostgreSQL compare and fold text as SQLite does, whatever its locale.
func (q Q) bytewise(expr string) string {
	if q.dialect == Postgres {
		return "(" + expr + ` COLLATE "C")`
	}
	return expr
}

// whereIn keeps the rows whose column has one of values; none is no filter.
func whereIn[T any](s *bun.SelectQuery, column string, values []T) *bun.SelectQuery {
	if len(values) == 0 {
		return s
	}
	return s.Where("? IN (?)", bun.Safe(column), bun.List(values))
}

// whereNotIn keeps the rows whose column has none of the values.
func whereNotIn[T any](s *bun.SelectQuery, column string, values []T) *bun.SelectQuery {
	if len(values) == 0 {
		return s
	}
	return s.Where("? NOT IN (?)", bun.Safe(column), bun.List(values))
}

// whereIs keeps the rows whose column has the value; nil is no filter.
func whereIs[T any](s *bun.SelectQuery, column string, value *T) *bun.SelectQuery {
	if value == nil {
		return s
	}
	return s.Where("? = ?", bun.Safe(column), *value)
}

// whereBetween keeps the rows with from <= start and end <= to; nil is no limit.
func whereBetween(s *bun.SelectQuery, start, end string, from, to *Time) *bun.SelectQuery {
	if from != nil {
		s = s.Where("? >= ?", bun.Safe(start), *from)
	}
	if to != nil {
		s = s.Where("? <= ?", bun.Safe(end), *to)
	}
	return s
}

// contains is a condition that text has the other text somewhere in it, regardless of
// ASCII case; its argument is the text to look for.
func (q Q) contains(column string) string {
	if q.dialect == Postgres {
		return "strpos(lower(" + q.bytewise(column) + "), lower(" + q.bytewise("?::text") + ")) > 0"
	}
	return "instr(lower(" + column + "), lower(?)) > 0"
}

// whereKeywords keeps the rows with any of the words in any of the columns.
func (q Q) whereKeywords(s *bun.SelectQuery, words []string, columns ...string) *bun.SelectQuery {
	if len(words) == 0 {
		return s
	}
	return s.WhereGroup(" AND ", func(s *bun.SelectQuery) *bun.SelectQuery {
		for _, word := range words {
			for _, column := range columns {
				s = s.WhereOr(q.contains(column), word)
			}
		}
		return s
	})
}
