package workspace_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const workspaceAddress = "galley_workspace.test"

func workspaceConfig(s *servertest.Server, title, folder, more string) string {
	return providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "galley_workspace" "test" {
  title  = %q
  broker = { host = { path = %q } }
  %s
}
`, title, folder, more)
}

// workspaceID reads the id of the only workspace beside the default one.
func workspaceID(t *testing.T, s *servertest.Server) int64 {
	t.Helper()
	all, err := s.Client.Workspaces(t.Context(), client.WorkspaceQuery{Order: []string{"id"}})
	if err != nil || len(all) != 2 {
		t.Fatalf("got workspaces %v, %v, want two", all, err)
	}
	return all[1].ID
}

func TestAccWorkspace(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	folder := s.Workspace("raw")
	var id int64
	is := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(workspaceAddress, tfjsonpath.New(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			w, err := s.Client.Workspace(providertest.Context(), id)
			if err == nil && w.IsActive {
				err = errors.New("the workspace is still active")
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: workspaceConfig(s, "Raw Data", folder, ""),
				ConfigStateChecks: []statecheck.StateCheck{
					is("name", knownvalue.StringExact("raw-data")),
					is("description", knownvalue.StringExact("")),
					is("is_active", knownvalue.Bool(true)),
				},
			},
			{
				PreConfig: func() { id = workspaceID(t, s) },
				Config: workspaceConfig(s, "Raw Scenes", folder,
					"description = \"What the satellite sends\"\nbase_url = \"https://files.example.com/raw\""),
				ConfigPlanChecks: providertest.ExpectAction(workspaceAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					is("id", knownvalue.Int64Func(func(v int64) error {
						if v != id {
							return fmt.Errorf("id was %d, is %d", id, v)
						}
						return nil
					})),
					is("name", knownvalue.StringExact("raw-data")),
					is("description", knownvalue.StringExact("What the satellite sends")),
				},
			},
			{
				// What is no longer stated goes away on the server, too.
				Config:           workspaceConfig(s, "Raw Scenes", folder, ""),
				ConfigPlanChecks: providertest.ExpectAction(workspaceAddress, plancheck.ResourceActionUpdate),
			},
			{ResourceName: workspaceAddress, ImportState: true, ImportStateVerify: true},
			{
				ResourceName: workspaceAddress, ImportState: true, ImportStateVerify: true,
				ImportStateId: "raw-data",
			},
			{
				ResourceName: workspaceAddress, ImportState: true, ImportStateId: "Raw Scenes",
				ExpectError: providertest.Words(`There is no workspace named "Raw Scenes"`),
			},
			{Config: workspaceConfig(s, "Raw Scenes", folder, ""), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				// Changed behind Terraform's back.
				PreConfig: func() {
					edit := api.WorkspaceEdit{Title: new("Mine now"), IsActive: new(false)}
					if err := s.Client.EditWorkspace(t.Context(), id, edit); err != nil {
						t.Fatal(err)
					}
				},
				Config:           workspaceConfig(s, "Raw Scenes", folder, ""),
				ConfigPlanChecks: providertest.ExpectAction(workspaceAddress, plancheck.ResourceActionUpdate),
			},
			{
				// Deleted behind Terraform's back.
				PreConfig:        func() { s.Exec(t, fmt.Sprintf("DELETE FROM workspaces WHERE id = %d", id)) },
				Config:           workspaceConfig(s, "Raw Scenes", folder, ""),
				ConfigPlanChecks: providertest.ExpectAction(workspaceAddress, plancheck.ResourceActionCreate),
				Check:            func(*terraform.State) error { id = workspaceID(t, s); return nil },
			},
		},
	})
}

func TestAccWorkspaceIsTakenIntoUseAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	folder := s.Workspace("raw")
	var id int64
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: workspaceConfig(s, "Raw", folder, "")},
			{
				PreConfig: func() { id = workspaceID(t, s) },
				Config:    providertest.ProviderBlock(s),
			},
			{
				Config: workspaceConfig(s, "Raw", folder, "description = \"again\""),
				Check: func(*terraform.State) error {
					w, err := s.Client.Workspace(providertest.Context(), id)
					if err == nil && (!w.IsActive || value.Deref(w.Description) != "again") {
						err = fmt.Errorf("got %+v, want it active with the new description", w)
					}
					return err
				},
			},
			{
				// Another storage is another workspace: its name is taken.
				PreConfig: func() {
					if err := s.Client.EditWorkspace(t.Context(), id, api.WorkspaceEdit{IsActive: new(false)}); err != nil {
						t.Fatal(err)
					}
				},
				Config: workspaceConfig(s, "Raw", folder, "description = \"again\"") + fmt.Sprintf(`
resource "galley_workspace" "other" {
  title      = "Raw"
  broker     = { host = { path = %q } }
  depends_on = [galley_workspace.test]
}
`, s.Workspace("other")),
				Check: resource.TestMatchResourceAttr("galley_workspace.other", "name", providertest.Words("raw-")),
			},
		},
	})
}

func TestAccWorkspaceWithRelativeFolder(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: workspaceConfig(s, "Raw", "raw/scenes", "")},
			{Config: workspaceConfig(s, "Raw", "raw/scenes", ""), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}
