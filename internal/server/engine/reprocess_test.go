package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// revised is jobNode or subNode with another revision.
func revisedJob(jobType string, revision int, dependencies, input map[string]string) string {
	return node0(fmt.Sprintf(`{"node_type":"job","job_type_name":%q,"job_type_version":"1.0.0","job_type_revision":%d}`, jobType, revision), dependencies, input)
}

func revisedSub(recipeType string, revision int, dependencies, input map[string]string) string {
	return node0(fmt.Sprintf(`{"node_type":"recipe","recipe_type_name":%q,"recipe_type_revision":%d}`, recipeType, revision), dependencies, input)
}

func (k *kitchen) redefine(t testing.TB, name, definition string) store.RecipeType {
	t.Helper()
	rt, _, err := k.EditRecipeType(t.Context(), name, RecipeTypeEdit{Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func (k *kitchen) reprocess(t testing.TB, id int64, forced string) store.Recipe {
	t.Helper()
	r, err := k.Reprocess(t.Context(), ReprocessSpec{RecipeID: id, ForcedNodes: json.RawMessage(forced)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkCounts holds the counters of recipes against their nodes.
func (k *kitchen) checkCounts(t testing.TB, ids ...int64) {
	t.Helper()
	for _, id := range ids {
		r, err := k.store.Recipe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want, err := k.store.JobCounts(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Counts); diff != "" {
			t.Errorf("counters of recipe %d (-nodes +row):\n%s", id, diff)
		}
	}
}

// copies is the names of a recipe's nodes that it took over.
func (k *kitchen) copies(t testing.TB, id int64) []string {
	t.Helper()
	rows, err := k.store.RecipeNodes(t.Context(), id)
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

func (k *kitchen) checkSuccession(t testing.TB, oldID int64, next store.Recipe) store.Recipe {
	t.Helper()
	old, err := k.store.Recipe(t.Context(), oldID)
	if err != nil {
		t.Fatal(err)
	}
	if !old.IsSuperseded || old.Superseded == nil {
		t.Errorf("recipe %d is not superseded: %+v", oldID, old)
	}
	if next.SupersededRecipeID == nil || *next.SupersededRecipeID != oldID || next.ChainRootID != old.ChainRootID || next.IsSuperseded {
		t.Errorf("recipe %d is not the successor of recipe %d: %+v", next.ID, oldID, next)
	}
	if by, err := k.store.SupersededBy(t.Context(), oldID); err != nil || by == nil || by.ID != next.ID {
		t.Errorf("recipe %d is superseded by %+v, %v; want recipe %d", oldID, by, err, next.ID)
	}
	return old
}

func TestReprocessOfAnUnchangedRecipeCopiesEverything(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.chain(t, 0)
		old, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Configuration: json.RawMessage(`{"priority":7}`)})
		if err != nil {
			t.Fatal(err)
		}
		k.start(t, k.config(2))
		k.awaitCompleted(t, old.ID)
		next, err := k.Reprocess(t.Context(), ReprocessSpec{RecipeID: old.ID, ForcedNodes: json.RawMessage(`{}`), User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		old = k.checkSuccession(t, old.ID, next)
		if !next.IsCompleted || next.Counts != (store.Counts{JobsTotal: 2, JobsCompleted: 2}) || next.RootID != next.ID {
			t.Errorf("the successor = %+v", next)
		}
		if diff := cmp.Diff(string(old.Configuration), string(next.Configuration)); diff != "" {
			t.Errorf("configuration (-old +new):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"long", "short"}, k.copies(t, next.ID)); diff != "" {
			t.Errorf("copied nodes (-want +got):\n%s", diff)
		}
		for _, name := range []string{"long", "short"} {
			if was, is := k.node(t, old.ID, name).Job, k.node(t, next.ID, name).Job; was.ID != is.ID || is.IsSuperseded {
				t.Errorf("job of %s was %+v and is %+v", name, was, is)
			}
		}
		if event, err := k.store.Event(t.Context(), next.EventID); err != nil || string(event.Description) != `{"user":"ann"}` || next.EventID == old.EventID {
			t.Errorf("event = %+v, %v; want one of its own, by ann", event, err)
		}
		third := k.reprocess(t, next.ID, `{}`)
		k.checkSuccession(t, next.ID, third)
		if third.ChainRootID != old.ID {
			t.Errorf("the third recipe has the chain root %d, want %d", third.ChainRootID, old.ID)
		}
		k.checkCounts(t, old.ID, next.ID, third.ID)
	})
}

func TestReprocessRunsForcedNodesAndWhatIsBelow(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		old := k.recipe(t, k.diamond(t, 0), fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.file(t, "a.csv", "x").ID))
		k.start(t, k.config(2))
		k.awaitCompleted(t, old.ID)
		next := k.reprocess(t, old.ID, `{"all":false,"nodes":["left"]}`)
		k.checkSuccession(t, old.ID, next)
		if diff := cmp.Diff([]string{"right", "split"}, k.copies(t, next.ID)); diff != "" {
			t.Errorf("copied nodes (-want +got):\n%s", diff)
		}
		k.awaitCompleted(t, next.ID)
		for name, again := range map[string]bool{"split": false, "left": true, "right": false, "join": true} {
			was, is := k.node(t, old.ID, name).Job, k.node(t, next.ID, name).Job
			if was.IsSuperseded != again || was.Status != "COMPLETED" || (was.ID != is.ID) != again {
				t.Errorf("%s: superseded %v, %s, jobs %d and %d; want run again: %v", name, was.IsSuperseded, was.Status, was.ID, is.ID, again)
			}
			if again && (is.SupersededJobID == nil || *is.SupersededJobID != was.ID || is.IsSuperseded) {
				t.Errorf("%s: the new job %+v does not supersede job %d", name, is, was.ID)
			}
			files, _, err := k.store.Files(t.Context(), store.FileFilter{JobIDs: []int64{was.ID}})
			if err != nil || len(files) == 0 {
				t.Fatalf("products of %s: %v, %v", name, files, err)
			}
			if f := files[0]; f.IsSuperseded != again || (f.Superseded != nil) != again || f.Unpublished != nil {
				t.Errorf("product of the first %s: superseded %v since %v, unpublished %v; want superseded %v", name, f.IsSuperseded, f.Superseded, f.Unpublished, again)
			}
		}
		k.checkCounts(t, old.ID, next.ID)
	})
}

func TestReprocessCancelsWhatIsSuperseded(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		old := k.recipe(t, k.chain(t, time.Hour), `{}`)
		e := k.start(t, k.config(1))
		k.awaitJob(t, k.node(t, old.ID, "long").Job.ID, "RUNNING")
		next := k.reprocess(t, old.ID, `{"all":true}`)
		if diff := cmp.Diff(map[string]string{"long": "CANCELED", "short": "CANCELED"}, k.statuses(t, old.ID)); diff != "" {
			t.Errorf("the old nodes (-want +got):\n%s", diff)
		}
		if got := k.copies(t, next.ID); got != nil {
			t.Errorf("copied nodes = %v, want none", got)
		}
		k.awaitJob(t, k.node(t, next.ID, "long").Job.ID, "RUNNING") // after the other was killed: there is one worker
		k.checkCounts(t, old.ID, next.ID)
		if err := k.RequeueJobs(t.Context(), store.JobFilter{RecipeIDs: []int64{old.ID}}, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"long": "CANCELED", "short": "CANCELED"}, k.statuses(t, old.ID)); diff != "" {
			t.Errorf("superseded jobs after a requeue (-want +got):\n%s", diff)
		}
		_ = e
	})
}

