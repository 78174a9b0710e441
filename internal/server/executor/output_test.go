//go:build unix

package executor_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
)

func TestProcessCollectsFiles(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	const single = `"outputs": {"files": [{"name": "table", "pattern": "*.csv", "mediaType": "text/csv"}]}`
	const optional = `"outputs": {"files": [{"name": "table", "pattern": "*.csv", "required": false}]}`
	const multiple = `"outputs": {"files": [{"name": "table", "pattern": "*.csv", "multiple": true}]}`
	const exact = `"outputs": {"files": [{"name": "table", "pattern": "./out/table.csv"}]}`
	cases := []struct {
		name, iface, command string
		want                 string // the files' names, or the error
	}{
		{"one match", single, "touch a.csv b.txt", "a.csv"},
		{"no match for a required output", single, "touch b.txt",
			`missing-required-output: No file in OUTPUT_DIR matches "*.csv", the pattern of the required output "table"`},
		{"no match for an optional output", optional, "touch b.txt", ""},
		{"two matches for a single output", single, "touch a.csv b.csv",
			`unexpected-multiple-outputs: 2 files in OUTPUT_DIR match "*.csv", the pattern of the output "table", which takes one: a.csv, b.csv`},
		{"two matches for a multiple output", multiple, "touch b.csv a.csv", "a.csv b.csv"},
		{"no match for a required multiple output", multiple, "true",
			`missing-required-output: No file in OUTPUT_DIR matches "*.csv", the pattern of the required output "table"`},
		{"a pattern without wildcards", exact, "mkdir out; touch out/table.csv", "out/table.csv"},
		{"a folder does not count", single, "mkdir b.csv; touch a.csv", "a.csv"},
		{"a hidden file does not count", single, "touch .b.csv a.csv", "a.csv"},
		{"a link to a file outside is refused", single, "ln -s /etc/passwd a.csv",
			`invalid-output: The file "a.csv" of the output "table" is a symbolic link; a job has to write or copy its outputs into OUTPUT_DIR`},
		{"a link is refused for a pattern without wildcards", exact, "mkdir out; ln -s /etc/passwd out/table.csv",
			`invalid-output: The file "out/table.csv" of the output "table" is a symbolic link; a job has to write or copy its outputs into OUTPUT_DIR`},
		{"a linked folder leads nowhere", exact, "w=../work; mkdir $w/x; touch $w/x/table.csv; ln -s $w/x out",
			`missing-required-output: No file in OUTPUT_DIR matches "./out/table.csv", the pattern of the required output "table"`},
		{"a pipe is refused", single, "mkfifo a.csv", `invalid-output: The file "a.csv" of the output "table" is not a regular file`},
		{"a side-car that is no JSON", single, "echo 1,2 >a.csv; echo x >a.csv.metadata.json",
			"invalid-output: a.csv.metadata.json is not valid JSON: line 1, column 1: invalid character 'x' looking for beginning of value"},
		{"a name that is not UTF-8", single, `printf 1 >$'gr\xfcn.csv'`,
			`invalid-output: The file "gr\xfcn.csv" of the output "table" cannot be kept: the file path "gr\xfcn.csv" is not valid UTF-8`},
		{"a folder whose name is not UTF-8", `"outputs": {"files": [{"name": "table", "pattern": "*/*.csv", "required": false}]}`,
			`mkdir $'gr\xfcn'; touch $'gr\xfcn/a.csv'`,
			`invalid-output: The file "gr\xfcn/a.csv" of the output "table" cannot be kept: the file path "gr\xfcn/a.csv" is not valid UTF-8`},
		{"a name with a line break", single, `touch $'a\nb.csv'`,
			`invalid-output: The file "a\nb.csv" of the output "table" cannot be kept: the file path "a\nb.csv" contains a control character`},
		{"a name with a backslash", single, `touch 'a\b.csv'`,
			`invalid-output: The file "a\\b.csv" of the output "table" cannot be kept: the file path "a\\b.csv" contains a backslash; separate folders with /`},
		{"a name without room for a side-car", `"outputs": {"files": [{"name": "table", "pattern": "n*"}]}`, `touch $(printf 'n%.0s' {1..242})`,
			`invalid-output: The file "` + strings.Repeat("n", 242) + `" of the output "table" cannot be kept: the file name has 242 bytes; at most 241 are allowed, so that .metadata.json fits behind it`},
		{"the longest name", `"outputs": {"files": [{"name": "table", "pattern": "n*"}]}`, `touch $(printf 'n%.0s' {1..241})`, strings.Repeat("n", 241)},
		{"descriptions of outputs are none themselves",
			`"outputs": {"files": [{"name": "table", "pattern": "*.json", "multiple": true}]}`,
			"for f in seed.outputs.json a.json a.json.metadata.json; do echo {} >$f; done", "a.json"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newBundle(t, mustCommand(t, `cd "$OUTPUT_DIR"; `+c.command, c.iface)).mustRun(t, p)
			var got string
			if r.Error != nil {
				got = r.Error.Error()
			} else {
				var names []string
				for _, f := range r.Files["table"] {
					names = append(names, f.Name)
				}
				got = strings.Join(names, " ")
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestProcessReadsSideCars(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, `cd "$OUTPUT_DIR"; echo a,b >a.csv; echo problem >&2
		echo '{"type": "Feature", "properties": {"dataStarted": "2016-08-06T02:00:00.5+02:00", "dataEnded": "soon"}, "size": 1.50}' >a.csv.metadata.json`,
		`"outputs": {"files": [{"name": "table", "pattern": "*.csv", "mediaType": "text/csv"}]}`))
	r := b.mustComplete(t, newProcess(t))
	f := r.Files["table"][0]
	want := map[string]any{
		"type": "Feature", "properties": map[string]any{"dataStarted": "2016-08-06T02:00:00.5+02:00", "dataEnded": "soon"}, "size": json.Number("1.50"),
	}
	if diff := cmp.Diff(want, f.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if f.DataStarted == nil || !f.DataStarted.Equal(time.Date(2016, 8, 6, 0, 0, 0, 5e8, time.UTC)) || f.DataEnded != nil {
		t.Errorf("got times %v and %v", f.DataStarted, f.DataEnded)
	}
	if f.MediaType != "text/csv" || f.Size != 4 || mustReadOutput(t, f) != "a,b\n" {
		t.Errorf("got %+v", f)
	}
	const log = "problem\n[galley: a.csv.metadata.json: properties.dataEnded: found \"soon\", expected a time such as 2020-01-31T12:00:00Z; it was not taken]\n"
	if got := b.stderr.String(); got != log {
		t.Errorf("log is %q, want %q", got, log)
	}
}

func TestWarningsAboutSideCarsAreFew(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, `cd "$OUTPUT_DIR"; for i in {1..23}; do touch $i.csv; echo '{"type": "FeatureCollection"}' >$i.csv.metadata.json; done`,
		`"outputs": {"files": [{"name": "table", "pattern": "*.csv", "multiple": true}]}`))
	r := b.mustComplete(t, newProcess(t))
	if f := r.Files["table"][0]; f.Metadata != nil {
		t.Errorf("a collection was taken: %v", f.Metadata)
	}
	lines := strings.Split(strings.TrimSpace(b.stderr.String()), "\n")
	if got := lines[len(lines)-1]; len(lines) != 21 || got != "[galley: and 3 more warnings about side-cars]" {
		t.Errorf("the log has %d lines, the last is %q", len(lines), got)
	}
}

func TestProcessReadsOutputsJSON(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	const iface = `"outputs": {"json": [
		{"name": "count", "key": "cellCount", "type": "integer"}, {"name": "ratio", "type": "number", "required": false},
		{"name": "tags", "type": "array", "required": false}, {"name": "ok", "type": "boolean", "required": false}]}`
	cases := []struct {
		name, file string
		want       map[string]any
		wantError  string
	}{
		{"values by key and by name", `{"cellCount": 12345678901234567890, "ratio": 2, "tags": [], "ok": false, "more": 1}`,
			map[string]any{"count": json.Number("12345678901234567890"), "ratio": json.Number("2"), "tags": []any{}, "ok": false}, ""},
		{"an optional null", `{"cellCount": 1, "ratio": null}`, map[string]any{"count": json.Number("1")}, ""},
		{"a required member is missing", `{"count": 1}`, nil,
			`missing-required-output: seed.outputs.json has no member "cellCount", which is the required output "count"`},
		{"a required null", `{"cellCount": null}`, nil,
			`missing-required-output: seed.outputs.json has no member "cellCount", which is the required output "count"`},
		{"a fraction for an integer", `{"cellCount": 3.0}`, nil,
			`invalid-results-manifest: seed.outputs.json: the member "cellCount" is number, expected the type integer of the output "count"`},
		{"true for a number", `{"cellCount": 1, "ratio": true}`, nil,
			`invalid-results-manifest: seed.outputs.json: the member "ratio" is boolean, expected the type number of the output "ratio"`},
		{"an array", `[]`, nil, `invalid-results-manifest: seed.outputs.json holds array, expected an object`},
		{"bad JSON", `{"cellCount": }`, nil,
			`invalid-results-manifest: seed.outputs.json is not valid JSON: line 1, column 15: invalid character '}' looking for beginning of value`},
		{"two documents", `{} {}`, nil, `invalid-results-manifest: seed.outputs.json is not valid JSON: line 1, column 3: something follows after its end`},
		{"too deep", `{"cellCount": 1, "tags": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, nil,
			`invalid-results-manifest: seed.outputs.json has arrays and objects 101 levels inside each other; at most 100 levels are allowed`},
		{"NUL", `{"cellCount": 1, "tags": ["\u0000"]}`, nil,
			`invalid-results-manifest: seed.outputs.json: text with the NUL character \u0000 cannot be stored`},
		{"an empty file", ``, nil, `invalid-results-manifest: seed.outputs.json is empty; expected a JSON object`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, mustCommand(t, `printf '%s' "$CONTENT" >"$OUTPUT_DIR/seed.outputs.json"`, iface+`, "settings": [{"name": "content"}]`))
			b.task.Settings = map[string]string{"content": c.file}
			r := b.mustRun(t, p)
			if c.wantError != "" {
				if r.Error == nil || r.Error.Error() != c.wantError {
					t.Errorf("got  %v\nwant %s", r.Error, c.wantError)
				}
				return
			}
			if diff := cmp.Diff(c.want, r.JSON); diff != "" || r.Error != nil {
				t.Errorf("error %v, JSON (-want +got):\n%s", r.Error, diff)
			}
		})
	}
	for command, want := range map[string]string{
		`head -c 1048577 /dev/zero | tr '\0' ' '`: "invalid-results-manifest: seed.outputs.json has more than 1048576 bytes; pass large data as a file",
		`printf '{"cellCount": 1, "x": "\xfc"}'`:  "invalid-results-manifest: seed.outputs.json is not UTF-8",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			r := newBundle(t, mustCommand(t, command+` >"$OUTPUT_DIR/seed.outputs.json"`, iface)).mustRun(t, p)
			if r.Error == nil || r.Error.Error() != want || r.Error.Retry {
				t.Errorf("got %v, want %s", r.Error, want)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		t.Parallel()
		r := newBundle(t, mustCommand(t, "true", iface)).mustRun(t, p)
		want := `missing-required-output: The job left no seed.outputs.json in OUTPUT_DIR; its member "cellCount" is the required output "count"`
		if r.Error == nil || r.Error.Error() != want {
			t.Errorf("got %v, want %s", r.Error, want)
		}
	})
	t.Run("a link", func(t *testing.T) {
		t.Parallel()
		r := newBundle(t, mustCommand(t, `ln -s /etc/passwd "$OUTPUT_DIR/seed.outputs.json"`, iface)).mustRun(t, p)
		if want := "invalid-results-manifest: seed.outputs.json is not a regular file"; r.Error == nil || r.Error.Error() != want {
			t.Errorf("got %v, want %s", r.Error, want)
		}
	})
}

func TestOutputFileOpenStaysInTheFolder(t *testing.T) {
	t.Parallel()
	b := newBundle(t, mustCommand(t, `echo a >"$OUTPUT_DIR/a.csv"`, `"outputs": {"files": [{"name": "table", "pattern": "*.csv"}]}`))
	f := b.mustComplete(t, newProcess(t)).Files["table"][0]
	mustReplaceByLink(t, f.Path, mustWrite(t, t.TempDir(), "secret", "secret"))
	if file, err := f.Open(); err == nil {
		file.Close()
		t.Error("opened a link that leads out of the output folder")
	}
}

var _ executor.Executor = (*executor.Process)(nil)
