package store_test

import (
	"context"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// TestMigrateCountsOlderRevisions takes the counts away, as a database of an older galleyd
// has none, and migrates.
func TestMigrateCountsOlderRevisions(t *testing.T) {
	t.Parallel()
	const job = `{"dependencies": [], "input": {}, "node_type": {"node_type": "job", "job_type_name": "j", "job_type_version": "1.0.0", "job_type_revision": 1}}`
	sub := func(name string) string {
		return `{"dependencies": [], "input": {}, "node_type": {"node_type": "recipe", "recipe_type_name": "` + name + `", "recipe_type_revision": 1}}`
	}
	types := []struct {
		name, definition string
		want             int64
	}{
		{"low", `{"input": {}, "nodes": {"a": ` + job + `, "b": ` + job + `}}`, 2},
		{"middle", `{"input": {}, "nodes": {"a": ` + sub("low") + `, "b": ` + sub("low") + `}}`, 6},
		{"high", `{"input": {}, "nodes": {"a": ` + sub("middle") + `, "b": ` + job + `}}`, 8},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var revisions []store.RecipeTypeRevision
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			revisions = nil
			for _, x := range types {
				rt := store.RecipeType{Name: x.name, Title: x.name, IsActive: true, RevisionNum: 1, Definition: store.JSON(x.definition), Created: day(1), LastModified: day(1)}
				if err := tx.Insert(ctx, &rt); err != nil {
					return err
				}
				row := store.RecipeTypeRevision{RecipeTypeID: rt.ID, RevisionNum: 1, Definition: rt.Definition, Created: day(1)}
				if err := tx.Insert(ctx, &row); err != nil {
					return err
				}
				revisions = append(revisions, row)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, row := range revisions {
			got, err := s.RecipeTypeRevisionByID(t.Context(), row.ID)
			if err != nil || got.Expansion == nil || *got.Expansion != types[i].want {
				t.Errorf("%s: %d nodes (%v), want %d", types[i].name, got.Nodes(), err, types[i].want)
			}
		}
	})
}
