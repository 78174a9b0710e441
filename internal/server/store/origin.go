package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Origin says who has made a thing, or changed it last. It has names and ids instead of
// references, as things of many kinds have one.
type Origin struct {
	bun.BaseModel `bun:"table:origins,alias:og"`
	Kind          string `bun:",pk"` // such as "recipe": usecase.MadeRecipe
	ObjectID      int64  `bun:",pk"`
	Name          string // how its users name it
	Username      string
	Origin        string // such as "acme/etl"; empty: none was given
	Session       string // of the client; empty: none was given, so that it has lost nothing
	Run           string // such as "run-abc"; may be empty
	Action        string // made, changed
	Fingerprint   string // of what a run was made from; empty: its name tells
	At            Time
	Claimed       *Time // since when a state of the origin has it; nil: none has
}

// OriginFilter is what GET /origins/ can ask for.
type OriginFilter struct {
	Kinds, Names       []string
	Usernames, Origins []string
	Lost               *Origin  // those that its session, of its origin, has not made and no state has; nil: all
	NotKinds           []string // hidden, but for those of that user
	ButOf              string
	Paging             // newest first
}

// Origin is that of a thing.
func (q Q) Origin(ctx context.Context, kind string, id int64) (Origin, error) {
	var row Origin
	s := q.selects(&row).Where("og.kind = ? AND og.object_id = ?", kind, id)
	return one(ctx, s, &row, "origin of %s %d", kind, id)
}

// Origins is a page of the origins that f keeps, and how many there are.
func (q Q) Origins(ctx context.Context, f OriginFilter) ([]Origin, int, error) {
	var rows []Origin
	s := whereIn(q.selects(&rows), "og.kind", f.Kinds)
	s = whereIn(s, "og.name", f.Names)
	s = whereIn(s, "og.username", f.Usernames)
	s = whereIn(s, "og.origin", f.Origins)
	if o := f.Lost; o != nil {
		s = s.Where("og.claimed IS NULL AND og.action = 'made' AND og.username = ? AND og.origin = ?", o.Username, o.Origin).
			Where("og.session NOT IN ('', ?)", o.Session)
	}
	if len(f.NotKinds) > 0 {
		s = s.Where("(og.kind NOT IN (?) OR og.username = ?)", bun.List(f.NotKinds), f.ButOf)
	}
	return lists(ctx, q, s, &rows, f.Paging, []Order{{Field: "at", Desc: true}, {Field: "kind"}, {Field: "object_id"}}, nil)
}

// LostRuns is the runs of o's kind and fingerprint that its user made with its origin in
// another session, and that no state has, oldest first.
func (q Q) LostRuns(ctx context.Context, o Origin) ([]Origin, error) {
	var rows []Origin
	s := q.selects(&rows).Where("og.claimed IS NULL AND og.username = ? AND og.origin = ?", o.Username, o.Origin).
		Where("og.kind = ? AND og.fingerprint = ? AND og.fingerprint <> '' AND og.action = 'made'", o.Kind, o.Fingerprint).
		Where("og.session NOT IN ('', ?)", o.Session).Order("og.object_id")
	return all(ctx, q, s, &rows)
}

// PutOrigin stores o instead of what was known of its thing.
func (q Q) PutOrigin(ctx context.Context, o Origin) error {
	_, err := q.bun.NewInsert().Conn(q.write).Model(&o).On("CONFLICT (kind, object_id) DO UPDATE").
		Set("name = EXCLUDED.name, username = EXCLUDED.username, origin = EXCLUDED.origin, session = EXCLUDED.session, run = EXCLUDED.run").
		Set("action = EXCLUDED.action, fingerprint = EXCLUDED.fingerprint, at = EXCLUDED.at, claimed = EXCLUDED.claimed").Exec(ctx)
	if err != nil {
		return fmt.Errorf("keeping the origin of %s %d: %w", o.Kind, o.ObjectID, err)
	}
	return nil
}
