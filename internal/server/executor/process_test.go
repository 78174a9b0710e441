//go:build unix

package executor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

// newProcess returns an executor with the strongest sandbox of this machine.
func newProcess(t testing.TB) *executor.Process {
	t.Helper()
	p, err := executor.NewProcess(executor.ProcessConfig{Require: executor.Landlock})
	if err != nil {
		t.Logf("without a sandbox: %v", err)
		p, err = executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed})
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessGivesTheJobOnlyItsOwnEnvironment(t *testing.T) {
	t.Setenv("GALLEYD_ADMIN_PASSWORD", "hunter2") // not parallel
	t.Setenv("LD_LIBRARY_PATH", "/nowhere")
	b := newBundle(t, mustCommand(t, "env -0", `
		"inputs": {
			"files": [{"name": "scene"}, {"name": "mask", "required": false}, {"name": "more-files", "multiple": true}],
			"json": [{"name": "limit", "type": "number"}, {"name": "tags", "type": "array"}, {"name": "note", "type": "string", "required": false}]
		},
		"settings": [{"name": "db-host"}, {"name": "db-pass", "secret": true}],
		"mounts": [{"name": "ref-data", "path": "/data"}]`))
	dir, mount := t.TempDir(), t.TempDir()
	b.task.Files = map[string][]executor.InputFile{
		"scene": {inputFile(1, mustWrite(t, dir, "1.bin", strings.Repeat("x", 1<<19)), "my scene.csv")},
		"more-files": {
			inputFile(2, mustWrite(t, dir, "2.bin", ""), "a"),
			inputFile(3, mustWrite(t, dir, "3.bin", ""), "b"),
		},
	}
	b.task.JSON = map[string]any{"limit": json.Number("1.50"), "tags": []any{"<a>", nil}, "unknown": "x"}
	b.task.Settings = map[string]string{"db-pass": "s3cret", "GALLEY_SIMULATE_EXIT_CODE": "1"}
	b.task.Mounts = map[string]string{"ref-data": mount}
	r := b.mustComplete(t, newProcess(t))

	got := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(b.stdout.String(), "\x00"), "\x00") {
		name, value, _ := strings.Cut(line, "=")
		got[name] = value
	}
	exe := b.task.Dir
	want := map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME": exe + "/work", "PWD": exe + "/work", "TMPDIR": exe + "/tmp", "LANG": "C.UTF-8",
		"OUTPUT_DIR": exe + "/outputs",
		"SCENE":      exe + "/inputs/SCENE/my scene.csv", "MORE_FILES": exe + "/inputs/MORE_FILES",
		"LIMIT": "1.50", "TAGS": `["<a>",null]`,
		"DB_HOST": "", "DB_PASS": "s3cret", "REF_DATA": mount,
		"ALLOCATED_CPUS": "1.5", "ALLOCATED_DISK": "2.0",
	}
	ofBash := cmpopts.IgnoreMapEntries(func(k, _ string) bool { return k == "_" || k == "SHLVL" || k == "OLDPWD" })
	if diff := cmp.Diff(want, got, ofBash); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"cpus": 1.5, "disk": 2}, r.Allocated); diff != "" {
		t.Errorf("allocated (-want +got):\n%s", diff)
	}
}

