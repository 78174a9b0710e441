package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

const simulated = `"inputs": {"files": [{"name": "scene", "required": false}], "json": [{"name": "limit", "type": "integer", "required": false}]},
	"outputs": {
		"files": [
			{"name": "table", "pattern": "*.csv", "mediaType": "text/csv"},
			{"name": "tiles", "pattern": "tiles/tile-*.png", "multiple": true},
			{"name": "extra", "pattern": "*.txt", "required": false}],
		"json": [
			{"name": "count", "type": "integer"}, {"name": "ratio", "type": "number"}, {"name": "ok", "type": "boolean"},
			{"name": "label", "type": "string"}, {"name": "list", "type": "array"}, {"name": "more", "type": "object"},
			{"name": "maybe", "type": "string", "required": false}]}`

func contents(t *testing.T, r executor.Result) map[string]string {
	t.Helper()
	got := map[string]string{}
	for output, files := range r.Files {
		for _, f := range files {
			got[output+" "+f.Name+" "+f.MediaType] = mustReadOutput(t, f)
			if info, err := os.Stat(f.Path); err != nil || info.Size() != f.Size {
				t.Errorf("%s has size %d, reported %d (%v)", f.Path, info.Size(), f.Size, err)
			}
		}
	}
	return got
}

func TestSimulateMakesOutputsFromTheManifest(t *testing.T) {
	t.Parallel()
	m := mustCommand(t, "echo should not run", simulated)
	run := func(limit string) (executor.Result, *bundle) {
		b := newBundle(t, m)
		b.task.JSON = map[string]any{"limit": json.Number(limit)}
		return b.mustComplete(t, executor.NewSimulate()), b
	}
	first, b := run("1")
	again, _ := run("1")
	other, _ := run("2")
	got := contents(t, first)
	var names []string
	for _, name := range []string{"table table.csv text/csv", "tiles tiles/tile-tiles-1.png application/octet-stream", "tiles tiles/tile-tiles-2.png application/octet-stream"} {
		if got[name] == "" {
			names = append(names, name)
		}
	}
	if len(names) > 0 || len(got) != 3 {
		t.Errorf("got files %q, without %q", got, names)
	}
	if diff := cmp.Diff(got, contents(t, again)); diff != "" {
		t.Errorf("the same inputs give other files:\n%s", diff)
	}
	if diff := cmp.Diff(first.JSON, again.JSON); diff != "" {
		t.Errorf("the same inputs give other values:\n%s", diff)
	}
	if cmp.Equal(got, contents(t, other)) {
		t.Error("other inputs give the same files")
	}
	m2 := m.Interface().Output
	if len(first.JSON) != 6 {
		t.Errorf("got values %v", first.JSON)
	}
	for name, value := range first.JSON {
		raw, _ := json.Marshal(value)
		t.Logf("%s %s = %s", name, m2.JSON[name].Type, raw)
	}
	if first.JSON["ok"] != true {
		t.Errorf("got ok = %v", first.JSON["ok"])
	}
	if log := b.stdout.String(); !strings.Contains(log, "simulating count-lines 1.2.0, job 7, execution 1\ncommand, not run: echo should not run\n") {
		t.Errorf("got log %q", log)
	}
}

func TestSimulateFollowsItsScript(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		settings map[string]string
		exeNum   int
		want     string // the error's name and description
		code     int
	}{
		{"an exit code of the manifest", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "3"}, 9, "bad-file: It is no CSV", 3},
		{"an exit code for the first executions", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "3", "GALLEY_SIMULATE_FAILURES": "2"}, 2, "bad-file: It is no CSV", 3},
		{"the execution after them", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "3", "GALLEY_SIMULATE_FAILURES": "2"}, 3, "", 0},
		{"failures without an exit code", map[string]string{"GALLEY_SIMULATE_FAILURES": "1"}, 1,
			"algorithm-unknown: The job ended with exit code 1, which its manifest does not explain; see the log of the execution", 1},
		{"exit code 0", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "0"}, 1, "", 0},
		{"a bad exit code", map[string]string{"GALLEY_SIMULATE_EXIT_CODE": "256"}, 1,
			`invalid-setting: The setting GALLEY_SIMULATE_EXIT_CODE is "256", expected an exit code from 0 to 255`, -1},
		{"a bad duration", map[string]string{"GALLEY_SIMULATE_DURATION": "1 s"}, 1,
			`invalid-setting: The setting GALLEY_SIMULATE_DURATION is "1 s", expected a duration such as 1.5s`, -1},
		{"a bad number of failures", map[string]string{"GALLEY_SIMULATE_FAILURES": "-1"}, 1,
			`invalid-setting: The setting GALLEY_SIMULATE_FAILURES is "-1", expected a number of executions, 0 or more`, -1},
		{"an output that is no JSON", map[string]string{"GALLEY_SIMULATE_OUTPUT_LABEL": "a"}, 1,
			`invalid-setting: The setting GALLEY_SIMULATE_OUTPUT_LABEL is "a", expected a JSON value of the type string`, 0},
		{"an output of the wrong type", map[string]string{"GALLEY_SIMULATE_OUTPUT_COUNT": `"1"`}, 1,
			`invalid-output: The setting GALLEY_SIMULATE_OUTPUT_COUNT is of the type string, expected the type integer of the output "count"`, 0},
		{"a required output without files", map[string]string{"GALLEY_SIMULATE_OUTPUT_TILES": `[]`}, 1,
			`missing-required-output: The setting GALLEY_SIMULATE_OUTPUT_TILES gives the required output "tiles" no file`, 0},
	}
	m := mustCommand(t, "true", simulated)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, m)
			b.task.Settings, b.task.ExeNum = c.settings, c.exeNum
			r := b.mustRun(t, executor.NewSimulate())
			got := ""
			if r.Error != nil {
				got = r.Error.Error()
			}
			if got != c.want || r.ExitCode != c.code {
				t.Errorf("got  %q (exit code %d)\nwant %q (exit code %d)", got, r.ExitCode, c.want, c.code)
			}
			if (r.Error == nil) != (len(r.Files) > 0) {
				t.Errorf("got error %v and files %v", r.Error, r.Files)
			}
		})
	}
}

