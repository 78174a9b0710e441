package arrival_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// strikeConfig is a strike over a workspace that the same configuration makes.
func strikeConfig(s *servertest.Server, more string) string {
	return providertest.ProviderBlock(s) + `
resource "galley_workspace" "in" {
  title  = "In"
  broker = { host = { path = "in" } }
}
resource "galley_strike" "test" {
  title           = "Inbox"
  workspace       = galley_workspace.in.name
  ` + more + `
}
`
}

const (
	usual = `monitor = { type = "dir-watcher" }
	files_to_ingest = [{ filename_regex = ".*txt", data_types = ["text"] }, { filename_regex = ".*", new_file_path = "rest//" }]`
	strikeAddress, scanAddress = "galley_strike.test", "galley_scan.test"
)

func onlyStrike(t *testing.T, s *servertest.Server) api.Strike {
	t.Helper()
	all, err := s.Client.Strikes(providertest.Context(), client.ArrivalQuery{Order: []string{"id"}})
	if err != nil || len(all) == 0 {
		t.Fatalf("got strikes %v, %v", all, err)
	}
	return all[len(all)-1]
}

// stops waits until a strike does not watch.
func stops(t *testing.T, s *servertest.Server, id int64) error {
	t.Helper()
	servertest.Eventually(t, 20*time.Second, func() error {
		strike, err := s.Client.Strike(providertest.Context(), id)
		if err == nil && strike.Job.Status != "CANCELED" {
			err = fmt.Errorf("the job of strike %d is %s", id, strike.Job.Status)
		}
		return err
	})
	return nil
}

func TestAccStrike(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	var id int64
	is := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(strikeAddress, tfjsonpath.New(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy:             func(*terraform.State) error { return stops(t, s, id) },
		Steps: []resource.TestStep{
			{
				Config:            strikeConfig(s, usual),
				ConfigStateChecks: []statecheck.StateCheck{is("name", knownvalue.StringExact("inbox")), is("watch", knownvalue.Bool(true)), is("job_id", knownvalue.NotNull())},
			},
			{PreConfig: func() { id = onlyStrike(t, s).ID }, Config: strikeConfig(s, usual), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				Config:           strikeConfig(s, strings.Replace(usual, ".*txt", ".*csv", 1)+"\ndescription = \"d\"\nwatch = false"),
				ConfigPlanChecks: providertest.ExpectAction(strikeAddress, plancheck.ResourceActionUpdate),
				Check: func(*terraform.State) error {
					strike, err := s.Client.Strike(providertest.Context(), id)
					if err == nil && !strings.Contains(string(strike.Configuration), `".*csv"`) {
						err = fmt.Errorf("the configuration is %s", strike.Configuration)
					}
					return err
				},
			},
			{ResourceName: strikeAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"files_to_ingest", "monitor"}},
			{ResourceName: strikeAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "inbox", ImportStateVerifyIgnore: []string{"files_to_ingest", "monitor"}},
			{ResourceName: strikeAddress, ImportState: true, ImportStateId: "Inbox", ExpectError: providertest.Words(`There is no strike named "Inbox"`)},
			{Config: strikeConfig(s, usual), ExpectError: providertest.Words("Description cannot be emptied")},
			{Config: strikeConfig(s, usual+"\ndescription = \"d\""), ConfigPlanChecks: providertest.ExpectAction(strikeAddress, plancheck.ResourceActionUpdate)},
			{
				// Stopped behind Terraform's back.
				PreConfig: func() {
					strike := onlyStrike(t, s)
					if err := s.Client.CancelJobs(providertest.Context(), api.JobFilter{JobIDs: []int64{strike.Job.ID}}); err != nil {
						t.Fatal(err)
					}
					_ = stops(t, s, strike.ID)
				},
				Config:           strikeConfig(s, usual+"\ndescription = \"d\""),
				ConfigPlanChecks: providertest.ExpectAction(strikeAddress, plancheck.ResourceActionUpdate),
				Check: func(*terraform.State) error {
					if strike := onlyStrike(t, s); strike.Job.Status == "CANCELED" {
						return fmt.Errorf("the strike is still stopped")
					}
					return nil
				},
			},
		},
	})
}

// TestAccStrikeRunsRecipes has a file arrive between two applies.
func TestAccStrikeRunsRecipes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreate(t, s.Client, providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut))
	config := strikeConfig(s, usual+`
  recipe = { name = galley_recipe_type.one.name, revision_num = galley_recipe_type.one.revision_num }`) + `
resource "galley_recipe_type" "one" {
  title      = "One"
  definition = { input = { files = { scene = {} } }, nodes = { a = {
    job   = { name = "calibrate", version = "1.0.0", revision = 1 }
    input = { image = { recipe_input = "scene" } }
  } } }
}
`
	ingests := config + "data \"galley_ingests\" \"test\" {\n  strike_id = [galley_strike.test.id]\n}\ndata \"galley_strikes\" \"test\" {\n  name = [galley_strike.test.name]\n}\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					if err := os.WriteFile(filepath.Join(s.Workspace("in"), "a.txt"), []byte("a"), 0o600); err != nil {
						t.Fatal(err)
					}
					servertest.Eventually(t, time.Minute, func() error {
						recipes, err := s.Client.Recipes(t.Context(), client.RecipeQuery{})
						if err == nil && len(recipes) != 1 {
							err = fmt.Errorf("%d recipes", len(recipes))
						}
						return err
					})
				},
				Config: ingests,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("data.galley_ingests.test", tfjsonpath.New("results").AtSliceIndex(0).AtMapKey("status"), knownvalue.StringExact("INGESTED")),
					statecheck.ExpectKnownValue("data.galley_strikes.test", tfjsonpath.New("results").AtSliceIndex(0).AtMapKey("job_status"), knownvalue.StringExact("RUNNING")),
				},
			},
		},
	})
}

