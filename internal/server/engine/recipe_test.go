package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// diamond is split -> left, right -> join; every job takes d.
func diamond(t testing.TB, k *enginetest.Kitchen, d time.Duration) store.RecipeType {
	t.Helper()
	k.JobType(t, enginetest.JobSpec{Name: "split", FilesIn: []string{"scene"}, FilesOut: []string{"half"}, JSONOut: []string{"n"},
		Settings: enginetest.Simulated(d, "N", "7")})
	k.JobType(t, enginetest.JobSpec{Name: "side", FilesIn: []string{"half"}, FilesOut: []string{"done"}, Settings: enginetest.Simulated(d)})
	k.JobType(t, enginetest.JobSpec{Name: "join", FilesIn: []string{"one", "two"}, FilesOut: []string{"whole"}, JSONIn: []string{"n"},
		Settings: enginetest.Simulated(d)})
	return k.RecipeType(t, "Diamond", enginetest.Definition(enginetest.OneFile, map[string]string{
		"split": enginetest.JobNode("split", nil, enginetest.Deps{"scene": "recipe:scene"}),
		"left":  enginetest.JobNode("side", enginetest.Deps{"split": "true"}, enginetest.Deps{"half": "split:half"}),
		"right": enginetest.JobNode("side", enginetest.Deps{"split": "true"}, enginetest.Deps{"half": "split:half"}),
		"join": enginetest.JobNode("join", enginetest.Deps{"left": "true", "right": "true", "split": "true"},
			enginetest.Deps{"one": "left:done", "two": "right:done", "n": "split:n"}),
	}))
}

func TestDiamondCompletes(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := diamond(t, k, 0)
		f := k.File(t, "scenes/a.csv", "a,b\n1,2\n")
		r := k.Recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, f.ID))
		if want := (store.Counts{JobsTotal: 4, JobsPending: 3, JobsQueued: 1}); r.Counts != want {
			t.Errorf("counts at first = %+v, want %+v", r.Counts, want)
		}
		k.Run(t, k.Config(4))
		r = k.AwaitCompleted(t, r.ID)
		if want := (store.Counts{JobsTotal: 4, JobsCompleted: 4}); r.Counts != want {
			t.Errorf("counts at last = %+v, want %+v", r.Counts, want)
		}
		if r.InputFileSize == nil || *r.InputFileSize != 1 {
			t.Errorf("input_file_size = %v, want 1 MiB", r.InputFileSize)
		}
		join := k.Node(t, r.ID, "join").Job
		input, err := engine.DecodeData(join.Input)
		if err != nil || input == nil {
			t.Fatalf("input of join: %v, %v", input, err)
		}
		if got := input.JSON["n"]; got != json.Number("7") {
			t.Errorf("n of join = %v, want 7", got)
		}
		product, err := k.Store.File(t.Context(), input.Files["one"][0])
		if err != nil {
			t.Fatal(err)
		}
		left := k.Node(t, r.ID, "left").Job
		want := fmt.Sprintf("jobs/%d/1/done/done", left.ID)
		if product.FileType != "PRODUCT" || product.FilePath[:len(want)] != want || *product.JobID != left.ID ||
			*product.RecipeID != r.ID || product.RecipeNode != "left" || product.MediaType != "text/plain" || product.SHA256 == "" {
			t.Errorf("product of left = %+v", product)
		}
		if _, _, err := k.OpenFile(t.Context(), product.ID); err != nil {
			t.Errorf("opening the product: %v", err)
		}
		if got := k.Printed(t, left.ID, 1); got == "" {
			t.Error("left printed nothing")
		}
	})
}

func TestRecipeWithoutNodesCompletesAtOnce(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		r := k.Recipe(t, k.RecipeType(t, "Empty", `{"version":"7","nodes":{}}`), `{}`)
		if !r.IsCompleted || r.Completed == nil || r.InputFileSize == nil || *r.InputFileSize != 0 {
			t.Errorf("recipe = %+v, want it completed, with 0 MiB of input", r)
		}
	})
}