func TestProcessNeverRunsValuesAsCode(t *testing.T) {
	t.Parallel()
	evil := "$(touch $OUTPUT_DIR/hacked) `touch $OUTPUT_DIR/hacked`; touch hacked '\" \n*"
	b := newBundle(t, mustCommand(t, `printf '%s|%s|%s' "$TEXT" "$SETTING" "$(basename "$FILE")"; ls "$OUTPUT_DIR"`, `
		"inputs": {"files": [{"name": "file"}], "json": [{"name": "text", "type": "string"}]}, "settings": [{"name": "setting"}]`))
	b.task.JSON = map[string]any{"text": evil}
	b.task.Settings = map[string]string{"setting": evil}
	b.task.Files = map[string][]executor.InputFile{"file": {inputFile(1, mustWrite(t, t.TempDir(), "x", ""), "../../$(touch hacked);x")}}
	b.mustComplete(t, newProcess(t))
	if got, want := b.stdout.String(), evil+"|"+evil+"|$(touch hacked);x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProcessFollowsBashExpansion(t *testing.T) {
	t.Parallel()
	m := mustCommand(t, `printf '<%s>' ${LIMIT/#/-d }`, `"inputs": {"json": [{"name": "limit", "type": "integer", "required": false}]}`)
	given, absent := newBundle(t, m), newBundle(t, m)
	given.task.JSON = map[string]any{"limit": json.Number("5")}
	p := newProcess(t)
	given.mustComplete(t, p)
	absent.mustComplete(t, p)
	if got := given.stdout.String() + absent.stdout.String(); got != "<-d><5><>" {
		t.Errorf("got %s, want <-d><5><>", got)
	}
}

