package provider

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// filtersOfOrders is a configuration with every filter of the lists of orders; how many
// results each has is in its name.
func filtersOfOrders() string {
	text := ""
	for _, d := range []struct {
		kind, label, arguments string
	}{
		{kind: "kitchens", label: "all_2"}, {kind: "kitchens", label: "roots_1", arguments: `parent = [""]`},
		{kind: "kitchens", label: "below_1", arguments: `parent = ["production", "x"]`}, {kind: "kitchens", label: "first_1", arguments: "limit = 1"},
		{kind: "orders", label: "all_3"}, {kind: "orders", label: "newest_2", arguments: "limit = 2"},
		{kind: "orders", label: "of_kitchen_2", arguments: `kitchen = "production"`}, {kind: "orders", label: "nowhere_0", arguments: `kitchen = "nowhere"`},
		{kind: "orders", label: "recipe_3", arguments: `recipe = "ndvi"`}, {kind: "orders", label: "no_recipe_0", arguments: `recipe = "other"`},
		{kind: "orders", label: "variation_1", arguments: `variation = "nightly"`}, {kind: "orders", label: "active_1", arguments: `status = "ACTIVE_ORDER"`},
		{kind: "orders", label: "completed_2", arguments: `run_status = "COMPLETED_SERVING"`}, {kind: "orders", label: "hours_3", arguments: "hours = 1.5"},
		{kind: "orders", label: "search_0", arguments: `search = "^nothing"`},
		{kind: "order_runs", label: "runs_1", arguments: "kitchen = \"production\"\norder_id = data.galley_orders.completed_2.results[1].id\nlimit = 3"},
	} {
		text += fmt.Sprintf("data \"galley_%s\" %q {\n%s\n}\n", d.kind, d.label, d.arguments)
	}
	return text
}

func TestAccListsOfOrdersFilterOnTheServer(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustOffer(t, s, slowVariations)
	if _, err := s.Client.CreateKitchen(t.Context(), "production", "below", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct{ kitchen, variation string }{{"production", "once"}, {"production", "nightly"}, {"below", "once"}} {
		id, err := s.Client.CreateOrder(t.Context(), o.kitchen, "ndvi", o.variation, api.OrderCreate{})
		if err != nil {
			t.Fatal(err)
		}
		if o.variation == "once" {
			servertest.Eventually(t, time.Minute, func() error {
				have, _, err := s.Client.Order(t.Context(), o.kitchen, id)
				if err == nil && !order.Status(have.Status).HasEnded() {
					err = fmt.Errorf("order %s is %s", id, have.Status)
				}
				return err
			})
		}
	}
	var checks []statecheck.StateCheck
	for label, want := range map[string]int{
		"kitchens.all_2": 2, "kitchens.roots_1": 1, "kitchens.below_1": 1, "kitchens.first_1": 1,
		"orders.all_3": 3, "orders.newest_2": 2, "orders.of_kitchen_2": 2, "orders.nowhere_0": 0, "orders.recipe_3": 3, "orders.no_recipe_0": 0,
		"orders.variation_1": 1, "orders.active_1": 1, "orders.completed_2": 2, "orders.hours_3": 3, "orders.search_0": 0, "order_runs.runs_1": 1,
	} {
		checks = append(checks, statecheck.ExpectKnownValue("data.galley_"+label, tfjsonpath.New("results"), knownvalue.ListSizeExact(want)))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps:                    []resource.TestStep{{Config: providerBlock(s) + filtersOfOrders(), ConfigStateChecks: checks}},
	})
}