func TestCopiedJobsThatRunCompleteBothRecipes(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.chain(t, time.Second)
		outer := k.recipeType(t, "Outer", definition(`{}`, map[string]string{
			"sub": subNode("chain", nil, nil), "last": jobNode("long", deps{"sub": "true"}, nil)}))
		old := k.recipe(t, outer, `{}`)
		sub := k.node(t, old.ID, "sub").SubRecipe
		long := k.node(t, sub.ID, "long").Job.ID
		k.start(t, k.config(2))
		k.awaitJob(t, long, "RUNNING")
		next := k.reprocess(t, old.ID, `{}`)
		if got := k.node(t, next.ID, "sub").SubRecipe; got.ID != sub.ID || got.IsSuperseded {
			t.Errorf("sub-recipe of the successor = %+v, want recipe %d", got, sub.ID)
		}
		k.awaitCompleted(t, next.ID)
		k.awaitCompleted(t, old.ID)
		want := map[string]string{"sub": "completed", "last": "COMPLETED"}
		if diff := cmp.Diff(want, k.statuses(t, next.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if was, is := k.node(t, old.ID, "last").Job, k.node(t, next.ID, "last").Job; was.ID != is.ID || is.NumExes != 1 {
			t.Errorf("last ran as job %d and job %d with %d executions, want once", was.ID, is.ID, is.NumExes)
		}
		k.checkCounts(t, old.ID, next.ID, sub.ID)
	})
}

