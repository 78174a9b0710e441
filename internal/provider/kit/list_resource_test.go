package kit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// listResult is one result of a list: what it is called, its identity and, if asked for, all
// of it, as JSON would decode it.
type listResult struct {
	name               string
	identity, resource any
}

// lists are the RPCs of list resources.
func lists(t *testing.T, p providertest.Protocol) tfprotov6.ListResourceServer {
	t.Helper()
	lists, ok := p.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the provider has no list resources")
	}
	return lists
}

func listConfig(t *testing.T, p providertest.Protocol, name, config string) *tfprotov6.DynamicValue {
	t.Helper()
	schema, ok := p.Schemas.ListResourceSchemas[name]
	if !ok {
		t.Fatalf("there is no list resource %s", name)
	}
	return providertest.MustEncode(t, schema.ValueType(), config)
}

// list returns up to limit results, and the errors among them.
func listThings(t *testing.T, p providertest.Protocol, name, config string, limit int64, whole bool) (results []listResult, errors []string) {
	t.Helper()
	stream, err := lists(t, p).ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: name, Config: listConfig(t, p, name, config), Limit: limit, IncludeResource: whole,
	})
	if err != nil {
		t.Fatal(err)
	}
	for r := range stream.Results {
		if bad := providertest.Problems(r.Diagnostics); len(bad) > 0 {
			errors = append(errors, bad...)
			continue
		}
		results = append(results, listResult{
			name:     r.DisplayName,
			identity: providertest.MustDecode(t, p.Identities[name], r.Identity.IdentityData),
			resource: providertest.MustDecode(t, p.Resource(t, name), r.Resource),
		})
	}
	return results, errors
}

// oneLine is a value as JSON without white space.
func oneLine(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func names(results []listResult) []string {
	var out []string
	for _, r := range results {
		out = append(out, r.name)
	}
	return out
}

// What a list gives is what an import by its identity reads.
func TestListGivesWhatAnImportReads(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	things := mustCreateIdentified(t, s)
	providertest.MustSettle(t, s, 1, kit.StatusCompleted)
	p := providertest.NewProtocol(t, s)
	if got, want := len(p.Schemas.ListResourceSchemas), len(p.Schemas.ResourceSchemas)-accounts; got != want {
		t.Errorf("%d list resources, want %d: for all resources but those of accounts", got, want)
	}
	shown := map[string]string{
		"galley_workspace": "Raw (raw)", "galley_source_file": "default: scene.txt", "galley_job_type": "Calibrate (calibrate) 1.0.0",
		"galley_recipe_type": "One (one)", "galley_recipe": `One (one) 1: COMPLETED, `,
		"galley_dataset": "Scenes (1): 1 file", "galley_batch": "Scenes (1): empty, COMPLETED",
		"galley_kitchen": "production", "galley_kitchen_recipe": "production: ndvi", "galley_order": "production/ndvi/nightly: 30 4 * * *, ACTIVE_ORDER",
	}
	for _, tt := range things {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			filter := tt.filter
			if filter == "" {
				filter = `{}`
			}
			whole, errors := listThings(t, p, tt.resource, filter, 0, true)
			if len(errors) > 0 {
				t.Fatalf("errors = %q", errors)
			}
			at := slices.IndexFunc(whole, func(r listResult) bool { return oneLine(t, r.identity) == tt.identity })
			if at < 0 {
				t.Fatalf("got %v, want the identity %s among them", whole, tt.identity)
			}
			if got := whole[at].name; !strings.HasPrefix(got, shown[tt.resource]) {
				t.Errorf("it is shown as %q, want %q", got, shown[tt.resource])
			}
			imported := providertest.MustDecode(t, p.Resource(t, tt.resource), mustImport(t, p, tt.resource, tt.identity, "").NewState)
			if diff := cmp.Diff(imported, whole[at].resource); diff != "" {
				t.Errorf("resource of the list (-import +list):\n%s", diff)
			}
			bare, _ := listThings(t, p, tt.resource, filter, 0, false)
			if len(bare) != len(whole) || bare[at].resource != nil {
				t.Errorf("without resources: got %v, want the same without them", bare)
			}
			if some, _ := listThings(t, p, tt.resource, filter, 1, true); len(some) != 1 {
				t.Errorf("with a limit of 1: got %d", len(some))
			}
		})
	}
}

