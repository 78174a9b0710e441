package form

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// TestRetryObjects is about the form in which a retry is written, whole, partly known and wrong.
func TestRetryObjects(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"tries": 2}`, `{"tries": 100, "delay": 86400, "backoff": 1.5, "errors": ["a", "b"]}`} {
		r, ps := recipe.ParseRetry([]byte(text))
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		back, ps, complete := ReadRetry(OfRetry(r))
		if diff := cmp.Diff(r, back); diff != "" || !complete || len(ps) > 0 {
			t.Errorf("%s: as an object and back (-want +got):\n%s%v", text, diff, ps)
		}
	}
	if diff := cmp.Diff(map[string]any{"tries": json.Number("2")}, OfRetry(recipe.Retry{Tries: 2, Backoff: 2})); diff != "" {
		t.Errorf("the smallest object (-want +got):\n%s", diff)
	}
	if _, ps, complete := ReadRetry(put(t, mustTree(t, `{"tries": 2}`), document.Unknown, "delay")); complete || len(ps) > 0 {
		t.Errorf("partly unknown: complete %t, %v", complete, ps)
	}
	if _, ps, complete := ReadRetry(mustTree(t, `{"tries": 2, "errors": "a"}`)); complete || len(ps) != 1 || ps[0].Code != recipe.InvalidRetry {
		t.Errorf("wrong: complete %t, %v", complete, ps)
	}
}

// TestRetryOfANode reads it in both forms, checks it, and sees it change no node.
func TestRetryOfANode(t *testing.T) {
	t.Parallel()
	const job = `"dependencies": [], "input": {}, "node_type": {"node_type": "job", "job_type_name": "a", "job_type_version": "1", "job_type_revision": 1}`
	const sub = `"dependencies": [], "input": {}, "node_type": {"node_type": "recipe", "recipe_type_name": "r", "recipe_type_revision": 1}`
	plain, ps := recipe.Parse([]byte(`{"nodes": {"n": {` + job + `}}}`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	d, ps := recipe.Parse([]byte(`{"nodes": {"n": {` + job + `, "retry": {"tries": 3, "errors": ["e"]}}}}`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if diff := cmp.Diff(&recipe.Retry{Tries: 3, Backoff: 2, Errors: []string{"e"}}, d.Nodes["n"].Retry); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if SameDefinition(plain, d) {
		t.Error("a definition with a retry is the same as one without")
	}
	if diff := recipe.Compare(plain, d, &recipe.ForcedNodes{}); len(diff.Copy()) != 1 {
		t.Errorf("a retry makes the node run again: %+v", diff.Nodes["n"])
	}
	object, ok := OfDefinition(d)
	if !ok {
		t.Fatal("it has no object form")
	}
	back, ps := ReadDraft(object).Definition()
	if len(ps) > 0 || !SameDefinition(d, back) {
		t.Errorf("as an object and back: %v, %v", object, ps)
	}
	types := recipe.Catalog{Jobs: map[recipe.JobRef]*recipe.JobInterface{{Name: "a", Version: "1", Revision: 1}: {Errors: []string{"f"}}}}
	got := recipe.Validate(d, types).Errors()
	if len(got) != 1 || got[0].Path.String() != "nodes.n.retry.errors" || got[0].Code != recipe.InvalidRetry {
		t.Errorf("an error that the job does not have: %v", got)
	}
	if at := ReadDraft(object).Locate(got); len(at) != 1 || at[0].Path.String() != "nodes.n.retry.errors" {
		t.Errorf("its place in the object form: %v", at)
	}
	if got := recipe.Validate(d, recipe.Catalog{}).Errors(); len(got) > 0 {
		t.Errorf("a job that is not known: %v", got)
	}
	_, ps = recipe.Parse([]byte(`{"nodes": {"n": {` + sub + `, "retry": {"tries": 3}}, "m": {` + job + `, "retry": {"tries": 0}}}}`))
	if text := messages(ps); text != "nodes.m.retry.tries: found the number 0, expected at least 1\n"+
		"nodes.n.retry: only jobs are tried again; expected it on the nodes of a sub-recipe instead" {
		t.Errorf("problems:\n%s", text)
	}
	draft := ReadDraft(put(t, object, document.Unknown, "nodes", "n", "retry", "tries"))
	if ps := draft.Check(); len(ps) > 0 || draft.Known() {
		t.Errorf("a retry that is not known: %v, known %t", ps, draft.Known())
	}
	if text := messages(ReadDraft(put(t, object, json.Number("0"), "nodes", "n", "retry", "tries")).Check()); text != "nodes.n.retry.tries: found the number 0, expected at least 1" {
		t.Errorf("a wrong one in the object form:\n%s", text)
	}
}
