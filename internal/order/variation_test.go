package order

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// realVariations is a file as the clients of this API write it, with members of ours.
const realVariations = `{
  "variation-list": {
    "nightly": {
      "description": "Every night", "graph-setting": "all", "schedule-setting": "night", "override-setting": ["base", "prod"],
      "input-files": {"SCENE": [4, 5]}, "input-json": {"LIMIT": 3, "note": null},
      "configuration": {"settings": {"schema": "s"}, "priority": 5}, "max-duration": "PT90M"
    },
    "once": {"graph-setting": "all", "override-setting": "prod", "environment-setting": "x"},
    "bare": {}
  },
  "graph-setting-list": {"all": [["a", "b"], ["c"]]},
  "override-setting-list": {"base": {"schema": "dev", "n": 1}, "prod": {"schema": "prod"}},
  "schedule-setting-list": {
    "night": {"schedule": "30 2 * * *", "scheduleTimeZone": "Europe/Paris", "max-ram": 2048, "expires": "2030-01-01T00:00:00Z", "max-runs": 9},
    "at once": {"schedule": ""}
  }
}`

func TestParseVariations(t *testing.T) {
	t.Parallel()
	got, ps := ParseVariations([]byte(realVariations))
	if len(ps) > 0 {
		t.Fatal(ps.Err())
	}
	priority := 5
	want := Variations{
		List: map[string]Variation{
			"nightly": {
				Description: "Every night", OverrideSetting: []string{"base", "prod"}, ScheduleSetting: "night", GraphSetting: "all",
				InputFiles: map[string][]int64{"SCENE": {4, 5}}, InputJSON: map[string]any{"LIMIT": json.Number("3"), "note": nil},
				Configuration: &recipe.Configuration{
					Mounts: map[string]recipe.Mount{}, Priority: &priority, Settings: map[string]string{"schema": "s"},
					OutputWorkspaces: recipe.OutputWorkspaces{Outputs: map[string]string{}},
				},
				MaxDuration: "PT90M",
			},
			"once": {OverrideSetting: []string{"prod"}, GraphSetting: "all", InputFiles: map[string][]int64{}, InputJSON: map[string]any{}},
			"bare": {InputFiles: map[string][]int64{}, InputJSON: map[string]any{}},
		},
		Overrides: map[string]Variables{"base": {"schema": "dev", "n": json.Number("1")}, "prod": {"schema": "prod"}},
		Schedules: map[string]ScheduleSetting{
			"night": {Schedule: "30 2 * * *", Options: schedule.Options{
				Zone: "Europe/Paris", Expires: "2030-01-01T00:00:00Z", MaxRuns: 9,
			}},
			"at once": {},
		},
		Graphs: map[string]any{"all": []any{[]any{"a", "b"}, []any{"c"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Variables{"schema": "prod", "n": json.Number("1")}, got.Variables("nightly")); diff != "" {
		t.Errorf("variables of nightly (-want +got):\n%s", diff)
	}
	if vs := got.Variables("bare"); len(vs) != 0 {
		t.Errorf("variables of bare: %v", vs)
	}
	if s, ps := got.Schedule("nightly").Parse(); len(ps) > 0 || s.IsNow() || s.MaxRuns() != 9 {
		t.Errorf("schedule of nightly: %+v, %v", s, ps.Err())
	}
	if s, ps := got.Schedule("bare").Parse(); len(ps) > 0 || !s.IsNow() {
		t.Errorf("schedule of bare: %+v, %v", s, ps.Err())
	}
}

func TestOlderNamesOfScheduleSettings(t *testing.T) {
	t.Parallel()
	got, ps := ParseVariations([]byte(`{"variation-list":{"v":{"mesos-setting":"m"}},"mesos-setting-list":{"m":{"schedule":"R/2014-03-08T20:00:00.000Z/PT2H","epsilon":"PT30M"}}}`))
	if len(ps) > 0 || got.Schedule("v").Schedule != "R/2014-03-08T20:00:00.000Z/PT2H" {
		t.Errorf("schedule %+v, %v", got.Schedule("v"), ps.Err())
	}
}

func TestWrongVariations(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 1001 {
		many = append(many, fmt.Sprintf(`"v%d":{}`, i))
	}
	for text, want := range map[string]string{
		``:                               "INVALID_VARIATIONS",
		`[]`:                             "INVALID_VARIATIONS",
		`{"variation-list":{"v":[]}}`:    "variation-list.v INVALID_VARIATIONS",
		`{"variation-list":{"a/b":{}}}`:  "variation-list.a/b INVALID_NAME",
		`{"variation-list":{"None":{}}}`: "variation-list.None INVALID_NAME",
		`{"variation-list":{"v":{"schedule-setting":"s"}}}`:                               "variation-list.v.schedule-setting UNKNOWN_SETTING_LIST",
		`{"variation-list":{"v":{"override-setting":["s",""]}}}`:                          "variation-list.v.override-setting UNKNOWN_SETTING_LIST",
		`{"variation-list":{"v":{"override-setting":3}}}`:                                 "variation-list.v.override-setting INVALID_VARIATIONS",
		`{"variation-list":{"v":{"max-duration":"1 hour"}}}`:                              "variation-list.v.max-duration INVALID_VARIATIONS",
		`{"variation-list":{"v":{"max-duration":"P1M"}}}`:                                 "variation-list.v.max-duration INVALID_VARIATIONS",
		`{"variation-list":{"v":{"configuration":{"priority":0}}}}`:                       "variation-list.v.configuration.priority INVALID_CONFIGURATION",
		`{"variation-list":{"v":{"input-files":{"A":[1e30]}}}}`:                           "variation-list.v.input-files.A.0 INVALID_VARIATIONS",
		`{"variation-list":{"v":{"input-files":{"A":["1"]}}}}`:                            "variation-list.v.input-files.A.0 INVALID_VARIATIONS",
		`{"variation-list":{"v":{"input-files":{"A":[1]},"input-json":{"A":1}}}}`:         "variation-list.v.input-json DUPLICATE_VALUE",
		`{"override-setting-list":{"o":{"a b":1}}}`:                                       "override-setting-list.o.a b INVALID_NAME",
		`{"override-setting-list":{"o":[]}}`:                                              "override-setting-list.o INVALID_VARIATIONS",
		`{"schedule-setting-list":{"s":{"schedule":"daily"}}}`:                            "schedule-setting-list.s.schedule INVALID_SCHEDULE",
		`{"schedule-setting-list":{"s":{"schedule":"* * * * *","scheduleTimeZone":"X"}}}`: "schedule-setting-list.s.scheduleTimeZone INVALID_SCHEDULE",
		`{"schedule-setting-list":{"s":{"max-runs":-1}}}`:                                 "schedule-setting-list.s.max-runs INVALID_VARIATIONS",
		`{"schedule-setting-list":{"s":{"max-runs":1.5}}}`:                                "schedule-setting-list.s.max-runs INVALID_VARIATIONS",
		`{"variation-list":{` + strings.Join(many, ",") + `}}`:                            "variation-list INVALID_VARIATIONS",
	} {
		_, ps := ParseVariations([]byte(text))
		if got := strings.Join(lines(ps), ", "); got != want {
			t.Errorf("%.100s has the problems %q, want %q", text, got, want)
		}
	}
}

func TestParseDescription(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want Description
		bad  []string
	}{
		"all of it":             {text: `{"recipe-type":"my-recipe","recipe-type-revision":3,"description":"d","recipe-emails":{}}`, want: Description{"my-recipe", 3, "d"}},
		"nothing":               {text: `{}`},
		"null":                  {text: `{"recipe-type":null,"recipe-type-revision":null}`},
		"a revision as text":    {text: `{"recipe-type-revision":"3"}`, bad: []string{"recipe-type-revision INVALID_DESCRIPTION"}},
		"a revision in pieces":  {text: `{"recipe-type-revision":3.5}`, bad: []string{"recipe-type-revision INVALID_DESCRIPTION"}},
		"a revision as 3.0":     {text: "\ufeff" + `{"recipe-type-revision":3.0}`, want: Description{RecipeTypeRevision: 3}},
		"a revision below zero": {text: `{"recipe-type-revision":-1}`, want: Description{RecipeTypeRevision: -1}, bad: []string{"recipe-type-revision INVALID_DESCRIPTION"}},
		"no object":             {text: `"x"`, bad: []string{"INVALID_DESCRIPTION"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ps := ParseDescription([]byte(tt.text))
			if got != tt.want || cmp.Diff(tt.bad, lines(ps)) != "" {
				t.Errorf("got %+v, %v; want %+v, %v", got, lines(ps), tt.want, tt.bad)
			}
		})
	}
}

func TestCheckFileKnowsThreeFiles(t *testing.T) {
	t.Parallel()
	for path, bad := range map[string]bool{
		VariablesFile: true, VariationsFile: true, DescriptionFile: true, "sub/variables.json": false, "README.md": false,
	} {
		if ps := CheckFile(path, []byte("nonsense")); len(ps) > 0 != bad {
			t.Errorf("%s: %v, want a problem: %t", path, ps, bad)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "Default", "my kitchen", "a.b_c-d", "Küche", "none", strings.Repeat("x", 100)} {
		if p := CheckName("kitchen", name); p != nil {
			t.Errorf("%q is refused: %s", name, p.Message)
		}
	}
	for _, name := range []string{"", ".", "..", "None", "list", "a/b", `a\b`, "a\nb", " a", "a ", "a#b", "a?b", "a%20b", "\xff", strings.Repeat("x", 101)} {
		if p := CheckName("kitchen", name); p == nil || p.Code != InvalidName {
			t.Errorf("%q is accepted: %v", name, p)
		}
	}
}

func TestDestinations(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"cook@example.com", "a.b+c@sub.example.com", "https://hooks.example.com/x?y=z", "HTTPS://example.com:8443/"} {
		if p := CheckDestination(text); p != nil {
			t.Errorf("%q is refused: %s", text, p.Message)
		}
	}
	for _, text := range []string{
		"", "cook", "Cook <cook@example.com>", "cook@example.com, other@example.com", "http://example.com/", "https://", "https:///x",
		"https://example.com/#x", "ftp://example.com", "cook@exa mple.com", "a@b.c\r\nBcc: d@e.f", "https://example.com/" + strings.Repeat("x", 2000),
	} {
		if p := CheckDestination(text); p == nil || p.Code != InvalidDestination {
			t.Errorf("%q is accepted: %v", text, p)
		}
	}
	got := Destinations(Variables{
		"email":              "a@example.com, b@example.com ,, a@example.com",
		"alert_destinations": []any{"https://example.com/hook", "b@example.com", json.Number("3"), "nonsense"},
	})
	if diff := cmp.Diff([]string{"a@example.com", "b@example.com", "https://example.com/hook"}, got); diff != "" {
		t.Errorf("destinations (-want +got):\n%s", diff)
	}
	if got := Destinations(Variables{"email": true}); got != nil {
		t.Errorf("destinations of true: %v", got)
	}
}

func TestDestinationsTakeNothingFromSecrets(t *testing.T) {
	t.Parallel()
	layers := []Variables{{"T": "s3cret", "team": "cooks", "email": "{{team}}@example.com, https://example.com/{{T}}, https://example.com/x"}}
	want := []string{"cooks@example.com", "https://example.com/x"}
	if diff := cmp.Diff(want, Destinations(Shown([]string{"T"}, layers...))); diff != "" {
		t.Errorf("destinations where T is a secret (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, Destinations(Addressed(layers...))); diff != "" {
		t.Errorf("destinations where nobody knows whether it is one (-want +got):\n%s", diff)
	}
	if got := Addressed(Variables{"T": "s3cret"}); len(got) != 0 {
		t.Errorf("without destinations: %v", got)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for s, want := range map[recipe.JobStatus]struct {
		run   RunStatus
		order Status
	}{
		recipe.Pending:   {RunActive, Active},
		recipe.Queued:    {RunActive, Active},
		recipe.Running:   {RunActive, Active},
		recipe.Completed: {RunCompleted, Completed},
		recipe.Failed:    {RunFailed, Failed},
		recipe.Blocked:   {RunFailed, Failed},
		recipe.Canceled:  {RunStopped, Stopped},
	} {
		run := RunStatusOf(s)
		if run != want.run || run.Order() != want.order {
			t.Errorf("%s: %s, %s; want %+v", s, run, run.Order(), want)
		}
		if run.HasEnded() != s.IsSettled() || run.CanResume() != (run == RunFailed || run == RunStopped) {
			t.Errorf("%s: ended %t, can resume %t", run, run.HasEnded(), run.CanResume())
		}
	}
	if RunResumed.CanResume() || !RunResumed.HasEnded() || RunPlanned.HasEnded() || Paused.HasEnded() || !Stopped.HasEnded() {
		t.Error("a status is wrong about its end")
	}
}
