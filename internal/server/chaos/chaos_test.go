//go:build unix

package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// longVariable makes the runs long: make chaos. seedVariable repeats the faults of a run.
const (
	longVariable = "GALLEY_TEST_CHAOS"
	seedVariable = "GALLEY_TEST_CHAOS_SEED"
)

// size is how much a run does.
type size struct {
	recipes int
	faults  int
	ticks   int // of an order, one each second
	files   int // that arrive in a workspace that is watched
	members int // of a data set, of which a batch makes recipes
}

func theSize() size {
	if os.Getenv(longVariable) != "" {
		return size{recipes: 1000, faults: 60, ticks: 120, files: 300, members: 300}
	}
	return size{recipes: 30, faults: 4, ticks: 5, files: 15, members: 15}
}

const jobsOfRecipe = 4

// TestChaos has servers killed, frozen, stopped and cut off from their database while they work: one on SQLite, two on
// PostgreSQL. Each recipe that was taken is there once and completes, each job ends well once, no tick of an order is
// silently gone, each file that arrives is taken in once, a batch makes each of its recipes once, and nothing is left behind.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	executors := []string{"process"}
	if os.Getenv(longVariable) != "" {
		executors = append(executors, "simulate")
	}
	for _, executor := range executors {
		storetest.EachDSN(t, func(t *testing.T, dsn string) {
			t.Run(executor, func(t *testing.T) { run(t, dsn, executor, theSize()) })
		})
	}
}

