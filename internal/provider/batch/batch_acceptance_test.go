package batch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const (
	datasetAddress = "galley_dataset.test"
	batchAddress   = "galley_batch.test"
)

func is(address, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), want)
}

// member is one of a data set, in HCL.
func member(file int64, threshold string) string {
	return fmt.Sprintf("{ files = { scene = [%d] }, json = { threshold = %s } }", file, threshold)
}

func datasetConfig(s *servertest.Server, more string, members ...string) string {
	list := ""
	for _, m := range members {
		list += m + ",\n"
	}
	return providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "galley_dataset" "test" {
  title      = "Scenes"
  parameters = { files = { scene = {} }, json = { threshold = { type = "number", required = false } } }
  members    = [%s]
  %s
}
`, list, more)
}

func TestAccDataset(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	one, two := providertest.MustUpload(t, s, "1.txt", "1"), providertest.MustUpload(t, s, "2.txt", "2")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: datasetConfig(s, "", member(one, "0.5")),
				ConfigStateChecks: []statecheck.StateCheck{
					is(datasetAddress, "member_ids", knownvalue.ListSizeExact(1)), is(datasetAddress, "id", knownvalue.Int64Exact(1)),
				},
			},
			{Config: datasetConfig(s, "", member(one, "0.5")), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				// What is appended is added in place.
				Config:            datasetConfig(s, "", member(one, "0.5"), member(two, "1")),
				ConfigPlanChecks:  providertest.ExpectAction(datasetAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{is(datasetAddress, "member_ids", knownvalue.ListSizeExact(2)), is(datasetAddress, "id", knownvalue.Int64Exact(1))},
			},
			{
				// What others add is left alone.
				PreConfig: func() {
					raw := json.RawMessage(fmt.Sprintf(`{"files": {"scene": [%d]}}`, one))
					if _, err := s.Client.AddDatasetMembers(t.Context(), 1, []json.RawMessage{raw}); err != nil {
						t.Fatal(err)
					}
				},
				Config:            datasetConfig(s, "", member(one, "0.5"), member(two, "1")),
				ConfigPlanChecks:  providertest.ExpectEmptyPlans(),
				ConfigStateChecks: []statecheck.StateCheck{is(datasetAddress, "member_ids", knownvalue.ListSizeExact(3))},
			},
			{ResourceName: datasetAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"members", "parameters"}},
			{
				// Anything else needs another data set.
				Config:            datasetConfig(s, `description = "d"`, member(two, "1")),
				ConfigPlanChecks:  providertest.ExpectAction(datasetAddress, plancheck.ResourceActionDestroyBeforeCreate),
				ConfigStateChecks: []statecheck.StateCheck{is(datasetAddress, "id", knownvalue.Int64Exact(2)), is(datasetAddress, "description", knownvalue.StringExact("d"))},
			},
			{
				Config:      datasetConfig(s, "", fmt.Sprintf("{ files = { scene = [%d, %d] } }", one, two)),
				ExpectError: providertest.Words("'scene' has 2 files; expected exactly one"),
			},
			{
				Config:      datasetConfig(s, "global_parameters = { json = { threshold = { type = \"number\" } } }"),
				ExpectError: providertest.Words("the name 'threshold' is also one of global_parameters"),
			},
			{Config: datasetConfig(s, `description = "d"`, member(two, "1"))}, // to destroy
		},
	})
}

func batchConfig(s *servertest.Server, dataset int64, more string) string {
	return providertest.ProviderBlock(s) + fmt.Sprintf(`
resource "galley_batch" "test" {
  recipe_type = "one"
  dataset     = %d
  %s
}
`, dataset, more)
}

func TestAccBatch(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	one, two := providertest.MustUpload(t, s, "1.txt", "1"), providertest.MustUpload(t, s, "2.txt", "2")
	dataset := newDataset(t, s, one, two)
	next := func(forced string) string {
		return batchConfig(s, dataset, `title = "Day"`) + `
resource "galley_batch" "next" {
  recipe_type    = "one"
  previous_batch = galley_batch.test.root_batch_id
  forced_nodes   = ` + forced + `
}
data "galley_batches" "all" {
  root_batch_id = [galley_batch.next.root_batch_id]
  order         = ["id"]
}
`
	}
	planned := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectKnownValue(batchAddress, tfjsonpath.New("recipes_estimated"), knownvalue.Int64Exact(2)),
	}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config:           batchConfig(s, dataset, `title = "Night"`),
				ConfigPlanChecks: planned,
				ConfigStateChecks: []statecheck.StateCheck{
					is(batchAddress, "status", knownvalue.StringExact("COMPLETED")), is(batchAddress, "recipes_completed", knownvalue.Int64Exact(2)),
					is(batchAddress, "recipes_estimated", knownvalue.Int64Exact(2)), is(batchAddress, "root_batch_id", knownvalue.Int64Exact(1)),
					is(batchAddress, "superseded_batch_id", knownvalue.Null()), is(batchAddress, "problem", knownvalue.Null()),
				},
			},
			{Config: batchConfig(s, dataset, `title = "Night"`), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				Config:           batchConfig(s, dataset, "title = \"Day\"\npriority = 7\ninput_map = { scene = \"scene\" }"),
				ConfigPlanChecks: providertest.ExpectAction(batchAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					is(batchAddress, "id", knownvalue.Int64Exact(1)), is(batchAddress, "title", knownvalue.StringExact("Day")), is(batchAddress, "priority", knownvalue.Int64Exact(7)),
				},
			},
			{
				// What is no longer stated goes away on the server, too.
				Config:            batchConfig(s, dataset, `title = "Day"`),
				ConfigPlanChecks:  providertest.ExpectAction(batchAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{is(batchAddress, "priority", knownvalue.Null()), is(batchAddress, "input_map", knownvalue.Null())},
			},
			{ResourceName: batchAddress, ImportState: true, ImportStateVerify: true},
			{
				Config: next(`{ nodes = ["a"] }`),
				ConfigStateChecks: []statecheck.StateCheck{
					is("galley_batch.next", "superseded_batch_id", knownvalue.Int64Exact(1)), is("galley_batch.next", "recipes_completed", knownvalue.Int64Exact(2)),
					is("galley_batch.next", "recipes_estimated", knownvalue.Int64Exact(2)),
					is("data.galley_batches.all", "results", knownvalue.ListSizeExact(2)),
				},
			},
			{
				// Written in another way, it forces the same.
				Config: next(`{ all = false, nodes = ["a"], sub_recipes = {} }`), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{Config: batchConfig(s, dataset, "forced_nodes = { nodes = [\"x\"] }"), ExpectError: providertest.Words("'x' is forced, but the definition has no top level node of that name")},
			{Config: batchConfig(s, 4711, ""), ExpectError: providertest.Words("data set 4711 does not exist")},
			{Config: batchConfig(s, dataset, "previous_batch = 1"), ExpectError: providertest.Words("either of the members of a dataset, or of the recipes of a previous_batch")},
			{Config: batchConfig(s, dataset, `title = "Day"`)}, // to destroy
		},
	})
}

// newDataset makes a data set with a member for each of the files.
func newDataset(t *testing.T, s *servertest.Server, files ...int64) int64 {
	t.Helper()
	c := apiDataset(files...)
	d, err := s.Client.CreateDataset(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

// TestAccBatchDestroyCancelsWhatIsLeft: no more recipes are made, and jobs do not go on.
func TestAccBatchDestroyCancelsWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	dataset := newDataset(t, s, providertest.MustUpload(t, s, "1.txt", "1"), providertest.MustUpload(t, s, "2.txt", "2"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			b, err := s.Client.Batch(providertest.Context(), 1)
			if err == nil && (!b.IsCreationDone || b.JobsCanceled != b.JobsTotal) {
				err = errors.New("the batch goes on")
			}
			jobs, err2 := s.Client.Jobs(providertest.Context(), client.JobQuery{BatchIDs: []int64{1}, Statuses: []string{"QUEUED"}})
			if len(jobs) > 0 {
				err2 = fmt.Errorf("%d jobs are queued", len(jobs))
			}
			return errors.Join(err, err2)
		},
		Steps: []resource.TestStep{{Config: batchConfig(s, dataset, "wait_for_completion = false"),
			ConfigStateChecks: []statecheck.StateCheck{is(batchAddress, "on_destroy", knownvalue.StringExact("cancel"))}}},
	})
}
