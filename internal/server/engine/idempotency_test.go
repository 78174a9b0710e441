package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// keyedCreate is one way to create something with a key; it returns its id.
type keyedCreate func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error)

// keyedCreates is every way. Each works any number of times only because of its key,
// or would make another object each time.
func keyedCreates(rt store.RecipeType, recipeID, jobTypeID int64) map[string]keyedCreate {
	return map[string]keyedCreate{
		"workspace": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			ws, err := k.CreateWorkspace(ctx, WorkspaceSpec{Title: "Keyed", Broker: Broker{Type: "host", HostPath: "keyed"}, Key: key})
			return ws.ID, err
		},
		"file": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			f, err := k.UploadFile(ctx, FileSpec{Workspace: "default", Path: "keyed.csv", Body: strings.NewReader("x"), Key: key})
			return f.ID, err
		},
		"job type": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			jt, created, _, err := k.CreateJobType(ctx, JobTypeSpec{Manifest: jobSpec{name: "keyed"}.manifest(), DockerImage: "none", Key: key})
			if err == nil && (!created || jt.RevisionNum != 1) {
				err = errors.New("the repeated request edited the job type, or says so")
			}
			return jt.ID, err
		},
		"recipe type": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			rt, _, err := k.CreateRecipeType(ctx, RecipeTypeSpec{Title: "Keyed", Definition: json.RawMessage(`{"nodes":{}}`), Key: key})
			return rt.ID, err
		},
		"recipe": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			r, err := k.CreateRecipe(ctx, RecipeSpec{RecipeTypeID: rt.ID, Key: key})
			return r.ID, err
		},
		"job": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			j, err := k.CreateJob(ctx, JobSpec{JobTypeID: jobTypeID, Key: key})
			return j.ID, err
		},
		"reprocess": func(ctx context.Context, k *kitchen, key *IdempotencyKey) (int64, error) {
			r, err := k.Reprocess(ctx, ReprocessSpec{RecipeID: recipeID, ForcedNodes: json.RawMessage(`{}`), Key: key})
			return r.ID, err
		},
	}
}

func TestTheSameKeyMakesOneObject(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.recipeType(t, "Plain", `{"nodes":{}}`)
		for name, create := range keyedCreates(rt, k.recipe(t, rt, `{}`).ID, k.jobType(t, jobSpec{name: "plain"}).ID) {
			t.Run(name, func(t *testing.T) {
				var calls sync.WaitGroup
				var mu sync.Mutex
				ids, replayed := map[int64]int{}, 0
				for range 8 {
					calls.Go(func() {
						key := &IdempotencyKey{Key: name, User: "ann", Fingerprint: "f"}
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
				_, err := create(t.Context(), k, &IdempotencyKey{Key: name, User: "ann", Fingerprint: "g"})
				mustRefuse(t, err, Mismatch, "use a new key")
			})
		}
		_, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Key: &IdempotencyKey{Key: "workspace", User: "ann", Fingerprint: "f"}})
		mustRefuse(t, err, Mismatch, "another request")
		bob := &IdempotencyKey{Key: "recipe", User: "bob", Fingerprint: "f"}
		if _, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Key: bob}); err != nil || bob.Replayed {
			t.Errorf("the same key of another user: replayed %v, %v", bob.Replayed, err)
		}
		for _, bad := range []string{"", strings.Repeat("k", 256), "\xff"} {
			_, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Key: &IdempotencyKey{Key: bad}})
			mustRefuse(t, err, Invalid, "idempotency key")
		}
	})
}

func TestAKeyOutlivesWhatHappensToItsObject(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		no := false
		key := func() *IdempotencyKey { return &IdempotencyKey{Key: "k", User: "ann", Fingerprint: "f"} }
		rt := k.recipeType(t, "Plain", `{"nodes":{}}`)

		// A refusal is not remembered, and leaves no key.
		_, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: 999, Key: key()})
		mustRefuse(t, err, NotFound, "999")
		first, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Key: key()})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.EditRecipeType(t.Context(), "plain", RecipeTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		again, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Key: key()})
		if err != nil || again.ID != first.ID {
			t.Errorf("after the type was deactivated: recipe %d, %v; want recipe %d", again.ID, err, first.ID)
		}

		upload := func(content string) (store.File, bool, error) {
			fileKey := &IdempotencyKey{Key: "file", User: "ann", Fingerprint: "f"}
			f, err := k.UploadFile(t.Context(), FileSpec{Workspace: "default", Path: "a.csv", Body: strings.NewReader(content), Key: fileKey})
			return f, fileKey.Replayed, err
		}
		f, _, err := upload("one")
		if err != nil {
			t.Fatal(err)
		}
		k.file(t, "a.csv", "two")
		if got, replayed, err := upload("one"); err != nil || got.ID != f.ID || !replayed {
			t.Errorf("the upload repeated after another: file %d, replayed %v, %v; want file %d", got.ID, replayed, err, f.ID)
		}
		_, _, err = upload("three")
		mustRefuse(t, err, Mismatch, "another request")
		if live, err := k.store.FileByPath(t.Context(), f.WorkspaceID, "a.csv"); err != nil || live.FileSize != 3 || live.ID == f.ID {
			t.Errorf("the file at the path = %+v, %v; want the other upload", live, err)
		}
	})
}

