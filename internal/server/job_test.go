package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// waitJob waits until a job has one of the statuses.
func waitJob(t *testing.T, s *servertest.Server, id int64, status string) api.JobDetail {
	t.Helper()
	var j api.JobDetail
	servertest.Eventually(t, 30*time.Second, func() (err error) {
		if j, err = s.Client.Job(t.Context(), id); err == nil && j.Status != status {
			err = fmt.Errorf("job %d is %s, want %s: %+v", id, j.Status, status, j.Error)
		}
		return err
	})
	return j
}

func TestJobsOfTheirOwn(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{}, func(t *testing.T, s *servertest.Server) {
		p := newPipeline(t, s, "count")
		file := upload(t, s, "in.txt", "1\n")
		var job api.JobDetail
		resp := mustSend(t, s, "POST", "/v6/jobs/", fmt.Sprintf(`{"job_type_id": %d, "input": {"files": {"TEXT": [%d]}, "json": {"OTHER": 1}},
			"configuration": {"priority": 7, "settings": {"LEVEL": "9"}}}`, p.jobType.ID, file.ID), 201, &job)
		if want := fmt.Sprintf("%s/v6/jobs/%d/", s.URL, job.ID); resp.Header.Get("Location") != want {
			t.Errorf("got Location %q, want %q", resp.Header.Get("Location"), want)
		}
		if job.Recipe != nil || job.RecipeNode != nil || job.NumExes != 1 || job.Event == nil || job.Event.Description["user"] != servertest.Username ||
			strings.Contains(string(job.Input), "OTHER") || job.InputFileSize == nil || *job.InputFileSize != 1 || job.JobTypeRev.RevisionNum != 1 ||
			strings.Contains(string(job.Configuration), "very-secret") || !strings.Contains(string(job.Configuration), `"LEVEL":"9"`) {
			t.Errorf("got %+v, configuration %s", job, job.Configuration)
		}
		waitJob(t, s, job.ID, "COMPLETED")
		if got := getPage[api.File](t, s, fmt.Sprintf("/v6/files/?job_id=%d", job.ID)); got.Count != 1 || got.Results[0].Recipe != nil {
			t.Errorf("products: %+v", got)
		}
	})
}

func TestRefusalsOfJobs(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	file := upload(t, s, "in.txt", "1\n").ID
	input := fmt.Sprintf(`"input": {"files": {"TEXT": [%d]}}`, file)
	cases := []struct {
		name, body string
		status     int
		want       string // start of the body
	}{
		{"no type", `{` + input + `}`, 400, `{"detail":"Missing required parameter: \"job_type_id\""`},
		{"a type that is none", `{"job_type_id": "x"}`, 400, `{"detail":"Parameter must be a valid integer: \"job_type_id\""`},
		{"an input that is a list", `{"job_type_id": 4711, "input": []}`, 400, `{"detail":"Parameter must be a valid JSON object: \"input\""`},
		{"data that are none", `{"job_type_id": 4711, "input": {"files": 1}}`, 400, `{"detail":`},
		{"an unknown type", `{"job_type_id": 4711, "configuration": {"priority": 0}}`, 404, `{"detail":"Not found."`},
		{"a configuration that is none", `{"job_type_id": 1, "configuration": {"priority": 0}}`, 400, `{"detail":"Job configuration invalid: `},
		{"a configuration that does not fit", `{"job_type_id": 1, ` + input + `, "configuration": {"output_workspaces": {"default": "nowhere"}}}`, 400, `{"detail":"Job configuration invalid: `},
		{"no input", `{"job_type_id": 1}`, 400, `"Invalid job data: `},
		{"a file that is not there", `{"job_type_id": 1, "input": {"files": {"TEXT": [4711]}}}`, 400, `"Invalid job data: `},
	}
	check := func(name, body string, status int, want string) {
		t.Helper()
		if resp, got := send(t, s, "POST", "/v6/jobs/", body); resp.StatusCode != status || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, got, status, want)
		}
	}
	for _, c := range cases {
		check(c.name, c.body, c.status, c.want)
	}
	mustSend(t, s, "PATCH", "/v6/job-types/count/1.0.0/", `{"is_active": false}`, 200, nil)
	check("an inactive type", `{"job_type_id": 1}`, 400, `"Inactive job type: `)
	if got := getPage[api.Job](t, s, "/v6/jobs/").Count; got != 0 {
		t.Errorf("refusals made %d jobs", got)
	}
}

// failing is an executor whose jobs fail by a fault of the system that is not worth
// another try, until it is told otherwise.
type failing chan struct{}

