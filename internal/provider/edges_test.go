package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestImportsSayWhetherTheyNameOrCount: the name of a workspace may be a number.
func TestImportsSayWhetherTheyNameOrCount(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	ids := map[string]int64{}
	for _, title := range []string{"3", "Raw"} { // their ids are 2 and 3
		w, err := s.Client.CreateWorkspace(t.Context(), api.WorkspaceCreate{
			Title: title, Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: title}}})
		if err != nil {
			t.Fatal(err)
		}
		ids[title] = w.ID
	}
	p := providertest.NewProtocol(t, s)
	for id, want := range map[string]string{"3": "Raw", "id=3": "Raw", "name=3": "3", "raw": "Raw", "name=raw": "Raw"} {
		thing := p.MustImport(t, "galley_workspace", id)
		if got := p.Attribute(t, thing, "id"); got != float64(ids[want]) {
			t.Errorf("import of %q: got workspace %v, want %d", id, got, ids[want])
		}
	}
	if ids["Raw"] != 3 {
		t.Errorf("workspace Raw is %d: the test says nothing", ids["Raw"])
	}
}

func TestTwoInactiveWorkspacesOfOneTitleAreRefused(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	plan := func(path string) []string {
		return p.MustPlan(t, providertest.Thing{Type: "galley_workspace"},
			fmt.Sprintf(`{"title": "Raw", "is_active": false, "broker": {"host": {"path": %q}}}`, path)).Errors
	}
	if got := plan("a"); len(got) > 0 {
		t.Errorf("one: %q", got)
	}
	if got := plan("b"); len(got) != 1 || !strings.Contains(got[0], "Two workspaces of one title") {
		t.Errorf("another one: got %q, want an error", got)
	}
}

// TestURLsFollowTheWorkspace: a file's URL is not known while its workspace gets another base URL.
func TestURLsFollowTheWorkspace(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	workspace := func(base string) string {
		return fmt.Sprintf(`{"title": "Raw", "base_url": "https://%s.example.com", "broker": {"host": {"path": "raw"}}}`, base)
	}
	const file = `{"workspace": "raw", "path": "a.txt", "content": "a"}`
	apply := func(p providertest.Protocol, plan providertest.Planned) providertest.Thing {
		t.Helper()
		thing, problems, _ := p.Apply(t, plan)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return thing
	}
	p := providertest.NewProtocolBefore(t, s)
	w := apply(providertest.NewProtocolBefore(t, s), p.MustPlan(t, providertest.Thing{Type: "galley_workspace"}, workspace("one")))
	f := apply(providertest.NewProtocolBefore(t, s), p.MustPlan(t, providertest.Thing{Type: "galley_source_file"}, file))
	p, q := providertest.NewProtocol(t, s), providertest.NewProtocol(t, s)
	ofWorkspace := p.MustPlan(t, w, workspace("two"))
	ofFile := p.MustPlan(t, f, file)
	if ofFile.Action != "update" {
		t.Fatalf("the plan of the file is %s", ofFile.Action)
	}
	apply(q, ofWorkspace)
	q.MustPlan(t, w, workspace("two")) // Terraform plans each change again before it is made
	f = apply(q, ofFile)
	if url := p.Attribute(t, f, "url"); url != "https://two.example.com/a.txt" {
		t.Errorf("the URL is %v", url)
	}
}

// TestAManifestThatTurnsOutToBeAnothersChangesNothing: it was not known while planning.
func TestAManifestThatTurnsOutToBeAnothersChangesNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	manifest := providertest.SeedText("index", providertest.IndexIn, "")
	providertest.MustCreate(t, s.Client, manifest)
	p := providertest.NewProtocol(t, s)
	thing := p.MustImport(t, "galley_job_type", "index/1.0.0")
	config := func(version string) string {
		return providertest.MustMarshal(t, map[string]any{"manifest": strings.Replace(manifest, `"jobVersion": "1.0.0"`, `"jobVersion": "`+version+`"`, 1)})
	}
	plan := p.MustPlan(t, thing, strings.TrimSuffix(config("1.0.0"), "}")+`, "is_paused": true}`) // what a plan without the manifest shows
	if plan.Action != "update" {
		t.Fatalf("the plan is %s", plan.Action)
	}
	_, problems := providertest.NewProtocol(t, s).ApplyWith(t, plan, config("2.0.0"))
	if len(problems) != 1 || !strings.Contains(problems[0], "is that of index 2.0.0 now, where the state has index 1.0.0") {
		t.Errorf("got %q, want an error about the manifest", problems)
	}
	if j, err := s.Client.JobType(t.Context(), "index", "1.0.0"); err != nil || j.IsPaused || j.RevisionNum != 1 {
		t.Errorf("the job type was changed: %+v, %v", j.JobType, err)
	}
}

// TestDataSourcesAreReadLaterIfTerraformLetsThem: the endpoint is not known yet.
func TestDataSourcesAreReadLaterIfTerraformLetsThem(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocolUnknown(t)
	for name, schema := range p.Schemas.DataSourceSchemas {
		if name == "galley_recipe_input" {
			continue // it asks nobody
		}
		typ := schema.ValueType()
		config, err := tfprotov6.NewDynamicValue(typ, providertest.NullMembers(typ))
		if err != nil {
			t.Fatal(err)
		}
		for _, allowed := range []bool{true, false} {
			read, err := p.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
				TypeName: name, Config: &config, ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: allowed},
			})
			if err != nil {
				t.Fatal(err)
			}
			problems := strings.Join(providertest.Problems(read.Diagnostics), "\n")
			switch isDeferred := read.Deferred != nil && read.Deferred.Reason == tfprotov6.DeferredReasonProviderConfigUnknown; {
			case allowed && (!isDeferred || problems != ""):
				t.Errorf("%s: got %v %q, want it to be read later", name, read.Deferred, problems)
			case !allowed && !strings.Contains(problems, "These arguments of the provider block are not known yet: endpoint."):
				t.Errorf("%s: got %q, want an error that says why", name, problems)
			}
		}
	}
}

// TestAPlanSaysThatItsRoleWillNotSuffice, once, and goes on: apply may have other credentials.
func TestAPlanSaysThatItsRoleWillNotSuffice(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	user, err := s.Client.CreateUser(t.Context(), api.UserCreate{Username: "ci", Role: "editor", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	token := func(role string) string {
		made, err := s.Client.CreateToken(t.Context(), api.APITokenCreate{Name: role, Username: user.Username, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		return made.Token
	}
	plans := func(role string) (warnings []string) {
		p := providertest.NewProtocolByToken(t, s, token(role))
		for resource, config := range map[string]string{
			"galley_kitchen": `{"name": "night"}`, "galley_recipe_type": `{"title": "One", "definition": {"nodes": {}}}`,
			"galley_source_file": `{"workspace": "default", "path": "a", "content": ""}`,
		} {
			plan := p.MustPlan(t, providertest.Thing{Type: resource}, config)
			if len(plan.Errors) > 0 {
				t.Errorf("%s as %s: %q", resource, role, plan.Errors)
			}
			warnings = append(warnings, plan.Warnings...)
		}
		return warnings
	}
	if got := plans("editor"); len(got) > 0 {
		t.Errorf("an editor is told %q", got)
	}
	if got := plans("viewer"); len(got) != 1 || !strings.Contains(got[0], "(user ci) have the role viewer") {
		t.Errorf("a viewer is told %q, want one warning", got)
	}
	if got := plans("operator"); len(got) != 1 || !strings.Contains(got[0], "that take the role editor") {
		t.Errorf("an operator is told %q, want one warning", got)
	}
}
