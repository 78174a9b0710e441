package kit_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// identified is one thing of each resource type on a server.
type identified struct {
	resource, identity, id string // its type, its identity as JSON, its id for an import
	missing                string // an identity that nothing has
	filter                 string // of a list that has it; "": none
}

// mustCreateIdentified makes one thing of each resource type.
func mustCreateIdentified(t *testing.T, s *servertest.Server) []identified {
	t.Helper()
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	file := providertest.MustUpload(t, s, "scene.txt", "x")
	w, err := s.Client.CreateWorkspace(t.Context(), api.WorkspaceCreate{Title: "Raw", Configuration: api.WorkspaceConfiguration{
		Broker: api.Broker{Type: "host", HostPath: s.Workspace("raw")}}})
	if err != nil {
		t.Fatal(err)
	}
	r := providertest.MustStart(t, s, "one", nil)
	providertest.MustOfferOne(t, s, providertest.SlowVariations)
	order := providertest.MustOrder(t, s, "nightly")
	strike, scan := providertest.MustArrive(t, s)
	dataset, batch := mustBatch(t, s, file)
	const inProduction = `{"kitchen":"production"}`
	id := func(n int64) string { return fmt.Sprintf(`{"id":%d}`, n) }
	return []identified{
		{
			resource: "galley_workspace", identity: id(w.ID), id: "raw", missing: id(4711),
		},
		{
			resource: "galley_strike", identity: id(strike.ID), id: "inbox", missing: id(4711),
		},
		{
			resource: "galley_scan", identity: id(scan.ID), id: "archive", missing: id(4711),
		},
		{
			resource: "galley_source_file", identity: id(file), id: fmt.Sprint(file), missing: id(4711),
		},
		{
			resource: "galley_job_type", identity: `{"name":"calibrate","version":"1.0.0"}`, id: "calibrate/1.0.0",
			missing: `{"name":"calibrate","version":"9.9.9"}`,
		},
		{
			resource: "galley_recipe_type", identity: `{"name":"one"}`, id: "one", missing: `{"name":"two"}`,
		},
		{
			resource: "galley_recipe", identity: id(r.ID), id: fmt.Sprint(r.ID), missing: id(4711),
		},
		{
			resource: "galley_dataset", identity: id(dataset), id: fmt.Sprint(dataset), missing: id(4711),
		},
		{
			resource: "galley_batch", identity: id(batch), id: fmt.Sprint(batch), missing: id(4711),
		},
		{
			resource: "galley_kitchen", identity: `{"name":"production"}`, id: "production", missing: `{"name":"nowhere"}`,
		},
		{
			resource: "galley_kitchen_recipe", identity: `{"kitchen":"production","name":"ndvi"}`, id: "production/ndvi",
			missing: `{"kitchen":"production","name":"nothing"}`, filter: inProduction,
		},
		{
			resource: "galley_order", identity: fmt.Sprintf(`{"id":%q,"kitchen":"production"}`, order), id: "production/" + order,
			missing: `{"id":"nothing","kitchen":"production"}`, filter: inProduction,
		},
	}
}

// mustBatch makes a data set of one file and a batch of it, whose one recipe is completed.
func mustBatch(t *testing.T, s *servertest.Server, file int64) (dataset, batch int64) {
	t.Helper()
	title := "Scenes"
	rt, err := s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Empty", Definition: json.RawMessage(`{"input": {"files": [{"name": "scene"}]}, "nodes": {}}`)})
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Client.CreateDataset(t.Context(), api.DatasetCreate{Title: &title, Definition: json.RawMessage(`{"parameters": {"files": [{"name": "scene"}]}}`),
		Data: []json.RawMessage{fmt.Appendf(nil, `{"files": {"scene": [%d]}}`, file)}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Client.CreateBatch(t.Context(), api.BatchCreate{Title: &title, RecipeTypeID: rt.ID, Definition: fmt.Appendf(nil, `{"dataset": %d}`, d.ID)})
	if err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, 30*time.Second, func() error {
		now, err := s.Client.Batch(t.Context(), b.ID)
		if err == nil && (!now.IsCreationDone || now.RecipesCompleted != 1) {
			err = fmt.Errorf("the batch is %+v", now)
		}
		return err
	})
	return d.ID, b.ID
}

// mustImport imports by an identity, or else by an id, and reads what was imported.
func mustImport(t *testing.T, p providertest.Protocol, name, identity, id string) *tfprotov6.ReadResourceResponse {
	t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id}
	if id == "" {
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: providertest.MustEncode(t, p.Identities[name], identity)}
	}
	imported, err := p.ImportResourceState(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	providertest.MustSucceed(t, imported.Diagnostics)
	thing := imported.ImportedResources[0]
	read, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: thing.State, CurrentIdentity: thing.Identity, Private: thing.Private,
	})
	if err != nil {
		t.Fatal(err)
	}
	providertest.MustSucceed(t, read.Diagnostics)
	return read
}