// Run implements executor.Executor.
func (f failing) Run(ctx context.Context, t executor.Task) (executor.Result, error) {
	select {
	case <-f:
		return executor.NewSimulate().Run(ctx, t)
	default:
		return executor.Result{Error: &executor.JobError{Name: "broken", Title: "Broken", Description: "d", Category: executor.System}}, nil
	}
}

func TestRequeue(t *testing.T) {
	t.Parallel()
	repaired := make(failing)
	s := servertest.New(t, servertest.Options{CustomExecutor: repaired})
	p := newPipeline(t, s, "count")
	file := upload(t, s, "in.txt", "1\n").ID
	recipe, other := p.start(t, s, file), p.start(t, s, file)
	detail, err := s.Client.Recipe(t.Context(), recipe.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := detail.Details.Nodes["count"].NodeType.JobID
	failed := waitJob(t, s, id, "FAILED")
	if failed.Error == nil || failed.Error.Category != "SYSTEM" || failed.NumExes != 1 {
		t.Fatalf("the job is %+v", failed)
	}
	servertest.Eventually(t, 30*time.Second, func() error {
		if n := getPage[api.Job](t, s, "/v6/jobs/?status=FAILED").Count; n != 2 {
			return fmt.Errorf("%d jobs have failed, want 2", n)
		}
		return nil
	})
	failures := getPage[api.JobTypeFailures](t, s, "/v6/job-types/system-failures/")
	if failures.Count != 1 || failures.Results[0].Count != 2 || failures.Results[0].Error.Name != "broken" || failures.Results[0].JobType.Name != "count" ||
		failures.Results[0].FirstError == nil || failures.Results[0].LastError == nil || failures.Results[0].Error.Title != "Broken" {
		t.Errorf("failures: %+v", failures)
	}
	status := getPage[api.JobTypeStatus](t, s, "/v6/job-types/status/")
	if status.Count != 1 || len(status.Results[0].JobCounts) != 1 || status.Results[0].JobCounts[0].Count != 2 || status.Results[0].JobCounts[0].Status != "FAILED" ||
		*status.Results[0].JobCounts[0].Category != "SYSTEM" || status.Results[0].JobCounts[0].MostRecent == nil {
		t.Errorf("status: %+v", status)
	}
	if got := getPage[api.JobTypeStatus](t, s, "/v6/job-types/status/?started=PT0S").Count; got != 0 {
		t.Errorf("status since now: %d", got)
	}

	close(repaired)
	for _, none := range []string{`{"status": ["COMPLETED"]}`, `{"job_type_names": ["nobody"]}`, `{"error_ids": [1]}`, `{"batch_ids": [1]}`, `{"ended": "PT1H"}`,
		`{"error_categories": ["DATA"]}`, `{"is_superseded": true}`, `{"job_ids": [4711]}`} {
		if resp, body := send(t, s, "POST", "/v6/jobs/requeue/", none); resp.StatusCode != 202 || body != "" {
			t.Errorf("%s: got %d %s, want 202 and no body", none, resp.StatusCode, body)
		}
	}
	if got := waitJob(t, s, id, "FAILED"); got.NumExes != 1 {
		t.Errorf("a requeue of others ran the job: %+v", got)
	}
	if err := s.Client.RequeueJobs(t.Context(), api.JobRequeue{Priority: new(5), JobFilter: api.JobFilter{RecipeIDs: []int64{recipe.ID}, Status: []string{"FAILED"},
		JobTypes: []api.JobTypeNameVersion{{Name: "count", Version: "1.0.0"}}, ErrorCategories: []string{"SYSTEM"}, Started: "PT1H"}}); err != nil {
		t.Fatal(err)
	}
	if got := waitCompleted(t, s, recipe.ID); got.JobsFailed != 0 || got.JobsCompleted != 1 {
		t.Errorf("the recipe is %+v", got)
	}
	if got := waitJob(t, s, id, "COMPLETED"); got.NumExes != 2 || got.Error != nil || got.MaxTries != 4 {
		t.Errorf("the job is %+v", got)
	}
	if got, err := s.Client.Recipe(t.Context(), other.ID); err != nil || got.JobsFailed != 1 {
		t.Errorf("the other recipe is %+v, %v", got, err)
	}
	mustSend(t, s, "POST", "/v6/jobs/requeue/", ``, 202, nil) // no filter is every job
	waitCompleted(t, s, other.ID)

	for body, want := range map[string]string{
		`{"priority": "x"}`: `Parameter must be a valid integer: "priority"`, `{"priority": 0}`: `Parameter must be a valid integer of 1 or more: "priority"`,
		`{"status": ["SLEEPING"]}`: `Invalid value for parameter: "status"`, `{"job_types": [{"name": "no", "version": "1"}]}`: `Job Type with name: no and version: 1 does not exist`,
	} {
		if resp, answer := send(t, s, "POST", "/v6/jobs/requeue/", body); resp.StatusCode != 400 || !strings.HasPrefix(detailOf(t, []byte(answer)), want) {
			t.Errorf("%s: got %d %s, want 400 %s", body, resp.StatusCode, answer, want)
		}
	}
}

func TestDashboards(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		for _, path := range []string{"/v6/queue/status/", "/v6/job-types/status/", "/v6/job-types/pending/", "/v6/job-types/running/", "/v6/job-types/system-failures/"} {
			if got := getPage[any](t, s, path); got.Count != 0 || got.Results == nil {
				t.Errorf("%s of nothing: %+v", path, got)
			}
			if resp, body := send(t, s, "GET", path+"?page=2", ""); resp.StatusCode != 404 {
				t.Errorf("%s: page 2 of nothing: got %d %s, want 404", path, resp.StatusCode, body)
			}
		}
		a, b := newPipeline(t, s, "Alpha"), newPipeline(t, s, "beta")
		file := upload(t, s, "in.txt", "1\n").ID
		for range 2 {
			b.start(t, s, file)
		}
		mustSend(t, s, "POST", "/v6/jobs/", fmt.Sprintf(`{"job_type_id": %d, "input": {"files": {"TEXT": [%d]}}, "configuration": {"priority": 7}}`, b.jobType.ID, file), 201, nil)
		a.start(t, s, file)
		queue := getPage[api.QueueStatus](t, s, "/v6/queue/status/")
		if queue.Count != 2 || queue.Results[0].JobType.Name != "Alpha" || queue.Results[0].Count != 1 || queue.Results[0].HighestPriority != 100 ||
			queue.Results[1].Count != 3 || queue.Results[1].HighestPriority != 7 || queue.Results[1].LongestQueued == nil {
			t.Errorf("queue: %+v", queue)
		}
		if got := getPage[api.QueueStatus](t, s, "/v6/queue/status/?page_size=1"); len(got.Results) != 1 || got.Next == nil {
			t.Errorf("a page of the queue: %+v", got)
		}
		var status api.Status
		mustSend(t, s, "GET", "/v6/status/", "", 200, &status)
		if status.Scheduler.State.Name != "READY" || status.Scheduler.Hostname == "" || len(status.JobTypes) != 2 || status.JobTypes[1].Queued != 3 || status.Timestamp.IsZero() {
			t.Errorf("status: %+v", status)
		}
		for _, state := range []struct {
			status, path string
		}{{"PENDING", "/v6/job-types/pending/"}, {"RUNNING", "/v6/job-types/running/"}} {
			job, err := s.Store.Job(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			job.Status, job.Started = state.status, &job.Created
			if err := s.Store.Update(t.Context(), &job); err != nil {
				t.Fatal(err)
			}
			got := getPage[map[string]any](t, s, state.path)
			if got.Count != 1 || got.Results[0]["count"] != 1.0 || got.Results[0]["longest_"+strings.ToLower(state.status)] == nil {
				t.Errorf("%s: %+v", state.path, got)
			}
		}
	})
}

