package catalog_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
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

func TestCreateRecipeTypeRefuses(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "cut", JSONOut: []string{"n"}})
		k.RecipeType(t, "Taken", `{"nodes":{}}`)
		no := false
		if _, _, err := k.EditRecipeType(t.Context(), "taken", catalog.RecipeTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		var huge strings.Builder
		for i := range 1001 {
			fmt.Fprintf(&huge, `,"n%d":%s`, i, enginetest.JobNode("cut", nil, nil))
		}
		for _, tc := range []struct {
			name, title, description, definition string
			code                                 refusal.Code
			words                                string
			problems                             []string
		}{
			{name: "no title", definition: `{}`, code: refusal.Invalid, words: `"title"`},
			{name: "no definition", title: "A", code: refusal.Invalid, words: `"definition"`},
			{name: "a null definition", title: "A", definition: `null`, code: refusal.Invalid, words: `"definition"`},
			{name: "an array for a definition", title: "A", definition: `[]`, code: refusal.Invalid, words: "JSON object"},
			{name: "the reserved name", title: "Validation", definition: `{}`, code: refusal.Invalid, words: "validation"},
			{name: "a title without letters", title: "!!!", definition: `{}`, code: refusal.Invalid, words: "at least one ASCII letter"},
			{name: "a long title", title: strings.Repeat("é", 51), definition: `{}`, code: refusal.Invalid, words: "51 characters"},
			{name: "a long description", title: "A", description: strings.Repeat("x", 501), definition: `{}`, code: refusal.Invalid, words: "501 characters"},
			{name: "a taken title, also of an inactive type", title: "taken", definition: `{}`, code: refusal.Invalid, words: "Existing recipe types"},
			{name: "a broken definition", title: "A", definition: `{"nodes":3}`, code: refusal.Invalid, problems: []string{"INVALID_DEFINITION"}},
			{name: "an unknown version", title: "A", definition: `{"version":"9"}`, code: refusal.Invalid, problems: []string{"INVALID_DEFINITION"}},
			{name: "a circle", title: "A", code: refusal.Invalid, problems: []string{"CIRCULAR_DEPENDENCY"}, words: "a -> b -> a", definition: enginetest.Definition(`{}`,
				map[string]string{"a": enginetest.JobNode("cut", enginetest.Deps{"b": "true"}, nil), "b": enginetest.JobNode("cut", enginetest.Deps{"a": "true"}, nil)})},
			{name: "an unknown job type", title: "A", code: refusal.Invalid, problems: []string{"JOB_TYPE_DOES_NOT_EXIST"},
				definition: enginetest.Definition(`{}`, map[string]string{"a": enginetest.JobNode("none", nil, nil)})},
			{name: "an unknown sub-recipe type", title: "A", code: refusal.Invalid, problems: []string{"RECIPE_TYPE_DOES_NOT_EXIST"},
				definition: enginetest.Definition(`{}`, map[string]string{"a": enginetest.SubNode("none", nil, nil)})},
			{name: "too many nodes", title: "A", code: refusal.Invalid, words: "at most 1000", problems: []string{"INVALID_DEFINITION"},
				definition: `{"nodes":{` + huge.String()[1:] + `}}`},
			{name: "too many bytes", title: "A", definition: `{"nodes":{}` + strings.Repeat(" ", usecase.MaxDocument) + `}`, code: refusal.TooLarge, words: "bytes"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, _, err := k.CreateRecipeType(t.Context(), catalog.RecipeTypeSpec{
					Title: tc.title, Description: tc.description, Definition: json.RawMessage(tc.definition)})
				ps := enginetest.MustRefuse(t, err, tc.code, tc.words)
				if diff := cmp.Diff(tc.problems, codes(ps)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestEditRecipeType(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{Name: "cut"})
		body := enginetest.Definition(`{}`, map[string]string{"a": enginetest.JobNode("cut", nil, nil)})
		inner := k.RecipeType(t, "Inner", body)
		outer := k.RecipeType(t, "Outer", enginetest.Definition(`{}`, map[string]string{"sub": enginetest.SubNode("inner", nil, nil)}))
		edit := func(name string, e catalog.RecipeTypeEdit) (store.RecipeType, recipe.Problems, error) {
			return k.EditRecipeType(t.Context(), name, e)
		}

		title, empty := "New title", ""
		got, _, err := edit("inner", catalog.RecipeTypeEdit{Title: &title, Definition: json.RawMessage(`{}`)})
		if err != nil || got.Title != title || got.RevisionNum != 1 || got.Name != "inner" {
			t.Errorf("with a new title: %+v, %v", got, err)
		}
		if got, _, err = edit("inner", catalog.RecipeTypeEdit{Definition: json.RawMessage(body)}); err != nil || got.RevisionNum != 2 {
			t.Errorf("with the same definition: revision %d, %v; want 2", got.RevisionNum, err)
		}
		if _, err := k.Store.RecipeTypeRevision(t.Context(), inner.ID, 2); err != nil {
			t.Error(err)
		}
		_, _, err = edit("nobody", catalog.RecipeTypeEdit{Title: &title})
		enginetest.MustRefuse(t, err, refusal.NotFound, "nobody")
		_, _, err = edit("inner", catalog.RecipeTypeEdit{Title: &empty})
		enginetest.MustRefuse(t, err, refusal.Invalid, "title")
		for _, into := range []string{"inner", "outer"} {
			_, _, err = edit("inner", catalog.RecipeTypeEdit{Definition: json.RawMessage(enginetest.Definition(`{}`, map[string]string{"sub": enginetest.SubNode(into, nil, nil)}))})
			if ps := enginetest.MustRefuse(t, err, refusal.Invalid, "inner"); !slices.Contains(codes(ps), "RECURSIVE_SUBRECIPES") {
				t.Errorf("%s in inner: problems = %v", into, codes(ps))
			}
		}
		if got, err := k.Store.RecipeType(t.Context(), inner.ID); err != nil || got.RevisionNum != 2 {
			t.Errorf("after refusals: revision %d, %v; want 2", got.RevisionNum, err)
		}

		yes, no := true, false
		got, warnings, err := edit("inner", catalog.RecipeTypeEdit{IsActive: &no})
		if err != nil || got.IsActive || got.Deprecated == nil {
			t.Errorf("deactivated: %+v, %v", got, err)
		}
		if diff := cmp.Diff([]string{"!DEPRECATED_RECIPES"}, codes(warnings)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		if got, err := k.Store.RecipeType(t.Context(), outer.ID); err != nil || got.IsActive || got.Deprecated == nil {
			t.Errorf("the containing type: %+v, %v; want it deactivated too", got, err)
		}
		_, err = k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: outer.ID})
		enginetest.MustRefuse(t, err, refusal.Inactive, "Inactive recipe type: Recipe Type outer is inactive")
		if got, _, err = edit("inner", catalog.RecipeTypeEdit{IsActive: &yes}); err != nil || !got.IsActive || got.Deprecated != nil {
			t.Errorf("activated: %+v, %v", got, err)
		}
	})
}

