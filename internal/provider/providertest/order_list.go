package providertest

import (
	"fmt"
)

// FiltersOfOrders is a configuration with every filter of the lists of orders; how many
// results each has is in its name.
func FiltersOfOrders() string {
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
		{kind: "alerts", label: "alerts_0", arguments: "kitchen = \"production\"\norder_id = data.galley_orders.completed_2.results[1].id\nrun_id = \"none\"\nstatus = \"FAILED\"\nlimit = 3"},
		{kind: "order_runs", label: "runs_1", arguments: "kitchen = \"production\"\norder_id = data.galley_orders.completed_2.results[1].id\nlimit = 3"},
	} {
		text += fmt.Sprintf("data \"galley_%s\" %q {\n%s\n}\n", d.kind, d.label, d.arguments)
	}
	return text
}
