package engine

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type deps = map[string]string

const oneFile = `{"files":[{"name":"scene"}],"json":[]}`

// diamond is split -> left, right -> join; every job takes d.
func (k *kitchen) diamond(t testing.TB, d time.Duration) store.RecipeType {
	t.Helper()
	k.jobType(t, jobSpec{name: "split", filesIn: []string{"scene"}, filesOut: []string{"half"}, jsonOut: []string{"n"},
		settings: simulated(d, "N", "7")})
	k.jobType(t, jobSpec{name: "side", filesIn: []string{"half"}, filesOut: []string{"done"}, settings: simulated(d)})
	k.jobType(t, jobSpec{name: "join", filesIn: []string{"one", "two"}, filesOut: []string{"whole"}, jsonIn: []string{"n"},
		settings: simulated(d)})
	return k.recipeType(t, "Diamond", definition(oneFile, map[string]string{
		"split": jobNode("split", nil, deps{"scene": "recipe:scene"}),
		"left":  jobNode("side", deps{"split": "true"}, deps{"half": "split:half"}),
		"right": jobNode("side", deps{"split": "true"}, deps{"half": "split:half"}),
		"join": jobNode("join", deps{"left": "true", "right": "true", "split": "true"},
			deps{"one": "left:done", "two": "right:done", "n": "split:n"}),
	}))
}

func TestDiamondCompletes(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.diamond(t, 0)
		f := k.file(t, "scenes/a.csv", "a,b\n1,2\n")
		r := k.recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, f.ID))
		if want := (store.Counts{JobsTotal: 4, JobsPending: 3, JobsQueued: 1}); r.Counts != want {
			t.Errorf("counts at first = %+v, want %+v", r.Counts, want)
		}
		k.start(t, k.config(4))
		r = k.awaitCompleted(t, r.ID)
		if want := (store.Counts{JobsTotal: 4, JobsCompleted: 4}); r.Counts != want {
			t.Errorf("counts at last = %+v, want %+v", r.Counts, want)
		}
		if r.InputFileSize == nil || *r.InputFileSize != 1 {
			t.Errorf("input_file_size = %v, want 1 MiB", r.InputFileSize)
		}
		join := k.node(t, r.ID, "join").Job
		input, err := decodeData(join.Input)
		if err != nil || input == nil {
			t.Fatalf("input of join: %v, %v", input, err)
		}
		if got := input.JSON["n"]; got != json.Number("7") {
			t.Errorf("n of join = %v, want 7", got)
		}
		product, err := k.store.File(t.Context(), input.Files["one"][0])
		if err != nil {
			t.Fatal(err)
		}
		left := k.node(t, r.ID, "left").Job
		want := fmt.Sprintf("jobs/%d/1/done/done", left.ID)
		if product.FileType != "PRODUCT" || product.FilePath[:len(want)] != want || *product.JobID != left.ID ||
			*product.RecipeID != r.ID || product.RecipeNode != "left" || product.MediaType != "text/plain" || product.SHA256 == "" {
			t.Errorf("product of left = %+v", product)
		}
		if _, _, err := k.OpenFile(t.Context(), product.ID); err != nil {
			t.Errorf("opening the product: %v", err)
		}
		if got := k.printed(t, left.ID, 1); got == "" {
			t.Error("left printed nothing")
		}
	})
}

func TestRecipeWithoutNodesCompletesAtOnce(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		r := k.recipe(t, k.recipeType(t, "Empty", `{"version":"7","nodes":{}}`), `{}`)
		if !r.IsCompleted || r.Completed == nil || r.InputFileSize == nil || *r.InputFileSize != 0 {
			t.Errorf("recipe = %+v, want it completed, with 0 MiB of input", r)
		}
	})
}

func TestConditionRunsTheBranchThatItAsksFor(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "count", filesIn: []string{"scene"}, jsonOut: []string{"n"}, settings: simulated(0, "N", "7")})
		k.jobType(t, jobSpec{name: "work", jsonIn: []string{"n"}})
		condition := func(limit int) string {
			return fmt.Sprintf(`{"node_type":"condition","interface":{"files":[],"json":[{"name":"n","type":"integer","required":true}]},`+
				`"data_filter":{"filters":[{"name":"n","type":"integer","condition":">","values":[%d]}],"all":true}}`, limit)
		}
		k.start(t, k.config(4))
		for _, tc := range []struct {
			title string
			limit int
			want  map[string]string
		}{
			{"Accepts", 3, map[string]string{"count": "COMPLETED", "many": "accepted", "then": "COMPLETED"}},
			{"Rejects", 9, map[string]string{"count": "COMPLETED", "many": "rejected", "otherwise": "COMPLETED"}},
		} {
			rt := k.recipeType(t, tc.title, definition(oneFile, map[string]string{
				"count":     jobNode("count", nil, deps{"scene": "recipe:scene"}),
				"many":      node0(condition(tc.limit), deps{"count": "true"}, deps{"n": "count:n"}),
				"then":      jobNode("work", deps{"count": "true", "many": "true"}, deps{"n": "count:n"}),
				"otherwise": jobNode("work", deps{"count": "true", "many": "false"}, deps{"n": "count:n"}),
			}))
			r := k.recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.file(t, tc.title+".csv", "x").ID))
			k.awaitCompleted(t, r.ID)
			if diff := cmp.Diff(tc.want, k.statuses(t, r.ID)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.title, diff)
			}
		}
	})
}

