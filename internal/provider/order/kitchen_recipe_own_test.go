package order_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// wantText fails unless one of the texts has these words.
func wantText(t *testing.T, what string, texts []string, words string) {
	t.Helper()
	if !strings.Contains(strings.Join(texts, "\n"), words) {
		t.Errorf("%s: got %q, want %q in it", what, texts, words)
	}
}

func TestAKitchenHasARecipeOfItsOwnInsteadOfAnInheritedOne(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"once": {}}`)
	if _, err := s.Client.CreateKitchen(t.Context(), "production", "dev", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	owner := func() string {
		t.Helper()
		_, owner, err := s.Client.KitchenRecipe(t.Context(), "dev", "ndvi")
		if err != nil {
			t.Fatal(err)
		}
		return owner
	}
	const config = `{"kitchen": "dev", "name": "ndvi", "recipe_type": "one", "description": "Own", "variations": {"mine": {}}}`
	p := providertest.NewProtocol(t, s)

	imported, err := p.ImportResourceState(t.Context(), importOf("galley_kitchen_recipe", "dev/ndvi"))
	if err != nil {
		t.Fatal(err)
	}
	of := imported.ImportedResources[0]
	_, problems := p.Refresh(t, providertest.Thing{Type: "galley_kitchen_recipe", State: of.State, Identity: of.Identity, Private: of.Private})
	wantText(t, "the import of an inherited one", problems, `it inherits that of kitchen production. Import it there (terraform import galley_kitchen_recipe.<label> "production/ndvi")`)

	plan := p.MustPlan(t, providertest.Thing{Type: "galley_kitchen_recipe"}, config)
	if len(plan.Errors) > 0 {
		t.Fatalf("one of its own: %q", plan.Errors)
	}
	thing, problems, _ := providertest.NewProtocol(t, s).Apply(t, plan)
	if len(problems) > 0 || owner() != "dev" {
		t.Fatalf("one of its own: %q; kitchen %s has it", problems, owner())
	}
	taken := providertest.NewProtocol(t, s).MustPlan(t, providertest.Thing{Type: "galley_kitchen_recipe"},
		`{"kitchen": "production", "name": "ndvi", "recipe_type": "one"}`)
	wantText(t, "another one of the same kitchen", taken.Errors, `Kitchen production has a recipe "ndvi".`)

	destroy := providertest.NewProtocol(t, s).MustPlan(t, thing, "")
	if err := s.Client.DeleteKitchenRecipe(t.Context(), "dev", "ndvi"); err != nil || owner() != "production" {
		t.Fatalf("after others have deleted it kitchen %s has it (%v)", owner(), err)
	}
	_, problems, _ = providertest.NewProtocol(t, s).Apply(t, destroy)
	wantText(t, "the destroy of what is inherited by now", problems, "The kitchen has nothing of its own to delete. Take it out of the state")
	if gone, problems := providertest.NewProtocol(t, s).Refresh(t, thing); gone.State != nil || len(problems) > 0 {
		t.Errorf("a refresh keeps one that is inherited by now: %q", problems)
	}
}

func TestVariationsThatOrdersUseAreNotRemovedInSilence(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"once": {}, "nightly": {"schedule-setting": "nightly"}}`)
	if _, err := s.Client.CreateKitchen(t.Context(), "production", "dev", api.KitchenCreate{}); err != nil {
		t.Fatal(err)
	}
	id, err := s.Client.CreateOrder(t.Context(), "dev", "ndvi", "nightly", api.OrderCreate{})
	if err != nil {
		t.Fatal(err)
	}
	p := providertest.NewProtocol(t, s)
	offer := p.MustImport(t, "galley_kitchen_recipe", "production/ndvi")
	config := func(variations string) string {
		return `{"kitchen": "production", "name": "ndvi", "recipe_type": "one", "variables": {"bands": {"red": 4}}, "variations": ` + variations + `}`
	}
	const nightly = `{"schedule": {"cron": "30 4 * * *"}}`
	if plan := p.MustPlan(t, offer, config(`{"nightly": `+nightly+`}`)); len(plan.Errors) > 0 { // nobody uses the other
		t.Errorf("without what nobody uses: %q", plan.Errors)
	}
	renamed := config(`{"once": {}, "daily": ` + nightly + `}`)
	plan := p.MustPlan(t, offer, renamed)
	wantText(t, "renamed", plan.Errors, "the recipe has no variation 'nightly' after this plan, but orders that have not ended are for it: dev/ndvi/nightly ("+id)
	destroyed := p.MustPlan(t, offer, "")
	wantText(t, "destroyed", destroyed.Warnings, "dev/ndvi/nightly ("+id)
	replaced := providertest.NewProtocol(t, s).MustPlan(t, offer, strings.Replace(renamed, `"ndvi"`, `"evi"`, 1))
	wantText(t, "replaced", replaced.Warnings, "dev/ndvi/nightly ("+id)

	if err := s.Client.StopOrder(t.Context(), "dev", id); err != nil {
		t.Fatal(err)
	}
	// An order of the same configuration may be about to be replaced: it is a warning.
	p = providertest.NewProtocol(t, s)
	made, problems, _ := p.Apply(t, p.MustPlan(t, providertest.Thing{Type: "galley_order"}, `{"kitchen": "production", "recipe": "ndvi", "variation": "nightly"}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p = providertest.NewProtocol(t, s)
	if _, problems := p.Refresh(t, made); len(problems) > 0 {
		t.Fatal(problems)
	}
	plan = providertest.NewProtocol(t, s).MustPlan(t, offer, renamed)
	wantText(t, "an order of one's own", plan.Warnings, "Those that this plan replaces, too, come to no harm.")
	if len(plan.Errors) > 0 {
		t.Errorf("an order of one's own: %q", plan.Errors)
	}
}

// TestALostOrderThatHasFailedIsMadeAnewIfAsked is about an apply whose state was lost.
func TestALostOrderThatHasFailedIsMadeAnewIfAsked(t *testing.T) {
	t.Parallel()
	for recreate, want := range map[string]int{"new": 2, "resume": 1} {
		t.Run(recreate, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{})
			providertest.MustOffer(t, s, providertest.SlowVariations)
			config := fmt.Sprintf(`{"kitchen": "production", "recipe": "ndvi", "variation": "broken", "on_failure": "warn", "on_recreate": %q}`, recreate)
			for range 2 {
				plan := providertest.NewProtocol(t, s).MustPlan(t, providertest.Thing{Type: "galley_order"}, config)
				if _, problems, _ := providertest.NewProtocol(t, s).Apply(t, plan); len(problems) > 0 {
					t.Fatal(problems)
				}
			}
			all, err := s.Client.Orders(t.Context(), "production", api.OrderQuery{})
			if err != nil || len(all.Orders) != want {
				t.Errorf("there are %d orders, want %d (%v)", len(all.Orders), want, err)
			}
		})
	}
}

func importOf(name, id string) *tfprotov6.ImportResourceStateRequest {
	return &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id}
}
