package recipe_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccRecipeWithSecretSettings(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	const stored = "SELECT configuration FROM recipes ORDER BY id DESC LIMIT 1"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: providertest.RecipeConfig(s, `
  settings            = { key = "a" }
  settings_wo         = { key = "hunter2" }
  settings_wo_version = 1`),
				PlanOnly: true, ExpectError: providertest.Words(`settings_wo["key"]: settings has this setting, too`),
			},
			{
				Config: providertest.RecipeConfig(s, `
  settings            = { mode = "fast" }
  settings_wo         = { key = "hunter2" }
  settings_wo_version = 1`),
				Check: resource.ComposeTestCheckFunc(providertest.StoredIn(s, stored, `"key":"hunter2"`, true), providertest.StoredIn(s, stored, `"mode":"fast"`, true),
					providertest.Nowhere("hunter2"), providertest.RecipeCount(s.Client, 1)),
			},
			{
				Config: providertest.RecipeConfig(s, `
  settings            = { mode = "fast" }
  settings_wo         = { key = "hunter3" }
  settings_wo_version = 1`),
				ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{
				Config: providertest.RecipeConfig(s, `
  settings            = { mode = "fast" }
  settings_wo         = { key = "hunter3" }
  settings_wo_version = 2`),
				ConfigPlanChecks: providertest.ExpectAction(providertest.RecipeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check: resource.ComposeTestCheckFunc(providertest.StoredIn(s, stored, `"key":"hunter3"`, true), providertest.Nowhere("hunter3"),
					providertest.RecipeCount(s.Client, 2)),
			},
		},
	})
}
