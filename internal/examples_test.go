package internal

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestMain(m *testing.M) {
	executor.MaybeSandbox()
	os.Exit(m.Run())
}

// TestExamples applies every directory of examples/ with the built provider and the
// installed CLI against a real backend, and expects the second plan to be empty.
func TestExamples(t *testing.T) {
	t.Parallel()
	cli := terraform(t)
	rc := devOverride(t)
	dataSources := filepath.Join("..", "examples", "data-sources")
	given := filepath.Join(dataSources, "given") // what the examples of data sources find on the backend
	dirs := map[string]bool{}
	err := filepath.WalkDir(filepath.Join("..", "examples"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".tf") {
			dirs[filepath.Dir(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(dirs, given)
	if len(dirs) < 16 {
		t.Fatalf("found only %d examples", len(dirs))
	}
	for dir := range dirs {
		name, _ := filepath.Rel(filepath.Join("..", "examples"), dir)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := servertest.Options{}
			if name == "quickstart" {
				opts.Executor = "process"
			}
			srv := servertest.New(t, opts)
			files := filepath.Join(t.TempDir(), "files")
			run := func(work string, args ...string) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), cli, args...)
				cmd.Dir = work
				cmd.Env = append(os.Environ(),
					"TF_CLI_CONFIG_FILE="+rc,
					"TF_IN_AUTOMATION=1",
					"TF_VAR_workspace_path="+files,
					"GALLEY_ENDPOINT="+srv.URL,
					"GALLEY_USERNAME="+srv.Username,
					"GALLEY_PASSWORD="+srv.Password,
				)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s %s: %v\n%s", cli, strings.Join(args, " "), err, out)
				}
			}
			copied := func(dir string) (work string) {
				work = t.TempDir()
				if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				return work
			}
			if filepath.Dir(dir) == dataSources {
				run(copied(given), "apply", "-no-color", "-input=false", "-auto-approve")
			}
			work := copied(dir)
			run(work, "validate", "-no-color")
			run(work, "apply", "-no-color", "-input=false", "-auto-approve")
			run(work, "plan", "-no-color", "-input=false", "-detailed-exitcode")
			run(work, "destroy", "-no-color", "-input=false", "-auto-approve")
		})
	}
}

// terraform returns the CLI of this machine.
func terraform(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("neither terraform (>= 1.8) nor tofu (>= 1.10) is on the PATH")
	return ""
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
