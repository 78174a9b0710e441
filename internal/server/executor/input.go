package executor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
)

// maxVariable is the longest NAME=value that Linux hands to a program, in bytes.
const maxVariable = 128<<10 - 1

// A layout is the folder of an execution, and what of the machine belongs to it.
type layout struct {
	dir        string
	env        map[string]string
	allocated  map[string]float64
	inputFiles []boundFile // the files of workspaces that the job reads
	readable   []string    // read-only mounts
	writable   []string    // read-write mounts
	simulated  bool        // nothing will look into the mounts
	container  bool        // mounts appear where the manifest says
	drivers    []string    // of volumes, beside "local"
	binds      []bind      // into a container
}

// A boundFile is a file of a workspace that appears to a job at Target.
type boundFile struct {
	Root   string `json:"root"`   // the folder that it does not leave
	Name   string `json:"name"`   // within Root, with slashes
	Target string `json:"target"` // absolute
}

// A placer puts an open input file where the job looks for it.
type placer func(l *layout, from *os.File, f boundFile) error

func (l *layout) root() string    { return filepath.Join(l.dir, "root") } // of the job's file system
func (l *layout) inputs() string  { return filepath.Join(l.dir, "inputs") }
func (l *layout) outputs() string { return filepath.Join(l.dir, "outputs") }
func (l *layout) work() string    { return filepath.Join(l.dir, "work") }
func (l *layout) tmp() string     { return filepath.Join(l.dir, "tmp") }

// inJob is a path of the execution's folder as the job sees it.
func (l *layout) inJob(at string) string {
	if !l.container {
		return at
	}
	for folder, seen := range map[string]string{l.inputs(): jobInputs, l.outputs(): jobOutputs, l.tmp(): jobTmp} {
		if rest, ok := strings.CutPrefix(at, folder); ok {
			return seen + filepath.ToSlash(rest)
		}
	}
	return at
}

// newLayout makes the folders of an execution.
func newLayout(dir string) (*layout, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the execution's folder: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("making the execution's folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the execution's folder: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("preparing %s: it is not empty; an execution needs a folder of its own", dir)
	}
	l := &layout{dir: dir, env: map[string]string{}, allocated: map[string]float64{}}
	for _, d := range []string{l.root(), l.inputs(), l.outputs(), l.work(), l.tmp()} {
		if err := os.Mkdir(d, 0o755); err != nil { // nobody else enters l.dir
			return nil, fmt.Errorf("making the execution's folders: %w", err)
		}
	}
	return l, nil
}

// prepare fills the inputs folder and the environment of a job, by the rules of
// Seed 1.0.0. searchPath is the job's PATH, place puts a file into the folder of
// its input. A JobError says that the task itself
// cannot be run, an error that this machine cannot do it now.
func (l *layout) prepare(t Task, searchPath string, place placer) (*JobError, error) {
	l.env = map[string]string{"PATH": searchPath, "HOME": l.work(), "LANG": "C.UTF-8", "TMPDIR": l.tmp()}
	if l.container { // the image has its own
		l.env = map[string]string{"HOME": jobTmp, "TMPDIR": jobTmp}
	}
	problem, err := l.mounts(t)
	if problem != nil || err != nil {
		return problem, err
	}
	for _, s := range t.Manifest.Job.Interface.Settings {
		l.env[seed.EnvName(s.Name)] = t.Settings[s.Name] // without a value: set, but empty
	}
	size, problem, err := l.files(t, place)
	if problem != nil || err != nil {
		return problem, err
	}
	if problem := l.json(t); problem != nil {
		return problem, nil
	}
	for _, s := range t.Manifest.Job.Resources.Scalar {
		amount := s.Amount(float64(size) / (1 << 20))
		l.allocated[s.Name] = amount
		l.env[s.EnvName()] = formatAmount(amount)
	}
	l.env[seed.OutputDir] = l.inJob(l.outputs())
	return l.checkEnvironment(), nil
}

