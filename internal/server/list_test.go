package server_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// day is a moment of January 2020.
func day(n int) store.Time { return store.At(time.Date(2020, 1, n, 12, 0, 0, 0, time.UTC)) }

func sources(n int) store.Sources {
	text := func(name string) *string { v := fmt.Sprint(name, n); return &v }
	return store.Sources{SourceStarted: day(n).Ptr(), SourceEnded: store.At(day(n).Add(time.Hour)).Ptr(), SourceSensorClass: text("class"),
		SourceSensor: text("sensor"), SourceCollection: text("collection"), SourceTask: text("task")}
}

// mustUpdate writes a row as it can only get by time.
func mustUpdate(t *testing.T, s *servertest.Server, row any) {
	t.Helper()
	if err := s.Store.Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
}

// newLists has three recipes of two types, with one job each: number n is of day n.
// Recipe 4 is a sub-recipe of recipe 3, and 2 is superseded.
func newLists(t *testing.T, s *servertest.Server) {
	t.Helper()
	a, b := newPipeline(t, s, "alpha"), newPipeline(t, s, "beta")
	file := upload(t, s, "in.txt", "1\n").ID
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Outer", "definition": {"input": {"files": [{"name": "TEXT", "media_types": ["text/plain"]}]}, "nodes": {"sub": {"dependencies": [],
		"input": {"TEXT": {"type": "recipe", "input": "TEXT"}}, "node_type": {"node_type": "recipe", "recipe_type_name": "recipe-beta", "recipe_type_revision": 1}}}}}`, 201, nil)
	a.start(t, s, file)
	b.start(t, s, file)
	outer := pipeline{recipeType: api.RecipeTypeDetail{RecipeType: api.RecipeType{RecipeTypeBase: api.RecipeTypeBase{ID: 3}}}}
	outer.start(t, s, file)
	for n := range 4 {
		r, err := s.Store.Recipe(t.Context(), int64(n+1))
		if err != nil {
			t.Fatal(err)
		}
		r.Sources, r.LastModified, r.Created = sources(n+1), day(n+1), day(9-n)
		r.IsCompleted, r.IsSuperseded = n == 0, n == 1
		mustUpdate(t, s, &r)
	}
	for n := range 3 {
		j, err := s.Store.Job(t.Context(), int64(n+1))
		if err != nil {
			t.Fatal(err)
		}
		j.Sources, j.LastModified, j.IsSuperseded = sources(n+1), day(n+1), n == 1
		j.Started, j.Ended = day(n+1).Ptr(), store.At(day(n+1).Add(time.Duration(10-n)*time.Minute)).Ptr()
		j.Status = []string{"FAILED", "COMPLETED", "QUEUED"}[n]
		if n == 0 {
			j.ErrorName, j.ErrorCategory = "x", "DATA"
		}
		mustUpdate(t, s, &j)
	}
}

// A listCase is a query and the ids that it finds, in their order.
type listCase struct{ query, want string }

func checkLists(t *testing.T, s *servertest.Server, path string, cases map[string]listCase) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		resp, body := s.Do(t, "GET", path+"?"+c.query, nil, nil)
		if want, isError := strings.CutPrefix(c.want, "400 "); isError {
			if resp.StatusCode != 400 || !strings.HasPrefix(detailOf(t, body), want) {
				t.Errorf("%s: got %d %s, want %s", name, resp.StatusCode, body, c.want)
			}
			continue
		}
		var page api.Page[api.Ref]
		decode(t, body, &page)
		var got []string
		for _, r := range page.Results {
			got = append(got, strconv.FormatInt(r.ID, 10))
		}
		if resp.StatusCode != 200 || strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %d %q, want %q", name, resp.StatusCode, got, c.want)
		}
	}
}

// common are the cases that recipes and jobs share, of the first three.
func common() map[string]listCase {
	return map[string]listCase{
		"started":                             {"started=2020-01-02T12:00:00Z&ended=2020-01-03T12:00:00Z", "2 3"},
		"started with an offset":              {"started=" + url.QueryEscape("2020-01-02T14:00:00+02:00") + "&ended=2020-01-03T12:00:00Z", "2 3"},
		"ended":                               {"ended=2020-01-02T12:00:00Z", "1 2"},
		"started by a duration":               {"started=P1D", ""},
		"ended by a duration":                 {"ended=PT0.5S&source_ended=2020-01-02T13:00:00Z", "1 2"},
		"started without a zone":              {"started=2020-01-02T12:00:00", "400 Invalid ISO timestamp format for parameter: started"},
		"started that is none":                {"started=P1Y", "400 Invalid ISO timestamp format for parameter: started"},
		"started that is ended":               {"started=2020-01-02T12:00:00Z&ended=2020-01-02T12:00:00Z", "400 Start and end values must be different"},
		"started after ended":                 {"started=2020-01-03T12:00:00Z&ended=2020-01-02T12:00:00Z", "400 Start time must come before end time"},
		"source_started":                      {"source_started=2020-01-02T12:00:00Z&source_ended=2020-01-03T13:00:00Z", "2 3"},
		"source_ended":                        {"source_ended=2020-01-02T12:59:59Z", "1"},
		"source_started that is none":         {"source_started=x", "400 Invalid ISO timestamp format for parameter: source_started"},
		"source_started after its end":        {"source_started=2020-01-03T12:00:00Z&source_ended=2020-01-02T12:00:00Z", "400 Start time must come before end time"},
		"source_sensor_class":                 {"source_sensor_class=class1&source_sensor_class=class3", "1 3"},
		"source_sensor":                       {"source_sensor=sensor2&source_sensor=nothing", "2"},
		"source_sensor is exact":              {"source_sensor=sensor", ""},
		"source_collection":                   {"source_collection=collection3&source_collection=collection2", "2 3"},
		"source_task":                         {"source_task=task1", "1"},
		"filters are ANDed":                   {"source_task=task1&source_sensor=sensor2", ""},
		"batch_id":                            {"batch_id=1", ""},
		"batch_id that is none":               {"batch_id=x", "400 Parameter must be a valid integer: \"batch_id\""},
		"is_superseded true":                  {"is_superseded=T", "2"},
		"is_superseded that is none":          {"is_superseded=2", "400 Parameter must be a valid boolean: \"is_superseded\""},
		"an order that is none":               {"order=colour", "400 Invalid value for parameter: order: "},
		"an order that is none, among others": {"order=id&order=-colour", "400 Invalid value for parameter: order: "},
		"an order by a document":              {"order=input", "400 Invalid value for parameter: order: "},
		"an unknown parameter is nothing":     {"colour=red&source_task=task1", "1"},
	}
}

func TestFiltersOfRecipes(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		newLists(t, s)
		cases := common()
		maps.Copy(cases, map[string]listCase{
			"nothing":                      {"", "1 2 3 4"},
			"recipe_id":                    {"recipe_id=3&recipe_id=1&recipe_id=4711", "1 3"},
			"recipe_id with a comma":       {"recipe_id=3,1", `400 Parameter must be a valid integer: "recipe_id"`},
			"recipe_type_id":               {"recipe_type_id=2", "2 4"},
			"recipe_type_name":             {"recipe_type_name=recipe-alpha&recipe_type_name=outer", "1 3"},
			"recipe_type_name is exact":    {"recipe_type_name=recipe", ""},
			"root_recipe_id":               {"root_recipe_id=3", "3 4"},
			"root_recipe_id of several":    {"root_recipe_id=3&root_recipe_id=1", "1 3 4"},
			"is_superseded false":          {"is_superseded=0", "1 3 4"},
			"is_completed true":            {"is_completed=true", "1"},
			"is_completed false":           {"is_completed=FALSE", "2 3 4"},
			"is_completed that is none":    {"is_completed=yes", `400 Parameter must be a valid boolean: "is_completed"`},
			"order":                        {"order=created", "4 3 2 1"},
			"a descending order":           {"order=-last_modified", "4 3 2 1"},
			"several orders":               {"order=recipe_type&order=-id", "1 4 2 3"},
			"a descending order, then one": {"order=-is_completed&order=created", "1 4 3 2"},
			"page_size":                    {"page_size=2&order=id", "1 2"},
			"page":                         {"page_size=3&page=2&order=id", "4"},
		})
		checkLists(t, s, "/v6/recipes/", cases)
	})
}

func TestFiltersOfJobs(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		newLists(t, s)
		cases := common()
		maps.Copy(cases, map[string]listCase{
			"nothing":                        {"", "1 2 3"},
			"job_id":                         {"job_id=3&job_id=1", "1 3"},
			"job_id that is none":            {"job_id=1.5", `400 Parameter must be a valid integer: "job_id"`},
			"job_type_id":                    {"job_type_id=2", "2 3"},
			"job_type_name":                  {"job_type_name=alpha&job_type_name=nobody", "1"},
			"recipe_id":                      {"recipe_id=1&recipe_id=4", "1 3"},
			"recipe_id of the outer recipe":  {"recipe_id=3", ""},
			"status":                         {"status=FAILED&status=QUEUED", "1 3"},
			"status that is none":            {"status=SLEEPING", `400 Invalid value for parameter: "status"`},
			"error_category":                 {"error_category=DATA", "1"},
			"error_category of none":         {"error_category=SYSTEM", ""},
			"error_category that is none":    {"error_category=X", `400 Invalid value for parameter: "error_category"`},
			"error_id":                       {"error_id=1", ""},
			"error_id that is none":          {"error_id=x", `400 Parameter must be a valid integer: "error_id"`},
			"is_superseded false":            {"is_superseded=f", "1 3"},
			"an order by duration":           {"order=duration", "3 2 1"},
			"a descending order by duration": {"order=-duration", "1 2 3"},
			"an order by job type":           {"order=-job_type&order=id", "2 3 1"},
			"order":                          {"order=-id", "3 2 1"},
		})
		checkLists(t, s, "/v6/jobs/", cases)
	})
}

// TestFiltersOfInputFiles: the six of recipes, and those of jobs, which are the same.
func TestFiltersOfInputFiles(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		manifest := strings.Replace(countManifest("two", "1.0.0", countCommand), `{"name": "TEXT", `, `{"name": "MORE", "multiple": true}, {"name": "TEXT", `, 1)
		mustSend(t, s, "POST", "/v6/job-types/", `{"docker_image": "x", "manifest": `+manifest+`, "configuration": {"output_workspaces": {"default": "default"}}}`, 201, nil)
		definition := strings.Replace(strings.Replace(countDefinition("two"), `{"name": "TEXT", `, `{"name": "MORE", "multiple": true}, {"name": "TEXT", `, 1),
			`"input": {"TEXT"`, `"input": {"MORE": {"type": "recipe", "input": "MORE"}, "TEXT"`, 1)
		mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Two", "definition": `+definition+`}`, 201, nil)
		for n := range 4 {
			upload(t, s, fmt.Sprintf("in/%d.txt", n+1), "1\n")
			f, err := s.Store.File(t.Context(), int64(n+1))
			if err != nil {
				t.Fatal(err)
			}
			f.Sources, f.LastModified = sources(10+n), day(4-n)
			f.DataStarted, f.DataEnded = day(20+n).Ptr(), store.At(day(20+n).Add(time.Hour)).Ptr()
			mustUpdate(t, s, &f)
		}
		mustSend(t, s, "POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": {"files": {"TEXT": [1], "MORE": [2, 3]}}}`, 201, nil)
		cases := map[string]listCase{
			"always by last_modified": {"", "3 2 1"}, "order is not looked at": {"order=id", "3 2 1"},
			"started":                    {"started=2020-01-03T12:00:00Z", "2 1"},
			"ended":                      {"ended=2020-01-03T12:00:00Z", "3 2"},
			"the usual time_field":       {"started=2020-01-03T12:00:00Z&time_field=last_modified", "2 1"},
			"time_field data":            {"started=2020-01-21T00:00:00Z&ended=2020-01-21T23:00:00Z&time_field=data", "2"},
			"time_field source":          {"started=2020-01-12T00:00:00Z&time_field=source", "3"},
			"time_field that is none":    {"time_field=created", `400 Invalid value for parameter: "time_field"`},
			"started that is none":       {"started=x", "400 Invalid ISO timestamp format for parameter: started"},
			"started that is ended":      {"started=P1D&ended=P1D", "400 Start and end values must be different"},
			"file_name":                  {"file_name=2.txt", "2"},
			"file_name is exact":         {"file_name=2", ""},
			"page":                       {"page_size=2&page=last", "1"},
			"the input MORE":             {"INPUT=MORE", "3 2"},
			"the input TEXT":             {"INPUT=TEXT&file_name=1.txt", "1"},
			"an input that is not there": {"INPUT=OTHER", ""},
		}
		for path, input := range map[string]string{"/v6/recipes/1/input_files/": "recipe_input", "/v6/jobs/1/input_files/": "job_input"} {
			own := map[string]listCase{}
			for name, c := range cases {
				own[path+": "+name] = listCase{strings.Replace(c.query, "INPUT", input, 1), c.want}
			}
			checkLists(t, s, path, own)
		}
		for _, path := range []string{"/v6/recipes/4711/input_files/", "/v6/jobs/4711/input_files/"} {
			checkLists(t, s, path, map[string]listCase{"of nothing": {"", ""}})
		}
	})
}

// TestPagesAreStable: rows that are alike in the order come by their ids, so that each
// is on one page.
func TestPagesAreStable(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		file := upload(t, s, "in.txt", "1\n").ID
		for range 7 {
			p.start(t, s, file)
		}
		for _, order := range []string{"recipe_type", "-recipe_type", "-completed", "completed", "is_superseded"} {
			var got []int64
			next := "/v6/recipes/?page_size=2&order=" + order
			for next != "" {
				page := getPage[api.Recipe](t, s, next)
				for _, r := range page.Results {
					got = append(got, r.ID)
				}
				if next = ""; page.Next != nil {
					if !strings.HasPrefix(*page.Next, s.URL) {
						t.Fatalf("next is %s, want an absolute URL", *page.Next)
					}
					next = strings.TrimPrefix(*page.Next, s.URL)
				}
			}
			if !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 7}) {
				t.Errorf("by %s: got %v", order, got)
			}
		}
	})
}

func TestFiltersOfFiles(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		for n := range 3 {
			upload(t, s, fmt.Sprintf("in/%d.txt", n+1), "1\n")
		}
		p.start(t, s, 1)
		exe, err := s.Store.JobExecution(t.Context(), 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			f, err := s.Store.File(t.Context(), int64(n+1))
			if err != nil {
				t.Fatal(err)
			}
			f.Sources, f.LastModified, f.Created = sources(n+1), day(9-n), day(n+1)
			f.DataStarted, f.DataEnded = day(20+n).Ptr(), store.At(day(20+n).Add(time.Hour)).Ptr()
			if n == 2 {
				f.FileType, f.MediaType, f.JobOutput, f.RecipeNode = "PRODUCT", "image/png", "COUNT", "count"
				f.JobID, f.JobExeID, f.RecipeID = new(int64(1)), &exe.ID, new(int64(1))
			}
			mustUpdate(t, s, &f)
		}
		checkLists(t, s, "/v6/files/", map[string]listCase{
			"always by last_modified":  {"", "3 2 1"},
			"countries":                {"countries=TTO", ""},
			"file_type":                {"file_type=SOURCE", "2 1"},
			"file_type of both":        {"file_type=SOURCE&file_type=PRODUCT", "3 2 1"},
			"file_type that is none":   {"file_type=OTHER", `400 Invalid value for parameter: "file_type"`},
			"media_type":               {"media_type=image/png&media_type=x", "3"},
			"data times":               {"data_started=2020-01-21T00:00:00Z&data_ended=2020-01-21T23:00:00Z", "2"},
			"created times":            {"created_started=2020-01-02T12:00:00Z&created_ended=2020-01-02T13:00:00Z", "2"},
			"source times":             {"source_started=2020-01-02T00:00:00Z&source_ended=2020-01-02T23:00:00Z", "2"},
			"modified times":           {"modified_started=2020-01-08T12:00:00Z", "2 1"},
			"times that are none":      {"data_started=x", "400 Invalid ISO timestamp format for parameter: data_started"},
			"times in the wrong order": {"created_started=P1D&created_ended=P2D", "400 Start time must come before end time"},
			"source_sensor_class":      {"source_sensor_class=class1", "1"},
			"source_sensor":            {"source_sensor=sensor1&source_sensor=sensor2", "2 1"},
			"source_collection":        {"source_collection=collection3", "3"},
			"source_task":              {"source_task=task9", ""},
			"job_type_id":              {"job_type_id=1", "3"},
			"job_type_name":            {"job_type_name=count", "3"},
			"job_id":                   {"job_id=1&job_id=2", "3"},
			"job_id that is none":      {"job_id=x", `400 Parameter must be a valid integer: "job_id"`},
			"file_name":                {"file_name=1.txt&file_name=2.txt", "2 1"},
			"file_name_search":         {"file_name_search=TXT&file_type=PRODUCT", "3"},
			"job_output":               {"job_output=COUNT", "3"},
			"recipe_id":                {"recipe_id=1", "3"},
			"recipe_type_id":           {"recipe_type_id=1", "3"},
			"recipe_node":              {"recipe_node=count", "3"},
			"batch_id":                 {"batch_id=1", ""},
			"order":                    {"order=-file_name", "3 2 1"},
			"an order by several":      {"order=file_type&order=-id", "3 2 1"},
			"an order that is none":    {"order=colour", "400 Invalid value for parameter: order: "},
			"page":                     {"page_size=2&page=2", "1"},
		})
		checkLists(t, s, "/v6/jobs/1/executions/", map[string]listCase{
			"nothing":              {"", jsonNumber(exe.ID)},
			"status":               {"status=QUEUED&status=RUNNING", jsonNumber(exe.ID)},
			"another status":       {"status=FAILED", ""},
			"node_id":              {"node_id=1", ""},
			"error_id":             {"error_id=1", ""},
			"error_category":       {"error_category=DATA", ""},
			"node_id that is none": {"node_id=x", `400 Parameter must be a valid integer: "node_id"`},
		})
		checkLists(t, s, "/v6/workspaces/", map[string]listCase{
			"nothing":               {"", "1"},
			"name":                  {"name=default&name=other", "1"},
			"name is exact":         {"name=defaul", ""},
			"started":               {"started=PT1H", "1"},
			"ended":                 {"ended=PT1H", ""},
			"order":                 {"order=-title", "1"},
			"an order that is none": {"order=colour", "400 Invalid value for parameter: order: "},
		})
		checkLists(t, s, "/v6/recipe-types/", map[string]listCase{
			"keyword":                {"keyword=RECIPE&keyword=zzz", "1"},
			"another keyword":        {"keyword=zzz", ""},
			"is_active":              {"is_active=true", "1"},
			"is_active false":        {"is_active=0", ""},
			"is_system":              {"is_system=true", ""},
			"is_system that is none": {"is_system=x", `400 Parameter must be a valid boolean: "is_system"`},
		})
	})
}
