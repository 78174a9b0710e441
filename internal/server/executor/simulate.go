package executor

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// Settings of a job's configuration that script [Simulate]. No manifest has to
// declare them.
const (
	// SimulateDuration is how long the job takes, as "1.5s" or "2m"; default 0.
	SimulateDuration = "GALLEY_SIMULATE_DURATION"
	// SimulateExitCode is the job's exit code, 0 to 255; default 0, or 1 if
	// SimulateFailures is set.
	SimulateExitCode = "GALLEY_SIMULATE_EXIT_CODE"
	// SimulateFailures limits the exit code to the first executions of a job, that
	// many; the later ones complete. Default: all fail.
	SimulateFailures = "GALLEY_SIMULATE_FAILURES"
	// SimulateErrors lets the first executions of a job break down, that many: Run
	// returns an error, as if the machine could not carry them out. Default: 0.
	SimulateErrors = "GALLEY_SIMULATE_ERRORS"
	// SimulateOutput and the name of an output as a variable (EnvName) give the
	// output: the value of a JSON output as JSON; the text of a file output, or a
	// JSON array of texts for the files of a multiple one.
	SimulateOutput = "GALLEY_SIMULATE_OUTPUT_"
)

// Simulate pretends to run jobs. It starts no process and runs no user code. A
// job completes at once, with outputs that are made from the manifest and depend
// on nothing but it and the inputs: one file for each required file output (two
// if it is multiple) and a value of its type for each required JSON output.
// Settings of the job's configuration change that, see [SimulateDuration].
type Simulate struct{}

// NewSimulate returns an executor that runs nothing.
func NewSimulate() *Simulate { return &Simulate{} }

// A script is what the settings of a job say about its simulation.
type script struct {
	duration time.Duration
	exitCode int
	failures int // -1: every execution
	errors   int
}

// Run implements [Executor].
func (s *Simulate) Run(ctx context.Context, t Task) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("running job: %w", context.Cause(ctx))
	}
	l, err := newLayout(t.Dir)
	if err != nil {
		return Result{}, err
	}
	l.simulated = true
	problem, err := l.prepare(t, defaultSearchPath, func(*layout, *os.File, boundFile) error { return nil })
	if err != nil {
		return Result{}, err
	}
	if problem != nil {
		return Result{ExitCode: -1, Error: problem, Allocated: l.allocated}, nil
	}
	sc, problem := readScript(t.Settings)
	if problem != nil {
		return Result{ExitCode: -1, Error: problem, Allocated: l.allocated}, nil
	}
	result := Result{Allocated: l.allocated}
	job := t.Manifest.Job
	if err := logf(t.Stdout, "simulating %s %s, job %d, execution %d\n", job.Name, job.JobVersion, t.JobID, t.ExeNum); err != nil {
		return Result{}, err
	}
	if err := logf(t.Stdout, "command, not run: %s\n", job.Interface.Command); err != nil {
		return Result{}, err
	}
	late, err := sleep(ctx, sc.duration, t.timeout())
	if err != nil {
		return Result{}, err
	}
	if t.ExeNum <= sc.errors {
		return Result{}, fmt.Errorf("simulating: %s lets the first %d executions break down, this is %d", SimulateErrors, sc.errors, t.ExeNum)
	}
	if late {
		result.ExitCode = 128 + 15
		result.Error = timeoutError(t.timeout())
		return result, logf(t.Stderr, "stopped after %s\n", t.timeout())
	}
	if sc.exitCode != 0 && (sc.failures < 0 || t.ExeNum <= sc.failures) {
		result.ExitCode = sc.exitCode
		result.Error = exitError(t.Manifest, sc.exitCode)
		return result, logf(t.Stderr, "ended with exit code %d, as %s says\n", sc.exitCode, SimulateExitCode)
	}
	result.Files, result.JSON, result.Error, err = s.outputs(t, l.outputs())
	if err != nil || result.Error != nil {
		return result, err
	}
	return result, logf(t.Stdout, "made %d file outputs and %d JSON outputs\n", len(result.Files), len(result.JSON))
}

func readScript(settings map[string]string) (script, *JobError) {
	sc := script{failures: -1}
	bad := func(name, want string) (script, *JobError) {
		return sc, jobError(ErrInvalidSetting, Algorithm, "The setting %s is %q, expected %s", name, settings[name], want)
	}
	if text := settings[SimulateDuration]; text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return bad(SimulateDuration, "a duration such as 1.5s")
		}
		sc.duration = d
	}
	if text := settings[SimulateFailures]; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return bad(SimulateFailures, "a number of executions, 0 or more")
		}
		sc.failures, sc.exitCode = n, 1
	}
	if text := settings[SimulateErrors]; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return bad(SimulateErrors, "a number of executions, 0 or more")
		}
		sc.errors = n
	}
	if text := settings[SimulateExitCode]; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 255 {
			return bad(SimulateExitCode, "an exit code from 0 to 255")
		}
		sc.exitCode = n
	}
	return sc, nil
}

// sleep waits for d, or for the timeout if that is shorter: then late is true.
func sleep(ctx context.Context, d, timeout time.Duration) (late bool, err error) {
	if timeout > 0 && d > timeout {
		d, late = timeout, true
	}
	if d <= 0 {
		return late, nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return late, nil
	case <-ctx.Done():
		return false, fmt.Errorf("running job: %w", context.Cause(ctx))
	}
}

