package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// revisedSub is SubNode with another revision.
func revisedSub(recipeType string, revision int, dependencies, input map[string]string) string {
	return enginetest.Node(fmt.Sprintf(`{"node_type":"recipe","recipe_type_name":%q,"recipe_type_revision":%d}`, recipeType, revision), dependencies, input)
}

func reprocess(t testing.TB, k *enginetest.Kitchen, id int64, forced string) store.Recipe {
	t.Helper()
	r, err := k.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: id, ForcedNodes: json.RawMessage(forced)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkCounts holds the counters of recipes against their nodes.
func checkCounts(t testing.TB, k *enginetest.Kitchen, ids ...int64) {
	t.Helper()
	for _, id := range ids {
		r, err := k.Store.Recipe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want := counts(t, k, id)
		if diff := cmp.Diff(want, r.Counts); diff != "" {
			t.Errorf("counters of recipe %d (-nodes +row):\n%s", id, diff)
		}
	}
}

// copies is the names of a recipe's nodes that it took over.
func copies(t testing.TB, k *enginetest.Kitchen, id int64) []string {
	t.Helper()
	rows, err := k.Store.RecipeNodes(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		if !row.IsOriginal {
			out = append(out, row.NodeName)
		}
	}
	return out
}

func checkSuccession(t testing.TB, k *enginetest.Kitchen, oldID int64, next store.Recipe) store.Recipe {
	t.Helper()
	old, err := k.Store.Recipe(t.Context(), oldID)
	if err != nil {
		t.Fatal(err)
	}
	if !old.IsSuperseded || old.Superseded == nil {
		t.Errorf("recipe %d is not superseded: %+v", oldID, old)
	}
	if next.SupersededRecipeID == nil || *next.SupersededRecipeID != oldID || next.ChainRootID != old.ChainRootID || next.IsSuperseded {
		t.Errorf("recipe %d is not the successor of recipe %d: %+v", next.ID, oldID, next)
	}
	if by, err := k.Store.SupersededBy(t.Context(), oldID); err != nil || by == nil || by.ID != next.ID {
		t.Errorf("recipe %d is superseded by %+v, %v; want recipe %d", oldID, by, err, next.ID)
	}
	return old
}

func TestReprocessOfAnUnchangedRecipeCopiesEverything(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := chain(t, k, 0)
		old, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Configuration: json.RawMessage(`{"priority":7}`)})
		if err != nil {
			t.Fatal(err)
		}
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, old.ID)
		next, err := k.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: old.ID, ForcedNodes: json.RawMessage(`{}`), User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		old = checkSuccession(t, k, old.ID, next)
		if !next.IsCompleted || next.Counts != (store.Counts{JobsTotal: 2, JobsCompleted: 2}) || next.RootID != next.ID {
			t.Errorf("the successor = %+v", next)
		}
		if diff := cmp.Diff(string(old.Configuration), string(next.Configuration)); diff != "" {
			t.Errorf("configuration (-old +new):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"long", "short"}, copies(t, k, next.ID)); diff != "" {
			t.Errorf("copied nodes (-want +got):\n%s", diff)
		}
		for _, name := range []string{"long", "short"} {
			if was, is := k.Node(t, old.ID, name).Job, k.Node(t, next.ID, name).Job; was.ID != is.ID || is.IsSuperseded {
				t.Errorf("job of %s was %+v and is %+v", name, was, is)
			}
		}
		if event, err := eventOf(t, k, next.EventID); err != nil || string(event.Description) != `{"user":"ann"}` || next.EventID == old.EventID {
			t.Errorf("event = %+v, %v; want one of its own, by ann", event, err)
		}
		third := reprocess(t, k, next.ID, `{}`)
		checkSuccession(t, k, next.ID, third)
		if third.ChainRootID != old.ID {
			t.Errorf("the third recipe has the chain root %d, want %d", third.ChainRootID, old.ID)
		}
		checkCounts(t, k, old.ID, next.ID, third.ID)
	})
}

