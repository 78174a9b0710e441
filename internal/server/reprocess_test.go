package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestReprocess(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		first := waitCompleted(t, s, p.start(t, s, upload(t, s, "in.txt", "1\n").ID).ID)
		path := func(id int64) string { return fmt.Sprintf("/v6/recipes/%d/reprocess/", id) }

		// Nothing changed and nothing forced: a new recipe of the same jobs.
		var second api.Recipe
		resp := mustSend(t, s, "POST", path(first.ID), `{"forced_nodes": {}}`, 202, &second)
		if want := fmt.Sprintf("%s/v6/recipes/%d/", s.URL, second.ID); resp.Header.Get("Location") != want {
			t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
		}
		if second.ID == first.ID || second.SupersededRecipe == nil || second.SupersededRecipe.ID != first.ID || second.RecipeTypeRev.RevisionNum != 1 ||
			second.Event == nil || second.Event.ID == first.Event.ID {
			t.Errorf("the new recipe is %+v", second)
		}
		mustSend(t, s, "GET", fmt.Sprintf("/v6/recipes/%d/", first.ID), "", 200, &first)
		if !first.IsSuperseded || first.Superseded == nil || first.SupersededByRecipe == nil || first.SupersededByRecipe.ID != second.ID || first.SupersededRecipe != nil {
			t.Errorf("the old recipe is %+v", first)
		}
		copied := waitCompleted(t, s, second.ID)
		if diff := cmp.Diff(first.Details.Nodes["count"].NodeType.JobNode, copied.Details.Nodes["count"].NodeType.JobNode); diff != "" {
			t.Errorf("the node was not copied (-old +new):\n%s", diff)
		}

		// Everything forced: new jobs, of which the old ones know.
		var third api.Recipe
		mustSend(t, s, "POST", path(second.ID), `{"forced_nodes": {"all": true}, "revision_num": 1}`, 202, &third)
		forced := waitCompleted(t, s, third.ID)
		if forced.SupersededRecipe == nil || forced.SupersededRecipe.ID != second.ID || forced.RootRecipe.ID != first.ID {
			t.Errorf("the third recipe is %+v", forced)
		}
		var older, newer api.JobDetail
		mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/", copied.Details.Nodes["count"].NodeType.JobID), "", 200, &older)
		mustSend(t, s, "GET", fmt.Sprintf("/v6/jobs/%d/", forced.Details.Nodes["count"].NodeType.JobID), "", 200, &newer)
		if !older.IsSuperseded || older.SupersededByJob == nil || older.SupersededByJob.ID != newer.ID || older.SupersededJob != nil {
			t.Errorf("the old job is %+v", older)
		}
		if newer.IsSuperseded || newer.SupersededJob == nil || newer.SupersededJob.ID != older.ID || newer.SupersededByJob != nil ||
			newer.SupersededJob.Status != "COMPLETED" || newer.SupersededJob.JobType.Name != "count" {
			t.Errorf("the new job is %+v", newer)
		}
		products := getPage[api.File](t, s, "/v6/files/?file_type=PRODUCT&order=id")
		if products.Count != 2 || !products.Results[0].IsSuperseded || products.Results[0].Superseded == nil || products.Results[1].IsSuperseded {
			t.Errorf("products: %+v", products)
		}
		for query, want := range map[string]int{"is_superseded=true": 2, "is_superseded=false": 1, "": 3} {
			if got := getPage[api.Recipe](t, s, "/v6/recipes/?"+query).Count; got != want {
				t.Errorf("%s: got %d recipes, want %d", query, got, want)
			}
		}
	})
}

