package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

const (
	// A busy machine must not look like a lost worker, so leases are long except for
	// the workers that are to be lost.
	testLease  = 5 * time.Second
	shortLease = time.Second
	patience   = 60 * time.Second
)

// kitchen is a store with engines on it and what a test put into them.
type kitchen struct {
	*Engine // only for the use cases: it works nothing
	*Catalog
	store   *store.Store
	dataDir string
}

func newKitchen(t testing.TB, s *store.Store) *kitchen {
	t.Helper()
	k := &kitchen{store: s, dataDir: t.TempDir()}
	e, err := New(k.config(0))
	if err != nil {
		t.Fatal(err)
	}
	k.Engine, k.Catalog = e, e.Catalog()
	if err := k.EnsureDefaults(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func testSecretKey() []byte { return bytes.Repeat([]byte("k"), SecretKeySize) }

func (k *kitchen) config(workers int) Config {
	return Config{
		Store: k.store, Executor: executor.NewSimulate(), Workers: workers, Lease: testLease, DataDir: k.dataDir,
		SecretKey: testSecretKey(),
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// start runs an engine until the test ends.
func (k *kitchen) start(t testing.TB, cfg Config) *Engine {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	startEngine(t, e)
	return e
}

func startEngine(t testing.TB, e *Engine) {
	t.Helper()
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// jobSpec describes a job type for tests: names of its inputs and outputs.
type jobSpec struct {
	name     string
	filesIn  []string // a "?" in front: optional
	filesOut []string
	jsonIn   []string // integers
	jsonOut  []string
	command  string
	mounts   []string
	timeout  int
	settings map[string]string
	offers   []string // settings of the manifest; a "!" in front: secret
}

func (j jobSpec) manifest() json.RawMessage {
	type object = map[string]any
	files, outs, jsonIn, jsonOut, mounts, offers := []object{}, []object{}, []object{}, []object{}, []object{}, []object{}
	for _, n := range j.filesIn {
		name, optional := strings.CutPrefix(n, "?")
		files = append(files, object{"name": name, "required": !optional})
	}
	for _, n := range j.filesOut {
		outs = append(outs, object{"name": n, "pattern": n + "*.txt", "mediaType": "text/plain"})
	}
	for _, n := range j.jsonIn {
		jsonIn = append(jsonIn, object{"name": n, "type": "integer"})
	}
	for _, n := range j.jsonOut {
		jsonOut = append(jsonOut, object{"name": n, "type": "integer"})
	}
	for _, n := range j.mounts {
		mounts = append(mounts, object{"name": n, "path": "/" + n, "mode": "rw"})
	}
	for _, n := range j.offers {
		name, secret := strings.CutPrefix(n, "!")
		offers = append(offers, object{"name": name, "secret": secret})
	}
	command := j.command
	if command == "" {
		command = "true"
	}
	raw, err := json.Marshal(object{"seedVersion": "1.0.0", "job": object{
		"name": j.name, "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": j.name, "description": "For tests",
		"maintainer": object{"name": "Cook", "email": "cook@example.com"}, "timeout": max(j.timeout, 60),
		"interface": object{
			"command": command, "mounts": mounts, "settings": offers,
			"inputs":  object{"files": files, "json": jsonIn},
			"outputs": object{"files": outs, "json": jsonOut},
		},
	}})
	if err != nil {
		panic(err)
	}
	return raw
}

func (k *kitchen) jobType(t testing.TB, j jobSpec) store.JobType {
	t.Helper()
	configuration := map[string]any{"output_workspaces": map[string]any{"default": "default"}, "settings": j.settings}
	if j.settings == nil {
		delete(configuration, "settings")
	}
	mounts := map[string]any{}
	for _, m := range j.mounts {
		dir := filepath.Join(k.dataDir, m)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		mounts[m] = map[string]any{"type": "host", "host_path": dir}
	}
	configuration["mounts"] = mounts
	raw, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	jt, _, _, err := k.CreateJobType(t.Context(), JobTypeSpec{Manifest: j.manifest(), Configuration: raw, DockerImage: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return jt
}

// simulated is the settings of a job type that takes d and gives the JSON outputs.
func simulated(d time.Duration, outputs ...string) map[string]string {
	s := map[string]string{}
	if d > 0 {
		s[executor.SimulateDuration] = d.String()
	}
	for i := 0; i+1 < len(outputs); i += 2 {
		s[executor.SimulateOutput+outputs[i]] = outputs[i+1]
	}
	return s
}

func (k *kitchen) recipeType(t testing.TB, title, definition string) store.RecipeType {
	t.Helper()
	rt, _, err := k.CreateRecipeType(t.Context(), RecipeTypeSpec{Title: title, Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func (k *kitchen) file(t testing.TB, path, content string) store.File {
	t.Helper()
	f, err := k.UploadFile(t.Context(), FileSpec{Workspace: "default", Path: path, Body: strings.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (k *kitchen) recipe(t testing.TB, rt store.RecipeType, input string) store.Recipe {
	t.Helper()
	r, err := k.CreateRecipe(t.Context(), RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(input)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// await polls until check is content; it says what it waits for otherwise.
func await(t testing.TB, check func() bool, state func() string) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		if check() {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("gave up after %s: %s", patience, state())
		case <-tick.C:
		}
	}
}

func (k *kitchen) awaitRecipe(t testing.TB, id int64, done func(store.Recipe) bool) store.Recipe {
	t.Helper()
	var r store.Recipe
	await(t, func() bool {
		var err error
		if r, err = k.store.Recipe(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return done(r)
	}, func() string { return fmt.Sprintf("recipe %d is %+v: %v", id, r.Counts, k.statuses(t, id)) })
	return r
}

func (k *kitchen) awaitCompleted(t testing.TB, id int64) store.Recipe {
	t.Helper()
	return k.awaitRecipe(t, id, func(r store.Recipe) bool { return r.IsCompleted })
}

func (k *kitchen) awaitJob(t testing.TB, id int64, status string) store.Job {
	t.Helper()
	var j store.Job
	await(t, func() bool {
		var err error
		if j, err = k.store.Job(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return j.Status == status
	}, func() string {
		return fmt.Sprintf("job %d is %s (%s %s), expected %s", id, j.Status, j.ErrorName, j.ErrorDescription, status)
	})
	return j
}

// node is the row of a recipe's node.
func (k *kitchen) node(t testing.TB, recipeID int64, name string) store.NodeRow {
	t.Helper()
	rows, err := k.store.RecipeNodesFull(t.Context(), recipeID)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.NodeName == name {
			return row
		}
	}
	t.Fatalf("recipe %d has no node %s", recipeID, name)
	return store.NodeRow{}
}

// statuses is the state of every node of a recipe, in a word.
func (k *kitchen) statuses(t testing.TB, recipeID int64) map[string]string {
	t.Helper()
	rows, err := k.store.RecipeNodesFull(t.Context(), recipeID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows {
		switch {
		case row.Job != nil:
			out[row.NodeName] = row.Job.Status
		case row.SubRecipe != nil:
			out[row.NodeName] = map[bool]string{true: "completed", false: "incomplete"}[row.SubRecipe.IsCompleted]
		case row.Condition.IsProcessed:
			out[row.NodeName] = map[bool]string{true: "accepted", false: "rejected"}[row.Condition.IsAccepted]
		default:
			out[row.NodeName] = "undecided"
		}
	}
	return out
}

// executions are the statuses of a job's executions, first to last.
func (k *kitchen) executions(t testing.TB, jobID int64) []string {
	t.Helper()
	rows, _, err := k.store.JobExecutions(t.Context(), jobID, nil, store.Paging{Page: 1, PageSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for _, row := range rows {
		out[row.ExeNum-1] = row.Status
	}
	return out
}

// printed is what an execution wrote.
func (k *kitchen) printed(t testing.TB, jobID int64, exeNum int) string {
	t.Helper()
	exe, err := k.store.JobExecution(t.Context(), jobID, exeNum)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := k.store.Log(t.Context(), exe.ID, -1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range chunks {
		b.Write(c.Text)
	}
	return b.String()
}

func eachKitchen(t *testing.T, f func(t *testing.T, k *kitchen)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, newKitchen(t, s)) })
}

// Parts of definitions.

func jobNode(jobType string, dependencies, input map[string]string) string {
	return node0(fmt.Sprintf(`{"node_type":"job","job_type_name":%q,"job_type_version":"1.0.0","job_type_revision":1}`, jobType), dependencies, input)
}

func subNode(recipeType string, dependencies, input map[string]string) string {
	return node0(fmt.Sprintf(`{"node_type":"recipe","recipe_type_name":%q,"recipe_type_revision":1}`, recipeType), dependencies, input)
}

// node0 writes a node. Dependencies are "true" or "false"; input is "recipe:<input>"
// or "<node>:<output>".
func node0(nodeType string, dependencies, input map[string]string) string {
	var ds, is []string
	for _, name := range sortedKeys(dependencies) {
		ds = append(ds, fmt.Sprintf(`{"name":%q,"acceptance":%s}`, name, dependencies[name]))
	}
	for _, name := range sortedKeys(input) {
		source, output, _ := strings.Cut(input[name], ":")
		if source == "recipe" {
			is = append(is, fmt.Sprintf(`%q:{"type":"recipe","input":%q}`, name, output))
		} else {
			is = append(is, fmt.Sprintf(`%q:{"type":"dependency","node":%q,"output":%q}`, name, source, output))
		}
	}
	return fmt.Sprintf(`{"dependencies":[%s],"input":{%s},"node_type":%s}`, strings.Join(ds, ","), strings.Join(is, ","), nodeType)
}

func definition(input string, nodes map[string]string) string {
	var ns []string
	for _, name := range sortedKeys(nodes) {
		ns = append(ns, fmt.Sprintf("%q:%s", name, nodes[name]))
	}
	return fmt.Sprintf(`{"version":"7","input":%s,"nodes":{%s}}`, input, strings.Join(ns, ","))
}