func TestProcessMapsExitCodes(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	cases := []struct {
		name, command string
		code          int
		want          executor.JobError
	}{
		{"a code of the manifest", "exit 3", 3, executor.JobError{Name: "bad-file", Title: "Bad file", Description: "It is no CSV", Category: "DATA"}},
		{"a code of the manifest without a title", "exit 4", 4, executor.JobError{Name: "crash", Title: "crash", Category: "ALGORITHM"}},
		{"another code", "exit 5", 5, executor.JobError{Name: "algorithm-unknown", Title: "Algorithm failure", Category: "ALGORITHM",
			Description: "The job ended with exit code 5, which its manifest does not explain; see the log of the execution"}},
		{"a signal", "kill -SEGV $$", 139, executor.JobError{Name: "algorithm-unknown", Title: "Algorithm failure", Category: "ALGORITHM",
			Description: "The job ended with exit code 139 (signal 11), which its manifest does not explain; see the log of the execution"}},
		{"a command that does not exist", "no-such-command", 127, executor.JobError{Name: "algorithm-unknown", Title: "Algorithm failure", Category: "ALGORITHM",
			Description: "The job ended with exit code 127, which its manifest does not explain; see the log of the execution"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newBundle(t, mustCommand(t, c.command, "")).mustRun(t, p)
			if r.ExitCode != c.code {
				t.Errorf("got exit code %d, want %d", r.ExitCode, c.code)
			}
			if diff := cmp.Diff(&c.want, r.Error); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// stubborn ignores SIGTERM, and so does its child, whose start it tells.
const stubborn = `trap '' TERM; bash -c 'trap "" TERM; echo $$ >"$OUTPUT_DIR/pid"; while :; do read -t 1 <><(:); done'; sleep 600`

// mustStart waits until the job has written the file pid.
func mustStart(t *testing.T, b *bundle) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		if raw, err := os.ReadFile(filepath.Join(b.task.Dir, "outputs", "pid")); err == nil && len(raw) > 0 {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatal("the job did not start its child")
}

// mustEnd waits until no process of the job is left. They are known by their
// environment, since their numbers may be those of their own namespace.
func mustEnd(t *testing.T, b *bundle) {
	t.Helper()
	mark := []byte("OUTPUT_DIR=" + filepath.Join(b.task.Dir, "outputs") + "\x00")
	var left []string
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		left = nil
		found, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, name := range found {
			if raw, err := os.ReadFile(name); err == nil && bytes.Contains(raw, mark) {
				left = append(left, name)
			}
		}
		if len(left) == 0 {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Errorf("processes of the job are still there: %q", left)
}

// eachSandbox runs a test with every sandbox that this machine has.
func eachSandbox(t *testing.T, cfg executor.ProcessConfig, test func(*testing.T, *executor.Process)) {
	t.Helper()
	for _, sandbox := range []executor.Sandbox{executor.Full, executor.Landlock, executor.Unsandboxed} {
		t.Run(string(sandbox), func(t *testing.T) {
			t.Parallel()
			test(t, mustLockIn(t, cfg, sandbox))
		})
	}
}

// mustLockIn returns an executor with exactly this sandbox. Where the machine does not
// have it, the test is skipped with the reason, unless GALLEY_REQUIRE_SANDBOX says that it has.
func mustLockIn(t testing.TB, cfg executor.ProcessConfig, sandbox executor.Sandbox) *executor.Process {
	t.Helper()
	p, err := executor.NewExactly(cfg, sandbox)
	if err != nil && os.Getenv("GALLEY_REQUIRE_SANDBOX") == "" {
		t.Skipf("this machine does not have the sandbox %q: %v", sandbox, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessKillsTheWholeGroupAtTheTimeout(t *testing.T) {
	t.Parallel()
	eachSandbox(t, executor.ProcessConfig{Grace: 100 * time.Millisecond}, func(t *testing.T, p *executor.Process) {
		b := newBundle(t, mustCommand(t, stubborn, ""))
		b.task.Timeout = 2 * time.Second
		r := b.mustRun(t, p)
		mustEnd(t, b)
		want := &executor.JobError{Name: "timeout", Title: "Timeout", Category: "ALGORITHM",
			Description: "The job was stopped after 2s, its timeout"}
		if diff := cmp.Diff(want, r.Error); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	})
}

func TestProcessKillsTheWholeGroupWhenCanceled(t *testing.T) {
	t.Parallel()
	eachSandbox(t, executor.ProcessConfig{Grace: 100 * time.Millisecond}, func(t *testing.T, p *executor.Process) {
		ctx, cancel := context.WithCancelCause(t.Context())
		b := newBundle(t, mustCommand(t, stubborn, ""))
		ended := make(chan error, 1)
		go func() {
			_, err := p.Run(ctx, b.task)
			ended <- err
		}()
		mustStart(t, b)
		reason := errors.New("the user canceled the job")
		cancel(reason)
		if err := <-ended; !errors.Is(err, reason) {
			t.Errorf("got %v, want %v", err, reason)
		}
		mustEnd(t, b)
	})
}

func TestProcessLetsAJobCleanUp(t *testing.T) {
	t.Parallel()
	commands := map[string]string{
		"the first process": `trap 'echo bye; exit' TERM; echo $$ >"$OUTPUT_DIR/pid"; while :; do read -t 1 <><(:); done`,
		// bash itself goes at once.
		"its child": `bash -c 'trap "sleep 0.2; echo bye; exit" TERM; echo $$ >"$OUTPUT_DIR/pid"; while :; do read -t 1 <><(:); done'; true`,
	}
	eachSandbox(t, executor.ProcessConfig{Grace: 60 * time.Second}, func(t *testing.T, p *executor.Process) {
		for name, command := range commands {
			ctx, cancel := context.WithCancel(t.Context())
			b := newBundle(t, mustCommand(t, command, ""))
			ended := make(chan error, 1)
			go func() {
				_, err := p.Run(ctx, b.task)
				ended <- err
			}()
			mustStart(t, b)
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v", name, err)
			}
			if got := b.stdout.String(); got != "bye\n" {
				t.Errorf("%s: got %q, want bye", name, got)
			}
		}
	})
}

func TestProcessLeavesNothingBehindAfterAGoodEnd(t *testing.T) {
	t.Parallel()
	eachSandbox(t, executor.ProcessConfig{}, func(t *testing.T, p *executor.Process) {
		b := newBundle(t, mustCommand(t, `sleep 600 & echo $! >"$OUTPUT_DIR/pid"`, ""))
		started := time.Now()
		b.mustComplete(t, p)
		if d := time.Since(started); d > 300*time.Second {
			t.Errorf("waited %s for a process in the background", d)
		}
		mustEnd(t, b)
	})
}

// TestProcessDiesWithTheServer kills a program that runs a job: this test binary.
func TestProcessDiesWithTheServer(t *testing.T) {
	t.Parallel()
	const dirVariable = "EXECUTOR_TEST_DIR"
	if dir := os.Getenv(dirVariable); dir != "" { // in the server
		b := newBundle(t, mustCommand(t, stubborn, ""))
		b.task.Dir = dir
		b.mustRun(t, newProcess(t))
		return
	}
	b := newBundle(t, mustCommand(t, stubborn, ""))
	server := exec.Command(os.Args[0], "-test.run=^TestProcessDiesWithTheServer$")
	server.Env = append(os.Environ(), dirVariable+"="+b.task.Dir)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	mustStart(t, b)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	mustEnd(t, b)
}

func TestProcessCutsALongLog(t *testing.T) {
	t.Parallel()
	p, err := executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed, MaxLog: 1000})
	if err != nil {
		t.Fatal(err)
	}
	b := newBundle(t, mustCommand(t, `head -c 5000000 /dev/zero | tr '\0' x; echo short >&2`, ""))
	b.mustComplete(t, p)
	want := strings.Repeat("x", 1000) + "\n[galley: the log is full, the rest of the output was dropped]\n"
	if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
		t.Errorf("stdout (-want +got):\n%s", diff)
	}
	if b.stderr.String() != "short\n" {
		t.Errorf("stderr: got %q", b.stderr)
	}
}

func TestProcessWritesBothStreamsToOneLog(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, `for i in {1..200}; do echo $i; echo $i >&2; done`, ""))
	b.task.Stderr = b.stdout
	b.mustComplete(t, newProcess(t))
	if got := strings.Count(b.stdout.String(), "\n"); got != 400 {
		t.Errorf("got %d lines, want 400", got)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestProcessReportsALogThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, "echo a; echo b", ""))
	b.task.Stdout = fullDisk{}
	if _, err := newProcess(t).Run(t.Context(), b.task); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want no space left", err)
	}
}