func TestRefusalsOfReprocess(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	old := p.start(t, s, upload(t, s, "in.txt", "1\n").ID)
	path := fmt.Sprintf("/v6/recipes/%d/reprocess/", old.ID)
	for name, c := range map[string]struct {
		path, body string
		status     int
		want       string // a part of the words
	}{
		"no forced nodes":              {path, `{}`, 400, `Missing required parameter: "forced_nodes"`},
		"no forced nodes of none":      {"/v6/recipes/4711/reprocess/", `{}`, 400, `Missing required parameter: "forced_nodes"`},
		"forced nodes that are a list": {path, `{"forced_nodes": []}`, 400, `Parameter must be a valid JSON object: "forced_nodes"`},
		"forced nodes without all":     {path, `{"forced_nodes": {"nodes": ["count"]}}`, 400, `all`},
		"a member that is not known":   {path, `{"forced_nodes": {"all": true, "colour": 1}}`, 400, `colour`},
		"an unknown recipe":            {"/v6/recipes/4711/reprocess/", `{"forced_nodes": {}}`, 404, `Not found.`},
		"an unknown revision":          {path, `{"forced_nodes": {}, "revision_num": 9}`, 404, `Not found.`},
		"a revision that is none":      {path, `{"forced_nodes": {}, "revision_num": "x"}`, 400, `Parameter must be a valid integer: "revision_num"`},
		"a revision below zero":        {path, `{"forced_nodes": {}, "revision_num": -1}`, 400, `Parameter must be a valid integer of 1 or more: "revision_num"`},
		"a node that is not there":     {path, `{"forced_nodes": {"all": false, "nodes": ["other"]}}`, 400, `Unable to reprocess recipe. Errors in validating forced_nodes: [`},
		"a job node as sub-recipe":     {path, `{"forced_nodes": {"all": false, "sub_recipes": {"count": {"all": true}}}}`, 400, `Sub-recipe node count is not a recipe node`},
		"an id that is none":           {"/v6/recipes/x/reprocess/", `{"forced_nodes": {}}`, 404, `Not found.`},
	} {
		resp, body := send(t, s, "POST", c.path, c.body)
		if resp.StatusCode != c.status || !strings.Contains(detailOf(t, []byte(body)), c.want) {
			t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, body, c.status, c.want)
		}
	}
	if got := getPage[api.Recipe](t, s, "/v6/recipes/?is_superseded=true").Count; got != 0 {
		t.Errorf("refusals superseded %d recipes", got)
	}
	mustSend(t, s, "POST", path, `{"forced_nodes": {}}`, 202, nil)
	if resp, body := send(t, s, "POST", path, `{"forced_nodes": {}}`); resp.StatusCode != 400 || detailOf(t, []byte(body)) != "Cannot reprocess a superseded recipe" {
		t.Errorf("of a superseded recipe: got %d %s", resp.StatusCode, body)
	}
}

