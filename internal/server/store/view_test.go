package store_test

import (
	"context"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestViewShowsOneMoment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		kitchen := func(name string) *store.Kitchen {
			return &store.Kitchen{HID: name, Name: name, Overrides: store.JSON("{}"), SecretOverrides: store.JSON("{}"), Staff: store.JSON("[]"), Roles: store.JSON("{}"),
				Alerts: store.JSON("{}"), Extra: store.JSON("{}"), Created: store.Now(), LastModified: store.Now()}
		}
		if err := s.Insert(ctx, kitchen("before")); err != nil {
			t.Fatal(err)
		}
		err := s.View(ctx, func(inner context.Context, q store.Q) error {
			for i := range 2 {
				rows, err := q.Kitchens(inner)
				if err != nil {
					return err
				}
				if len(rows) != 1 || rows[0].Name != "before" {
					t.Errorf("look %d: got %+v, want what was there at the first look", i, rows)
				}
				if i > 0 {
					break
				}
				if err := s.Insert(ctx, kitchen("meanwhile")); err != nil {
					return err
				}
			}
			if err := q.Insert(inner, kitchen("through the view")); err == nil {
				t.Error("something was written through a view")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := s.Kitchens(ctx); err != nil || len(rows) != 2 {
			t.Errorf("afterwards there is %+v, %v", rows, err)
		}
	})
}