// TestALostExecutionHasFailedOnTheWire has one whose worker is gone: the wire knows no LOST (contract 7.4).
func TestALostExecutionHasFailedOnTheWire(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	p := newPipeline(t, s, "count")
	var job api.JobDetail
	mustSend(t, s, "POST", "/v6/jobs/", fmt.Sprintf(`{"job_type_id": %d, "input": {"files": {"TEXT": [%d]}}}`, p.jobType.ID, upload(t, s, "in.txt", "1\n").ID), 201, &job)
	waitJob(t, s, job.ID, "COMPLETED")
	exe, err := s.Store.JobExecution(t.Context(), job.ID, 1)
	if err == nil {
		exe.Status, exe.ErrorName, exe.ErrorTitle, exe.ErrorCategory = "LOST", "node-lost", "Node lost", executor.System
		err = s.Store.Update(t.Context(), &exe)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The server of the tests holds each answer against openapi.yaml.
	for _, query := range []string{"", "?status=FAILED"} {
		got := getPage[api.JobExecution](t, s, fmt.Sprintf("/v6/jobs/%d/executions/%s", job.ID, query))
		if got.Count != 1 || got.Results[0].Status != "FAILED" || got.Results[0].Error == nil || got.Results[0].Error.Name != "node-lost" {
			t.Errorf("executions%s: %+v", query, got)
		}
	}
	if got, err := s.Client.Job(t.Context(), job.ID); err != nil || got.Execution == nil || got.Execution.Status != "FAILED" {
		t.Errorf("the job's execution is %+v, %v", got.Execution, err)
	}
}
