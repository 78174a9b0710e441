package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestUsersAreLockedRevokedAndDeleted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ann := store.User{Username: "ann", PasswordHash: "$argon2id$", Role: "admin", Created: day(1)}
		bob := store.User{Username: "bob", PasswordHash: "$argon2id$", Role: "admin", Created: day(1), Disabled: day(2).Ptr()}
		cyd := store.User{Username: "cyd", PasswordHash: "$argon2id$", Role: "viewer", Created: day(1)}
		for _, u := range []*store.User{&ann, &bob, &cyd} {
			mustInsert(t, s.Q, u)
		}
		login := store.Token{UserID: ann.ID, Kind: "login", Name: "page", Hash: "01", Created: day(1)}
		api := store.Token{UserID: ann.ID, Kind: "api", Name: "ci", Hash: "02", Created: day(1)}
		mustInsert(t, s.Q, &login)
		mustInsert(t, s.Q, &api)

		got[map[int64]store.User](t, "UsersByID")(s.UsersByID(ctx, []int64{ann.ID, cyd.ID}))(map[int64]store.User{ann.ID: ann, cyd.ID: cyd})
		err := s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			got[[]store.User](t, "LockActiveUsers")(tx.LockActiveUsers(ctx, "admin"))([]store.User{ann})
			got[store.User](t, "LockUser")(tx.LockUser(ctx, cyd.ID))(cyd)
			return tx.RevokeTokensOf(ctx, ann.ID, "login", day(3))
		})
		if err != nil {
			t.Fatal(err)
		}
		login.Revoked = day(3).Ptr()
		got[store.Token](t, "the login's token")(s.Token(ctx, login.ID))(login)
		got[store.Token](t, "the API token")(s.Token(ctx, api.ID))(api)

		if err := s.DeleteUser(ctx, ann.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.User(ctx, ann.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the user is still there: %v", err)
		}
		got[[]store.Token](t, "Tokens of a deleted user")(rowsOf(s.Tokens(ctx, store.TokenFilter{UserIDs: []int64{ann.ID}})))(nil)
	})
}

func TestAuditIsPagedFilteredAndForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		entry := func(at int, user, action, object, request string) store.AuditEntry {
			e := store.AuditEntry{At: day(at), Username: user, Address: "192.0.2.1", Action: action, Object: object, RequestID: request, Changes: store.JSON(`{}`)}
			mustInsert(t, s.Q, &e)
			return e
		}
		login := entry(1, "ann", "login", "/v6/login/", "A")
		patch := entry(2, "ann", "PATCH", "/v6/users/3/", "B")
		post := entry(3, "bob", "POST", "/v6/recipes/", "C")

		for name, c := range map[string]struct {
			filter store.AuditFilter
			want   []store.AuditEntry
		}{
			"all, newest first": {store.AuditFilter{}, []store.AuditEntry{post, patch, login}},
			"times":             {store.AuditFilter{Started: day(2).Ptr(), Ended: day(2).Ptr()}, []store.AuditEntry{patch}},
			"users":             {store.AuditFilter{Usernames: []string{"bob"}}, []store.AuditEntry{post}},
			"actions":           {store.AuditFilter{Actions: []string{"login", "POST"}}, []store.AuditEntry{post, login}},
			"requests":          {store.AuditFilter{RequestIDs: []string{"B"}}, []store.AuditEntry{patch}},
			"objects":           {store.AuditFilter{Object: "/v6/users/"}, []store.AuditEntry{patch}},
		} {
			got[[]store.AuditEntry](t, "AuditEntries by "+name)(rowsOf(s.AuditEntries(ctx, c.filter)))(c.want)
		}

		got[int64](t, "DeleteAuditEntries, one at most")(s.DeleteAuditEntries(ctx, day(3), 1))(1)
		got[int64](t, "DeleteAuditEntries")(s.DeleteAuditEntries(ctx, day(3), 10))(1)
		got[[]store.AuditEntry](t, "what is left")(rowsOf(s.AuditEntries(ctx, store.AuditFilter{})))([]store.AuditEntry{post})
	})
}

func TestKitchensOfARecipe(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		k := newKitchens(t, s.Q, w.recipe.ID)
		for name, c := range map[string]struct {
			recipe   int64
			kitchens []int64
			want     []int64
		}{
			"the recipe of a run": {w.recipe.ID, []int64{k.root.ID, k.child.ID}, []int64{k.child.ID}},
			"one inside of it":    {w.subRecipe.ID, []int64{k.root.ID, k.child.ID}, []int64{k.child.ID}},
			"of other kitchens":   {w.recipe.ID, []int64{k.root.ID}, nil},
			"of no kitchens":      {w.recipe.ID, nil, nil},
		} {
			got[[]int64](t, "KitchensOfRecipe: "+name)(s.KitchensOfRecipe(t.Context(), c.recipe, c.kitchens))(c.want)
		}
	})
}
