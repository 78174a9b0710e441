package internal

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor/containertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestMain(m *testing.M) {
	executor.MaybeSandbox()
	// The developer's configuration of the CLI is not the tests', and may name a file that is missing.
	if err := os.Setenv("TF_CLI_CONFIG_FILE", os.DevNull); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// moduleExample uses the module that lies two folders above it.
var moduleExample = filepath.Join("modules", "pipeline", "examples", "rows")

// TestExamples applies every directory of examples/ with the built provider and the
// CLI against a real backend, and expects the second plan to be empty. What the CLI is
// too old for is at least parsed.
func TestExamples(t *testing.T) {
	t.Parallel()
	cli := terraform(t)
	rc := devOverride(t)
	dirs := map[string][]string{} // files by directory
	err := filepath.WalkDir(filepath.Join("..", "examples"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".tf") || strings.HasSuffix(path, ".tfquery.hcl")) {
			dirs[filepath.Dir(path)] = append(dirs[filepath.Dir(path)], path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 25 {
		t.Fatalf("found only %d examples", len(dirs))
	}
	for dir, files := range dirs {
		name, _ := filepath.Rel(filepath.Join("..", "examples"), dir)
		if strings.HasPrefix(name, filepath.Join("testing", "integration")) || name == filepath.Join("modules", "pipeline") { // others use them
			mustParseAll(t, files)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustParseAll(t, files)
			kind, _, _ := strings.Cut(name, string(filepath.Separator))
			if !cli.has(kind) || !cli.has(filepath.Base(name)) {
				t.Logf("%s is too old for %s: it was only parsed", cli.path, name)
				return
			}
			opts := servertest.Options{}
			if slices.Contains([]string{"quickstart", "pipeline", "scheduled", "testing", "nightly", "arrival", "reprocess", "batch", "orders", filepath.Base(moduleExample)}, filepath.Base(name)) {
				opts.Executor = "process"
			}
			if name == "containers" && containertest.Available() {
				podman := containertest.Podman(t)
				containertest.Load(t, podman, "localhost/count:1.0.0", containertest.Image(t, containertest.Program(t, filepath.Join(dir, "count"))))
				opts.Executor = "container"
				opts.Container = executor.ContainerConfig{Engine: podman, Args: containertest.Args(), Pull: executor.PullNever}
			}
			e := exampleRun{cli: cli.path, rc: rc, server: servertest.New(t, opts), folder: "files"}
			if kind == "data-sources" || kind == "actions" || kind == "list-resources" {
				work := copied(t, givenFor(name))
				e.must(t, work, "apply", "-input=false", "-auto-approve")
				if kind == "list-resources" {
					e.mustQuery(t, work, files)
					return
				}
			}
			work := copied(t, dir)
			if name == moduleExample {
				work = filepath.Join(copied(t, filepath.Join("..", "examples", "modules")), "pipeline", "examples", "rows")
				e.must(t, work, "get")
			}
			if name == "testing" { // which apply it, too
				e.mustPassItsTests(t, work, cli)
				return
			}
			e.must(t, work, "validate")
			e.must(t, work, "apply", "-input=false", "-auto-approve")
			e.must(t, work, "plan", "-input=false", "-detailed-exitcode")
			if name == "reprocess" {
				e.must(t, work, "apply", "-input=false", "-auto-approve", "-var=least=20")
				e.mustHaveReprocessed(t, 4)
			}
			if name == "batch" {
				e.must(t, work, "apply", "-input=false", "-auto-approve", "-var=least=20")
				e.must(t, work, "plan", "-input=false", "-detailed-exitcode", "-var=least=20")
				e.mustHaveReprocessed(t, 28)
			}
			for _, file := range files {
				for _, action := range blocks(t, file, "action") {
					e.must(t, work, "apply", "-input=false", "-auto-approve", "-invoke=action."+action)
				}
				if isImport(file) && cli.has(filepath.Base(file)) {
					e.mustImport(t, work, file)
				}
			}
			e.must(t, work, "destroy", "-input=false", "-auto-approve")
		})
	}
}

// TestAPipelineIsShort counts the lines of a pipeline of two nodes that runs once, and of one that
// is scheduled. TestExamples applies both, with programs that really run.
func TestAPipelineIsShort(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"pipeline": 45, "scheduled": 60} {
		text := string(mustReadFile(t, filepath.Join("..", "examples", name, "main.tf")))
		if n := strings.Count(text, "\n"); n > most {
			t.Errorf("%s has %d lines, at most %d are wanted", name, n, most)
		}
		for line := range strings.Lines(text) {
			if len(line) > 150 {
				t.Errorf("%s hides its length: %s", name, line)
			}
		}
	}
}

// givenFor is the example that makes what another one, which only uses things, finds on
// the backend.
func givenFor(name string) string {
	given := "galley_recipe"
	switch {
	case strings.Contains(name, "kitchen"), strings.Contains(name, "galley_order"), strings.Contains(name, "galley_alerts"):
		given = "galley_order"
	case strings.Contains(name, "galley_users"), strings.Contains(name, "galley_tokens"):
		given = "galley_user"
	}
	return filepath.Join("..", "examples", "resources", given)
}

// exampleRun runs the CLI for one example.
type exampleRun struct {
	cli, rc string
	server  *servertest.Server
	folder  string // of workspaces
}

func (e exampleRun) must(t *testing.T, work string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), e.cli, append(args, "-no-color")...)
	cmd.Dir = work
	cmd.Env = append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+e.rc,
		"TF_IN_AUTOMATION=1",
		"TF_VAR_workspace_path="+e.folder,
		`TF_VAR_past={from="2026-02-01",days=4}`, // of nightly: the last of them is the one that is spoiled
		"GALLEY_ENDPOINT="+e.server.URL,
		"GALLEY_USERNAME="+e.server.Username,
		"GALLEY_PASSWORD="+e.server.Password,
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", e.cli, strings.Join(args, " "), err, out)
	}
}