func TestListLeavesOutWhatIsNoSuchResource(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	providertest.MustCreateType(t, s.Client, "Outer", `{"nodes": {"sub": {"dependencies": [], "input": {}, "node_type":
	  {"node_type": "recipe", "recipe_type_name": "one", "recipe_type_revision": 1}}}}`)
	p := providertest.NewProtocol(t, s)
	outer := providertest.MustStart(t, s, "outer", nil)
	providertest.MustSettle(t, s, outer.ID, kit.StatusCompleted)
	providertest.MustReprocess(t, s, outer.ID, 1)
	gone, kept := providertest.MustUpload(t, s, "gone.txt", "x"), providertest.MustUpload(t, s, "kept.txt", "y")
	if err := s.Client.PurgeFile(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	recipes, _ := listThings(t, p, "galley_recipe", `{}`, 0, true)
	if len(recipes) != 1 || oneLine(t, recipes[0].identity) != fmt.Sprintf(`{"id":%d}`, outer.ID) {
		t.Errorf("recipes are %v, want the first of the chain of outer, alone", recipes)
	}
	files, _ := listThings(t, p, "galley_source_file", `{}`, 0, false)
	if len(files) != 1 || oneLine(t, files[0].identity) != fmt.Sprintf(`{"id":%d}`, kept) {
		t.Errorf("files are %v, want kept.txt alone: no products, nothing that is deleted", names(files))
	}
}

func TestListLeavesOutRecipesThatAKitchenInherits(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, providertest.SlowVariations)
	_, err := s.Client.CreateKitchen(t.Context(), "production", "staging", api.KitchenCreate{})
	if err == nil {
		_, err = s.Client.CreateKitchenRecipe(t.Context(), "staging", "own", map[string]string{"variations.json": "{}"})
	}
	if err != nil {
		t.Fatal(err)
	}
	p := providertest.NewProtocol(t, s)
	if got, _ := listThings(t, p, "galley_kitchen_recipe", `{"kitchen": "staging"}`, 0, true); !slices.Equal(names(got), []string{"staging: own"}) {
		t.Errorf("got %q, want its own recipe alone", names(got))
	}
	if err := s.Client.WriteKitchenRecipe(t.Context(), "staging", "ndvi", map[string]string{"README.md": "changed"}); err != nil {
		t.Fatal(err)
	}
	got, _ := listThings(t, p, "galley_kitchen_recipe", `{"kitchen": "staging"}`, 0, false)
	if want := []string{"staging: ndvi", "staging: own"}; !slices.Equal(names(got), want) {
		t.Errorf("got %q, want %q: one is its own since it was changed", names(got), want)
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateIdentified(t, s)
	providertest.MustSettle(t, s, 1, kit.StatusCompleted)
	providertest.MustCreateType(t, s.Client, "Two", `{"nodes": {}}`)
	off := false
	if _, err := s.Client.EditRecipeType(t.Context(), "two", api.RecipeTypeEdit{IsActive: &off}); err != nil {
		t.Fatal(err)
	}
	p := providertest.NewProtocol(t, s)
	tests := []struct{ name, list, config, want, err string }{
		{"by name", "galley_workspace", `{"name": ["raw"]}`, `Raw \(raw\)`, ""},
		{"by keyword", "galley_recipe_type", `{"keyword": ["TWO"]}`, `Two \(two\), inactive`, ""},
		{"by a flag", "galley_recipe_type", `{"is_active": true}`, `Empty \(empty\), One \(one\)`, ""},
		{"by text", "galley_source_file", `{"file_name_search": "SCEN"}`, `default: scene.txt`, ""},
		{"by numbers", "galley_recipe", `{"recipe_id": [1, 2]}`, `One \(one\) 1: .*`, ""},
		{"by time", "galley_recipe", `{"started": "PT1H", "is_completed": true}`, `One \(one\) 1: .*`, ""},
		{"by a parent", "galley_kitchen", `{"parent": ["production"]}`, ``, ""},
		{"roots", "galley_kitchen", `{"parent": [""]}`, `production`, ""},
		{"by kitchen", "galley_kitchen_recipe", `{"kitchen": "production"}`, `production: ndvi`, ""},
		{"recipes of an unknown kitchen", "galley_kitchen_recipe", `{"kitchen": "nowhere"}`, ``, ""},
		{"by status", "galley_order", `{"kitchen": "production", "status": "ACTIVE_ORDER", "hours": 1.5}`, `production/ndvi/nightly: 30 4 \* \* \*, ACTIVE_ORDER`, ""},
		{"by another status", "galley_order", `{"kitchen": "production", "status": "PAUSED_ORDER"}`, ``, ""},
		{"by a run's status", "galley_order", `{"kitchen": "production", "run_status": "SERVING_ERROR"}`, ``, ""},
		{"orders of an unknown kitchen", "galley_order", `{"kitchen": "nowhere"}`, ``, ""},
		{"by nothing that exists", "galley_job_type", `{"keyword": ["nothing"]}`, ``, ""},
		{"by a wrong time", "galley_recipe", `{"started": "yesterday"}`, ``, `started: found "yesterday"`},
		{"by null", "galley_workspace", `{"name": [null]}`, ``, "name: found null among its values"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			validated, err := lists(t, p).ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
				TypeName: tt.list, Config: listConfig(t, p, tt.list, tt.config),
			})
			if err != nil {
				t.Fatal(err)
			}
			providertest.MustFind(t, "validate", providertest.Problems(validated.Diagnostics), tt.err)
			got, errors := listThings(t, p, tt.list, tt.config, 0, false)
			providertest.MustFind(t, "list", errors, tt.err)
			if text := strings.Join(names(got), ", "); !regexp.MustCompile("^" + tt.want + "$").MatchString(text) {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}

func TestListReadsAPageWhenItIsNeeded(t *testing.T) {
	t.Parallel()
	var pages, broken atomic.Int32
	s := servertest.New(t, servertest.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v6/files/" && r.Method == http.MethodGet {
				pages.Add(1)
				if broken.Load() > 0 && r.URL.Query().Get("page") != "1" {
					w.WriteHeader(http.StatusForbidden)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}})
	const all = 1001 // one more than fit on a page
	mustInsertFiles(t, s, all)
	p := providertest.NewProtocol(t, s)
	if got, errors := listThings(t, p, "galley_source_file", `{}`, 5, true); len(got) != 5 || len(errors) > 0 || pages.Load() != 1 {
		t.Errorf("got %d files, errors %q, after %d pages, want 5 after one", len(got), errors, pages.Load())
	}
	pages.Store(0)
	if got, errors := listThings(t, p, "galley_source_file", `{}`, 0, true); len(got) != all || len(errors) > 0 || pages.Load() != 2 {
		t.Errorf("got %d files, errors %q, after %d pages, want %d after 2", len(got), errors, pages.Load(), all)
	}
	broken.Store(1)
	got, errors := listThings(t, p, "galley_source_file", `{}`, 0, false)
	if len(got) != 1000 || len(errors) != 1 || !strings.Contains(errors[0], "Cannot list files") {
		t.Errorf("got %d files, errors %q, want the first page and one error", len(got), errors)
	}
}

// mustInsertFiles copies one uploaded file until there are that many, in the database:
// to upload them all takes too long.
func mustInsertFiles(t *testing.T, s *servertest.Server, n int) {
	t.Helper()
	id := providertest.MustUpload(t, s, "0.txt", "x")
	rows, err := s.Store.SQLDB().QueryContext(t.Context(), "SELECT * FROM files WHERE 1 = 0")
	if err != nil {
		t.Fatal(err)
	}
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	columns = slices.DeleteFunc(columns, func(name string) bool { return name == "id" })
	values := slices.Clone(columns)
	for i, name := range values {
		if name == "file_path" {
			values[i] = "n || '.txt'"
		}
	}
	s.Exec(t, fmt.Sprintf(`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)
	  INSERT INTO files (%s) SELECT %s FROM files, numbers WHERE files.id = %d`, n-1, strings.Join(columns, ", "), strings.Join(values, ", "), id))
}

func TestAccQueryGeneratesAConfigurationThatPlansNothing(t *testing.T) {
	t.Parallel()
	providertest.NeedTerraform(t, tfversion.Version1_14_0, "terraform query")
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	providertest.MustCreateOne(t, s.Client)
	providertest.MustSettle(t, s, providertest.MustStart(t, s, "two", nil).ID, kit.StatusCompleted)
	providertest.MustOfferOne(t, s, `{"once": {}, "nightly": {"schedule-setting": "nightly"}}`) // without settings, which are left out of what is generated
	providertest.MustOrder(t, s, "nightly")
	c := providertest.NewCLI(t, providertest.ProviderBlock(s))
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("all.tfquery.hcl", `
list "galley_workspace" "all" { provider = galley }
list "galley_job_type" "all" { provider = galley }
list "galley_recipe_type" "one" {
  provider = galley
  config { keyword = ["two"] }
}
list "galley_recipe" "all" { provider = galley }
list "galley_kitchen" "all" { provider = galley }
list "galley_kitchen_recipe" "all" {
  provider = galley
  config { kitchen = "production" }
}
list "galley_order" "all" {
  provider = galley
  config { kitchen = "production" }
}
`)
	out := c.MustRun(t, "query", "-generate-config-out=generated.tf")
	for _, want := range []string{`Default \(default\)`, `Calibrate \(calibrate\) 1\.0\.0`, `Two \(two\)`, `Two \(two\) 1: COMPLETED`, `production: ndvi`, `ndvi/nightly`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "One (one)") {
		t.Errorf("a filter is not looked at:\n%s", out)
	}
	out = c.MustRun(t, "plan", "-input=false")
	if !strings.Contains(out, "7 to import, 0 to add, 0 to change, 0 to destroy") {
		generated, _ := os.ReadFile(filepath.Join(c.Dir, "generated.tf"))
		t.Errorf("the plan is\n%s\nof\n%s", out, generated)
	}
	c.MustRun(t, "apply", "-input=false", "-auto-approve")
	if out := c.MustRun(t, "plan", "-input=false"); !strings.Contains(out, "No changes") {
		t.Errorf("the plan after the import is\n%s", out)
	}
}

// mustReadGuide returns the n-th block of Terraform in the guide to bulk import.
func mustReadGuide(t *testing.T, n int) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", "bulk-import.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$").FindAllStringSubmatch(string(raw), -1)
	if len(blocks) <= n {
		t.Fatalf("the guide has %d blocks, want more than %d", len(blocks), n)
	}
	return blocks[n][1]
}

