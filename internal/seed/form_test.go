package seed

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// shortForm is a job with one of everything.
func shortForm(change func(map[string]any)) map[string]any {
	type o = map[string]any
	f := o{
		"name": "clean", "version": "1.2.0", "command": "clean.sh",
		"inputs":    o{"files": o{"raw": o{"media_types": []any{"text/csv"}}}, "json": o{"limit": o{"type": "integer", "required": false}}},
		"outputs":   o{"files": o{"table": o{"pattern": "table.csv", "media_type": "text/csv"}}, "json": o{"rows": o{"type": "integer", "key": "n"}}},
		"mounts":    o{"luts": o{"path": "/luts"}},
		"settings":  o{"MODE": false, "TOKEN": true},
		"resources": o{"cpus": json.Number("2"), "mem": json.Number("512")},
		"timeout":   json.Number("60"),
		"errors":    o{"bad-input": o{"code": json.Number("3"), "category": "data"}},
	}
	if change != nil {
		change(f)
	}
	return f
}

func TestAShortFormIsAManifest(t *testing.T) {
	t.Parallel()
	raw, problems := ReadForm(shortForm(nil))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, ps := Parse(raw)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	want, ps := Parse([]byte(`{"seedVersion": "1.0.0", "job": {
		"name": "clean", "jobVersion": "1.2.0", "packageVersion": "1.2.0", "title": "clean", "description": "",
		"maintainer": {"name": "unknown", "email": "unknown"}, "timeout": 60,
		"resources": {"scalar": [{"name": "cpus", "value": 2}, {"name": "mem", "value": 512}]},
		"errors": [{"name": "bad-input", "code": 3, "category": "data"}],
		"interface": {"command": "clean.sh",
			"inputs": {"files": [{"name": "raw", "mediaTypes": ["text/csv"]}], "json": [{"name": "limit", "type": "integer", "required": false}]},
			"outputs": {"files": [{"name": "table", "pattern": "table.csv", "mediaType": "text/csv"}], "json": [{"name": "rows", "type": "integer", "key": "n"}]},
			"mounts": [{"name": "luts", "path": "/luts"}], "settings": [{"name": "MODE"}, {"name": "TOKEN", "secret": true}]}}}`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if diff := cmp.Diff(want, got); diff != "" || !Same(want, got) {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	short, problems := ReadForm(map[string]any{"name": "a", "version": "1.0.0", "command": "true"})
	if m, _ := Parse(short); m == nil || m.Job.Timeout != DefaultTimeout || len(problems) > 0 {
		t.Errorf("the shortest form is %s, %v", short, problems)
	}
	if raw, problems := ReadForm(shortForm(func(f map[string]any) { f["timeout"] = document.Unknown })); raw != nil || problems != nil {
		t.Errorf("a form that is not known is %s, %v", raw, problems)
	}
}

func TestWhatIsWrongInAShortForm(t *testing.T) {
	t.Parallel()
	type o = map[string]any
	inner := func(f o, names ...string) o {
		for _, name := range names {
			f = f[name].(o)
		}
		return f
	}
	for name, c := range map[string]struct {
		change func(f o)
		at     recipe.Path
		want   string
	}{
		"a misspelt name":   {func(f o) { inner(f, "inputs")["fils"] = o{} }, recipe.Path{"inputs", "fils"}, "did you mean 'files'"},
		"a misspelt member": {func(f o) { inner(f, "outputs", "files", "table")["patern"] = "x" }, recipe.Path{"outputs", "files", "table", "patern"}, "did you mean 'pattern'"},
		"no pattern":        {func(f o) { delete(inner(f, "outputs", "files", "table"), "pattern") }, recipe.Path{"outputs", "files", "table", "pattern"}, "it is missing"},
		"a wrong type":      {func(f o) { inner(f, "inputs", "json", "limit")["type"] = "int" }, recipe.Path{"inputs", "json", "limit", "type"}, "integer"},
		"a wrong version":   {func(f o) { f["version"] = "1" }, recipe.Path{"version"}, "semantic version"},
		"a wrong name":      {func(f o) { inner(f, "mounts")["a b"] = o{"path": "/x"} }, recipe.Path{"mounts", "a b"}, "a name of letters"},
		"a relative mount":  {func(f o) { inner(f, "mounts", "luts")["path"] = "x" }, recipe.Path{"mounts", "luts", "path"}, "absolute"},
		"a collision":       {func(f o) { inner(f, "settings")["RAW"] = false }, recipe.Path{"settings", "RAW"}, "environment variable RAW"},
		"no time":           {func(f o) { f["timeout"] = json.Number("0") }, recipe.Path{"timeout"}, ""},
		"a wrong category":  {func(f o) { inner(f, "errors", "bad-input")["category"] = "x" }, recipe.Path{"errors", "bad-input", "category"}, ""},
	} {
		raw, ps := ReadForm(shortForm(c.change))
		if raw != nil || len(ps) == 0 || ps[0].Path.String() != c.at.String() || !strings.Contains(ps[0].Message, c.want) {
			t.Errorf("%s: got %v at %v, want %q at %s", name, ps, ps, c.want, c.at)
		}
	}
}
