package page_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestRevisionsAreCompared(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	simulated(t, s, "fine", "Fine", "0")
	send(t, s, "POST", "/v6/recipe-types/", `{"title": "Nightly", "definition": {"input": {}, "nodes": {"a": `+nodeOf("fine")+`, "b": `+nodeOf("fine", "a")+`, "c": `+nodeOf("fine", "a")+`, "d": `+nodeOf("fine", "b")+`}}}`)
	send(t, s, "PATCH", "/v6/recipe-types/nightly/", `{"definition": {"input": {}, "nodes": {"a": `+nodeOf("fine")+`, "b": `+nodeOf("fine", "a", "e")+`, "d": `+nodeOf("fine", "b")+`, "e": `+nodeOf("fine")+`}}}`)
	b := asAdmin(t, s)
	b.mustHave("/ui/types/nightly", "revision=1", "diff?from=1&amp;to=2", "galley_recipe_type", "It has not run yet.", "job-types/fine/1.0.0")
	b.mustHave("/ui/types/nightly?revision=1", "as of revision 1")
	b.mustHave("/ui/types/nightly/diff", "Revision 2 changes 1 node, adds 1, drops 1", "runs 3 nodes and copies 1", "New parent node e added", "a · COPY · unchanged",
		"c · DROP · removed", "d · RUN · runs again", "e · NEW · new node")
	b.mustHave("/ui/types/nightly/diff?from=2&to=2", "Revision 2 changes nothing in the nodes of 2")
	if got := b.get("/ui/types/nightly/diff?from=7&to=2"); got.status != http.StatusNotFound {
		t.Errorf("a revision that there is not: got %d, want 404", got.status)
	}
}

// A file says what made it, and what took it in.
func TestFilesHaveALineage(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{})
	f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "in/<b>.txt", MediaType: "text/plain"}, strings.NewReader("a line <script>\x1b[31m\n"))
	if err != nil {
		t.Fatal(err)
	}
	send(t, s, "POST", "/v6/job-types/", `{"docker_image": "x:1", "manifest": {"seedVersion": "1.0.0", "job": {"name": "count", "jobVersion": "1.0.0",
		"packageVersion": "1.0.0", "title": "Count", "description": "d", "maintainer": {"name": "n", "email": "n@example.com"}, "timeout": 60,
		"interface": {"command": "x", "inputs": {"files": [{"name": "TEXT", "mediaTypes": ["text/plain"]}]},
			"outputs": {"files": [{"name": "COUNT", "pattern": "*.txt", "mediaType": "text/plain"}]}}}}, "configuration": {"output_workspaces": {"default": "default"}}}`)
	node := func(input, after string) string {
		return `{"dependencies": [` + after + `], "input": {"TEXT": ` + input + `}, "node_type": {"node_type": "job", "job_type_name": "count", "job_type_version": "1.0.0", "job_type_revision": 1}}`
	}
	var made api.RecipeTypeDetail
	raw := send(t, s, "POST", "/v6/recipe-types/", `{"title": "Counting", "definition": {"input": {"files": [{"name": "TEXT"}]}, "nodes": {
		"first": `+node(`{"type": "recipe", "input": "TEXT"}`, "")+`, "second": `+node(`{"type": "dependency", "node": "first", "output": "COUNT"}`, `{"name": "first"}`)+`}}}`)
	if err := json.Unmarshal([]byte(raw), &made); err != nil {
		t.Fatal(err)
	}
	r, err := s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: made.ID, Input: json.RawMessage(fmt.Sprintf(`{"files": {"TEXT": [%d]}}`, f.ID))})
	if err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, 30*time.Second, func() error {
		got, err := s.Client.Recipe(t.Context(), r.ID)
		if err == nil && !got.IsCompleted {
			err = fmt.Errorf("the recipe is %+v", got.JobCounts)
		}
		return err
	})
	b := asAdmin(t, s)
	b.mustHave(fmt.Sprintf("/ui/files/%d", f.ID), "Somebody has uploaded it.", fmt.Sprintf("counting %d", r.ID), "a line &lt;script&gt;", "&lt;b&gt;.txt")
	products, err := s.Client.Files(t.Context(), client.FileQuery{RecipeIDs: []int64{r.ID}, RecipeNodes: []string{"first"}})
	if err != nil || len(products) != 1 {
		t.Fatalf("the products are %v, %v", products, err)
	}
	product := fmt.Sprintf("/ui/files/%d", products[0].ID)
	b.mustHave(product, fmt.Sprintf("/ui/recipes/%d?node=first", r.ID), fmt.Sprintf("/ui/recipes/%d?node=second", r.ID), "as output COUNT", "It was made of", "&lt;b&gt;.txt")
	got := b.get(product + "/content")
	if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the bytes: got %d, %v", got.status, got.header)
	}
	if uploaded := b.get(fmt.Sprintf("/ui/files/%d/content", f.ID)); uploaded.header.Get("Content-Type") != "application/octet-stream" ||
		uploaded.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(uploaded.body, "a line") {
		t.Errorf("a browser may take the bytes for something: %v", uploaded.header)
	}
	b.mustHave(fmt.Sprintf("/ui/recipes/%d", r.ID), "Completed in", product, "Products", "The critical path"[4:])
	b.mustHave(fmt.Sprintf("/ui/recipes/%d?node=second", r.ID), "Inputs", product)
	b.mustHave("/ui/files?file_name_search=%3Cb", "&lt;b&gt;.txt")
	b.mustHave("/", "Nothing needs you")
}

