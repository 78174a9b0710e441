package order

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// Now is the text of a schedule that runs once, at once.
const Now = "now"

// ZoneUTC is the time zone where none is stated.
const ZoneUTC = "UTC"

// ScheduleShape describes a schedule in its object form: cron, interval or now for the text
// of a schedule (contract 3), and what goes with it.
func ScheduleShape() document.Shape {
	text := document.Simple(document.Text)
	return document.ObjectOf(
		document.Member{Name: "cron", Shape: text,
			Doc: "Five fields: minute, hour, day of the month, month and day of the week, such as `30 4 * * MON-FRI`. " +
				"With both a day of the month and a day of the week, either is enough, unless one begins with `*`: then both have to fit. `provider::galley::next_runs` tells when it is due."},
		document.Member{Name: "interval", Shape: text,
			Doc: "A repeating interval of ISO 8601, such as `R5/2026-03-01T20:00:00Z/PT2H`: number of runs (none: no end), " +
				"start, and period. Without the start (`R//P1D`) it begins at `start`."},
		document.Member{Name: "now", Shape: document.Simple(document.Bool), Doc: "`true`: one run, at once, or at `start`."},
		document.Member{Name: "time_zone", Shape: text, Default: ZoneUTC,
			Doc: "Name of the time zone of `cron` and of times without an offset, such as `Europe/Paris`."},
		document.Member{Name: "start", Shape: text,
			Doc: "Nothing runs before this time: RFC 3339, or without an offset, such as `2026-03-01T04:30:00`, in `time_zone`."},
		document.Member{Name: "expires", Shape: text, Doc: "Nothing runs at this time or later, in the same form."},
		document.Member{Name: "max_runs", Shape: document.Simple(document.Integer),
			Doc: "At most so many runs, 1 or more. Default: no limit."},
	)
}

// ReadSchedule reads the object form; nil is the zero value. It is known if no part of it is
// unknown or of the wrong kind. Problems are at places in the object form.
func ReadSchedule(v any) (s ScheduleSetting, problems recipe.Problems, known bool) {
	if v == nil {
		return s, nil, true
	}
	read, wrong := ScheduleShape().Read(v)
	for _, p := range wrong {
		problems = append(problems, problem(p.Path, InvalidSchedule, "%s", p.Message))
	}
	members, isObject := read.(map[string]any)
	known = isObject && document.Known(read)
	if !isObject {
		return s, problems, false
	}
	s.Options = schedule.Options{Start: member[string](read, "start"), Expires: member[string](read, "expires")}
	if zone := member[string](read, "time_zone"); zone != ZoneUTC {
		s.Zone = zone
	}
	if n, ok := members["max_runs"].(json.Number); ok {
		runs, err := strconv.Atoi(n.String())
		if err != nil || runs < 1 {
			problems = append(problems, problem(recipe.Path{"max_runs"}, InvalidSchedule,
				"found %s, expected 1 or more; leave it out for no limit", n))
			runs = 0
		}
		s.MaxRuns = runs
	}
	given := ""
	for _, name := range []string{"cron", "interval"} {
		if text := member[string](read, name); text != "" {
			s.Schedule, given = text, name
			break
		}
	}
	if given == "" && member[bool](read, "now") {
		s.Schedule = Now
	}
	return s, append(problems, checkSchedule(members, s)...), known
}

// checkSchedule holds the known members of a schedule, and the setting that they make,
// against the rules.
func checkSchedule(members map[string]any, s ScheduleSetting) recipe.Problems {
	var given []string
	open := false // it is not known whether, or what
	for _, name := range []string{"cron", "interval", "now"} {
		if m := members[name]; m != nil {
			given, open = append(given, name), open || document.IsUnknown(m)
		}
	}
	if len(given) != 1 {
		if open {
			return nil
		}
		return recipe.Problems{problem(nil, InvalidSchedule, "found %s, expected exactly one of cron, interval and now", words(given))}
	}
	for _, name := range []string{"time_zone", "start", "expires"} {
		if text, isText := members[name].(string); isText && text == "" {
			return recipe.Problems{problem(recipe.Path{name}, InvalidSchedule, "it is empty; leave it out for none")}
		}
	}
	at := recipe.Path{given[0]}
	if wrong := checkText(members, given[0], s.Schedule); wrong != "" && !open {
		return recipe.Problems{problem(at, InvalidSchedule, "%s", wrong)}
	}
	if open {
		s.Schedule = Now // the rest is checked without it
	}
	if document.IsUnknown(members["start"]) || document.IsUnknown(members["expires"]) {
		if isInterval(s.Schedule) {
			return nil // it may begin at start
		}
		s.Start, s.Expires = "", ""
	}
	_, found := s.Parse()
	names := map[string]string{"schedule": given[0], "scheduleTimeZone": "time_zone", "max-runs": "max_runs"}
	var problems recipe.Problems
	for _, p := range found {
		message := strings.TrimPrefix(p.Message, p.Path.String()+": ")
		here := p.Path
		if len(p.Path) > 0 && names[p.Path[0]] != "" {
			here = recipe.Path{names[p.Path[0]]}
		}
		problems = append(problems, problem(here, p.Code, "%s", message))
	}
	return problems
}

// checkText tells what is wrong with the member that gives a schedule, whatever the rest
// says; "" for nothing.
func checkText(members map[string]any, name, text string) string {
	switch {
	case name == "now" && members["now"] == false:
		return "found false, expected true; leave it out for another schedule"
	case text == "":
		return "it is empty; leave it out, or see the documentation for its form"
	case name == "cron" && isInterval(text):
		return quote(text) + ", which is a repeating interval: give it as interval"
	case name == "interval" && !isInterval(text):
		return quote(text) + ", expected a repeating interval such as R5/2026-03-01T20:00:00Z/PT2H; five fields of cron are given as cron"
	case name == "cron" && strings.TrimSpace(text) == Now:
		return quote(text) + ", expected five fields; for one run at once give now = true"
	}
	return ""
}

func quote(text string) string { return "found " + strconv.Quote(recipe.Shorten(text)) }

// isInterval tells a repeating interval from a cron text.
func isInterval(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "R") && strings.Contains(text, "/")
}

// words lists names for a message: a, b and c.
func words(names []string) string {
	switch n := len(names); n {
	case 0:
		return "none of them"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// Object is the object form of s, without what is as by default.
func (s ScheduleSetting) Object() map[string]any {
	out := map[string]any{}
	switch {
	case s.Schedule == "" || s.Schedule == Now:
		out["now"] = true
	case isInterval(s.Schedule):
		out["interval"] = s.Schedule
	default:
		out["cron"] = s.Schedule
	}
	for name, text := range map[string]string{"time_zone": s.Zone, "start": s.Start, "expires": s.Expires} {
		if text != "" && !(name == "time_zone" && text == ZoneUTC) {
			out[name] = text
		}
	}
	if s.MaxRuns > 0 {
		out["max_runs"] = json.Number(strconv.Itoa(s.MaxRuns))
	}
	return out
}

// RunsOnce tells whether s is one run, at once or at its start.
func (s ScheduleSetting) RunsOnce() bool { return s.Schedule == "" || s.Schedule == Now }

// AtOnce tells whether s is one run at once, as it is where nothing is said.
func (s ScheduleSetting) AtOnce() bool {
	return s.Options == (schedule.Options{}) && (s.Schedule == "" || s.Schedule == Now)
}
