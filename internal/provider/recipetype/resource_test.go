package recipetype_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const recipeTypeAddress = "galley_recipe_type.test"

// recipeTypeConfig is a recipe type with this body beside its title.
func recipeTypeConfig(s *servertest.Server, title, body string) string {
	return providertest.ProviderBlock(s) + fmt.Sprintf("resource \"galley_recipe_type\" \"test\" {\n  title = %q\n%s\n}\n", title, body)
}

func revisionIs(n int64) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("revision_num"), knownvalue.Int64Exact(n))
}

func TestAccRecipeType(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	edited := strings.Replace(providertest.ShortDefinition, "values = [40]", "values = [25.5]", 1)
	revision := tfjsonpath.New("revision_num")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			d, err := s.Client.RecipeType(providertest.Context(), "vegetation-index")
			if err == nil && d.IsActive {
				err = errors.New("the recipe type is still active")
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: recipeTypeConfig(s, "Vegetation Index", providertest.ShortDefinition),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("name"), knownvalue.StringExact("vegetation-index")),
					plancheck.ExpectUnknownValue(recipeTypeAddress, revision),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					revisionIs(1),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("definition_json"), knownvalue.Null()),
					statecheck.ExpectKnownValue(recipeTypeAddress, // as it was written, without what was left out
						tfjsonpath.New("definition").AtMapKey("nodes").AtMapKey("calibrate"),
						knownvalue.ObjectPartial(map[string]knownvalue.Check{"job": knownvalue.NotNull()})),
				},
			},
			{
				// What is not the definition makes no revision, and the name stays.
				Config: recipeTypeConfig(s, "Vegetation", providertest.ShortDefinition+"\n  description = \"NDVI\""),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(recipeTypeAddress, revision, knownvalue.Int64Exact(1)),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("name"), knownvalue.StringExact("vegetation-index")),
				},
			},
			{
				Config: recipeTypeConfig(s, "Vegetation", edited),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(recipeTypeAddress, revision),
				}},
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(2)},
				Check: func(*terraform.State) error {
					d, err := s.Client.RecipeType(providertest.Context(), "vegetation-index")
					switch {
					case err != nil:
						return err
					case !strings.Contains(string(d.Definition), "25.5"):
						return fmt.Errorf("the server has the definition %s", d.Definition)
					case value.Deref(d.Description) != "":
						return fmt.Errorf("the description is still %q", *d.Description)
					}
					return nil
				},
			},
			{
				ResourceName: recipeTypeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "vegetation-index",
				ImportStateVerifyIgnore: []string{"definition_json"},
			},
			{
				ResourceName: recipeTypeAddress, ImportState: true, ImportStateId: "no-such-type",
				ExpectError: providertest.Words("Cannot import non-existent remote object"),
			},
			{
				// Changed behind Terraform's back: the definition.
				PreConfig: func() {
					providertest.MustEditRecipeType(t, s, api.RecipeTypeEdit{Definition: json.RawMessage(`{"nodes": {}}`)})
				},
				Config:            recipeTypeConfig(s, "Vegetation", edited),
				ConfigPlanChecks:  providertest.ExpectAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(4)},
			},
			{
				// Changed behind Terraform's back: deactivated, with another title.
				PreConfig: func() {
					providertest.MustEditRecipeType(t, s, api.RecipeTypeEdit{IsActive: new(false), Title: new("Mine now")})
				},
				Config:           recipeTypeConfig(s, "Vegetation", edited),
				ConfigPlanChecks: providertest.ExpectAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					revisionIs(4),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("is_active"), knownvalue.Bool(true)),
				},
			},
		},
	})
}