func TestTheQueueSaysWhy(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	simulated(t, s, "fine", "Fine", "0")
	simulated(t, s, "other", "Other", "0")
	b := asAdmin(t, s)
	b.mustHave("/ui/queue", "<h1>Nothing waits</h1>")
	types, err := s.Client.JobTypes(t.Context(), client.JobTypeQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, jt := range types {
		if _, err := s.Client.CreateJob(t.Context(), api.JobCreate{JobTypeID: jt.ID, Input: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	b.mustHave("/ui/queue", "<h1>2 jobs wait</h1>", "there is no worker")
	if got := b.press("/ui/job-types/fine/1.0.0/pause"); got.status != http.StatusSeeOther {
		t.Fatalf("pausing: got %d\n%s", got.status, got.body)
	}
	b.mustHave("/ui/queue", "2 jobs wait, 1 of them for a paused job type", "job type is paused since", "Resume…")
	b.mustHave("/", "PAUSED", "fine 1.0.0: 1 job waits for it")
}

// A strike is shown as a job that runs for ever, and takes no place of a worker.
func TestAStrikeIsNotWork(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: 3})
	send(t, s, "POST", "/v6/strikes/", `{"title": "Watch", "configuration": {"workspace": "default", "monitor": {"type": "dir-watcher"}, "files_to_ingest": [{"filename_regex": ".*"}]}}`)
	b := asAdmin(t, s)
	servertest.Eventually(t, time.Minute, func() error {
		if body := b.mustGet("/ui/jobs?status=RUNNING"); !strings.Contains(body, "scale-strike") {
			return fmt.Errorf("the strike does not run: %s", body)
		}
		return nil
	})
	b.mustHave("/", "Nothing runs now", "0 recipes, 0 jobs")
	servertest.Eventually(t, time.Minute, func() error { // a worker says that it is there when it begins
		if body := b.mustGet("/ui/queue"); !strings.Contains(body, "0 run on 1 worker") || strings.Contains(body, "scale-strike") {
			return fmt.Errorf("the strike is a worker's: %s", body)
		}
		return nil
	})
}

// What an object's page shows as code is what would make it, without what nobody may see.
func TestObjectsAsCode(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: -1})
	send(t, s, "POST", "/v6/job-types/", `{"docker_image": "x:1", "retry": {"tries": 4, "delay": 30}, "max_scheduled": 2, "manifest": {"seedVersion": "1.0.0", "job": {"name": "keyed", "jobVersion": "1.0.0",
		"packageVersion": "1.0.0", "title": "Keyed", "description": "d", "maintainer": {"name": "n", "email": "n@example.com"}, "timeout": 60,
		"interface": {"command": "echo ${HOME}", "inputs": {}, "outputs": {}, "settings": [{"name": "KEY", "secret": true}]}}},
		"configuration": {"priority": 7, "settings": {"KEY": "hunter2"}}}`)
	b := asAdmin(t, s)
	body := html.UnescapeString(b.mustHave("/ui/job-types/keyed/1.0.0", "As code"))
	for _, want := range []string{"id = \"keyed/1.0.0\"", "manifest = jsonencode({", "echo $${HOME}", "priority = 7", "max_scheduled = 2", "retry = {", "tries = 4"} {
		if !strings.Contains(body, want) {
			t.Errorf("the code lacks %q:\n%s", want, body[strings.Index(body, "import {"):])
		}
	}
	if strings.Contains(body, "hunter2") {
		t.Error("the page tells a secret")
	}
}

// TestWorkersThatRunNothing are listed, and where there are none the queue says so.
func TestWorkersThatRunNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, servertest.Options{Workers: 3})
	servertest.Eventually(t, time.Minute, func() error { // a worker says that it is there when it begins
		if body := asAdmin(t, s).mustGet("/ui/queue"); !regexp.MustCompile(`<td class="num">0</td><td class="num">3</td><td class="num nw">idle</td>`).MatchString(body) {
			return fmt.Errorf("the queue has no idle worker: %s", body)
		}
		return nil
	})
	asAdmin(t, newServer(t, servertest.Options{Workers: -1})).mustHave("/ui/queue", "There is no worker: nothing that waits will run")
}
