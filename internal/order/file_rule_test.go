package order

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

func TestWhichFilesARuleChooses(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }
	files := []FoundFile{
		{1, "in/2026-03-01/a.csv", "text/csv", []string{"raw"}, at(1)},
		{2, "in/2026-03-02/a.csv", "text/csv", []string{"raw", "checked"}, at(2)},
		{3, "in/2026-03-02/b.json", "application/json", nil, at(3)},
		{4, "in/2026-03-02/deep/er/c.csv", "text/csv", nil, at(4)},
		{5, "out/a.csv", "TEXT/CSV", nil, at(5)},
	}
	since := at(2)
	for _, tt := range []struct {
		name  string
		rule  FileRule
		since *time.Time
		want  []int64
	}{
		{"everything", FileRule{}, nil, []int64{1, 2, 3, 4, 5}},
		{"one path", FileRule{Path: "out/a.csv"}, nil, []int64{5}},
		{"within a folder", FileRule{Path: "in/2026-03-02/*"}, nil, []int64{2, 3}},
		{"in any folder", FileRule{Path: "in/**/*.csv"}, nil, []int64{1, 2, 4}},
		{"one character of several", FileRule{Path: "in/2026-03-0[12]/?.csv"}, nil, []int64{1, 2}},
		{"by media type", FileRule{MediaTypes: []string{"application/json", "text/csv"}, Path: "[io]*/*"}, nil, []int64{5}},
		{"by data types", FileRule{DataTypes: []string{"raw", "checked"}}, nil, []int64{2}},
		{"the newest", FileRule{Newest: 2}, nil, []int64{4, 5}},
		{"what is new", FileRule{SinceLastSuccess: true}, &since, []int64{3, 4, 5}},
		{"what is new, at first", FileRule{SinceLastSuccess: true}, nil, []int64{1, 2, 3, 4, 5}},
		{"nothing", FileRule{Path: "in/*.csv"}, nil, nil},
	} {
		var got []int64
		for _, f := range tt.rule.Choose(files, tt.since) {
			got = append(got, f.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		for _, f := range files {
			if tt.rule.Matches(f.Path) && !strings.HasPrefix(f.Path, tt.rule.Prefix()) {
				t.Errorf("%s: %s fits and does not begin with %q", tt.name, f.Path, tt.rule.Prefix())
			}
		}
	}
}

func TestInputFilesAreReadAndWritten(t *testing.T) {
	t.Parallel()
	const whole = `{"a": [1, 2], "b": [{"workspace": "raw", "path": "in/{{ScheduledFor.date}}/*.csv", "media-types": ["text/csv"], "data-types": ["x"],
		"newest": 3, "since-last-success": true, "at-least": 2, "wait-for": "PT2H"}, 7, {"workspace": "raw"}]}`
	files, problems := ParseInputFiles([]byte(whole))
	want := InputFiles{
		IDs: map[string][]int64{"a": {1, 2}},
		Rules: map[string][]FileRule{"b": {
			{Workspace: "raw", Path: "in/{{ScheduledFor.date}}/*.csv", MediaTypes: []string{"text/csv"}, DataTypes: []string{"x"}, Newest: 3,
				SinceLastSuccess: true, AtLeast: 2, WaitFor: "PT2H"}, {ID: 7, AtLeast: 1}, {Workspace: "raw", AtLeast: 1},
		}},
	}
	if diff := cmp.Diff(want, files); diff != "" || len(problems) > 0 {
		t.Fatalf("%v (-want +got):\n%s", problems, diff)
	}
	if again := jsonText(files.Lists(true)); !form.SameJSON([]byte(again), []byte(whole)) {
		t.Errorf("written again: %s", again)
	}
	if files.Rules["b"][0].Waits() != 2*time.Hour {
		t.Errorf("it waits for %s", files.Rules["b"][0].Waits())
	}
	for give, want := range map[string]string{
		`[]`:                     "expected an object of lists by input",
		`{"a": 1}`:               "a: found a number, expected a list of ids",
		`{"a": []}`:              "a: found an empty list",
		`{"a": ["x"]}`:           `a.0: found "x", expected the id of a file`,
		`{"a": [{"path": "x"}]}`: "workspace: it is missing",
		`{"a": [{"workspace": "raw", "pth": "x"}]}`:                 "did you mean 'path'",
		`{"a": [{"workspace": "raw", "path": "[a"}]}`:               "path: found \"[a\", whose wildcards cannot be read",
		`{"a": [{"workspace": "raw", "path": "/in/a"}]}`:            "without a slash in front",
		`{"a": [{"workspace": "raw", "path": "{{ 1 + 1 }}"}]}`:      "expected the name of a variable",
		`{"a": [{"workspace": "raw", "newest": 0}]}`:                "newest: found 0, expected a whole number from 1 on",
		`{"a": [{"workspace": "raw", "newest": 1, "at-least": 2}]}`: "at-least: found 2, but newest takes only 1",
		`{"a": [{"workspace": "raw", "wait-for": "soon"}]}`:         "wait-for: found \"soon\"",
	} {
		_, problems := ParseInputFiles([]byte(give))
		if len(problems) == 0 || !strings.Contains(problems.Err().Error(), want) {
			t.Errorf("%s: got %v, want %q", give, problems.Err(), want)
		}
	}
}

func TestPathsOfRulesAreResolved(t *testing.T) {
	t.Parallel()
	rules := map[string][]FileRule{"a": {{Workspace: "raw", Path: "in/{{day}}/*.csv"}}, "b": {{Workspace: "raw"}}}
	got, problems := Resolved(rules, Variables{"day": "x"}, Variables{"day": "{{ScheduledFor.date}}"}, Times{ScheduledFor: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)}.Variables())
	if len(problems) > 0 || got["a"][0].Path != "in/2026-03-02/*.csv" || got["b"][0].Path != "" || rules["a"][0].Path != "in/{{day}}/*.csv" {
		t.Errorf("got %+v, %v", got, problems)
	}
	if _, problems := Resolved(rules, Variables{}); len(problems) != 1 || !strings.Contains(problems[0].Message, "there is no variable 'day'") {
		t.Errorf("without the variable: %v", problems)
	}
}

func TestFilesOfAnOrderWinOverItsVariations(t *testing.T) {
	t.Parallel()
	v := Variation{InputFiles: map[string][]int64{"a": {1}, "b": {2}}, FileRules: map[string][]FileRule{"c": {{Workspace: "raw"}}}}
	got := v.With(InputFiles{IDs: map[string][]int64{"c": {3}}, Rules: map[string][]FileRule{"a": {{Workspace: "x"}}}})
	if diff := cmp.Diff(Variation{InputFiles: map[string][]int64{"b": {2}, "c": {3}}, FileRules: map[string][]FileRule{"a": {{Workspace: "x"}}}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(v.InputFiles) != 2 || len(v.FileRules) != 1 {
		t.Errorf("the variation itself has changed: %+v", v)
	}
}
