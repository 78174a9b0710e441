package engine

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
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestReprocessingWhatRunsKeepsEverythingConsistent reprocesses, cancels and requeues
// recipes at random while two engines work them.
func TestReprocessingWhatRunsKeepsEverythingConsistent(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		k.jobType(t, jobSpec{name: "make", filesOut: []string{"part"}, jsonOut: []string{"n"}, settings: simulated(5*time.Millisecond, "N", "3")})
		k.jobType(t, jobSpec{name: "use", jsonIn: []string{"n"}, settings: simulated(5 * time.Millisecond)})
		k.recipeType(t, "Inner", definition(`{}`, map[string]string{
			"x": jobNode("make", nil, nil), "y": jobNode("use", deps{"x": "true"}, deps{"n": "x:n"})}))
		rt := k.recipeType(t, "Outer", definition(`{}`, map[string]string{
			"a":   jobNode("make", nil, nil),
			"b":   jobNode("use", deps{"a": "true"}, deps{"n": "a:n"}),
			"sub": subNode("inner", deps{"a": "true"}, nil), "own": subNode("inner", nil, nil),
			"is-3": node0(`{"node_type":"condition","interface":{"version":"7","files":[],"json":[{"name":"n","type":"integer","required":true}]},
				"data_filter":{"version":"7","filters":[{"name":"n","type":"integer","condition":"==","values":[3]}]}}`,
				deps{"a": "true"}, deps{"n": "a:n"}),
			"yes": jobNode("make", deps{"is-3": "true", "sub": "true"}, nil), "no": jobNode("make", deps{"is-3": "false"}, nil),
		}))
		k.start(t, k.config(2))
		k.start(t, k.config(2))
		forced := []string{`{}`, `{"all":true}`, `{"all":false,"nodes":["b"]}`, `{"all":false,"nodes":["is-3"]}`, `{"all":false,"nodes":["sub"]}`,
			`{"all":false,"sub_recipes":{"own":{"all":false,"nodes":["y"]}}}`, `{"all":false,"sub_recipes":{"sub":{"all":false,"nodes":["y"]}}}`}
		var work sync.WaitGroup
		var last [3]int64
		for i := range last {
			id := k.recipe(t, rt, `{}`).ID
			work.Go(func() {
				defer func() { last[i] = id }()
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				for range 6 {
					next, err := k.Reprocess(t.Context(), ReprocessSpec{RecipeID: id, ForcedNodes: json.RawMessage(forced[random.IntN(len(forced))])})
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
			k.awaitCompleted(t, id)
		}
		rows, _, err := k.store.Recipes(t.Context(), store.RecipeFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			k.checkCounts(t, r.ID)
		}
		jobs, _, err := k.store.Jobs(t.Context(), store.JobFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			var problems []string
			exes := k.executions(t, j.ID)
			if n := len(slices.DeleteFunc(slices.Clone(exes), func(s string) bool { return s != exeCompleted })); n > 1 {
				problems = append(problems, "it completed more than once")
			}
			if j.Status == string(recipe.Queued) || j.Status == string(recipe.Running) {
				problems = append(problems, "it did not end")
			}
			files, _, err := k.store.Files(t.Context(), store.FileFilter{JobIDs: []int64{j.ID}})
			if err != nil {
				t.Fatal(err)
			}
			if (j.Status == string(recipe.Completed)) != (len(exes) > 0 && exes[len(exes)-1] == exeCompleted) {
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