func TestReprocessRunsForcedNodesAndWhatIsBelow(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		old := k.Recipe(t, diamond(t, k, 0), fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.File(t, "a.csv", "x").ID))
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, old.ID)
		next := reprocess(t, k, old.ID, `{"all":false,"nodes":["left"]}`)
		checkSuccession(t, k, old.ID, next)
		if diff := cmp.Diff([]string{"right", "split"}, copies(t, k, next.ID)); diff != "" {
			t.Errorf("copied nodes (-want +got):\n%s", diff)
		}
		k.AwaitCompleted(t, next.ID)
		for name, again := range map[string]bool{"split": false, "left": true, "right": false, "join": true} {
			was, is := k.Node(t, old.ID, name).Job, k.Node(t, next.ID, name).Job
			if was.IsSuperseded != again || was.Status != "COMPLETED" || (was.ID != is.ID) != again {
				t.Errorf("%s: superseded %v, %s, jobs %d and %d; want run again: %v", name, was.IsSuperseded, was.Status, was.ID, is.ID, again)
			}
			if again && (is.SupersededJobID == nil || *is.SupersededJobID != was.ID || is.IsSuperseded) {
				t.Errorf("%s: the new job %+v does not supersede job %d", name, is, was.ID)
			}
			files, _, err := k.Store.Files(t.Context(), store.FileFilter{JobIDs: []int64{was.ID}})
			if err != nil || len(files) == 0 {
				t.Fatalf("products of %s: %v, %v", name, files, err)
			}
			if f := files[0]; f.IsSuperseded != again || (f.Superseded != nil) != again || f.Unpublished != nil {
				t.Errorf("product of the first %s: superseded %v since %v, unpublished %v; want superseded %v", name, f.IsSuperseded, f.Superseded, f.Unpublished, again)
			}
		}
		checkCounts(t, k, old.ID, next.ID)
	})
}

func TestReprocessCancelsWhatIsSuperseded(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		old := k.Recipe(t, chain(t, k, time.Hour), `{}`)
		e := k.Run(t, k.Config(1))
		k.AwaitJob(t, k.Node(t, old.ID, "long").Job.ID, "RUNNING")
		next := reprocess(t, k, old.ID, `{"all":true}`)
		k.AwaitJob(t, k.Node(t, old.ID, "long").Job.ID, "CANCELED")
		if diff := cmp.Diff(map[string]string{"long": "CANCELED", "short": "CANCELED"}, k.Statuses(t, old.ID)); diff != "" {
			t.Errorf("the old nodes (-want +got):\n%s", diff)
		}
		if got := copies(t, k, next.ID); got != nil {
			t.Errorf("copied nodes = %v, want none", got)
		}
		k.AwaitJob(t, k.Node(t, next.ID, "long").Job.ID, "RUNNING") // after the other was killed: there is one worker
		checkCounts(t, k, old.ID, next.ID)
		if err := k.RequeueJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{old.ID}}, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"long": "CANCELED", "short": "CANCELED"}, k.Statuses(t, old.ID)); diff != "" {
			t.Errorf("superseded jobs after a requeue (-want +got):\n%s", diff)
		}
		_ = e
	})
}

