package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// orderDriftCases are the driftCases of kitchens, their recipes and orders.
func orderDriftCases() map[string]driftCase {
	const (
		kitchen       = "resource \"galley_kitchen\" \"test\" {\n  name = \"production\"\n}\n"
		kitchenRecipe = `
resource "galley_kitchen_recipe" "test" {
  kitchen     = "production"
  name        = "mine"
  recipe_type = "one"
  variables   = { threshold = 0.4 }
  variations  = { once = {} }
}
`
	)
	offer := func(t *testing.T, s *servertest.Server) {
		t.Helper()
		providertest.MustOffer(t, s, providertest.SlowVariations)
	}
	ordered := func(arguments string) string {
		return fmt.Sprintf(`
resource "galley_order" "test" {
  kitchen   = "production"
  recipe    = "ndvi"
  variation = "once"
%s
}
`, arguments)
	}
	const yearly = `  schedule = { cron = "0 0 1 1 *" }`
	return map[string]driftCase{
		"kitchen": {config: kitchen, changes: []driftChange{
			{changeKitchen(func(k *api.Kitchen) { k.Description = "Theirs" }), "description"},
			{changeKitchen(func(k *api.Kitchen) { k.Overrides = json.RawMessage(`{"schema": "theirs"}`) }), "overrides"},
			{changeKitchen(func(k *api.Kitchen) { k.Staff = []string{"admin", "theirs"} }), "staff"},
			{changeKitchen(func(k *api.Kitchen) { k.Roles = map[string]string{"theirs": "Guest"} }), "roles"},
			{changeKitchen(func(k *api.Kitchen) { k.Settings.Alerts.Error = []string{"theirs@example.com"} }), "alerts alert_recipients"},
		}},
		"kitchen that is deleted": {config: kitchen, changes: []driftChange{
			{onTheServer(func(ctx context.Context, c *client.Client) error { return c.DeleteKitchen(ctx, "production") }), gone},
		}},
		"recipe of a kitchen": {prepare: offer, config: kitchenRecipe, changes: []driftChange{
			{func(t *testing.T, s *servertest.Server) {
				t.Helper()
				providertest.MustCreateType(t, s.Client, "Theirs", `{"nodes": {}}`)
				writeRecipe(order.DescriptionFile, `{"recipe-type": "theirs", "recipe-type-revision": 1, "description": "Theirs"}`)(t, s)
			}, "recipe_type recipe_type_revision description"},
			{writeRecipe(order.VariablesFile, `{"variable-list": {"threshold": 0.5}}`), "variables"},
			{writeRecipe(order.VariationsFile, `{"variation-list": {"once": {"description": "Theirs"}}}`), "variations"},
		}},
		"recipe of a kitchen that is deleted": {prepare: offer, config: kitchenRecipe, changes: []driftChange{
			{onTheServer(func(ctx context.Context, c *client.Client) error {
				return c.DeleteKitchenRecipe(ctx, "production", "mine")
			}), gone},
		}},
		"order that is paused": {prepare: offer, config: ordered(yearly), changes: []driftChange{
			{changeOrder((*client.Client).PauseOrder), "paused status next_run"},
		}},
		"order that is changed": {prepare: offer, config: ordered(yearly + "\n  alerts = { error = [\"ours@example.com\"] }"), changes: []driftChange{
			{changeOrder(updateOrder), "parameters source_date infrastructure alerts alert_destinations alert_recipients schedule effective_schedule next_run overlap catch_up input_files nodes timeout"},
		}},
		"order that goes on": {prepare: offer, config: ordered(yearly + "\n  paused = true"), changes: []driftChange{
			{changeOrder((*client.Client).UnpauseOrder), "paused status next_run"},
		}},
		"order that is stopped": {prepare: offer, config: ordered(yearly), changes: []driftChange{
			{changeOrder((*client.Client).StopOrder), "status next_run"},
		}},
		"order that is deleted": {prepare: offer, config: ordered(yearly), changes: []driftChange{
			{changeOrder((*client.Client).DeleteOrder), gone},
		}},
		"order that is run beside its schedule": {prepare: offer, config: ordered(yearly), changes: []driftChange{
			{changeKitchen(func(k *api.Kitchen) { k.Overrides = json.RawMessage(`{"schema": "theirs"}`) }), ""},
			{changeOrder(runOrder), "last_run effective_parameters"},
		}},
		"order that runs once and is run again": {prepare: offer, config: ordered(""), changes: []driftChange{
			{changeOrder(runOrder), "last_run"},
		}},
	}
}

// updateOrder changes all that can be changed of an order in place.
func updateOrder(c *client.Client, ctx context.Context, kitchen, id string) error {
	return c.UpdateOrder(ctx, kitchen, id, api.OrderUpdate{
		Parameters: json.RawMessage(`{"threshold": 0.5, "source_date": "2026-01-01", "infrastructure": {"bucket": "theirs"}, "alert_destinations": ["theirs@example.com"]}`),
		Schedule:   new("0 1 1 1 *"), Overlap: new("skip"), CatchUp: new("all"),
		Timeout:      new("PT9M"),
		GraphSetting: json.RawMessage(`[["a"]]`),
		InputFiles:   json.RawMessage(`{"scene": [{"workspace": "default", "path": "theirs/*.tif", "at_least": 0}]}`),
	})
}

// runOrder runs an order as somebody does who does not wait.
func runOrder(c *client.Client, ctx context.Context, kitchen, id string) error {
	_, err := c.RunOrder(ctx, kitchen, id)
	return err
}

// changeOrder does something to the kitchen's only order, and waits until its runs have ended.
func changeOrder(do func(c *client.Client, ctx context.Context, kitchen, id string) error) deed {
	return func(t *testing.T, s *servertest.Server) {
		t.Helper()
		providertest.OnTheOrder(t, s, func(kitchen, id string) error { return do(s.Client, t.Context(), kitchen, id) })()
		servertest.Eventually(t, 30*time.Second, func() error {
			all, err := s.Client.Orders(t.Context(), "production", api.OrderQuery{})
			for _, runs := range all.Servings {
				for _, run := range runs.Servings {
					if err == nil && !order.RunStatus(run.Status).HasEnded() {
						err = fmt.Errorf("run %s is %s", run.HID, run.Status)
					}
				}
			}
			return err
		})
	}
}

func changeKitchen(change func(*api.Kitchen)) deed {
	return func(t *testing.T, s *servertest.Server) {
		t.Helper()
		providertest.EditKitchen(t, s, "production", change)
	}
}

func writeRecipe(file, text string) deed {
	return onTheServer(func(ctx context.Context, c *client.Client) error {
		return c.WriteKitchenRecipe(ctx, "production", "mine", map[string]string{file: text})
	})
}

// onTheServer makes a deed of a request.
func onTheServer(do func(context.Context, *client.Client) error) deed {
	return func(t *testing.T, s *servertest.Server) {
		t.Helper()
		if err := do(t.Context(), s.Client); err != nil {
			t.Fatal(err)
		}
	}
}