// mustHaveReprocessed expects that many recipes to be superseded, each by one that has run one of two nodes.
func (e exampleRun) mustHaveReprocessed(t *testing.T, n int) {
	t.Helper()
	all, err := e.server.Client.Recipes(t.Context(), client.RecipeQuery{})
	if err != nil {
		t.Fatal(err)
	}
	superseded := 0
	for _, r := range all {
		if r.IsSuperseded {
			superseded++
		}
	}
	jobs, err := e.server.Client.Jobs(t.Context(), client.JobQuery{})
	if err != nil || len(all) != 2*n || superseded != n || len(jobs) != 3*n {
		t.Errorf("%d recipes, %d superseded, %d jobs, want %d of 2 nodes, and as many with one that changed (%v)", len(all), superseded, len(jobs), n, err)
	}
}

// mustPassItsTests runs `terraform test` without a backend, and the tests of the folder integration with one.
func (e exampleRun) mustPassItsTests(t *testing.T, work string, cli engine) {
	t.Helper()
	if cli.tofu { // it takes no mocks from a file
		if err := os.Remove(filepath.Join(work, "tests", "apply.tftest.hcl")); err != nil {
			t.Fatal(err)
		}
	}
	alone := e
	alone.server = &servertest.Server{URL: "http://127.0.0.1:9"} // nobody listens there
	alone.must(t, work, "test")
	e.must(t, work, "get", "-test-directory=integration")
	e.must(t, work, "test", "-test-directory=integration")
}

// mustImport forgets what an import block names, and gets it back by the block.
func (e exampleRun) mustImport(t *testing.T, work, file string) {
	t.Helper()
	to := regexp.MustCompile(`(?m)^\s*to\s*=\s*(\S+)$`).FindSubmatch(mustReadFile(t, file))
	if to == nil {
		t.Fatalf("%s does not say to what it imports", file)
	}
	e.must(t, work, "state", "rm", string(to[1]))
	here := filepath.Join(work, filepath.Base(file))
	if err := os.WriteFile(here, mustReadFile(t, file), 0o600); err != nil {
		t.Fatal(err)
	}
	e.must(t, work, "apply", "-input=false", "-auto-approve")
	e.must(t, work, "plan", "-input=false", "-detailed-exitcode")
	if err := os.Remove(here); err != nil {
		t.Fatal(err)
	}
}