func TestSupersededRecipesBeginNothing(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "count", jsonOut: []string{"n"}, settings: simulated(0, "N", "3")})
		k.jobType(t, jobSpec{name: "use", jsonIn: []string{"n"}})
		rt := k.recipeType(t, "Decide", definition(`{}`, map[string]string{
			"count": jobNode("count", nil, nil),
			"is-3": node0(`{"node_type":"condition","interface":{"version":"7","files":[],"json":[{"name":"n","type":"integer","required":true}]},
				"data_filter":{"version":"7","filters":[{"name":"n","type":"integer","condition":"==","values":[3]}]}}`,
				deps{"count": "true"}, deps{"n": "count:n"}),
			"use": jobNode("use", deps{"is-3": "true", "count": "true"}, deps{"n": "count:n"}),
		}))
		old := k.recipe(t, rt, `{}`)
		next := k.reprocess(t, old.ID, `{}`)
		k.start(t, k.config(2))
		k.awaitCompleted(t, next.ID)
		if diff := cmp.Diff(map[string]string{"count": "COMPLETED", "is-3": "accepted", "use": "COMPLETED"}, k.statuses(t, next.ID)); diff != "" {
			t.Errorf("the successor (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{"count": "COMPLETED", "is-3": "accepted"}, k.statuses(t, old.ID)); diff != "" {
			t.Errorf("the superseded recipe (-want +got):\n%s", diff)
		}
		k.checkCounts(t, old.ID, next.ID)
	})
}

func TestReprocessWithANewRevision(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "plain"})
		k.jobType(t, jobSpec{name: "maker", filesOut: []string{"part"}})
		k.recipeType(t, "Inner", definition(`{}`, map[string]string{"x": jobNode("plain", nil, nil), "made": jobNode("maker", nil, nil)}))
		rt := k.recipeType(t, "Outer", definition(`{}`, map[string]string{
			"stays": jobNode("plain", nil, nil), "goes": jobNode("maker", nil, nil), "goes-whole": subNode("inner", nil, nil),
			"turns": jobNode("plain", nil, nil), "turns-back": subNode("inner", nil, nil),
		}))
		old := k.recipe(t, rt, `{}`)
		k.start(t, k.config(2))
		k.awaitCompleted(t, old.ID)
		k.redefine(t, "outer", definition(`{}`, map[string]string{
			"stays": jobNode("plain", nil, nil), "turns": subNode("inner", nil, nil), "turns-back": jobNode("plain", nil, nil),
			"new": subNode("inner", deps{"stays": "true"}, nil), "new-job": jobNode("plain", deps{"new": "true"}, nil),
		}))
		next := k.reprocess(t, old.ID, `{"all":false}`)
		k.awaitCompleted(t, next.ID)
		k.checkSuccession(t, old.ID, next)
		if diff := cmp.Diff([]string{"stays"}, k.copies(t, next.ID)); diff != "" {
			t.Errorf("copied nodes (-want +got):\n%s", diff)
		}
		for name, superseded := range map[string]bool{"stays": false, "goes": true, "turns": true} {
			if j := k.node(t, old.ID, name).Job; j.IsSuperseded != superseded || j.Status != "COMPLETED" {
				t.Errorf("the old job of %s is %s, superseded %v; want superseded %v", name, j.Status, j.IsSuperseded, superseded)
			}
		}
		for _, name := range []string{"goes-whole", "turns-back"} {
			sub := k.node(t, old.ID, name).SubRecipe
			if !sub.IsSuperseded || !k.node(t, sub.ID, "x").Job.IsSuperseded {
				t.Errorf("the old sub-recipe of %s is not superseded as a whole: %+v", name, sub)
			}
		}
		if j := k.node(t, next.ID, "turns-back").Job; j.SupersededJobID != nil {
			t.Errorf("the new job of turns-back supersedes job %d, want none: it was a sub-recipe", *j.SupersededJobID)
		}
		for name, unpublished := range map[string]bool{"goes": true, "goes-whole": true, "turns-back": false} {
			row := k.node(t, old.ID, name)
			job := row.Job
			if job == nil {
				job = k.node(t, row.SubRecipe.ID, "made").Job
			}
			files, _, err := k.store.Files(t.Context(), store.FileFilter{JobIDs: []int64{job.ID}})
			if err != nil || len(files) != 1 || (files[0].Unpublished != nil) != unpublished {
				t.Errorf("products of %s = %+v, %v; want one, unpublished %v", name, files, err, unpublished)
			}
		}
		k.checkCounts(t, old.ID, next.ID)

		// An older revision can be asked for.
		back, err := k.Reprocess(t.Context(), ReprocessSpec{RecipeID: next.ID, ForcedNodes: json.RawMessage(`{}`), RevisionNum: 1})
		if err != nil {
			t.Fatal(err)
		}
		k.awaitCompleted(t, back.ID)
		if rev, err := k.store.RecipeTypeRevisionByID(t.Context(), back.RecipeTypeRevID); err != nil || rev.RevisionNum != 1 {
			t.Errorf("revision = %d, %v; want 1", rev.RevisionNum, err)
		}
	})
}

