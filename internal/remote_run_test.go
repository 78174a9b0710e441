package internal

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// remoteConfig has no provider block: everything comes from the environment. Its recipe
// takes as long as the variable says.
const remoteConfig = `
terraform {
  required_providers {
    galley = { source = "recipe-galley/galley" }
  }
}

variable "duration" {
  type = string
}

resource "galley_job_type" "slow" {
  manifest = jsonencode({
    seedVersion = "1.0.0"
    job = {
      name           = "slow"
      jobVersion     = "1.0.0"
      packageVersion = "1.0.0"
      title          = "Slow"
      description    = "Takes its time"
      maintainer     = { name = "Ada", email = "ada@example.com" }
      timeout        = 600
      interface      = { command = "slow" }
    }
  })
}

resource "galley_recipe_type" "slow" {
  title = "Slow"
  definition = {
    nodes = {
      slow = { job = { name = galley_job_type.slow.name, version = galley_job_type.slow.version, revision = galley_job_type.slow.revision_num } }
    }
  }
}

resource "galley_recipe" "slow" {
  recipe_type   = galley_recipe_type.slow.name
  settings = { GALLEY_SIMULATE_DURATION = var.duration }
}

output "run" {
  value = "${galley_recipe.slow.recipe_id} ${galley_recipe.slow.status}"
}
`

// remote is a machine as Terraform Cloud gives one to a run: nobody at a terminal, an
// environment with nothing but what the run needs, and folders that tests look into.
type remote struct {
	server      *servertest.Server
	cli         string
	mirror      string
	home, temp  string // stay empty
	environment []string
}

