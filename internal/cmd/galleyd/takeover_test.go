package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// sleeper is a recipe of one job that says who it is, waits for its input to be GO
// and then puts out one line. Its input is read again and again, so that a test lets
// it go by writing to the workspace.
const sleeperCommand = `me=$RANDOM$RANDOM$RANDOM; echo "begin $me"; while ! grep -q GO "$TEXT"; do sleep 0.05; done; echo "end $me"; echo done > "$OUTPUT_DIR/out.txt"`

type sleeper struct {
	recipe int64
	gate   string // path of the input on disk; GO in it lets the job end
}

// startSleeper makes the types, queues the recipe and waits until its job has begun.
func startSleeper(t *testing.T, c *client.Client) sleeper {
	t.Helper()
	rt, file, gate := sleeperType(t, c)
	recipe, err := c.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: rt.ID,
		Input: json.RawMessage(fmt.Sprintf(`{"files": {"TEXT": [%d]}}`, file))})
	if err != nil {
		t.Fatal(err)
	}
	s := sleeper{recipe: recipe.ID, gate: gate}
	s.waitBegun(t, c, 1)
	return s
}

// sleeperType is the recipe type, the id of the file that its input TEXT takes, and the
// file's path on disk.
func sleeperType(t *testing.T, c *client.Client) (rt api.RecipeTypeDetail, file int64, gate string) {
	t.Helper()
	rt = processType(t, c, "sleeper", sleeperCommand, `{"inputs": {"files": [{"name": "TEXT"}]}, "outputs": {"files": [{"name": "OUT", "pattern": "out.txt"}]}}`,
		`{"files": [{"name": "TEXT"}]}`, `{"TEXT": {"type": "recipe", "input": "TEXT"}}`)
	uploaded, err := c.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "gate.txt"}, strings.NewReader("WAIT\n"))
	if err != nil {
		t.Fatal(err)
	}
	workspaces, err := c.Workspaces(t.Context(), client.WorkspaceQuery{})
	if err != nil {
		t.Fatal(err)
	}
	ws, err := c.Workspace(t.Context(), workspaces[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return rt, uploaded.ID, filepath.Join(ws.Configuration.Broker.HostPath, "gate.txt")
}

// processType makes a job type that runs a command and a recipe type with one node of
// it, named like the job type but for a capital at the front. The interface, the recipe
// type's input and the node's are JSON.
func processType(t *testing.T, c *client.Client, name, command, jobInterface, input, nodeInput string) api.RecipeTypeDetail {
	t.Helper()
	members := map[string]any{}
	if err := json.Unmarshal([]byte(jobInterface), &members); err != nil {
		t.Fatal(err)
	}
	members["command"] = command
	raw, err := json.Marshal(map[string]any{"seedVersion": "1.0.0", "job": map[string]any{
		"name": name, "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": name, "description": "A job",
		"maintainer": map[string]any{"name": "Kitchen", "email": "kitchen@example.com"}, "timeout": 300, "interface": members,
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: name + ":1.0.0", Manifest: raw,
		Configuration: json.RawMessage(`{"output_workspaces": {"default": "default"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := c.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: strings.ToUpper(name[:1]) + name[1:], Definition: json.RawMessage(
		`{"input": ` + input + `, "nodes": {"sleep": {"dependencies": [], "input": ` + nodeInput + `,
		"node_type": {"node_type": "job", "job_type_name": "` + name + `", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// open lets the job end.
func (s sleeper) open(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(s.gate, []byte("GO\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// job is the recipe's only job.
func (s sleeper) job(ctx context.Context, c *client.Client) (api.JobDetail, error) {
	r, err := c.Recipe(ctx, s.recipe)
	if err != nil {
		return api.JobDetail{}, err
	}
	node, ok := r.Details.Nodes["sleep"]
	if !ok || node.NodeType.JobNode == nil {
		return api.JobDetail{}, fmt.Errorf("the job does not exist yet")
	}
	return c.Job(ctx, node.NodeType.JobID)
}

// waitBegun waits until execution exeNum has written its first line.
func (s sleeper) waitBegun(t *testing.T, c *client.Client, exeNum int) api.JobExecution {
	t.Helper()
	var exe api.JobExecution
	servertest.Eventually(t, 60*time.Second, func() error {
		job, err := s.job(t.Context(), c)
		if err != nil {
			return err
		}
		if job.Execution == nil || job.Execution.ExeNum != exeNum {
			return fmt.Errorf("execution %d has not begun: job is %s, execution %+v", exeNum, job.Status, job.Execution)
		}
		exe = *job.Execution
		log, err := c.JobLog(t.Context(), exe.ID, client.LogStdout)
		if err != nil {
			return err
		}
		if !strings.Contains(log, "begin ") {
			return fmt.Errorf("execution %d (%s) has written nothing", exeNum, exe.Status)
		}
		return nil
	})
	return exe
}

// waitCompleted waits for the end of the recipe, checks its one product, and returns
// the job with its executions, newest first.
func (s sleeper) waitCompleted(t *testing.T, c *client.Client) (api.JobDetail, []api.JobExecution) {
	t.Helper()
	servertest.Eventually(t, 60*time.Second, func() error {
		r, err := c.Recipe(t.Context(), s.recipe)
		if err == nil && !r.IsCompleted {
			err = fmt.Errorf("the recipe is not completed: %+v", r.RecipeCounts)
		}
		return err
	})
	job, err := s.job(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	products, err := c.Files(t.Context(), client.FileQuery{RecipeIDs: []int64{s.recipe}})
	if err != nil || len(products) != 1 {
		t.Fatalf("got products %+v, %v, want exactly one", products, err)
	}
	body, err := c.FileContent(t.Context(), products[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if content, err := io.ReadAll(body); err != nil || string(content) != "done\n" {
		t.Errorf("got the product %q, %v", content, err)
	}
	executions, err := c.JobExecutions(t.Context(), job.ID)
	if err != nil {
		t.Fatal(err)
	}
	return job, executions
}

// assertLogsApart checks that the old execution's log has a begin and no end, the new
// one's both, and that they tell of different processes.
func assertLogsApart(t *testing.T, c *client.Client, older, newer api.JobExecution) {
	t.Helper()
	oldLog, err := c.JobLog(t.Context(), older.ID, client.LogStdout)
	if err != nil {
		t.Fatal(err)
	}
	newLog, err := c.JobLog(t.Context(), newer.ID, client.LogStdout)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(oldLog, "begin ") != 1 || strings.Contains(oldLog, "end ") {
		t.Errorf("the log of execution %d is %q, want one begin and no end", older.ExeNum, oldLog)
	}
	if strings.Count(newLog, "begin ") != 1 || strings.Count(newLog, "end ") != 1 || strings.Contains(newLog, strings.TrimSpace(oldLog)) {
		t.Errorf("the log of execution %d is %q, want its own begin and end; the other one's is %q", newer.ExeNum, newLog, oldLog)
	}
}

// databases runs f with the flags of SQLite and of PostgreSQL, where there is one.
func databases(t *testing.T, f func(t *testing.T, flags []string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, []string{"--data-dir=" + t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, []string{"--data-dir=" + t.TempDir(), "--database=" + storetest.Postgres(t)})
	})
}

const lease = 3 * time.Second

// A worker is killed (SIGKILL) in the middle of a job; another process takes the job
// over once the lease has run out, and the recipe completes.
func TestKilledWorkerIsTakenOver(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		api := servertest.Galleyd(t, append([]string{"serve", "--listen=127.0.0.1:0", "--workers=0", "--lease=" + lease.String()}, flags...)...)
		work := append([]string{"work", "--workers=2", "--executor=process", "--lease=" + lease.String()}, flags...)
		first := servertest.Galleyd(t, work...)
		s := startSleeper(t, api.Client)
		servertest.Galleyd(t, work...)

		first.Kill()
		second := s.waitBegun(t, api.Client, 2)
		s.open(t)
		job, executions := s.waitCompleted(t, api.Client)
		if len(executions) != 2 || executions[0].Status != "COMPLETED" || executions[1].Status == "COMPLETED" || executions[1].Status == "RUNNING" {
			t.Fatalf("got executions %+v, want a lost one and a completed one", executions)
		}
		if executions[0].ClusterID == executions[1].ClusterID || job.Status != "COMPLETED" || executions[0].ID != second.ID {
			t.Errorf("got job %s with executions %+v, want two workers", job.Status, executions)
		}
		assertLogsApart(t, api.Client, executions[1], executions[0])
	})
}

// The only process is killed together with its API: the next start finishes the recipe.
func TestKilledServerGoesOn(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--executor=process", "--lease=" + lease.String()}, flags...)
		first := servertest.Galleyd(t, args...)
		s := startSleeper(t, first.Client)
		first.Kill()
		s.open(t)
		second := servertest.Galleyd(t, args...)
		if _, executions := s.waitCompleted(t, second.Client); len(executions) != 2 {
			t.Errorf("got executions %+v, want two", executions)
		} else {
			assertLogsApart(t, second.Client, executions[1], executions[0])
		}
	})
}

// SIGTERM waits for a running job, which ends well.
func TestStopWaitsForRunningJobs(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--executor=process", "--drain=60s"}, flags...)
		first := servertest.Galleyd(t, args...)
		s := startSleeper(t, first.Client)
		first.Signal(t, syscall.SIGTERM)
		servertest.Eventually(t, 10*time.Second, func() error {
			if status := readiness(t.Context(), first.URL); status != 503 {
				return fmt.Errorf("readyz says %d, want 503", status)
			}
			return nil
		})
		s.open(t)
		if code := first.Wait(t, 60*time.Second); code != 0 {
			t.Errorf("got exit code %d, want 0", code)
		}
		second := servertest.Galleyd(t, args...)
		if _, executions := s.waitCompleted(t, second.Client); len(executions) != 1 {
			t.Errorf("got executions %+v, want only the first", executions)
		}
	})
}

// A job that does not end in time is handed back, not lost: it does not have to wait for the lease.
func TestStopHandsBackLongJobs(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, flags []string) {
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--executor=process", "--drain=1s", "--lease=10m"}, flags...)
		first := servertest.Galleyd(t, args...)
		s := startSleeper(t, first.Client)
		first.Signal(t, syscall.SIGTERM)
		if code := first.Wait(t, 60*time.Second); code != 0 {
			t.Errorf("got exit code %d, want 0", code)
		}
		second := servertest.Galleyd(t, args...)
		s.waitBegun(t, second.Client, 2)
		s.open(t)
		if _, executions := s.waitCompleted(t, second.Client); len(executions) != 2 {
			t.Errorf("got executions %+v, want two", executions)
		} else {
			assertLogsApart(t, second.Client, executions[1], executions[0])
		}
	})
}
