package engine

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// uses is the revisions that a type's nodes run now, by node.
func (k *kitchen) uses(t testing.TB, name string) (int, map[string]int) {
	t.Helper()
	rt, err := k.store.RecipeTypeByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	row, err := k.store.RecipeTypeRevision(t.Context(), rt.ID, rt.RevisionNum)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(rt.Definition), string(row.Definition)); diff != "" {
		t.Errorf("definition of %s (-type +latest revision):\n%s", name, diff)
	}
	d, ps := recipe.Parse(rt.Definition)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for node, n := range d.Nodes {
		switch {
		case n.Job != nil:
			out[node] = n.Job.Revision
		case n.Recipe != nil:
			out[node] = n.Recipe.Revision
		}
	}
	return rt.RevisionNum, out
}

func (k *kitchen) checkUses(t testing.TB, name string, revision int, nodes map[string]int) {
	t.Helper()
	num, got := k.uses(t, name)
	if diff := cmp.Diff(nodes, got); diff != "" || num != revision {
		t.Errorf("%s has revision %d, want %d; its nodes (-want +got):\n%s", name, num, revision, diff)
	}
}

// stack is types a in b, a and b in c; and d with a, which needs a file input to be valid.
func (k *kitchen) stack(t testing.TB) {
	t.Helper()
	k.jobType(t, jobSpec{name: "plain"})
	k.recipeType(t, "A", definition(`{}`, map[string]string{"x": jobNode("plain", nil, nil)}))
	k.recipeType(t, "B", definition(oneFile, map[string]string{"a": subNode("a", nil, deps{"scene": "recipe:scene"})}))
	k.recipeType(t, "C", definition(oneFile, map[string]string{
		"a": subNode("a", nil, deps{"scene": "recipe:scene"}), "b": subNode("b", nil, deps{"scene": "recipe:scene"}), "y": jobNode("plain", nil, nil)}))
	k.recipeType(t, "D", definition(`{}`, map[string]string{"a": subNode("a", nil, nil)}))
}

func TestEditOfARecipeTypeUpdatesWhatContainsIt(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.stack(t)
		k.redefine(t, "a", definition(oneFile, map[string]string{"x": jobNode("plain", nil, nil)}))
		k.checkUses(t, "b", 2, map[string]int{"a": 2})
		k.checkUses(t, "c", 2, map[string]int{"a": 2, "b": 2, "y": 1}) // one revision, not one for each way
		k.checkUses(t, "d", 1, map[string]int{"a": 1})                 // would miss the file
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "a", RecipeTypeEdit{AutoUpdate: &no, Definition: json.RawMessage(`{"nodes":{"z":` + jobNode("plain", nil, nil) + `}}`)}); err != nil {
			t.Fatal(err)
		}
		title := "Other"
		if _, _, err := k.EditRecipeType(t.Context(), "a", RecipeTypeEdit{Title: &title}); err != nil {
			t.Fatal(err)
		}
		k.checkUses(t, "b", 2, map[string]int{"a": 2})
		rt, err := k.store.RecipeTypeByName(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		links, err := k.store.RecipeTypeLinks(t.Context(), []int64{rt.ID})
		if err != nil || len(links) != 1 {
			t.Errorf("links of b = %v, %v; want one", links, err)
		}
		r := k.recipe(t, rt, `{"files":{"scene":[`+jsonOf(t, k.file(t, "a.csv", "x").ID)+`]}}`)
		k.start(t, k.config(2))
		k.awaitCompleted(t, r.ID)
	})
}

func TestEditOfAJobTypeUpdatesWhatUsesIt(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.stack(t)
		edit := JobTypeEdit{Manifest: jobSpec{name: "plain"}.manifest()}
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", edit); err != nil {
			t.Fatal(err)
		}
		k.checkUses(t, "a", 2, map[string]int{"x": 2})
		k.checkUses(t, "b", 2, map[string]int{"a": 2})
		k.checkUses(t, "c", 2, map[string]int{"a": 2, "b": 2, "y": 2})
		k.checkUses(t, "d", 2, map[string]int{"a": 2})
		// A manifest that its users cannot take leaves them alone.
		edit.Manifest = jobSpec{name: "plain", filesIn: []string{"scene"}}.manifest()
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", edit); err != nil {
			t.Fatal(err)
		}
		no := false
		edit = JobTypeEdit{Manifest: jobSpec{name: "plain"}.manifest(), AutoUpdate: &no}
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", edit); err != nil {
			t.Fatal(err)
		}
		k.checkUses(t, "a", 2, map[string]int{"x": 2})
		// Posting it again edits it, and updates as well.
		_, created, _, err := k.CreateJobType(t.Context(), JobTypeSpec{Manifest: jobSpec{name: "plain"}.manifest(), DockerImage: "none"})
		if err != nil || created {
			t.Fatalf("created = %v, %v", created, err)
		}
		k.checkUses(t, "a", 3, map[string]int{"x": 5})
		k.checkUses(t, "c", 3, map[string]int{"a": 3, "b": 3, "y": 5})
	})
}

