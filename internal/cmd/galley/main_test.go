package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// console is where commands are typed in.
type console struct {
	env   map[string]string
	stdin io.Reader
}

// at is a console for the administrator of s.
func at(s *servertest.Server) console {
	return console{env: map[string]string{"GALLEY_ENDPOINT": s.URL, "GALLEY_TOKEN": s.Token}}
}

// run types one command in. Nobody looks at the outputs.
func (c console) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	p := &program{stdout: &out, stderr: &err, stdin: c.stdin, getenv: func(name string) string { return c.env[name] }}
	code = p.run(t.Context(), args)
	return out.String(), err.String(), code
}

// does is run, of what has to end with 0 and says nothing on stderr.
func (c console) does(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := c.run(t, args...)
	if code != exitDone || stderr != "" {
		t.Fatalf("galley %s: got %d, %q, %q", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// says checks that the output of a command that ends with 0 has these texts.
func (c console) says(t *testing.T, want []string, args ...string) string {
	t.Helper()
	stdout := c.does(t, args...)
	for _, text := range want {
		if !strings.Contains(stdout, text) {
			t.Errorf("galley %s: got %q, want %q in it", strings.Join(args, " "), stdout, text)
		}
	}
	return stdout
}

// fails checks the exit code of a command, and what it says on stderr.
func (c console) fails(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	stdout, stderr, got := c.run(t, args...)
	if got != code || !strings.HasPrefix(stderr, "galley: ") || !strings.Contains(stderr, want) {
		t.Errorf("galley %s: got %d, %q, %q; want %d and %q", strings.Join(args, " "), got, stdout, stderr, code, want)
	}
}

// lists reads what a command prints as JSON.
func lists[T any](t *testing.T, c console, args ...string) (out T) {
	t.Helper()
	text := c.does(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("galley %s --json: %v\n%s", strings.Join(args, " "), err, text)
	}
	return out
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// jobType makes a job type whose jobs are simulated with these settings.
func jobType(t *testing.T, s *servertest.Server, name, settings string) {
	t.Helper()
	must[api.JobTypeDetail](t)(s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
		DockerImage: "x", Configuration: json.RawMessage(`{"settings": ` + settings + `}`),
		Manifest: json.RawMessage(`{"seedVersion": "1.0.0", "job": {"name": "` + name + `", "jobVersion": "1.0.0", "packageVersion": "1.0.0",
			"title": "Job ` + name + `", "description": "For tests", "maintainer": {"name": "Kitchen", "email": "kitchen@example.com"}, "timeout": 600,
			"interface": {"command": "run ` + name + `"}}}`),
	}))
}

// chain is a definition of job types that run one behind the other, at nodes of their names.
func chain(names ...string) json.RawMessage {
	nodes := map[string]any{}
	for i, name := range names {
		dependencies := []any{}
		if i > 0 {
			dependencies = append(dependencies, map[string]any{"name": names[i-1], "acceptance": true})
		}
		nodes[name] = map[string]any{"dependencies": dependencies, "input": map[string]any{}, "node_type": map[string]any{
			"node_type": "job", "job_type_name": name, "job_type_version": "1.0.0", "job_type_revision": 1}}
	}
	raw, err := json.Marshal(map[string]any{"input": map[string]any{}, "nodes": nodes})
	if err != nil {
		panic(err) // it is made of texts
	}
	return raw
}

// night makes the recipe type "night": clean, and then report, whose jobs fail once.
func night(t *testing.T, s *servertest.Server) api.RecipeTypeDetail {
	t.Helper()
	jobType(t, s, "clean", `{}`)
	jobType(t, s, "report", `{"GALLEY_SIMULATE_FAILURES": "1"}`)
	return must[api.RecipeTypeDetail](t)(s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Night", Definition: chain("clean", "report")}))
}

// start starts a run.
func start(t *testing.T, s *servertest.Server, rt api.RecipeTypeDetail) api.Recipe {
	t.Helper()
	return must[api.Recipe](t)(s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: rt.ID, Input: json.RawMessage(`{}`)}))
}

// ordered makes an order of the recipe type "night" in the kitchen "production".
func ordered(t *testing.T, s *servertest.Server, o api.OrderCreate) string {
	t.Helper()
	must[api.Kitchen](t)(s.Client.CreateKitchen(t.Context(), "", "empty", api.KitchenCreate{}))
	must[api.Kitchen](t)(s.Client.CreateKitchen(t.Context(), "", "production", api.KitchenCreate{}))
	_, err := s.Client.CreateKitchenRecipe(t.Context(), "production", "nightly", map[string]string{
		order.DescriptionFile: `{"recipe-type": "night"}`, order.VariationsFile: `{"variation-list": {"all": {}}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	return must[string](t)(s.Client.CreateOrder(t.Context(), "production", "nightly", "all", o))
}

func TestUsage(t *testing.T) {
	t.Parallel()
	c := console{env: map[string]string{}}
	c.says(t, []string{"GALLEY_ENDPOINT", "runs ls", "check"}, "--help")
	c.says(t, []string{"galley dev (none)"}, "version")
	c.fails(t, exitUnable, "galley --help", "bake")
	c.fails(t, exitUnable, "--limit", "runs", "ls", "--limit=some")
	c.fails(t, exitUnable, "GALLEY_TOKEN_FILE", "runs", "ls")
	c.env = map[string]string{"GALLEY_TOKEN": "x", "GALLEY_ENDPOINT": "http://127.0.0.1:1", "GALLEY_MAX_RETRIES": "0"}
	c.fails(t, exitUnable, "nothing listens at 127.0.0.1:1", "runs", "ls")
	c.env["GALLEY_MAX_RETRIES"] = "few"
	c.fails(t, exitUnable, `the environment variable GALLEY_MAX_RETRIES is "few"; it has to be a whole number`, "runs", "ls")
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	run := start(t, s, night(t, s))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	p := &program{stdout: &out, stderr: &err, getenv: func(name string) string { return at(s).env[name] }}
	if code := p.run(ctx, []string{"runs", "watch", id(run.ID)}); code != exitUnable || !strings.Contains(err.String(), "interrupted; what was started on the backend goes on") {
		t.Errorf("got %d, %q", code, err.String())
	}
}

// The variables of the environment are the provider's, as its documentation has them.
func TestEnvironmentIsTheProviders(t *testing.T) {
	t.Parallel()
	page := must[[]byte](t)(os.ReadFile("../../../docs/index.md"))
	ofPlans := map[string]bool{"GALLEY_PLAN_VALIDATION": true, "GALLEY_ON_UNREACHABLE": true, "GALLEY_STRICT_V6": true}
	asked := map[string]bool{}
	for _, isIdentity := range []string{"", "true"} {
		_, _ = client.ConfigFromEnvironment(func(name string) string {
			asked[name] = true
			if name == "GALLEY_WORKLOAD_IDENTITY" {
				return isIdentity
			}
			return ""
		}, schedule.ParseDuration)
	}
	documented := map[string]bool{}
	for _, name := range regexp.MustCompile(`GALLEY_[A-Z0-9_]*[A-Z0-9]`).FindAllString(string(page), -1) {
		if documented[name] = true; !asked[name] && !ofPlans[name] {
			t.Errorf("%s is documented for the provider, and not read by galley", name)
		}
	}
	for name := range asked {
		if strings.HasPrefix(name, "GALLEY_") && !documented[name] {
			t.Errorf("%s is read by galley, and not documented for the provider", name)
		}
	}
}

func TestCompletion(t *testing.T) {
	for shell, want := range map[string]string{"bash": "complete -C galley galley", "zsh": "bashcompinit", "fish": "COMP_LINE"} {
		if got := (console{}).does(t, "completion", shell); !strings.Contains(got, want) {
			t.Errorf("%s: got %q", shell, got)
		}
	}
	for line, want := range map[string]string{
		"galley ru": "runs\n", "galley orders un": "unpause\n", "galley runs graph --form": "--format\n", "galley runs graph --format m": "mermaid\n",
	} {
		t.Setenv("COMP_LINE", line)
		if got := (console{env: map[string]string{"COMP_LINE": line}}).does(t); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

// Who asks a backend that only simulates jobs hears it, whatever comes out.
func TestSimulatedRunsAreCalledSo(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: server.ExecutorSimulate})
	if _, stderr, code := at(s).run(t, "runs", "ls"); code != exitDone || !strings.Contains(stderr, "only simulates jobs") {
		t.Errorf("got %d, %q", code, stderr)
	}
}
