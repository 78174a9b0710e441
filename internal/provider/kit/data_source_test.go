package kit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// others is what somebody else has made on a backend.
type others struct {
	s                     *servertest.Server
	products, archive     int64   // workspaces; the second is inactive
	calibrate, old        int64   // job types; the second is inactive
	one, outer            int64   // recipe types: one has two revisions, outer contains it
	revisions             []int64 // of one, newest first
	first, newest         int64   // recipes: newest supersedes first
	around, inside        int64   // recipes: around contains inside
	scene, table          int64   // files that were uploaded
	product, innerProduct int64   // files that the jobs of first and inside have made
	job                   int64   // the job of first
}

const outerDefinition = `{"input": {}, "nodes": {"sub": {"dependencies": [], "input": {}, "node_type":
  {"node_type": "recipe", "recipe_type_name": "one", "recipe_type_revision": 1}}}}`

func newOthers(t *testing.T) others {
	t.Helper()
	ctx := t.Context()
	o := others{s: servertest.New(t, servertest.Options{})}
	c := o.s.Client
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for title, id := range map[string]*int64{"Products": &o.products, "Archive": &o.archive} {
		w, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{
			Title: title, BaseURL: "https://files.example.com", IsActive: new(title == "Products"),
			Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: strings.ToLower(title)}},
		})
		must("creating workspace", err)
		*id = w.ID
	}
	providertest.MustCreateJobType(t, o.s)
	j, err := c.CreateJobType(ctx, api.JobTypeCreate{
		DockerImage: "old:1", Manifest: json.RawMessage(providertest.Manifest), IsActive: new(false),
		Configuration: json.RawMessage(`{"output_workspaces": {"default": "products"}, "settings": {"mode": "fast", "key": "s3cret"}}`),
	})
	must("creating job type", err)
	o.old = j.ID
	j, err = c.JobType(ctx, "calibrate", "1.0.0")
	must("reading job type", err)
	o.calibrate = j.ID

	providertest.MustCreateOne(t, c)
	providertest.MustCreateType(t, c, "Outer", outerDefinition)
	one, err := c.RecipeType(ctx, "one")
	must("reading recipe type", err)
	o.one = one.ID
	outer, err := c.RecipeType(ctx, "outer")
	must("reading recipe type", err)
	o.outer = outer.ID

	at := func(hour int) *api.Time { return new(api.NewTime(time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC))) }
	f, err := c.UploadFile(ctx, api.FileUpload{
		Workspace: "products", Path: "raw/scene.txt", MediaType: "text/plain", DataTypes: []string{"raw"},
		Sources: api.Sources{
			SourceStarted: at(1), SourceEnded: at(2), SourceSensorClass: new("optical"), SourceSensor: new("MSI"),
			SourceCollection: new("alps"), SourceTask: new("survey"),
		},
	}, strings.NewReader("scene"))
	must("uploading", err)
	o.scene = f.ID
	o.table = providertest.MustUpload(t, o.s, "table.csv", "a,b\n")

	run := func(typeID int64, input, configuration string) int64 {
		t.Helper()
		r, err := c.CreateRecipe(ctx, api.RecipeCreate{
			RecipeTypeID: typeID, Input: json.RawMessage(input), Configuration: json.RawMessage(configuration),
		})
		must("starting recipe", err)
		o.mustComplete(t, r.ID)
		return r.ID
	}
	o.first = run(o.one, fmt.Sprintf(`{"files": {"scene": [%d]}, "json": {"threshold": 0.5}}`, o.scene), `{"priority": 7}`)
	o.around = run(o.outer, `{}`, ``)
	around, err := c.Recipe(ctx, o.around)
	must("reading recipe", err)
	o.inside = around.Details.Nodes["sub"].NodeType.RecipeNode.RecipeID
	first, err := c.Recipe(ctx, o.first)
	must("reading recipe", err)
	o.job = first.Details.Nodes["a"].NodeType.JobNode.JobID

	_, err = c.EditRecipeType(ctx, "one", api.RecipeTypeEdit{
		Description: new("The only one"), Definition: one.Definition, AutoUpdate: new(false),
	})
	must("revising recipe type", err)
	revisions, err := c.RecipeTypeRevisions(ctx, "one", 0)
	must("listing revisions", err)
	for _, r := range revisions {
		o.revisions = append(o.revisions, r.ID)
	}
	r, err := c.ReprocessRecipe(ctx, o.first, api.RecipeReprocess{ForcedNodes: json.RawMessage(`{}`)})
	must("reprocessing", err)
	o.newest = r.ID
	o.mustComplete(t, o.newest)
	for recipeID, id := range map[int64]*int64{o.first: &o.product, o.inside: &o.innerProduct} {
		files, err := c.Files(ctx, client.FileQuery{RecipeIDs: []int64{recipeID}})
		must("listing files", err)
		if len(files) != 1 {
			t.Fatalf("recipe %d has made %d files, want 1", recipeID, len(files))
		}
		*id = files[0].ID
	}
	return o
}

