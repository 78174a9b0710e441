package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor/containertest"
)

// program is that of the suite, built once.
var program = sync.OnceValues(func() (string, error) { return containertest.Build("./testdata/job") })

func mustProgram(t testing.TB) string {
	t.Helper()
	at, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// suiteImage is the image of the suite's program.
const suiteImage = "localhost/galley-conformance:1"

// newContainers returns an executor with Debian's podman; its executions lie in the folder.
func newContainers(t testing.TB, work string, change func(*executor.ContainerConfig)) *executor.Container {
	t.Helper()
	podman := containertest.Podman(t)
	cfg := executor.ContainerConfig{
		Engine: podman, Args: containertest.Args(), Work: work, Grace: time.Second, Limits: executor.Limits{Processes: 64},
	}
	if change != nil {
		change(&cfg)
	}
	c, err := executor.NewContainer(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// eachExecutor runs a test with every executor that really runs jobs. setUp makes a task of the
// steps of the suite's program.
func eachExecutor(t *testing.T, test func(t *testing.T, e executor.Executor, setUp func(t *testing.T, steps, iface string) *bundle)) {
	t.Helper()
	t.Run("process", func(t *testing.T) {
		t.Parallel()
		at := mustProgram(t)
		p, err := executor.NewProcess(executor.ProcessConfig{
			Require: executor.Landlock, ReadOnlyRoots: []string{filepath.Dir(at)}, Grace: time.Second, Limits: executor.Limits{Processes: 64},
		})
		if err != nil {
			t.Skipf("this machine locks no processes in: %v", err)
		}
		test(t, p, func(t *testing.T, steps, iface string) *bundle {
			return newBundle(t, mustCommand(t, at+" "+steps, iface))
		})
	})
	t.Run("container", func(t *testing.T) {
		t.Parallel()
		podman := containertest.Podman(t)
		loadSuite(t, podman)
		work := t.TempDir()
		test(t, newContainers(t, work, nil), func(t *testing.T, steps, iface string) *bundle { return newContained(t, steps, iface, work) })
		t.Cleanup(func() {
			if left := containertest.List(t, podman, work); left != "" {
				t.Errorf("podman still lists %q", left)
			}
			if _, err := os.Lstat("oom"); err == nil {
				t.Error("what watches a container has left a file where the server stands")
			}
		})
	})
}

// newContained makes a task of the steps of the suite's program, in its image.
func newContained(t *testing.T, steps, iface, work string) *bundle {
	t.Helper()
	b := newBundle(t, mustCommand(t, steps, iface))
	b.task.Image = suiteImage
	b.task.Dir = filepath.Join(work, strings.ReplaceAll(t.Name(), "/", "-"))
	return b
}

var loadOnce sync.Once

// loadSuite gives podman the image of the suite. It stays: the next run of the tests has it again.
func loadSuite(t *testing.T, podman string) {
	t.Helper()
	loadOnce.Do(func() { containertest.Put(t, podman, suiteImage, containertest.Image(t, mustProgram(t))) })
}

// conformance is what every executor has to do with a task.
var conformance = []struct {
	name, steps, iface string
	change             func(t *testing.T, task *executor.Task)
	stdout, stderr     string // exactly
	fault              string // the name of the error; "": the job completes
	code               int
	check              func(t *testing.T, r executor.Result)
}{
	{name: "values", steps: `env:TEXT env:NUMBER env:LIST env:NOTHING "print:$TEXT" ${NUMBER/#/print:}`,
		iface: `"inputs": {"json": [{"name": "text", "type": "string"}, {"name": "number", "type": "number"}, {"name": "list", "type": "array"},
			{"name": "nothing", "type": "string", "required": false}]}`,
		change: func(_ *testing.T, task *executor.Task) {
			task.JSON = map[string]any{"text": "$(touch x) `y` 'z'\n2", "number": json.Number("1.50"), "list": []any{"<a>", nil}}
		},
		stdout: "TEXT=$(touch x) `y` 'z'\n2 true\nNUMBER=1.50 true\nLIST=[\"<a>\",null] true\nNOTHING= false\n$(touch x) `y` 'z'\n2\n1.50\n"},
	{name: "settings", steps: "env:DB_HOST env:DB_PASS env:ALLOCATED_CPUS env:LD_PRELOAD",
		iface: `"settings": [{"name": "db-host"}, {"name": "db-pass", "secret": true}, {"name": "LD_PRELOAD"}]`,
		change: func(_ *testing.T, task *executor.Task) {
			task.Settings = map[string]string{"db-pass": "s3cret\nof two lines", "LD_PRELOAD": "/none", "other": "x"}
		},
		stdout: "DB_HOST= true\nDB_PASS=s3cret\nof two lines true\nALLOCATED_CPUS=1.5 true\nLD_PRELOAD=/none true\n"},
	{name: "files", steps: "read:SCENE read:PARTS cannot-change:SCENE env:MASK",
		iface: `"inputs": {"files": [{"name": "scene"}, {"name": "parts", "multiple": true}, {"name": "mask", "required": false}]}`,
		change: func(t *testing.T, task *executor.Task) {
			dir := t.TempDir()
			task.Files = map[string][]executor.InputFile{
				"scene": {inputFile(1, mustWrite(t, dir, "1", "one"), "my scene.tif")},
				"parts": {inputFile(2, mustWrite(t, dir, "2", "two"), "a"), inputFile(3, mustWrite(t, dir, "3", "three"), "a")},
			}
		},
		stdout: "my scene.tif: one\n3_a: three\na: two\nMASK= false\n"},
	{name: "outputs", steps: `write:a.csv:1 write:deep/b.csv:2 write:deep/c.csv:3 write:a.csv.metadata.json:"{\"type\": \"Feature\", \"geometry\": null, \"properties\": {\"sourceSensor\": \"S1\"}}" ` +
		`write:seed.outputs.json:"{\"cloud\": 0.5, \"KEY\": [1]}" complain:done`,
		iface: `"outputs": {"files": [{"name": "one", "pattern": "a.csv"}, {"name": "more", "pattern": "deep/*.csv", "multiple": true},
			{"name": "none", "pattern": "*.tif", "required": false}],
			"json": [{"name": "cloud", "type": "number"}, {"name": "list", "type": "array", "key": "KEY"}]}`,
		stderr: "done\n",
		check: func(t *testing.T, r executor.Result) {
			if len(r.Files["one"]) != 1 || len(r.Files["more"]) != 2 || len(r.Files["none"]) != 0 {
				t.Fatalf("got the files %+v", r.Files)
			}
			if got := mustReadOutput(t, r.Files["more"][1]); got != "3\n" {
				t.Errorf("deep/c.csv: got %q", got)
			}
			if got := fmt.Sprint(r.JSON); got != "map[cloud:0.5 list:[1]]" {
				t.Errorf("got the values %s", got)
			}
			if got := r.Files["one"][0].SourceSensor; got == nil || *got != "S1" {
				t.Errorf("got the sensor %v of the side-car", got)
			}
		}},
	{name: "mounts", steps: "put:STATE:new read:DATA cannot-put:$DATA:x", iface: `"mounts": [{"name": "state", "path": "/state", "mode": "rw"}, {"name": "data", "path": "/data"}]`,
		change: func(t *testing.T, task *executor.Task) {
			state, data := t.TempDir(), t.TempDir()
			mustOpen(t, state, data)
			mustOpen(t, mustWrite(t, data, "dem", "high"))
			task.Mounts = map[string]string{"state": state, "data": data}
		},
		stdout: "dem: high\n"},
	{name: "exit code of the manifest", steps: "print:bad exit:3", stdout: "bad\n", fault: "bad-file", code: 3},
	{name: "other exit code", steps: "exit:9", fault: recipe.ErrorUnknown, code: 9},
	{name: "missing output", steps: "print:nothing", iface: `"outputs": {"files": [{"name": "one", "pattern": "*.csv"}]}`,
		stdout: "nothing\n", fault: recipe.ErrorMissingOutput},
	{name: "missing input", steps: "print:nothing", iface: `"inputs": {"files": [{"name": "one"}]}`, fault: recipe.ErrorInvalidInput, code: -1},
	{name: "missing mount", steps: "print:nothing", iface: `"mounts": [{"name": "data", "path": "/data"}]`, fault: recipe.ErrorMissingMount, code: -1},
	{name: "timeout", steps: "ignore-term print:begun sleep:10m", stdout: "begun\n", fault: recipe.ErrorTimeout, code: 137,
		change: func(_ *testing.T, task *executor.Task) { task.Timeout = 2 * time.Second }},
	{name: "disk", steps: "fill:a:40 fill:b:40 sleep:10m", fault: recipe.ErrorOutOfDisk, code: -2,
		change: func(_ *testing.T, task *executor.Task) { withResource(task, "disk", 64) }},
	{name: "locked in", steps: "status:CapEff status:NoNewPrivs cannot-put:/:x cannot-put:/etc:x cannot-put:/usr:x",
		stdout: "CapEff:\t0000000000000000\nNoNewPrivs:\t1\n"},
}

// withResource lets a manifest ask for some of a resource.
func withResource(task *executor.Task, name string, amount float64) {
	m := *task.Manifest
	m.Job.Resources.Scalar = []seed.Scalar{{Name: name, Value: amount}}
	task.Manifest = &m
}

// mustOpen lets every user read and write.
func mustOpen(t *testing.T, paths ...string) {
	t.Helper()
	for _, at := range paths {
		if err := os.Chmod(at, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExecutorsConform(t *testing.T) {
	t.Parallel()
	eachExecutor(t, func(t *testing.T, e executor.Executor, setUp func(*testing.T, string, string) *bundle) {
		for _, c := range conformance {
			t.Run(c.name, func(t *testing.T) {
				b := setUp(t, c.steps, c.iface)
				if c.change != nil {
					c.change(t, &b.task)
				}
				r := b.mustRun(t, e)
				fault := ""
				if r.Error != nil {
					fault = r.Error.Name
				}
				if fault != c.fault || c.code != -2 && r.ExitCode != c.code {
					t.Fatalf("got %v (exit code %d), want %q (%d)\nstdout: %s\nstderr: %s", r.Error, r.ExitCode, c.fault, c.code, b.stdout, b.stderr)
				}
				if got := b.stdout.String(); got != c.stdout {
					t.Errorf("stdout: got %q, want %q", got, c.stdout)
				}
				if got := b.stderr.String(); c.stderr != "" && got != c.stderr {
					t.Errorf("stderr: got %q, want %q", got, c.stderr)
				}
				if c.check != nil {
					c.check(t, r)
				}
			})
		}
	})
}

func TestExecutorsLetACanceledJobCleanUp(t *testing.T) {
	t.Parallel()
	eachExecutor(t, func(t *testing.T, e executor.Executor, setUp func(*testing.T, string, string) *bundle) {
		b := setUp(t, "on-term:bye write:begun:x sleep:10m", "")
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := e.Run(ctx, b.task)
			ended <- err
		}()
		mustAppear(t, filepath.Join(b.task.Dir, "outputs", "begun"))
		reason := errors.New("the user canceled the job")
		cancel(reason)
		if err := <-ended; !errors.Is(err, reason) {
			t.Errorf("got %v, want %v", err, reason)
		}
		if got := b.stdout.String(); got != "bye\n" {
			t.Errorf("got %q, want bye", got)
		}
	})
}

func mustAppear(t *testing.T, at string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(at); err == nil {
			return
		}
	}
	t.Fatalf("%s did not appear", at)
}

func TestExecutorsCutALongLog(t *testing.T) {
	t.Parallel()
	eachExecutor(t, func(t *testing.T, e executor.Executor, setUp func(*testing.T, string, string) *bundle) {
		b := setUp(t, "flood:40960 complain:end", "") // 40 MiB
		b.mustComplete(t, e)
		if n := b.stdout.Len(); n < 16<<20 || n > 17<<20 || !strings.Contains(b.stdout.String()[16<<20:], "the log is full") {
			t.Errorf("got %d bytes, want 16 MiB and a note", n)
		}
		if got := b.stderr.String(); got != "end\n" {
			t.Errorf("stderr: got %q", got)
		}
	})
}

func TestExecutorsLimitJobs(t *testing.T) {
	t.Parallel()
	eachExecutor(t, func(t *testing.T, e executor.Executor, setUp func(*testing.T, string, string) *bundle) {
		b := setUp(t, "allocate:400", "")
		withResource(&b.task, "mem", 64)
		if r := b.mustRun(t, e); r.Error == nil || strings.Contains(b.stdout.String(), "allocated") {
			t.Errorf("a job of 64 MiB took 400: %+v\n%s", r, b.stdout)
		}
		b = setUp(t, "processes:500", "")
		b.task.Dir += "-2"
		b.task.JobID++
		r := b.mustRun(t, e)
		if !strings.Contains(b.stdout.String(), "some processes are refused: true") && r.Error == nil {
			t.Errorf("a job of 64 processes has 500: %+v\n%s", r, b.stdout)
		}
	})
}
