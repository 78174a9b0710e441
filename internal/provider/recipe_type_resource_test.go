package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const recipeTypeAddress = "galley_recipe_type.test"

// mustCreateJobType makes the job type calibrate on the server: it takes an image
// and gives a calibrated one and its cloud cover.
func mustCreateJobType(t *testing.T, s *servertest.Server) {
	t.Helper()
	manifest := `{"seedVersion": "1.0.0", "job": {
	  "name": "calibrate", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Calibrate",
	  "description": "Calibrates", "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
	  "interface": {"command": "calibrate",
	    "inputs": {"files": [{"name": "image", "required": false}]},
	    "outputs": {
	      "files": [{"name": "calibrated", "pattern": "*.txt", "mediaType": "text/plain"}],
	      "json": [{"name": "cloud_cover", "type": "number", "required": true}]}}}}`
	_, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
		DockerImage:   "calibrate:1.0.0",
		Manifest:      json.RawMessage(manifest),
		Configuration: json.RawMessage(`{"output_workspaces": {"default": "default"}}`),
	})
	if err != nil {
		t.Fatalf("creating job type: %v", err)
	}
}

// recipeTypeConfig is a recipe type with this body beside its title.
func recipeTypeConfig(s *servertest.Server, title, body string) string {
	return providerBlock(s) + fmt.Sprintf("resource \"galley_recipe_type\" \"test\" {\n  title = %q\n%s\n}\n", title, body)
}

// The definition that the tests begin with, in its shortest form; the same with
// everything spelled out and in another order; and as JSON, twice.
const (
	shortDefinition = `
  definition = {
    input = {
      files = { scene = { media_types = ["image/png", "image/tiff"] }, mask = { required = false } }
      json  = { threshold = { type = "number", required = false } }
    }
    nodes = {
      calibrate = {
        job   = { name = "calibrate", version = "1.0.0", revision = 1 }
        input = { image = { recipe_input = "scene" } }
      }
      clear = {
        condition = {
          interface   = { json = { cloud = { type = "number" } } }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
        dependencies = { calibrate = true }
        input        = { cloud = { node = "calibrate", output = "cloud_cover" } }
      }
      index = {
        job          = { name = "calibrate", version = "1.0.0", revision = 1 }
        dependencies = { clear = true, calibrate = true }
        input        = { image = { node = "calibrate", output = "calibrated" } }
      }
    }
  }`
	longDefinition = `
  description = ""
  is_active   = true
  auto_update = true
  on_existing = "adopt"
  definition = {
    nodes = {
      index = {
        dependencies = { calibrate = true, clear = true }
        input        = { image = { output = "calibrated", node = "calibrate", recipe_input = null } }
        job          = { revision = "1", version = "1.0.0", name = "calibrate" }
        recipe       = null
      }
      clear = {
        input        = { cloud = { output = "cloud_cover", node = "calibrate" } }
        dependencies = { calibrate = "true" }
        condition = {
          data_filter = {
            all     = true
            filters = [{
              values = ["4e1"], condition = "<", type = "number", name = "cloud"
              all_fields = true, all_files = false, fields = null
            }]
          }
          interface = { json = { cloud = { required = true, type = "number" } }, files = {} }
        }
      }
      calibrate = {
        dependencies = {}
        input        = { image = { recipe_input = "scene" } }
        job          = { name = "calibrate", version = "1.0.0", revision = 1 }
      }
    }
    input = {
      json  = { threshold = { required = false, type = "number" } }
      files = { mask = { required = false }, scene = { multiple = false, required = true, media_types = ["image/tiff", "image/png"] } }
    }
  }`
	shortJSON = `
  definition_json = jsonencode({
    input = {
      files = [{ name = "scene", media_types = ["image/png", "image/tiff"] }, { name = "mask", required = false }]
      json  = [{ name = "threshold", type = "number", required = false }]
    }
    nodes = {
      calibrate = {
        dependencies = []
        input        = { image = { type = "recipe", input = "scene" } }
        node_type    = { node_type = "job", job_type_name = "calibrate", job_type_version = "1.0.0", job_type_revision = 1 }
      }
      clear = {
        dependencies = [{ name = "calibrate" }]
        input        = { cloud = { type = "dependency", node = "calibrate", output = "cloud_cover" } }
        node_type = {
          node_type   = "condition"
          interface   = { files = [], json = [{ name = "cloud", type = "number", required = true }] }
          data_filter = { filters = [{ name = "cloud", type = "number", condition = "<", values = [40] }] }
        }
      }
      index = {
        dependencies = [{ name = "clear" }, { name = "calibrate" }]
        input        = { image = { type = "dependency", node = "calibrate", output = "calibrated" } }
        node_type    = { node_type = "job", job_type_name = "calibrate", job_type_version = "1.0.0", job_type_revision = 1 }
      }
    }
  })`
	longJSON = `
  definition_json = <<-EOT
    {
      "version": "7",
      "nodes": {
        "index": {
          "node_type": {"job_type_revision": 1, "job_type_version": "1.0.0", "job_type_name": "calibrate", "node_type": "job"},
          "input": {"image": {"output": "calibrated", "node": "calibrate", "type": "dependency"}},
          "dependencies": [{"name": "calibrate"}, {"acceptance": true, "name": "clear"}]
        },
        "clear": {
          "node_type": {
            "data_filter": {"version": "7", "all": true, "filters": [
              {"values": ["40"], "condition": "<", "type": "number", "name": "cloud", "all_fields": true, "all_files": false}]},
            "interface": {"version": "7", "json": [{"required": true, "type": "number", "name": "cloud"}], "files": []},
            "node_type": "condition"
          },
          "input": {"cloud": {"output": "cloud_cover", "node": "calibrate", "type": "dependency"}},
          "dependencies": [{"name": "calibrate"}]
        },
        "calibrate": {
          "node_type": {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1},
          "input": {"image": {"input": "scene", "type": "recipe"}},
          "dependencies": []
        }
      },
      "input": {
        "version": "7",
        "json": [{"required": false, "type": "number", "name": "threshold"}],
        "files": [{"required": false, "name": "mask"},
          {"multiple": false, "required": true, "media_types": ["image/tiff", "image/png"], "name": "scene"}]
      }
    }
  EOT`
)