func TestReprocessGoesIntoSubRecipes(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "plain"})
		k.recipeType(t, "Deep", definition(`{}`, map[string]string{"p": jobNode("plain", nil, nil), "q": jobNode("plain", nil, nil)}))
		k.recipeType(t, "Inner", definition(`{}`, map[string]string{
			"x": jobNode("plain", nil, nil), "y": jobNode("plain", nil, nil), "deep": subNode("deep", nil, nil)}))
		rt := k.recipeType(t, "Outer", definition(`{}`, map[string]string{
			"first": jobNode("plain", nil, nil), "sub": subNode("inner", deps{"first": "true"}, nil),
			"other": subNode("inner", nil, nil), "last": jobNode("plain", deps{"sub": "true"}, nil)}))
		k.start(t, k.config(2))
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
				old := k.recipe(t, rt, `{}`)
				k.awaitCompleted(t, old.ID)
				next := k.reprocess(t, old.ID, tc.forced)
				next = k.awaitCompleted(t, next.ID)
				if diff := cmp.Diff(tc.top, k.copies(t, next.ID)); diff != "" {
					t.Errorf("copied nodes (-want +got):\n%s", diff)
				}
				was, is := k.node(t, old.ID, "sub").SubRecipe, k.node(t, next.ID, "sub").SubRecipe
				if tc.sameSub {
					if was.ID != is.ID {
						t.Errorf("sub is recipe %d, want recipe %d", is.ID, was.ID)
					}
					return
				}
				k.checkSuccession(t, was.ID, *is)
				if *is.ParentID != next.ID || is.RootID != next.ID {
					t.Errorf("the new sub-recipe has parent %d and root %d, want %d", *is.ParentID, is.RootID, next.ID)
				}
				if diff := cmp.Diff(tc.inSub, k.copies(t, is.ID)); diff != "" {
					t.Errorf("copied nodes of sub (-want +got):\n%s", diff)
				}
				if deep := k.node(t, is.ID, "deep").SubRecipe; !slices.Contains(tc.inSub, "deep") {
					if diff := cmp.Diff(tc.inDeep, k.copies(t, deep.ID)); diff != "" {
						t.Errorf("copied nodes of deep (-want +got):\n%s", diff)
					}
				}
				for _, name := range []string{"x", "y"} {
					copied := slices.Contains(tc.inSub, name)
					if j := k.node(t, was.ID, name).Job; j.IsSuperseded == copied {
						t.Errorf("the old job of %s: superseded %v, copied %v", name, j.IsSuperseded, copied)
					}
				}
				if want := (store.Counts{JobsTotal: 10, JobsCompleted: 10, SubRecipesTotal: 4, SubRecipesCompleted: 4}); next.Counts != want {
					t.Errorf("counters = %+v, want %+v", next.Counts, want)
				}
				k.checkCounts(t, old.ID, next.ID, was.ID, is.ID)
			})
		}
	})
}

func TestASubRecipeWithAnotherInputRunsWhole(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "plain"})
		k.recipeType(t, "Inner", definition(`{}`, map[string]string{"x": jobNode("plain", nil, nil)}))
		rt := k.recipeType(t, "Outer", definition(oneFile, map[string]string{"sub": subNode("inner", nil, nil)}))
		old := k.recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.file(t, "a.csv", "x").ID))
		k.start(t, k.config(2))
		k.awaitCompleted(t, old.ID)
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "inner", RecipeTypeEdit{AutoUpdate: &no, Definition: json.RawMessage(
			definition(oneFile, map[string]string{"x": jobNode("plain", nil, nil)}))}); err != nil {
			t.Fatal(err)
		}
		k.redefine(t, "outer", definition(oneFile, map[string]string{"sub": revisedSub("inner", 2, nil, deps{"scene": "recipe:scene"})}))
		next := k.reprocess(t, old.ID, `{}`)
		k.awaitCompleted(t, next.ID)
		was, is := k.node(t, old.ID, "sub").SubRecipe, k.node(t, next.ID, "sub").SubRecipe
		k.checkSuccession(t, was.ID, *is)
		if got := k.copies(t, is.ID); got != nil || !k.node(t, was.ID, "x").Job.IsSuperseded {
			t.Errorf("copied nodes of sub = %v, old x = %+v; want x run again", got, k.node(t, was.ID, "x").Job)
		}
	})
}

