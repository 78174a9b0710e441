package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// uses is the revisions that a type's nodes run now, by node.
func uses(t testing.TB, k *enginetest.Kitchen, name string) (int, map[string]int) {
	t.Helper()
	rt, err := k.Store.RecipeTypeByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	row, err := k.Store.RecipeTypeRevision(t.Context(), rt.ID, rt.RevisionNum)
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

func checkUses(t testing.TB, k *enginetest.Kitchen, name string, revision int, nodes map[string]int) {
	t.Helper()
	num, got := uses(t, k, name)
	if diff := cmp.Diff(nodes, got); diff != "" || num != revision {
		t.Errorf("%s has revision %d, want %d; its nodes (-want +got):\n%s", name, num, revision, diff)
	}
}

// stack is types a in b, a and b in c; and d with a, which needs a file input to be valid.
func stack(t testing.TB, k *enginetest.Kitchen) {
	t.Helper()
	k.JobType(t, enginetest.JobSpec{Name: "plain"})
	k.RecipeType(t, "A", enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", nil, nil)}))
	k.RecipeType(t, "B", enginetest.Definition(enginetest.OneFile, map[string]string{"a": enginetest.SubNode("a", nil, enginetest.Deps{"scene": "recipe:scene"})}))
	k.RecipeType(t, "C", enginetest.Definition(enginetest.OneFile, map[string]string{
		"a": enginetest.SubNode("a", nil, enginetest.Deps{"scene": "recipe:scene"}), "b": enginetest.SubNode("b", nil, enginetest.Deps{"scene": "recipe:scene"}), "y": enginetest.JobNode("plain", nil, nil)}))
	k.RecipeType(t, "D", enginetest.Definition(`{}`, map[string]string{"a": enginetest.SubNode("a", nil, nil)}))
}

func TestEditOfARecipeTypeUpdatesWhatContainsIt(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		stack(t, k)
		k.Redefine(t, "a", enginetest.Definition(enginetest.OneFile, map[string]string{"x": enginetest.JobNode("plain", nil, nil)}))
		checkUses(t, k, "b", 2, map[string]int{"a": 2})
		checkUses(t, k, "c", 2, map[string]int{"a": 2, "b": 2, "y": 1}) // one revision, not one for each way
		checkUses(t, k, "d", 1, map[string]int{"a": 1})                 // would miss the file
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "a", catalog.RecipeTypeEdit{AutoUpdate: &no, Definition: json.RawMessage(`{"nodes":{"z":` + enginetest.JobNode("plain", nil, nil) + `}}`)}); err != nil {
			t.Fatal(err)
		}
		title := "Other"
		if _, _, err := k.EditRecipeType(t.Context(), "a", catalog.RecipeTypeEdit{Title: &title}); err != nil {
			t.Fatal(err)
		}
		checkUses(t, k, "b", 2, map[string]int{"a": 2})
		rt, err := k.Store.RecipeTypeByName(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		links, err := k.Store.RecipeTypeLinks(t.Context(), []int64{rt.ID})
		if err != nil || len(links) != 1 {
			t.Errorf("links of b = %v, %v; want one", links, err)
		}
		r := k.Recipe(t, rt, `{"files":{"scene":[`+jsonOf(t, k.File(t, "a.csv", "x").ID)+`]}}`)
		k.Run(t, k.Config(2))
		k.AwaitCompleted(t, r.ID)
	})
}

func TestEditOfAJobTypeUpdatesWhatUsesIt(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		stack(t, k)
		edit := catalog.JobTypeEdit{Manifest: enginetest.JobSpec{Name: "plain"}.Manifest()}
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", edit); err != nil {
			t.Fatal(err)
		}
		checkUses(t, k, "a", 2, map[string]int{"x": 2})
		checkUses(t, k, "b", 2, map[string]int{"a": 2})
		checkUses(t, k, "c", 2, map[string]int{"a": 2, "b": 2, "y": 2})
		checkUses(t, k, "d", 2, map[string]int{"a": 2})
		// A manifest that its users cannot take leaves them alone.
		edit.Manifest = enginetest.JobSpec{Name: "plain", FilesIn: []string{"scene"}}.Manifest()
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", edit); err != nil {
			t.Fatal(err)
		}
		no := false
		edit = catalog.JobTypeEdit{Manifest: enginetest.JobSpec{Name: "plain"}.Manifest(), AutoUpdate: &no}
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", edit); err != nil {
			t.Fatal(err)
		}
		checkUses(t, k, "a", 2, map[string]int{"x": 2})
		// Posting it again edits it, and updates as well.
		_, created, _, err := k.CreateJobType(t.Context(), catalog.JobTypeSpec{Manifest: enginetest.JobSpec{Name: "plain"}.Manifest(), DockerImage: "none"})
		if err != nil || created {
			t.Fatalf("created = %v, %v", created, err)
		}
		checkUses(t, k, "a", 3, map[string]int{"x": 5})
		checkUses(t, k, "c", 3, map[string]int{"a": 3, "b": 3, "y": 5})
	})
}

func TestActivatingATypeActivatesNothingElse(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		stack(t, k)
		yes, no := true, false
		if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", catalog.JobTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		for _, active := range []bool{false, true} {
			if active {
				if _, _, err := k.EditJobType(t.Context(), "plain", "1.0.0", catalog.JobTypeEdit{IsActive: &yes}); err != nil {
					t.Fatal(err)
				}
				if _, _, err := k.EditRecipeType(t.Context(), "a", catalog.RecipeTypeEdit{IsActive: &yes}); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"b", "c", "d"} {
				if rt, err := k.Store.RecipeTypeByName(t.Context(), name); err != nil || rt.IsActive || rt.Deprecated == nil {
					t.Errorf("%s with what it contains active %v: active %v since %v, %v", name, active, rt.IsActive, rt.Deprecated, err)
				}
			}
		}
	})
}

