package provider

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// editable is one kind of thing that others change, too: one text of it.
type editable struct {
	server   *servertest.Server
	resource string
	config   func(text string) string
	set      func(t *testing.T, text string) // by others
	get      func(t *testing.T) string
	create   func(t *testing.T) // by others; nil: theirs is another thing
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// editables are of a server of their own each, which has what they refer to.
func editables(t *testing.T) map[string]editable {
	t.Helper()
	server := func() *servertest.Server { return servertest.New(t, servertest.Options{}) }
	inWorkspaces, inJobs, inTypes, inKitchens, inRecipes := server(), server(), server(), server(), server()
	manifest := providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut)
	providertest.MustOffer(t, inRecipes, `{"once": {}}`)
	workspace := func(t *testing.T) api.Workspace {
		return must[[]api.Workspace](t)(inWorkspaces.Client.Workspaces(t.Context(), client.WorkspaceQuery{Names: []string{"raw"}}))[0]
	}
	return map[string]editable{
		"workspace": {
			server: inWorkspaces, resource: "galley_workspace",
			config: func(text string) string {
				return fmt.Sprintf(`{"title": "Raw", "description": %q, "broker": {"host": {"path": "raw"}}}`, text)
			},
			set: func(t *testing.T, text string) {
				if err := inWorkspaces.Client.EditWorkspace(t.Context(), workspace(t).ID, api.WorkspaceEdit{Description: &text}); err != nil {
					t.Fatal(err)
				}
			},
			get: func(t *testing.T) string { return *workspace(t).Description },
		},
		"job type": {
			server: inJobs, resource: "galley_job_type",
			config: func(text string) string {
				return fmt.Sprintf(`{"manifest": %q, "docker_image": %q, "configuration": {"output_workspaces": {"default": "default"}}}`, manifest, "image:"+text)
			},
			set: func(t *testing.T, text string) {
				text = "image:" + text
				must[api.Validation](t)(inJobs.Client.EditJobType(t.Context(), "calibrate", "1.0.0", api.JobTypeEdit{DockerImage: &text}))
			},
			get: func(t *testing.T) string {
				j := must[api.JobTypeDetail](t)(inJobs.Client.JobType(t.Context(), "calibrate", "1.0.0"))
				return strings.TrimPrefix(j.DockerImage, "image:")
			},
			create: func(t *testing.T) { providertest.MustCreate(t, inJobs.Client, manifest) },
		},
		"recipe type": {
			server: inTypes, resource: "galley_recipe_type",
			config: func(text string) string {
				return fmt.Sprintf(`{"title": "One", "description": %q, "definition": {"nodes": {}}}`, text)
			},
			set: func(t *testing.T, text string) {
				must[api.RecipeTypeEdited](t)(inTypes.Client.EditRecipeType(t.Context(), "one", api.RecipeTypeEdit{Description: &text}))
			},
			get: func(t *testing.T) string {
				return *must[api.RecipeTypeDetail](t)(inTypes.Client.RecipeType(t.Context(), "one")).Description
			},
			create: func(t *testing.T) { providertest.MustCreateType(t, inTypes.Client, "One", `{"nodes": {}}`) },
		},
		"kitchen": {
			server: inKitchens, resource: "galley_kitchen",
			config: func(text string) string { return fmt.Sprintf(`{"name": "production", "description": %q}`, text) },
			set: func(t *testing.T, text string) {
				providertest.EditKitchen(t, inKitchens, "production", func(k *api.Kitchen) { k.Description = text })
			},
			get: func(t *testing.T) string {
				return must[api.Kitchen](t)(inKitchens.Client.Kitchen(t.Context(), "production")).Description
			},
			create: func(t *testing.T) {
				must[api.Kitchen](t)(inKitchens.Client.CreateKitchen(t.Context(), "", "production", api.KitchenCreate{}))
			},
		},
		"recipe of a kitchen": {
			server: inRecipes, resource: "galley_kitchen_recipe",
			config: func(text string) string {
				return fmt.Sprintf(`{"kitchen": "production", "name": "meal", "recipe_type": "one", "description": %q, "variations": {"once": {}}}`, text)
			},
			set: func(t *testing.T, text string) {
				files := map[string]string{"description.json": fmt.Sprintf(`{"description": %q, "recipe-type": "one"}`, text)}
				if err := inRecipes.Client.WriteKitchenRecipe(t.Context(), "production", "meal", files); err != nil {
					t.Fatal(err)
				}
			},
			get: func(t *testing.T) string {
				files := must[map[string]string](t)(inRecipes.Client.KitchenRecipeFiles(t.Context(), "production", "meal"))
				_, after, _ := strings.Cut(files["description.json"], `"description"`)
				return strings.SplitN(after, `"`, 3)[1]
			},
			create: func(t *testing.T) {
				must[bool](t)(inRecipes.Client.CreateKitchenRecipe(t.Context(), "production", "meal", map[string]string{"description.json": `{"recipe-type": "one"}`}))
			},
		},
	}
}