func TestDiffOfRevisions(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	mustSend(t, s, "POST", "/v6/job-types/", countJobType("other"), 201, nil)
	second := strings.Replace(countDefinition("other"), `"nodes": {`, `"nodes": {"more": `+condition("")+`, `, 1)
	mustSend(t, s, "PATCH", "/v6/recipe-types/recipe-count/", `{"definition": `+second+`}`, 200, nil)
	path := "/v6/recipe-types/recipe-count/revisions/%d/diff/%d/"
	var got api.Diff
	mustSend(t, s, "GET", fmt.Sprintf(path, 1, 2), "", 200, &got)
	was := "count"
	want := api.Diff{CanBeReprocessed: true, Reasons: []api.Finding{}, Nodes: map[string]api.NodeDiff{
		"more": {Status: "NEW", Changes: []api.Finding{}, ReprocessNewNode: true, Dependencies: []api.NodeDependency{}, NodeType: api.NodeTypeDiff{NodeType: "condition"}},
		"count": {Status: "CHANGED", ReprocessNewNode: true, Dependencies: []api.NodeDependency{},
			Changes:  []api.Finding{{Name: "JOB_TYPE_CHANGE", Description: "Job type changed from count to other"}},
			NodeType: api.NodeTypeDiff{NodeType: "job", JobTypeName: "other", JobTypeVersion: "1.0.0", JobTypeRevision: 1, PrevJobTypeName: &was}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("from 1 to 2 (-want +got):\n%s", diff)
	}
	byClient, err := s.Client.DiffRecipeType(t.Context(), "recipe-count", 1, 2)
	if diff := cmp.Diff(got, byClient); err != nil || diff != "" {
		t.Errorf("by the client: %v (-want +got):\n%s", err, diff)
	}
	got = api.Diff{}
	mustSend(t, s, "GET", fmt.Sprintf(path, 2, 1), "", 200, &got)
	if got.Nodes["more"].Status != "DELETED" || got.Nodes["count"].Status != "CHANGED" {
		t.Errorf("from 2 to 1: %+v", got)
	}
	mustSend(t, s, "GET", fmt.Sprintf(path, 2, 2), "", 200, &got)
	if got.Nodes["more"].Status != "UNCHANGED" || got.Nodes["more"].ReprocessNewNode {
		t.Errorf("from 2 to 2: %+v", got)
	}
	for _, path := range []string{fmt.Sprintf(path, 1, 9), fmt.Sprintf(path, 9, 1), "/v6/recipe-types/nobody/revisions/1/diff/1/", "/v6/recipe-types/recipe-count/revisions/1/diff/x/",
		"/v6/recipe-types/recipe-count/revisions/x/diff/1/"} {
		if resp, body := send(t, s, "GET", path, ""); resp.StatusCode != 404 {
			t.Errorf("%s: got %d %s, want 404", path, resp.StatusCode, body)
		}
	}
}

// TestEditsReachTheTypesAbove: new revisions of what a recipe type uses, and what
// becomes of it when that is deactivated.
func TestEditsReachTheTypesAbove(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	outer := `{"title": "%s", "definition": {"input": {"files": [{"name": "TEXT", "media_types": ["text/plain"]}]}, "nodes": {"sub": {"dependencies": [],
		"input": {"TEXT": {"type": "recipe", "input": "TEXT"}}, "node_type": {"node_type": "recipe", "recipe_type_name": "%s", "recipe_type_revision": 1}}}}}`
	mustSend(t, s, "POST", "/v6/recipe-types/", fmt.Sprintf(outer, "Middle", "recipe-count"), 201, nil)
	mustSend(t, s, "POST", "/v6/recipe-types/", fmt.Sprintf(outer, "Top", "middle"), 201, nil)
	revisions := func() string {
		var out []string
		for _, name := range []string{"recipe-count", "middle", "top"} {
			var rt api.RecipeTypeDetail
			mustSend(t, s, "GET", "/v6/recipe-types/"+name+"/", "", 200, &rt)
			out = append(out, fmt.Sprint(rt.RevisionNum))
		}
		return strings.Join(out, " ")
	}
	manifest := `{"manifest": ` + countManifest("count", "1.0.0", countCommand)
	for _, c := range []struct{ name, path, body, want string }{
		{"a job type without auto_update", "job-types/count/1.0.0", manifest + `, "auto_update": false}`, "1 1 1"},
		{"a job type", "job-types/count/1.0.0", manifest + `}`, "2 2 2"},
		{"a recipe type without auto_update", "recipe-types/middle", `{"auto_update": false, "definition": {}}`, "2 2 2"},
		{"a recipe type", "recipe-types/recipe-count", `{"definition": ` + countDefinition("count") + `}`, "3 3 3"},
		{"a recipe type that breaks those above", "recipe-types/recipe-count", `{"definition": ` + strings.Replace(countDefinition("count"), `{"files": [`,
			`{"json": [{"name": "MORE", "type": "string"}], "files": [`, 1) + `}`, "4 3 3"},
	} {
		mustSend(t, s, "PATCH", "/v6/"+c.path+"/", c.body, 200, nil)
		if got := revisions(); got != c.want {
			t.Errorf("after an edit of %s: the revisions are %s, want %s", c.name, got, c.want)
		}
	}
	var v api.RecipeTypeEdited
	mustSend(t, s, "PATCH", "/v6/job-types/count/1.0.0/", `{"is_active": false}`, 200, &v)
	if names(v.Warnings) != "DEPRECATED_RECIPES" {
		t.Errorf("deactivating the job type: %+v", v)
	}
	if got := getPage[api.RecipeTypeListed](t, s, "/v6/recipe-types/?is_active=true").Count; got != 0 {
		t.Errorf("%d recipe types are still active", got)
	}
	mustSend(t, s, "PATCH", "/v6/recipe-types/recipe-count/", `{"is_active": false}`, 200, &v)
	if names(v.Warnings) != "DEPRECATED_RECIPES" || !v.IsValid || len(v.Diff) != 0 {
		t.Errorf("deactivating what is inactive already: %+v", v)
	}
}
