package orders

import (
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// BenchmarkFire100Orders is one look at the clock when 100 orders are due: each has its
// run, with a recipe of two jobs of which the first is queued. Nobody works on them. Target: under 2 s on both engines; seen on two busy
// cores: 0.8 s on SQLite, 1.6 s on PostgreSQL.
func BenchmarkFire100Orders(b *testing.B) {
	for _, db := range []struct {
		name string
		dsn  func(testing.TB) string
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}} {
		b.Run(db.name, func(b *testing.B) {
			r := newRestaurant(b, storetest.Open(b, db.dsn(b)))
			for range dueBatch {
				r.order(b, OrderSpec{Schedule: "* * * * *"})
			}
			w := watch{}
			if _, err := r.look(b.Context(), &w); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r.clock.set(r.clock.Now().Add(time.Minute))
				w = watch{since: r.clock.Now(), last: r.clock.Now()} // a watch without a gap
				if _, err := r.look(b.Context(), &w); err != nil {
					b.Fatal(err)
				}
				if due, err := r.Store.DueOrders(b.Context(), r.Now(), 1); err != nil || len(due) > 0 {
					b.Fatalf("%d orders are still due, %v", len(due), err)
				}
			}
			b.ReportMetric(2000, "goal-ms")
		})
	}
}