// TestNoInterleavingLosesAnUpdate lets others change a thing before the refresh, between plan and
// apply, or not at all, in an order of chance.
func TestNoInterleavingLosesAnUpdate(t *testing.T) {
	for name, e := range editables(t) {
		t.Run(name, func(t *testing.T) { // not parallel: each has done with its server soon
			s := e.server
			chance := rand.New(rand.NewPCG(11, 2026)) //nolint:gosec // the same each time
			thing := providertest.Thing{Type: e.resource}
			if e.create != nil {
				plan := providertest.NewProtocol(t, s).MustPlan(t, thing, e.config("mine"))
				e.create(t)
				if made, problems, _ := providertest.NewProtocol(t, s).Apply(t, plan); len(problems) == 0 || made.State != nil {
					t.Fatalf("a plan that was made before others made the thing takes it: %q", problems)
				}
				thing = importOf(t, s, name, e)
			}
			for i := range 12 {
				text := fmt.Sprintf("mine-%d", chance.IntN(3))
				p := providertest.NewProtocol(t, s)
				when := chance.IntN(3)
				theirs := fmt.Sprintf("theirs-%d", i)
				if thing.State == nil {
					when = 2
				}
				if when == 0 {
					e.set(t, theirs)
				}
				var problems []string
				if thing, problems = p.Refresh(t, thing); len(problems) > 0 {
					t.Fatal(problems)
				}
				plan := p.MustPlan(t, thing, e.config(text))
				if when == 1 {
					e.set(t, theirs)
				}
				var after providertest.Thing
				after, problems, _ = providertest.NewProtocol(t, s).Apply(t, plan)
				got := e.get(t)
				switch {
				case when == 1 && got != theirs:
					t.Fatalf("step %d (%s): what others did after the plan is gone: got %q", i, plan.Action, got)
				case when == 1 && plan.Action != "no-op" && !strings.Contains(strings.Join(problems, "\n"), "is not what the plan was made from"):
					t.Fatalf("step %d (%s): got %q, want an error about what others did", i, plan.Action, problems)
				case when != 1 && (len(problems) > 0 || got != text):
					t.Fatalf("step %d (%s): the backend has %q, want %q: %q", i, plan.Action, got, text, problems)
				}
				thing = after
				if when != 1 {
					if again := providertest.NewProtocol(t, s).MustPlan(t, thing, e.config(text)); again.Action != "no-op" {
						t.Fatalf("step %d: the plan after it is %s", i, again.Action)
					}
				}
			}
		})
	}
}

// importOf takes what others have made into a state.
func importOf(t *testing.T, s *servertest.Server, name string, e editable) providertest.Thing {
	t.Helper()
	id := map[string]string{
		"job type": "calibrate/1.0.0", "recipe type": "one", "kitchen": "production", "recipe of a kitchen": "production/meal",
	}[name]
	return providertest.NewProtocol(t, s).MustImport(t, e.resource, id)
}

// TestNoInterleavingRunsTwice lets others reprocess a recipe before the refresh, or between plan
// and apply of a reprocess.
func TestNoInterleavingRunsTwice(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	config := func(n int) string {
		return fmt.Sprintf(`{"recipe_type": "two", "forced_nodes": {"all": true}, "reprocess_triggers": {"n": "%d"}}`, n)
	}
	chance := rand.New(rand.NewPCG(11, 2027)) //nolint:gosec // the same each time
	thing := providertest.Thing{Type: "galley_recipe"}
	runs, newest := 0, int64(0)
	count := func() int {
		all := must[[]api.Recipe](t)(s.Client.Recipes(t.Context(), client.RecipeQuery{}))
		for _, r := range all {
			newest = max(newest, r.ID)
		}
		return len(all)
	}
	others := func() {
		providertest.MustReprocess(t, s, newest, 1)
		runs++
		count()
		providertest.MustSettle(t, s, newest, kit.StatusCompleted)
	}
	for i := range 8 {
		when, n := chance.IntN(3), chance.IntN(2)
		p := providertest.NewProtocol(t, s)
		if when == 0 && thing.State != nil {
			others()
		}
		thing, _ = p.Refresh(t, thing)
		plan := p.MustPlan(t, thing, config(n))
		between := when == 1 && thing.State != nil
		if between {
			others()
		}
		after, problems, _ := providertest.NewProtocol(t, s).Apply(t, plan)
		if plan.Action != "no-op" && len(problems) == 0 {
			runs++
		}
		if between && plan.Action != "no-op" && len(problems) == 0 {
			t.Fatalf("step %d: a reprocess of a recipe that others have reprocessed since the plan was done", i)
		}
		if got := count(); got != runs {
			t.Fatalf("step %d (%s): there are %d recipes, want %d: %q", i, plan.Action, got, runs, problems)
		}
		thing = after
	}
}
