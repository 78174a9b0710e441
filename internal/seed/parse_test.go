package seed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func mustParse(t testing.TB, raw []byte) *seed.Manifest {
	t.Helper()
	m, ps := seed.Parse(raw)
	if err := ps.Err(); err != nil || m == nil {
		t.Fatalf("parsing: %v", err)
	}
	return m
}

func lines(ps recipe.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, string(p.Code)+" "+p.Message)
	}
	return out
}

func TestParseReportsEveryProblem(t *testing.T) {
	t.Parallel()
	const schema, collision = "JSON_VALIDATION_ERROR ", "NAME_COLLISION_ERROR "
	cases := map[string][]string{ // name of the file in testdata -> what is found
		"empty_object": {
			schema + "manifest: 'job' is missing; it is required",
			schema + "manifest: 'seedVersion' is missing; it is required",
		},
		"array":         {schema + "manifest: found an array of 0, expected an object"},
		"other_version": {schema + `seedVersion: found the string "0.1.0", expected the string "1.0.0"`},
		"unknown_members": {
			schema + "job: 'timeOut' is not known here; did you mean 'timeout'?; expected only 'description', 'errors', " +
				"'interface', 'jobVersion', 'maintainer', 'name', 'packageVersion', 'resources', 'tags', 'timeout' and 'title'",
			schema + "manifest: 'version' is not known here; expected only 'job' and 'seedVersion'",
		},
		"wrong_types": {
			schema + `job.maintainer: found the string "Ada", expected an object`,
			schema + "job.tags.0: found the number 1, expected a string",
			schema + `job.timeout: found the string "60", expected an integer`,
		},
		"zero_timeout":       {schema + "job.timeout: found the number 0, expected at least 1"},
		"fractional_timeout": {schema + "job.timeout: found the number 60.0, expected an integer without fraction or exponent"},
		"bad_names": {
			schema + `job.interface.inputs.files.0.name: found the string "a b", expected a name of letters, digits, '_' and '-'`,
			schema + `job.interface.inputs.json.0.name: found the string "", expected a name of letters, digits, '_' and '-'`,
			schema + `job.name: found the string "a_b", expected a name of letters, digits and '-'`,
		},
		"bad_versions": {
			schema + `job.jobVersion: found the string "1.0", expected a semantic version such as 1.0.0`,
			schema + `job.packageVersion: found the string "01.0.0", expected a semantic version such as 1.0.0`,
		},
		"bad_enums": {
			schema + `job.errors.0.category: found the string "system", expected 'job' or 'data'`,
			schema + `job.interface.inputs.json.0.type: found the string "float", expected 'array', 'boolean', 'integer', 'number', 'object' or 'string'`,
			schema + `job.interface.mounts.0.mode: found the string "r", expected 'ro' or 'rw'`,
		},
		"colliding_inputs": {
			collision + "job.interface.inputs.json.0.name: input 'scene' becomes the environment variable SCENE, " +
				"which is already input 'SCENE'; rename one of them",
			collision + "job.interface.settings.0.name: setting 'db-host' becomes the environment variable DB_HOST, " +
				"which is already input 'DB-Host'; rename one of them",
		},
		"collision_with_resource": {
			collision + "job.resources.scalar.1.name: resource 'mem' becomes the environment variable ALLOCATED_MEM, " +
				"which is already setting 'allocated_mem'; rename one of them",
		},
		"collision_with_output_dir": {
			collision + "job.interface.inputs.files.0.name: input 'output-dir' becomes the environment variable OUTPUT_DIR, " +
				"which is already the reserved variable for the output folder; rename one of them",
		},
		"colliding_outputs": {
			collision + "job.interface.outputs.json.0.name: the name 'marked' is already that of the output at " +
				"job.interface.outputs.files.0; every output needs a name of its own",
		},
		"duplicate_mounts_and_errors": {
			"DUPLICATE_MOUNT_NAMES job.interface.mounts.1.name: the name 'fonts' is already that of the mount at " +
				"job.interface.mounts.0; every mount needs a name of its own",
			"DUPLICATE_ERROR_NAMES job.errors.1.name: the name 'bad-file' is already that of the error at " +
				"job.errors.0; every error needs a name of its own",
		},
		"relative_mount": {
			`INVALID_MOUNT_PATH job.interface.mounts.0.path: mount 'fonts' has the path "fonts", expected an absolute path such as /data`,
		},
		"half_a_gpu": {
			"INVALID_GPU job.resources.scalar.2.value: found 0.5 gpus, expected a whole number: a gpu cannot be shared",
		},
		"bad_patterns": {
			`INVALID_PATTERN job.interface.outputs.files.0.pattern: "[a-" is no glob pattern: a '[' is not closed, or nothing follows a '\'`,
			`INVALID_PATTERN job.interface.outputs.files.1.pattern: found "../*.png", expected a pattern relative to the output folder and inside it, such as *.csv`,
		},
		"structure_and_rules": {
			schema + "job: 'title' is missing; it is required",
			collision + "job.interface.settings.1.name: setting 'scene' becomes the environment variable SCENE, " +
				"which is already input 'SCENE'; rename one of them",
			`INVALID_MOUNT_PATH job.interface.mounts.0.path: mount 'fonts' has the path "fonts", expected an absolute path such as /data`,
		},
		"minimal": nil,
		"full":    nil,
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(cases) {
		t.Errorf("testdata has %d files, the table %d", len(files), len(cases))
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, ps := seed.Parse(mustRead(t, name))
			if diff := cmp.Diff(want, lines(ps)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if (m == nil) != (len(want) > 0) {
				t.Errorf("got manifest %v with %d problems", m, len(ps))
			}
			for _, p := range ps {
				if !beginsWithPlace(p) {
					t.Errorf("path %s, message %q", p.Path, p.Message)
				}
			}
		})
	}
}

