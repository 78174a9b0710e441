package order_test

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
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccListsOfOrdersFilterOnTheServer(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
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
		"orders.variation_1": 1, "orders.active_1": 1, "orders.completed_2": 2, "orders.hours_3": 3, "orders.search_0": 0, "order_runs.runs_1": 1, "alerts.alerts_0": 0,
	} {
		checks = append(checks, statecheck.ExpectKnownValue("data.galley_"+label, tfjsonpath.New("results"), knownvalue.ListSizeExact(want)))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps:                    []resource.TestStep{{Config: providertest.ProviderBlock(s) + providertest.FiltersOfOrders(), ConfigStateChecks: checks}},
	})
}