// mustMirror builds the provider, and lets `make install` lay it out as a filesystem mirror.
func mustMirror(t *testing.T) (dir string) {
	t.Helper()
	built, prefix, dir := t.TempDir(), t.TempDir(), t.TempDir()
	build(t, root, filepath.Join(built, "terraform-provider-galley"))
	programs := []string{"galley", "galleyd"}
	for _, name := range programs { // which are only copied
		if err := os.WriteFile(filepath.Join(built, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "make", "--old-file=build", "install",
		"BUILT="+built, "PREFIX="+prefix, "PLUGINS="+dir, "VERSION="+releasedVersion)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	for _, name := range programs {
		if _, err := os.Stat(filepath.Join(prefix, "bin", name)); err != nil {
			t.Error(err)
		}
	}
	return dir
}

// newRemote starts a backend.
func newRemote(t *testing.T, mirror string) remote {
	t.Helper()
	r := remote{
		server: servertest.New(t, servertest.Options{}), cli: terraform(t).path, mirror: mirror, home: t.TempDir(), temp: t.TempDir(),
	}
	rc := filepath.Join(t.TempDir(), "terraform.rc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", r.mirror)
	if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.environment = []string{
		"HOME=" + r.home, "TMPDIR=" + r.temp, "TF_CLI_CONFIG_FILE=" + rc, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"TF_LOG_PROVIDER=INFO", "TF_VAR_duration=4s",
		"GALLEY_ENDPOINT=" + r.server.URL, "GALLEY_USERNAME=" + r.server.Username, "GALLEY_PASSWORD=" + r.server.Password,
		"GALLEY_ALLOWED_HOSTS=elsewhere.example.com, " + strings.TrimPrefix(r.server.URL, "http://"),
		"GALLEY_REQUEST_TIMEOUT=30s", "GALLEY_MAX_RETRIES=2", "GALLEY_PLAN_VALIDATION=error",
	}
	return r
}

func (r remote) command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(r.cli, slices.Insert(args, 1, "-no-color", "-input=false")...)
	cmd.Dir, cmd.Env = dir, r.environment
	return cmd
}

// mustRun returns what a command has written, its log included.
func (r remote) mustRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := r.command(dir, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// mustPlan plans in a new folder, with the state of another one if that is given, and
// returns a copy of the folder, in which the plan is to be applied.
func (r remote) mustPlan(t *testing.T, stateOf string) (dir string) {
	t.Helper()
	planned, applied := filepath.Join(t.TempDir(), "plan"), filepath.Join(t.TempDir(), "apply")
	err := os.MkdirAll(planned, 0o750)
	if err == nil {
		err = os.WriteFile(filepath.Join(planned, "main.tf"), []byte(remoteConfig), 0o600)
	}
	if err == nil && stateOf != "" {
		err = os.CopyFS(planned, onlyState{os.DirFS(stateOf)})
	}
	if err != nil {
		t.Fatal(err)
	}
	r.mustRun(t, planned, "init")
	r.mustRun(t, planned, "plan", "-out=run.tfplan")
	if err := os.CopyFS(applied, os.DirFS(planned)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(planned); err != nil { // the machine that planned is gone
		t.Fatal(err)
	}
	return applied
}

// onlyState is a folder of which nothing but the state is there.
type onlyState struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (o onlyState) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(o.FS, name)
	var state []fs.DirEntry
	for _, entry := range all {
		if entry.Name() == "terraform.tfstate" {
			state = append(state, entry)
		}
	}
	return state, err
}

// checkNothingLeft expects that no file was left outside of the working folder, and that
// the mirror holds what it held.
func (r remote) checkNothingLeft(t *testing.T) {
	t.Helper()
	for what, dir := range map[string]string{"HOME": r.home, "TMPDIR": r.temp} {
		if left := files(t, dir); len(left) > 0 {
			t.Errorf("files left in %s: %q", what, left)
		}
	}
	if held := files(t, r.mirror); len(held) != 2 {
		t.Errorf("the mirror holds %q, want the two providers", held)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && name != "." && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// recipes counts the recipes and their running jobs.
func (r remote) recipes(t *testing.T) (count, running int) {
	t.Helper()
	all, err := r.server.Client.Recipes(t.Context(), client.RecipeQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, recipe := range all {
		running += recipe.JobsRunning
	}
	return len(all), running
}

// TestRemoteRun plans and applies as Terraform Cloud does: the provider from a mirror,
// its settings from the environment, the saved plan applied by another process in another
// copy of the folder.
func TestRemoteRun(t *testing.T) {
	t.Parallel()
	mirror := mustMirror(t)
	t.Run("applies a saved plan", func(t *testing.T) { t.Parallel(); testSavedPlan(t, newRemote(t, mirror)) })
	t.Run("is canceled", func(t *testing.T) { t.Parallel(); testCanceledRun(t, newRemote(t, mirror)) })
}

func testSavedPlan(t *testing.T, r remote) {
	t.Helper()
	dir := r.mustPlan(t, "")
	if count, _ := r.recipes(t); count != 0 {
		t.Fatalf("a plan has started %d recipes", count)
	}
	out := r.mustRun(t, dir, "apply", "run.tfplan")
	if !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("output of the apply:\n%s", out)
	}
	// The log is read as text: whole lines, and those of the wait name the run.
	if control := regexp.MustCompile("[\x00-\x08\x0b-\x1f]").FindString(out); control != "" {
		t.Errorf("the log has the control character %q:\n%s", control, out)
	}
	wait := regexp.MustCompile(`\[INFO\].*waiting for recipe.*`).FindAllString(out, -1)
	if len(wait) < 2 {
		t.Fatalf("%d lines of the log tell how the recipe goes, want at least 2:\n%s", len(wait), out)
	}
	for _, want := range []string{"recipe_id=1", "status=COMPLETED", "jobs_completed=1", "jobs_total=1", "url=" + r.server.URL + "/ui/recipes/1"} {
		if line := wait[len(wait)-1]; !strings.Contains(line, want) {
			t.Errorf("the last line of the wait has no %s: %s", want, line)
		}
	}
	if strings.Contains(out, r.server.Password) {
		t.Error("the log shows the password")
	}
	r.mustRun(t, dir, "plan", "-detailed-exitcode")
	r.checkNothingLeft(t)
}

// testCanceledRun sends what Terraform Cloud sends to a run that somebody cancels, while
// the recipe runs. The run after it takes over the same recipe.
func testCanceledRun(t *testing.T, r remote) {
	t.Helper()
	r.environment = append(r.environment, "TF_VAR_duration=12s")
	dir := r.mustPlan(t, "")
	var out strings.Builder
	apply := r.command(dir, "apply", "run.tfplan")
	apply.Stdout, apply.Stderr = &out, &out
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = apply.Process.Kill() }) // it has ended, unless the test fails
	servertest.Eventually(t, time.Minute, func() error {
		if count, running := r.recipes(t); count != 1 || running != 1 {
			return fmt.Errorf("%d recipes with %d running jobs, want one of each", count, running)
		}
		return nil
	})
	if err := apply.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := apply.Wait(); err == nil {
		t.Errorf("the canceled apply ends with 0:\n%s", out.String())
	}
	text := strings.Join(strings.Fields(strings.NewReplacer("│", " ").Replace(out.String())), " ")
	if !strings.Contains(text, "It is in the state, with its id: the next apply waits for it.") {
		t.Errorf("the canceled apply does not say what is next:\n%s", out.String())
	}
	r.checkNothingLeft(t)

	next := r.mustPlan(t, dir)
	if out := r.mustRun(t, next, "apply", "run.tfplan"); !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("output of the apply after it:\n%s", out)
	}
	if count, _ := r.recipes(t); count != 1 {
		t.Errorf("%d recipes, want the one that was started first", count)
	}
	r.mustRun(t, next, "plan", "-detailed-exitcode")
	r.checkNothingLeft(t)
}
