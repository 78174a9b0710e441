package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// meanwhile is what others do between a plan and its apply.
type meanwhile func()

// CheckPlan implements plancheck.PlanCheck.
func (do meanwhile) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	do()
}

// edited is one of everything that can be edited, each with that description.
func edited(s *servertest.Server, description string) string {
	optional := strings.Replace(providertest.CalibrateIn, `"name": "image"`, `"name": "image", "required": false`, 1)
	manifest := strings.Replace(providertest.SeedText("calibrate", optional, providertest.CalibrateOut),
		`"description": "D"`, fmt.Sprintf(`"description": %q`, description), 1)
	return providertest.ProviderBlock(s) + strings.ReplaceAll(`
resource "galley_workspace" "test" {
  title       = "Raw"
  description = "DESCRIPTION"
  broker      = { host = { path = "raw" } }
}
resource "galley_job_type" "test" {
`+providertest.ManifestArgument(manifest)+`
  configuration = { output_workspaces = { default = "default" } }
}
resource "galley_recipe_type" "test" {
  title       = "One"
  description = "DESCRIPTION"
  definition = {
    input = { files = { scene = { required = false } } }
    nodes = {
      a = {
        job   = { name = galley_job_type.test.name, version = galley_job_type.test.version, revision = galley_job_type.test.revision_num }
        input = { image = { recipe_input = "scene" } }
      }
    }
  }
}
resource "galley_kitchen" "test" {
  name        = "production"
  description = "DESCRIPTION"
}
resource "galley_kitchen_recipe" "test" {
  kitchen     = galley_kitchen.test.name
  name        = "one"
  recipe_type = galley_recipe_type.test.name
  description = "DESCRIPTION"
  variations  = { once = {} }
}
`, "DESCRIPTION", description)
}

// TestAccALateApplyUndoesNobodysChange confirms plans after somebody has changed what they
// are about.
func TestAccALateApplyUndoesNobodysChange(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	ctx := providertest.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	theirs := "theirs"
	workspace := func() api.Workspace {
		all, err := s.Client.Workspaces(ctx, client.WorkspaceQuery{Names: []string{"raw"}})
		must(err)
		return all[0]
	}
	// All five are changed; each would be undone by a plan that is confirmed now.
	changes := []struct {
		name   string
		change func()
		intact func() bool
		want   string
	}{
		{"workspace", func() { must(s.Client.EditWorkspace(ctx, workspace().ID, api.WorkspaceEdit{Description: &theirs})) },
			func() bool { return *workspace().Description == theirs }, `description was "1", and is "theirs" now`},
		{"workspace that was closed", func() { must(s.Client.EditWorkspace(ctx, workspace().ID, api.WorkspaceEdit{IsActive: new(false)})) },
			func() bool { return !workspace().IsActive }, `is_active was true, and is false now`},
		{"job type that was paused", func() {
			_, err := s.Client.EditJobType(ctx, "calibrate", "1.0.0", api.JobTypeEdit{IsPaused: new(true)})
			must(err)
		}, func() bool {
			j, err := s.Client.JobType(ctx, "calibrate", "1.0.0")
			must(err)
			return j.IsPaused
		}, `is_paused was false, and is true now`},
		{"recipe type", func() {
			_, err := s.Client.EditRecipeType(ctx, "one", api.RecipeTypeEdit{Definition: json.RawMessage(`{"nodes": {}}`)})
			must(err)
		}, func() bool {
			r, err := s.Client.RecipeType(ctx, "one")
			must(err)
			return !strings.Contains(string(r.Definition), "calibrate")
		}, `definition is another now`},
		{"kitchen", func() { providertest.EditKitchen(t, s, "production", func(k *api.Kitchen) { k.Description = theirs }) },
			func() bool {
				k, err := s.Client.Kitchen(ctx, "production")
				must(err)
				return k.Description == theirs
			}, `description was "1", and is "theirs" now`},
		{"recipe of a kitchen", func() {
			files, err := s.Client.KitchenRecipeFiles(ctx, "production", "one")
			must(err)
			for name, text := range files {
				files[name] = strings.ReplaceAll(text, `"1"`, `"theirs"`)
			}
			must(s.Client.WriteKitchenRecipe(ctx, "production", "one", files))
		}, func() bool {
			files, err := s.Client.KitchenRecipeFiles(ctx, "production", "one")
			must(err)
			return strings.Contains(fmt.Sprint(files), theirs)
		}, `description was "1", and is "theirs" now`},
	}
	var steps []resource.TestStep
	for _, c := range changes {
		steps = append(steps,
			resource.TestStep{Config: edited(s, "1")},
			resource.TestStep{
				Config:           edited(s, "2"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{meanwhile(c.change)}},
				ExpectError:      providertest.Words("is not what the plan was made from"),
			},
			resource.TestStep{
				PreConfig: func() {
					if !c.intact() {
						t.Errorf("%s: what others did is gone", c.name)
					}
				},
				Config: edited(s, "2"), Check: func(*terraform.State) error {
					if c.intact() {
						return fmt.Errorf("%s: a plan that shows the change does not put it right", c.name)
					}
					return nil
				},
			},
		)
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providertest.Providers(), Steps: steps})
}

