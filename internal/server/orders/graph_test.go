package orders

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// nodesOf are the names of the nodes that a recipe has.
func nodesOf(t *testing.T, r *restaurant, recipeID int64) string {
	t.Helper()
	rows, err := r.Store.RecipeNodes(t.Context(), recipeID)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.NodeName)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// TestAPartOfAGraphRuns has seven nodes, of which one deletes what the others need: only those that are chosen
// run, with those that they need.
func TestAPartOfAGraphRuns(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		limit := enginetest.Deps{"LIMIT": "recipe:LIMIT"}
		nodes := map[string]string{
			"extract": enginetest.JobNode("chop", nil, limit), "clean": enginetest.JobNode("chop", enginetest.Deps{"extract": "true"}, limit),
			"check": enginetest.JobNode("chop", enginetest.Deps{"clean": "true"}, limit), "load": enginetest.JobNode("chop", enginetest.Deps{"clean": "true"}, limit),
			"report": enginetest.JobNode("chop", enginetest.Deps{"load": "true"}, limit), "mail": enginetest.JobNode("chop", enginetest.Deps{"report": "true"}, limit),
			"delete": enginetest.JobNode("chop", enginetest.Deps{"extract": "true"}, limit),
		}
		r.RecipeType(t, "Seven", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, nodes))
		r.cookbook(t, "main", "seven", "seven", `{"variable-list":{"LIMIT":1}}`)
		r.serve(t, 2)
		run := func(spec OrderSpec) store.OrderRun {
			t.Helper()
			spec.Recipe = "seven"
			_, run := r.awaitOrder(t, r.order(t, spec), order.Completed, order.RunCompleted)
			return run
		}
		whole := run(OrderSpec{})
		if got := nodesOf(t, r, *whole.RecipeID); got != "check clean delete extract load mail report" {
			t.Errorf("the whole recipe has run %s", got)
		}
		part := run(OrderSpec{GraphSetting: json.RawMessage(`[["load"], ["check"]]`)})
		if got := nodesOf(t, r, *part.RecipeID); got != "check clean extract load" {
			t.Errorf("load and check have run %s", got)
		}
		done, err := r.Store.Recipe(t.Context(), *part.RecipeID)
		if err != nil || !done.IsCompleted || done.Counts.JobsTotal != 4 || done.Counts.JobsCompleted != 4 {
			t.Errorf("the part is %+v, %v", done, err)
		}
		if got := nodesOf(t, r, *run(OrderSpec{GraphSetting: json.RawMessage(`[["extract", "clean"]]`)}).RecipeID); got != "clean extract" {
			t.Errorf("an edge has run %s", got)
		}

		// A new revision changes a node of the part and one outside of it: a reprocess stays within the part.
		nodes["check"] = enginetest.JobNode("chop", enginetest.Deps{"clean": "true", "load": "true"}, limit)
		nodes["mail"] = enginetest.JobNode("chop", nil, limit)
		r.Redefine(t, "seven", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, nodes))
		next, err := r.Kitchen.Engine.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: done.ID, ForcedNodes: json.RawMessage(`{"all": false, "nodes": ["load"]}`)})
		if err != nil {
			t.Fatal(err)
		}
		r.AwaitCompleted(t, next.ID)
		if got := nodesOf(t, r, next.ID); got != "check clean extract load" {
			t.Errorf("a reprocess of the part has run %s", got)
		}
		_, err = r.Kitchen.Engine.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: next.ID, ForcedNodes: json.RawMessage(`{"all": false, "nodes": ["mail"]}`)})
		refusedAs(t, "a forced node outside of the part", err, refusal.Invalid, "mail")
		r.Redefine(t, "seven", enginetest.Definition(`{"json":[{"name":"LIMIT","type":"integer"}]}`, map[string]string{"load": nodes["extract"]}))
		_, err = r.Kitchen.Engine.Reprocess(t.Context(), engine.ReprocessSpec{RecipeID: next.ID, ForcedNodes: json.RawMessage(`{"all": true}`)})
		refusedAs(t, "a revision without a chosen node", err, refusal.Invalid, `has no node "check" of them`)
	})
}

// what cannot be run of a graph is refused when its file is saved, and so is what would be ignored
func TestGraphsOfVariationsAreCheckedWhenTheyAreSaved(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		for graph, want := range map[string]string{
			`[["boil"]]`:                             "",
			`[["chop", "boil"]]`:                     "",
			`[["boils"]]`:                            `no node "boils"; did you mean 'boil'?`,
			`[["boil", "chop"]]`:                     `"chop" does not come after "boil"`,
			`[["chop", "boil", {"condition": "x"}]]`: `also has {"condition":"x"}`,
		} {
			err := r.rewrite(t, "meal", order.VariationsFile, `{"variation-list": {"plain": {"graph-setting": "g"}, "all": {}}, "graph-setting-list": {"g": `+graph+`}}`)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: %v, want %q", graph, err, want)
			}
		}
	})
}
