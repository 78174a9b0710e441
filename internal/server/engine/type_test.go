package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// codes are the codes of problems, warnings with a "!" in front.
func codes(ps recipe.Problems) []string {
	var out []string
	for _, p := range ps {
		code := string(p.Code)
		if p.Warning {
			code = "!" + code
		}
		out = append(out, code)
	}
	return slices.Compact(out)
}

func mustRefuse(t *testing.T, err error, code Code, words string) recipe.Problems {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %v, want an *Error with the code %s", err, code)
	}
	if e.Code != code || !strings.Contains(e.Message, words) {
		t.Errorf("error = %s %q, want %s with %q in it", e.Code, e.Message, code, words)
	}
	return e.Problems
}

func TestCreateRecipeTypeRefuses(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "cut", jsonOut: []string{"n"}})
		k.recipeType(t, "Taken", `{"nodes":{}}`)
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "taken", RecipeTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		var huge strings.Builder
		for i := range 1001 {
			fmt.Fprintf(&huge, `,"n%d":%s`, i, jobNode("cut", nil, nil))
		}
		for _, tc := range []struct {
			name, title, description, definition string
			code                                 Code
			words                                string
			problems                             []string
		}{
			{name: "no title", definition: `{}`, code: Invalid, words: `"title"`},
			{name: "no definition", title: "A", code: Invalid, words: `"definition"`},
			{name: "a null definition", title: "A", definition: `null`, code: Invalid, words: `"definition"`},
			{name: "an array for a definition", title: "A", definition: `[]`, code: Invalid, words: "JSON object"},
			{name: "the reserved name", title: "Validation", definition: `{}`, code: Invalid, words: "validation"},
			{name: "a title without letters", title: "!!!", definition: `{}`, code: Invalid, words: "at least one ASCII letter"},
			{name: "a long title", title: strings.Repeat("é", 51), definition: `{}`, code: Invalid, words: "51 characters"},
			{name: "a long description", title: "A", description: strings.Repeat("x", 501), definition: `{}`, code: Invalid, words: "501 characters"},
			{name: "a taken title, also of an inactive type", title: "taken", definition: `{}`, code: Invalid, words: "Existing recipe types"},
			{name: "a broken definition", title: "A", definition: `{"nodes":3}`, code: Invalid, problems: []string{"INVALID_DEFINITION"}},
			{name: "an unknown version", title: "A", definition: `{"version":"9"}`, code: Invalid, problems: []string{"INVALID_DEFINITION"}},
			{name: "a circle", title: "A", code: Invalid, problems: []string{"CIRCULAR_DEPENDENCY"}, words: "a -> b -> a", definition: definition(`{}`,
				map[string]string{"a": jobNode("cut", deps{"b": "true"}, nil), "b": jobNode("cut", deps{"a": "true"}, nil)})},
			{name: "an unknown job type", title: "A", code: Invalid, problems: []string{"JOB_TYPE_DOES_NOT_EXIST"},
				definition: definition(`{}`, map[string]string{"a": jobNode("none", nil, nil)})},
			{name: "an unknown sub-recipe type", title: "A", code: Invalid, problems: []string{"RECIPE_TYPE_DOES_NOT_EXIST"},
				definition: definition(`{}`, map[string]string{"a": subNode("none", nil, nil)})},
			{name: "too many nodes", title: "A", code: Invalid, words: "at most 1000", problems: []string{"INVALID_DEFINITION"},
				definition: `{"nodes":{` + huge.String()[1:] + `}}`},
			{name: "too many bytes", title: "A", definition: `{"nodes":{}` + strings.Repeat(" ", maxDocument) + `}`, code: TooLarge, words: "bytes"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, _, err := k.CreateRecipeType(t.Context(), RecipeTypeSpec{
					Title: tc.title, Description: tc.description, Definition: json.RawMessage(tc.definition)})
				ps := mustRefuse(t, err, tc.code, tc.words)
				if diff := cmp.Diff(tc.problems, codes(ps)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestEditRecipeType(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.jobType(t, jobSpec{name: "cut"})
		body := definition(`{}`, map[string]string{"a": jobNode("cut", nil, nil)})
		inner := k.recipeType(t, "Inner", body)
		outer := k.recipeType(t, "Outer", definition(`{}`, map[string]string{"sub": subNode("inner", nil, nil)}))
		edit := func(name string, e RecipeTypeEdit) (store.RecipeType, recipe.Problems, error) {
			return k.EditRecipeType(t.Context(), name, e)
		}

		title, empty := "New title", ""
		got, _, err := edit("inner", RecipeTypeEdit{Title: &title, Definition: json.RawMessage(`{}`)})
		if err != nil || got.Title != title || got.RevisionNum != 1 || got.Name != "inner" {
			t.Errorf("with a new title: %+v, %v", got, err)
		}
		if got, _, err = edit("inner", RecipeTypeEdit{Definition: json.RawMessage(body)}); err != nil || got.RevisionNum != 2 {
			t.Errorf("with the same definition: revision %d, %v; want 2", got.RevisionNum, err)
		}
		if _, err := k.store.RecipeTypeRevision(t.Context(), inner.ID, 2); err != nil {
			t.Error(err)
		}
		_, _, err = edit("nobody", RecipeTypeEdit{Title: &title})
		mustRefuse(t, err, NotFound, "nobody")
		_, _, err = edit("inner", RecipeTypeEdit{Title: &empty})
		mustRefuse(t, err, Invalid, "title")
		for _, into := range []string{"inner", "outer"} {
			_, _, err = edit("inner", RecipeTypeEdit{Definition: json.RawMessage(definition(`{}`, map[string]string{"sub": subNode(into, nil, nil)}))})
			if ps := mustRefuse(t, err, Invalid, "inner"); !slices.Contains(codes(ps), "RECURSIVE_SUBRECIPES") {
				t.Errorf("%s in inner: problems = %v", into, codes(ps))
			}
		}
		if got, err := k.store.RecipeType(t.Context(), inner.ID); err != nil || got.RevisionNum != 2 {
			t.Errorf("after refusals: revision %d, %v; want 2", got.RevisionNum, err)
		}

		yes, no := true, false
		got, warnings, err := edit("inner", RecipeTypeEdit{IsActive: &no})
		if err != nil || got.IsActive || got.Deprecated == nil {
			t.Errorf("deactivated: %+v, %v", got, err)
		}
		if diff := cmp.Diff([]string{"!DEPRECATED_RECIPES"}, codes(warnings)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		if got, err := k.store.RecipeType(t.Context(), outer.ID); err != nil || got.IsActive || got.Deprecated == nil {
			t.Errorf("the containing type: %+v, %v; want it deactivated too", got, err)
		}
		_, err = k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: outer.ID})
		mustRefuse(t, err, Inactive, "Inactive recipe type: Recipe Type outer is inactive")
		if got, _, err = edit("inner", RecipeTypeEdit{IsActive: &yes}); err != nil || !got.IsActive || got.Deprecated != nil {
			t.Errorf("activated: %+v, %v", got, err)
		}
	})
}