// accounts are the users and the tokens, which package account tests, and which have no list: they
// are taken into a configuration one by one, as a token's secret is not to be had.
const accounts = 2

func TestImportByIdentityAndByID(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	things := mustCreateIdentified(t, s)
	p := providertest.NewProtocol(t, s)
	if len(p.Identities) != len(p.Schemas.ResourceSchemas) || len(things) != len(p.Identities)-accounts {
		t.Errorf("%d resource types, %d identities, %d tests: every resource type has an identity and a test",
			len(p.Schemas.ResourceSchemas), len(p.Identities), len(things))
	}
	for _, tt := range things {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			byIdentity := mustImport(t, p, tt.resource, tt.identity, "")
			byID := mustImport(t, p, tt.resource, "", tt.id)
			kind := p.Resource(t, tt.resource)
			state := providertest.MustDecode(t, kind, byIdentity.NewState)
			if diff := cmp.Diff(state, providertest.MustDecode(t, kind, byID.NewState)); diff != "" {
				t.Errorf("states of an import by identity and by id (-identity +id):\n%s", diff)
			}
			var want any
			if err := json.Unmarshal([]byte(tt.identity), &want); err != nil {
				t.Fatal(err)
			}
			for how, read := range map[string]*tfprotov6.ReadResourceResponse{"identity": byIdentity, "id": byID} {
				if diff := cmp.Diff(want, providertest.MustDecode(t, p.Identities[tt.resource], read.NewIdentity.IdentityData)); diff != "" {
					t.Errorf("identity after an import by %s (-want +got):\n%s", how, diff)
				}
			}
			if got := providertest.MustDecode(t, kind, mustImport(t, p, tt.resource, tt.missing, "").NewState); got != nil {
				t.Errorf("an import of %s gives %v, want nothing", tt.missing, got)
			}
		})
	}
}

// Engines that keep no identities send none with a read.
func TestReadWithoutAnIdentity(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	p := providertest.NewProtocol(t, s)
	for _, tt := range mustCreateIdentified(t, s) {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			for identity, exists := range map[string]bool{tt.identity: true, tt.missing: false} {
				imported, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
					TypeName: tt.resource,
					Identity: &tfprotov6.ResourceIdentityData{IdentityData: providertest.MustEncode(t, p.Identities[tt.resource], identity)},
				})
				if err != nil {
					t.Fatal(err)
				}
				read, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
					TypeName: tt.resource, CurrentState: imported.ImportedResources[0].State,
				})
				if err != nil {
					t.Fatal(err)
				}
				providertest.MustSucceed(t, read.Diagnostics)
				if got := providertest.MustDecode(t, p.Resource(t, tt.resource), read.NewState); (got != nil) != exists {
					t.Errorf("%s: got %v, want it to exist: %t", identity, got, exists)
				}
			}
		})
	}
}

func TestAccIdentity(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	matches := func(address string, attributes ...string) []statecheck.StateCheck {
		var checks []statecheck.StateCheck
		for _, a := range attributes {
			checks = append(checks, statecheck.ExpectIdentityValueMatchesState(address, tfjsonpath.New(a)))
		}
		return checks
	}
	byIdentity := func(address string) resource.TestStep {
		return resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
		}
	}
	config := providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault) + fmt.Sprintf(`
resource "galley_workspace" "test" {
  title  = "Raw"
  broker = { host = { path = %q } }
}
resource "galley_source_file" "test" {
  workspace = galley_workspace.test.name
  path      = "a.txt"
  content   = "a"
}
resource "galley_recipe_type" "test" {
  title      = "Empty"
  definition = { nodes = {} }
}
resource "galley_recipe" "test" {
  recipe_type = galley_recipe_type.test.name
}
`, s.Workspace("raw"))
	var checks []statecheck.StateCheck
	checks = append(checks, matches("galley_workspace.test", "id")...)
	checks = append(checks, matches("galley_source_file.test", "id")...)
	checks = append(checks, matches(providertest.JobTypeAddress, "name", "version")...)
	checks = append(checks, matches("galley_recipe_type.test", "name")...)
	checks = append(checks, matches(providertest.RecipeAddress, "id")...)
	checks = append(checks, statecheck.ExpectIdentity(providertest.JobTypeAddress, map[string]knownvalue.Check{
		"name": knownvalue.StringExact("Calibrate"), "version": knownvalue.StringExact("1.2.0"),
	}))
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{
			tfversion.SkipBelow(tfversion.Version1_12_0), // OpenTofu has identities from its 1.12 on, too
		},
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: checks},
			byIdentity("galley_workspace.test"),
			byIdentity(providertest.JobTypeAddress),
			byIdentity("galley_recipe_type.test"),
			byIdentity(providertest.RecipeAddress),
		},
	})
}