func TestDiffOfRecipeTypes(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		stack(t, k)
		next := enginetest.Definition(enginetest.OneFile, map[string]string{"z": enginetest.JobNode("plain", nil, nil)})
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
			"a": enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", enginetest.Deps{"y": "true"}, nil),
				"y": enginetest.JobNode("plain", enginetest.Deps{"x": "true"}, nil)}),
		} {
			if _, diff, err := k.ValidateRecipeType(t.Context(), name, json.RawMessage(definition)); err != nil || diff != nil {
				t.Errorf("diff for the name %q = %+v, %v; want none", name, diff, err)
			}
		}
		k.Redefine(t, "a", next)
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
			enginetest.MustRefuse(t, err, refusal.NotFound, "not found")
		}
	})
}

func TestLegacyDefinitionsUseTheLatestRevisions(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		legacy := func(jobType string) json.RawMessage {
			return json.RawMessage(`{"version":"1.0","input_data":[],"jobs":[{"name":"x","job_type":{"name":"` + jobType + `","version":"1.0.0"}}]}`)
		}
		if _, _, err := k.CreateRecipeType(t.Context(), catalog.RecipeTypeSpec{Title: "Old", Definition: legacy("plain")}); err != nil {
			t.Fatal(err)
		}
		checkUses(t, k, "old", 1, map[string]int{"x": 2})
		_, _, err := k.CreateRecipeType(t.Context(), catalog.RecipeTypeSpec{Title: "Older", Definition: legacy("none")})
		if ps := enginetest.MustRefuse(t, err, refusal.Invalid, "none"); len(ps) == 0 || ps[0].Code != recipe.JobTypeDoesNotExist {
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

// TestASparingEditLeavesOthersAlone: what a state of Terraform has keeps its revisions, and so
// does who runs an older one.
func TestASparingEditLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "plain"})
		k.RecipeType(t, "A", enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", nil, nil)}))
		free := k.RecipeType(t, "Free", enginetest.Definition(`{}`, map[string]string{"a": enginetest.SubNode("a", nil, nil)}))
		held := k.RecipeType(t, "Held", enginetest.Definition(`{}`, map[string]string{"a": enginetest.SubNode("a", nil, nil)}))
		now := store.Now()
		for _, row := range []store.Origin{
			{Kind: usecase.MadeRecipeType, ObjectID: held.ID, Name: held.Name, Username: "ann", Action: usecase.ActionMade, At: now, Claimed: now.Ptr()},
			{Kind: usecase.MadeRecipeType, ObjectID: free.ID, Name: free.Name, Username: "ann", Action: usecase.ActionMade, At: now},
		} {
			if err := k.Store.PutOrigin(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
		edit := func(definition string, spare bool) {
			t.Helper()
			if _, _, err := k.EditRecipeType(t.Context(), "a", catalog.RecipeTypeEdit{Definition: json.RawMessage(definition), Spare: spare}); err != nil {
				t.Fatal(err)
			}
		}
		twice := enginetest.Definition(`{}`, map[string]string{"x": enginetest.JobNode("plain", nil, nil), "y": enginetest.JobNode("plain", nil, nil)})
		edit(twice, true)
		checkUses(t, k, "free", 2, map[string]int{"a": 2})
		checkUses(t, k, "held", 1, map[string]int{"a": 1})
		k.Redefine(t, "free", enginetest.Definition(`{}`, map[string]string{"a": strings.Replace(enginetest.SubNode("a", nil, nil), `"recipe_type_revision":2`, `"recipe_type_revision":1`, 1)}))
		edit(twice, true)
		checkUses(t, k, "free", 3, map[string]int{"a": 1}) // which is not the latest one: it has been chosen
		edit(twice, false)
		checkUses(t, k, "free", 4, map[string]int{"a": 4})
		checkUses(t, k, "held", 2, map[string]int{"a": 4}) // as the original does
	})
}

// TestUsersOfAJobTypeStayWhileAVersionIsActive is about a sparing edit; others deactivate them
// with their version.
func TestUsersOfAJobTypeStayWhileAVersionIsActive(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		old := k.JobType(t, enginetest.JobSpec{Name: "cut"})
		manifest := strings.Replace(string(old.Manifest), `"jobVersion":"`+old.Version+`"`, `"jobVersion":"2.0.0"`, 1)
		if _, _, _, err := k.CreateJobType(t.Context(), catalog.JobTypeSpec{DockerImage: "x", Manifest: json.RawMessage(manifest)}); err != nil {
			t.Fatal(err)
		}
		user := k.RecipeType(t, "User", enginetest.Definition(`{}`, map[string]string{"a": enginetest.JobNode("cut", nil, nil)}))
		deactivate := func(version string, want bool) {
			t.Helper()
			_, warnings, err := k.EditJobType(t.Context(), "cut", version, catalog.JobTypeEdit{IsActive: new(false), Spare: true})
			if err != nil || (len(warnings) == 0) != want {
				t.Fatalf("%s: warnings %v, %v", version, warnings, err)
			}
			if got, err := k.Store.RecipeType(t.Context(), user.ID); err != nil || got.IsActive != want {
				t.Errorf("without %s, the recipe type that uses it is active: %v, want %v (%v)", version, got.IsActive, want, err)
			}
		}
		deactivate(old.Version, true)
		if _, _, err := k.EditJobType(t.Context(), "cut", old.Version, catalog.JobTypeEdit{IsActive: new(true)}); err != nil {
			t.Fatal(err)
		}
		deactivate("2.0.0", true)
		deactivate(old.Version, false)
	})
}
