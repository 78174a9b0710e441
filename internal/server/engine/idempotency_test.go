package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// keyedCreate is one way to create something with a key; it returns its id.
type keyedCreate func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error)

// keyedCreates is every way. Each works any number of times only because of its key,
// or would make another object each time.
func keyedCreates(rt store.RecipeType, recipeID, jobTypeID int64) map[string]keyedCreate {
	return map[string]keyedCreate{
		"workspace": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			ws, err := k.CreateWorkspace(ctx, catalog.WorkspaceSpec{Title: "Keyed", Broker: catalog.Broker{Type: "host", HostPath: "keyed"}, Key: key})
			return ws.ID, err
		},
		"file": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			f, err := k.UploadFile(ctx, catalog.FileSpec{Workspace: "default", Path: "keyed.csv", Body: strings.NewReader("x"), Key: key})
			return f.ID, err
		},
		"job type": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			jt, created, _, err := k.CreateJobType(ctx, catalog.JobTypeSpec{Manifest: enginetest.JobSpec{Name: "keyed"}.Manifest(), DockerImage: "none", Key: key})
			if err == nil && (!created || jt.RevisionNum != 1) {
				err = errors.New("the repeated request edited the job type, or says so")
			}
			return jt.ID, err
		},
		"recipe type": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			rt, _, err := k.CreateRecipeType(ctx, catalog.RecipeTypeSpec{Title: "Keyed", Definition: json.RawMessage(`{"nodes":{}}`), Key: key})
			return rt.ID, err
		},
		"recipe": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			r, err := k.CreateRecipe(ctx, engine.RecipeSpec{RecipeTypeID: rt.ID, Key: key})
			return r.ID, err
		},
		"job": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			j, err := k.CreateJob(ctx, engine.JobSpec{JobTypeID: jobTypeID, Key: key})
			return j.ID, err
		},
		"reprocess": func(ctx context.Context, k *enginetest.Kitchen, key *usecase.IdempotencyKey) (int64, error) {
			r, err := k.Reprocess(ctx, engine.ReprocessSpec{RecipeID: recipeID, ForcedNodes: json.RawMessage(`{}`), Key: key})
			return r.ID, err
		},
	}
}

func TestTheSameKeyMakesOneObject(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := k.RecipeType(t, "Plain", `{"nodes":{}}`)
		for name, create := range keyedCreates(rt, k.Recipe(t, rt, `{}`).ID, k.JobType(t, enginetest.JobSpec{Name: "plain"}).ID) {
			t.Run(name, func(t *testing.T) {
				var calls sync.WaitGroup
				var mu sync.Mutex
				ids, replayed := map[int64]int{}, 0
				for range 8 {
					calls.Go(func() {
						key := &usecase.IdempotencyKey{Key: name, User: "ann", Fingerprint: "f"}
						id, err := create(t.Context(), k, key)
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							t.Error(err)
						}
						ids[id]++
						if key.Replayed {
							replayed++
						}
					})
				}
				calls.Wait()
				if len(ids) != 1 || replayed != 7 {
					t.Errorf("ids = %v, %d replayed; want one id and 7", ids, replayed)
				}
				_, err := create(t.Context(), k, &usecase.IdempotencyKey{Key: name, User: "ann", Fingerprint: "g"})
				enginetest.MustRefuse(t, err, refusal.Mismatch, "use a new key")
			})
		}
		_, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Key: &usecase.IdempotencyKey{Key: "workspace", User: "ann", Fingerprint: "f"}})
		enginetest.MustRefuse(t, err, refusal.Mismatch, "another request")
		bob := &usecase.IdempotencyKey{Key: "recipe", User: "bob", Fingerprint: "f"}
		if _, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Key: bob}); err != nil || bob.Replayed {
			t.Errorf("the same key of another user: replayed %v, %v", bob.Replayed, err)
		}
		for _, bad := range []string{"", strings.Repeat("k", 256), "\xff"} {
			_, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Key: &usecase.IdempotencyKey{Key: bad}})
			enginetest.MustRefuse(t, err, refusal.Invalid, "idempotency key")
		}
	})
}

