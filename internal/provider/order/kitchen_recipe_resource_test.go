package order_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const offerAddress = "galley_kitchen_recipe.test"

func offerConfig(s *servertest.Server, arguments string) string {
	return providertest.ProviderBlock(s) + `
resource "galley_kitchen" "production" {
  name = "production"
}
resource "galley_kitchen_recipe" "test" {
  kitchen     = galley_kitchen.production.name
  name        = "ndvi"
  recipe_type = "one"
` + arguments + "\n}\n"
}

const everyOfferArgument = `
  recipe_type_revision = 1
  description          = "Vegetation"
  variables            = { threshold = 0.5, label = "{{region}} today", region = "north" }
  variations = {
    nightly = {
      description    = "Every night"
      input_json     = { bands = jsonencode({ red = 4, nir = 8 }) }
      overrides_json = jsonencode({ region = "south", list = [1, 2] })
      configuration  = { priority = 7, settings = { GALLEY_SIMULATE_DURATION = "1ms" } }
      schedule       = { cron = "30 4 * * MON-FRI", time_zone = "Europe/Paris", start = "2026-03-01T00:00:00", max_runs = 10 }
      max_duration   = "PT2H"
    }
    hourly = { schedule = { interval = "R/2026-03-01T20:00:00Z/PT1H", expires = "2030-01-01T00:00:00Z" } }
    later  = { schedule = { now = true, start = "2030-01-01T00:00:00Z" } }
    once   = {}
  }
`

// sameOffer says the same in other words.
const sameOffer = `
  variations = {
    once = {
      description = "", input_files = {}, input_json = {}, overrides_json = "{}", schedule = null
      configuration = { settings = {}, mounts = {}, output_workspaces = {} }
    }
    later  = { schedule = { start = "2030-01-01T00:00:00Z", now = true, time_zone = "UTC" } }
    hourly = { schedule = { expires = "2030-01-01T00:00:00Z", interval = "R/2026-03-01T20:00:00Z/PT1H", time_zone = "UTC" } }
    nightly = {
      max_duration   = "PT2H"
      schedule       = { max_runs = 10, cron = "30 4 * * MON-FRI", start = "2026-03-01T00:00:00", time_zone = "Europe/Paris" }
      configuration  = { settings = { GALLEY_SIMULATE_DURATION = "1ms" }, priority = 7, output_workspaces = { default = "" } }
      overrides_json = "{\n  \"list\": [1.0, 2],\n  \"region\": \"south\"\n}"
      input_json     = { bands = "{ \"nir\": 8e0, \"red\": 4 }" }
      input_files    = {}
      description    = "Every night"
    }
  }
  variables            = jsondecode("{\"region\": \"north\", \"label\": \"{{region}} today\", \"threshold\": 5e-1}")
  description          = "Vegetation"
  recipe_type_revision = 1
`

func TestAccKitchenRecipeFromCreateToDestroy(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	in := func(variation, attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(offerAddress, tfjsonpath.New("variations").AtMapKey(variation).AtMapKey(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: offerConfig(s, ""),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(offerAddress, tfjsonpath.New("id"), knownvalue.StringExact("production/ndvi")),
					statecheck.ExpectKnownValue(offerAddress, tfjsonpath.New("variations"), knownvalue.MapSizeExact(0)),
				},
			},
			{
				Config:           offerConfig(s, everyOfferArgument),
				ConfigPlanChecks: providertest.ExpectAction(offerAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					in("nightly", "max_duration", knownvalue.StringExact("PT2H")),
					statecheck.ExpectKnownValue(offerAddress, tfjsonpath.New("variations").AtMapKey("once"), knownvalue.ObjectExact(nil)),
				},
			},
			{ResourceName: offerAddress, ImportState: true, ImportStateId: "production/ndvi", ImportStateVerify: true},
			{ResourceName: offerAddress, ImportState: true, ImportStateId: "ndvi", ExpectError: providertest.Words(`The id is "ndvi"; expected kitchen and recipe`)},
			{ResourceName: offerAddress, ImportState: true, ImportStateId: "production/x", ExpectError: providertest.Words("Cannot import non-existent remote object")},
			{Config: offerConfig(s, sameOffer), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				Config:           offerConfig(s, `description = "only this"`),
				ConfigPlanChecks: providertest.ExpectAction(offerAddress, plancheck.ResourceActionUpdate),
			},
		},
	})
}

func TestAccKitchenRecipeIsImportedWithoutAChange(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	imports := `
import {
  to = galley_kitchen.production
  id = "production"
}
import {
  to = galley_kitchen_recipe.test
  id = "production/ndvi"
}
`
	first := providertest.NewCLI(t, offerConfig(s, everyOfferArgument))
	first.MustRun(t, "apply", "-auto-approve")
	second := providertest.NewCLI(t, imports+offerConfig(s, sameOffer))
	if out := second.MustRun(t, "plan"); !providertest.Words("Plan: 2 to import, 0 to add, 0 to change, 0 to destroy.").MatchString(out) {
		t.Errorf("the plan of the import changes something:\n%s", out)
	}
	second.MustRun(t, "apply", "-auto-approve")
	second.MustRun(t, "plan", "-detailed-exitcode")
}

