package order

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

func tree(t *testing.T, text string) any {
	t.Helper()
	v, err := recipe.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// text has the messages of problems, one a line.
func text(problems recipe.Problems) string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Message)
	}
	return strings.Join(out, "\n")
}

func TestReadScheduleSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ give, want string }{
		"a cron":                       {`{"cron": "30 4 * * *", "time_zone": "Europe/Paris", "max_runs": "3"}`, ""},
		"now":                          {`{"now": true, "start": "2030-01-01T00:00:00Z"}`, ""},
		"null is left out":             {`{"cron": "30 4 * * *", "interval": null, "now": null}`, ""},
		"the name of other products":   {`{"cron": "0 4 * * *", "timezone": "Europe/Berlin"}`, "timezone: there is no 'timezone'; did you mean 'time_zone'; expected 'cron', "},
		"swapped letters":              {`{"corn": "0 4 * * *"}`, "corn: there is no 'corn'; did you mean 'cron'; expected 'cron', "},
		"nothing":                      {`{}`, "found none of them, expected exactly one of cron, interval and now"},
		"two":                          {`{"now": true, "cron": "* * * * *"}`, "found cron and now, expected exactly one"},
		"not now":                      {`{"now": false}`, "now: found false, expected true"},
		"a cron of six fields":         {`{"cron": "0 30 4 * * *"}`, "cron: "},
		"an interval as cron":          {`{"cron": "R5/2026-03-01T20:00:00Z/PT2H"}`, "cron: found \"R5/2026-03-01T20:00:00Z/PT2H\", which is a repeating interval"},
		"a cron as interval":           {`{"interval": "30 4 * * *"}`, "interval: found \"30 4 * * *\", expected a repeating interval"},
		"now as cron":                  {`{"cron": " now"}`, "cron: found \" now\", expected five fields; for one run at once give now = true"},
		"an empty cron":                {`{"cron": ""}`, "cron: it is empty"},
		"a zone that does not exist":   {`{"cron": "30 4 * * *", "time_zone": "Europe/Pariss"}`, "time_zone: "},
		"a start that is no time":      {`{"cron": "30 4 * * *", "start": "tomorrow"}`, "start: "},
		"an end before the start":      {`{"cron": "30 4 * * *", "start": "2026-03-02T00:00:00Z", "expires": "2026-03-01T00:00:00Z"}`, "expires: "},
		"no runs at all":               {`{"cron": "30 4 * * *", "max_runs": 0}`, "max_runs: found 0, expected 1 or more"},
		"half a run":                   {`{"cron": "30 4 * * *", "max_runs": 1.5}`, "max_runs: found the number 1.5, expected a whole number"},
		"an object for text":           {`{"cron": {}}`, "cron: found an object, expected text"},
		"text for the whole":           {`"30 4 * * *"`, "found \"30 4 * * *\", expected an object"},
		"an interval without a period": {`{"interval": "R5/2026-03-01T20:00:00Z/"}`, "interval: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, problems, known := ReadSchedule(tree(t, tt.give))
			found := text(problems)
			if !strings.HasPrefix(found, tt.want) || tt.want == "" && found != "" || strings.Contains(found, "\n") {
				t.Errorf("problems:\n%s\nwant one: %q", found, tt.want)
			}
			if tt.want != "" {
				return
			}
			again, problems, _ := ReadSchedule(s.Object())
			if again != s || len(problems) > 0 || !known {
				t.Errorf("%+v comes back as %+v, %v, known = %t", s, again, problems, known)
			}
		})
	}
	if s, problems, known := ReadSchedule(nil); s != (ScheduleSetting{}) || len(problems) > 0 || !known {
		t.Errorf("nothing is %+v, %v, known = %t", s, problems, known)
	}
}

func TestReadScheduleChecksWhatIsKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ give, unknown, want string }{
		"the text":                       {`{"time_zone": "Mars/Olympus"}`, "cron", "time_zone: "},
		"which of two":                   {`{"cron": "30 4 * * *"}`, "interval", ""},
		"a zone beside a wrong cron":     {`{"cron": "61 4 * * *"}`, "time_zone", "cron: "},
		"the start of an interval":       {`{"interval": "R//P1D", "expires": "2026-03-01T00:00:00Z"}`, "start", ""},
		"the end of a cron":              {`{"cron": "30 4 * * *", "start": "2026-03-02T00:00:00Z"}`, "expires", ""},
		"whether it is now, and no time": {`{"start": "tomorrow"}`, "now", "start: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := tree(t, tt.give)
			v.(map[string]any)[tt.unknown] = document.Unknown
			_, problems, known := ReadSchedule(v)
			if found := text(problems); !strings.HasPrefix(found, tt.want) || tt.want == "" && found != "" || known {
				t.Errorf("known = %t, problems:\n%s\nwant %q", known, found, tt.want)
			}
		})
	}
}

func TestReadAlerts(t *testing.T) {
	t.Parallel()
	got, problems := ReadAlerts(tree(t, `{"error": ["b@example.com", "a@example.com", "b@example.com"], "start": null}`))
	want := map[string][]string{
		"start": {}, "warning": {}, "over_duration": {}, "success": {}, "error": {"a@example.com", "b@example.com"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("problems: %v, alerts (-want +got):\n%s", problems, diff)
	}
	for give, want := range map[string]string{
		`{"eror": []}`:                            "eror: there is no 'eror'; did you mean 'error'",
		`{"error": ["nobody"]}`:                   "error.0: found \"nobody\", which is neither",
		`{"start": "a@example.com"}`:              "start: found \"a@example.com\", expected a list",
		`{"start": [null]}`:                       "start.0: the value is null",
		`["a@example.com"]`:                       "found a list, expected an object",
		`{"over_duration": ["http://x.example"]}`: "over_duration.0: found \"http://x.example\", which is not encrypted",
	} {
		if _, problems := ReadAlerts(tree(t, give)); len(problems) != 1 || !strings.HasPrefix(text(problems), want) {
			t.Errorf("%s: problems:\n%s\nwant one: %q", give, text(problems), want)
		}
	}
	if got, problems := ReadAlerts(map[string]any{"error": []any{document.Unknown}, "start": document.Unknown}); len(problems) > 0 || len(got["error"]) > 0 {
		t.Errorf("unknown destinations are %v, %v", got, problems)
	}
}

const wholeVariations = `{
  "variation-list": {
    "nightly": {
      "description": "d", "override-setting": ["base", "nightly"], "schedule-setting": "s", "input-files": {"scene": [1, 2]},
      "input-json": {"bands": {"red": 4}}, "configuration": {"priority": 7, "settings": {"A": "1"}}, "max-duration": "PT2H"
    },
    "later": {"schedule-setting": "later"},
    "once": {}
  },
  "override-setting-list": {"base": {"a": 1, "b": 1}, "nightly": {"b": [2, "<>"]}},
  "schedule-setting-list": {
    "s": {"schedule": "30 4 * * *", "scheduleTimeZone": "Europe/Paris", "start": "2026-03-01T00:00:00", "expires": "2030-01-01T00:00:00Z", "max-runs": 9},
    "later": {"schedule": "now", "start": "2030-01-01T00:00:00Z"}
  }
}`

const wholeVariationsObject = `{
  "nightly": {
    "description": "d", "overrides_json": "{\"a\":1,\"b\":[2,\"<>\"]}", "input_files": {"scene": [1, 2]},
    "input_json": {"bands": "{\"red\":4}"}, "configuration": {"priority": 7, "settings": {"A": "1"}}, "max_duration": "PT2H",
    "schedule": {"cron": "30 4 * * *", "time_zone": "Europe/Paris", "start": "2026-03-01T00:00:00", "expires": "2030-01-01T00:00:00Z", "max_runs": 9}
  },
  "later": {"schedule": {"now": true, "start": "2030-01-01T00:00:00Z"}},
  "once": {}
}`

func TestVariationsGoToTheObjectFormAndBack(t *testing.T) {
	t.Parallel()
	vs, problems := ParseVariations([]byte(wholeVariations))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	object := vs.Object()
	if diff := cmp.Diff(tree(t, wholeVariationsObject), any(object)); diff != "" {
		t.Errorf("object form (-want +got):\n%s", diff)
	}
	d, problems := ReadVariations(object)
	if len(problems) > 0 || !d.Known || !d.Names {
		t.Fatalf("problems: %s, known = %t", text(problems), d.Known)
	}
	back := d.Variations()
	if diff := cmp.Diff(any(object), any(back.Object())); diff != "" {
		t.Errorf("it comes back as (-want +got):\n%s", diff)
	}
	for name := range vs.List {
		if diff := cmp.Diff(vs.Schedule(name), back.Schedule(name)); diff != "" {
			t.Errorf("schedule of %s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(vs.Variables(name), back.Variables(name)); diff != "" {
			t.Errorf("variables of %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestVariationsMeanTheSameHoweverTheyAreSpelled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`{"v": {"overrides_json": "{ \"b\": [2.0], \"a\": 1e0 }"}}`, `{"v": {"overrides_json": "{\"a\":1,\"b\":[2]}"}}`, true},
		{`{"v": {"overrides_json": "{}", "description": "", "configuration": {}}}`, `{"v": {}}`, true},
		{`{"v": {"input_json": {"x": "1"}}}`, `{"v": {"input_json": {"x": 1.0}}}`, true},
		{`{"v": {"schedule": {"cron": "* * * * *", "time_zone": "UTC"}}}`, `{"v": {"schedule": {"cron": "* * * * *"}}}`, true},
		{`{"v": {"configuration": {"priority": 100}}}`, `{"v": {}}`, false},
		{`{"v": {}, "w": {}}`, `{"v": {}}`, false},
	} {
		if got := VariationsShape().Same(tree(t, tt.a), tree(t, tt.b)); got != tt.want {
			t.Errorf("%s and %s: same = %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
	// A run at once is what happens where nothing is said.
	d, _ := ReadVariations(tree(t, `{"v": {"schedule": {"now": true}}}`))
	if got := d.Of["v"].Schedule; got != (ScheduleSetting{}) {
		t.Errorf("a run at once is %+v", got)
	}
}

func TestKeepTakesOverTheSpelling(t *testing.T) {
	t.Parallel()
	vs, _ := ParseVariations([]byte(wholeVariations))
	spelled := tree(t, wholeVariationsObject).(map[string]any)
	nightly := spelled["nightly"].(map[string]any)
	nightly["overrides_json"] = `{ "b": [2.0, "<>"], "a": 1e0 }`
	nightly["configuration"] = tree(t, `{"priority": "7", "mounts": {}, "settings": {"A": 1}}`)
	spelled["once"] = tree(t, `{"description": ""}`)
	s := VariationsShape()
	if diff := cmp.Diff(any(spelled), s.Keep(vs.Object(), spelled)); diff != "" {
		t.Errorf("what means the same (-want +got):\n%s", diff)
	}
	changed := vs.Object()
	changed["later"] = map[string]any{"description": "new"}
	changed["nightly"].(map[string]any)["max_duration"] = "PT3H"
	want := maps.Clone(spelled)
	want["later"] = map[string]any{"description": "new"}
	want["nightly"] = maps.Clone(nightly)
	want["nightly"].(map[string]any)["max_duration"] = "PT3H"
	if diff := cmp.Diff(any(want), s.Keep(changed, spelled)); diff != "" {
		t.Errorf("a change (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(changed), s.Keep(changed, nil)); diff != "" {
		t.Errorf("where there was nothing (-want +got):\n%s", diff)
	}
}

func TestReadVariationsSaysWhereSomethingIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ give, at, want string }{
		"a name with a slash":        {`{"a/b": {}}`, "a/b", `The variation name "a/b" has a character`},
		"a misspelt name":            {`{"v": {"inputjson": {}}}`, "v.inputjson", "did you mean 'input_json'"},
		"deep inside":                {`{"v": {"configuration": {"output_workspaces": {"defualt": "x"}}}}`, "v.configuration.output_workspaces.defualt", "did you mean 'default'"},
		"in a schedule":              {`{"v": {"schedule": {"cron": "* * * * *", "timezone": "UTC"}}}`, "v.schedule.timezone", "did you mean 'time_zone'"},
		"no JSON":                    {`{"v": {"input_json": {"a": "{"}}}`, "v.input_json.a", "the text is not valid JSON"},
		"files and a value":          {`{"v": {"input_json": {"a": "1"}, "input_files": {"a": [1]}}}`, "v.input_json", "'a' is given both"},
		"an empty list of files":     {`{"v": {"input_files": {"a": []}}}`, "v.input_files.a", "found an empty list"},
		"overrides that are a list":  {`{"v": {"overrides_json": "[1]"}}`, "v.overrides_json", "the text is a list"},
		"overrides that are no JSON": {`{"v": {"overrides_json": "{a: 1}"}}`, "v.overrides_json", "the text is not valid JSON"},
		"an override with a blank":   {`{"v": {"overrides_json": "{\"a b\": 1}"}}`, "v.overrides_json", "a b: the name of a variable"},
		"a duration of months":       {`{"v": {"max_duration": "P1M"}}`, "v.max_duration", `found "P1M"`},
		"a priority of 0":            {`{"v": {"configuration": {"priority": 0}}}`, "v.configuration.priority", "found 0"},
		"two schedules":              {`{"v": {"schedule": {"cron": "* * * * *", "interval": "R//P1D"}}}`, "v.schedule", "found cron and interval"},
		"a wrong zone":               {`{"v": {"schedule": {"cron": "* * * * *", "time_zone": "Mars/Olympus"}}}`, "v.schedule.time_zone", "Mars/Olympus"},
		"a variation that is null":   {`{"v": null}`, "v", "the value is null"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, problems := ReadVariations(tree(t, tt.give))
			if len(problems) != 1 || problems[0].Path.String() != tt.at || !strings.Contains(problems[0].Text(), tt.want) ||
				!strings.HasPrefix(problems[0].Message, tt.at+": ") {
				t.Errorf("problems:\n%s\nwant one at %s: %q", text(problems), tt.at, tt.want)
			}
			if d.Known {
				t.Error("they count as known")
			}
		})
	}
}

func TestReadVariationsKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	d, problems := ReadVariations(map[string]any{
		"a": document.Unknown,
		"b": map[string]any{
			"input_files": map[string]any{"x": []any{document.Unknown}, "y": document.Unknown}, "overrides_json": document.Unknown,
			"input_json": map[string]any{"z": document.Unknown}, "schedule": document.Unknown, "configuration": document.Unknown,
		},
	})
	if len(problems) > 0 || d.Known || !d.Names {
		t.Errorf("problems:\n%s\nknown = %t, names = %t", text(problems), d.Known, d.Names)
	}
	if diff := cmp.Diff(map[string][]int64{"x": {0}, "y": {0}}, d.Of["b"].InputFiles); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, name := range []string{"input_files", "overrides_json", "input_json", "schedule", "configuration"} {
		if !d.Of["a"].Partly[name] || !d.Of["b"].Partly[name] {
			t.Errorf("%s counts as known", name)
		}
	}
	if d, problems := ReadVariations(document.Unknown); d.Names || d.Known || len(problems) > 0 {
		t.Errorf("unknown variations are %+v, %v", d, problems)
	}
	if s := (ScheduleSetting{Schedule: Now, Options: schedule.Options{Start: "2030-01-01T00:00:00Z"}}); s.AtOnce() {
		t.Error("a run later is one at once")
	}
}
