package executor

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/regular"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// Files in the output folder that describe outputs and are none themselves.
const (
	outputsFile    = "seed.outputs.json"
	metadataSuffix = workspace.SideCarSuffix
)

// Bounds of a document that a job leaves, as of the documents that users send, and of
// the files of one output.
const (
	maxDocument    = 1 << 20 // bytes
	maxOutputFiles = 10_000
)

// OutputFile is a file that a job made.
type OutputFile struct {
	Path      string // absolute; read it with Open, which stays in the output folder
	Name      string // relative to the output folder, with slashes
	Size      int64  // bytes
	MediaType string // the manifest's
	// SideCar is what the file's side-car, <name>.metadata.json, says; empty without one.
	seed.SideCar

	dir string
}

// Open opens the file for reading. Unlike opening Path, it does not follow a link
// out of the output folder, even if a process that outlived the job made one.
func (f OutputFile) Open() (*os.File, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, fmt.Errorf("opening the output folder: %w", err)
	}
	defer root.Close()
	file, err := regular.Open(root, f.Name)
	if err != nil {
		return nil, fmt.Errorf("opening output file: %w", err)
	}
	return file, nil
}

// collect gathers the outputs of a job that ended well.
func collect(m *seed.Manifest, dir string) (map[string][]OutputFile, map[string]any, *JobError, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("opening the output folder: %w", err)
	}
	defer root.Close()
	files := map[string][]OutputFile{}
	for _, out := range m.Job.Interface.Outputs.Files {
		found, problem, err := collectFiles(root, dir, out)
		if problem != nil || err != nil {
			return nil, nil, problem, err
		}
		if len(found) > 0 {
			files[out.Name] = found
		}
	}
	values, problem, err := collectJSON(root, m.Job.Interface.Outputs.JSON)
	if problem != nil || err != nil {
		return nil, nil, problem, err
	}
	return files, values, nil, nil
}

func collectFiles(root *os.Root, dir string, out seed.OutputFile) ([]OutputFile, *JobError, error) {
	var found []OutputFile
	names, err := glob(root, out.Pattern)
	if err != nil {
		return nil, nil, fmt.Errorf("listing the files of the output %q: %w", out.Name, err)
	}
	for _, name := range names {
		info, err := root.Lstat(filepath.FromSlash(name))
		if err != nil {
			return nil, nil, fmt.Errorf("looking at output file: %w", err)
		}
		switch {
		case info.IsDir():
			continue
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, jobError(ErrInvalidOutput, Algorithm,
				"The file %q of the output %q is a symbolic link; a job has to write or copy its outputs into OUTPUT_DIR", name, out.Name), nil
		case !info.Mode().IsRegular():
			return nil, jobError(ErrInvalidOutput, Algorithm, "The file %q of the output %q is not a regular file", name, out.Name), nil
		}
		if err := workspace.CheckFilePath(name); err != nil {
			return nil, jobError(ErrInvalidOutput, Algorithm, "The file %q of the output %q cannot be kept: %s", name, out.Name, err), nil
		}
		f := OutputFile{
			Path: filepath.Join(dir, filepath.FromSlash(name)), Name: name, Size: info.Size(), MediaType: out.MediaType, dir: dir,
		}
		problem, err := f.readSideCar(root)
		if problem != nil || err != nil {
			return nil, problem, err
		}
		found = append(found, f)
	}
	switch n := len(found); {
	case n == 0 && out.Required:
		return nil, jobError(ErrMissingOutput, Algorithm,
			"No file in OUTPUT_DIR matches %q, the pattern of the required output %q", out.Pattern, out.Name), nil
	case n > 1 && !out.Multiple:
		return nil, jobError(ErrMultipleOutputs, Algorithm,
			"%d files in OUTPUT_DIR match %q, the pattern of the output %q, which takes one: %s", n, out.Pattern, out.Name, fileNames(found)), nil
	case n > maxOutputFiles:
		return nil, jobError(ErrInvalidOutput, Algorithm, "The output %q has %d files; at most %d are kept", out.Name, n, maxOutputFiles), nil
	}
	return found, nil, nil
}

