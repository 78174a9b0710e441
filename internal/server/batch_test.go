package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const textDataset = `{"parameters": {"files": [{"name": "TEXT", "media_types": ["text/plain"]}]}}`

// newDataset makes a data set with a member for each of the files.
func newDataset(t *testing.T, s *servertest.Server, files ...int64) api.DatasetDetail {
	t.Helper()
	var members []string
	for _, id := range files {
		members = append(members, fmt.Sprintf(`{"files": {"TEXT": [%d]}}`, id))
	}
	var d api.DatasetDetail
	mustSend(t, s, "POST", "/v6/datasets/", `{"title": "Texts", "definition": `+textDataset+`, "data": [`+strings.Join(members, ",")+`]}`, 201, &d)
	return d
}

func newBatch(t *testing.T, s *servertest.Server, recipeType int64, definition string) api.BatchDetail {
	t.Helper()
	var b api.BatchDetail
	mustSend(t, s, "POST", "/v6/batches/", fmt.Sprintf(`{"title": "Night", "recipe_type_id": %d, "definition": %s}`, recipeType, definition), 201, &b)
	return b
}

// waitBatch waits until all recipes of a batch are made and completed.
func waitBatch(t *testing.T, s *servertest.Server, id int64, recipes int64) api.BatchDetail {
	t.Helper()
	var b api.BatchDetail
	servertest.Eventually(t, 60*time.Second, func() error {
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", id), "", 200, &b)
		if !b.IsCreationDone || b.RecipesTotal != recipes || b.RecipesCompleted != recipes {
			return fmt.Errorf("done %v with %d recipes, %d completed, want %d; %s", b.IsCreationDone, b.RecipesTotal, b.RecipesCompleted, recipes, b.Problem)
		}
		return nil
	})
	return b
}