func TestCopiedJobsThatRunCompleteBothRecipes(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		chain(t, k, time.Second)
		outer := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"sub": enginetest.SubNode("chain", nil, nil), "last": enginetest.JobNode("long", enginetest.Deps{"sub": "true"}, nil)}))
		old := k.Recipe(t, outer, `{}`)
		sub := k.Node(t, old.ID, "sub").SubRecipe
		long := k.Node(t, sub.ID, "long").Job.ID
		k.Run(t, k.Config(2))
		k.AwaitJob(t, long, "RUNNING")
		next := reprocess(t, k, old.ID, `{}`)
		if got := k.Node(t, next.ID, "sub").SubRecipe; got.ID != sub.ID || got.IsSuperseded {
			t.Errorf("sub-recipe of the successor = %+v, want recipe %d", got, sub.ID)
		}
		k.AwaitCompleted(t, next.ID)
		k.AwaitCompleted(t, old.ID)
		want := map[string]string{"sub": "completed", "last": "COMPLETED"}
		if diff := cmp.Diff(want, k.Statuses(t, next.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if was, is := k.Node(t, old.ID, "last").Job, k.Node(t, next.ID, "last").Job; was.ID != is.ID || is.NumExes != 1 {
			t.Errorf("last ran as job %d and job %d with %d executions, want once", was.ID, is.ID, is.NumExes)
		}
		checkCounts(t, k, old.ID, next.ID, sub.ID)
	})
}

func TestSupersededRecipesBeginNothing(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "count", JSONOut: []string{"n"}, Settings: enginetest.Simulated(0, "N", "3")})
		k.JobType(t, enginetest.JobSpec{Name: "use", JSONIn: []string{"n"}})
		rt := k.RecipeType(t, "Decide", enginetest.Definition(`{}`, map[string]string{
			"count": enginetest.JobNode("count", nil, nil),
			"is-3": enginetest.Node(`{"node_type":"condition","interface":{"version":"7","files":[],"json":[{"name":"n","type":"integer","required":true}]},
				"data_filter":{"version":"7","filters":[{"name":"n","type":"integer","condition":"==","values":[3]}]}}`,
				enginetest.Deps{"count": "true"}, enginetest.Deps{"n": "count:n"}),
			"use": enginetest.JobNode("use", enginetest.Deps{"is-3": "true", "count": "true"}, enginetest.Deps{"n": "count:n"}),
		}))
		old := k.Recipe(t, rt, `{}`)
		next := reprocess(t, k, old.ID, `{}`)
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, next.ID)
		if diff := cmp.Diff(map[string]string{"count": "COMPLETED", "is-3": "accepted", "use": "COMPLETED"}, k.Statuses(t, next.ID)); diff != "" {
			t.Errorf("the successor (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{"count": "COMPLETED", "is-3": "accepted"}, k.Statuses(t, old.ID)); diff != "" {
			t.Errorf("the superseded recipe (-want +got):\n%s", diff)
		}
		checkCounts(t, k, old.ID, next.ID)
	})
}

