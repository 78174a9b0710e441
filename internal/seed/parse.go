package seed

import (
	_ "embed"
	"encoding/json"
	"errors"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

//go:embed schema.json
var schemaJSON []byte

var loadSchema = sync.OnceValue(func() *recipe.Schema { return recipe.NewSchema(schemaJSON) })

// Parse reads a manifest, checks it by all rules of contract 1.3 and fills the
// defaults. The problems are those of the structure first (JSON_VALIDATION_ERROR,
// by place), then those of the other rules. The manifest is nil if there are any.
//
// Stricter than the original: a timeout is at least 1 second, output names differ
// from each other, and output patterns are valid and stay in the output folder.
func Parse(raw []byte) (*Manifest, recipe.Problems) {
	value, ps := loadSchema().Read(raw, "", "manifest", JSONValidationError)
	if value == nil {
		return nil, ps
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		if len(ps) == 0 { // what a schema cannot say: 60.0 is no integer, 1e999 no number
			ps = append(ps, decodeProblem(err))
		}
		return nil, ps
	}
	ps = append(ps, m.collisions()...)
	ps = append(ps, m.duplicates()...)
	ps = append(ps, m.mountPaths()...)
	ps = append(ps, m.gpus()...)
	ps = append(ps, m.outputs()...)
	if len(ps) > 0 {
		return nil, ps
	}
	return &m, nil
}

func decodeProblem(err error) recipe.Problem {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return problem(nil, JSONValidationError, "it cannot be read: %s", err)
	}
	var at recipe.Path
	if wrong.Field != "" {
		at = strings.Split(wrong.Field, ".")
	}
	want := "a number that fits into 64 bits"
	if wrong.Type != nil && wrong.Type.Kind().String() == "int" {
		want = "an integer without fraction or exponent"
	}
	return problem(at, JSONValidationError, "found the %s, expected %s", wrong.Value, want)
}

// A user is a thing that takes an environment variable.
type user struct {
	what string // "input 'SCENE'"
	at   recipe.Path
}

// collisions reports every name whose variable is already taken. Names that the
// schema found missing or wrong are left out.
func (m *Manifest) collisions() recipe.Problems {
	var ps recipe.Problems
	taken := map[string]user{OutputDir: {what: "the reserved variable for the output folder"}}
	take := func(what, name, variable string, at ...string) {
		if name == "" {
			return
		}
		u := user{what: what + " '" + name + "'", at: at}
		first, found := taken[variable]
		if !found {
			taken[variable] = u
			return
		}
		ps = append(ps, problem(u.at, NameCollisionError,
			"%s becomes the environment variable %s, which is already %s; rename one of them", u.what, variable, first.what))
	}
	job := m.Job
	for i, f := range job.Interface.Inputs.Files {
		take("input", f.Name, EnvName(f.Name), "job", "interface", "inputs", "files", strconv.Itoa(i), "name")
	}
	for i, j := range job.Interface.Inputs.JSON {
		take("input", j.Name, EnvName(j.Name), "job", "interface", "inputs", "json", strconv.Itoa(i), "name")
	}
	for i, s := range job.Interface.Settings {
		take("setting", s.Name, EnvName(s.Name), "job", "interface", "settings", strconv.Itoa(i), "name")
	}
	for i, s := range job.Resources.Scalar {
		take("resource", s.Name, s.EnvName(), "job", "resources", "scalar", strconv.Itoa(i), "name")
	}
	return append(ps, m.outputCollisions()...)
}

// outputCollisions reports outputs of the same name: connections could not tell them apart.
func (m *Manifest) outputCollisions() recipe.Problems {
	var names []string
	var at []recipe.Path
	out := recipe.Path{"job", "interface", "outputs"}
	for i, f := range m.Job.Interface.Outputs.Files {
		names, at = append(names, f.Name), append(at, out.At("files", strconv.Itoa(i), "name"))
	}
	for i, j := range m.Job.Interface.Outputs.JSON {
		names, at = append(names, j.Name), append(at, out.At("json", strconv.Itoa(i), "name"))
	}
	return repeated(names, at, NameCollisionError, "output")
}

func (m *Manifest) duplicates() recipe.Problems {
	var names []string
	var at []recipe.Path
	for i, mount := range m.Job.Interface.Mounts {
		names, at = append(names, mount.Name), append(at, recipe.Path{"job", "interface", "mounts", strconv.Itoa(i), "name"})
	}
	ps := repeated(names, at, DuplicateMountNames, "mount")
	names, at = nil, nil
	for i, e := range m.Job.Errors {
		names, at = append(names, e.Name), append(at, recipe.Path{"job", "errors", strconv.Itoa(i), "name"})
	}
	return append(ps, repeated(names, at, DuplicateErrorNames, "error")...)
}

func repeated(names []string, at []recipe.Path, code recipe.Code, what string) recipe.Problems {
	var ps recipe.Problems
	for i, name := range names {
		if first := slices.Index(names, name); name != "" && first < i {
			ps = append(ps, problem(at[i], code, "the name '%s' is already that of the %s at %s; every %s needs a name of its own",
				name, what, at[first][:len(at[first])-1], what))
		}
	}
	return ps
}

func (m *Manifest) mountPaths() recipe.Problems {
	var ps recipe.Problems
	for i, mount := range m.Job.Interface.Mounts {
		if !path.IsAbs(mount.Path) && mount.Name != "" {
			ps = append(ps, problem(recipe.Path{"job", "interface", "mounts", strconv.Itoa(i), "path"}, InvalidMountPath,
				"mount '%s' has the path %q, expected an absolute path such as /data", mount.Name, recipe.Shorten(mount.Path)))
		}
	}
	return ps
}

func (m *Manifest) gpus() recipe.Problems {
	var ps recipe.Problems
	for i, s := range m.Job.Resources.Scalar {
		if strings.EqualFold(s.Name, "gpus") && s.Value != math.Trunc(s.Value) {
			ps = append(ps, problem(recipe.Path{"job", "resources", "scalar", strconv.Itoa(i), "value"}, InvalidGPU,
				"found %v gpus, expected a whole number: a gpu cannot be shared", s.Value))
		}
	}
	return ps
}

func (m *Manifest) outputs() recipe.Problems {
	var ps recipe.Problems
	for i, f := range m.Job.Interface.Outputs.Files {
		at := recipe.Path{"job", "interface", "outputs", "files", strconv.Itoa(i), "pattern"}
		_, err := path.Match(f.Pattern, "")
		switch {
		case f.Name == "":
		case err != nil:
			ps = append(ps, problem(at, InvalidPattern, "%q is no glob pattern: a '[' is not closed, or nothing follows a '\\'", recipe.Shorten(f.Pattern)))
		case f.Pattern == "" || path.IsAbs(f.Pattern) || strings.ContainsRune(f.Pattern, 0) ||
			slices.Contains(strings.Split(f.Pattern, "/"), ".."):
			ps = append(ps, problem(at, InvalidPattern,
				"found %q, expected a pattern relative to the output folder and inside it, such as *.csv", recipe.Shorten(f.Pattern)))
		}
	}
	return ps
}
