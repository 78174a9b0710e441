package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestReprocessingWhatRunsKeepsEverythingConsistent reprocesses, cancels and requeues
// recipes at random while two engines work them.
func TestReprocessingWhatRunsKeepsEverythingConsistent(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		k.JobType(t, enginetest.JobSpec{Name: "make", FilesOut: []string{"part"}, JSONOut: []string{"n"}, Settings: enginetest.Simulated(5*time.Millisecond, "N", "3")})
		k.JobType(t, enginetest.JobSpec{Name: "use", JSONIn: []string{"n"}, Settings: enginetest.Simulated(5 * time.Millisecond)})
		k.RecipeType(t, "Inner", enginetest.Definition(`{}`, map[string]string{
			"x": enginetest.JobNode("make", nil, nil), "y": enginetest.JobNode("use", enginetest.Deps{"x": "true"}, enginetest.Deps{"n": "x:n"})}))
		rt := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{
			"a":   enginetest.JobNode("make", nil, nil),
			"b":   enginetest.JobNode("use", enginetest.Deps{"a": "true"}, enginetest.Deps{"n": "a:n"}),
			"sub": enginetest.SubNode("inner", enginetest.Deps{"a": "true"}, nil), "own": enginetest.SubNode("inner", nil, nil),
			"is-3": enginetest.Node(`{"node_type":"condition","interface":{"version":"7","files":[],"json":[{"name":"n","type":"integer","required":true}]},
				"data_filter":{"version":"7","filters":[{"name":"n","type":"integer","condition":"==","values":[3]}]}}`,
				enginetest.Deps{"a": "true"}, enginetest.Deps{"n": "a:n"}),
			"yes": enginetest.JobNode("make", enginetest.Deps{"is-3": "true", "sub": "true"}, nil), "no": enginetest.JobNode("make", enginetest.Deps{"is-3": "false"}, nil),
		}))
		k.Run(t, k.Config(2))
		k.Run(t, k.Config(2))
		forced := []string{`{}`, `{"all":true}`, `{"all":false,"nodes":["b"]}`, `{"all":false,"nodes":["is-3"]}`, `{"all":false,"nodes":["sub"]}`,
			`{"all":false,"sub_recipes":{"own":{"all":false,"nodes":["y"]}}}`, `{"all":false,"sub_recipes":{"sub":{"all":false,"nodes":["y"]}}}`}
		var work sync.WaitGroup
		var last [3]int64
		for i := range last {
			id := k.Recipe(t, rt, `{}`).ID
			work.Go(func() {
				defer func() { last[i] = id }()
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				for range 6 {
					next, err := k.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: id, ForcedNodes: json.RawMessage(forced[random.IntN(len(forced))])})
					if err != nil {
						t.Error(err)
						return
					}
					id = next.ID
					f := store.JobFilter{RecipeIDs: []int64{id}, JobTypeNames: []string{"use"}}
					if err := k.CancelJobs(t.Context(), f); err != nil {
						t.Error(err)
					}
					if err := k.RequeueJobs(t.Context(), f, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		if t.Failed() {
			return
		}
		for _, id := range last {
			k.AwaitCompleted(t, id)
		}
		rows, _, err := k.Store.Recipes(t.Context(), store.RecipeFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			checkCounts(t, k, r.ID)
		}
		jobs, _, err := k.Store.Jobs(t.Context(), store.JobFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			var problems []string
			exes := k.Executions(t, j.ID)
			if n := len(slices.DeleteFunc(slices.Clone(exes), func(s string) bool { return s != engine.ExeCompleted })); n > 1 {
				problems = append(problems, "it completed more than once")
			}
			if j.Status == string(recipe.Queued) || j.Status == string(recipe.Running) {
				problems = append(problems, "it did not end")
			}
			files, _, err := k.Store.Files(t.Context(), store.FileFilter{JobIDs: []int64{j.ID}})
			if err != nil {
				t.Fatal(err)
			}
			if (j.Status == string(recipe.Completed)) != (len(exes) > 0 && exes[len(exes)-1] == engine.ExeCompleted) {
				problems = append(problems, "its status and its last execution differ")
			}
			if len(files) > 0 && j.Status != string(recipe.Completed) {
				problems = append(problems, fmt.Sprintf("it has %d products", len(files)))
			}
			if len(problems) > 0 {
				t.Errorf("job %d of %s is %s with executions %v: %s", j.ID, j.RecipeNode, j.Status, exes, strings.Join(problems, ", "))
			}
		}
	})
}
