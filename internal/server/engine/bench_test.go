package engine

import (
	"testing"

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
			k := newKitchen(b, storetest.Open(b, db.dsn(b)))
			k.jobType(b, jobSpec{name: "one", jsonOut: []string{"n"}})
			k.jobType(b, jobSpec{name: "more", jsonIn: []string{"n"}, jsonOut: []string{"n"}})
			rt := k.recipeType(b, "Five", definition(`{}`, map[string]string{
				"first":  jobNode("one", nil, nil),
				"left":   jobNode("more", deps{"first": "true"}, deps{"n": "first:n"}),
				"middle": jobNode("more", deps{"first": "true"}, deps{"n": "first:n"}),
				"right":  jobNode("more", deps{"first": "true"}, deps{"n": "first:n"}),
				"last":   jobNode("more", deps{"left": "true", "middle": "true", "right": "true"}, deps{"n": "left:n"}),
			}))
			cfg := k.config(8)
			cfg.Lease = defaultLease
			k.start(b, cfg)
			var ids []int64
			b.ResetTimer()
			for range b.N { // not b.Loop: its clock stops before the last recipes are done
				ids = append(ids, k.recipe(b, rt, `{}`).ID)
				if len(ids) == 16 { // as many as are under way at a time
					k.awaitCompleted(b, ids[0])
					ids = ids[1:]
				}
			}
			for _, id := range ids {
				k.awaitCompleted(b, id)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "recipes/s")
		})
	}
}