func TestProcessGivesSeveralFilesAsAFolder(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, `cd "$PARTS"; for f in *; do echo "$f=$(cat "$f")"; done`,
		`"inputs": {"files": [{"name": "parts", "multiple": true}]}`))
	dir := t.TempDir()
	file := func(id int64, name string) executor.InputFile {
		return inputFile(id, mustWrite(t, dir, fmt.Sprint(id), fmt.Sprint("content ", id)), name)
	}
	b.task.Files = map[string][]executor.InputFile{
		"parts": {file(1, "a.csv"), file(2, "a.csv"), file(3, "deep/../../b.csv"), file(4, ".."), file(5, "")},
	}
	b.mustComplete(t, newProcess(t))
	want := "2_a.csv=content 2\na.csv=content 1\nb.csv=content 3\nfile-4=content 4\nfile-5=content 5\n"
	if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProcessRefusesTasksThatCannotRun(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	const iface = `"inputs": {"files": [{"name": "file", "required": false}], "json": [{"name": "text", "type": "string", "required": false}]}`
	dir := t.TempDir()
	cases := []struct {
		name, iface string
		change      func(*executor.Task)
		want        string
	}{
		{"a required file is not given", `"inputs": {"files": [{"name": "file"}]}`, func(*executor.Task) {},
			`invalid-input: The input "file" has no file, but is required`},
		{"a required value is not given", `"inputs": {"json": [{"name": "n", "type": "number"}]}`, func(*executor.Task) {},
			`invalid-input: The input "n" has no value, but is required`},
		{"two files for one", iface, func(t *executor.Task) { t.Files = map[string][]executor.InputFile{"file": {{}, {}}} },
			`invalid-input: The input "file" has 2 files, but takes one`},
		{"a zero byte", iface, func(t *executor.Task) { t.JSON = map[string]any{"text": "a\x00b"} },
			"invalid-input: The value of TEXT contains a zero byte, which an environment variable cannot hold"},
		{"a very long value", iface, func(t *executor.Task) { t.JSON = map[string]any{"text": strings.Repeat("x", 1<<17)} },
			"invalid-input: The value of TEXT has 131072 bytes; an environment variable holds at most 131066: pass large data as a file"},
		{"a mount without a path", `"mounts": [{"name": "ref", "path": "/ref"}]`, func(*executor.Task) {},
			`missing-mount: The mount "ref" has no path on this machine; set it in the mounts of the job's configuration`},
		{"a mount that is not there", `"mounts": [{"name": "ref", "path": "/ref"}]`,
			func(t *executor.Task) { t.Mounts = map[string]string{"ref": dir + "/absent"} },
			`missing-mount: The mount "ref" is configured as ` + dir + `/absent, which does not exist`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, mustCommand(t, "echo ran", c.iface))
			c.change(&b.task)
			r := b.mustRun(t, p)
			if r.Error == nil || r.Error.Error() != c.want || r.ExitCode != -1 {
				t.Errorf("got %v (exit code %d), want %s", r.Error, r.ExitCode, c.want)
			}
			if b.stdout.Len() > 0 {
				t.Errorf("the job ran: %s", b.stdout)
			}
		})
	}
}