func TestAKeyOutlivesWhatHappensToItsObject(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		no := false
		key := func() *usecase.IdempotencyKey {
			return &usecase.IdempotencyKey{Key: "k", User: "ann", Fingerprint: "f"}
		}
		rt := k.RecipeType(t, "Plain", `{"nodes":{}}`)

		// A refusal is not remembered, and leaves no key.
		_, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: 999, Key: key()})
		enginetest.MustRefuse(t, err, refusal.NotFound, "999")
		first, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Key: key()})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.EditRecipeType(t.Context(), "plain", catalog.RecipeTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		again, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Key: key()})
		if err != nil || again.ID != first.ID {
			t.Errorf("after the type was deactivated: recipe %d, %v; want recipe %d", again.ID, err, first.ID)
		}

		upload := func(content string) (store.File, bool, error) {
			fileKey := &usecase.IdempotencyKey{Key: "file", User: "ann", Fingerprint: "f"}
			f, err := k.UploadFile(t.Context(), catalog.FileSpec{Workspace: "default", Path: "a.csv", Body: strings.NewReader(content), Key: fileKey})
			return f, fileKey.Replayed, err
		}
		f, _, err := upload("one")
		if err != nil {
			t.Fatal(err)
		}
		k.File(t, "a.csv", "two")
		if got, replayed, err := upload("one"); err != nil || got.ID != f.ID || !replayed {
			t.Errorf("the upload repeated after another: file %d, replayed %v, %v; want file %d", got.ID, replayed, err, f.ID)
		}
		_, _, err = upload("three")
		enginetest.MustRefuse(t, err, refusal.Mismatch, "another request")
		if live, err := k.Store.FileByPath(t.Context(), f.WorkspaceID, "a.csv"); err != nil || live.FileSize != 3 || live.ID == f.ID {
			t.Errorf("the file at the path = %+v, %v; want the other upload", live, err)
		}
	})
}

func TestOldKeysAreForgotten(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		now := store.Now()
		for name, age := range map[string]int{"old": 8, "young": 6} {
			row := store.IdempotencyKey{Username: "ann", Key: name, Kind: "recipe", Created: store.At(now.AddDate(0, 0, -age))}
			if err := k.Store.Insert(t.Context(), &row); err != nil {
				t.Fatal(err)
			}
		}
		cfg := k.Config(0)
		cfg.Lease = 30 * time.Millisecond
		k.Run(t, cfg)
		enginetest.Await(t, func() bool {
			_, err := k.Store.IdempotencyKey(t.Context(), "ann", "old")
			return errors.Is(err, store.ErrNotFound)
		}, func() string { return "the old key is still there" })
		if _, err := k.Store.IdempotencyKey(t.Context(), "ann", "young"); err != nil {
			t.Error(err)
		}
	})
}

