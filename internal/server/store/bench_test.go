package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// eachEngine runs a benchmark on both engines.
func eachEngine(b *testing.B, f func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { f(b, storetest.Open(b, storetest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { f(b, storetest.Open(b, storetest.Postgres(b))) })
}

// BenchmarkClaimFinish is the life of one execution: queued, claimed, one heartbeat,
// finished; four commits. Target: under 4 ms on both engines, on two cores and a disk
// that syncs in half a millisecond (PostgreSQL does not sync in tests).
func BenchmarkClaimFinish(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		ctx := b.Context()
		for n := 2; b.Loop(); n++ {
			exe := store.JobExecution{JobID: w.job.ID, ExeNum: n, Status: "QUEUED", Created: day(3), Queued: day(3)}
			if err := s.Insert(ctx, &exe); err != nil {
				b.Fatal(err)
			}
			if ok, err := s.ClaimExecution(ctx, w.job.ID, n, "me", "h", time.Minute); !ok || err != nil {
				b.Fatal(ok, err)
			}
			if alive, _, err := s.Heartbeat(ctx, exe.ID, "me", time.Minute); !alive || err != nil {
				b.Fatal(alive, err)
			}
			exe.Status, exe.WorkerID = "COMPLETED", "me"
			if ok, err := s.FinishExecution(ctx, exe); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
		b.ReportMetric(4, "goal-ms")
	})
}

// BenchmarkRecipesList is the first page of 100 out of 10 000 recipes, with a filter that
// keeps half of them and the count. Target: under 25 ms on both engines.
func BenchmarkRecipesList(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		ctx := b.Context()
		err := s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := range 10 {
				rows := make([]store.Recipe, 1000)
				for j := range rows {
					at := store.At(day(5).Add(time.Duration(i*1000+j) * time.Second))
					rows[j] = store.Recipe{RecipeTypeID: w.outer.ID, RecipeTypeRevID: w.outerRev.ID, EventID: w.event.ID,
						RootID: w.recipe.ID, ChainRootID: w.recipe.ID, Input: store.JSON(fmt.Sprintf(`{"n":%d}`, j)),
						IsCompleted: j%2 == 0, Created: at, LastModified: at}
				}
				if err := tx.Insert(ctx, &rows); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		filter := store.RecipeFilter{IsCompleted: new(bool), RecipeTypeNames: []string{"outer"},
			Paging: store.Paging{Page: 1, PageSize: 100}}
		for b.Loop() {
			rows, total, err := s.Recipes(ctx, filter)
			if err != nil || len(rows) != 100 || total < 5000 {
				b.Fatal(len(rows), total, err)
			}
		}
		b.ReportMetric(25, "goal-ms")
	})
}