func TestProcessWithoutSandboxGivesCopiesOfInputs(t *testing.T) {
	t.Parallel()
	p, err := executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed})
	if err != nil {
		t.Fatal(err)
	}
	b := newBundle(t, mustCommand(t, `echo changed >>"$INPUT"; cat "$INPUT"`, `"inputs": {"files": [{"name": "input"}]}`))
	input := mustWrite(t, t.TempDir(), "input", "data\n")
	b.task.Files = map[string][]executor.InputFile{"input": {inputFile(1, input, "in.txt")}}
	b.mustComplete(t, p)
	if got := b.stdout.String(); got != "data\nchanged\n" {
		t.Errorf("the job read %q", got)
	}
	if raw, err := os.ReadFile(input); err != nil || string(raw) != "data\n" {
		t.Errorf("the input became %q, %v", raw, err)
	}
}

func TestProcessPassesTheLongestValueThatFits(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, "echo ${#TEXT}", `"inputs": {"json": [{"name": "text", "type": "string"}]}`))
	b.task.JSON = map[string]any{"text": strings.Repeat("x", 131066)}
	b.mustComplete(t, newProcess(t))
	if got := b.stdout.String(); got != "131066\n" {
		t.Errorf("got %q", got)
	}
}

func TestProcessReportsWhatThisMachineCannotDo(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	m := mustCommand(t, "true", `"inputs": {"files": [{"name": "file", "required": false}]}`)
	gone := newBundle(t, m)
	gone.task.Files = map[string][]executor.InputFile{"file": {inputFile(9, filepath.Join(t.TempDir(), "gone"), "x")}}
	if _, err := p.Run(t.Context(), gone.task); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), `file 9 of input "file"`) {
		t.Errorf("for an input that is gone: got %v", err)
	}
	used := newBundle(t, m)
	mustWrite(t, used.task.Dir, "left-over", "")
	if _, err := p.Run(t.Context(), used.task); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("for a folder that is not empty: got %v", err)
	}
}

func TestNewProcessRefusesAProgramThatIsNoHelper(t *testing.T) {
	t.Parallel()
	_, err := executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed, SandboxCommand: []string{"/bin/echo"}})
	if err == nil || !strings.Contains(err.Error(), "does it call executor.MaybeSandbox first in main?") {
		t.Errorf("got %v", err)
	}
	_, err = executor.NewProcess(executor.ProcessConfig{Require: executor.Unsandboxed, ReadOnlyRoots: []string{"relative"}})
	if err == nil || !strings.Contains(err.Error(), `"relative" is not an existing absolute path`) {
		t.Errorf("got %v", err)
	}
}