func TestAccRecipeTypePlansNothingForAnotherSpelling(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ before, after string }{
		"typed, spelled out in another order": {providertest.ShortDefinition, providertest.LongDefinition},
		"typed, shortened":                    {providertest.LongDefinition, providertest.ShortDefinition},
		"JSON, spelled out and indented":      {providertest.ShortJSON, providertest.LongJSON},
		"JSON, shortened":                     {providertest.LongJSON, providertest.ShortJSON},
	}
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	before, after := providertest.ProviderBlock(s), providertest.ProviderBlock(s)
	for name, tt := range tests {
		before += labeledRecipeType(name, tt.before)
		after += labeledRecipeType(name, tt.after)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: before},
			{Config: after, ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

// labeledRecipeType is a recipe type for the test case of that name, which is its
// title, too. Many in one configuration take hardly longer than a single one.
func labeledRecipeType(name, body string) string {
	return fmt.Sprintf("resource \"galley_recipe_type\" %q {\n  title = %q\n%s\n}\n", providertest.Label(name), name, body)
}

func TestAccRecipeTypeChangesFormWithoutARevision(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: recipeTypeConfig(s, "Index", providertest.ShortDefinition)},
			{Config: recipeTypeConfig(s, "Index", providertest.LongJSON), ConfigStateChecks: []statecheck.StateCheck{revisionIs(1)}},
			{Config: recipeTypeConfig(s, "Index", providertest.ShortJSON), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				Config:            recipeTypeConfig(s, "Index", strings.Replace(providertest.ShortJSON, "[40]", "[41]", 1)),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(2)},
			},
			{
				// In JSON, too, a change behind Terraform's back is seen and undone.
				PreConfig: func() {
					_, err := s.Client.EditRecipeType(t.Context(), "index", api.RecipeTypeEdit{Definition: json.RawMessage(`{"nodes": {}}`)})
					if err != nil {
						t.Fatal(err)
					}
				},
				Config:            recipeTypeConfig(s, "Index", strings.Replace(providertest.ShortJSON, "[40]", "[41]", 1)),
				ConfigPlanChecks:  providertest.ExpectAction(recipeTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(4)},
			},
			{
				Config:            recipeTypeConfig(s, "Index", strings.Replace(providertest.LongDefinition, "4e1", "41", 1)),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(4)},
			},
		},
	})
}

func TestAccRecipeTypePlansNothingAfterAnImport(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	config := providertest.ProviderBlock(s)
	var noops, updates resource.ConfigPlanChecks
	var first, second []statecheck.StateCheck
	for name, body := range map[string]string{
		"typed": providertest.ShortDefinition, "typed, spelled out": providertest.LongDefinition, "JSON": providertest.ShortJSON, "JSON, spelled out": providertest.LongJSON,
	} {
		created, err := s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: name, Definition: definitionOf(t, providertest.LongJSON)})
		if err != nil {
			t.Fatal(err)
		}
		address := "galley_recipe_type." + providertest.Label(name)
		config += labeledRecipeType(name, body) + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, created.Name)
		noops.PreApply = append(noops.PreApply, plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop))
		updates.PreApply = append(updates.PreApply, plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate))
		revision := tfjsonpath.New("revision_num")
		first = append(first, statecheck.ExpectKnownValue(address, revision, knownvalue.Int64Exact(1)))
		second = append(second, statecheck.ExpectKnownValue(address, revision, knownvalue.Int64Exact(2)))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: noops, ConfigStateChecks: first},
			{
				// The first change after an import ends in the form of the configuration.
				Config:           strings.NewReplacer("[40]", "[41]", "4e1", "41", `["40"]`, "[41]").Replace(config),
				ConfigPlanChecks: updates, ConfigStateChecks: second,
			},
		},
	})
}

// definitionOf takes the document out of a definition_json that is a heredoc.
func definitionOf(t *testing.T, body string) json.RawMessage {
	t.Helper()
	m := regexp.MustCompile(`(?s)<<-EOT(.*)EOT`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no heredoc")
	}
	return json.RawMessage(m[1])
}

