package retention_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/retention"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// pipeline makes a type of recipes whose job writes a product, and its id.
func pipeline(t *testing.T, s *servertest.Server) int64 {
	t.Helper()
	manifest, err := json.Marshal(map[string]any{"seedVersion": "1.0.0", "job": map[string]any{"name": "copy", "jobVersion": "1.0.0", "packageVersion": "1.0.0",
		"title": "Copy", "description": "c", "maintainer": map[string]any{"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
		"interface": map[string]any{"command": `echo said; cp "$IN" "$OUTPUT_DIR/out.txt"`, "inputs": map[string]any{"files": []any{map[string]any{"name": "IN"}}},
			"outputs": map[string]any{"files": []any{map[string]any{"name": "OUT", "pattern": "out.txt"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{DockerImage: "copy", Manifest: manifest,
		Configuration: []byte(`{"output_workspaces": {"default": "default"}}`)}); err != nil {
		t.Fatal(err)
	}
	rt, err := s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Copy", Definition: []byte(`{"input": {"files": [{"name": "IN"}]},
		"nodes": {"copy": {"dependencies": [], "input": {"IN": {"type": "recipe", "input": "IN"}},
		"node_type": {"node_type": "job", "job_type_name": "copy", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	return rt.ID
}

// mustComplete runs a recipe over a file, and returns it with its product.
func mustComplete(t *testing.T, s *servertest.Server, typeID, file int64) (recipe int64, product api.File) {
	t.Helper()
	r, err := s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: typeID, Input: fmt.Appendf(nil, `{"files": {"IN": [%d]}}`, file)})
	if err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, time.Minute, func() error {
		got, err := s.Client.Recipe(t.Context(), r.ID)
		if err == nil && !got.IsCompleted {
			err = fmt.Errorf("recipe %d has %d completed jobs and %d failed", r.ID, got.JobsCompleted, got.JobsFailed)
		}
		return err
	})
	products, err := s.Client.Files(t.Context(), client.FileQuery{RecipeIDs: []int64{r.ID}})
	if err != nil || len(products) != 1 {
		t.Fatalf("recipe %d has the products %v, %v", r.ID, products, err)
	}
	return r.ID, products[0]
}

// keeper is one over the files of a server, whose clock is ahead.
func keeper(t *testing.T, s *servertest.Server, ahead time.Duration, p retention.Policy) *retention.Keeper {
	t.Helper()
	host, err := catalog.NewHost(s.DataDir, workspace.HostFolders{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().Add(ahead) }
	log := slogOf(t)
	return &retention.Keeper{Store: s.Store, Catalog: catalog.New(usecase.New(s.Store, log, now), nil, host, 0), Log: log, Now: now, Policy: p}
}

// filesIn are the regular files of a workspace, by their paths.
func filesIn(t *testing.T, s *servertest.Server) (out []string) {
	t.Helper()
	root := filepath.Join(s.DataDir, "workspaces", "default")
	err := fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhatIsOldGoes runs three recipes: one whose product the second takes in, and one alone.
func TestWhatIsOldGoes(t *testing.T) {
	t.Parallel()
	for _, dsn := range []func(testing.TB) string{storetest.SQLite, storetest.Postgres} {
		s := servertest.New(t, servertest.Options{Executor: "process", Database: dsn(t)})
		typeID := pipeline(t, s)
		source, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "in.txt"}, strings.NewReader("x\n"))
		if err != nil {
			t.Fatal(err)
		}
		first, product := mustComplete(t, s, typeID, source.ID)
		second, _ := mustComplete(t, s, typeID, product.ID)
		policy := retention.Policy{Recipes: 24 * time.Hour}
		for _, step := range []struct {
			ahead time.Duration
			want  retention.Report
		}{
			{time.Hour, retention.Report{}},
			{48 * time.Hour, retention.Report{Recipes: 1, Products: 1}}, // the second; the first was in use
			{48 * time.Hour, retention.Report{Recipes: 1, Products: 1}},
			{48 * time.Hour, retention.Report{}},
		} {
			k := keeper(t, s, step.ahead, policy)
			if plan, err := k.Plan(t.Context()); err != nil || plan != step.want {
				t.Errorf("%s: the plan is %v, %v, want %v", s.Store.Dialect(), plan, err, step.want)
			}
			if got, err := k.Remove(t.Context()); err != nil || got != step.want {
				t.Errorf("%s: removed %v, %v, want %v", s.Store.Dialect(), got, err, step.want)
			}
		}
		for _, id := range []int64{first, second} {
			if _, err := s.Client.Recipe(t.Context(), id); !api.IsNotFound(err) {
				t.Errorf("recipe %d: %v, want that it is not found", id, err)
			}
		}
		left := filesIn(t, s)
		if len(left) != 2 || !slices.Contains(left, "in.txt") { // and its bytes
			t.Errorf("%s: there are the files %v, want the source alone", s.Store.Dialect(), left)
		}
		mustComplete(t, s, typeID, source.ID) // everything works on
	}
}

// TestAKillInBetween ends a removal before the bytes are gone: the next one ends the work.
func TestAKillInBetween(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	typeID := pipeline(t, s)
	source, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "in.txt"}, strings.NewReader("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	mustComplete(t, s, typeID, source.ID)
	k := keeper(t, s, 48*time.Hour, retention.Policy{Recipes: 24 * time.Hour})
	away := filepath.Join(s.DataDir, "away")
	folder := filepath.Join(s.DataDir, "workspaces", "default")
	if err := os.Rename(folder, away); err != nil { // so that the rows go, and no bytes
		t.Fatal(err)
	}
	if got, err := k.Remove(t.Context()); !errors.Is(err, fs.ErrNotExist) || got.Recipes != 1 {
		t.Errorf("removed %v, %v, want the recipe, and an error", got, err)
	}
	if err := os.Rename(away, folder); err != nil {
		t.Fatal(err)
	}
	if left := filesIn(t, s); len(left) != 4 {
		t.Errorf("there are the files %v, want source and product", left)
	}
	if got, err := k.Remove(t.Context()); err != nil || got != (retention.Report{}) {
		t.Errorf("then removed %v, %v", got, err)
	}
	if left := filesIn(t, s); len(left) != 2 {
		t.Errorf("there are the files %v, want the source alone", left)
	}
}

// TestLogsAndReplacedProducts keeps the recipe.
func TestLogsAndReplacedProducts(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	typeID := pipeline(t, s)
	source, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "in.txt"}, strings.NewReader("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	recipe, product := mustComplete(t, s, typeID, source.ID)
	next, err := s.Client.ReprocessRecipe(t.Context(), recipe, api.RecipeReprocess{ForcedNodes: []byte(`{"all": true}`)})
	if err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, time.Minute, func() error {
		got, err := s.Client.Recipe(t.Context(), next.ID)
		if err == nil && !got.IsCompleted {
			err = errors.New("the reprocess goes on")
		}
		return err
	})
	k := keeper(t, s, 48*time.Hour, retention.Policy{Logs: 24 * time.Hour, Products: 24 * time.Hour})
	if plan, err := k.Plan(t.Context()); err != nil || plan != (retention.Report{Logs: 2, Products: 1}) {
		t.Errorf("the plan is %v, %v", plan, err)
	}
	if got, err := k.Remove(t.Context()); err != nil || got.Logs < 2 || got.Products != 1 || got.Recipes != 0 {
		t.Errorf("removed %v, %v", got, err)
	}
	if f, err := s.Client.File(t.Context(), product.ID); err != nil || !f.IsDeleted {
		t.Errorf("the replaced product: %+v, %v, want that it is deleted", f, err)
	}
	jobs, err := s.Client.Jobs(t.Context(), client.JobQuery{RecipeIDs: []int64{next.ID}})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("jobs: %v, %v", jobs, err)
	}
	job, err := s.Client.Job(t.Context(), jobs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := s.Client.JobLog(t.Context(), job.Execution.ID, "stdout"); err != nil || text != "" {
		t.Errorf("the log is %q, %v, want none", text, err)
	}
}

// TestCommand is galleyd gc.
func TestCommand(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	typeID := pipeline(t, s)
	source, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: "in.txt"}, strings.NewReader("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Client.CreateRecipe(context.WithoutCancel(t.Context()), api.RecipeCreate{RecipeTypeID: typeID, Input: fmt.Appendf(nil, `{"files": {"IN": [%d]}}`, source.ID)})
	if err != nil {
		t.Fatal(err)
	}
	year := time.Now().AddDate(-1, 0, 0).UnixMicro()
	s.Exec(t, "UPDATE job_executions SET status = 'CANCELED', ended = "+fmt.Sprint(year), fmt.Sprintf("UPDATE jobs SET status = 'CANCELED', last_modified = %d", year),
		fmt.Sprintf("UPDATE recipes SET last_modified = %d", year))
	run := func(want string, args ...string) {
		stdout, stderr, code := servertest.Run(t, "", append([]string{"gc", "--data-dir=" + s.DataDir, "--keep-recipes=720h"}, args...)...)
		if code != 0 || stdout != want {
			t.Errorf("gc %v: exit code %d, %q, want %q\n%s", args, code, stdout, want, stderr)
		}
	}
	run("Would be removed: 1 recipes.\n", "--dry-run")
	if _, err := s.Client.Recipe(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
	run("Removed: 1 recipes.\n")
	if _, err := s.Client.Recipe(t.Context(), r.ID); !api.IsNotFound(err) {
		t.Errorf("the recipe: %v, want that it is not found", err)
	}
	lines, err := s.Client.AuditEntries(t.Context(), client.AuditQuery{})
	if err != nil || !slices.ContainsFunc(lines, func(e api.AuditEntry) bool { return e.Action == "galleyd gc" }) {
		t.Errorf("the audit has no line of it: %v, %v", lines, err)
	}
}

func slogOf(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}
