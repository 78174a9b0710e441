package store

import (
	"context"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// sizeRevisions counts the nodes of revisions of recipe types that are older than the column
// expansion. What a revision contains is older than itself, so its size is known by then.
func (s *Store) sizeRevisions(ctx context.Context) error {
	missing, err := s.selects((*RecipeTypeRevision)(nil)).Where("rtr.expansion IS NULL").Exists(ctx)
	if err != nil || !missing {
		return err
	}
	for {
		done, err := s.sizeSome(ctx)
		if err != nil || done {
			return err
		}
	}
}

// sizeSome counts some in a transaction, so that it does not hold up others for long.
func (s *Store) sizeSome(ctx context.Context) (done bool, err error) {
	const atOnce = 100
	err = s.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		var rows []RecipeTypeRevision
		q := tx.selects(&rows).Where("rtr.expansion IS NULL").OrderExpr("rtr.id").Limit(atOnce)
		if rows, err = all(ctx, tx.Q, q, &rows); err != nil {
			return err
		}
		done = len(rows) < atOnce
		for _, row := range rows {
			d, ps := recipe.Parse(row.Definition)
			if err := ps.Err(); err != nil {
				return fmt.Errorf("reading stored definition of recipe type revision %d: %w", row.ID, err)
			}
			subs, err := tx.RecipeTypeRevisionsFor(ctx, d.RecipeRefs())
			if err != nil {
				return err
			}
			total, _ := d.Expansion(func(ref recipe.RecipeRef) int64 { return subs[ref].Nodes() })
			row.Expansion = &total
			if err := tx.Update(ctx, &row, "expansion"); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// Nodes is the revision's expansion; 0 if it is not known.
func (r RecipeTypeRevision) Nodes() int64 {
	if r.Expansion == nil {
		return 0
	}
	return *r.Expansion
}
