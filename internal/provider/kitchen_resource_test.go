package provider

import (
	"encoding/json"
	"fmt"
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

const kitchenAddress = "galley_kitchen.test"

func kitchenIs(attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(kitchenAddress, tfjsonpath.New(attribute), want)
}

// kitchenConfig is the kitchen "test" below "production", with these arguments.
func kitchenConfig(s *servertest.Server, arguments string) string {
	return providerBlock(s) + `
resource "galley_kitchen" "production" {
  name = "production"
}
resource "galley_kitchen" "test" {
  name   = "test"
  parent = galley_kitchen.production.name
` + arguments + "\n}\n"
}

// editKitchen changes a kitchen as another client would.
func editKitchen(t *testing.T, s *servertest.Server, name string, edit func(*api.Kitchen)) {
	t.Helper()
	k, err := s.Client.Kitchen(t.Context(), name)
	if err == nil {
		edit(&k)
		_, err = s.Client.UpdateKitchen(t.Context(), name, api.KitchenUpdate{Kitchen: k})
	}
	if err != nil {
		t.Fatalf("editing kitchen: %v", err)
	}
}

const everyKitchenArgument = `
  description = "Where we try"
  overrides   = { bands = [1, 2], schema = "test", deep = { a = null, b = 1.5 } }
  staff       = ["ann", "admin"]
  roles       = { ann = "Developer", admin = "Admin" }
  alerts = {
    start         = []
    warning       = ["https://hooks.example.com/w"]
    over_duration = ["ops@example.com"]
    success       = ["ann@example.com"]
    error         = ["ops@example.com", "ann@example.com"]
  }
`

func TestAccKitchenFromCreateToDestroy(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy: func(*terraform.State) error {
			all, err := s.Client.Kitchens(testContext())
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
				Config:           kitchenConfig(s, everyKitchenArgument),
				ConfigPlanChecks: expectAction(kitchenAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					kitchenIs("staff", knownvalue.SetSizeExact(2)),
					kitchenIs("roles", knownvalue.MapExact(map[string]knownvalue.Check{
						"ann": knownvalue.StringExact("Developer"), "admin": knownvalue.StringExact("Admin"),
					})),
				},
			},
			{ResourceName: kitchenAddress, ImportState: true, ImportStateId: "test", ImportStateVerify: true},
			{ResourceName: kitchenAddress, ImportState: true, ImportStateId: "nowhere", ExpectError: words("Cannot import non-existent remote object")},
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
				ConfigPlanChecks: expectEmptyPlans(),
			},
			{
				// Left out, roles stay as they are; everything else goes back to its default.
				Config:           kitchenConfig(s, ""),
				ConfigPlanChecks: expectAction(kitchenAddress, plancheck.ResourceActionUpdate),
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
	config := kitchenConfig(s, everyKitchenArgument)
	steps := []resource.TestStep{{Config: config}}
	for name, edit := range tests {
		steps = append(steps, resource.TestStep{
			PreConfig: func() { t.Log(name); editKitchen(t, s, "test", edit) },
			Config:    config, ConfigPlanChecks: expectAction(kitchenAddress, plancheck.ResourceActionUpdate),
		})
	}
	steps = append(steps,
		resource.TestStep{
			// What a kitchen has beyond the arguments is nobody's drift, and stays.
			PreConfig: func() {
				editKitchen(t, s, "test", func(k *api.Kitchen) { k.Extra = map[string]json.RawMessage{"wizard-status": []byte(`{"a":1}`)} })
			},
			Config: config, ConfigPlanChecks: expectEmptyPlans(),
		},
		resource.TestStep{
			Config: kitchenConfig(s, `description = "new"`),
			Check: func(*terraform.State) error {
				k, err := s.Client.Kitchen(testContext(), "test")
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
			Config: kitchenConfig(s, ""), ConfigPlanChecks: expectAction(kitchenAddress, plancheck.ResourceActionCreate),
		})
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: testProviders(), Steps: steps})
}

func TestAccKitchenThatExistsIsNotTakenOver(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	if _, err := s.Client.CreateKitchen(t.Context(), "", "test", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: kitchenConfig(s, ""), ExpectError: words(`terraform import galley_kitchen.<label> "test"`),
		}},
	})
}