// formatAmount writes an amount like the standard's example: always with a
// fraction, 5.0.
func formatAmount(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// variables are those that Seed reserves for inputs and settings, given or not.
func variables(m *seed.Manifest) map[string]bool {
	names := map[string]bool{}
	for _, f := range m.Job.Interface.Inputs.Files {
		names[seed.EnvName(f.Name)] = true
	}
	for _, j := range m.Job.Interface.Inputs.JSON {
		names[seed.EnvName(j.Name)] = true
	}
	for _, s := range m.Job.Interface.Settings {
		names[seed.EnvName(s.Name)] = true
	}
	return names
}

// files makes a folder for each file input, and returns the size of
// all files in bytes. The variable holds the path of the file, or that of the
// folder for an input of several.
func (l *layout) files(t Task, place placer) (size int64, problem *JobError, err error) {
	for _, in := range t.Manifest.Job.Interface.Inputs.Files {
		name := seed.EnvName(in.Name)
		files := t.Files[in.Name]
		switch {
		case len(files) == 0 && in.Required:
			return 0, jobError(ErrInvalidInput, Data, "The input %q has no file, but is required", in.Name), nil
		case len(files) > 1 && !in.Multiple:
			return 0, jobError(ErrInvalidInput, Data, "The input %q has %d files, but takes one", in.Name, len(files)), nil
		case len(files) == 0:
			continue // its variable stays unset
		}
		dir := filepath.Join(l.inputs(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return 0, nil, fmt.Errorf("making the folder of input %q: %w", in.Name, err)
		}
		taken := map[string]bool{}
		for _, f := range files {
			placed := filepath.Join(dir, inputName(f, taken))
			n, err := l.file(f, placed, place)
			if errors.Is(err, regular.ErrIrregular) {
				return 0, jobError(ErrInvalidInput, Data, "The file %d of the input %q, %q, is no regular file of its workspace", f.ID, in.Name, f.Path), nil
			}
			if err != nil {
				return 0, nil, fmt.Errorf("placing file %d of input %q: %w", f.ID, in.Name, err)
			}
			size += n
			l.env[name] = l.inJob(placed)
		}
		if in.Multiple {
			l.env[name] = l.inJob(dir)
		}
	}
	return size, nil, nil
}

// file places one input file and returns its size in bytes.
func (l *layout) file(f InputFile, placed string, place placer) (int64, error) {
	folder, err := filepath.Abs(f.Root)
	if err != nil {
		return 0, fmt.Errorf("finding its workspace: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return 0, fmt.Errorf("opening its workspace: %w", err)
	}
	defer root.Close()
	file, err := regular.Open(root, f.Path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), place(l, file, boundFile{Root: folder, Name: f.Path, Target: placed})
}

// bindFile makes the place where the sandbox will show an input file.
func bindFile(l *layout, _ *os.File, f boundFile) error {
	l.inputFiles = append(l.inputFiles, f)
	return os.WriteFile(f.Target, nil, 0o444)
}

// linkFile makes a link to an input file, which the sandbox lets the job read.
func linkFile(l *layout, _ *os.File, f boundFile) error {
	l.inputFiles = append(l.inputFiles, f)
	return os.Symlink(filepath.Join(f.Root, filepath.FromSlash(f.Name)), f.Target)
}

// copyFile copies a file: the input of a job that nothing keeps from writing to it.
func copyFile(_ *layout, from *os.File, f boundFile) error {
	w, err := os.OpenFile(f.Target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making the copy: %w", err)
	}
	_, err = io.Copy(w, from)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("writing the copy: %w", err)
	}
	return nil
}

// inputName is the name of a file in the folder of its input. A second file of
// one name gets its id in front: scene.png, 12_scene.png.
func inputName(f InputFile, taken map[string]bool) string {
	name := path.Base(filepath.ToSlash(f.Name))
	if name == "." || name == ".." || name == "/" || strings.ContainsRune(name, 0) {
		name = fmt.Sprintf("file-%d", f.ID)
	}
	for taken[name] {
		name = fmt.Sprintf("%d_%s", f.ID, name)
	}
	taken[name] = true
	return name
}

// json puts the JSON inputs into the environment: text as it is, everything else
// as JSON.
func (l *layout) json(t Task) *JobError {
	for _, in := range t.Manifest.Job.Interface.Inputs.JSON {
		name := seed.EnvName(in.Name)
		value := t.JSON[in.Name]
		if value == nil {
			if in.Required {
				return jobError(ErrInvalidInput, Data, "The input %q has no value, but is required", in.Name)
			}
			continue // its variable stays unset
		}
		text, err := jsonText(value)
		if err != nil {
			return jobError(ErrInvalidInput, Data, "The input %q cannot be written as JSON: %s", in.Name, err)
		}
		l.env[name] = text
	}
	return nil
}

func jsonText(value any) (string, error) {
	if text, ok := value.(string); ok {
		return text, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// checkEnvironment finds values that no process can be given. It names them, but
// does not show them: one may be a secret.
func (l *layout) checkEnvironment() *JobError {
	total := 0
	for name, value := range l.env {
		if strings.ContainsRune(value, 0) {
			return jobError(ErrInvalidInput, Data, "The value of %s contains a zero byte, which an environment variable cannot hold", name)
		}
		if n := len(name) + 1 + len(value); n > maxVariable {
			return jobError(ErrInvalidInput, Data,
				"The value of %s has %d bytes; an environment variable holds at most %d: pass large data as a file", name, len(value), maxVariable-len(name)-1)
		}
		total += len(name) + len(value) + 10
	}
	if total > 8*maxVariable {
		return jobError(ErrInvalidInput, Data,
			"All inputs and settings together have %d bytes; a process takes about %d: pass large data as files", total, 8*maxVariable)
	}
	return nil
}