func run(t *testing.T, dsn, executor string, want size) {
	db := openDatabase(t, dsn)
	servers := 1
	if db.dialect == store.Postgres {
		servers = 2
	}
	marker := fmt.Sprintf("chaos-%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
	f := newFleet(t, dsn, executor, servers)
	prepare(t, f.members[0].process.Client, marker)
	recipeType := db.count(t, "SELECT id FROM recipe_types WHERE name = 'outer'")
	order, start := mustOrder(t, f.members[0].process.Client, want.ticks)
	mustWatch(t, f)
	mustBatch(t, f, db, marker, want.members)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var senders sync.WaitGroup
	failed := make(chan error, 5)
	for sender := range 4 {
		senders.Go(func() {
			for i := sender; i < want.recipes; i += 4 {
				if err := f.post(ctx, "/v6/recipes/", fmt.Sprintf("%s-%d", marker, i), fmt.Sprintf(`{"recipe_type_id": %d, "input": {}}`, recipeType)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	senders.Go(func() {
		if err := arrive(ctx, filepath.Join(f.shared, "inbox"), want.files); err != nil {
			failed <- err
		}
	})
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv(seedVariable), 10, 64); err == nil {
		seed = given
	}
	t.Logf("the faults of this run come again with %s=%d", seedVariable, seed)
	random, all := rand.New(rand.NewPCG(seed, seed)), faults(db)
	for i := range want.faults {
		time.Sleep(time.Duration(200+random.IntN(1500)) * time.Millisecond)
		next := all[i%len(all)] // each kind in a short run, too
		if i >= len(all) {
			next = all[random.IntN(len(all))]
		}
		m := f.members[random.IntN(len(f.members))]
		t.Logf("%s: %s", m.address, next.name)
		next.do(t, f, m)
	}
	last := time.Now()
	senders.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	ticksEnd := start.Add(time.Duration(want.ticks) * time.Second)
	servertest.Eventually(t, 5*time.Minute, func() error {
		open := db.count(t, "SELECT count(*) FROM recipes WHERE NOT is_completed")
		arrived := db.count(t, "SELECT count(*) FROM ingests WHERE status = 'INGESTED'")
		making := db.count(t, "SELECT count(*) FROM batches WHERE NOT is_creation_done")
		if open > 0 || making > 0 || arrived < want.files || time.Now().Before(ticksEnd) {
			return fmt.Errorf("%d recipes are not complete, %d of %d files have arrived, %d batches are being made", open, arrived, want.files, making)
		}
		return nil
	})
	t.Logf("quiet %s after the last fault", time.Since(last).Round(100*time.Millisecond))

	runs := db.count(t, "SELECT count(*) FROM order_runs")
	small := want.files + want.members // recipes of one job
	for what, c := range map[string]struct {
		query string
		want  int
	}{
		"recipes":                              {"SELECT count(*) FROM recipes WHERE parent_id IS NULL", want.recipes + runs + small},
		"recipes of the batch":                 {"SELECT count(*) FROM recipes WHERE batch_id IS NOT NULL", want.members},
		"recipes of files that arrived":        {"SELECT count(DISTINCT rif.file_id) FROM recipes AS r JOIN recipe_input_files AS rif ON rif.recipe_id = r.id WHERE r.ingest_event_id IS NOT NULL", want.files},
		"ingests":                              {"SELECT count(*) FROM ingests", want.files},
		"jobs":                                 {"SELECT count(*) FROM jobs WHERE recipe_id IS NOT NULL", (want.recipes+runs)*jobsOfRecipe + small},
		"jobs that did not end well":           {"SELECT count(*) FROM jobs WHERE recipe_id IS NOT NULL AND status <> 'COMPLETED'", 0},
		"jobs that did not end well just once": {"SELECT count(*) FROM jobs WHERE recipe_id IS NOT NULL AND (SELECT count(*) FROM job_executions AS e WHERE e.job_id = jobs.id AND e.status = 'COMPLETED') <> 1", 0},
		"executions that have not ended":       {"SELECT count(*) FROM job_executions AS e JOIN jobs AS j ON j.id = e.job_id WHERE j.recipe_id IS NOT NULL AND e.status IN ('QUEUED', 'RUNNING')", 0},
		"products":                             {"SELECT count(*) FROM files WHERE file_type = 'PRODUCT' AND NOT is_deleted", want.recipes + runs},
		"outputs with several products":        {"SELECT count(*) FROM (SELECT job_id, job_output FROM files WHERE job_id IS NOT NULL AND NOT is_deleted GROUP BY job_id, job_output HAVING count(*) > 1) AS x", 0},
	} {
		if got := db.count(t, c.query); got != c.want {
			t.Errorf("%s: %d, want %d", what, got, c.want)
		}
	}
	mustKnowEachTick(t, f, order, start, want.ticks)

	if left := processesWith(t, marker); len(left) > 0 {
		t.Errorf("processes of jobs are left: %v", left)
	}
	for _, m := range f.members {
		m.process.Kill()
	}
	mustLeaveNothing(t, f, db)
}

// prepare makes a recipe type of two jobs, a condition, a sub-recipe of one job, and a job after all of them.
func prepare(t *testing.T, c *client.Client, marker string) {
	t.Helper()
	job := func(name, interfaceJSON string) {
		manifest := fmt.Sprintf(`{"seedVersion": "1.0.0", "job": {"name": %q, "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": %q, "description": "d",
			"maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60, "interface": %s}}`, name, name, interfaceJSON)
		if _, err := c.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: "none", Manifest: json.RawMessage(manifest),
			Configuration: json.RawMessage(`{"output_workspaces": {"default": "default"}}`)}); err != nil {
			t.Fatal(err)
		}
	}
	job("make", fmt.Sprintf(`{"command": %q, "outputs": {"files": [{"name": "o", "pattern": "o*.txt", "mediaType": "text/plain"}]}}`,
		`sh -c 'sleep 0.1; echo made > "$OUTPUT_DIR/o.txt"' `+marker))
	job("use", `{"command": "cat \"$IN\"", "inputs": {"files": [{"name": "in"}]}}`)
	job("last", `{"command": "true"}`)
	node := func(job, dependencies, input string) string {
		return fmt.Sprintf(`{"dependencies": [%s], "input": {%s}, "node_type": {"node_type": "job", "job_type_name": %q, "job_type_version": "1.0.0", "job_type_revision": 1}}`, dependencies, input, job)
	}
	made := `"in": {"type": "dependency", "node": "make", "output": "o"}`
	mustType(t, c, "inner", `{"input": {"files": [{"name": "in"}], "json": []}, "nodes": {"use": `+node("use", "", `"in": {"type": "recipe", "input": "in"}`)+`}}`)
	mustType(t, c, "outer", `{"input": {"files": [], "json": []}, "nodes": {"make": `+node("make", "", "")+`,
		"is-text": {"dependencies": [{"name": "make"}], "input": {`+made+`}, "node_type": {"node_type": "condition", "interface": {"version": "7", "files": [{"name": "in", "media_types": [], "required": true, "multiple": false}], "json": []},
			"data_filter": {"version": "7", "all": true, "filters": [{"name": "in", "type": "media-type", "condition": "==", "values": ["text/plain"]}]}}},
		"use": `+node("use", `{"name": "make"}, {"name": "is-text", "acceptance": true}`, made)+`,
		"inside": {"dependencies": [{"name": "make"}], "input": {`+made+`}, "node_type": {"node_type": "recipe", "recipe_type_name": "inner", "recipe_type_revision": 1}},
		"last": `+node("last", `{"name": "use"}, {"name": "inside"}`, "")+`}}`)
}

func mustType(t *testing.T, c *client.Client, title, definition string) {
	t.Helper()
	if _, err := c.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: title, Definition: json.RawMessage(definition)}); err != nil {
		t.Fatal(err)
	}
}

// mustOrder orders a run for each of the next seconds, whose first is returned.
func mustOrder(t *testing.T, c *client.Client, ticks int) (order string, start time.Time) {
	t.Helper()
	start = time.Now().UTC().Truncate(time.Second).Add(2 * time.Second)
	if _, err := c.CreateKitchen(t.Context(), "", "night", api.KitchenCreate{Description: "d"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateKitchenRecipe(t.Context(), "night", "outer", map[string]string{
		"description.json": `{"description": "d", "recipe-type": "outer"}`, "variations.json": `{"variation-list": {"v": {"description": "d"}}}`,
	}); err != nil {
		t.Fatal(err)
	}
	order, err := c.CreateOrder(t.Context(), "night", "outer", "v", api.OrderCreate{
		Schedule: fmt.Sprintf("R%d/%s/PT1S", ticks, start.Format(time.RFC3339)), CatchUp: "all", Overlap: "allow"})
	if err != nil {
		t.Fatal(err)
	}
	return order, start
}

// mustWatch has a workspace watched, and a recipe run over each file that arrives there.
func mustWatch(t *testing.T, f *fleet) {
	t.Helper()
	c := f.members[0].process.Client
	if _, err := c.CreateWorkspace(t.Context(), api.WorkspaceCreate{Title: "inbox", Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "inbox"}}}); err != nil {
		t.Fatal(err)
	}
	if err := f.post(t.Context(), "/v6/strikes/", t.Name()+"-strike", `{"title": "watch", "configuration": {"workspace": "inbox", "monitor": {"type": "dir-watcher", "transfer_suffix": "_tmp"},
		"files_to_ingest": [{"filename_regex": ".*txt"}], "recipe": {"name": "inner"}}}`); err != nil {
		t.Fatal(err)
	}
}

// arrive has files arrive in a folder, some of them at once.
func arrive(ctx context.Context, folder string, n int) error {
	for i := range n {
		at := filepath.Join(folder, fmt.Sprintf("f%d.txt", i))
		if err := os.WriteFile(at+"_tmp", []byte(at), 0o600); err != nil {
			return err
		}
		if err := os.Rename(at+"_tmp", at); err != nil {
			return err
		}
		if i%5 > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

// mustBatch has a recipe made of each member of a data set.
func mustBatch(t *testing.T, f *fleet, db *database, marker string, members int) {
	t.Helper()
	var list []string
	for i := range members {
		file, err := f.members[0].process.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: fmt.Sprintf("seed/%d.txt", i)}, strings.NewReader("seed\n"))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf(`{"files": {"in": [%d]}, "json": {}}`, file.ID))
	}
	if err := f.post(t.Context(), "/v6/datasets/", marker+"-set", `{"title": "set", "data": [`+strings.Join(list, ", ")+`],
		"definition": {"parameters": {"files": [{"name": "in", "media_types": [], "required": true, "multiple": false}], "json": []}}}`); err != nil {
		t.Fatal(err)
	}
	set := db.count(t, "SELECT id FROM datasets")
	inner := db.count(t, "SELECT id FROM recipe_types WHERE name = 'inner'")
	if err := f.post(t.Context(), "/v6/batches/", marker+"-batch", fmt.Sprintf(`{"title": "batch", "recipe_type_id": %d, "definition": {"dataset": %d, "supersedes": false}}`, inner, set)); err != nil {
		t.Fatal(err)
	}
}

