package providertest

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// EditKitchen changes a kitchen as another client would.
func EditKitchen(t *testing.T, s *servertest.Server, name string, edit func(*api.Kitchen)) {
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

// EveryKitchenArgument are all optional arguments of a kitchen.
const EveryKitchenArgument = `
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
