package providertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// SlowVariations are a variation whose job takes a while, one that fails, and others.
const SlowVariations = `{
  "once": {},
  "nightly": {"schedule-setting": "nightly"},
  "slow": {"configuration": {"settings": {"GALLEY_SIMULATE_DURATION": "6s"}}},
  "broken": {"configuration": {"settings": {"GALLEY_SIMULATE_EXIT_CODE": "1"}}}}`

// OnTheOrder does something to the kitchen's only order, as another client would.
func OnTheOrder(t *testing.T, s *servertest.Server, do func(kitchen, id string) error) func() {
	t.Helper()
	return func() {
		t.Helper()
		o, _, err := OnlyOrder(t.Context(), s)
		if err == nil {
			err = do("production", o.HID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// MustOffer makes the kitchen "production" with the recipe "ndvi" of the recipe type
// "one", in these variations (a JSON object), and with the variable "bands".
func MustOffer(t *testing.T, s *servertest.Server, variations string) {
	t.Helper()
	MustCreateJobType(t, s)
	MustCreateOne(t, s.Client)
	MustOfferOne(t, s, variations)
}

// MustOfferOne is MustOffer where the recipe type exists.
func MustOfferOne(t *testing.T, s *servertest.Server, variations string) {
	t.Helper()
	if _, err := s.Client.CreateKitchen(t.Context(), "", "production", api.KitchenCreate{}); err != nil {
		t.Fatalf("creating kitchen: %v", err)
	}
	_, err := s.Client.CreateKitchenRecipe(t.Context(), "production", "ndvi", map[string]string{
		order.DescriptionFile: `{"recipe-type": "one"}`,
		order.VariablesFile:   `{"variable-list": {"bands": {"red": 4}}}`,
		order.VariationsFile:  `{"variation-list": ` + variations + `, "schedule-setting-list": {"nightly": {"schedule": "30 4 * * *"}}}`,
	})
	if err != nil {
		t.Fatalf("creating recipe of kitchen: %v", err)
	}
}

// OnlyOrder is the order that the kitchen has, with its newest run.
func OnlyOrder(ctx context.Context, s *servertest.Server) (api.Order, *api.OrderRun, error) {
	all, err := s.Client.Orders(ctx, "production", api.OrderQuery{})
	if err != nil || len(all.Orders) != 1 {
		return api.Order{}, nil, fmt.Errorf("%d orders, want 1: %w", len(all.Orders), err)
	}
	return s.Client.Order(ctx, "production", all.Orders[0].HID)
}

// MustOrder orders a variation of the recipe that MustOffer makes.
func MustOrder(t *testing.T, s *servertest.Server, variation string) (id string) {
	t.Helper()
	id, err := s.Client.CreateOrder(t.Context(), "production", "ndvi", variation, api.OrderCreate{})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