func TestBatchOfADataset(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		one, two := upload(t, s, "1.txt", "1\n"), upload(t, s, "2.txt", "1\n2\n")
		d := newDataset(t, s, one.ID, two.ID)
		if len(d.Members) != 2 || len(d.Files) != 2 || d.Files[0].ParameterName != "TEXT" || d.Files[1].ScaleFile.FileName != "2.txt" {
			t.Errorf("the data set is %+v", d)
		}
		definition := fmt.Sprintf(`{"dataset": %d}`, d.ID)
		var v api.BatchValidation
		mustSend(t, s, "POST", "/v6/batches/validation/", fmt.Sprintf(`{"recipe_type_id": %d, "definition": %s}`, p.recipeType.ID, definition), 200, &v)
		if !v.IsValid || v.RecipesEstimated == nil || *v.RecipesEstimated != 2 || v.RecipeType == nil || v.PrevBatch != nil {
			t.Errorf("the validation is %+v", v)
		}
		first := newBatch(t, s, p.recipeType.ID, definition)
		if first.RootBatch.ID != first.ID || first.SupersededBatch != nil || first.RecipesEstimated != 2 || first.Event == nil ||
			first.Event.Description["user"] != "admin" || string(first.Definition) != fmt.Sprintf(`{"dataset":%d,"supersedes":true}`, d.ID) {
			t.Errorf("the batch is %+v, its definition %s", first, first.Definition)
		}
		if got := first.JobMetrics["count"]; got != (api.BatchJobMetrics{}) {
			t.Errorf("at once: job_metrics %+v", first.JobMetrics)
		}
		done := waitBatch(t, s, first.ID, 2)
		if done.JobsCompleted != 2 || done.JobMetrics["count"].JobsCompleted != 2 || done.RecipesSkipped != 0 || done.Problem != "" {
			t.Errorf("at the end: %+v", done)
		}
		recipes := getPage[api.Recipe](t, s, fmt.Sprintf("/v6/recipes/?batch_id=%d", first.ID))
		for _, r := range recipes.Results {
			if r.Batch == nil || r.Batch.ID != first.ID || r.Batch.Title == nil || *r.Batch.Title != "Night" || r.Event.ID != first.Event.ID {
				t.Errorf("the recipe is %+v", r)
			}
		}
		jobs, products := getPage[api.Job](t, s, fmt.Sprintf("/v6/jobs/?batch_id=%d", first.ID)), getPage[api.File](t, s, fmt.Sprintf("/v6/files/?batch_id=%d", first.ID))
		if recipes.Count != 2 || jobs.Count != 2 || products.Count != 2 || jobs.Results[0].Batch.ID != first.ID || products.Results[0].Batch.ID != first.ID {
			t.Errorf("of the batch: %d recipes, %d jobs, %d products", recipes.Count, jobs.Count, products.Count)
		}

		// A batch on the same files reprocesses what is there.
		again := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d, "forced_nodes": {"all": true}}`, d.ID))
		waitBatch(t, s, again.ID, 2)
		for _, r := range getPage[api.Recipe](t, s, fmt.Sprintf("/v6/recipes/?batch_id=%d", again.ID)).Results {
			if r.SupersededRecipe == nil {
				t.Errorf("recipe %d was run anew", r.ID)
			}
		}

		// The next of the chain, with a forced node.
		var stale api.Batch
		next := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"previous_batch": {"root_batch_id": %d, "forced_nodes": {"all": false, "nodes": ["count"]}}}`, again.ID))
		if next.RootBatch.ID != again.ID || next.SupersededBatch == nil || next.SupersededBatch.ID != again.ID || next.RecipesEstimated != 2 {
			t.Errorf("the next batch is %+v", next)
		}
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", again.ID), "", 200, &stale)
		if !stale.IsSuperseded || stale.Superseded == nil {
			t.Errorf("the batch before is %+v", stale)
		}
		last := waitBatch(t, s, next.ID, 2)
		if last.JobsTotal != 2 {
			t.Errorf("the next batch has %d jobs", last.JobsTotal)
		}
		var c api.BatchComparison
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/comparison/%d/", again.ID), "", 200, &c)
		if len(c.Batches) != 2 || c.Batches[0].ID != again.ID || fmt.Sprint(c.Metrics["recipes_total"]) != "[2 2]" {
			t.Errorf("compared: %+v", c)
		}
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/comparison/%d/", next.ID), "", 200, &c)
		if len(c.Batches) != 0 {
			t.Errorf("what is no root is compared: %+v", c)
		}
		for query, want := range map[string]int{"": 3, "is_superseded=true": 1, fmt.Sprintf("root_batch_id=%d", again.ID): 2, "recipe_type_id=4711": 0,
			"is_creation_done=true&order=-title&order=jobs_total": 3, "ended=2001-01-01T00:00:00Z": 0} {
			if got := getPage[api.Batch](t, s, "/v6/batches/?"+query); got.Count != want {
				t.Errorf("%s: got %d batches, want %d", query, got.Count, want)
			}
		}
	})
}