func TestActivatingATypeActivatesNothingElse(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.stack(t)
		yes, no := true, false
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", JobTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		for _, active := range []bool{false, true} {
			if active {
				if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", JobTypeEdit{IsActive: &yes}); err != nil {
					t.Fatal(err)
				}
				if _, _, err := k.EditRecipeType(t.Context(), "a", RecipeTypeEdit{IsActive: &yes}); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"b", "c", "d"} {
				if rt, err := k.store.RecipeTypeByName(t.Context(), name); err != nil || rt.IsActive || rt.Deprecated == nil {
					t.Errorf("%s with what it contains active %v: active %v since %v, %v", name, active, rt.IsActive, rt.Deprecated, err)
				}
			}
		}
	})
}

func TestDiffOfRecipeTypes(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.stack(t)
		next := definition(oneFile, map[string]string{"z": jobNode("plain", nil, nil)})
		ps, diff, err := k.ValidateRecipeType(t.Context(), "a", json.RawMessage(next))
		if err != nil || diff == nil || diff.CanBeReprocessed || diff.Nodes["x"].Status != recipe.StatusDeleted || diff.Nodes["z"].Status != recipe.StatusNew {
			t.Errorf("diff = %+v, %v", diff, err)
		}
		if d := cmp.Diff([]string{"!REPROCESS_WARNING"}, codes(ps)); d != "" {
			t.Errorf("problems (-want +got):\n%s", d)
		}
		for name, definition := range map[string]string{
			"":       next,
			"nobody": next,
			"a": definition(`{}`, map[string]string{"x": jobNode("plain", deps{"y": "true"}, nil),
				"y": jobNode("plain", deps{"x": "true"}, nil)}),
		} {
			if _, diff, err := k.ValidateRecipeType(t.Context(), name, json.RawMessage(definition)); err != nil || diff != nil {
				t.Errorf("diff for the name %q = %+v, %v; want none", name, diff, err)
			}
		}
		k.redefine(t, "a", next)
		there, err := k.DiffRecipeType(t.Context(), "a", 1, 2)
		if err != nil || there.CanBeReprocessed || there.Nodes["z"].Status != recipe.StatusNew {
			t.Errorf("diff from 1 to 2 = %+v, %v", there, err)
		}
		if back, err := k.DiffRecipeType(t.Context(), "a", 2, 1); err != nil || back.Nodes["z"].Status != recipe.StatusDeleted {
			t.Errorf("diff from 2 to 1 = %+v, %v", back, err)
		}
		for _, tc := range []struct {
			name     string
			from, to int
		}{{"nobody", 1, 1}, {"a", 3, 1}, {"a", 1, 0}} {
			_, err := k.DiffRecipeType(t.Context(), tc.name, tc.from, tc.to)
			mustRefuse(t, err, NotFound, "not found")
		}
	})
}

func TestLegacyDefinitionsUseTheLatestRevisions(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "plain"})
		k.jobType(t, jobSpec{name: "plain"})
		legacy := func(jobType string) json.RawMessage {
			return json.RawMessage(`{"version":"1.0","input_data":[],"jobs":[{"name":"x","job_type":{"name":"` + jobType + `","version":"1.0.0"}}]}`)
		}
		if _, _, err := k.CreateRecipeType(t.Context(), RecipeTypeSpec{Title: "Old", Definition: legacy("plain")}); err != nil {
			t.Fatal(err)
		}
		k.checkUses(t, "old", 1, map[string]int{"x": 2})
		_, _, err := k.CreateRecipeType(t.Context(), RecipeTypeSpec{Title: "Older", Definition: legacy("none")})
		if ps := mustRefuse(t, err, Invalid, "none"); len(ps) == 0 || ps[0].Code != recipe.JobTypeDoesNotExist {
			t.Errorf("problems = %v", ps)
		}
	})
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