func TestValidateRecipeTypeReportsEverything(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.RecipeType(t, "Self", `{"nodes":{}}`)
		got, _, err := k.ValidateRecipeType(t.Context(), "self", json.RawMessage(enginetest.Definition(`{}`, map[string]string{
			"a": enginetest.JobNode("none", nil, nil), "b": enginetest.SubNode("none", nil, nil), "c": enginetest.SubNode("self", nil, nil)})))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"JOB_TYPE_DOES_NOT_EXIST", "RECIPE_TYPE_DOES_NOT_EXIST", "RECURSIVE_SUBRECIPES"}
		if diff := cmp.Diff(want, codes(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, _, err = k.ValidateRecipeType(t.Context(), "", nil)
		enginetest.MustRefuse(t, err, refusal.Invalid, `"definition"`)
	})
}

func TestJobTypes(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		manifest := enginetest.JobSpec{Name: "cut", FilesOut: []string{"part"}}.Manifest()
		other := enginetest.JobSpec{Name: "other"}.Manifest()
		negative := -1
		if _, err := k.CreateWorkspace(t.Context(), catalog.WorkspaceSpec{Title: "Old", Broker: catalog.Broker{"host", "old"}}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name          string
			spec          catalog.JobTypeSpec
			configuration string
			words         string
			problems      []string
		}{
			{name: "no image", spec: catalog.JobTypeSpec{Manifest: manifest}, words: "docker_image"},
			{name: "no manifest", spec: catalog.JobTypeSpec{DockerImage: "x"}, words: "manifest"},
			{name: "a broken manifest", spec: catalog.JobTypeSpec{DockerImage: "x", Manifest: json.RawMessage(`{"seedVersion":"1.0.0"}`)},
				words: "manifest invalid", problems: []string{"JSON_VALIDATION_ERROR"}},
			{name: "a file output without a workspace", spec: catalog.JobTypeSpec{DockerImage: "x", Manifest: manifest},
				words: "configuration invalid", problems: []string{"MISSING_WORKSPACE"}},
			{name: "an unknown workspace", spec: catalog.JobTypeSpec{DockerImage: "x", Manifest: manifest},
				configuration: `{"output_workspaces":{"default":"nowhere"}}`, words: "nowhere", problems: []string{"INVALID_WORKSPACE"}},
			{name: "a negative limit", spec: catalog.JobTypeSpec{DockerImage: "x", Manifest: other, MaxScheduled: &negative}, words: "max_scheduled"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.spec.Configuration = json.RawMessage(tc.configuration)
				_, _, _, err := k.CreateJobType(t.Context(), tc.spec)
				ps := enginetest.MustRefuse(t, err, refusal.Invalid, tc.words)
				if diff := cmp.Diff(tc.problems, codes(ps)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			})
		}
		spec := catalog.JobTypeSpec{DockerImage: "x", Manifest: manifest, Configuration: json.RawMessage(`{"output_workspaces":{"default":"old"}}`)}
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
		if rev, err := k.Store.JobTypeRevision(t.Context(), jt.ID, 2); err != nil || rev.DockerImage != "y" {
			t.Errorf("revision 2 = %+v, %v", rev, err)
		}
		_, _, err = k.EditJobType(t.Context(), "cut", "9", catalog.JobTypeEdit{})
		enginetest.MustRefuse(t, err, refusal.NotFound, "cut")
		_, _, err = k.EditJobType(t.Context(), "cut", "1.0.0", catalog.JobTypeEdit{Manifest: other})
		enginetest.MustRefuse(t, err, refusal.Invalid, "never change")

		rt := k.RecipeType(t, "User", enginetest.Definition(`{}`, map[string]string{"a": enginetest.JobNode("cut", nil, nil)}))
		no := false
		jt, warnings, err = k.EditJobType(t.Context(), "cut", "1.0.0", catalog.JobTypeEdit{IsActive: &no})
		if err != nil || jt.IsActive || jt.Deprecated == nil || jt.RevisionNum != 2 {
			t.Errorf("deactivated: %+v, %v", jt, err)
		}
		if diff := cmp.Diff([]string{"!DEPRECATED_RECIPES"}, codes(warnings)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		if got, err := k.Store.RecipeType(t.Context(), rt.ID); err != nil || got.IsActive {
			t.Errorf("the recipe type that uses it: %+v, %v; want it deactivated", got, err)
		}
	})
}