func TestAccKitchenRecipeDriftOfEveryFile(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	config := offerConfig(s, everyOfferArgument)
	write := func(files map[string]string) {
		t.Helper()
		if err := s.Client.WriteKitchenRecipe(t.Context(), "production", "ndvi", files); err != nil {
			t.Fatal(err)
		}
	}
	variations := func(edit func(map[string]any)) func() {
		return func() {
			files, err := s.Client.KitchenRecipeFiles(t.Context(), "production", "ndvi")
			if err != nil {
				t.Fatal(err)
			}
			var document map[string]any
			if err := json.Unmarshal([]byte(files[order.VariationsFile]), &document); err != nil {
				t.Fatal(err)
			}
			edit(document)
			raw, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			write(map[string]string{order.VariationsFile: string(raw)})
		}
	}
	list := func(document map[string]any, list, name string) map[string]any {
		members, _ := document[list].(map[string]any)
		inner, ok := members[name].(map[string]any)
		if !ok {
			t.Errorf("%s has no %s", list, name)
		}
		return inner
	}
	const nightly = "variations.nightly."
	drift := []struct {
		of   []string // attributes
		edit func()
	}{
		{[]string{"recipe_type"}, func() {
			providertest.MustCreateType(t, s.Client, "Two", `{"input": {"json": [{"name": "bands", "type": "object", "required": false}]}, "nodes": {}}`)
			write(map[string]string{order.DescriptionFile: `{"recipe-type": "two", "recipe-type-revision": 1, "description": "Vegetation"}`})
		}},
		{[]string{"recipe_type_revision", "variables", "variations.new", nightly + "input_json", nightly + "configuration", nightly + "max_duration",
			nightly + "overrides_json", nightly + "schedule.cron", nightly + "schedule.time_zone"}, func() {
			write(map[string]string{
				order.DescriptionFile: `{"recipe-type": "one", "description": "Vegetation"}`,
				order.VariablesFile:   `{"variable-list": {"threshold": 1}}`,
			})
			variations(func(d map[string]any) {
				d["variation-list"].(map[string]any)["new"] = map[string]any{}
				list(d, "variation-list", "nightly")["input-json"] = map[string]any{}
				list(d, "variation-list", "nightly")["configuration"] = map[string]any{"priority": 8}
				list(d, "variation-list", "nightly")["max-duration"] = "PT3H"
				list(d, "override-setting-list", "nightly")["region"] = "east"
				list(d, "schedule-setting-list", "nightly")["schedule"] = "0 5 * * *"
				delete(list(d, "schedule-setting-list", "nightly"), "scheduleTimeZone")
			})()
		}},
		{[]string{"description"}, func() {
			write(map[string]string{order.DescriptionFile: `{"recipe-type": "one", "recipe-type-revision": 1, "description": "x"}`})
		}},
	}
	steps := []resource.TestStep{{Config: config}}
	for _, d := range drift {
		steps = append(steps, resource.TestStep{PreConfig: d.edit, Config: config, ConfigPlanChecks: providertest.ExpectDrift(offerAddress, d.of...)})
	}
	steps = append(steps, resource.TestStep{
		PreConfig: func() {
			if err := s.Client.DeleteKitchenRecipe(t.Context(), "production", "ndvi"); err != nil {
				t.Fatal(err)
			}
		},
		Config: config, ConfigPlanChecks: providertest.ExpectAction(offerAddress, plancheck.ResourceActionCreate),
	})
	// Other files, and the same in other words, are nobody's drift.
	steps = append(steps, resource.TestStep{
		PreConfig: func() {
			write(map[string]string{
				"README.md":         "hi",
				order.VariablesFile: `{ "variable-list": {"region": "north", "label": "{{region}} today", "threshold": 0.50} }`,
			})
		},
		Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans(),
	}, resource.TestStep{
		Config: offerConfig(s, `description = "new"`),
		Check: func(*terraform.State) error {
			files, err := s.Client.KitchenRecipeFiles(providertest.Context(), "production", "ndvi")
			if err == nil && files["README.md"] != "hi" {
				err = fmt.Errorf("the recipe has the files %v, want README.md among them", slices.Sorted(maps.Keys(files)))
			}
			return err
		},
	})
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providertest.Providers(), Steps: steps})
}

func TestAccKitchenRecipeWarnsOfWhatItWouldTakeAway(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"once": {"environment-setting": "all"}}`)
	c := providertest.NewCLI(t, `
import {
  to = galley_kitchen_recipe.test
  id = "production/ndvi"
}
`+providertest.ProviderBlock(s)+`
resource "galley_kitchen_recipe" "test" {
  kitchen     = "production"
  name        = "ndvi"
  recipe_type = "one"
  variables   = { bands = { red = 4 } }
  variations  = { once = {} }
}
`)
	out := c.MustRun(t, "plan")
	if !providertest.Words("variation-list.once.environment-setting in variations.json: there is no attribute for it").MatchString(out) {
		t.Errorf("the plan does not tell what the resource would take away:\n%s", out)
	}
}