func revisionIs(n int64) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("revision_num"), knownvalue.Int64Exact(n))
}

func TestAccRecipeType(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	edited := strings.Replace(shortDefinition, "values = [40]", "values = [25.5]", 1)
	revision := tfjsonpath.New("revision_num")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy: func(*terraform.State) error {
			d, err := s.Client.RecipeType(testContext(), "vegetation-index")
			if err == nil && d.IsActive {
				err = errors.New("the recipe type is still active")
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: recipeTypeConfig(s, "Vegetation Index", shortDefinition),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("name"), knownvalue.StringExact("vegetation-index")),
					plancheck.ExpectUnknownValue(recipeTypeAddress, revision),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					revisionIs(1),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("definition_json"), knownvalue.Null()),
					statecheck.ExpectKnownValue(recipeTypeAddress,
						tfjsonpath.New("definition").AtMapKey("nodes").AtMapKey("calibrate").AtMapKey("dependencies"),
						knownvalue.MapExact(nil)),
				},
			},
			{
				// What is not the definition makes no revision, and the name stays.
				Config: recipeTypeConfig(s, "Vegetation", shortDefinition+"\n  description = \"NDVI\""),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(recipeTypeAddress, revision, knownvalue.Int64Exact(1)),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("name"), knownvalue.StringExact("vegetation-index")),
				},
			},
			{
				Config: recipeTypeConfig(s, "Vegetation", edited),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(recipeTypeAddress, revision),
				}},
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(2)},
				Check: func(*terraform.State) error {
					d, err := s.Client.RecipeType(testContext(), "vegetation-index")
					switch {
					case err != nil:
						return err
					case !strings.Contains(string(d.Definition), "25.5"):
						return fmt.Errorf("the server has the definition %s", d.Definition)
					case deref(d.Description) != "":
						return fmt.Errorf("the description is still %q", *d.Description)
					}
					return nil
				},
			},
			{
				ResourceName: recipeTypeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "vegetation-index",
				ImportStateVerifyIgnore: []string{"definition_json"},
			},
			{
				ResourceName: recipeTypeAddress, ImportState: true, ImportStateId: "no-such-type",
				ExpectError: words("Cannot import non-existent remote object"),
			},
			{
				// Changed behind Terraform's back: the definition.
				PreConfig: func() {
					mustEditRecipeType(t, s, api.RecipeTypeEdit{Definition: json.RawMessage(`{"nodes": {}}`)})
				},
				Config:            recipeTypeConfig(s, "Vegetation", edited),
				ConfigPlanChecks:  expectAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(4)},
			},
			{
				// Changed behind Terraform's back: deactivated, with another title.
				PreConfig: func() {
					mustEditRecipeType(t, s, api.RecipeTypeEdit{IsActive: new(false), Title: new("Mine now")})
				},
				Config:           recipeTypeConfig(s, "Vegetation", edited),
				ConfigPlanChecks: expectAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					revisionIs(4),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("is_active"), knownvalue.Bool(true)),
				},
			},
		},
	})
}

func mustEditRecipeType(t *testing.T, s *servertest.Server, edit api.RecipeTypeEdit) {
	t.Helper()
	if _, err := s.Client.EditRecipeType(t.Context(), "vegetation-index", edit); err != nil {
		t.Fatalf("editing recipe type: %v", err)
	}
}

func TestAccRecipeTypePlansNothingForAnotherSpelling(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ before, after string }{
		"typed, spelled out in another order": {shortDefinition, longDefinition},
		"typed, shortened":                    {longDefinition, shortDefinition},
		"JSON, spelled out and indented":      {shortJSON, longJSON},
		"JSON, shortened":                     {longJSON, shortJSON},
	}
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	before, after := providerBlock(s), providerBlock(s)
	for name, tt := range tests {
		before += labeledRecipeType(name, tt.before)
		after += labeledRecipeType(name, tt.after)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: before},
			{Config: after, ConfigPlanChecks: expectEmptyPlans()},
		},
	})
}