// beginsWithPlace tells whether the message of p names its place first; an unknown
// member is reported at the object that has it.
func beginsWithPlace(p recipe.Problem) bool {
	at := p.Path
	if strings.Contains(p.Message, " is not known here") {
		at = at[:len(at)-1]
	}
	place := "manifest"
	if len(at) > 0 {
		place = at.String()
	}
	return strings.HasPrefix(p.Message, place+": ")
}

func TestParseRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, raw, want string }{
		{"nothing", " \n", "The manifest is empty; expected a JSON object with 'seedVersion' and 'job'"},
		{"text", "seed", "The manifest is not valid JSON: line 1, column 1: invalid character 's' looking for beginning of value"},
		{"an open object", "{\n\"job\": {", "The manifest is not valid JSON: it ends too early; a bracket or a quote is not closed"},
		{"two documents", "{} {}", "The manifest is not valid JSON: line 1, column 3: something follows after its end"},
		{"more than four mebibytes", strings.Repeat(" ", 4<<20+1), "The manifest has 4194305 bytes; at most 4194304 are allowed"},
		{"null", "null", "manifest: found null, expected an object"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, ps := seed.Parse([]byte(c.raw))
			if m != nil || len(ps) != 1 || ps[0].Message != c.want || ps[0].Code != seed.JSONValidationError {
				t.Errorf("got %v, %q, want %q", m, lines(ps), c.want)
			}
		})
	}
}

func TestParseBoundsTheAnswer(t *testing.T) {
	t.Parallel()
	raw := `{"seedVersion": "1.0.0", "job": {"tags": [` + strings.TrimSuffix(strings.Repeat("1,", 1000), ",") + `]}}`
	_, ps := seed.Parse([]byte(raw))
	if len(ps) != 201 || !strings.HasSuffix(ps[200].Message, "more problems of this kind") {
		t.Errorf("got %d problems, the last %v", len(ps), ps[len(ps)-1])
	}
}

func TestParseFillsDefaults(t *testing.T) {
	t.Parallel()
	job := mustParse(t, mustRead(t, "full")).Job
	want := seed.Interface{
		Command: "${SCENE} ${OUTPUT_DIR}",
		Inputs: seed.Inputs{
			Files: []seed.InputFile{
				{Name: "SCENE", Required: true, MediaTypes: []string{"image/png"}, Partial: true},
				{Name: "masks", MediaTypes: []string{}, Multiple: true},
			},
			JSON: []seed.InputJSON{
				{Name: "opacity", Type: "number", Required: true},
				{Name: "label-2", Type: "string"},
			},
		},
		Outputs: seed.Outputs{
			Files: []seed.OutputFile{
				{Name: "marked", Pattern: "*_marked.png", MediaType: "image/png", Required: true},
				{Name: "tiles", Pattern: "tiles/*.png", MediaType: "application/octet-stream", Multiple: true},
			},
			JSON: []seed.OutputJSON{
				{Name: "cell_count", Type: "integer", Key: "cellCount", Required: true},
				{Name: "bounds", Type: "array"},
			},
		},
		Mounts:   []seed.Mount{{Name: "fonts", Path: "/usr/share/fonts", Mode: "ro"}, {Name: "cache", Path: "/cache", Mode: "rw"}},
		Settings: []seed.Setting{{Name: "db-host"}, {Name: "db-pass", Secret: true}},
	}
	if diff := cmp.Diff(want, job.Interface); diff != "" {
		t.Errorf("interface (-want +got):\n%s", diff)
	}
	wantErrors := []seed.Error{
		{Code: 1, Name: "bad-file", Title: "Bad file", Category: "data"},
		{Code: 2, Name: "crash", Title: "crash", Category: "job"},
		{Code: 1, Name: "bad-again", Title: "bad-again", Category: "job"},
	}
	if diff := cmp.Diff(wantErrors, job.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestManifestSurvivesEncoding(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"minimal", "full"} {
		m := mustParse(t, mustRead(t, name))
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, mustParse(t, raw)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, ps := seed.Parse(raw)
		if (m == nil) != (len(ps) > 0) {
			t.Fatalf("got manifest %v and problems %q", m, lines(ps))
		}
		for _, p := range ps {
			if p.Code == "" || p.Message == "" {
				t.Errorf("empty problem %+v", p)
			}
		}
		if m == nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, mustParse(t, again), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after encoding (-want +got):\n%s", diff)
		}
		m.Interface()
		m.Configurable()
	})
}
