package store_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestDatasets(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, ctx := newWorld(t, s), t.Context()
		one := store.Dataset{Title: ptr("Images"), Description: ptr("of the North"), Definition: store.JSON(`{}`), Created: day(1)}
		two := store.Dataset{Definition: store.JSON(`{}`), Created: day(2)}
		mustInsert(t, s.Q, &one, &two)
		members := []store.DatasetMember{
			{DatasetID: one.ID, Data: store.JSON(`{"a":1}`), Digest: "x", Created: day(1)}, {DatasetID: one.ID, Data: store.JSON(`{"a":2}`), Digest: "y", Created: day(1)},
			{DatasetID: one.ID, Data: store.JSON(`{"a":1}`), Digest: "x", Created: day(1)}, {DatasetID: two.ID, Data: store.JSON(`{"a":1}`), Digest: "x", Created: day(1)},
		}
		mustInsert(t, s.Q, &members)
		err := s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.LockDataset(ctx, one.ID); err != nil {
				return err
			}
			if err := tx.AddDatasetFiles(ctx, []store.DatasetFile{{DatasetID: one.ID, FileID: w.source.ID, ParameterName: "first"}}); err != nil {
				return err
			}
			return tx.AddDatasetFiles(ctx, []store.DatasetFile{{DatasetID: one.ID, FileID: w.source.ID, ParameterName: "second"},
				{DatasetID: one.ID, FileID: w.product.ID, ParameterName: "second"}, {DatasetID: two.ID, FileID: w.source.ID, ParameterName: "second"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		files, err := s.DatasetFiles(ctx, one.ID)
		if err != nil || len(files) != 2 || files[0].ParameterName != "first" || files[1].FileID != w.product.ID {
			t.Errorf("files: %+v, %v", files, err)
		}
		if n, err := s.CountDatasetFiles(ctx, []int64{one.ID, two.ID, 4711}); err != nil || fmt.Sprint(n) != fmt.Sprint(map[int64]int{one.ID: 2, two.ID: 1}) {
			t.Errorf("counted: %v, %v", n, err)
		}
		if n, err := s.CountMembers(ctx, one.ID); err != nil || n != 3 {
			t.Errorf("members: %d, %v", n, err)
		}
		for name, c := range map[string]struct {
			f    store.DatasetFilter
			want []int64
		}{
			"all": {store.DatasetFilter{}, []int64{one.ID, two.ID}}, "id": {store.DatasetFilter{IDs: []int64{two.ID}}, []int64{two.ID}},
			"keyword": {store.DatasetFilter{Keywords: []string{"nothing", "NORTH"}}, []int64{one.ID}}, "started": {store.DatasetFilter{Started: day(2).Ptr()}, []int64{two.ID}},
		} {
			rows, _, err := s.Datasets(ctx, c.f)
			got := make([]int64, len(rows))
			for i, r := range rows {
				got[i] = r.ID
			}
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
		below, err := s.MembersBelow(ctx, one.ID, math.MaxInt64, 5)
		if err != nil || len(below) != 2 || below[0].ID != members[1].ID || below[1].ID != members[0].ID {
			t.Errorf("members that differ: %+v, %v", below, err)
		}
		if rest, err := s.MembersBelow(ctx, one.ID, members[1].ID, 5); err != nil || len(rest) != 1 {
			t.Errorf("the rest: %+v, %v", rest, err)
		}
		page, total, err := s.DatasetMembers(ctx, one.ID, store.Paging{Page: 2, PageSize: 2})
		if err != nil || total != 3 || len(page) != 1 || page[0].ID != members[2].ID {
			t.Errorf("a page: %+v of %d, %v", page, total, err)
		}
		m, err := s.DatasetMember(ctx, members[0].ID)
		byID, err2 := s.DatasetMembersByID(ctx, []int64{m.ID})
		d, err3 := s.Dataset(ctx, m.DatasetID)
		if err != nil || err2 != nil || err3 != nil || byID[m.ID].Digest != "x" || *d.Title != "Images" {
			t.Errorf("one: %+v, %+v, %+v, %v %v %v", m, byID, d, err, err2, err3)
		}
	})
}

func TestBatches(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, ctx := newWorld(t, s), t.Context()
		row := func(title string) store.Batch {
			return store.Batch{Title: &title, RecipeTypeID: w.outer.ID, RecipeTypeRevID: w.outerRev.ID, EventID: w.event.ID, Definition: store.JSON(`{}`),
				Configuration: store.JSON(`{}`), RecipesEstimated: 3, Created: day(1), LastModified: day(2)}
		}
		one, two := row("b"), row("A")
		err := s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.InsertBatch(ctx, &one); err != nil {
				return err
			}
			locked, err := tx.NewestBatch(ctx, one.ID, true)
			if err != nil || locked.ID != one.ID {
				return fmt.Errorf("the newest is %+v, %w", locked, err)
			}
			locked.IsSuperseded, locked.IsCreationDone = true, true
			if err := tx.Update(ctx, &locked); err != nil {
				return err
			}
			two.RootBatchID, two.SupersededBatchID = one.ID, &one.ID
			return tx.InsertBatch(ctx, &two)
		})
		if err != nil {
			t.Fatal(err)
		}
		if second := row("C"); true {
			second.RootBatchID = one.ID
			if err := s.Insert(ctx, &second); !store.IsUniqueViolation(err) {
				t.Errorf("a chain has two newest batches: %v", err)
			}
		}
		if newest, err := s.NewestBatch(ctx, one.ID, false); err != nil || newest.ID != two.ID {
			t.Errorf("the newest is %+v, %v", newest, err)
		}
		open, err := s.OpenBatches(ctx)
		if diff := cmp.Diff([]int64{two.ID}, open); err != nil || diff != "" {
			t.Errorf("open: %v %s", err, diff)
		}
		w.recipe.BatchID, w.subRecipe.BatchID, w.job.BatchID = &two.ID, &two.ID, &two.ID
		w.recipe.SubRecipesTotal, w.recipe.JobsTotal, w.recipe.JobsQueued = 1, 2, 1
		w.job.Status, w.job.Started, w.job.Ended = "COMPLETED", day(3).Ptr(), day(4).Ptr()
		for _, r := range []any{&w.recipe, &w.subRecipe, &w.job} {
			if err := s.Update(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		counts, err := s.CountBatches(ctx, []int64{one.ID, two.ID})
		if c := counts[two.ID]; err != nil || len(counts) != 1 || c.RecipesTotal != 2 || c.JobsTotal != 2 || c.JobsQueued != 1 || !c.Modified.Equal(w.recipe.LastModified.Time) {
			t.Errorf("counts: %+v, %v", counts, err)
		}
		nodes, err := s.CountBatchNodes(ctx, []int64{two.ID})
		if err != nil || len(nodes) != 1 || nodes[0].NodeName != "count" || nodes[0].Jobs != 1 || nodes[0].AvgJob == nil || *nodes[0].AvgJob != 86400 || nodes[0].MaxExe != nil {
			t.Errorf("nodes: %+v, %v", nodes, err)
		}
		for name, c := range map[string]struct {
			f    store.BatchFilter
			want []int64
		}{
			"usual":  {store.BatchFilter{}, []int64{one.ID, two.ID}}, // one of two's recipes was changed later
			"title":  {store.BatchFilter{Paging: store.Paging{Order: []store.Order{{Field: "title"}}}}, []int64{two.ID, one.ID}},
			"counts": {store.BatchFilter{Paging: store.Paging{Order: []store.Order{{Field: "jobs_total", Desc: true}}}}, []int64{two.ID, one.ID}},
			"time":   {store.BatchFilter{Started: day(3).Ptr()}, []int64{two.ID}}, "done": {store.BatchFilter{IsCreationDone: ptr(true)}, []int64{one.ID}},
			"root": {store.BatchFilter{RootBatchIDs: []int64{two.ID}}, []int64{}}, "type": {store.BatchFilter{RecipeTypeIDs: []int64{w.inner.ID}}, []int64{}},
			"superseded": {store.BatchFilter{IsSuperseded: ptr(false)}, []int64{two.ID}},
		} {
			rows, _, err := s.Batches(ctx, c.f)
			got := make([]int64, len(rows))
			for i, r := range rows {
				got[i] = r.ID
			}
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
		below, err := s.BatchRecipesBelow(ctx, two.ID, math.MaxInt64, 5)
		if err != nil || len(below) != 1 || below[0].ID != w.recipe.ID {
			t.Errorf("outermost recipes: %+v, %v", below, err)
		}
		left, err := s.OpenBatchRecipes(ctx, []int64{two.ID}, 0, 5)
		if diff := cmp.Diff([]int64{w.recipe.ID}, left); err != nil || diff != "" {
			t.Errorf("open recipes: %v %s", err, diff)
		}
		newest, err := s.NewestOfChains(ctx, []int64{w.recipe.ChainRootID})
		if err != nil || newest[w.recipe.ChainRootID].ID != w.recipe.ID {
			t.Errorf("newest: %+v, %v", newest, err)
		}
		for id, want := range map[int64]int{w.outer.ID: 1, w.inner.ID: 0} {
			if rows, err := s.RecipesOfFiles(ctx, id, []int64{w.source.ID}); err != nil || len(rows) != want {
				t.Errorf("recipes of the file: %d, %v, want %d", len(rows), err, want)
			}
		}
		b, err := s.Batch(ctx, two.ID)
		byID, err2 := s.BatchesByID(ctx, []int64{one.ID})
		if err != nil || err2 != nil || b.RootBatchID != one.ID || byID[one.ID].RootBatchID != one.ID {
			t.Errorf("one: %+v %+v, %v %v", b, byID, err, err2)
		}
		err = s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.LockBatch(ctx, two.ID)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		recipes, _, err := s.Recipes(ctx, store.RecipeFilter{BatchIDs: []int64{two.ID}})
		jobs, _, err2 := s.Jobs(ctx, store.JobFilter{BatchIDs: []int64{two.ID}})
		files, _, err3 := s.Files(ctx, store.FileFilter{BatchIDs: []int64{two.ID}})
		if err != nil || err2 != nil || err3 != nil || len(recipes) != 2 || len(jobs) != 1 || len(files) != 1 {
			t.Errorf("of the batch: %d recipes, %d jobs, %d files, %v %v %v", len(recipes), len(jobs), len(files), err, err2, err3)
		}
	})
}