// labeledRecipeType is a recipe type for the test case of that name, which is its
// title, too. Many in one configuration take hardly longer than a single one.
func labeledRecipeType(name, body string) string {
	return fmt.Sprintf("resource \"galley_recipe_type\" %q {\n  title = %q\n%s\n}\n", label(name), name, body)
}

func TestAccRecipeTypeChangesFormWithoutARevision(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: recipeTypeConfig(s, "Index", shortDefinition)},
			{Config: recipeTypeConfig(s, "Index", longJSON), ConfigStateChecks: []statecheck.StateCheck{revisionIs(1)}},
			{Config: recipeTypeConfig(s, "Index", shortJSON), ConfigPlanChecks: expectEmptyPlans()},
			{
				Config:            recipeTypeConfig(s, "Index", strings.Replace(shortJSON, "[40]", "[41]", 1)),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(2)},
			},
			{
				// In JSON, too, a change behind Terraform's back is seen and undone.
				PreConfig: func() {
					_, err := s.Client.EditRecipeType(t.Context(), "index", api.RecipeTypeEdit{Definition: json.RawMessage(`{"nodes": {}}`)})
					if err != nil {
						t.Fatal(err)
					}
				},
				Config:            recipeTypeConfig(s, "Index", strings.Replace(shortJSON, "[40]", "[41]", 1)),
				ConfigPlanChecks:  expectAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(4)},
			},
			{
				Config:            recipeTypeConfig(s, "Index", strings.Replace(longDefinition, "4e1", "41", 1)),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(4)},
			},
		},
	})
}

func TestAccRecipeTypePlansNothingAfterAnImport(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	config := providerBlock(s)
	var noops, updates resource.ConfigPlanChecks
	var first, second []statecheck.StateCheck
	for name, body := range map[string]string{
		"typed": shortDefinition, "typed, spelled out": longDefinition, "JSON": shortJSON, "JSON, spelled out": longJSON,
	} {
		created, err := s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: name, Definition: definitionOf(t, longJSON)})
		if err != nil {
			t.Fatal(err)
		}
		address := "galley_recipe_type." + label(name)
		config += labeledRecipeType(name, body) + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, created.Name)
		noops.PreApply = append(noops.PreApply, plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop))
		updates.PreApply = append(updates.PreApply, plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate))
		revision := tfjsonpath.New("revision_num")
		first = append(first, statecheck.ExpectKnownValue(address, revision, knownvalue.Int64Exact(1)))
		second = append(second, statecheck.ExpectKnownValue(address, revision, knownvalue.Int64Exact(2)))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: noops, ConfigStateChecks: first},
			{
				// The first change after an import ends in the form of the configuration.
				Config:           strings.NewReplacer("[40]", "[41]", "4e1", "41", `["40"]`, "[41]").Replace(config),
				ConfigPlanChecks: updates, ConfigStateChecks: second,
			},
		},
	})
}

// definitionOf takes the document out of a definition_json that is a heredoc.
func definitionOf(t *testing.T, body string) json.RawMessage {
	t.Helper()
	m := regexp.MustCompile(`(?s)<<-EOT(.*)EOT`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no heredoc")
	}
	return json.RawMessage(m[1])
}

func TestAccRecipeTypeThatExists(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	created, err := s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Vegetation Index", Definition: json.RawMessage(`{"nodes": {}}`)})
	if err != nil {
		t.Fatal(err)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				Config:      recipeTypeConfig(s, "Vegetation Index", shortDefinition),
				ExpectError: words(`There is an active recipe type "vegetation-index" ("Vegetation Index", revision 1)`),
			},
			{
				PreConfig:   func() { mustEditRecipeType(t, s, api.RecipeTypeEdit{IsActive: new(false)}) },
				Config:      recipeTypeConfig(s, "Vegetation Index", shortDefinition+"\n  on_existing = \"fail\""),
				ExpectError: words(`There is an inactive recipe type "vegetation-index"`),
			},
			{
				Config: recipeTypeConfig(s, "Vegetation index", shortDefinition),
				ConfigStateChecks: []statecheck.StateCheck{
					revisionIs(2),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("id"), knownvalue.Int64Exact(created.ID)),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("is_active"), knownvalue.Bool(true)),
				},
			},
			{Config: providerBlock(s)},
			{
				// Destroyed and created again, as it was: the same type and revision.
				Config:            recipeTypeConfig(s, "Vegetation index", shortDefinition),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(2)},
			},
		},
	})
}

func TestAccRecipeTypeIsCreatedInactive(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: recipeTypeConfig(s, "Index", shortDefinition+"\n  is_active = false"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("is_active"), knownvalue.Bool(false)),
			},
		}},
	})
}

func TestAccRecipeTypeShowsWhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: strings.Replace(recipeTypeConfig(s, "Index", shortDefinition), "provider \"galley\" {",
				"provider \"galley\" {\n  plan_validation = \"off\"", 1),
			ExpectError: regexp.MustCompile(`(?s)Cannot create recipe type.*calibrate.*does not exist.*POST /v6/recipe-types/: 400 Bad Request,\s+request\s+[A-Z2-7]{26}`),
		}},
	})
}