func TestReprocessWithANewRevision(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		k.JobType(t, enginetest.JobSpec{Name: "maker", FilesOut: []string{"part"}})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", nil, nil), "made": enginetest.JobNode("maker", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"stays": enginetest.JobNode("plain", nil, nil), "goes": enginetest.JobNode("maker", nil, nil), "goes-whole": enginetest.SubNode("inner", nil, nil),
			"turns": enginetest.JobNode("plain", nil, nil), "turns-back": enginetest.SubNode("inner", nil, nil),
		}))
		old := k.Recipe(t, rt, `{}`)
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, old.ID)
		k.Redefine(t, "outer", enginetest.Definition(`{}`, map[string]string{
			"stays": enginetest.JobNode("plain", nil, nil), "turns": enginetest.SubNode("inner", nil, nil), "turns-back": enginetest.JobNode("plain", nil, nil),
			"new": enginetest.SubNode("inner", enginetest.Deps{"stays": "true"}, nil), "new-job": enginetest.JobNode("plain", enginetest.Deps{"new": "true"}, nil),
		}))
		next := reprocess(t, k, old.ID, `{"all":false}`)
		k.AwaitCompleted(t, next.ID)
		checkSuccession(t, k, old.ID, next)
		if diff := cmp.Diff([]string{"stays"}, copies(t, k, next.ID)); diff != "" {
			t.Errorf("copied nodes (-want +got):\n%s", diff)
		}
		for name, superseded := range map[string]bool{"stays": false, "goes": true, "turns": true} {
			if j := k.Node(t, old.ID, name).Job; j.IsSuperseded != superseded || j.Status != "COMPLETED" {
				t.Errorf("the old job of %s is %s, superseded %v; want superseded %v", name, j.Status, j.IsSuperseded, superseded)
			}
		}
		for _, name := range []string{"goes-whole", "turns-back"} {
			sub := k.Node(t, old.ID, name).SubRecipe
			if !sub.IsSuperseded || !k.Node(t, sub.ID, "x").Job.IsSuperseded {
				t.Errorf("the old sub-recipe of %s is not superseded as a whole: %+v", name, sub)
			}
		}
		if j := k.Node(t, next.ID, "turns-back").Job; j.SupersededJobID != nil {
			t.Errorf("the new job of turns-back supersedes job %d, want none: it was a sub-recipe", *j.SupersededJobID)
		}
		for name, unpublished := range map[string]bool{"goes": true, "goes-whole": true, "turns-back": false} {
			row := k.Node(t, old.ID, name)
			job := row.Job
			if job == nil {
				job = k.Node(t, row.SubRecipe.ID, "made").Job
			}
			files, _, err := k.Store.Files(t.Context(), store.FileFilter{JobIDs: []int64{job.ID}})
			if err != nil || len(files) != 1 || (files[0].Unpublished != nil) != unpublished {
				t.Errorf("products of %s = %+v, %v; want one, unpublished %v", name, files, err, unpublished)
			}
		}
		checkCounts(t, k, old.ID, next.ID)

		// An older revision can be asked for.
		back, err := k.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: next.ID, ForcedNodes: json.RawMessage(`{}`), RevisionNum: 1})
		if err != nil {
			t.Fatal(err)
		}
		k.AwaitCompleted(t, back.ID)
		if rev, err := k.Store.RecipeTypeRevisionByID(t.Context(), back.RecipeTypeRevID); err != nil || rev.RevisionNum != 1 {
			t.Errorf("revision = %d, %v; want 1", rev.RevisionNum, err)
		}
	})
}

