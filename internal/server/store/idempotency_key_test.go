package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		old := store.IdempotencyKey{Username: "ann", Key: "k", Kind: "recipe", Fingerprint: "f", ObjectID: 7,
			Result: store.JSON(`{"a":1}`), Created: day(1)}
		other := store.IdempotencyKey{Username: "bob", Key: "k", Kind: "file", Created: day(3)}
		mustInsert(t, s.Q, &old, &other)
		got[store.IdempotencyKey](t, "IdempotencyKey")(s.IdempotencyKey(ctx, "ann", "k"))(old)
		got[store.IdempotencyKey](t, "IdempotencyKey of another user")(s.IdempotencyKey(ctx, "bob", "k"))(other)
		if err := s.Insert(ctx, &old); !store.IsUniqueViolation(err) {
			t.Errorf("using a key twice: got %v, want a unique violation", err)
		}
		got[int64](t, "ForgetIdempotencyKeys")(s.ForgetIdempotencyKeys(ctx, day(3)))(1)
		if _, err := s.IdempotencyKey(ctx, "ann", "k"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a forgotten key: got %v, want not found", err)
		}
		got[store.IdempotencyKey](t, "a key that is not old")(s.IdempotencyKey(ctx, "bob", "k"))(other)
	})
}

func TestProductsAreMarkedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, at := range []store.Time{day(10), day(11)} { // the second time changes nothing
			if err := s.SupersedeProducts(t.Context(), []int64{w.job.ID}, at); err != nil {
				t.Fatal(err)
			}
		}
		want := w.product
		want.IsSuperseded, want.Superseded, want.LastModified = true, day(10).Ptr(), day(10)
		got[store.File](t, "a superseded product")(s.File(t.Context(), w.product.ID))(want)
		for _, at := range []store.Time{day(12), day(13)} {
			if err := s.UnpublishProducts(t.Context(), []int64{w.job.ID}, at); err != nil {
				t.Fatal(err)
			}
		}
		want.Unpublished, want.LastModified = day(12).Ptr(), day(12)
		got[store.File](t, "an unpublished product")(s.File(t.Context(), w.product.ID))(want)
		got[store.File](t, "a source")(s.File(t.Context(), w.source.ID))(w.source)
		if diff := cmp.Diff(nil, s.UnpublishProducts(t.Context(), nil, day(14))); diff != "" {
			t.Error(diff)
		}
	})
}
