package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// closedRun is a run that has failed in the kitchen Prod, whose staff is ann alone, and
// that has been reprocessed once.
type closedRun struct {
	old, recipe api.Ref
	job         api.Job
	order, run  string
}

func newClosedRun(t *testing.T, k *kitchens) closedRun {
	t.Helper()
	c := closedRun{order: k.order("failing", "{}")}
	run := k.wait(c.order, "SERVING_ERROR")
	c.run = run.HID
	c.old.ID = *run.RecipeID
	next, err := k.Client.ReprocessRecipe(t.Context(), c.old.ID, api.RecipeReprocess{ForcedNodes: json.RawMessage(`{"all": true}`)})
	if err != nil {
		t.Fatal(err)
	}
	c.recipe.ID = next.ID
	k.wait(c.order, "SERVING_ERROR")
	jobs, err := k.Client.Jobs(t.Context(), client.JobQuery{RecipeIDs: []int64{c.recipe.ID}, Statuses: []string{"FAILED"}})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("failed jobs are %v, %v", jobs, err)
	}
	c.job = jobs[0]
	k.must("POST", "/v2/kitchen/update/Prod", `{"kitchen.json": {"kitchen-staff": ["ann"]}}`, nil)
	return c
}

// Who is not on the staff of a kitchen cannot change its runs through v6 either.
func TestRunsOfAKitchenAreItsStaffs(t *testing.T) {
	t.Parallel()
	eachKitchens(t, servertest.Options{}, func(t *testing.T, k *kitchens) {
		c := newClosedRun(t, k)
		ann, bob := k.as("ann", "operator"), k.as("bob", "operator")
		const reprocess = `{"forced_nodes": {"all": true}}`
		for what, request := range map[string][3]string{
			"cancel a job":          {"POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"job_ids": [%d]}`, c.job.ID)},
			"cancel a recipe":       {"POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"recipe_ids": [%d]}`, c.recipe.ID)},
			"requeue a job":         {"POST", "/v6/jobs/requeue/", fmt.Sprintf(`{"job_ids": [%d]}`, c.job.ID)},
			"requeue by the old":    {"POST", "/v6/jobs/requeue/", fmt.Sprintf(`{"recipe_ids": [%d]}`, c.old.ID)},
			"reprocess":             {"POST", fmt.Sprintf("/v6/recipes/%d/reprocess/", c.recipe.ID), reprocess},
			"reprocess by v7":       {"POST", fmt.Sprintf("/v7/recipes/%d/reprocess/", c.recipe.ID), reprocess},
			"reprocess the old one": {"POST", fmt.Sprintf("/v6/recipes/%d/reprocess/", c.old.ID), reprocess},
		} {
			resp, body := bob.Do(t, request[0], request[1], jsonHeader(), strings.NewReader(request[2]))
			if resp.StatusCode != http.StatusForbidden || !strings.Contains(string(body), `User \"bob\" is not on the staff of kitchen \"Prod\"`) {
				t.Errorf("%s: got %d %s, want 403", what, resp.StatusCode, body)
			}
		}
		// A broad filter is for what one may change.
		alone, err := k.Client.CreateJob(t.Context(), api.JobCreate{JobTypeID: c.job.JobType.ID, Input: []byte(`{"json": {"WHO": "x"}}`),
			Configuration: []byte(`{"settings": {"GALLEY_SIMULATE_EXIT_CODE": "3"}}`)})
		if err != nil {
			t.Fatal(err)
		}
		waitJobIs(t, k.Server, alone.ID, "FAILED")
		mustSend(t, bob.Server, "POST", "/v6/jobs/cancel/", `{"status": ["FAILED"]}`, 202, nil)
		waitJobIs(t, k.Server, alone.ID, "CANCELED")
		waitJobIs(t, k.Server, c.job.ID, "FAILED")
		for what, who := range map[string]*kitchens{"a member of the staff": ann, "an administrator": k} {
			mustSend(t, who.Server, "POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"job_ids": [%d]}`, c.job.ID), 202, nil)
			waitJobIs(t, k.Server, c.job.ID, "CANCELED")
			mustSend(t, who.Server, "POST", "/v6/jobs/requeue/", fmt.Sprintf(`{"job_ids": [%d]}`, c.job.ID), 202, nil)
			t.Log(what)
			waitJobIs(t, k.Server, c.job.ID, "FAILED")
		}
	})
}

func waitJobIs(t *testing.T, s *servertest.Server, id int64, status string) {
	t.Helper()
	servertest.Eventually(t, time.Minute, func() error {
		job, err := s.Client.Job(t.Context(), id)
		if err == nil && job.Status != status {
			err = fmt.Errorf("job %d is %s, want %s", id, job.Status, status)
		}
		return err
	})
}

// With --kitchen-read=staff all that belongs to a kitchen is hidden from those who are
// not on its staff.
func TestKitchensThatOnlyTheirStaffSees(t *testing.T) {
	t.Parallel()
	for _, read := range []string{"staff", "all"} {
		t.Run(read, func(t *testing.T) {
			t.Parallel()
			eachKitchens(t, servertest.Options{KitchenRead: read}, func(t *testing.T, k *kitchens) {
				c := newClosedRun(t, k)
				product := productOf(t, k, c)
				ann, bob := k.as("ann", "viewer"), k.as("bob", "operator")
				k.must("PUT", "/v2/kitchen/create/None/Open", `{}`, nil)
				expect := func(who *kitchens, sees bool) {
					t.Helper()
					checkDetails(t, who, c, product, sees)
					checkListed(t, who, c, product, sees)
					checkCounted(t, who, c, sees)
				}
				expect(bob, read == "all")
				expect(ann, true)
				expect(k, true)
				checkDataset(t, k, bob, product, read == "all")
			})
		})
	}
}

// checkDataset has who name a file, and read the data set of somebody who did.
func checkDataset(t *testing.T, k, who *kitchens, file int64, sees bool) {
	t.Helper()
	body := fmt.Sprintf(`{"definition": {"parameters": {"files": [{"name": "in"}]}}, "data": {"files": {"in": [%d]}}}`, file)
	var set api.DatasetDetail
	mustSend(t, k.Server, "POST", "/v6/datasets/", body, 201, &set)
	for _, path := range []string{fmt.Sprintf("/v6/datasets/%d/", set.ID), fmt.Sprintf("/v6/datasets/members/%d/", set.Members[0].ID)} {
		resp, raw := send(t, who.Server, "GET", path, "")
		if resp.StatusCode != http.StatusOK || strings.Contains(string(raw), "secret.txt") != sees {
			t.Errorf("%s: got %d %s, want the file shown: %t", path, resp.StatusCode, raw, sees)
		}
	}
	// Neither does a recipe take in what nobody has shown to who asks, whose input files all may list.
	p := newPipeline(t, k.Server, "count")
	input := fmt.Sprintf(`"input": {"files": {"TEXT": [%d]}}`, file)
	for path, body := range map[string]string{"/v6/recipes/": fmt.Sprintf(`{"recipe_type_id": %d, %s}`, p.recipeType.ID, input), "/v6/jobs/": fmt.Sprintf(`{"job_type_id": %d, %s}`, p.jobType.ID, input)} {
		resp, raw := send(t, who.Server, "POST", path, body)
		if want := map[bool]int{true: http.StatusCreated, false: http.StatusBadRequest}[sees]; resp.StatusCode != want || !sees && !strings.Contains(string(raw), "does not exist") {
			t.Errorf("%s: got %d %s, want %d", path, resp.StatusCode, raw, want)
		}
	}
	resp, raw := send(t, who.Server, "POST", "/v6/datasets/", body)
	if want := map[bool]int{true: http.StatusCreated, false: http.StatusBadRequest}[sees]; resp.StatusCode != want || !sees && !strings.Contains(string(raw), "does not exist") {
		t.Errorf("a data set of the file: got %d %s, want %d", resp.StatusCode, raw, want)
	}
}

// productOf gives the run a product, which the jobs of these kitchens do not make.
func productOf(t *testing.T, k *kitchens, c closedRun) int64 {
	t.Helper()
	id := upload(t, k.Server, "secret.txt", "secret\n").ID
	row, err := k.Store.File(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	row.FileType, row.JobID, row.RecipeID = "PRODUCT", &c.job.ID, &c.recipe.ID
	mustUpdate(t, k.Server, &row)
	return id
}

func checkDetails(t *testing.T, who *kitchens, c closedRun, product int64, sees bool) {
	t.Helper()
	job, err := who.Store.Job(t.Context(), c.job.ID)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := who.Store.JobExecution(t.Context(), job.ID, job.NumExes)
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range [][2]string{
		{"GET", fmt.Sprintf("/v6/recipes/%d/", c.recipe.ID)}, {"GET", fmt.Sprintf("/v6/recipes/%d/", c.old.ID)},
		{"HEAD", fmt.Sprintf("/v6/recipes/%d/events/", c.recipe.ID)}, {"GET", fmt.Sprintf("/v6/jobs/%d/", job.ID)},
		{"GET", fmt.Sprintf("/v6/jobs/%d/executions/%d/", job.ID, exe.ExeNum)}, {"GET", fmt.Sprintf("/v6/job-executions/%d/logs/combined/", exe.ID)},
		{"GET", fmt.Sprintf("/v7/files/%d/", product)}, {"GET", fmt.Sprintf("/v6/files/%d/content/", product)},
		{"GET", "/v2/kitchen/Prod"}, {"GET", "/v2/kitchen/settings/Prod"}, {"GET", "/v2/kitchen/recipenames/Prod"},
		{"GET", "/v2/recipe/file/Prod/hello/variables.json"}, {"GET", "/v2/recipe/get/Prod/hello"}, {"POST", "/v2/recipe/get/Prod/hello"},
		{"GET", "/v2/recipe/tree/Prod/hello"}, {"GET", "/v2/order/status/Prod"}, {"GET", "/v2/order/servings/Prod/" + c.order},
		{"POST", "/v2/order/details/Prod"}, {"GET", "/v2/order/logs/Prod/" + c.run}, {"GET", "/v2/order/export/logs/Prod/" + c.run},
	} {
		resp, body := who.Do(t, request[0], request[1], nil, nil)
		if found := resp.StatusCode < 300; found != sees || !sees && resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: got %d %.200s, want to be seen: %t", request[0], request[1], resp.StatusCode, body, sees)
		}
	}
}

// checkCounted looks at what only counts jobs; all that there are belong to the run.
func checkCounted(t *testing.T, who *kitchens, c closedRun, sees bool) {
	t.Helper()
	before, err := who.Store.Job(t.Context(), c.job.ID)
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]string{"/v6/queue/status/": "QUEUED", "/v6/job-types/pending/": "PENDING", "/v6/job-types/running/": "RUNNING",
		"/v6/job-types/system-failures/": "FAILED", "/v6/job-types/status/": "FAILED", "/v6/status/": "QUEUED"} {
		job := before
		job.Status, job.ErrorCategory = status, "SYSTEM"
		mustUpdate(t, who.Server, &job)
		_, body := who.Do(t, "GET", path, nil, nil)
		var counted struct {
			Results, JobTypes []struct{}
		}
		decode(t, []byte(strings.Replace(string(body), `"job_types"`, `"JobTypes"`, 1)), &counted)
		if found := len(counted.Results)+len(counted.JobTypes) > 0; found != sees {
			t.Errorf("%s: got %s, want to be seen: %t", path, body, sees)
		}
	}
	mustUpdate(t, who.Server, &before)
}

func checkListed(t *testing.T, who *kitchens, c closedRun, product int64, sees bool) {
	t.Helper()
	for _, list := range []struct {
		path string
		id   int64
	}{
		{"/v6/recipes/", c.recipe.ID}, {fmt.Sprintf("/v6/recipes/?recipe_id=%d", c.old.ID), c.old.ID}, {"/v6/jobs/", c.job.ID},
		{fmt.Sprintf("/v6/jobs/?recipe_id=%d", c.recipe.ID), c.job.ID}, {"/v6/files/", product}, {fmt.Sprintf("/v6/files/?job_id=%d", c.job.ID), product},
	} {
		_, body := who.Do(t, "GET", list.path, nil, nil)
		var page api.Page[api.Ref]
		decode(t, body, &page)
		found := false
		for _, ref := range page.Results {
			found = found || ref.ID == list.id
		}
		if found != sees {
			t.Errorf("%s: got %+v, want %d to be seen: %t", list.path, page.Results, list.id, sees)
		}
	}
	_, body := who.Do(t, "GET", fmt.Sprintf("/v6/jobs/%d/executions/", c.job.ID), nil, nil)
	var executions api.Page[api.Ref]
	decode(t, body, &executions)
	if (executions.Count > 0) != sees {
		t.Errorf("executions: got %d, want to be seen: %t", executions.Count, sees)
	}
	var list api.Kitchens
	who.must("GET", "/v2/kitchen/list", "{}", &list)
	names := ""
	for _, kitchen := range list.Kitchens {
		names += kitchen.Name + " "
	}
	if strings.Contains(names, "Prod ") != sees || !strings.Contains(names, "Open ") {
		t.Errorf("kitchens are %q, want Open, and Prod to be seen: %t", names, sees)
	}
}