// TestMembersGiveWholeInputs: all files and values of a member and of the data set are one input, renamed by the input map.
func TestMembersGiveWholeInputs(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	var rt api.RecipeTypeDetail
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Two", "definition": {"input": {"files": [{"name": "TEXT"}, {"name": "MORE", "required": false}],
		"json": [{"name": "UNIT", "type": "string"}, {"name": "N", "type": "integer"}]}, "nodes": {}}}`, 201, &rt)
	one, two := upload(t, s, "1.txt", "1\n"), upload(t, s, "2.txt", "2\n")
	var d api.DatasetDetail
	mustSend(t, s, "POST", "/v6/datasets/", fmt.Sprintf(`{"definition": {"parameters": {"files": [{"name": "a"}, {"name": "MORE"}], "json": [{"name": "n", "type": "integer"}]},
		"global_parameters": {"json": [{"name": "UNIT", "type": "string"}]}, "global_data": {"json": {"UNIT": "line"}}},
		"data": [{"files": {"a": [%[1]d], "MORE": [%[2]d]}, "json": {"n": 1, "dropped": 2}}, {"files": {"a": [%[1]d], "MORE": [%[2]d]}, "json": {"n": 2}},
			{"files": {"a": [%[1]d], "MORE": [%[2]d]}, "json": {"n": 2}}]}`, one.ID, two.ID), 201, &d)
	var b api.BatchDetail
	mustSend(t, s, "POST", "/v6/batches/", fmt.Sprintf(`{"recipe_type_id": %d, "definition": {"dataset": %d},
		"configuration": {"priority": 7, "inputMap": [{"input": "TEXT", "datasetParameter": "a"}, {"input": "N", "datasetParameter": "n"}]}}`, rt.ID, d.ID), 201, &b)
	if b.RecipesEstimated != 2 {
		t.Errorf("estimated: %d", b.RecipesEstimated)
	}
	servertest.Eventually(t, 20*time.Second, func() error {
		if n := getPage[api.Recipe](t, s, fmt.Sprintf("/v6/recipes/?batch_id=%d", b.ID)).Count; n != 2 {
			return fmt.Errorf("there are %d recipes", n)
		}
		return nil
	})
	for i, r := range getPage[api.Recipe](t, s, fmt.Sprintf("/v6/recipes/?batch_id=%d&order=-id", b.ID)).Results {
		detail, err := s.Client.Recipe(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`{"files":{"MORE":[%d],"TEXT":[%d]},"json":{"N":%d,"UNIT":"line"}}`, two.ID, one.ID, i+1)
		if diff := cmp.Diff(want, string(detail.Input)); diff != "" {
			t.Errorf("input (-want +got):\n%s", diff)
		}
	}
	_ = p
}

func TestRefusalsOfBatches(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p, other := newPipeline(t, s, "count"), newPipeline(t, s, "other")
	d := newDataset(t, s, upload(t, s, "1.txt", "1\n").ID)
	var empty, foreign api.DatasetDetail
	mustSend(t, s, "POST", "/v6/datasets/", `{"definition": `+textDataset+`}`, 201, &empty)
	mustSend(t, s, "POST", "/v6/datasets/", `{"definition": {"parameters": {"json": [{"name": "TEXT", "type": "string"}]}}}`, 201, &foreign)
	first := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d}`, d.ID))
	servertest.Eventually(t, 20*time.Second, func() error {
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", first.ID), "", 200, &first)
		if !first.IsCreationDone {
			return fmt.Errorf("the batch is %+v", first)
		}
		return nil
	})
	set := func(id int64, more string) string { return fmt.Sprintf(`{"dataset": %d%s}`, id, more) }
	for name, c := range map[string]struct {
		definition, configuration string
		code, want                string
	}{
		"a member too much":           {`{"datasets": 1}`, ``, "INVALID_BATCH_DEFINITION", "datasets"},
		"a version":                   {`{"version": "5"}`, ``, "INVALID_BATCH_DEFINITION", "version"},
		"forced nodes without all":    {set(d.ID, `, "forced_nodes": {"nodes": ["count"]}`), ``, "INVALID_BATCH_DEFINITION", "all"},
		"forced node that is none":    {set(d.ID, `, "forced_nodes": {"all": false, "nodes": ["cuont"]}`), ``, "INVALID_BATCH_DEFINITION", "did you mean 'count'"},
		"a configuration":             {set(d.ID, ""), `{"inputMap": []}`, "INVALID_BATCH_CONFIGURATION", "inputMap"},
		"nothing":                     {`{}`, ``, "NO_RECIPES", "neither a dataset nor a previous_batch"},
		"an empty data set":           {set(empty.ID, ""), ``, "NO_RECIPES", "no member"},
		"no data set":                 {set(4711, ""), ``, "INVALID_BATCH_DEFINITION", "data set 4711 does not exist"},
		"parameters of another type":  {set(foreign.ID, ""), ``, "MISMATCHED_PARAMS", "'TEXT'"},
		"a parameter that is none":    {set(d.ID, ""), `{"inputMap": [{"input": "TEXT", "datasetParameter": "TEXT"}, {"input": "UNIT", "datasetParameter": "unit"}]}`, "INVALID_INPUT_MAP", "no parameter 'unit'"},
		"an input that is none":       {set(d.ID, ""), `{"inputMap": [{"input": "TEXT", "datasetParameter": "TEXT"}, {"input": "x", "datasetParameter": "TEXT"}]}`, "INVALID_INPUT_MAP", "no input 'x'"},
		"no previous batch":           {`{"previous_batch": {"root_batch_id": 4711}}`, ``, "PREV_BATCH_NOT_FOUND", "4711"},
		"a batch of another type":     {fmt.Sprintf(`{"previous_batch": {"root_batch_id": %d}}`, first.ID), ``, "MISMATCHED_RECIPE_TYPE", "recipe-other"},
		"a previous batch with a key": {`{"previous_batch": {"root_batch_id": 1, "x": 2}}`, ``, "INVALID_BATCH_DEFINITION", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := p.recipeType.ID
			if c.code == "MISMATCHED_RECIPE_TYPE" {
				id = other.recipeType.ID
			}
			body := fmt.Sprintf(`{"recipe_type_id": %d, "definition": %s`, id, c.definition)
			if c.configuration != "" {
				body += `, "configuration": ` + c.configuration
			}
			body += "}"
			var v api.BatchValidation
			mustSend(t, s, "POST", "/v6/batches/validation/", body, 200, &v)
			if v.IsValid || len(v.Errors) != 1 || v.Errors[0].Name != c.code || !strings.Contains(v.Errors[0].Description, c.want) {
				t.Errorf("validation: %+v", v)
			}
			resp, raw := send(t, s, "POST", "/v6/batches/", body)
			if resp.StatusCode != 400 || len(v.Errors) == 1 && !strings.Contains(raw, strings.Trim(quote(v.Errors[0].Description), `"`)) {
				t.Errorf("create: got %d: %s", resp.StatusCode, raw)
			}
		})
	}
	for body, want := range map[string]string{
		`{"definition": {}}`:                       `Missing required parameter: \"recipe_type_id\"`,
		`{"recipe_type_id": 1}`:                    `Missing required parameter: \"definition\"`,
		`{"recipe_type_id": 99, "definition": {}}`: `Unknown recipe type: 99`,
		fmt.Sprintf(`{"recipe_type_id": %d, "title": %q, "definition": %s}`, p.recipeType.ID, strings.Repeat("x", 51), set(d.ID, "")): "at most 50",
	} {
		if resp, raw := send(t, s, "POST", "/v6/batches/", body); resp.StatusCode != 400 || !strings.Contains(raw, want) {
			t.Errorf("%s: got %d: %s, want %s", body, resp.StatusCode, raw, want)
		}
	}
	if got := getPage[api.Batch](t, s, "/v6/batches/").Count; got != 1 {
		t.Errorf("refused batches were stored: there are %d", got)
	}
}