func TestValidateRecipeTypeReportsEverything(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		k.recipeType(t, "Self", `{"nodes":{}}`)
		got, _, err := k.ValidateRecipeType(t.Context(), "self", json.RawMessage(definition(`{}`, map[string]string{
			"a": jobNode("none", nil, nil), "b": subNode("none", nil, nil), "c": subNode("self", nil, nil)})))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"JOB_TYPE_DOES_NOT_EXIST", "RECIPE_TYPE_DOES_NOT_EXIST", "RECURSIVE_SUBRECIPES"}
		if diff := cmp.Diff(want, codes(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, _, err = k.ValidateRecipeType(t.Context(), "", nil)
		mustRefuse(t, err, Invalid, `"definition"`)
	})
}

func TestJobTypes(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		manifest := jobSpec{name: "cut", filesOut: []string{"part"}}.manifest()
		other := jobSpec{name: "other"}.manifest()
		negative := -1
		if _, err := k.CreateWorkspace(t.Context(), WorkspaceSpec{Title: "Old", Broker: Broker{"host", "old"}}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name          string
			spec          JobTypeSpec
			configuration string
			words         string
			problems      []string
		}{
			{name: "no image", spec: JobTypeSpec{Manifest: manifest}, words: "docker_image"},
			{name: "no manifest", spec: JobTypeSpec{DockerImage: "x"}, words: "manifest"},
			{name: "a broken manifest", spec: JobTypeSpec{DockerImage: "x", Manifest: json.RawMessage(`{"seedVersion":"1.0.0"}`)},
				words: "manifest invalid", problems: []string{"JSON_VALIDATION_ERROR"}},
			{name: "a file output without a workspace", spec: JobTypeSpec{DockerImage: "x", Manifest: manifest},
				words: "configuration invalid", problems: []string{"MISSING_WORKSPACE"}},
			{name: "an unknown workspace", spec: JobTypeSpec{DockerImage: "x", Manifest: manifest},
				configuration: `{"output_workspaces":{"default":"nowhere"}}`, words: "nowhere", problems: []string{"INVALID_WORKSPACE"}},
			{name: "a negative limit", spec: JobTypeSpec{DockerImage: "x", Manifest: other, MaxScheduled: &negative}, words: "max_scheduled"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.spec.Configuration = json.RawMessage(tc.configuration)
				_, _, _, err := k.CreateJobType(t.Context(), tc.spec)
				ps := mustRefuse(t, err, Invalid, tc.words)
				if diff := cmp.Diff(tc.problems, codes(ps)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			})
		}
		spec := JobTypeSpec{DockerImage: "x", Manifest: manifest, Configuration: json.RawMessage(`{"output_workspaces":{"default":"old"}}`)}
		jt, created, warnings, err := k.CreateJobType(t.Context(), spec)
		if err != nil || !created || jt.RevisionNum != 1 || !jt.IsActive || jt.MaxTries != 3 {
			t.Fatalf("created = %v, %+v, %v", created, jt, err)
		}
		if diff := cmp.Diff([]string{"!DEPRECATED_WORKSPACE"}, codes(warnings)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		spec.DockerImage = "y"
		if jt, created, _, err = k.CreateJobType(t.Context(), spec); err != nil || created || jt.RevisionNum != 2 || jt.DockerImage != "y" {
			t.Errorf("created again: created = %v, %+v, %v", created, jt, err)
		}
		if rev, err := k.store.JobTypeRevision(t.Context(), jt.ID, 2); err != nil || rev.DockerImage != "y" {
			t.Errorf("revision 2 = %+v, %v", rev, err)
		}
		_, _, err = k.EditJobType(t.Context(), "cut", "9", JobTypeEdit{})
		mustRefuse(t, err, NotFound, "cut")
		_, _, err = k.EditJobType(t.Context(), "cut", "1.0.0", JobTypeEdit{Manifest: other})
		mustRefuse(t, err, Invalid, "never change")

		rt := k.recipeType(t, "User", definition(`{}`, map[string]string{"a": jobNode("cut", nil, nil)}))
		no := false
		jt, warnings, err = k.EditJobType(t.Context(), "cut", "1.0.0", JobTypeEdit{IsActive: &no})
		if err != nil || jt.IsActive || jt.Deprecated == nil || jt.RevisionNum != 2 {
			t.Errorf("deactivated: %+v, %v", jt, err)
		}
		if diff := cmp.Diff([]string{"!DEPRECATED_RECIPES"}, codes(warnings)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		if got, err := k.store.RecipeType(t.Context(), rt.ID); err != nil || got.IsActive {
			t.Errorf("the recipe type that uses it: %+v, %v; want it deactivated", got, err)
		}
	})
}

