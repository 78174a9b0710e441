package store

import "maps"

// A relation is another row that a row of a list refers to. Lists can be sorted by
// its columns as relation__column (contract 0.5).
type relation struct {
	name, table string
	id          string // SQL: the column that refers to it
	columns     map[string]columnKind
}

// columnKind says how a column is compared, as in Order.
type columnKind int

const (
	plainColumn columnKind = iota // numbers, times, flags
	textColumn                    // by its bytes
	nameColumn                    // text regardless of case
)

func jobTypeRelation(id string) relation {
	return relation{"job_type", "job_types", id, map[string]columnKind{"id": plainColumn, "name": nameColumn, "title": nameColumn,
		"version": textColumn, "is_active": plainColumn, "created": plainColumn, "last_modified": plainColumn}}
}

func recipeTypeRelation(id string) relation {
	return relation{"recipe_type", "recipe_types", id, map[string]columnKind{"id": plainColumn, "name": nameColumn, "title": nameColumn,
		"is_active": plainColumn, "created": plainColumn, "last_modified": plainColumn}}
}

func revisionRelation(name, table, id string) relation {
	return relation{name, table, id, map[string]columnKind{"id": plainColumn, "revision_num": plainColumn, "created": plainColumn}}
}

func eventRelation(id string) relation {
	return relation{"event", "events", id, map[string]columnKind{"id": plainColumn, "type": textColumn, "occurred": plainColumn}}
}

func workspaceRelation(id string) relation {
	return relation{"workspace", "workspaces", id, map[string]columnKind{"id": plainColumn, "name": nameColumn, "title": nameColumn}}
}

// withRelations adds the sort keys of relations to keys, which it returns.
func (q Q) withRelations(keys map[string]string, relations ...relation) map[string]string {
	out := maps.Clone(keys)
	for _, r := range relations {
		for column, kind := range r.columns {
			expr := "rel." + column
			switch kind {
			case textColumn:
				expr = q.bytewise(expr)
			case nameColumn:
				expr = "lower(" + q.bytewise(expr) + ")"
			}
			out[r.name+"__"+column] = "(SELECT " + expr + " FROM " + r.table + " rel WHERE rel.id = " + r.id + ")"
		}
	}
	return out
}