// mustKnowEachTick finds a run or a reason why there is none for each second that an order was due.
func mustKnowEachTick(t *testing.T, f *fleet, order string, start time.Time, ticks int) {
	t.Helper()
	c := f.members[0].process.Client
	runs, err := c.OrderRuns(t.Context(), "night", order, 0)
	if err != nil {
		t.Fatal(err)
	}
	skipped, err := c.SkippedRuns(t.Context(), "night", order, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range skipped {
		t.Logf("the run of %s was skipped: %s", time.UnixMilli(s.ScheduledFor).UTC(), s.Reason)
	}
	if got := len(runs) + len(skipped); got != ticks {
		t.Errorf("of %d ticks from %s on %d are known: %d runs, %d skipped", ticks, start, got, len(runs), len(skipped))
	}
}

// mustLeaveNothing lets a server sweep what looks old, and counts what is left then.
func mustLeaveNothing(t *testing.T, f *fleet, db *database) {
	t.Helper()
	age(t, f.shared)
	for _, m := range f.members {
		age(t, m.dataDir)
		f.start(t, m)
	}
	servertest.Eventually(t, time.Minute, func() error {
		var work []string
		for _, m := range f.members {
			found, err := filepath.Glob(filepath.Join(m.dataDir, "work", "*"))
			if err != nil {
				return err
			}
			work = append(work, found...)
		}
		contents, err := filepath.Glob(filepath.Join(f.shared, "*", ".galley-contents", "*", "*"))
		if err != nil {
			return err
		}
		if rows := db.count(t, "SELECT count(*) FROM files WHERE content <> ''"); len(work) > 0 || len(contents) != rows {
			return fmt.Errorf("work folders are left: %v; and %d contents of %d files", work, len(contents), rows)
		}
		return nil
	})
}