// TestAccWrongArrivals refuses at plan what could only fail.
func TestAccWrongArrivals(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateType(t, s.Client, "Two", `{"input": {"files": [{"name": "a"}, {"name": "b"}]}, "nodes": {}}`)
	var steps []resource.TestStep
	for more, want := range map[string]string{
		strings.Replace(usual, ".*txt", "(", 1):                                            "error parsing regexp",
		strings.Replace(usual, "rest//", "/rest", 1):                                       `found "/rest", which is absolute`,
		strings.Replace(usual, "dir-watcher", "ftp", 1):                                    `found "ftp", expected`,
		usual + "\nrecipe = { name = \"two\" }":                                            `each need a file`,
		usual + "\nrecipe = { name = \"nothing\" }":                                        `There is no recipe type "nothing"`,
		strings.Replace(usual, `new_file_path = "rest//"`, `new_workspace = "nothing"`, 1): `there is no workspace 'nothing'`,
	} {
		steps = append(steps, resource.TestStep{Config: strikeConfig(s, more), PlanOnly: true, ExpectError: providertest.Words(want)})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providertest.Providers(), Steps: steps})
}

func scanConfig(s *servertest.Server, title, more string) string {
	return providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "galley_scan" "test" {
  title           = %q
  workspace       = "default"
  scanner         = { type = "dir" }
  files_to_ingest = [{ filename_regex = ".*" }]
  %s
}
`, title, more)
}

func TestAccScan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	if err := os.WriteFile(filepath.Join(s.Workspace("default"), "a.txt"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	process := func(ingest bool, trigger string) string {
		return fmt.Sprintf(`
action "galley_scan_process" "test" {
  config {
    scan_id = galley_scan.test.id
    ingest  = %t
  }
}
resource "terraform_data" "run" {
  input = %q
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.galley_scan_process.test]
    }
  }
}
`, ingest, trigger)
	}
	scan := func() api.Scan {
		all, err := s.Client.Scans(providertest.Context(), client.ArrivalQuery{Order: []string{"id"}})
		if err != nil || len(all) == 0 {
			t.Fatalf("got scans %v, %v", all, err)
		}
		return all[len(all)-1]
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{
			{Config: scanConfig(s, "Once", "recursive = false")},
			{
				Config:           scanConfig(s, "Once", "description = \"d\""),
				ConfigPlanChecks: providertest.ExpectAction(scanAddress, plancheck.ResourceActionUpdate),
			},
			{ResourceName: scanAddress, ImportState: true, ImportStateVerify: true},
			{
				Config: scanConfig(s, "Once", "description = \"d\"") + process(false, "1"),
				Check: func(*terraform.State) error {
					if got := scan(); got.FileCount == nil || *got.FileCount != 1 || got.Job != nil {
						return fmt.Errorf("after counting: %+v", got)
					}
					return nil
				},
			},
			{
				Config: scanConfig(s, "Once", "description = \"d\"") + process(true, "2"),
				Check: func(*terraform.State) error {
					if got := scan(); got.Job == nil || got.Job.Status != "COMPLETED" {
						return fmt.Errorf("after ingesting: %+v", got)
					}
					return nil
				},
			},
			{
				Config:      scanConfig(s, "Once", "description = \"d\"") + process(true, "3"),
				ExpectError: providertest.Words("Ingest Scan already launched"),
			},
			{
				// It has run: a change makes another one, also one that empties the description.
				Config:           scanConfig(s, "Once", ""),
				ConfigPlanChecks: providertest.ExpectAction(scanAddress, plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(scanAddress, tfjsonpath.New("is_launched"), knownvalue.Bool(false)),
				},
			},
		},
	})
}

// TestAccListsOfArrivals has every filter.
func TestAccListsOfArrivals(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	strike, scan := providertest.MustArrive(t, s)
	if err := os.WriteFile(filepath.Join(s.Workspace("default"), "a.txt"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, time.Minute, func() error {
		found, err := s.Client.Ingests(t.Context(), client.IngestQuery{Statuses: []string{"INGESTED"}})
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("%d files are ingested", len(found))
		}
		return err
	})
	rows := func(address string, ids ...int64) statecheck.StateCheck {
		want := []knownvalue.Check{}
		for _, id := range ids {
			want = append(want, knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.Int64Exact(id)}))
		}
		return statecheck.ExpectKnownValue(address, tfjsonpath.New("results"), knownvalue.ListExact(want))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: providertest.ProviderBlock(s) + providertest.FiltersOfArrivals,
			ConfigStateChecks: []statecheck.StateCheck{
				rows("data.galley_strikes.named", strike.ID), rows("data.galley_strikes.before"), rows("data.galley_scans.named", scan.ID),
				rows("data.galley_scans.before"), rows("data.galley_ingests.some", 1), rows("data.galley_ingests.none"),
			},
		}},
	})
}