// TestAccWhatAnApplyChangesItselfIsPlanned makes a revision of a job type, which the server
// puts into the recipe type, and changes that in the same apply.
func TestAccWhatAnApplyChangesItselfIsPlanned(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: edited(s, "1")},
			{Config: edited(s, "2")},
			{Config: edited(s, "2"), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

func TestAccPlanSaysWhatIsTaken(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreate(t, s.Client, providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut))
	providertest.MustCreateType(t, s.Client, "Taken", `{"nodes": {}}`)
	if _, err := s.Client.CreateKitchen(t.Context(), "", "production", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	recipeType := func(label, title string) string {
		return fmt.Sprintf("resource \"galley_recipe_type\" %q {\n  title = %q\n  definition = { nodes = {} }\n}\n", label, title)
	}
	kitchen := func(label, name string) string {
		return fmt.Sprintf("resource \"galley_kitchen\" %q {\n  name = %q\n}\n", label, name)
	}
	offer := func(label string) string {
		return fmt.Sprintf("resource \"galley_kitchen_recipe\" %q {\n  kitchen = \"production\"\n  name = \"a\"\n  recipe_type = \"taken\"\n}\n", label)
	}
	jobType := func(label, name string) string {
		return fmt.Sprintf("resource \"galley_job_type\" %q {\n%s\n%s\n}\n", label, providertest.ToDefault,
			providertest.ManifestArgument(providertest.SeedText(name, providertest.CalibrateIn, providertest.CalibrateOut)))
	}
	file := func(label string) string {
		return fmt.Sprintf("resource \"galley_source_file\" %q {\n  workspace = \"default\"\n  path = \"a.txt\"\n  content = \"a\"\n}\n", label)
	}
	var steps []resource.TestStep
	for config, want := range map[string]string{
		recipeType("a", "Taken"):                          `There is an active recipe type "taken" ("Taken", revision 1`,
		kitchen("a", "production"):                        `There is a kitchen "production"`,
		jobType("a", "calibrate"):                         `There is an active job type calibrate in version 1.0.0 (revision 1`,
		jobType("a", "new") + jobType("b", "new"):         `Another resource of this plan creates job type new/1.0.0, too`,
		kitchen("a", "new") + kitchen("b", "new"):         `Another resource of this plan creates kitchen new, too`,
		offer("a") + offer("b"):                           `Another resource of this plan creates recipe of a kitchen production/a, too`,
		file("a") + file("b"):                             `Another resource of this plan creates file default:a.txt, too`,
		recipeType("a", "New") + recipeType("b", "new"):   `Two recipe types of one name`,
		recipeType("a", "Same") + recipeType("b", "Same"): `Another resource of this plan creates recipe type same, too`,
	} {
		steps = append(steps, resource.TestStep{Config: providertest.ProviderBlock(s) + config, PlanOnly: true, ExpectError: providertest.Words(want)})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providertest.Providers(), Steps: steps})
}

// TestAccOnlyTheSameTitleIsTakenOver: names are cut to 30 letters, titles are not.
func TestAccOnlyTheSameTitleIsTakenOver(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	const title = "Vegetation index of all scenes of the north"
	config := func(title string) string {
		return providertest.ProviderBlock(s) + fmt.Sprintf("resource \"galley_recipe_type\" \"a\" {\n  title = %q\n  definition = { nodes = {} }\n}\n", title)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config(title)},
			{Config: config(title), Destroy: true},
			{Config: config("Vegetation index of all scenes of the south"), PlanOnly: true,
				ExpectError: providertest.Words("That it has another title shows that it is another one.")},
			{Config: config(title), ConfigPlanChecks: providertest.ExpectAction("galley_recipe_type.a", plancheck.ResourceActionCreate)},
			{Config: config(title), Taint: []string{"galley_recipe_type.a"},
				ConfigPlanChecks: providertest.ExpectAction("galley_recipe_type.a", plancheck.ResourceActionDestroyBeforeCreate)},
		},
	})
}

// TestAccPlanKnowsTheFoldersOfTheBackend: what galleyd's --workspace-root and --mount do not
// allow is refused before anything exists.
func TestAccPlanKnowsTheFoldersOfTheBackend(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	workspace := func(folder string) string {
		return fmt.Sprintf("resource \"galley_workspace\" \"a\" {\n  title = \"A\"\n  broker = { host = { path = %q } }\n}\n", folder)
	}
	mounting := func(folder string) string {
		return providertest.JobType(providertest.Manifest, fmt.Sprintf(
			"configuration = { output_workspaces = { default = \"default\" }, mounts = { luts = { type = \"host\", host_path = %q } } }", folder))
	}
	plan := func(config, want string) resource.TestStep {
		step := resource.TestStep{Config: providertest.ProviderBlock(s) + config, PlanOnly: true, ExpectNonEmptyPlan: want == ""}
		if want != "" {
			step.ExpectError = providertest.Words(want)
		}
		return step
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			plan(workspace("/etc"), `broker.host.path: the folder "/etc" is outside of what the backend has for workspaces`),
			plan(workspace("in/side"), ""),
			plan(mounting("/etc/ssl"), `the folder '/etc/ssl' is not one that the backend lets jobs mount: it allows`),
			plan(mounting("/srv"), ""),
		},
	})
}