func (o others) mustComplete(t *testing.T, id int64) {
	t.Helper()
	servertest.Eventually(t, 30*time.Second, func() error {
		d, err := o.s.Client.Recipe(t.Context(), id)
		if err == nil && !d.IsCompleted {
			err = fmt.Errorf("recipe %d has not completed", id)
		}
		return err
	})
}

// found is a data source with these arguments, and the ids of what it finds in order.
type found struct {
	kind, arguments string
	want            []int64
}

func TestAccListsFilterOnTheServer(t *testing.T) {
	t.Parallel()
	o := newOthers(t)
	def := int64(1) // the workspace that a fresh backend has
	ids := func(ids ...int64) string { return strings.Join(strings.Fields(fmt.Sprint(ids)), ", ") }
	one := func(ids ...int64) []int64 { return ids }
	sources, products := one(o.scene, o.table), one(o.product, o.innerProduct)
	all := slices.Sorted(slices.Values(slices.Concat(sources, products)))
	dataset, batch := mustBatch(t, o.s, o.table)
	made, err := o.s.Client.Recipes(t.Context(), client.RecipeQuery{BatchIDs: []int64{batch}})
	if err != nil || len(made) != 1 {
		t.Fatalf("the batch has made %+v, %v", made, err)
	}
	ofBatch, empty := made[0].ID, made[0].RecipeType.ID
	ended := func(name string) string { return name + ` = "PT1H"` }
	tests := map[string]found{
		"every workspace":                    {"workspaces", ``, one(o.archive, def, o.products)},
		"workspaces by name":                 {"workspaces", `name = ["products", "none"]`, one(o.products)},
		"workspaces in another order":        {"workspaces", `order = ["-name"]`, one(o.products, def, o.archive)},
		"workspaces of the last hour":        {"workspaces", `started = "PT1H"`, one(o.archive, def, o.products)},
		"workspaces of before":               {"workspaces", ended("ended"), nil},
		"two workspaces":                     {"workspaces", `limit = 2`, one(o.archive, def)},
		"every job type":                     {"job_types", ``, one(o.calibrate, o.old)},
		"job types by id":                    {"job_types", `id = ` + ids(o.old), one(o.old)},
		"job types by keyword":               {"job_types", `keyword = ["CALIB"]`, one(o.calibrate, o.old)},
		"job types by another keyword":       {"job_types", `keyword = ["ndvi"]`, nil},
		"active job types":                   {"job_types", `is_active = true`, one(o.calibrate)},
		"job types of the system":            {"job_types", `is_system = true`, nil},
		"one job type":                       {"job_types", `limit = 1`, one(o.calibrate)},
		"every data set":                     {"datasets", "limit = 2\norder = [\"id\"]", one(dataset)},
		"data sets by id":                    {"datasets", `id = [99999]`, nil},
		"data sets by keyword":               {"datasets", `keyword = ["sCENE"]`, one(dataset)},
		"data sets of the last hour":         {"datasets", `started = "PT1H"`, one(dataset)},
		"data sets of before":                {"datasets", ended("ended"), nil},
		"every batch":                        {"batches", "limit = 2\norder = [\"-id\"]", one(batch)},
		"batches by recipe type":             {"batches", `recipe_type_id = ` + ids(o.one), nil},
		"batches by chain":                   {"batches", `root_batch_id = ` + ids(batch), one(batch)},
		"batches that are made":              {"batches", `is_creation_done = true`, one(batch)},
		"superseded batches":                 {"batches", `is_superseded = true`, nil},
		"batches of the last hour":           {"batches", `started = "PT1H"`, one(batch)},
		"batches of before":                  {"batches", ended("ended"), nil},
		"every recipe type":                  {"recipe_types", ``, one(empty, o.one, o.outer)},
		"recipe types by keyword":            {"recipe_types", `keyword = ["oUT", "nothing"]`, one(o.outer)},
		"inactive recipe types":              {"recipe_types", `is_active = false`, nil},
		"recipe types of the system":         {"recipe_types", `is_system = true`, nil},
		"one recipe type":                    {"recipe_types", `limit = 1`, one(empty)},
		"every revision":                     {"recipe_type_revisions", `name = "one"`, one(o.revisions...)},
		"the newest revision":                {"recipe_type_revisions", "name = \"one\"\nlimit = 1", one(o.revisions[0])},
		"every recipe":                       {"recipes", `order = ["id"]`, slices.Sorted(slices.Values(one(o.first, o.around, o.inside, o.newest, ofBatch)))},
		"recipes by id":                      {"recipes", "order = [\"-id\"]\nrecipe_id = " + ids(o.first, o.around), one(o.around, o.first)},
		"recipes by id of their type":        {"recipes", `recipe_type_id = ` + ids(o.outer), one(o.around)},
		"recipes by name of their type":      {"recipes", "recipe_type_name = [\"one\"]\norder = [\"id\"]", slices.Sorted(slices.Values(one(o.first, o.inside, o.newest)))},
		"recipes by batch":                   {"recipes", `batch_id = ` + ids(batch), one(ofBatch)},
		"recipes by what contains them":      {"recipes", "order = [\"id\"]\nroot_recipe_id = " + ids(o.around), one(o.around, o.inside)},
		"superseded recipes":                 {"recipes", `is_superseded = true`, one(o.first)},
		"recipes that are not completed":     {"recipes", `is_completed = false`, nil},
		"recipes of the last hour, newest":   {"recipes", "started = \"PT1H\"\norder = [\"-id\"]\nlimit = 1", one(ofBatch)},
		"recipes of before":                  {"recipes", ended("ended"), nil},
		"recipes by start of collection":     {"recipes", "source_started = \"2026-03-01T00:00:00Z\"\norder = [\"id\"]", one(o.first, o.newest)},
		"recipes by end of collection":       {"recipes", `source_ended = "2026-03-01T01:30:00Z"`, nil},
		"recipes by class of sensor":         {"recipes", "source_sensor_class = [\"optical\"]\norder = [\"id\"]", one(o.first, o.newest)},
		"recipes by sensor":                  {"recipes", `source_sensor = ["TIRS"]`, nil},
		"recipes by collection":              {"recipes", "source_collection = [\"alps\"]\norder = [\"id\"]", one(o.first, o.newest)},
		"recipes by task":                    {"recipes", "source_task = [\"survey\"]\norder = [\"id\"]", one(o.first, o.newest)},
		"every file":                         {"files", `order = ["id"]`, all},
		"uploaded files":                     {"files", "file_type = [\"SOURCE\"]\norder = [\"id\"]", sources},
		"the newest file":                    {"files", "order = [\"-id\"]\nlimit = 1", all[len(all)-1:]},
		"files by country":                   {"files", `countries = ["CHE"]`, nil},
		"files by media type":                {"files", `media_type = ["image/tiff"]`, nil},
		"files by start of data":             {"files", `data_started = "2026-03-01T00:30:00Z"`, one(o.scene)},
		"files by end of data":               {"files", `data_ended = "2026-01-01T00:00:00Z"`, nil},
		"files created in the last hour":     {"files", "created_started = \"PT1H\"\norder = [\"id\"]", all},
		"files created before":               {"files", ended("created_ended"), nil},
		"files changed in the last hour":     {"files", "modified_started = \"PT1H\"\norder = [\"id\"]", all},
		"files changed before":               {"files", ended("modified_ended"), nil},
		"files by start of collection":       {"files", "source_started = \"2026-03-01T00:30:00Z\"\nfile_type = [\"SOURCE\"]", one(o.scene)},
		"files by end of collection":         {"files", `source_ended = "2026-03-01T01:30:00Z"`, nil},
		"files by class of sensor":           {"files", "source_sensor_class = [\"optical\"]\nfile_type = [\"SOURCE\"]", one(o.scene)},
		"files by sensor":                    {"files", "source_sensor = [\"MSI\", \"TIRS\"]\nfile_type = [\"SOURCE\"]", one(o.scene)},
		"files by collection":                {"files", `source_collection = ["andes"]`, nil},
		"files by task":                      {"files", `source_task = ["other"]`, nil},
		"files by id of the job type":        {"files", "order = [\"id\"]\njob_type_id = " + ids(o.calibrate), products},
		"files by name of the job type":      {"files", "order = [\"id\"]\njob_type_name = [\"calibrate\"]", products},
		"files by job":                       {"files", `job_id = ` + ids(o.job), one(o.product)},
		"files by output":                    {"files", "order = [\"id\"]\njob_output = [\"calibrated\"]", products},
		"files by recipe":                    {"files", `recipe_id = ` + ids(o.inside), one(o.innerProduct)},
		"files by recipe type":               {"files", "order = [\"id\"]\nrecipe_type_id = " + ids(o.one), products},
		"files by node":                      {"files", `recipe_node = ["b"]`, nil},
		"files by batch":                     {"files", `batch_id = [1]`, nil},
		"files by name":                      {"files", `file_name = ["scene.txt"]`, one(o.scene)},
		"files by a part of the name":        {"files", `file_name_search = "ABLE.c"`, one(o.table)},
		"files by id":                        {"files", `file_id = ` + ids(o.table), one(o.table)},
		"files by path":                      {"files", `file_path = ["raw/scene.txt"]`, one(o.scene)},
		"files by content":                   {"files", `sha256 = [sha256("scene")]`, one(o.scene)},
		"files by workspace":                 {"files", `workspace = ["products"]`, one(o.scene)},
		"deleted files":                      {"files", `is_deleted = true`, nil},
		"jobs by id, newest":                 {"jobs", "order = [\"-id\"]\nlimit = 1\njob_id = " + ids(o.job), one(o.job)},
		"jobs by recipe":                     {"jobs", `recipe_id = ` + ids(o.first), one(o.job)},
		"jobs that are superseded":           {"jobs", "is_superseded = true\nrecipe_id = " + ids(o.newest), nil},
		"jobs by error":                      {"jobs", `error_id = [99999]`, nil},
		"jobs by category of error":          {"jobs", `error_category = ["SYSTEM"]`, nil},
		"jobs by name of the type":           {"jobs", `job_type_name = ["none"]`, nil},
		"jobs by id of the type":             {"jobs", `job_type_id = ` + ids(o.old), nil},
		"jobs by batch":                      {"jobs", `batch_id = [1]`, nil},
		"jobs by status":                     {"jobs", `status = ["FAILED"]`, nil},
		"jobs of before":                     {"jobs", ended("ended"), nil},
		"jobs of later":                      {"jobs", `started = "2100-01-01T00:00:00Z"`, nil},
		"jobs by start of collection":        {"jobs", `source_started = "2026-03-02T00:00:00Z"`, nil},
		"jobs by end of collection":          {"jobs", `source_ended = "2026-02-01T00:00:00Z"`, nil},
		"jobs by class of sensor":            {"jobs", `source_sensor_class = ["radar"]`, nil},
		"jobs by sensor":                     {"jobs", `source_sensor = ["TIRS"]`, nil},
		"jobs by collection":                 {"jobs", `source_collection = ["andes"]`, nil},
		"jobs by task":                       {"jobs", `source_task = ["other"]`, nil},
		"input files":                        {"recipe_input_files", `recipe_id = ` + number(o.first), one(o.scene)},
		"input files of an input":            {"recipe_input_files", "recipe_input = \"mask\"\nrecipe_id = " + number(o.first), nil},
		"input files by name":                {"recipe_input_files", "file_name = \"scene.txt\"\nrecipe_id = " + number(o.first), one(o.scene)},
		"input files changed in the hour":    {"recipe_input_files", "started = \"PT1H\"\nrecipe_id = " + number(o.first), one(o.scene)},
		"input files collected before a day": {"recipe_input_files", "ended = \"2026-02-28T00:00:00Z\"\ntime_field = \"source\"\nrecipe_id = " + number(o.first), nil},
		"the first input file":               {"recipe_input_files", "limit = 1\nrecipe_id = " + number(o.first), one(o.scene)},
	}
	config := providertest.ProviderBlock(o.s)
	var checks []statecheck.StateCheck
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		label := strings.NewReplacer(" ", "_", ",", "").Replace(name)
		config += fmt.Sprintf("data \"galley_%s\" %q {\n%s\n}\n", tt.kind, label, tt.arguments)
		want := make([]knownvalue.Check, 0, len(tt.want))
		for _, id := range tt.want {
			want = append(want, knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.Int64Exact(id)}))
		}
		checks = append(checks, statecheck.ExpectKnownValue("data.galley_"+tt.kind+"."+label, tfjsonpath.New("results"), knownvalue.ListExact(want)))
	}
	for _, newDataSource := range (&provider.Provider{}).DataSources(t.Context()) {
		wantEveryArgument(t, newDataSource(), config+providertest.FiltersOfOrders()+providertest.FiltersOfUsers+providertest.FiltersOfTokens+providertest.FiltersOfArrivals)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
}

