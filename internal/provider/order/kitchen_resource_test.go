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

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const kitchenAddress = "galley_kitchen.test"

func kitchenIs(attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(kitchenAddress, tfjsonpath.New(attribute), want)
}

// kitchenConfig is the kitchen "test" below "production", with these arguments.
func kitchenConfig(s *servertest.Server, arguments string) string {
	return providertest.ProviderBlock(s) + `
resource "galley_kitchen" "production" {
  name = "production"
}
resource "galley_kitchen" "test" {
  name   = "test"
  parent = galley_kitchen.production.name
` + arguments + "\n}\n"
}

func TestAccKitchenFromCreateToDestroy(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			all, err := s.Client.Kitchens(providertest.Context())
			if err == nil && len(all) > 0 {
				err = fmt.Errorf("the server has still %d kitchens", len(all))
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: kitchenConfig(s, ""),
				ConfigStateChecks: []statecheck.StateCheck{
					kitchenIs("parent", knownvalue.StringExact("production")),
					kitchenIs("description", knownvalue.StringExact("")),
					kitchenIs("staff", knownvalue.SetSizeExact(0)),
					kitchenIs("id", knownvalue.NotNull()),
					kitchenIs("creator", knownvalue.StringExact(servertest.Username)),
					kitchenIs("created", knownvalue.NotNull()),
				},
			},
			{
				Config:           kitchenConfig(s, providertest.EveryKitchenArgument),
				ConfigPlanChecks: providertest.ExpectAction(kitchenAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					kitchenIs("staff", knownvalue.SetSizeExact(2)),
					kitchenIs("roles", knownvalue.MapExact(map[string]knownvalue.Check{
						"ann": knownvalue.StringExact("Developer"), "admin": knownvalue.StringExact("Admin"),
					})),
				},
			},
			{
				// Alerts are in their shortest form.
				ResourceName: kitchenAddress, ImportState: true, ImportStateId: "test", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"alerts"},
				ImportStateCheck: func(imported []*terraform.InstanceState) error {
					for name, want := range map[string]string{
						"alerts.%": "4", "alerts.error.0": "ann@example.com", "alerts.error.1": "ops@example.com", "alerts.success.0": "ann@example.com",
						"alerts.over_duration.0": "ops@example.com", "alerts.warning.0": "https://hooks.example.com/w",
					} {
						if got := imported[0].Attributes[name]; got != want {
							return fmt.Errorf("%s is %q, want %q", name, got, want)
						}
					}
					return nil
				},
			},
			{ResourceName: kitchenAddress, ImportState: true, ImportStateId: "nowhere", ExpectError: providertest.Words("Cannot import non-existent remote object")},
			{
				Config: kitchenConfig(s, `
  alerts = {
    success = ["ann@example.com"], warning = ["https://hooks.example.com/w"]
    error   = ["ann@example.com", "ops@example.com"], over_duration = ["ops@example.com"]
  }
  roles       = { admin = "Admin", "ann" = "Developer" }
  staff       = ["admin", "ann"]
  overrides   = jsondecode("{\"deep\": {\"b\": 15e-1, \"a\": null}, \"schema\": \"test\", \"bands\": [1.0, 2]}")
  description = "Where we try"
`),
				ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{
				// Left out, roles stay as they are; everything else goes back to its default.
				Config:           kitchenConfig(s, ""),
				ConfigPlanChecks: providertest.ExpectAction(kitchenAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					kitchenIs("staff", knownvalue.SetSizeExact(0)), kitchenIs("roles", knownvalue.MapSizeExact(2)),
				},
			},
			{
				Config: kitchenConfig(s, "") + `
resource "galley_kitchen" "other" {
  name   = "other"
  parent = "test"
  depends_on = [galley_kitchen.test]
}
`,
			},
		},
	})
}

func TestAccKitchenDriftOfEveryArgument(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*api.Kitchen){
		"description":          func(k *api.Kitchen) { k.Description = "else" },
		"overrides":            func(k *api.Kitchen) { k.Overrides = []byte(`{"schema": "live"}`) },
		"staff":                func(k *api.Kitchen) { k.Staff = []string{"bob", "admin"} },
		"roles":                func(k *api.Kitchen) { k.Roles = map[string]string{"admin": "Admin"} },
		"alerts.start":         func(k *api.Kitchen) { k.Settings.Alerts.Start = []string{"x@example.com"} },
		"alerts.warning":       func(k *api.Kitchen) { k.Settings.Alerts.Warning = nil },
		"alerts.over_duration": func(k *api.Kitchen) { k.Settings.Alerts.OverDuration = nil },
		"alerts.success":       func(k *api.Kitchen) { k.Settings.Alerts.Success = nil },
		"alerts.error":         func(k *api.Kitchen) { k.Settings.Alerts.Error = []string{"ops@example.com"} },
	}
	s := servertest.New(t, servertest.Options{})
	config := kitchenConfig(s, providertest.EveryKitchenArgument)
	steps := []resource.TestStep{
		{Config: config},
		{
			PreConfig: func() {
				for _, edit := range tests {
					providertest.EditKitchen(t, s, "test", edit)
				}
			},
			Config: config, ConfigPlanChecks: providertest.ExpectDrift(kitchenAddress, slices.Sorted(maps.Keys(tests))...),
		},
	}
	steps = append(steps,
		resource.TestStep{
			// What a kitchen has beyond the arguments is nobody's drift, and stays.
			PreConfig: func() {
				providertest.EditKitchen(t, s, "test", func(k *api.Kitchen) { k.Extra = map[string]json.RawMessage{"wizard-status": []byte(`{"a":1}`)} })
			},
			Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans(),
		},
		resource.TestStep{
			Config: kitchenConfig(s, `description = "new"`),
			Check: func(*terraform.State) error {
				k, err := s.Client.Kitchen(providertest.Context(), "test")
				if err == nil && string(k.Extra["wizard-status"]) != `{"a":1}` {
					err = fmt.Errorf("the record has lost what it had: %v", k.Extra)
				}
				return err
			},
		},
		resource.TestStep{
			PreConfig: func() {
				if err := s.Client.DeleteKitchen(t.Context(), "test"); err != nil {
					t.Fatal(err)
				}
			},
			Config: kitchenConfig(s, ""), ConfigPlanChecks: providertest.ExpectAction(kitchenAddress, plancheck.ResourceActionCreate),
		})
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providertest.Providers(), Steps: steps})
}

func TestAccKitchenThatExistsIsNotTakenOver(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	if _, err := s.Client.CreateKitchen(t.Context(), "", "test", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: kitchenConfig(s, ""), ExpectError: providertest.Words(`There is a kitchen "test". Choose another name, or manage it: terraform import galley_kitchen.<label> test`),
		}},
	})
}

// TestAccKitchenThatIsHalfMade: the kitchen is made, and its record is not: it is in the state all the same, and so
// the next apply replaces it, instead of finding it in the way.
func TestAccKitchenThatIsHalfMade(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	config := kitchenConfig(s, `overrides = { schema = "a" }`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				PreConfig:   func() { f.Inject("POST /v2/kitchen/update/test", servertest.Answer(400)) },
				Config:      config,
				ExpectError: providertest.Words("Cannot set up kitchen test"),
			},
			{
				PreConfig:        f.Clear,
				Config:           config,
				ConfigPlanChecks: providertest.ExpectAction(kitchenAddress, plancheck.ResourceActionDestroyBeforeCreate),
			},
		},
	})
}
