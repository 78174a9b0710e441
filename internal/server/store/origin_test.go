package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		run := func(id int64, session string, edit func(*store.Origin)) store.Origin {
			o := store.Origin{Kind: "recipe", ObjectID: id, Name: "n", Username: "ann", Origin: "acme/etl", Session: session, Action: "made",
				Fingerprint: "f", At: day(int(id))}
			if edit != nil {
				edit(&o)
			}
			if err := s.PutOrigin(ctx, o); err != nil {
				t.Fatal(err)
			}
			return o
		}
		first, second := run(1, "a", nil), run(2, "b", nil)
		run(3, "mine", nil)
		run(4, "", nil)
		run(5, "a", func(o *store.Origin) { o.Claimed = day(6).Ptr() })
		run(6, "a", func(o *store.Origin) { o.Username = "bob" })
		run(7, "a", func(o *store.Origin) { o.Origin = "" })
		run(8, "a", func(o *store.Origin) { o.Fingerprint = "g" })
		run(9, "a", func(o *store.Origin) { o.Action = "changed" })
		run(10, "a", func(o *store.Origin) { o.Kind, o.Name = "order", "o" })
		lost, err := s.LostRuns(ctx, store.Origin{Kind: "recipe", Username: "ann", Origin: "acme/etl", Session: "mine", Fingerprint: "f"})
		if diff := cmp.Diff([]store.Origin{first, second}, lost); diff != "" || err != nil {
			t.Errorf("lost runs (-want +got):\n%s%v", diff, err)
		}

		first.Claimed = day(8).Ptr()
		if err := s.PutOrigin(ctx, first); err != nil {
			t.Fatal(err)
		}
		got[store.Origin](t, "Origin")(s.Origin(ctx, "recipe", 1))(first)
		if _, err := s.Origin(ctx, "order", 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the origin of nothing: got %v, want not found", err)
		}
		for name, tt := range map[string]struct {
			filter store.OriginFilter
			want   []int64
		}{
			"newest first":                     {store.OriginFilter{Origins: []string{"acme/etl"}, Usernames: []string{"ann"}, Kinds: []string{"recipe"}}, []int64{9, 8, 5, 4, 3, 2, 1}},
			"of a name":                        {store.OriginFilter{Names: []string{"o"}}, []int64{10}},
			"without an origin":                {store.OriginFilter{Origins: []string{""}}, []int64{7}},
			"hidden but one's own":             {store.OriginFilter{NotKinds: []string{"recipe"}, ButOf: "bob"}, []int64{10, 6}},
			"lost by a user and an origin":     {store.OriginFilter{Lost: &store.Origin{Username: "ann", Origin: "acme/etl", Session: "mine"}}, []int64{10, 8, 2}},
			"lost by another user of it":       {store.OriginFilter{Lost: &store.Origin{Username: "eve", Origin: "acme/etl", Session: "mine"}}, nil},
			"lost by a user without one":       {store.OriginFilter{Lost: &store.Origin{Username: "ann", Session: "mine"}}, []int64{7}},
			"lost by another user without one": {store.OriginFilter{Lost: &store.Origin{Username: "eve", Session: "mine"}}, nil},
		} {
			rows, total, err := s.Origins(ctx, tt.filter)
			var ids []int64
			for _, row := range rows {
				ids = append(ids, row.ObjectID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" || err != nil || total > len(rows) {
				t.Errorf("%s: %d in all (-want +got):\n%s%v", name, total, diff, err)
			}
		}
	})
}

// Two who remember something of one thing at once wait for each other, and neither fails.
func TestOriginsAreKeptByManyAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := store.Origin{Kind: "recipe", ObjectID: 1, Name: "n", Username: "ann", Action: "made", At: store.Now()}
		if err := s.PutOrigin(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		other := make(chan error, 1)
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			o.Session = "one"
			if err := tx.PutOrigin(ctx, o); err != nil {
				return err
			}
			second := o
			second.Session = "two"
			go func() { other <- s.PutOrigin(t.Context(), second) }()
			time.Sleep(200 * time.Millisecond) // so that it waits, as a rule
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-other; err != nil {
			t.Errorf("the second one: %v", err)
		}
		if got, err := s.Origin(t.Context(), "recipe", 1); err != nil || got.Session != "two" {
			t.Errorf("got %+v, %v, want that of the second", got, err)
		}
	})
}
