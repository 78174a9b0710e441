package providertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// MustStart starts a recipe without input, with these settings.
func MustStart(t *testing.T, s *servertest.Server, recipeType string, settings map[string]string) api.Recipe {
	t.Helper()
	d, err := s.Client.RecipeType(t.Context(), recipeType)
	if err != nil {
		t.Fatal(err)
	}
	body := api.RecipeCreate{RecipeTypeID: d.ID, Input: json.RawMessage(`{}`)}
	if len(settings) > 0 {
		body.Configuration = json.RawMessage(MustMarshal(t, map[string]any{"settings": settings}))
	}
	r, err := s.Client.CreateRecipe(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// MustSettle waits until a recipe has that status.
func MustSettle(t *testing.T, s *servertest.Server, id int64, status string) {
	t.Helper()
	servertest.Eventually(t, 30*time.Second, func() error {
		d, err := s.Client.Recipe(t.Context(), id)
		if got := string(d.RecipeCounts.Status(d.IsCompleted)); err == nil && got != status {
			err = fmt.Errorf("recipe %d is %s, want %s", id, got, status)
		}
		return err
	})
}

// RecipeAddress is where the recipe of RecipeConfig is in the state.
const RecipeAddress = "galley_recipe.test"

// RecipeIs checks an attribute of the recipe of RecipeConfig.
func RecipeIs(attribute string, want knownvalue.Check) statecheck.StateCheck {
	at, member, isMember := strings.Cut(attribute, ".")
	place := tfjsonpath.New(at)
	if isMember {
		place = place.AtMapKey(member)
	}
	return statecheck.ExpectKnownValue(RecipeAddress, place, want)
}

// RecipeConfig is a recipe of the type "one" with this body.
func RecipeConfig(s *servertest.Server, body string) string {
	return ProviderBlock(s) + "resource \"galley_recipe\" \"test\" {\n  recipe_type = \"one\"\n" + body + "\n}\n"
}

// RecipeCount checks how many recipes the server has.
func RecipeCount(c *client.Client, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		all, err := c.Recipes(Context(), client.RecipeQuery{})
		if err == nil && len(all) != want {
			err = fmt.Errorf("the server has %d recipes, want %d", len(all), want)
		}
		return err
	}
}

// Changes is a value comparer: every value differs from the one before it.
type Changes struct{}

// CompareValues implements compare.ValueComparer.
func (Changes) CompareValues(values ...any) error {
	for i := 1; i < len(values); i++ {
		if values[i] == values[i-1] {
			return fmt.Errorf("value %v has not changed", values[i])
		}
	}
	return nil
}