// isImport tells import blocks from what else is in a directory: they are for a thing
// that exists already.
func isImport(file string) bool { return strings.HasPrefix(filepath.Base(file), "import-") }

// mustQuery runs the queries of files in a folder that has a configuration.
func (e exampleRun) mustQuery(t *testing.T, work string, files []string) {
	t.Helper()
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(work, filepath.Base(file)), mustReadFile(t, file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e.must(t, work, "query")
}

// copied is a new folder with what dir has, but for import blocks.
func copied(t *testing.T, dir string) (work string) {
	t.Helper()
	work = t.TempDir()
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	imports, err := filepath.Glob(filepath.Join(work, "import-*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range imports {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	return work
}

func mustReadFile(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func mustParseAll(t *testing.T, files []string) {
	t.Helper()
	for _, file := range files {
		if _, diags := hclsyntax.ParseConfig(mustReadFile(t, file), file, hcl.InitialPos); diags.HasErrors() {
			t.Fatal(diags)
		}
	}
}

// blocks are the labels, joined by dots, of the blocks of a kind in a file.
func blocks(t *testing.T, file, kind string) []string {
	t.Helper()
	parsed, diags := hclsyntax.ParseConfig(mustReadFile(t, file), file, hcl.InitialPos)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		t.Fatalf("reading %s: %s", file, diags)
	}
	var out []string
	for _, b := range body.Blocks {
		if b.Type == kind {
			out = append(out, strings.Join(b.Labels, "."))
		}
	}
	return out
}

// engine is the CLI that runs the examples.
type engine struct {
	path  string
	tofu  bool
	minor int // of 1.minor
}

// has tells whether the CLI knows what the examples of a kind, a folder of examples/, or
// a file of that name use.
func (e engine) has(kind string) bool {
	const never = 1000
	needs := map[string]struct{ terraform, tofu int }{
		"actions":               {14, never},
		"list-resources":        {14, never},
		"ephemeral-resources":   {10, 12}, // OpenTofu 1.11 cannot configure a provider with one
		"galley_token":          {11, 11}, // write-only arguments
		"galley_token_secret":   {11, 11},
		"import-by-identity.tf": {12, 12},
	}
	need, special := needs[kind]
	switch {
	case !special:
		return true
	case e.tofu:
		return e.minor >= need.tofu
	default:
		return e.minor >= need.terraform
	}
}

// terraform returns TF_ACC_TERRAFORM_PATH, or the CLI of this machine.
func terraform(t *testing.T) engine {
	t.Helper()
	var e engine
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			e.path = path
			break
		}
	}
	if e.path == "" {
		t.Fatal("neither terraform (>= 1.8) nor tofu (>= 1.10) is on the PATH")
	}
	out, err := exec.CommandContext(t.Context(), e.path, "version").Output()
	said := regexp.MustCompile(`^(Terraform|OpenTofu) v1\.(\d+)\.`).FindSubmatch(out)
	if err != nil || said == nil {
		t.Fatalf("%s version: %v\n%s", e.path, err, out)
	}
	e.tofu = string(said[1]) == "OpenTofu"
	if e.minor, err = strconv.Atoi(string(said[2])); err != nil {
		t.Fatal(err)
	}
	return e
}

// devOverride builds the provider and returns a CLI configuration that uses it without an init.
func devOverride(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	build(t, "..", filepath.Join(bin, "terraform-provider-galley"))
	rc := filepath.Join(bin, "terraform.rc")
	text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"recipe-galley/galley\" = %[1]q\n    \"hashicorp/galley\" = %[1]q\n  }\n  direct {}\n}\n", bin)
	if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return rc
}

func build(t *testing.T, pkg, out string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "go", "build", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, text)
	}
}