func TestEditsOfAnotherVersionAreRefused(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		cfg := k.Config(0)
		still := time.Now()
		cfg.Now = func() time.Time { return still } // edits in the same microsecond are two versions too
		e, err := engine.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := e.Catalog()
		ws, err := c.CreateWorkspace(t.Context(), catalog.WorkspaceSpec{Title: "W", Broker: catalog.Broker{Type: "host", HostPath: "w"}})
		if err != nil {
			t.Fatal(err)
		}
		jt, _, _, err := c.CreateJobType(t.Context(), catalog.JobTypeSpec{Manifest: enginetest.JobSpec{Name: "plain"}.Manifest(), DockerImage: "none"})
		if err != nil {
			t.Fatal(err)
		}
		rt, _, err := c.CreateRecipeType(t.Context(), catalog.RecipeTypeSpec{Title: "R", Definition: json.RawMessage(`{"nodes":{}}`)})
		if err != nil {
			t.Fatal(err)
		}
		title, code := "New", "f00"
		for _, tc := range []struct {
			name  string
			first store.Time
			edit  func(usecase.IfMatch) (store.Time, error)
		}{
			{"workspace", ws.LastModified, func(m usecase.IfMatch) (store.Time, error) {
				row, err := c.EditWorkspace(t.Context(), ws.ID, catalog.WorkspaceEdit{Title: &title, IfMatch: m})
				return row.LastModified, err
			}},
			{"job type", jt.LastModified, func(m usecase.IfMatch) (store.Time, error) {
				row, _, err := c.EditJobType(t.Context(), "plain", "1.0.0", catalog.JobTypeEdit{IconCode: &code, IfMatch: m})
				return row.LastModified, err
			}},
			{"recipe type", rt.LastModified, func(m usecase.IfMatch) (store.Time, error) {
				row, _, err := c.EditRecipeType(t.Context(), "r", catalog.RecipeTypeEdit{Title: &title, IfMatch: m})
				return row.LastModified, err
			}},
		} {
			second, err := tc.edit(usecase.IfMatch{tc.first})
			if err != nil || !second.After(tc.first.Time) {
				t.Errorf("%s: editing the version of %s made that of %s, %v", tc.name, tc.first, second, err)
			}
			_, err = tc.edit(usecase.IfMatch{tc.first})
			enginetest.MustRefuse(t, err, refusal.Precondition, tc.name)
			_, err = tc.edit(usecase.IfMatch{})
			enginetest.MustRefuse(t, err, refusal.Precondition, "read it again")
			third, err := tc.edit(usecase.IfMatch{tc.first, second})
			if err != nil || !third.After(second.Time) {
				t.Errorf("%s: editing one of two versions made that of %s, %v", tc.name, third, err)
			}
			if _, err := tc.edit(nil); err != nil {
				t.Errorf("%s: editing any version: %v", tc.name, err)
			}
		}
		_, err = c.EditWorkspace(t.Context(), 999, catalog.WorkspaceEdit{IfMatch: usecase.IfMatch{}})
		enginetest.MustRefuse(t, err, refusal.NotFound, "999")
	})
}

// TestManyWatchOneRecipe has all of them see its end, and nothing read when they have gone.
func TestManyWatchOneRecipe(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		var all sync.WaitGroup
		begun := make(chan struct{}, 50)
		for range 50 {
			all.Go(func() {
				first := true
				for got, err := range k.RecipeChanges(t.Context(), r.ID) {
					if err != nil {
						t.Error(err)
					}
					if first {
						begun <- struct{}{}
					}
					if first = false; got.IsCompleted {
						return
					}
				}
				t.Error("a watcher has not seen the end")
			})
		}
		for range 50 {
			<-begun
		}
		k.Run(t, k.Config(1))
		all.Wait()
		enginetest.Await(t, func() bool { return !k.ReadsWatched() }, func() string { return "recipes are read for nobody" })
	})
}

func TestRecipeChanges(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		chain(t, k, 0)
		outer := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{"sub": enginetest.SubNode("chain", nil, nil)}))
		r := k.Recipe(t, outer, `{}`)
		var seen []store.Counts
		for got, err := range k.RecipeChanges(t.Context(), r.ID) { // k works nothing itself: it polls
			if err != nil {
				t.Fatal(err)
			}
			if seen = append(seen, got.Counts); len(seen) == 1 {
				k.Run(t, k.Config(1))
			}
			if got.IsCompleted {
				break
			}
		}
		first := store.Counts{JobsTotal: 2, JobsQueued: 1, JobsPending: 1, SubRecipesTotal: 1}
		last := store.Counts{JobsTotal: 2, JobsCompleted: 2, SubRecipesTotal: 1, SubRecipesCompleted: 1}
		if diff := cmp.Diff([]store.Counts{first, last}, []store.Counts{seen[0], seen[len(seen)-1]}); diff != "" {
			t.Errorf("first and last counters (-want +got):\n%s", diff)
		}
		for _, err := range k.RecipeChanges(t.Context(), 999) {
			enginetest.MustRefuse(t, err, refusal.NotFound, "999")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for got, err := range k.RecipeChanges(ctx, r.ID) {
			if err != nil || got.ID != r.ID {
				t.Errorf("recipe %d, %v", got.ID, err)
			}
			cancel()
		}
		// A change of this engine is seen without waiting for the poll.
		for got, err := range k.RecipeChanges(t.Context(), r.ID) {
			if err != nil {
				t.Fatal(err)
			}
			if got.IsSuperseded {
				break
			}
			reprocess(t, k, r.ID, `{}`)
		}
	})
}