func TestReprocessRefuses(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "plain"})
		k.recipeType(t, "Inner", definition(`{}`, map[string]string{"x": jobNode("plain", nil, nil)}))
		rt := k.recipeType(t, "Outer", definition(`{}`, map[string]string{"a": jobNode("plain", nil, nil), "sub": subNode("inner", nil, nil)}))
		asleep := k.recipeType(t, "Asleep", `{"nodes":{}}`)
		takes := k.recipeType(t, "Takes", `{"nodes":{}}`)
		r, sleeper, taker := k.recipe(t, rt, `{}`), k.recipe(t, asleep, `{}`), k.recipe(t, takes, `{}`)
		superseded := k.recipe(t, rt, `{}`)
		k.reprocess(t, superseded.ID, `{}`)
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "asleep", RecipeTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		k.redefine(t, "takes", `{"input":{"files":[{"name":"scene"}]},"nodes":{}}`)
		sub := k.node(t, r.ID, "sub").SubRecipe
		_, before, err := k.store.Recipes(t.Context(), store.RecipeFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name   string
			id     int64
			forced string
			num    int
			code   Code
			words  string
		}{
			{"no forced nodes", r.ID, ``, 0, Invalid, `Missing required parameter: "forced_nodes"`},
			{"null for forced nodes, before an unknown recipe", 999, `null`, 0, Invalid, `"forced_nodes"`},
			{"an array for forced nodes", r.ID, `[]`, 0, Invalid, "JSON object"},
			{"forced nodes without all", r.ID, `{"nodes":["a"]}`, 0, Invalid, "all"},
			{"an unknown recipe", 999, `{}`, 0, NotFound, "recipe 999"},
			{"an unknown revision", r.ID, `{}`, 9, NotFound, "revision 9"},
			{"an unknown revision of a superseded recipe", superseded.ID, `{}`, 9, NotFound, "revision 9"},
			{"a superseded recipe, before unknown nodes", superseded.ID, `{"all":false,"nodes":["b"]}`, 0, Invalid, "Cannot reprocess a superseded recipe"},
			{"an unknown node", r.ID, `{"all":false,"nodes":["b"]}`, 0, Invalid, "Unable to reprocess recipe. Errors in validating forced_nodes: ["},
			{"a job as a sub-recipe", r.ID, `{"all":false,"sub_recipes":{"a":{"all":true}}}`, 0, Invalid, "Sub-recipe node a is not a recipe node"},
			{"an unknown node inside", r.ID, `{"all":false,"sub_recipes":{"sub":{"all":false,"nodes":["nope"]}}}`, 0, Invalid, "nope"},
			{"a sub-recipe", sub.ID, `{}`, 0, Invalid, fmt.Sprintf("sub-recipe of recipe %d", r.ID)},
			{"an inactive type", sleeper.ID, `{}`, 0, Invalid, "Inactive recipe type"},
			{"another input", taker.ID, `{}`, 0, Invalid, "Input interface has changed"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.Reprocess(t.Context(), ReprocessSpec{RecipeID: tc.id, ForcedNodes: json.RawMessage(tc.forced), RevisionNum: tc.num})
				mustRefuse(t, err, tc.code, tc.words)
			})
		}
		if _, after, err := k.store.Recipes(t.Context(), store.RecipeFilter{}); err != nil || after != before {
			t.Errorf("%d recipes after refusals, %v; want %d", after, err, before)
		}
		for _, id := range []int64{r.ID, sleeper.ID, taker.ID, sub.ID} {
			if got, err := k.store.Recipe(t.Context(), id); err != nil || got.IsSuperseded {
				t.Errorf("recipe %d after a refusal: superseded %v, %v", id, got.IsSuperseded, err)
			}
		}
	})
}

func TestReprocessAtOnceHasOneSuccessor(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.chain(t, 0), `{}`)
		k.start(t, k.config(2))
		var calls sync.WaitGroup
		var mu sync.Mutex
		var won []store.Recipe
		for range 6 {
			calls.Go(func() {
				next, err := k.Reprocess(t.Context(), ReprocessSpec{RecipeID: r.ID, ForcedNodes: json.RawMessage(`{"all":true}`)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, next)
				} else if CodeOf(err) != Invalid {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if len(won) != 1 {
			t.Fatalf("%d successors, want one", len(won))
		}
		k.awaitCompleted(t, won[0].ID)
		k.checkCounts(t, r.ID, won[0].ID)
	})
}