func number(id int64) string { return fmt.Sprint(id) }

func TestAccDataSourcesShowWhatOthersHaveMade(t *testing.T) {
	t.Parallel()
	o := newOthers(t)
	config := providertest.ProviderBlock(o.s) + fmt.Sprintf(`
resource "terraform_data" "late" { input = { name = "one", id = %[1]d } }

data "galley_recipe" "newest" { id = terraform_data.late.output.id }
data "galley_recipe" "first" {
  id     = %[1]d
  newest = false
}
data "galley_recipe" "last" { id = %[2]d }
data "galley_recipe" "inside" { id = %[3]d }

data "galley_recipe_type" "latest" { name = terraform_data.late.output.name }
data "galley_recipe_type" "first" {
  name         = "one"
  revision_num = 1
}
data "galley_recipe_type" "outer" { name = "outer" }
data "galley_recipe_type_revisions" "one" { name = "one" }

data "galley_job_type" "calibrate" {
  name         = "calibrate"
  version      = "1.0.0"
  revision_num = 1
}
data "galley_job_type" "old" {
  name    = "Calibrate"
  version = "1.2.0"
}
data "galley_recipe_types" "late" { keyword = [terraform_data.late.output.name] }
data "galley_files" "products" { file_id = [%[4]d] }

resource "galley_recipe_type" "copy" {
  title      = "Copy"
  definition = data.galley_recipe_type.latest.definition
}
resource "galley_recipe_type" "copy_of_text" {
  title           = "Copy of text"
  definition_json = data.galley_recipe_type_revisions.one.results[1].definition_json
}
output "order" { value = provider::galley::topological_order(data.galley_recipe_type.outer.definition) }
output "same" { value = provider::galley::decode_definition(data.galley_recipe_type.first.definition_json).nodes.a.job.name }
`, o.first, o.newest, o.inside, o.product)
	in := func(address string, path ...any) func(knownvalue.Check) statecheck.StateCheck {
		at := tfjsonpath.New(path[0].(string))
		for _, step := range path[1:] {
			switch step := step.(type) {
			case int:
				at = at.AtSliceIndex(step)
			case string:
				at = at.AtMapKey(step)
			}
		}
		return func(want knownvalue.Check) statecheck.StateCheck {
			return statecheck.ExpectKnownValue("data.galley_"+address, at, want)
		}
	}
	id, text, yes, no := knownvalue.Int64Exact, knownvalue.StringExact, knownvalue.Bool(true), knownvalue.Bool(false)
	idList := func(ids ...int64) knownvalue.Check {
		var checks []knownvalue.Check
		for _, v := range ids {
			checks = append(checks, id(v))
		}
		return knownvalue.ListExact(checks)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				in("recipe.newest", "recipe_id")(id(o.newest)),
				in("recipe.newest", "root_recipe_id")(id(o.first)),
				in("recipe.newest", "superseded_recipe_ids")(idList(o.first)),
				in("recipe.newest", "superseded_recipe_id")(id(o.first)),
				in("recipe.newest", "superseded_by_recipe_id")(knownvalue.Null()),
				in("recipe.newest", "is_superseded")(no),
				in("recipe.newest", "status")(text(kit.StatusCompleted)),
				in("recipe.newest", "recipe_type")(text("one")),
				in("recipe.newest", "recipe_type_id")(id(o.one)),
				in("recipe.newest", "recipe_type_revision")(id(2)),
				in("recipe.newest", "counts", "jobs_completed")(id(1)),
				in("recipe.newest", "source", "sensor")(text("MSI")),
				in("recipe.newest", "input", "files", "scene")(idList(o.scene)),
				in("recipe.newest", "input", "json", "threshold")(knownvalue.Float64Exact(0.5)),
				in("recipe.newest", "configuration", "priority")(id(7)),
				in("recipe.newest", "nodes", "a", "job_id")(id(o.job)),
				in("recipe.newest", "url")(text(fmt.Sprintf("%s/ui/recipes/%d", o.s.URL, o.newest))),
				in("recipe.first", "recipe_id")(id(o.first)),
				in("recipe.first", "is_superseded")(yes),
				in("recipe.first", "superseded")(knownvalue.NotNull()),
				in("recipe.first", "superseded_by_recipe_id")(id(o.newest)),
				in("recipe.first", "superseded_recipe_ids")(idList()),
				in("recipe.first", "recipe_type_revision")(id(1)),
				in("recipe.last", "recipe_id")(id(o.newest)),
				in("recipe.last", "superseded_recipe_ids")(idList(o.first)),
				in("recipe.inside", "parent_recipe_id")(id(o.around)),

				in("recipe_type.latest", "id")(id(o.one)),
				in("recipe_type.latest", "revision_num")(id(2)),
				in("recipe_type.latest", "title")(text("One")),
				in("recipe_type.latest", "description")(text("The only one")),
				in("recipe_type.latest", "is_active")(yes),
				in("recipe_type.latest", "is_system")(no),
				in("recipe_type.latest", "job_types", 0, "name")(text("calibrate")),
				in("recipe_type.latest", "super_recipe_types")(knownvalue.ListExact([]knownvalue.Check{text("outer")})),
				in("recipe_type.latest", "definition", "input", "json", "threshold", "required")(no),
				in("recipe_type.first", "revision_num")(id(1)),
				in("recipe_type.outer", "sub_recipe_types")(knownvalue.ListExact([]knownvalue.Check{text("one")})),
				in("recipe_type_revisions.one", "results", 1, "revision_num")(id(1)),
				in("recipe_type_revisions.one", "results", 0, "created")(knownvalue.NotNull()),

				in("job_type.calibrate", "id")(id(o.calibrate)),
				in("job_type.calibrate", "revision_num")(id(1)),
				in("job_type.calibrate", "docker_image")(text("calibrate:1.0.0")),
				in("job_type.calibrate", "output_interface")(knownvalue.StringRegexp(providertest.Words("cloud_cover"))),
				in("job_type.calibrate", "recipe_types")(knownvalue.ListExact([]knownvalue.Check{text("one")})),
				in("job_type.old", "id")(id(o.old)),
				in("job_type.old", "is_active")(no),
				in("job_type.old", "deprecated")(knownvalue.NotNull()),
				in("job_type.old", "description")(text("Calibrates a scene")),
				in("job_type.old", "configuration", "output_workspaces", "default")(text("products")),
				in("job_type.old", "settings")(knownvalue.MapExact(map[string]knownvalue.Check{"mode": text("fast")})),
				in("recipe_types.late", "results", 0, "job_types", 0, "version")(text("1.0.0")),
				in("files.products", "results", 0, "recipe_id")(id(o.first)),
				in("files.products", "results", 0, "recipe_type")(text("one")),
				in("files.products", "results", 0, "recipe_node")(text("a")),
				in("files.products", "results", 0, "job_type_version")(text("1.0.0")),
				statecheck.ExpectKnownOutputValue("order", knownvalue.ListExact([]knownvalue.Check{text("sub")})),
				statecheck.ExpectKnownOutputValue("same", text("calibrate")),
			},
		}, {Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans()}},
	})
}