func TestReprocessGoesIntoSubRecipes(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		k.RecipeType(t, "Deep", enginetest.Definition(`{}`, map[string]string{"p": enginetest.JobNode("plain", nil, nil), "q": enginetest.JobNode("plain", nil, nil)}))
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{
			"x": enginetest.JobNode("plain", nil, nil), "y": enginetest.JobNode("plain", nil, nil), "deep": enginetest.SubNode("deep", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"first": enginetest.JobNode("plain", nil, nil), "sub": enginetest.SubNode("inner", enginetest.Deps{"first": "true"}, nil),
			"other": enginetest.SubNode("inner", nil, nil), "last": enginetest.JobNode("plain", enginetest.Deps{"sub": "true"}, nil)}))
		k.Run(t, k.Config(2))
		for _, tc := range []struct {
			name, forced       string
			top, inSub, inDeep []string // copied
			sameSub            bool
		}{
			{"nothing forced", `{}`, []string{"first", "last", "other", "sub"}, nil, nil, true},
			{"one node inside", `{"all":false,"sub_recipes":{"sub":{"all":false,"nodes":["y"]}}}`,
				[]string{"first", "other"}, []string{"deep", "x"}, nil, false},
			{"one node two levels inside", `{"all":false,"sub_recipes":{"sub":{"all":false,"sub_recipes":{"deep":{"all":false,"nodes":["q"]}}}}}`,
				[]string{"first", "other"}, []string{"x", "y"}, []string{"p"}, false},
			{"the node alone copies everything inside", `{"all":false,"nodes":["sub"]}`, []string{"first", "other"}, []string{"deep", "x", "y"}, nil, false},
			{"a node above runs all of it", `{"all":false,"nodes":["first"]}`, []string{"other"}, nil, nil, false},
			{"all", `{"all":true}`, nil, nil, nil, false},
		} {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				old := k.Recipe(t, rt, `{}`)
				k.AwaitCompleted(t, old.ID)
				next := reprocess(t, k, old.ID, tc.forced)
				next = k.AwaitCompleted(t, next.ID)
				if diff := cmp.Diff(tc.top, copies(t, k, next.ID)); diff != "" {
					t.Errorf("copied nodes (-want +got):\n%s", diff)
				}
				was, is := k.Node(t, old.ID, "sub").SubRecipe, k.Node(t, next.ID, "sub").SubRecipe
				if tc.sameSub {
					if was.ID != is.ID {
						t.Errorf("sub is recipe %d, want recipe %d", is.ID, was.ID)
					}
					return
				}
				checkSuccession(t, k, was.ID, *is)
				if *is.ParentID != next.ID || is.RootID != next.ID {
					t.Errorf("the new sub-recipe has parent %d and root %d, want %d", *is.ParentID, is.RootID, next.ID)
				}
				if diff := cmp.Diff(tc.inSub, copies(t, k, is.ID)); diff != "" {
					t.Errorf("copied nodes of sub (-want +got):\n%s", diff)
				}
				if deep := k.Node(t, is.ID, "deep").SubRecipe; !slices.Contains(tc.inSub, "deep") {
					if diff := cmp.Diff(tc.inDeep, copies(t, k, deep.ID)); diff != "" {
						t.Errorf("copied nodes of deep (-want +got):\n%s", diff)
					}
				}
				for _, name := range []string{"x", "y"} {
					copied := slices.Contains(tc.inSub, name)
					if j := k.Node(t, was.ID, name).Job; j.IsSuperseded == copied {
						t.Errorf("the old job of %s: superseded %v, copied %v", name, j.IsSuperseded, copied)
					}
				}
				if want := (store.Counts{JobsTotal: 10, JobsCompleted: 10, SubRecipesTotal: 4, SubRecipesCompleted: 4}); next.Counts != want {
					t.Errorf("counters = %+v, want %+v", next.Counts, want)
				}
				checkCounts(t, k, old.ID, next.ID, was.ID, is.ID)
			})
		}
	})
}

func TestASubRecipeWithAnotherInputRunsWhole(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(enginetest.OneFile, map[string]string{"sub": enginetest.SubNode("inner", nil, nil)}))
		old := k.Recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.File(t, "a.csv", "x").ID))
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, old.ID)
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "inner", catalog.RecipeTypeEdit{AutoUpdate: &no, Definition: json.RawMessage(
			enginetest.Definition(enginetest.OneFile, map[string]string{"x": enginetest.JobNode("plain", nil, nil)}))}); err != nil {
			t.Fatal(err)
		}
		k.Redefine(t, "outer", enginetest.Definition(enginetest.OneFile, map[string]string{"sub": revisedSub("inner", 2, nil, enginetest.Deps{"scene": "recipe:scene"})}))
		next := reprocess(t, k, old.ID, `{}`)
		k.AwaitCompleted(t, next.ID)
		was, is := k.Node(t, old.ID, "sub").SubRecipe, k.Node(t, next.ID, "sub").SubRecipe
		checkSuccession(t, k, was.ID, *is)
		if got := copies(t, k, is.ID); got != nil || !k.Node(t, was.ID, "x").Job.IsSuperseded {
			t.Errorf("copied nodes of sub = %v, old x = %+v; want x run again", got, k.Node(t, was.ID, "x").Job)
		}
	})
}