func TestCreateRecipeRefuses(t *testing.T) {
	t.Parallel()
	eachKitchen(t, func(t *testing.T, k *kitchen) {
		rt := k.recipeType(t, "Takes", `{"input":{"files":[{"name":"scene"}],"json":[{"name":"n","type":"integer","required":false}]},"nodes":{}}`)
		live, gone := k.file(t, "live.csv", "x").ID, k.file(t, "gone.csv", "x").ID
		if err := k.PurgeFile(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		good := fmt.Sprintf(`{"files":{"scene":[%d]}}`, live)
		for _, tc := range []struct {
			name  string
			spec  RecipeSpec
			code  Code
			words string
		}{
			{"an array for the input", RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(`[]`)}, Invalid, `"input"`},
			{"broken data before an unknown type", RecipeSpec{RecipeTypeID: 99, Input: json.RawMessage(`{"files":{"a":"b"}}`)}, Invalid, ""},
			{"an unknown type", RecipeSpec{RecipeTypeID: 99}, NotFound, "99"},
			{"an unknown type before a broken configuration", RecipeSpec{RecipeTypeID: 99, Configuration: json.RawMessage(`{"priority":0}`)}, NotFound, "99"},
			{"a broken configuration", RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(good),
				Configuration: json.RawMessage(`{"priority":0}`)}, Invalid, "Recipe configuration invalid: "},
			{"an unknown revision", RecipeSpec{RecipeTypeID: rt.ID, RevisionNum: 7}, NotFound, "7"},
			{"a missing input", RecipeSpec{RecipeTypeID: rt.ID}, InvalidInput, "Invalid recipe data: "},
			{"an input of the wrong type", RecipeSpec{RecipeTypeID: rt.ID,
				Input: json.RawMessage(fmt.Sprintf(`{"files":{"scene":[%d]},"json":{"n":"x"}}`, live))}, InvalidInput, "Invalid recipe data: "},
			{"an unknown file", RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(`{"files":{"scene":[987]}}`)}, InvalidInput, "987 does not exist"},
			{"a deleted file", RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(fmt.Sprintf(`{"files":{"scene":[%d]}}`, gone))}, InvalidInput, "was deleted"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.CreateRecipe(t.Context(), tc.spec)
				mustRefuse(t, err, tc.code, tc.words)
			})
		}
		if _, n, err := k.store.Recipes(t.Context(), store.RecipeFilter{Paging: store.Paging{Page: 1, PageSize: 1}}); err != nil || n != 0 {
			t.Errorf("%d recipes after refusals, %v; want none", n, err)
		}
		r := k.recipe(t, rt, good)
		event, err := k.store.Event(t.Context(), r.EventID)
		if err != nil || event.Type != "USER" || !strings.Contains(string(event.Description), "Anonymous") {
			t.Errorf("event = %+v, %v", event, err)
		}
	})
}