func TestOldKeysAreForgotten(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		now := store.Now()
		for name, age := range map[string]int{"old": 8, "young": 6} {
			row := store.IdempotencyKey{Username: "ann", Key: name, Kind: madeRecipe, Created: store.At(now.AddDate(0, 0, -age))}
			if err := k.store.Insert(t.Context(), &row); err != nil {
				t.Fatal(err)
			}
		}
		cfg := k.config(0)
		cfg.Lease = 30 * time.Millisecond
		k.start(t, cfg)
		await(t, func() bool {
			_, err := k.store.IdempotencyKey(t.Context(), "ann", "old")
			return errors.Is(err, store.ErrNotFound)
		}, func() string { return "the old key is still there" })
		if _, err := k.store.IdempotencyKey(t.Context(), "ann", "young"); err != nil {
			t.Error(err)
		}
	})
}

func TestEditsOfAnotherVersionAreRefused(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		cfg := k.config(0)
		still := time.Now()
		cfg.Now = func() time.Time { return still } // edits in the same microsecond are two versions too
		engine, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := engine.Catalog()
		ws, err := c.CreateWorkspace(t.Context(), WorkspaceSpec{Title: "W", Broker: Broker{Type: "host", HostPath: "w"}})
		if err != nil {
			t.Fatal(err)
		}
		jt, _, _, err := c.CreateJobType(t.Context(), JobTypeSpec{Manifest: jobSpec{name: "plain"}.manifest(), DockerImage: "none"})
		if err != nil {
			t.Fatal(err)
		}
		rt, _, err := c.CreateRecipeType(t.Context(), RecipeTypeSpec{Title: "R", Definition: json.RawMessage(`{"nodes":{}}`)})
		if err != nil {
			t.Fatal(err)
		}
		title, code := "New", "f00"
		for _, tc := range []struct {
			name  string
			first store.Time
			edit  func(IfMatch) (store.Time, error)
		}{
			{"workspace", ws.LastModified, func(m IfMatch) (store.Time, error) {
				row, err := c.EditWorkspace(t.Context(), ws.ID, WorkspaceEdit{Title: &title, IfMatch: m})
				return row.LastModified, err
			}},
			{"job type", jt.LastModified, func(m IfMatch) (store.Time, error) {
				row, _, err := c.EditJobType(t.Context(), "plain", "1.0.0", JobTypeEdit{IconCode: &code, IfMatch: m})
				return row.LastModified, err
			}},
			{"recipe type", rt.LastModified, func(m IfMatch) (store.Time, error) {
				row, _, err := c.EditRecipeType(t.Context(), "r", RecipeTypeEdit{Title: &title, IfMatch: m})
				return row.LastModified, err
			}},
		} {
			second, err := tc.edit(IfMatch{tc.first})
			if err != nil || !second.After(tc.first.Time) {
				t.Errorf("%s: editing the version of %s made that of %s, %v", tc.name, tc.first, second, err)
			}
			_, err = tc.edit(IfMatch{tc.first})
			mustRefuse(t, err, Precondition, tc.name)
			_, err = tc.edit(IfMatch{})
			mustRefuse(t, err, Precondition, "read it again")
			third, err := tc.edit(IfMatch{tc.first, second})
			if err != nil || !third.After(second.Time) {
				t.Errorf("%s: editing one of two versions made that of %s, %v", tc.name, third, err)
			}
			if _, err := tc.edit(nil); err != nil {
				t.Errorf("%s: editing any version: %v", tc.name, err)
			}
		}
		_, err = c.EditWorkspace(t.Context(), 999, WorkspaceEdit{IfMatch: IfMatch{}})
		mustRefuse(t, err, NotFound, "999")
	})
}

func TestRecipeChanges(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.chain(t, 0)
		outer := k.recipeType(t, "Outer", definition(`{}`, map[string]string{"sub": subNode("chain", nil, nil)}))
		r := k.recipe(t, outer, `{}`)
		var seen []store.Counts
		for got, err := range k.RecipeChanges(t.Context(), r.ID) { // k works nothing itself: it polls
			if err != nil {
				t.Fatal(err)
			}
			if seen = append(seen, got.Counts); len(seen) == 1 {
				k.start(t, k.config(1))
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
			mustRefuse(t, err, NotFound, "999")
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
			k.reprocess(t, r.ID, `{}`)
		}
	})
}