func TestReprocessRefuses(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", nil, nil)}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{"a": enginetest.JobNode("plain", nil, nil), "sub": enginetest.SubNode("inner", nil, nil)}))
		asleep := k.RecipeType(t, "Asleep", `{"nodes":{}}`)
		takes := k.RecipeType(t, "Takes", `{"nodes":{}}`)
		r, sleeper, taker := k.Recipe(t, rt, `{}`), k.Recipe(t, asleep, `{}`), k.Recipe(t, takes, `{}`)
		superseded := k.Recipe(t, rt, `{}`)
		reprocess(t, k, superseded.ID, `{}`)
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "asleep", catalog.RecipeTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		k.Redefine(t, "takes", `{"input":{"files":[{"name":"scene"}]},"nodes":{}}`)
		sub := k.Node(t, r.ID, "sub").SubRecipe
		_, before, err := k.Store.Recipes(t.Context(), store.RecipeFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name   string
			id     int64
			forced string
			num    int
			code   refusal.Code
			words  string
		}{
			{"no forced nodes", r.ID, ``, 0, refusal.Invalid, `Missing required parameter: "forced_nodes"`},
			{"null for forced nodes, before an unknown recipe", 999, `null`, 0, refusal.Invalid, `"forced_nodes"`},
			{"an array for forced nodes", r.ID, `[]`, 0, refusal.Invalid, "JSON object"},
			{"forced nodes without all", r.ID, `{"nodes":["a"]}`, 0, refusal.Invalid, "all"},
			{"an unknown recipe", 999, `{}`, 0, refusal.NotFound, "recipe 999"},
			{"an unknown revision", r.ID, `{}`, 9, refusal.NotFound, "revision 9"},
			{"an unknown revision of a superseded recipe", superseded.ID, `{}`, 9, refusal.NotFound, "revision 9"},
			{"a superseded recipe, before unknown nodes", superseded.ID, `{"all":false,"nodes":["b"]}`, 0, refusal.Invalid, "Cannot reprocess a superseded recipe"},
			{"an unknown node", r.ID, `{"all":false,"nodes":["b"]}`, 0, refusal.Invalid, "Unable to reprocess recipe. Errors in validating forced_nodes: ["},
			{"a job as a sub-recipe", r.ID, `{"all":false,"sub_recipes":{"a":{"all":true}}}`, 0, refusal.Invalid, "Sub-recipe node a is not a recipe node"},
			{"an unknown node inside", r.ID, `{"all":false,"sub_recipes":{"sub":{"all":false,"nodes":["nope"]}}}`, 0, refusal.Invalid, "nope"},
			{"a sub-recipe", sub.ID, `{}`, 0, refusal.Invalid, fmt.Sprintf("sub-recipe of recipe %d", r.ID)},
			{"an inactive type", sleeper.ID, `{}`, 0, refusal.Invalid, "Inactive recipe type"},
			{"another input", taker.ID, `{}`, 0, refusal.Invalid, "Input interface has changed"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: tc.id, ForcedNodes: json.RawMessage(tc.forced), RevisionNum: tc.num})
				enginetest.MustRefuse(t, err, tc.code, tc.words)
			})
		}
		if _, after, err := k.Store.Recipes(t.Context(), store.RecipeFilter{}); err != nil || after != before {
			t.Errorf("%d recipes after refusals, %v; want %d", after, err, before)
		}
		for _, id := range []int64{r.ID, sleeper.ID, taker.ID, sub.ID} {
			if got, err := k.Store.Recipe(t.Context(), id); err != nil || got.IsSuperseded {
				t.Errorf("recipe %d after a refusal: superseded %v, %v", id, got.IsSuperseded, err)
			}
		}
	})
}

func TestReprocessAtOnceHasOneSuccessor(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, chain(t, k, 0), `{}`)
		k.Run(t, k.Config(2))
		var calls sync.WaitGroup
		var mu sync.Mutex
		var won []store.Recipe
		for range 6 {
			calls.Go(func() {
				next, err := k.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: r.ID, ForcedNodes: json.RawMessage(`{"all":true}`)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, next)
				} else if refusal.CodeOf(err) != refusal.Invalid {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if len(won) != 1 {
			t.Fatalf("%d successors, want one", len(won))
		}
		k.AwaitCompleted(t, won[0].ID)
		checkCounts(t, k, r.ID, won[0].ID)
	})
}
