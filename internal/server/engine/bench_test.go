package engine_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// BenchmarkRecipe5Nodes runs recipes of five nodes (a job, three beside each other,
// one after them) from the request to their completion. On two cores of an EPYC
// that other builds used too: 22 recipes/s on SQLite as on PostgreSQL (10 when there
// were many), at about 35 ms of CPU a recipe, most of it SQL. Each job is three
// transactions (claim, log, finish), each recipe one more.
func BenchmarkRecipe5Nodes(b *testing.B) {
	for _, db := range []struct {
		name string
		dsn  func(testing.TB) string
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}} {
		b.Run(db.name, func(b *testing.B) {
			k := enginetest.New(b, storetest.Open(b, db.dsn(b)))
			k.JobType(b, enginetest.JobSpec{Name: "one", JSONOut: []string{"n"}})
			k.JobType(b, enginetest.JobSpec{Name: "more", JSONIn: []string{"n"}, JSONOut: []string{"n"}})
			rt := k.RecipeType(b, "Five", enginetest.Definition(`{}`, map[string]string{
				"first":  enginetest.JobNode("one", nil, nil),
				"left":   enginetest.JobNode("more", enginetest.Deps{"first": "true"}, enginetest.Deps{"n": "first:n"}),
				"middle": enginetest.JobNode("more", enginetest.Deps{"first": "true"}, enginetest.Deps{"n": "first:n"}),
				"right":  enginetest.JobNode("more", enginetest.Deps{"first": "true"}, enginetest.Deps{"n": "first:n"}),
				"last":   enginetest.JobNode("more", enginetest.Deps{"left": "true", "middle": "true", "right": "true"}, enginetest.Deps{"n": "left:n"}),
			}))
			cfg := k.Config(8)
			cfg.Lease = engine.DefaultLease
			k.Run(b, cfg)
			var ids []int64
			b.ResetTimer()
			for range b.N { // not b.Loop: its clock stops before the last recipes are done
				ids = append(ids, k.Recipe(b, rt, `{}`).ID)
				if len(ids) == 16 { // as many as are under way at a time
					k.AwaitCompleted(b, ids[0])
					ids = ids[1:]
				}
			}
			for _, id := range ids {
				k.AwaitCompleted(b, id)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "recipes/s")
		})
	}
}