func TestAccImportWithDataSourcesAsTheGuideDoes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	providertest.MustCreateOne(t, s.Client)
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+mustReadGuide(t, 0))
	if out := c.MustRun(t, "apply", "-auto-approve", "-input=false"); !strings.Contains(out, "2 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("the import is %s", out)
	}
	if out := c.MustRun(t, "plan", "-input=false"); !strings.Contains(out, "No changes") {
		t.Errorf("the plan after it is %s", out)
	}
}

// Any recipe of a chain names it; what is imported is the chain.
func TestAccImportByTheIdentityOfALaterRecipe(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_12_0, tfversion.Version1_12_0, "identities")
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateTwo(t, s.Client)
	first := providertest.MustStart(t, s, "two", nil)
	providertest.MustSettle(t, s, first.ID, kit.StatusCompleted)
	providertest.MustReprocess(t, s, first.ID, 1)
	providertest.MustSettle(t, s, 2, kit.StatusCompleted)
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
import {
  to       = galley_recipe.test
  identity = { id = 2 }
}
resource "galley_recipe" "test" {
  recipe_type = "two"
}
output "ids" { value = "${galley_recipe.test.id} ${galley_recipe.test.recipe_id}" }
`)
	if out := c.MustRun(t, "apply", "-auto-approve", "-input=false"); !strings.Contains(out, `ids = "1 2"`) {
		t.Errorf("the output is %s", out)
	}
	if out := c.MustRun(t, "plan", "-input=false"); !strings.Contains(out, "No changes") {
		t.Errorf("the plan after it is %s", out)
	}
}