func TestConditionRunsTheBranchThatItAsksFor(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "count", FilesIn: []string{"scene"}, JSONOut: []string{"n"}, Settings: enginetest.Simulated(0, "N", "7")})
		k.JobType(t, enginetest.JobSpec{Name: "work", JSONIn: []string{"n"}})
		condition := func(limit int) string {
			return fmt.Sprintf(`{"node_type":"condition","interface":{"files":[],"json":[{"name":"n","type":"integer","required":true}]},`+
				`"data_filter":{"filters":[{"name":"n","type":"integer","condition":">","values":[%d]}],"all":true}}`, limit)
		}
		k.Run(t, k.Config(4))
		for _, tc := range []struct {
			title string
			limit int
			want  map[string]string
		}{
			{"Accepts", 3, map[string]string{"count": "COMPLETED", "many": "accepted", "then": "COMPLETED"}},
			{"Rejects", 9, map[string]string{"count": "COMPLETED", "many": "rejected", "otherwise": "COMPLETED"}},
		} {
			rt := k.RecipeType(t, tc.title, enginetest.Definition(enginetest.OneFile, map[string]string{
				"count":     enginetest.JobNode("count", nil, enginetest.Deps{"scene": "recipe:scene"}),
				"many":      enginetest.Node(condition(tc.limit), enginetest.Deps{"count": "true"}, enginetest.Deps{"n": "count:n"}),
				"then":      enginetest.JobNode("work", enginetest.Deps{"count": "true", "many": "true"}, enginetest.Deps{"n": "count:n"}),
				"otherwise": enginetest.JobNode("work", enginetest.Deps{"count": "true", "many": "false"}, enginetest.Deps{"n": "count:n"}),
			}))
			r := k.Recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.File(t, tc.title+".csv", "x").ID))
			k.AwaitCompleted(t, r.ID)
			if diff := cmp.Diff(tc.want, k.Statuses(t, r.ID)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.title, diff)
			}
		}
	})
}

func TestSubRecipesTwoDeepRollUp(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "cut", FilesIn: []string{"scene"}, FilesOut: []string{"part"}})
		k.RecipeType(t, "Inner", enginetest.Definition(enginetest.OneFile, map[string]string{
			"one": enginetest.JobNode("cut", nil, enginetest.Deps{"scene": "recipe:scene"}),
			"two": enginetest.JobNode("cut", enginetest.Deps{"one": "true"}, enginetest.Deps{"scene": "one:part"}),
		}))
		k.RecipeType(t, "Middle", enginetest.Definition(enginetest.OneFile, map[string]string{
			"cut":   enginetest.JobNode("cut", nil, enginetest.Deps{"scene": "recipe:scene"}),
			"inner": enginetest.SubNode("inner", enginetest.Deps{"cut": "true"}, enginetest.Deps{"scene": "cut:part"}),
		}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(enginetest.OneFile, map[string]string{
			"middle": enginetest.SubNode("middle", nil, enginetest.Deps{"scene": "recipe:scene"}),
			"after":  enginetest.JobNode("cut", enginetest.Deps{"middle": "true"}, enginetest.Deps{"scene": "recipe:scene"}),
		}))
		r := k.Recipe(t, rt, fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.File(t, "a.csv", "x").ID))
		k.Run(t, k.Config(4))
		r = k.AwaitCompleted(t, r.ID)
		if want := (store.Counts{JobsTotal: 4, JobsCompleted: 4, SubRecipesTotal: 2, SubRecipesCompleted: 2}); r.Counts != want {
			t.Errorf("counts = %+v, want %+v", r.Counts, want)
		}
		inner := k.Node(t, k.Node(t, r.ID, "middle").SubRecipe.ID, "inner").SubRecipe
		if inner.RootID != r.ID || !inner.IsCompleted || inner.JobsCompleted != 2 || inner.EventID != r.EventID {
			t.Errorf("inner recipe = %+v", inner)
		}
		after, last := k.Node(t, r.ID, "after").Job, k.Node(t, inner.ID, "two").Job
		if after.Queued.Before(last.Ended.Time) {
			t.Errorf("after was queued at %s, before the sub-recipe ended at %s", after.Queued, last.Ended)
		}
	})
}

func TestFailureBlocksWhatIsBelow(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "good", JSONOut: []string{"n"}})
		k.JobType(t, enginetest.JobSpec{Name: "bad", JSONIn: []string{"n"}, JSONOut: []string{"n"},
			Settings: map[string]string{executor.SimulateExitCode: "3"}})
		k.RecipeType(t, "Sub", enginetest.Definition(`{}`, map[string]string{"good": enginetest.JobNode("good", nil, nil)}))
		rt := k.RecipeType(t, "Fails", enginetest.Definition(`{}`, map[string]string{
			"good":   enginetest.JobNode("good", nil, nil),
			"bad":    enginetest.JobNode("bad", enginetest.Deps{"good": "true"}, enginetest.Deps{"n": "good:n"}),
			"next":   enginetest.JobNode("bad", enginetest.Deps{"bad": "true"}, enginetest.Deps{"n": "bad:n"}),
			"sub":    enginetest.SubNode("sub", enginetest.Deps{"next": "true"}, nil),
			"beside": enginetest.JobNode("good", enginetest.Deps{"good": "true"}, nil),
		}))
		r := k.Recipe(t, rt, `{}`)
		k.Run(t, k.Config(4))
		r = k.AwaitRecipe(t, r.ID, func(r store.Recipe) bool { return r.JobsFailed == 1 && r.JobsCompleted == 2 })
		want := map[string]string{"good": "COMPLETED", "bad": "FAILED", "next": "BLOCKED", "sub": "incomplete", "beside": "COMPLETED"}
		if diff := cmp.Diff(want, k.Statuses(t, r.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		bad := k.Node(t, r.ID, "bad").Job
		if bad.ErrorName != executor.ErrUnknown || bad.ErrorCategory != executor.Algorithm || bad.NumExes != 1 {
			t.Errorf("failed job = %+v, want one execution with an unknown exit code", bad)
		}
		exe, err := k.Store.JobExecution(t.Context(), bad.ID, 1)
		if err != nil || exe.Status != engine.ExeFailed || exe.ExitCode == nil || *exe.ExitCode != 3 {
			t.Errorf("execution = %+v, %v", exe, err)
		}
	})
}

