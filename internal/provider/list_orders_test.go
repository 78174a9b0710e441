package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// listsOfOrders filters the lists of the order API by each of their arguments; %[1]s is
// an order that runs once and has run twice.
const listsOfOrders = `
data "galley_kitchens" "below" {
parent = ["production"]
}
data "galley_kitchens" "first" {
limit = 1
}
data "galley_orders" "first" {
kitchen = "production"
limit = 1
}
data "galley_orders" "active" {
kitchen = "production"
status = "ACTIVE_ORDER"
}
data "galley_orders" "recent" {
kitchen = "production"
hours = 0.5
}
data "galley_orders" "by_id" {
kitchen = "production"
search = "^%[1]s$"
}
data "galley_orders" "of_recipe" {
kitchen = "production"
recipe = "other"
}
data "galley_orders" "of_variation" {
kitchen = "production"
variation = "once"
}
data "galley_orders" "failed" {
kitchen = "production"
run_status = "SERVING_ERROR"
}
data "galley_order_runs" "all" {
kitchen = "production"
order_id = "%[1]s"
}
data "galley_order_runs" "newest" {
kitchen = "production"
order_id = "%[1]s"
limit = 1
}
output "kitchens" {
  value = join(" ", [for k in [data.galley_kitchens.below, data.galley_kitchens.first] : join(",", k.results[*].name)])
}
output "orders" {
  value = join(" ", [
    for o in [data.galley_orders.first, data.galley_orders.active, data.galley_orders.recent, data.galley_orders.by_id,
    data.galley_orders.of_recipe, data.galley_orders.of_variation, data.galley_orders.failed] : join(",", sort(o.results[*].variation))
  ])
}
output "runs" {
  value = "${length(data.galley_order_runs.all.results)} ${length(data.galley_order_runs.newest.results)}"
}
`

func TestAccListsOfOrdersFilterOnTheServer(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustOffer(t, s, slowVariations)
	if _, err := s.Client.CreateKitchen(t.Context(), "production", "staging", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	once := mustOrder(t, s, "once")
	mustRuns(t, s, once, order.RunCompleted)
	if _, err := s.Client.RunOrder(t.Context(), "production", once); err != nil {
		t.Fatal(err)
	}
	mustRuns(t, s, once, order.RunCompleted)
	mustOrder(t, s, "nightly")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: providerBlock(s) + fmt.Sprintf(listsOfOrders, once),
			Check: resource.ComposeTestCheckFunc(
				resource.TestCheckOutput("kitchens", "staging production"),
				resource.TestCheckOutput("orders", "nightly nightly nightly,once once  once "),
				resource.TestCheckOutput("runs", "2 1"),
			),
		}},
	})
}