func TestEditBatch(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	b := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d}`, newDataset(t, s, upload(t, s, "1.txt", "1\n").ID).ID))
	path := fmt.Sprintf("/v6/batches/%d/", b.ID)
	mustSend(t, s, "PATCH", path, `{"title": "", "configuration": {"priority": 3}}`, 204, nil)
	mustSend(t, s, "PATCH", path, `{"description": "D", "title": null, "configuration": {}}`, 204, nil)
	mustSend(t, s, "GET", path, "", 200, &b)
	if b.Title == nil || *b.Title != "" || b.Description == nil || *b.Description != "D" || string(b.Configuration) != `{"priority":3}` {
		t.Errorf("the batch is %+v, its configuration %s", b, b.Configuration)
	}
	for body, want := range map[string]string{`{"configuration": {"priority": "x"}}`: "Batch configuration invalid: ", `{"configuration": {"x": 1}}`: "Batch configuration invalid: "} {
		if resp, raw := send(t, s, "PATCH", path, body); resp.StatusCode != 400 || !strings.Contains(raw, want) {
			t.Errorf("%s: got %d: %s", body, resp.StatusCode, raw)
		}
	}
	if resp, _ := send(t, s, "PATCH", "/v6/batches/4711/", `{}`); resp.StatusCode != 404 {
		t.Errorf("an unknown batch: %d", resp.StatusCode)
	}
	if resp, _ := send(t, s, "DELETE", path, ""); resp.StatusCode != 405 {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
}

// TestBatchesLeaveOtherTypesAlone: the original supersedes recipes of other types on the same files.
func TestBatchesLeaveOtherTypesAlone(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	p, other := newPipeline(t, s, "count"), newPipeline(t, s, "other")
	file := upload(t, s, "1.txt", "1\n")
	theirs := waitCompleted(t, s, other.start(t, s, file.ID).ID)
	b := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d}`, newDataset(t, s, file.ID).ID))
	waitBatch(t, s, b.ID, 1)
	if r, err := s.Client.Recipe(t.Context(), theirs.ID); err != nil || r.IsSuperseded {
		t.Errorf("the recipe of the other type is %+v, %v", r, err)
	}
	plain := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d, "supersedes": false}`, newDataset(t, s, file.ID).ID))
	waitBatch(t, s, plain.ID, 1)
	if got := getPage[api.Recipe](t, s, "/v6/recipes/?is_superseded=true").Count; got != 0 {
		t.Errorf("%d recipes were superseded", got)
	}
}

func TestSubRecipesOfBatches(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	var inner, outer api.RecipeTypeDetail
	newPipeline(t, s, "count")
	text := `"input": {"TEXT": {"type": "recipe", "input": "TEXT"}}`
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Inner", "definition": `+countDefinition("count")+`}`, 201, &inner)
	sub := func(dependencies string, name string) string {
		return `{"dependencies": [` + dependencies + `], ` + text + `, "node_type": {"node_type": "recipe", "recipe_type_name": "` + name + `", "recipe_type_revision": 1}}`
	}
	job := func(dependencies string) string {
		return `{"dependencies": [` + dependencies + `], ` + text + `, "node_type": {"node_type": "job", "job_type_name": "count", "job_type_version": "1.0.0", "job_type_revision": 1}}`
	}
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Outer", "definition": {"input": {"files": [{"name": "TEXT"}]}, "nodes": {
		"a": `+sub("", "recipe-count")+`, "c": `+job("")+`, "d": `+job(`{"name": "c"}`)+`, "b": `+sub(`{"name": "d"}`, "inner")+`}}}`, 201, &outer)
	d := newDataset(t, s, upload(t, s, "1.txt", "1\n").ID, upload(t, s, "2.txt", "2\n").ID)
	for forced, want := range map[string]int64{
		`{"all": true}`: 6, `{"all": false, "sub_recipes": {"b": {"all": true}}}`: 4, `{"all": false, "nodes": ["c"]}`: 4,
		`{"all": false, "nodes": ["c", "d"]}`: 4, `{}`: 2, `null`: 2,
	} {
		definition := fmt.Sprintf(`{"dataset": %d`, d.ID)
		if forced != "null" {
			definition += `, "forced_nodes": ` + forced
		}
		var v api.BatchValidation
		mustSend(t, s, "POST", "/v6/batches/validation/", fmt.Sprintf(`{"recipe_type_id": %d, "definition": %s}}`, outer.ID, definition), 200, &v)
		if !v.IsValid || v.RecipesEstimated == nil || *v.RecipesEstimated != want {
			t.Errorf("%s: %+v", forced, v)
		}
	}
	b := newBatch(t, s, outer.ID, fmt.Sprintf(`{"dataset": %d, "forced_nodes": {"all": false, "nodes": ["a"], "sub_recipes": {"b": {"all": true}}}}`, d.ID))
	var stored, want any
	decode(t, b.Definition, &stored)
	decode(t, fmt.Appendf(nil, `{"dataset": %d, "supersedes": true, "forced_nodes": {"version": "7", "all": false, "nodes": ["a"], "sub_recipes": {"b": {"version": "7", "all": true}}}}`, d.ID), &want)
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("the definition (-want +got):\n%s", diff)
	}
	servertest.Eventually(t, 20*time.Second, func() error {
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", b.ID), "", 200, &b)
		if b.RecipesTotal != 6 {
			return fmt.Errorf("there are %d recipes", b.RecipesTotal)
		}
		return nil
	})
	if got := getPage[api.Recipe](t, s, fmt.Sprintf("/v6/recipes/?batch_id=%d", b.ID)).Count; got != 6 {
		t.Errorf("got %d recipes with those inside, want 6", got)
	}
	if len(b.JobMetrics) != 4 || b.JobMetrics["c"].JobsTotal != 2 || b.JobMetrics["a"].JobsTotal != 0 {
		t.Errorf("job_metrics: %+v", b.JobMetrics)
	}
}