func TestConfigurationOfTheRecipe(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "cut", FilesOut: []string{"part"}, Settings: map[string]string{"A": "type"}})
		rt := k.RecipeType(t, "One", enginetest.Definition(`{}`, map[string]string{
			"cut": enginetest.JobNode("cut", nil, nil), "next": enginetest.JobNode("cut", enginetest.Deps{"cut": "true"}, nil)}))
		create := func(configuration string) store.Recipe {
			r, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Configuration: json.RawMessage(configuration)})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		good := k.Node(t, create(`{"priority":3,"settings":{"B":"recipe"}}`).ID, "cut").Job
		c, err := k.OpenConfiguration(good.Configuration)
		if err != nil || c == nil {
			t.Fatalf("configuration of the job: %v, %v", c, err)
		}
		if diff := cmp.Diff(map[string]string{"A": "type", "B": "recipe"}, c.Settings); diff != "" || good.Priority != 3 {
			t.Errorf("priority %d, settings (-want +got):\n%s", good.Priority, diff)
		}
		r := create(`{"output_workspaces":{"default":"nowhere"}}`)
		want := map[string]string{"cut": "FAILED", "next": "FAILED"}
		if diff := cmp.Diff(want, k.Statuses(t, r.ID)); diff != "" {
			t.Errorf("with an unknown workspace (-want +got):\n%s", diff)
		}
		if got := k.Node(t, r.ID, "cut").Job; got.ErrorName != engine.ErrInvalidConfiguration || got.NumExes != 0 || r.JobsFailed != 2 {
			t.Errorf("job = %+v in %+v", got, r.Counts)
		}
	})
}

func TestCreateRecipeRefuses(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		rt := k.RecipeType(t, "Takes", `{"input":{"files":[{"name":"scene"}],"json":[{"name":"n","type":"integer","required":false}]},"nodes":{}}`)
		live, gone := k.File(t, "live.csv", "x").ID, k.File(t, "gone.csv", "x").ID
		if err := k.PurgeFile(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		good := fmt.Sprintf(`{"files":{"scene":[%d]}}`, live)
		for _, tc := range []struct {
			name  string
			spec  engine.RecipeSpec
			code  refusal.Code
			words string
		}{
			{"an array for the input", engine.RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(`[]`)}, refusal.Invalid, `"input"`},
			{"broken data before an unknown type", engine.RecipeSpec{RecipeTypeID: 99, Input: json.RawMessage(`{"files":{"a":"b"}}`)}, refusal.Invalid, ""},
			{"an unknown type", engine.RecipeSpec{RecipeTypeID: 99}, refusal.NotFound, "99"},
			{"an unknown type before a broken configuration", engine.RecipeSpec{RecipeTypeID: 99, Configuration: json.RawMessage(`{"priority":0}`)}, refusal.NotFound, "99"},
			{"a broken configuration", engine.RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(good),
				Configuration: json.RawMessage(`{"priority":0}`)}, refusal.Invalid, "Recipe configuration invalid: "},
			{"an unknown revision", engine.RecipeSpec{RecipeTypeID: rt.ID, RevisionNum: 7}, refusal.NotFound, "7"},
			{"a missing input", engine.RecipeSpec{RecipeTypeID: rt.ID}, refusal.InvalidInput, "Invalid recipe data: "},
			{"an input of the wrong type", engine.RecipeSpec{RecipeTypeID: rt.ID,
				Input: json.RawMessage(fmt.Sprintf(`{"files":{"scene":[%d]},"json":{"n":"x"}}`, live))}, refusal.InvalidInput, "Invalid recipe data: "},
			{"an unknown file", engine.RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(`{"files":{"scene":[987]}}`)}, refusal.InvalidInput, "987 does not exist"},
			{"a deleted file", engine.RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(fmt.Sprintf(`{"files":{"scene":[%d]}}`, gone))}, refusal.InvalidInput, "was deleted"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.CreateRecipe(t.Context(), tc.spec)
				enginetest.MustRefuse(t, err, tc.code, tc.words)
			})
		}
		if _, n, err := k.Store.Recipes(t.Context(), store.RecipeFilter{Paging: store.Paging{Page: 1, PageSize: 1}}); err != nil || n != 0 {
			t.Errorf("%d recipes after refusals, %v; want none", n, err)
		}
		r := k.Recipe(t, rt, good)
		event, err := eventOf(t, k, r.EventID)
		if err != nil || event.Type != "USER" || !strings.Contains(string(event.Description), "Anonymous") {
			t.Errorf("event = %+v, %v", event, err)
		}
	})
}