func TestSubRecipesTwoDeepRollUp(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "cut", filesIn: []string{"scene"}, filesOut: []string{"part"}})
		k.recipeType(t, "Inner", definition(oneFile, map[string]string{
			"one": jobNode("cut", nil, deps{"scene": "recipe:scene"}),
			"two": jobNode("cut", deps{"one": "true"}, deps{"scene": "one:part"}),
		}))
		k.recipeType(t, "Middle", definition(oneFile, map[string]string{
			"cut":   jobNode("cut", nil, deps{"scene": "recipe:scene"}),
			"inner": subNode("inner", deps{"cut": "true"}, deps{"scene": "cut:part"}),
		}))
		rt := k.recipeType(t, "Outer", definition(oneFile, map[string]string{
			"middle": subNode("middle", nil, deps{"scene": "recipe:scene"}),
			"after":  jobNode("cut", deps{"middle": "true"}, deps{"scene": "recipe:scene"}),
		}))
		r := k.recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.file(t, "a.csv", "x").ID))
		k.start(t, k.config(4))
		r = k.awaitCompleted(t, r.ID)
		if want := (store.Counts{JobsTotal: 4, JobsCompleted: 4, SubRecipesTotal: 2, SubRecipesCompleted: 2}); r.Counts != want {
			t.Errorf("counts = %+v, want %+v", r.Counts, want)
		}
		inner := k.node(t, k.node(t, r.ID, "middle").SubRecipe.ID, "inner").SubRecipe
		if inner.RootID != r.ID || !inner.IsCompleted || inner.JobsCompleted != 2 || inner.EventID != r.EventID {
			t.Errorf("inner recipe = %+v", inner)
		}
		after, last := k.node(t, r.ID, "after").Job, k.node(t, inner.ID, "two").Job
		if after.Queued.Before(last.Ended.Time) {
			t.Errorf("after was queued at %s, before the sub-recipe ended at %s", after.Queued, last.Ended)
		}
	})
}

func TestFailureBlocksWhatIsBelow(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "good", jsonOut: []string{"n"}})
		k.jobType(t, jobSpec{name: "bad", jsonIn: []string{"n"}, jsonOut: []string{"n"},
			settings: map[string]string{executor.SimulateExitCode: "3"}})
		k.recipeType(t, "Sub", definition(`{}`, map[string]string{"good": jobNode("good", nil, nil)}))
		rt := k.recipeType(t, "Fails", definition(`{}`, map[string]string{
			"good":   jobNode("good", nil, nil),
			"bad":    jobNode("bad", deps{"good": "true"}, deps{"n": "good:n"}),
			"next":   jobNode("bad", deps{"bad": "true"}, deps{"n": "bad:n"}),
			"sub":    subNode("sub", deps{"next": "true"}, nil),
			"beside": jobNode("good", deps{"good": "true"}, nil),
		}))
		r := k.recipe(t, rt, `{}`)
		k.start(t, k.config(4))
		r = k.awaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 && r.JobsCompleted == 2 })
		want := map[string]string{"good": "COMPLETED", "bad": "FAILED", "next": "BLOCKED", "sub": "incomplete", "beside": "COMPLETED"}
		if diff := cmp.Diff(want, k.statuses(t, r.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		bad := k.node(t, r.ID, "bad").Job
		if bad.ErrorName != executor.ErrUnknown || bad.ErrorCategory != executor.Algorithm || bad.NumExes != 1 {
			t.Errorf("failed job = %+v, want one execution with an unknown exit code", bad)
		}
		exe, err := k.store.JobExecution(t.Context(), bad.ID, 1)
		if err != nil || exe.Status != exeFailed || exe.ExitCode == nil || *exe.ExitCode != 3 {
			t.Errorf("execution = %+v, %v", exe, err)
		}
	})
}

func TestConfigurationOfTheRecipe(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "cut", filesOut: []string{"part"}, settings: map[string]string{"A": "type"}})
		rt := k.recipeType(t, "One", definition(`{}`, map[string]string{
			"cut": jobNode("cut", nil, nil), "next": jobNode("cut", deps{"cut": "true"}, nil)}))
		create := func(configuration string) store.Recipe {
			r, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Configuration: json.RawMessage(configuration)})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		good := k.node(t, create(`{"priority":3,"settings":{"B":"recipe"}}`).ID, "cut").Job
		c, err := k.OpenConfiguration(good.Configuration)
		if err != nil || c == nil {
			t.Fatalf("configuration of the job: %v, %v", c, err)
		}
		if diff := cmp.Diff(map[string]string{"A": "type", "B": "recipe"}, c.Settings); diff != "" || good.Priority != 3 {
			t.Errorf("priority %d, settings (-want +got):\n%s", good.Priority, diff)
		}
		r := create(`{"output_workspaces":{"default":"nowhere"}}`)
		want := map[string]string{"cut": "FAILED", "next": "FAILED"}
		if diff := cmp.Diff(want, k.statuses(t, r.ID)); diff != "" {
			t.Errorf("with an unknown workspace (-want +got):\n%s", diff)
		}
		if got := k.node(t, r.ID, "cut").Job; got.ErrorName != errInvalidConfiguration || got.NumExes != 0 || r.JobsFailed != 2 {
			t.Errorf("job = %+v in %+v", got, r.Counts)
		}
	})
}
