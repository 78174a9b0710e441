package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// What stands beside a change is committed with the first one, once, and with none that fails.
func TestBesideAChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		failure, t0 := errors.New("not today"), store.At(time.Now().Add(-time.Hour))
		add := func(name string) func(context.Context, store.Q) error {
			return func(ctx context.Context, q store.Q) error {
				return q.Insert(ctx, &store.User{Username: name, Role: "viewer", Created: t0})
			}
		}
		reads := func(ctx context.Context) error {
			return s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Settings(ctx, "x")
				return err
			})
		}
		inserts := func(ctx context.Context) error {
			return s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return add("change")(ctx, tx.Q) })
		}
		fails := func(ctx context.Context) error {
			return s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return errors.Join(add("change")(ctx, tx.Q), failure) })
		}
		single := func(ctx context.Context) error { return s.ClearLoginFailures(ctx, "single") }
		for name, c := range map[string]struct {
			beside    func(context.Context, store.Q) error
			changes   []func(context.Context) error
			wantUsers string
			want      error
			wantDone  bool
			wantLeft  int
		}{
			"with the first that changes something": {add("beside"), []func(context.Context) error{reads, inserts}, "beside change", nil, true, 1},
			"once":                                  {add("beside"), []func(context.Context) error{single, inserts, single}, "beside change", nil, true, 0},
			"not with what only reads":              {add("beside"), []func(context.Context) error{reads}, "", nil, false, 1},
			"not with what fails":                   {add("beside"), []func(context.Context) error{fails}, "", failure, false, 1},
			"nothing without it":                    {func(context.Context, store.Q) error { return failure }, []func(context.Context) error{inserts}, "", failure, false, 1},
			"nor a single statement":                {func(context.Context, store.Q) error { return failure }, []func(context.Context) error{single}, "", failure, false, 1},
		} {
			if err := s.AddLoginFailure(t.Context(), "single"); err != nil {
				t.Fatal(err)
			}
			ctx, done := store.Beside(t.Context(), c.beside)
			var err error
			for _, change := range c.changes {
				err = errors.Join(err, change(ctx))
			}
			if !errors.Is(err, c.want) || done() != c.wantDone {
				t.Errorf("%s: got %v, %t, want %v, %t", name, err, done(), c.want, c.wantDone)
			}
			users, _, err := s.Users(t.Context(), store.UserFilter{})
			got := ""
			for i, u := range users {
				if i > 0 {
					got += " "
				}
				got += u.Username
				if err := s.DeleteUser(t.Context(), u.ID); err != nil {
					t.Fatal(err)
				}
			}
			if err != nil || got != c.wantUsers {
				t.Errorf("%s: there are %q, %v, want %q", name, got, err, c.wantUsers)
			}
			n, err := s.CountLoginFailures(t.Context(), "single", t0)
			if err != nil || n != c.wantLeft {
				t.Errorf("%s: the single statement has left %d, %v, want %d", name, n, err, c.wantLeft)
			}
			if err := s.ClearLoginFailures(t.Context(), "single"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