func fileNames(files []OutputFile) string {
	const most = 5
	var names []string
	for i, f := range files {
		if i == most {
			names = append(names, "...")
			break
		}
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// glob returns what matches pattern in root, sorted. As in a shell, '*' does not
// match a leading dot. Side-cars and seed.outputs.json are left out. Unlike
// [fs.Glob] it finds names that are not UTF-8, too: none is left out silently.
func glob(root *os.Root, pattern string) ([]string, error) {
	found := []string{""}
	for element := range strings.SplitSeq(path.Clean(pattern), "/") {
		var next []string
		for _, dir := range found {
			names, err := globFolder(root, dir, element)
			if err != nil {
				return nil, err
			}
			next = append(next, names...)
		}
		found = next
	}
	found = slices.DeleteFunc(found, func(name string) bool {
		return strings.HasSuffix(name, metadataSuffix) || name == outputsFile
	})
	slices.Sort(found)
	return found, nil
}

// globFolder returns what matches one element of a pattern in a folder. What is no
// folder, and links, which may lead anywhere, have nothing in them.
func globFolder(root *os.Root, dir, element string) ([]string, error) {
	if info, err := root.Lstat(cmp.Or(dir, ".")); err != nil || !info.IsDir() {
		return nil, err
	}
	folder, err := root.Open(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	entries, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range entries {
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(element, ".") {
			continue
		}
		if ok, _ := path.Match(element, name); ok { // the pattern is valid: seed.Parse checked it
			names = append(names, path.Join(dir, name))
		}
	}
	return names, nil
}

// collectJSON takes the JSON outputs from the job's seed.outputs.json.
func collectJSON(root *os.Root, outputs []seed.OutputJSON) (map[string]any, *JobError, error) {
	members, problem, err := readJSON(root, outputsFile, ErrInvalidResults)
	if problem != nil || err != nil {
		return nil, problem, err
	}
	values := map[string]any{}
	for _, out := range outputs {
		value := members[out.Member()]
		switch {
		case value == nil && out.Required && members == nil:
			return nil, jobError(ErrMissingOutput, Algorithm,
				"The job left no %s in OUTPUT_DIR; its member %q is the required output %q", outputsFile, out.Member(), out.Name), nil
		case value == nil && out.Required:
			return nil, jobError(ErrMissingOutput, Algorithm,
				"%s has no member %q, which is the required output %q", outputsFile, out.Member(), out.Name), nil
		case value == nil:
			continue
		case !hasType(value, out.Type):
			return nil, jobError(ErrInvalidResults, Algorithm, "%s: the member %q is %s, expected the type %s of the output %q",
				outputsFile, out.Member(), typeOf(value), out.Type, out.Name), nil
		}
		values[out.Name] = value
	}
	return values, nil, nil
}

// readJSON reads a JSON object; nil if there is no such file. A JobError has the
// name problem.
func readJSON(root *os.Root, name, problem string) (map[string]any, *JobError, error) {
	info, err := root.Lstat(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("looking at output file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, jobError(problem, Algorithm, "%s is not a regular file", name), nil
	}
	file, err := regular.Open(root, name)
	if err != nil {
		return nil, nil, fmt.Errorf("opening output file: %w", err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxDocument+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading output file: %w", err)
	}
	if len(raw) > maxDocument {
		return nil, jobError(problem, Algorithm, "%s has more than %d bytes; pass large data as a file", name, maxDocument), nil
	}
	if !utf8.Valid(raw) {
		return nil, jobError(problem, Algorithm, "%s is not UTF-8", name), nil
	}
	value, err := recipe.Decode(raw)
	if err != nil {
		return nil, jobError(problem, Algorithm, "%s %s", name, err), nil
	}
	if err := recipe.CheckText(value); err != nil {
		return nil, jobError(problem, Algorithm, "%s: %s", name, err), nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, jobError(problem, Algorithm, "%s holds %s, expected an object", name, typeOf(value)), nil
	}
	return object, nil, nil
}

// hasType tells whether a value has a JSON Schema type; an integer is a number
// without fraction and exponent.
func hasType(value any, want string) bool {
	got := typeOf(value)
	return got == want || got == "integer" && want == "number"
}

func typeOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", value)
}