func TestAccRecipeTypeThatExists(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	created, err := s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Vegetation Index", Definition: json.RawMessage(`{"nodes": {}}`)})
	if err != nil {
		t.Fatal(err)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config:      recipeTypeConfig(s, "Vegetation Index", providertest.ShortDefinition),
				ExpectError: providertest.Words(`There is an active recipe type "vegetation-index" ("Vegetation Index", revision 1, changed last at`),
			},
			{
				PreConfig:   func() { providertest.MustEditRecipeType(t, s, api.RecipeTypeEdit{IsActive: new(false)}) },
				Config:      recipeTypeConfig(s, "Vegetation Index", providertest.ShortDefinition+"\n  on_existing = \"fail\""),
				ExpectError: providertest.Words(`There is an inactive recipe type "vegetation-index"`),
			},
			{
				Config:      recipeTypeConfig(s, "Vegetation index", providertest.ShortDefinition),
				ExpectError: providertest.Words("That it has another title shows that it is another one."),
			},
			{
				Config: recipeTypeConfig(s, "Vegetation Index", providertest.ShortDefinition),
				ConfigStateChecks: []statecheck.StateCheck{
					revisionIs(2),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("id"), knownvalue.Int64Exact(created.ID)),
					statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("is_active"), knownvalue.Bool(true)),
				},
			},
			{Config: providertest.ProviderBlock(s)},
			{
				// Destroyed and created again, as it was: the same type and revision.
				Config:            recipeTypeConfig(s, "Vegetation Index", providertest.ShortDefinition),
				ConfigStateChecks: []statecheck.StateCheck{revisionIs(2)},
			},
		},
	})
}

func TestAccRecipeTypeIsCreatedInactive(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: recipeTypeConfig(s, "Index", providertest.ShortDefinition+"\n  is_active = false"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(recipeTypeAddress, tfjsonpath.New("is_active"), knownvalue.Bool(false)),
			},
		}},
	})
}

func TestAccRecipeTypeShowsWhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: strings.Replace(recipeTypeConfig(s, "Index", providertest.ShortDefinition), "provider \"galley\" {",
				"provider \"galley\" {\n  plan_validation = \"off\"", 1),
			ExpectError: regexp.MustCompile(`(?s)Cannot create recipe type.*calibrate.*does not exist.*POST /v6/recipe-types/: 400 Bad Request,\s+request\s+[A-Z2-7]{26}`),
		}},
	})
}

// Titles are cut to 30 letters for a name: the plan says that there is one for two.
func TestAccRecipeTypesOfOneName(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	const title = "Weekly Vegetation Index of the North Sea "
	one := func(label, title string) string {
		return fmt.Sprintf("resource \"galley_recipe_type\" %q {\n  title = %q\n  definition = { nodes = {} }\n}\n", label, title)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: providertest.ProviderBlock(s) + one("a", title+"Coast") + one("b", title+"Islands"),
				ExpectError: providertest.Words(`would both be named "weekly-vegetation-index-of-the", of which only 30 letters are kept; ` +
					`choose titles that differ before that`),
			},
			{Config: providertest.ProviderBlock(s) + one("a", title+"Coast") + one("b", "Islands: "+title)},
		},
	})
}

// TestAccRecipeTypeHasTheNameThatIsGiven, whatever its title; another one is another type.
func TestAccRecipeTypeHasTheNameThatIsGiven(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	name := tfjsonpath.New("name")
	named := func(title, name string) string {
		return recipeTypeConfig(s, title, providertest.ShortDefinition+fmt.Sprintf("\n  name = %q", name))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: named("Végétation, every night", "ndvi"), ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(recipeTypeAddress, name, knownvalue.StringExact("ndvi")), revisionIs(1),
			}},
			{Config: named("***", "ndvi-2"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(recipeTypeAddress, plancheck.ResourceActionReplace),
			}}},
		},
	})
	if d, err := s.Client.RecipeType(t.Context(), "ndvi-2"); err != nil || d.Title != "***" {
		t.Errorf("the type is %+v, %v", d.RecipeType, err)
	}
}