func TestSimulateTakesOutputsFromItsScript(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, "true", simulated))
	b.task.Settings = map[string]string{
		"GALLEY_SIMULATE_OUTPUT_TABLE": "a,b\n1,2\n",
		"GALLEY_SIMULATE_OUTPUT_TILES": `["one", "two", "three"]`,
		"GALLEY_SIMULATE_OUTPUT_EXTRA": "extra",
		"GALLEY_SIMULATE_OUTPUT_COUNT": "12345678901234567890",
		"GALLEY_SIMULATE_OUTPUT_MAYBE": `"yes"`,
		"GALLEY_SIMULATE_OUTPUT_MORE":  `{"a": [1]}`,
	}
	r := b.mustComplete(t, executor.NewSimulate())
	want := map[string]string{
		"table table.csv text/csv":                              "a,b\n1,2\n",
		"tiles tiles/tile-tiles-1.png application/octet-stream": "one",
		"tiles tiles/tile-tiles-2.png application/octet-stream": "two",
		"tiles tiles/tile-tiles-3.png application/octet-stream": "three",
		"extra extra.txt application/octet-stream":              "extra",
	}
	if diff := cmp.Diff(want, contents(t, r)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, want := range map[string]any{
		"count": json.Number("12345678901234567890"), "maybe": "yes", "more": map[string]any{"a": []any{json.Number("1")}},
	} {
		if diff := cmp.Diff(want, r.JSON[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSimulateTakesItsTime(t *testing.T) {
	t.Parallel()
	m := mustCommand(t, "true", "")
	short := newBundle(t, m)
	short.task.Settings = map[string]string{"GALLEY_SIMULATE_DURATION": "30ms"}
	started := time.Now()
	short.mustComplete(t, executor.NewSimulate())
	if d := time.Since(started); d < 30*time.Millisecond {
		t.Errorf("took %s, want at least 30ms", d)
	}
	long := newBundle(t, m)
	long.task.Settings = map[string]string{"GALLEY_SIMULATE_DURATION": "1h"}
	long.task.Timeout = time.Millisecond
	if r := long.mustRun(t, executor.NewSimulate()); r.Error == nil || r.Error.Name != "timeout" {
		t.Errorf("got %v, want a timeout", r.Error)
	}
	canceled := newBundle(t, m)
	canceled.task.Settings = long.task.Settings
	reason := errors.New("the server stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(reason) })
	if _, err := executor.NewSimulate().Run(ctx, canceled.task); !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
}

func TestSimulateNeedsNoFolderForAMount(t *testing.T) {
	t.Parallel()
	m := mustCommand(t, "true", `"mounts": [{"name": "ref", "path": "/ref"}]`)
	configured := newBundle(t, m)
	configured.task.Mounts = map[string]string{"ref": "/only/on/the/cluster"}
	configured.mustComplete(t, executor.NewSimulate())
	if r := newBundle(t, m).mustRun(t, executor.NewSimulate()); r.Error == nil || r.Error.Name != executor.ErrMissingMount {
		t.Errorf("without a configured path got %v, want %s", r.Error, executor.ErrMissingMount)
	}
}

func TestSimulateBreaksDownInTheFirstExecutions(t *testing.T) {
	t.Parallel()
	m := mustCommand(t, "true", "")
	for exeNum, want := range map[int]string{
		1: "simulating: GALLEY_SIMULATE_ERRORS lets the first 2 executions break down, this is 1",
		2: "simulating: GALLEY_SIMULATE_ERRORS lets the first 2 executions break down, this is 2",
		3: "<nil>",
	} {
		b := newBundle(t, m)
		b.task.ExeNum = exeNum
		b.task.Settings = map[string]string{"GALLEY_SIMULATE_ERRORS": "2"}
		_, err := executor.NewSimulate().Run(t.Context(), b.task)
		if got := fmt.Sprint(err); got != want {
			t.Errorf("execution %d: got %s, want %s", exeNum, got, want)
		}
	}
}

func TestSimulateNamesFilesAfterThePattern(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"*.csv": "out.csv", "out-*.csv": "out-out.csv", "result.csv": "result.csv", "sub/*/x?.csv": "sub/out/xx.csv",
		"[a-c]*.csv": "aout.csv", "[^0-9]?*": "axout", "*-*": "out-", `\*.csv`: "*.csv", `[\]]x`: "]x", "./a/*": "a/out",
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			quoted, _ := json.Marshal(pattern)
			b := newBundle(t, mustCommand(t, "true", `"outputs": {"files": [{"name": "out", "pattern": `+string(quoted)+`}]}`))
			r := b.mustComplete(t, executor.NewSimulate())
			got := r.Files["out"][0].Name
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if ok, err := path.Match(path.Clean(pattern), got); !ok || err != nil {
				t.Errorf("%q does not match (%v)", got, err)
			}
			if r.Files["out"][0].Path != filepath.Join(b.task.Dir, "outputs", filepath.FromSlash(want)) {
				t.Errorf("got path %s", r.Files["out"][0].Path)
			}
		})
	}
}

var _ executor.Executor = (*executor.Simulate)(nil)
