package ingest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

const (
	strike = `{"workspace": "in", "monitor": {"type": "dir-watcher", "transfer_suffix": "_tmp"}, "files_to_ingest": [{"filename_regex": ".*txt"}]}`
	scan   = `{"workspace": "in", "scanner": {"type": "dir"}, "files_to_ingest": [{"filename_regex": ".*txt"}]}`
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind ingest.Kind
		raw  string
		want string // of the first finding; "": none
	}{
		"a strike":                     {ingest.Strike, strike, ""},
		"a scan":                       {ingest.Scan, scan, ""},
		"version 7":                    {ingest.Strike, strings.Replace(strike, `{`, `{"version": "7", `, 1), ""},
		"version 2.0":                  {ingest.Strike, strings.Replace(strike, `{`, `{"version": "2.0", `, 1), ""},
		"version 1.0 of a strike":      {ingest.Strike, strings.Replace(strike, `{`, `{"version": "1.0", `, 1), `version: found "1.0"`},
		"version 1.0 of a scan":        {ingest.Scan, strings.Replace(scan, `{`, `{"version": "1.0", `, 1), ""},
		"nothing":                      {ingest.Strike, `{}`, "workspace: it is missing"},
		"no object":                    {ingest.Strike, `[]`, "found a list of 0"},
		"another member":               {ingest.Strike, strings.Replace(strike, `{`, `{"mount": "x", `, 1), "mount: there is no such member"},
		"recursive is of scans":        {ingest.Strike, strings.Replace(strike, `{`, `{"recursive": true, `, 1), "recursive: there is no such member"},
		"recursive that is no flag":    {ingest.Scan, strings.Replace(scan, `{`, `{"recursive": 1, `, 1), "recursive: found 1"},
		"no rule":                      {ingest.Strike, strings.Replace(strike, `[{"filename_regex": ".*txt"}]`, `[]`, 1), "files_to_ingest: found a list of 0"},
		"a rule with another member":   {ingest.Strike, strings.Replace(strike, `"filename_regex"`, `"x": 1, "filename_regex"`, 1), "files_to_ingest.0.x: there is no such member"},
		"an expression that is none":   {ingest.Strike, strings.Replace(strike, `.*txt`, `(`, 1), "files_to_ingest.0.filename_regex: error parsing regexp"},
		"look-ahead":                   {ingest.Strike, strings.Replace(strike, `.*txt`, `(?=a)`, 1), "which has no look-around"},
		"an absolute path":             {ingest.Strike, strings.Replace(strike, `"filename_regex"`, `"new_file_path": "/a", "filename_regex"`, 1), "which is absolute"},
		"a path that leaves":           {ingest.Strike, strings.Replace(strike, `"filename_regex"`, `"new_file_path": "a/../..", "filename_regex"`, 1), `contains ".."`},
		"a monitor that there is not":  {ingest.Strike, strings.Replace(strike, `dir-watcher`, `ftp`, 1), `monitor.type: found "ftp"`},
		"the scanner of a strike":      {ingest.Strike, scan, "scanner: there is no such member"},
		"a suffix that is empty":       {ingest.Strike, strings.Replace(strike, `"_tmp"`, `""`, 1), `monitor.transfer_suffix: found ""`},
		"no suffix":                    {ingest.Strike, strings.Replace(strike, `, "transfer_suffix": "_tmp"`, ``, 1), `monitor.transfer_suffix: it is missing, so it is "_tmp"`},
		"a recipe without name":        {ingest.Strike, strings.Replace(strike, `{`, `{"recipe": {}, `, 1), "recipe.name: it is missing"},
		"a revision that is no number": {ingest.Strike, strings.Replace(strike, `{`, `{"recipe": {"name": "a", "revision_num": "1"}, `, 1), `recipe.revision_num: found "1"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ps := ingest.Parse(tt.kind, []byte(tt.raw))
			switch {
			case tt.want == "" && len(ps) > 0:
				t.Errorf("got %q, want nothing", ps[0].Message)
			case tt.want != "" && (len(ps) == 0 || !strings.Contains(ps[0].Message, tt.want)):
				t.Errorf("got %+v, want %q", ps, tt.want)
			}
		})
	}
}

// TestStoredForm: what is written is read again, and has the defaults of the original.
func TestStoredForm(t *testing.T) {
	t.Parallel()
	raw := strings.Replace(scan, `"filename_regex"`, `"new_file_path": "a//b/", "new_workspace": "out", "filename_regex"`, 1)
	c, ps := ingest.Parse(ingest.Scan, []byte(raw))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	stored, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"files_to_ingest":[{"data_types":[],"filename_regex":".*txt","new_file_path":"a/b","new_workspace":"out"}],"recursive":true,"scanner":{"type":"dir"},"workspace":"in"}`
	if string(stored) != want {
		t.Errorf("got  %s\nwant %s", stored, want)
	}
	if _, ps := ingest.Parse(ingest.Scan, stored); len(ps) > 0 {
		t.Errorf("what was stored is not read: %v", ps)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	parse := func(id, key string) ingest.Configuration {
		c, ps := ingest.Parse(ingest.Strike, []byte(`{"workspace": "in", "monitor": {"type": "s3", "sqs_name": "q", "credentials": {"access_key_id": "`+
			id+`", "secret_access_key": "`+key+`"}}, "files_to_ingest": [{"filename_regex": ".*"}]}`))
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		return c
	}
	show := func(c ingest.Configuration) string {
		raw, err := json.Marshal(c.Source["credentials"])
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	old := parse("id", "key")
	if got := show(old.Masked()); strings.Contains(got, `"id"`) || strings.Contains(got, `"key"`) {
		t.Errorf("masked: %s", got)
	}
	if got, want := show(parse("************", "other").Unmasked(old)), `{"access_key_id":"id","secret_access_key":"other"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := show(old); !strings.Contains(got, `"id"`) {
		t.Errorf("the original has changed: %s", got)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	c, ps := ingest.Parse(ingest.Scan, []byte(`{"workspace": "in", "scanner": {"type": "dir"}, "files_to_ingest": [
		{"filename_regex": "foo.*", "data_types": ["first"]}, {"filename_regex": "sub/", "data_types": ["second"]}, {"filename_regex": "oo", "data_types": ["third"]}]}`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	for at, want := range map[[2]string]string{
		{"foo.txt", "ingesting/foo.txt"}: "first",  // by the name, which the original never looks at
		{"a.txt", "sub/a.txt"}:           "second", // by the path
		{"ooze", "ooze"}:                 "third",  // from the beginning, not to the end
		{"a foo", "a foo"}:               "",       // not from the beginning
	} {
		r, ok := c.Match(at[0], at[1])
		if got := strings.Join(r.DataTypes, ""); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", at, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"stamp_tmp": "stamp", "a_tmp_tmp": "a_tmp", "_tmp": "_tmp", "a": "a"} {
		whole, isWhole := ingest.WithoutSuffix(name, "_tmp")
		if whole != want || isWhole != (name == want) {
			t.Errorf("%s: got %s, %t", name, whole, isWhole)
		}
	}
	for name, want := range map[string]string{"a.tif": "a_2.tif", ".hidden": ".hidden_2", "a": "a_2", "a.tar.gz": "a.tar_2.gz"} {
		if got := ingest.Numbered(name, 2); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	day := time.Date(2026, 12, 31, 23, 30, 0, 0, time.FixedZone("", -3600))
	if got, want := ingest.Dated("a", day, "x"), "a/2027/01/01/x"; got != want {
		t.Errorf("got %s, want %s: the day is that of UTC", got, want)
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	file := func(required bool) recipe.FileParam { return recipe.FileParam{Required: required} }
	for name, tt := range map[string]struct {
		in        recipe.Interface
		want, err string
	}{
		"no inputs":                {recipe.Interface{}, "", ""},
		"one file":                 {recipe.Interface{Files: map[string]recipe.FileParam{"A": file(true)}}, "A", ""},
		"the one that is required": {recipe.Interface{Files: map[string]recipe.FileParam{"A": file(false), "B": file(true)}}, "B", ""},
		"two files":                {recipe.Interface{Files: map[string]recipe.FileParam{"A": file(true), "B": file(true)}}, "", "each need a file"},
		"a value": {recipe.Interface{Files: map[string]recipe.FileParam{"A": file(true)}, JSON: map[string]recipe.JSONParam{"N": {Required: true}}},
			"", `its input "N" needs a JSON value`},
		"a value with a default": {recipe.Interface{Files: map[string]recipe.FileParam{"A": file(true)}, JSON: map[string]recipe.JSONParam{"N": {Required: true, Default: "1"}}},
			"A", ""},
		"no file": {recipe.Interface{JSON: map[string]recipe.JSONParam{"N": {}}}, "", "no input for a file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ingest.Input(tt.in)
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestCheckPart: what is not known yet is nothing wrong.
func TestCheckPart(t *testing.T) {
	t.Parallel()
	rule := func(members map[string]any) []any { return []any{members} }
	for name, tt := range map[string]struct {
		part string
		v    any
		want string
	}{
		"rules":                        {ingest.FilesPart, rule(map[string]any{"filename_regex": "a"}), ""},
		"an expression that is none":   {ingest.FilesPart, rule(map[string]any{"filename_regex": "("}), "0.filename_regex: error parsing"},
		"a member that there is not":   {ingest.FilesPart, rule(map[string]any{"filename_regex": "a", "datatypes": nil}), "datatypes"},
		"rules that are not known":     {ingest.FilesPart, []any{document.Unknown}, ""},
		"an expression to come":        {ingest.FilesPart, rule(map[string]any{"filename_regex": document.Unknown, "data_types": []any{document.Unknown}}), ""},
		"no rules":                     {ingest.FilesPart, []any{}, "found a list of 0"},
		"a monitor":                    {"monitor", map[string]any{"type": "dir-watcher", "transfer_suffix": "_tmp"}, ""},
		"a monitor that there is not":  {"monitor", map[string]any{"type": "dir"}, `type: found "dir"`},
		"a type that is not known yet": {"monitor", map[string]any{"type": document.Unknown}, ""},
		"a recipe":                     {ingest.RecipePart, map[string]any{"name": "a", "revision_num": json.Number("2")}, ""},
		"a revision to come":           {ingest.RecipePart, map[string]any{"name": document.Unknown, "revision_num": document.Unknown}, ""},
		"a revision below zero":        {ingest.RecipePart, map[string]any{"name": "a", "revision_num": json.Number("-1")}, "revision_num: found -1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range ingest.CheckPart(ingest.Strike, tt.part, tt.v) {
				got = append(got, p.Path.String()+": "+p.Message)
			}
			text := strings.Join(got, "; ")
			if (tt.want == "") != (text == "") || !strings.Contains(text, tt.want) {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
	same := func(a, b any) bool { return ingest.SamePart(ingest.Strike, ingest.FilesPart, a, b) }
	if !same(rule(map[string]any{"filename_regex": "a", "new_file_path": "b//"}), rule(map[string]any{"filename_regex": "a", "new_file_path": "b", "data_types": []any{}})) {
		t.Error("a path and a default in another form are taken for a difference")
	}
	if same(rule(map[string]any{"filename_regex": "a"}), rule(map[string]any{"filename_regex": "b"})) {
		t.Error("another expression is taken for the same")
	}
}