// TestAccDataSourcesNameWhatIsWrong reads all of them at once: Terraform reports every
// one that fails.
func TestAccDataSourcesNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustCreateJobType(t, s)
	providertest.MustCreateOne(t, s.Client)
	offline := map[string]struct{ kind, arguments, want string }{
		"time":          {"recipes", `started = "yesterday"`, `started: found "yesterday", expected an instant such as 2026-01-31T00:00:00Z`},
		"range":         {"files", "created_started = \"PT1H\"\ncreated_ended = \"PT2H\"", "expected a time after created_started"},
		"null":          {"files", `recipe_id = [null]`, "recipe_id: found null among its values"},
		"limit":         {"workspaces", `limit = 0`, "value must be at least 1"},
		"file_type":     {"files", `file_type = ["THUMBNAIL"]`, `value must be one of: ["SOURCE" "PRODUCT"]`},
		"time_field":    {"recipe_input_files", "recipe_id = 1\ntime_field = \"created\"", `value must be one of: ["last_modified" "data" "source"]`},
		"empty_name":    {"recipe_type_revisions", `name = ""`, "string length must be at least 1"},
		"revision_zero": {"job_type", "name = \"a\"\nversion = \"1.0.0\"\nrevision_num = 0", "revision_num value must be at least 1"},
		"id_zero":       {"recipe", `id = 0`, "id value must be at least 1"},
	}
	online := map[string]struct{ kind, arguments, want string }{
		"recipe":       {"recipe", `id = 4711`, "Cannot find recipe 4711"},
		"superseded":   {"recipe", "id = 4712\nnewest = false", "Cannot find recipe 4712"},
		"recipe_type":  {"recipe_type", `name = "tow"`, "The backend has no recipe type tow. Check name."},
		"revision":     {"recipe_type", "name = \"one\"\nrevision_num = 9", "no revision 9 of recipe type one, whose latest one is 1. Check revision_num."},
		"job_name":     {"job_type", "name = \"calibrat\"\nversion = \"1.0.0\"", "The backend has no job type calibrat in version 1.0.0. Check name."},
		"job_version":  {"job_type", "name = \"calibrate\"\nversion = \"2.0.0\"", "The backend has no job type calibrate in version 2.0.0. Check version."},
		"job_revision": {"job_type", "name = \"calibrate\"\nversion = \"1.0.0\"\nrevision_num = 2", "no revision 2 of job type calibrate in version 1.0.0, whose latest one is 1. Check revision_num."},
		"revisions":    {"recipe_type_revisions", `name = "two"`, "Cannot list revisions"},
		"inputs":       {"recipe_input_files", `recipe_id = 4713`, "Cannot list input files"},
		"order":        {"recipes", `order = ["speed"]`, "Cannot list recipes"},
	}
	for name, tests := range map[string]map[string]struct{ kind, arguments, want string }{"offline": offline, "online": online} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := providertest.ProviderBlock(s)
			for label, tt := range tests {
				config += fmt.Sprintf("data \"galley_%s\" %q {\n%s\n}\n", tt.kind, label, tt.arguments)
			}
			var output string
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: providertest.Providers(),
				ErrorCheck: func(err error) error {
					output = err.Error()
					return nil
				},
				Steps: []resource.TestStep{{Config: config, PlanOnly: true}},
			})
			if got := strings.Count(output, "Error: "); got != len(tests) {
				t.Errorf("%d errors, want %d", got, len(tests))
			}
			for label, tt := range tests {
				if !providertest.Words(tt.want).MatchString(output) {
					t.Errorf("%s: no error has %q", label, tt.want)
				}
			}
			if t.Failed() {
				t.Log(output)
			}
		})
	}
}
