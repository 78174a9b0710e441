package orders

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// TestARunThatCannotStartAlerts: whoever the variables of recipe, variation, kitchen and
// order name hears of it, as far as these can still be read.
func TestARunThatCannotStartAlerts(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		const variables = `{"variable-list": {"LIMIT": 1, "team": "cooks", "TOKEN": "s3cret", "email": "{{team}}@example.com"}}`
		const leaking = `"email": "{{team}}@example.com, https://example.com/{{TOKEN}}"`
		e := r.serve(t, 0)
		broken := map[string]*struct {
			breaks func(name string) error
			want   []string // the destinations
			order  store.RecipeOrder
		}{
			"deleted": {breaks: func(name string) error { return r.DeleteKitchenRecipe(t.Context(), "dev", name, chef) },
				want: []string{"boss@example.com", "order@example.com"}},
			"unbound": {breaks: func(name string) error { return r.rewrite(t, name, order.DescriptionFile, `{"recipe-type": "gone"}`) },
				want: []string{"boss@example.com", "cooks@example.com", "order@example.com"}},
			"wrong": {breaks: func(name string) error {
				return r.rewrite(t, name, order.VariablesFile, strings.Replace(variables, `"LIMIT": 1`, `"LIMIT": "much"`, 1))
			}, want: []string{"boss@example.com", "cooks@example.com", "order@example.com"}},
			"leaking": {breaks: func(name string) error {
				return r.rewrite(t, name, order.VariablesFile, strings.Replace(variables, `"email": "{{team}}@example.com"`, leaking, 1))
			}, want: []string{"boss@example.com", "cooks@example.com", "order@example.com"}},
		}
		for name, b := range broken {
			r.cookbook(t, "dev", name, "meal", variables)
			b.order = r.order(t, OrderSpec{Recipe: name, Schedule: "* * * * *", MaxRuns: 1,
				Parameters: json.RawMessage(`{"alert_destinations": ["order@example.com"]}`)})
			if err := b.breaks(name); err != nil {
				t.Fatal(err)
			}
		}
		boss := KitchenEdit{Alerts: json.RawMessage(`{"orderrunError": ["boss@example.com"], "orderrunStart": ["nobody@example.com"]}`), By: chef}
		if _, err := r.EditKitchen(t.Context(), "dev", boss); err != nil {
			t.Fatal(err)
		}
		for _, b := range broken {
			r.pass(t, b.order, monday.Add(time.Minute), e)
		}
		for name, b := range broken {
			_, run := r.awaitOrder(t, b.order, order.Completed, order.RunFailed)
			var got []string
			for _, a := range r.alertsOf(t, run) {
				got = append(got, a.Destination)
				if a.Event != string(order.RunError) || !strings.Contains(string(a.Payload), name) {
					t.Errorf("%s: alert is %+v", name, a)
				}
			}
			if diff := cmp.Diff(b.want, got); diff != "" || run.Error == "" || strings.Contains(string(run.Variables), "s3cret") {
				t.Errorf("%s: run is %+v, destinations (-want +got):\n%s", name, run, diff)
			}
		}
	})
}

// rewrite writes a file of a recipe of "dev".
func (r *restaurant) rewrite(t testing.TB, name, path, contents string) error {
	t.Helper()
	_, err := r.EditKitchenRecipe(t.Context(), KitchenRecipeEdit{Kitchen: "dev", Recipe: name, Files: map[string]*string{path: &contents}, By: chef})
	return err
}
