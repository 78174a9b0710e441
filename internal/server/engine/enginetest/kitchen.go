package enginetest

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

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

const (
	// A busy machine must not look like a lost worker, so leases are long except for
	// the workers that are to be lost.
	testLease  = 5 * time.Second
	ShortLease = time.Second
	Patience   = 60 * time.Second
)

// Kitchen is a store with engines on it and what a test put into them.
type Kitchen struct {
	*engine.Engine // only for the use cases: it works nothing
	*catalog.Catalog
	Store   *store.Store
	DataDir string
	Shared  string // a folder that jobs may mount, read-write
}

// New makes a kitchen on an empty store.
func New(t testing.TB, s *store.Store) *Kitchen {
	t.Helper()
	k := &Kitchen{Store: s, DataDir: t.TempDir(), Shared: t.TempDir()}
	e, err := engine.New(k.Config(0))
	if err != nil {
		t.Fatal(err)
	}
	k.Engine, k.Catalog = e, e.Catalog()
	if err := k.EnsureDefaults(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

// Sealer is that of all engines here.
func Sealer() *seal.Sealer {
	s, err := seal.New(bytes.Repeat([]byte("k"), seal.KeySize))
	if err != nil {
		panic(err) // the key has the right length
	}
	return s
}

// Folders lets jobs mount what is in shared.
func Folders(shared string) workspace.HostFolders {
	return workspace.HostFolders{Mounts: []workspace.HostMount{{Name: "shared", Path: shared, Writable: true}}}
}

// Config is that of an engine with the executor simulate.
func (k *Kitchen) Config(workers int) engine.Config {
	return engine.Config{
		Store: k.Store, Executor: executor.NewSimulate(), Workers: workers, Lease: testLease, DataDir: k.DataDir,
		Sealer: Sealer(), Folders: Folders(k.Shared),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// Run runs an engine until the test ends.
func (k *Kitchen) Run(t testing.TB, cfg engine.Config) *engine.Engine {
	t.Helper()
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	Start(t, e)
	return e
}

// Start runs an engine until the test ends.
func Start(t testing.TB, e *engine.Engine) {
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

// Manifest is the manifest of the job type.
func (j JobSpec) Manifest() json.RawMessage {
	type object = map[string]any
	files, outs, jsonIn, jsonOut, mounts, offers := []object{}, []object{}, []object{}, []object{}, []object{}, []object{}
	for _, n := range j.FilesIn {
		name, optional := strings.CutPrefix(n, "?")
		files = append(files, object{"name": name, "required": !optional})
	}
	for _, n := range j.FilesOut {
		outs = append(outs, object{"name": n, "pattern": n + "*.txt", "mediaType": "text/plain"})
	}
	for _, n := range j.JSONIn {
		jsonIn = append(jsonIn, object{"name": n, "type": "integer"})
	}
	for _, n := range j.JSONOut {
		jsonOut = append(jsonOut, object{"name": n, "type": "integer"})
	}
	for _, n := range j.Mounts {
		mounts = append(mounts, object{"name": n, "path": "/" + n, "mode": "rw"})
	}
	for _, n := range j.Offers {
		name, secret := strings.CutPrefix(n, "!")
		offers = append(offers, object{"name": name, "secret": secret})
	}
	command := j.Command
	if command == "" {
		command = "true"
	}
	raw, err := json.Marshal(object{"seedVersion": "1.0.0", "job": object{
		"name": j.Name, "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": j.Name, "description": "For tests",
		"maintainer": object{"name": "Cook", "email": "cook@example.com"}, "timeout": max(j.Timeout, 60),
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

// JobType creates a job type.
func (k *Kitchen) JobType(t testing.TB, j JobSpec) store.JobType {
	t.Helper()
	configuration := map[string]any{"output_workspaces": map[string]any{"default": "default"}, "settings": j.Settings}
	if j.Settings == nil {
		delete(configuration, "settings")
	}
	mounts := map[string]any{}
	for _, m := range j.Mounts {
		dir := filepath.Join(k.Shared, m)
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
	jt, _, _, err := k.CreateJobType(t.Context(), catalog.JobTypeSpec{Manifest: j.Manifest(), Configuration: raw, DockerImage: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return jt
}

// RecipeType creates a recipe type.
func (k *Kitchen) RecipeType(t testing.TB, title, definition string) store.RecipeType {
	t.Helper()
	rt, _, err := k.CreateRecipeType(t.Context(), catalog.RecipeTypeSpec{Title: title, Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// File uploads a file to the workspace default.
func (k *Kitchen) File(t testing.TB, path, content string) store.File {
	t.Helper()
	f, err := k.UploadFile(t.Context(), catalog.FileSpec{Workspace: "default", Path: path, Body: strings.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Recipe queues a recipe.
func (k *Kitchen) Recipe(t testing.TB, rt store.RecipeType, input string) store.Recipe {
	t.Helper()
	r, err := k.CreateRecipe(t.Context(), engine.RecipeSpec{RecipeTypeID: rt.ID, Input: json.RawMessage(input)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// AwaitRecipe waits until done is content with a recipe.
func (k *Kitchen) AwaitRecipe(t testing.TB, id int64, done func(store.Recipe) bool) store.Recipe {
	t.Helper()
	var r store.Recipe
	Await(t, func() bool {
		var err error
		if r, err = k.Store.Recipe(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return done(r)
	}, func() string { return fmt.Sprintf("recipe %d is %+v: %v", id, r.Counts, k.Statuses(t, id)) })
	return r
}

// AwaitCompleted waits until a recipe is completed.
func (k *Kitchen) AwaitCompleted(t testing.TB, id int64) store.Recipe {
	t.Helper()
	return k.AwaitRecipe(t, id, func(r store.Recipe) bool { return r.IsCompleted })
}

// AwaitJob waits until a job has a status.
func (k *Kitchen) AwaitJob(t testing.TB, id int64, status string) store.Job {
	t.Helper()
	var j store.Job
	Await(t, func() bool {
		var err error
		if j, err = k.Store.Job(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return j.Status == status
	}, func() string {
		return fmt.Sprintf("job %d is %s (%s %s), expected %s", id, j.Status, j.ErrorName, j.ErrorDescription, status)
	})
	return j
}

// Node is the row of a recipe's node.
func (k *Kitchen) Node(t testing.TB, recipeID int64, name string) store.NodeRow {
	t.Helper()
	rows, err := k.Store.RecipeNodesFull(t.Context(), recipeID)
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

// Statuses is the state of every node of a recipe, in a word.
func (k *Kitchen) Statuses(t testing.TB, recipeID int64) map[string]string {
	t.Helper()
	rows, err := k.Store.RecipeNodesFull(t.Context(), recipeID)
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

// Executions are the statuses of a job's executions, first to last.
func (k *Kitchen) Executions(t testing.TB, jobID int64) []string {
	t.Helper()
	rows, _, err := k.Store.JobExecutions(t.Context(), jobID, nil, store.Paging{Page: 1, PageSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for _, row := range rows {
		out[row.ExeNum-1] = row.Status
	}
	return out
}

// Printed is what an execution wrote.
func (k *Kitchen) Printed(t testing.TB, jobID int64, exeNum int) string {
	t.Helper()
	exe, err := k.Store.JobExecution(t.Context(), jobID, exeNum)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := k.Store.Log(t.Context(), exe.ID, -1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range chunks {
		b.Write(c.Text)
	}
	return b.String()
}

// Each runs f with a kitchen on each database, in parallel.
func Each(t *testing.T, f func(t *testing.T, k *Kitchen)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, New(t, s)) })
}

// Redefine gives a recipe type another definition.
func (k *Kitchen) Redefine(t testing.TB, name, definition string) store.RecipeType {
	t.Helper()
	rt, _, err := k.EditRecipeType(t.Context(), name, catalog.RecipeTypeEdit{Definition: json.RawMessage(definition)})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}
