package provider

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// serveVariable makes a test program the provider of the tests of another one.
const serveVariable = "GALLEY_TEST_SERVE_PROVIDER"

func providerHost() string { return cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io") }

// serveProvider is a program of its own that serves the provider, for tests that interrupt
// Terraform.
func serveProvider() {
	err := providerserver.Serve(context.Background(), theProvider,
		providerserver.ServeOpts{Address: providerHost() + "/recipe-galley/galley", Debug: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// mustServeProvider starts the provider as a program of its own. It returns the
// environment that makes Terraform use it.
func mustServeProvider(t *testing.T) (environment string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	serve := exec.CommandContext(ctx, self)
	serve.Env = append(os.Environ(), serveVariable+"=1")
	out, err := serve.StdoutPipe()
	if err == nil {
		err = serve.Start()
	}
	if err != nil {
		cancel()
		t.Fatalf("starting the provider: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = serve.Wait() // it was killed
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if name, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "="); found && name == "TF_REATTACH_PROVIDERS" {
			return name + "=" + strings.Trim(value, "'")
		}
	}
	t.Fatal("the provider has ended without saying where it is")
	return ""
}

// cli is Terraform in a folder of the test's own.
type cli struct {
	dir         string
	environment []string
}

func newCLI(t *testing.T, config string) cli {
	t.Helper()
	c := cli{dir: t.TempDir(), environment: append(os.Environ(), mustServeProvider(t))}
	config = "terraform {\n  required_providers {\n    galley = { source = \"recipe-galley/galley\" }\n  }\n}\n" + config
	if err := os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := c.command(t, "init").CombinedOutput(); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	return c
}

func (c cli) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	//nolint:gosec // the path is the developer's
	command := exec.CommandContext(context.WithoutCancel(t.Context()), os.Getenv("TF_ACC_TERRAFORM_PATH"), append(args, "-no-color")...)
	command.Dir, command.Env = c.dir, c.environment
	return command
}

// mustInterrupt starts a command, sends it what Ctrl-C sends once ready is true, and
// returns what it has written.
func (c cli) mustInterrupt(t *testing.T, ready func() error, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	command := c.command(t, args...)
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // the test looks at the output
	}()
	servertest.Eventually(t, 30*time.Second, ready)
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		_ = command.Process.Kill()
		<-ended
		t.Fatalf("an interrupt does not end it:\n%s", out.String())
	}
	return plain(out.String())
}

func (c cli) mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.command(t, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestAccAnInterruptedRecipeIsWaitedForByTheNextApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	c := newCLI(t, recipeConfig(s, "configuration = { settings = { GALLEY_SIMULATE_DURATION = \"6s\" } }\n"+
		"forced_nodes = { all = true }\nreprocess_triggers = { n = var.n }")+`
variable "n" { default = "1" }
output "run" { value = "${galley_recipe.test.recipe_id} ${galley_recipe.test.status}" }
`)
	running := func(recipes int) func() error {
		return func() error {
			all, err := s.Client.Recipes(t.Context(), client.RecipeQuery{})
			jobs := 0
			for _, r := range all {
				jobs += r.JobsRunning
			}
			if err == nil && (len(all) != recipes || jobs == 0) {
				err = fmt.Errorf("%d recipes with %d running jobs, want %d with some", len(all), jobs, recipes)
			}
			return err
		}
	}
	with := func(n string) []string { return []string{"apply", "-auto-approve", "-input=false", "-var=n=" + n} }
	if out := c.mustInterrupt(t, running(1), with("1")...); !strings.Contains(out, "the next apply waits for it") {
		t.Errorf("output of the interrupted create = %s", out)
	}
	if out := c.mustRun(t, with("1")...); !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if out := c.mustInterrupt(t, running(2), with("2")...); !strings.Contains(out, "the next apply waits for it") {
		t.Errorf("output of the interrupted reprocess = %s", out)
	}
	if out := c.mustRun(t, with("2")...); !strings.Contains(out, `run = "2 COMPLETED"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if out := c.mustRun(t, "plan", "-detailed-exitcode", "-var=n=2"); !strings.Contains(out, "No changes.") {
		t.Errorf("output of the plan at the end = %s", out)
	}
	if err := recipeCount(s.Client, 2)(nil); err != nil {
		t.Error(err)
	}
}

func TestAccARecipeThatIsUntaintedIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	c := newCLI(t, recipeConfig(s, "configuration = { settings = { GALLEY_SIMULATE_DURATION = \"5s\" } }\n"+
		"timeouts = { create = \"1s\" }")+`
output "run" { value = "${galley_recipe.test.recipe_id} ${galley_recipe.test.status}" }
`)
	out, err := c.command(t, "apply", "-auto-approve").CombinedOutput()
	if text := plain(string(out)); err == nil || !strings.Contains(text, "has not finished in time") ||
		!strings.Contains(text, "after terraform untaint ADDRESS it waits for this one") {
		t.Fatalf("output of an apply without enough time = %v\n%s", err, out)
	}
	c.mustRun(t, "untaint", recipeAddress)
	if out := c.mustRun(t, "apply", "-auto-approve"); !strings.Contains(out, `run = "1 COMPLETED"`) {
		t.Errorf("output of the apply after it = %s", out)
	}
	if err := recipeCount(s.Client, 1)(nil); err != nil {
		t.Error(err)
	}
}

// plain is what Terraform has written, without frames and line breaks.
func plain(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

func TestAccWarningsOfAPlan(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	mustCreateType(t, s.Client, "Picky", `{"input": {"files": [{"name": "scene", "media_types": ["image/tiff"]}]}, "nodes": {}}`)
	file := mustUpload(t, s, "scene.txt", "x")
	c := newCLI(t, recipeConfig(s, `configuration = {
  mounts = { dem = { type = "host", host_path = "/srv" } }
  settings = { LEVEL = "1", GALLEY_SIMULATE_DURATION = "1ms" }
  output_workspaces = { outputs = { calibratd = "default" } }
}`)+fmt.Sprintf("resource \"galley_recipe\" \"picky\" {\n  recipe_type = \"picky\"\n  input = { files = { scene = [%d] } }\n}\n", file))
	out := plain(c.mustRun(t, "plan"))
	for _, want := range []string{
		`configuration.mounts["dem"]: no job of the recipe has a mount 'dem' (UNKNOWN_MOUNT)`,
		`configuration.settings["LEVEL"]: no job of the recipe has a setting 'LEVEL' (UNKNOWN_SETTING)`,
		`configuration.output_workspaces.outputs["calibratd"]: no job of the recipe has a file output 'calibratd'; did you mean 'calibrated'? (UNKNOWN_OUTPUT)`,
		`(scene.txt) is of media type text/plain; input 'scene' of recipe type picky is for image/tiff (MISMATCHED_MEDIA_TYPES)`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "'GALLEY_SIMULATE_DURATION'") {
		t.Errorf("the plan warns of a setting for the executor:\n%s", out)
	}
	c.mustRun(t, "apply", "-auto-approve")
	if out := c.mustRun(t, "plan", "-detailed-exitcode"); strings.Contains(out, "Warning:") {
		t.Errorf("a plan that changes nothing has warnings:\n%s", out)
	}
}
