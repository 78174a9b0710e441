package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// kitchens is a root kitchen with a child and what is in them.
type kitchens struct {
	root, child              store.Kitchen
	shared, hidden, shadowed store.KitchenRecipe // of the root; the child has one of shadowed's name
	own                      store.KitchenRecipe
	files                    []store.KitchenRecipeFile // of shared
	orders                   [2]store.RecipeOrder      // of the child and of the root
	runs                     [3]store.OrderRun         // two of the first order, one of the second
}

func newKitchens(t *testing.T, q store.Q, recipeID int64) *kitchens {
	t.Helper()
	object, array := store.JSON(`{}`), store.JSON(`[]`)
	k := &kitchens{}
	k.root = store.Kitchen{HID: "k1", Name: "root", Description: "all", Creator: "admin", Overrides: store.JSON(`{"a":1}`), SecretOverrides: store.JSON(`{"a":1}`),
		Staff: store.JSON(`["bob"]`), Roles: object, Alerts: object, Extra: object, Created: day(1), LastModified: day(1)}
	mustInsert(t, q, &k.root)
	k.child = store.Kitchen{HID: "k2", Name: "Child", ParentID: &k.root.ID, Overrides: object, SecretOverrides: object, Staff: array, Roles: object,
		Alerts: object, Extra: object, Created: day(2), LastModified: day(2)}
	mustInsert(t, q, &k.child)
	k.shared = store.KitchenRecipe{KitchenID: k.root.ID, Name: "shared", Created: day(2), LastModified: day(2)}
	k.shadowed = store.KitchenRecipe{KitchenID: k.root.ID, Name: "a", Created: day(2), LastModified: day(2)}
	k.own = store.KitchenRecipe{KitchenID: k.child.ID, Name: "a", Created: day(2), LastModified: day(2)}
	k.hidden = store.KitchenRecipe{KitchenID: k.child.ID, Name: "b", Created: day(2), LastModified: day(2)}
	mustInsert(t, q, &k.shared, &k.shadowed, &k.own, &k.hidden)
	k.files = []store.KitchenRecipeFile{
		{Path: "sub/x.sql", Contents: "it's", SHA: "bb", LastModified: day(2)},
		{Path: "variables.json", Contents: "{}", SHA: "aa", LastModified: day(2)},
	}
	if err := q.ReplaceKitchenRecipeFiles(t.Context(), k.shared.ID, k.files); err != nil {
		t.Fatal(err)
	}
	for i, kitchen := range []int64{k.child.ID, k.root.ID} {
		k.orders[i] = store.RecipeOrder{HID: []string{"o1", "o2"}[i], KitchenID: kitchen, RecipeName: "shared", Variation: "v",
			Parameters: object, Schedule: "* * * * *", TimeZone: "UTC", MaxRuns: 3, InputSettings: object, Username: "bob",
			Status: "ACTIVE_ORDER", NextFire: day(5 + i).Ptr(), Created: day(3 + i), LastModified: day(3 + i)}
		mustInsert(t, q, &k.orders[i])
	}
	for i := range k.runs {
		k.runs[i] = store.OrderRun{HID: []string{"r1", "r2", "r3"}[i], OrderID: k.orders[i/2].ID, ScheduledFor: day(4 + i),
			Status: []string{"SERVING_ERROR", "ACTIVE_SERVING", "ACTIVE_SERVING"}[i], Variables: object, Created: day(4 + i),
			LastModified: day(4 + i)}
	}
	k.runs[1].RecipeID, k.runs[1].Started, k.runs[1].MaxDuration, k.runs[1].Overdue = &recipeID, day(5).Ptr(), ptr(int64(60)), day(6).Ptr()
	k.runs[1].Timeout, k.runs[1].Deadline = ptr(int64(120)), day(7).Ptr()
	mustInsert(t, q, &k.runs[0], &k.runs[1], &k.runs[2])
	return k
}

func TestKitchensComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKitchens(t, s.Q, newWorld(t, s).recipe.ID)
		ctx := t.Context()
		got[store.Kitchen](t, "Kitchen")(s.Kitchen(ctx, k.root.ID))(k.root)
		got[store.Kitchen](t, "LockKitchen")(s.LockKitchen(ctx, k.root.ID))(k.root)
		got[store.Kitchen](t, "KitchenInPlace")(s.KitchenInPlace(ctx, "Child"))(k.child)
		got[store.Kitchen](t, "KitchenByName")(s.KitchenByName(ctx, "Child"))(k.child)
		got[[]store.Kitchen](t, "Kitchens")(s.Kitchens(ctx))([]store.Kitchen{k.child, k.root})
		got[[]store.Kitchen](t, "KitchenChildren")(s.KitchenChildren(ctx, k.root.ID))([]store.Kitchen{k.child})
		got[[]store.Kitchen](t, "KitchenLine")(s.KitchenLine(ctx, k.child.ID))([]store.Kitchen{k.root, k.child})
		got[[]store.KitchenRecipe](t, "KitchenRecipes of the child")(s.KitchenRecipes(ctx, k.child.ID))([]store.KitchenRecipe{k.own, k.hidden, k.shared})
		got[[]store.KitchenRecipe](t, "KitchenRecipes of the root")(s.KitchenRecipes(ctx, k.root.ID))([]store.KitchenRecipe{k.shadowed, k.shared})
		got[store.KitchenRecipe](t, "KitchenRecipe")(s.KitchenRecipe(ctx, k.child.ID, "a"))(k.own)
		got[[]store.KitchenRecipeFile](t, "KitchenRecipeFiles")(s.KitchenRecipeFiles(ctx, k.shared.ID))(k.files)
		got[[]store.KitchenRecipeFile](t, "KitchenFilesAt")(s.KitchenFilesAt(ctx, "variables.json"))(k.files[1:])
		got[*store.KitchenRecipeFile](t, "KitchenRecipeFile")(s.KitchenRecipeFile(ctx, k.shared.ID, "sub/x.sql"))(&k.files[0])
		got[*store.KitchenRecipeFile](t, "KitchenRecipeFile of none")(s.KitchenRecipeFile(ctx, k.shared.ID, "x"))(nil)
		for what, err := range map[string]error{
			`kitchen "x" not found`:               second(s.KitchenByName(ctx, "x")),
			`recipe "b" in the kitchen not found`: second(s.KitchenRecipe(ctx, k.root.ID, "b")),
			`row 99 of kitchen_recipes not found`: s.DeleteKitchenRecipe(ctx, 99),
		} {
			if !errors.Is(err, store.ErrNotFound) || err.Error() != what {
				t.Errorf("got %v, want %s", err, what)
			}
		}
		if err := s.DeleteKitchenRecipe(ctx, k.shared.ID); err != nil {
			t.Fatal(err)
		}
		got[[]store.KitchenRecipeFile](t, "KitchenRecipeFiles of a deleted one")(s.KitchenRecipeFiles(ctx, k.shared.ID))(nil)
	})
}

func second[T any](_ T, err error) error { return err }

func TestDeletingAKitchenTakesItsOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		k := newKitchens(t, s.Q, w.recipe.ID)
		ctx := t.Context()
		if err := s.DeleteKitchen(ctx, k.root.ID); err == nil {
			t.Error("a kitchen with a child was deleted")
		}
		if err := s.DeleteKitchen(ctx, k.child.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.OrderRun(ctx, k.runs[1].ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("its run: %v", err)
		}
		if _, err := s.Recipe(ctx, w.recipe.ID); err != nil {
			t.Errorf("the run's recipe: %v", err)
		}
	})
}

func TestOrdersComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		k := newKitchens(t, s.Q, w.recipe.ID)
		ctx := t.Context()
		got[store.RecipeOrder](t, "RecipeOrder")(s.RecipeOrder(ctx, k.orders[0].ID))(k.orders[0])
		got[store.RecipeOrder](t, "LockRecipeOrder")(s.LockRecipeOrder(ctx, k.orders[0].ID))(k.orders[0])
		got[store.RecipeOrder](t, "RecipeOrderByHID")(s.RecipeOrderByHID(ctx, "o2"))(k.orders[1])
		got[store.OrderRun](t, "OrderRun")(s.OrderRun(ctx, k.runs[1].ID))(k.runs[1])
		got[store.OrderRun](t, "OrderRunByHID")(s.OrderRunByHID(ctx, "r1"))(k.runs[0])
		latest, err := s.LatestScheduled(ctx, k.runs[0].OrderID, k.runs[0].ScheduledFor)
		if err != nil || latest == nil || !latest.Equal(k.runs[0].ScheduledFor.Time) {
			t.Errorf("LatestScheduled: %v, %v", latest, err)
		}
		if latest, err := s.LatestScheduled(ctx, 99, day(30)); err != nil || latest != nil {
			t.Errorf("LatestScheduled of no order: %v, %v", latest, err)
		}
		got[store.OrderRun](t, "OrderRunOfRecipe")(s.OrderRunOfRecipe(ctx, w.recipe.ID))(k.runs[1])
		list := func(f store.RecipeOrderFilter, want ...string) {
			t.Helper()
			rows, n, err := s.RecipeOrders(ctx, f)
			var hids []string
			for _, row := range rows {
				hids = append(hids, row.HID)
			}
			if diff := cmp.Diff(want, hids); err != nil || diff != "" || n < len(want) {
				t.Errorf("orders of %+v: %d, %v (-want +got):\n%s", f, n, err, diff)
			}
		}
		list(store.RecipeOrderFilter{}, "o2", "o1")
		list(store.RecipeOrderFilter{Paging: store.Paging{Page: 2, PageSize: 1}}, "o1")
		list(store.RecipeOrderFilter{KitchenIDs: []int64{k.child.ID}}, "o1")
		list(store.RecipeOrderFilter{HIDs: []string{"o2", "x"}, RecipeNames: []string{"shared"}, Variations: []string{"v"}}, "o2")
		list(store.RecipeOrderFilter{Variations: []string{"w"}})
		list(store.RecipeOrderFilter{Statuses: []string{"PAUSED_ORDER"}})
		list(store.RecipeOrderFilter{RunStatuses: []string{"SERVING_ERROR"}}, "o1")
		list(store.RecipeOrderFilter{Since: day(5).Ptr()}, "o2", "o1")
		list(store.RecipeOrderFilter{Since: day(6).Ptr()}, "o2")
		runs := func(f store.OrderRunFilter, want ...store.OrderRun) {
			t.Helper()
			rows, _, err := s.OrderRuns(ctx, f)
			if diff := cmp.Diff(want, rows); err != nil || diff != "" {
				t.Errorf("runs of %+v: %v (-want +got):\n%s", f, err, diff)
			}
		}
		runs(store.OrderRunFilter{}, k.runs[2], k.runs[1], k.runs[0])
		runs(store.OrderRunFilter{OrderIDs: []int64{k.orders[0].ID}}, k.runs[1], k.runs[0])
		runs(store.OrderRunFilter{KitchenIDs: []int64{k.root.ID}}, k.runs[2])
		runs(store.OrderRunFilter{Statuses: []string{"ACTIVE_SERVING"}, Paging: store.Paging{Page: 1, PageSize: 1}}, k.runs[2])
		both := []int64{k.orders[0].ID, k.orders[1].ID, 1 << 40}
		got[map[int64]store.LatestRuns](t, "LatestOrderRuns")(s.LatestOrderRuns(ctx, both, nil, 1))(map[int64]store.LatestRuns{
			k.orders[0].ID: {Runs: k.runs[1:2], Total: 2}, k.orders[1].ID: {Runs: k.runs[2:], Total: 1}})
		got[map[int64]store.LatestRuns](t, "all LatestOrderRuns")(s.LatestOrderRuns(ctx, both[:1], nil, 0))(map[int64]store.LatestRuns{
			k.orders[0].ID: {Runs: []store.OrderRun{k.runs[1], k.runs[0]}, Total: 2}})
		got[map[int64]store.LatestRuns](t, "LatestOrderRuns of a status")(s.LatestOrderRuns(ctx, both, []string{k.runs[0].Status}, 1))(
			map[int64]store.LatestRuns{k.orders[0].ID: {Runs: k.runs[:1], Total: 1}})
		if err := s.DeleteOrderRun(ctx, k.runs[2].ID); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteRecipeOrder(ctx, k.orders[0].ID); err != nil {
			t.Fatal(err)
		}
		if rows, n, err := s.OrderRuns(ctx, store.OrderRunFilter{}); n != 0 || err != nil {
			t.Errorf("runs that are left: %v, %v", rows, err)
		}
	})
}

func TestNoTickOfAnOrderFiresTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKitchens(t, s.Q, newWorld(t, s).recipe.ID)
		ctx := t.Context()
		got[[]store.RecipeOrder](t, "DueOrders")(s.DueOrders(ctx, day(5), 10))(k.orders[:1])
		got[[]store.RecipeOrder](t, "DueOrders, bounded")(s.DueOrders(ctx, day(9), 1))(k.orders[:1])
		got[[]store.RecipeOrder](t, "DueOrders beside one")(s.DueOrders(ctx, day(5), 10, k.orders[0].ID))(nil)
		got[[]store.RecipeOrder](t, "DueOrders of none")(s.DueOrders(ctx, store.At(day(5).Add(-time.Microsecond)), 10))(nil)
		held := k.orders[0]
		held.Overlap = "hold" // its run r2 is active
		if err := s.Update(ctx, &held, "overlap"); err != nil {
			t.Fatal(err)
		}
		got[[]store.RecipeOrder](t, "DueOrders without one that is held")(s.DueOrders(ctx, day(9), 1))(k.orders[1:])
		if err := s.Update(ctx, &k.orders[0], "overlap"); err != nil {
			t.Fatal(err)
		}
		got[*store.Time](t, "NextFire")(s.NextFire(ctx, day(5)))(day(6).Ptr())
		got[*store.Time](t, "NextFire of none")(s.NextFire(ctx, day(6)))(nil)
		id := k.orders[0].ID
		got[bool](t, "AdvanceOrder")(s.AdvanceOrder(ctx, id, day(5), day(8).Ptr(), 1, day(7)))(true)
		got[bool](t, "AdvanceOrder once more")(s.AdvanceOrder(ctx, id, day(5), day(8).Ptr(), 1, day(7)))(false)
		got[bool](t, "AdvanceOrder for the last time")(s.AdvanceOrder(ctx, id, day(8), nil, 0, day(7)))(true)
		want := k.orders[0]
		want.NextFire, want.RunCount, want.LastModified = nil, 1, day(7)
		got[store.RecipeOrder](t, "RecipeOrder")(s.RecipeOrder(ctx, id))(want)
		paused := k.orders[1]
		paused.Status = "PAUSED_ORDER"
		if err := s.Update(ctx, &paused); err != nil {
			t.Fatal(err)
		}
		got[bool](t, "AdvanceOrder of a paused one")(s.AdvanceOrder(ctx, paused.ID, day(6), nil, 1, day(7)))(false)
		twice := k.runs[0]
		twice.ID, twice.HID = 0, "r9"
		if err := s.Insert(ctx, &twice); !store.IsUniqueViolation(err) {
			t.Errorf("a second run for the same time: %v", err)
		}
		got[[]store.OrderRun](t, "OverdueRuns")(s.OverdueRuns(ctx, day(6), 10))(k.runs[1:2])
		got[[]store.OrderRun](t, "OverdueRuns of none")(s.OverdueRuns(ctx, day(5), 10))(nil)
		got[[]store.OrderRun](t, "ExpiredRuns")(s.ExpiredRuns(ctx, day(7), 10))(k.runs[1:2])
		got[[]store.OrderRun](t, "ExpiredRuns of none")(s.ExpiredRuns(ctx, day(6), 10))(nil)
		skipped := []store.SkippedRun{{OrderID: id, ScheduledFor: day(8), Reason: "b", Created: day(8)}, {OrderID: id, ScheduledFor: day(7), Reason: "a", Created: day(7)}}
		for _, row := range append(skipped, skipped...) { // once more changes nothing
			if err := s.InsertSkippedRun(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		got[[]store.SkippedRun](t, "SkippedRuns")(s.SkippedRuns(ctx, id, 10))(skipped)
		got[[]store.SkippedRun](t, "SkippedRuns, bounded")(s.SkippedRuns(ctx, id, 1))(skipped[:1])
	})
}

func TestSeveralTriesAreSeenInTheWholeTree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		exe := store.JobExecution{JobID: w.subJob.ID, ExeNum: 1, Status: "LOST", Timeout: 60, Created: day(3), Queued: day(3)}
		mustInsert(t, s.Q, &exe)
		got[bool](t, "the only try")(s.NeededSeveralTries(ctx, w.recipe.ID))(false)
		w.subJob.NumExes = 2
		if err := s.Update(ctx, &w.subJob); err != nil {
			t.Fatal(err)
		}
		got[bool](t, "a second try")(s.NeededSeveralTries(ctx, w.recipe.ID))(true)
		exe.Status = "CANCELED"
		if err := s.Update(ctx, &exe); err != nil {
			t.Fatal(err)
		}
		got[bool](t, "handed back")(s.NeededSeveralTries(ctx, w.recipe.ID))(false)
	})
}