func (s *Simulate) outputs(t Task, dir string) (map[string][]OutputFile, map[string]any, *JobError, error) {
	made := map[string][]OutputFile{}
	for _, out := range t.Manifest.Job.Interface.Outputs.Files {
		texts, problem := fileTexts(t, out)
		if problem != nil {
			return nil, nil, problem, nil
		}
		for i, text := range texts {
			stem := out.Name
			if len(texts) > 1 {
				stem = fmt.Sprintf("%s-%d", out.Name, i+1)
			}
			f, err := writeOutput(dir, matching(out.Pattern, stem), text)
			if err != nil {
				return nil, nil, nil, fmt.Errorf("writing output %q: %w", out.Name, err)
			}
			f.MediaType = out.MediaType
			made[out.Name] = append(made[out.Name], f)
		}
	}
	values := map[string]any{}
	for _, out := range t.Manifest.Job.Interface.Outputs.JSON {
		value, problem := jsonValue(t, out)
		if problem != nil {
			return nil, nil, problem, nil
		}
		if value != nil {
			values[out.Name] = value
		}
	}
	return made, values, nil, nil
}

// fileTexts are the contents of an output's files.
func fileTexts(t Task, out seed.OutputFile) ([]string, *JobError) {
	name := SimulateOutput + seed.EnvName(out.Name)
	if text, ok := t.Settings[name]; ok {
		var texts []string
		if out.Multiple && json.Unmarshal([]byte(text), &texts) == nil {
			if len(texts) == 0 && out.Required {
				return nil, jobError(ErrMissingOutput, Algorithm, "The setting %s gives the required output %q no file", name, out.Name)
			}
			return texts, nil
		}
		return []string{text}, nil
	}
	if !out.Required {
		return nil, nil
	}
	job := t.Manifest.Job
	text := fmt.Sprintf("%s of %s %s, made from inputs %08x\n", out.Name, job.Name, job.JobVersion, fingerprint(t, out.Name))
	// A pattern without wildcards has room for one file only.
	if out.Multiple && matching(out.Pattern, "1") != matching(out.Pattern, "2") {
		return []string{"1: " + text, "2: " + text}, nil
	}
	return []string{text}, nil
}

func jsonValue(t Task, out seed.OutputJSON) (any, *JobError) {
	name := SimulateOutput + seed.EnvName(out.Name)
	if text, ok := t.Settings[name]; ok {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var value any
		if err := d.Decode(&value); err != nil || d.More() {
			return nil, jobError(ErrInvalidSetting, Algorithm, "The setting %s is %q, expected a JSON value of the type %s", name, text, out.Type)
		}
		if !hasType(value, out.Type) {
			return nil, jobError(ErrInvalidOutput, Algorithm, "The setting %s is of the type %s, expected the type %s of the output %q",
				name, typeOf(value), out.Type, out.Name)
		}
		return value, nil
	}
	if !out.Required {
		return nil, nil
	}
	n := json.Number(strconv.Itoa(int(fingerprint(t, out.Name) % 100)))
	switch out.Type {
	case "integer":
		return n, nil
	case "number":
		return n + ".5", nil
	case "boolean":
		return true, nil
	case "array":
		return []any{n}, nil
	case "object":
		return map[string]any{"simulated": n}, nil
	}
	return fmt.Sprintf("%s-%s", out.Name, n), nil
}

// fingerprint is a number made from the manifest, the inputs and an output's name.
func fingerprint(t Task, output string) uint32 {
	h := fnv.New32a()
	inputs, _ := json.Marshal(t.JSON) // values of JSON data, with sorted keys
	fmt.Fprintf(h, "%s %s %s %s", t.Manifest.Job.Name, t.Manifest.Job.JobVersion, output, inputs)
	for _, in := range t.Manifest.Job.Interface.Inputs.Files {
		for _, f := range t.Files[in.Name] {
			fmt.Fprintf(h, " %s=%d/%s", in.Name, f.ID, f.Name)
		}
	}
	return h.Sum32()
}

func writeOutput(dir, name, text string) (OutputFile, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return OutputFile{}, fmt.Errorf("opening the output folder: %w", err)
	}
	defer root.Close()
	at := filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return OutputFile{}, fmt.Errorf("making a folder: %w", err)
	}
	if err := root.WriteFile(at, []byte(text), 0o600); err != nil {
		return OutputFile{}, fmt.Errorf("writing file: %w", err)
	}
	return OutputFile{Path: filepath.Join(dir, at), Name: name, Size: int64(len(text)), dir: dir}, nil
}

// matching makes a path that a glob pattern matches: the first '*' becomes stem,
// every other one nothing, '?' an x, and a class one of its characters.
func matching(pattern, stem string) string {
	var b strings.Builder
	runes := []rune(path.Clean(pattern))
	for i := 0; i < len(runes); i++ {
		switch runes[i] {
		case '*':
			b.WriteString(stem)
			stem = ""
		case '?':
			b.WriteByte('x')
		case '\\':
			i++
			b.WriteRune(runes[i])
		case '[':
			end := i + 1
			if runes[end] == '^' {
				end++
			}
			for ; runes[end] != ']'; end++ {
				if runes[end] == '\\' {
					end++
				}
			}
			b.WriteRune(memberOf(string(runes[i : end+1])))
			i = end
		default:
			b.WriteRune(runes[i])
		}
	}
	return b.String()
}

// memberOf is a character that a class such as [a-z] or [^0-9] matches.
func memberOf(class string) rune {
	likely := append([]rune("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"), []rune(class)...)
	i := slices.IndexFunc(likely, func(r rune) bool {
		ok, err := path.Match(class, string(r))
		return ok && err == nil && r != '/'
	})
	return likely[max(i, 0)]
}

func logf(w io.Writer, format string, args ...any) error {
	if w == nil {
		return nil
	}
	if _, err := fmt.Fprintf(w, format, args...); err != nil {
		return fmt.Errorf("writing the job's log: %w", err)
	}
	return nil
}
