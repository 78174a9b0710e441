package value

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// The schedule of an order, or of a variation, as one attribute: cron, interval or now
// for the text of a schedule (contract datakitchen-v2, 3), and what goes with it.

const (
	ScheduleNow = "now"
	ZoneUTC     = "UTC"
)

// ScheduleAttribute is the schema. It has no validators: ValidateSchedule checks the
// whole of it.
func ScheduleAttribute(doc string) schema.SingleNestedAttribute {
	text := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
	}
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: doc + " Exactly one of `cron`, `interval` and `now` is given.",
		Attributes: map[string]schema.Attribute{
			"cron": text("Five fields: minute, hour, day of the month, month and day of the week, such as `30 4 * * MON-FRI`. " +
				"With both a day of the month and a day of the week, either is enough. `provider::galley::next_runs` tells when it is due."),
			"interval": text("A repeating interval of ISO 8601, such as `R5/2026-03-01T20:00:00Z/PT2H`: number of runs (none: no end), " +
				"start, and period. Without the start (`R//P1D`) it begins at `start`."),
			"now": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "`true`: one run, at once, or at `start`.",
			},
			"time_zone": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(ZoneUTC),
				MarkdownDescription: "Name of the time zone of `cron` and of times without an offset, such as `Europe/Paris`. Default: `UTC`.",
			},
			"start":   text("Nothing runs before this time: RFC 3339, or without an offset, such as `2026-03-01T04:30:00`, in `time_zone`."),
			"expires": text("Nothing runs at this time or later, in the same form."),
			"max_runs": schema.Int64Attribute{
				Optional: true, MarkdownDescription: "At most so many runs, 1 or more. Default: no limit.",
			},
		},
	}
}

// ScheduleType is the type of the attribute schedule.
func ScheduleType() types.ObjectType { return ObjectType(ScheduleAttribute("").Attributes) }

// ScheduleSetting is what v says; known is false if a part of it is unknown. Null is the
// zero value.
func ScheduleSetting(v types.Object) (s order.ScheduleSetting, known bool) {
	if v.IsNull() || v.IsUnknown() {
		return s, v.IsNull()
	}
	text := func(name string) string {
		t, _ := v.Attributes()[name].(types.String)
		return t.ValueString()
	}
	s.Options = schedule.Options{Start: text("start"), Expires: text("expires")}
	if zone := text("time_zone"); zone != ZoneUTC {
		s.Zone = zone
	}
	if n, ok := v.Attributes()["max_runs"].(types.Int64); ok {
		s.MaxRuns = int(n.ValueInt64())
	}
	now, _ := v.Attributes()["now"].(types.Bool)
	switch {
	case text("cron") != "":
		s.Schedule = text("cron")
	case text("interval") != "":
		s.Schedule = text("interval")
	case now.ValueBool():
		s.Schedule = ScheduleNow
	}
	for _, member := range v.Attributes() {
		if member.IsUnknown() {
			return s, false
		}
	}
	return s, true
}

// scheduleObject is the attribute's value of a variation; null if it says nothing, which
// means a run at once.
func scheduleObject(vs order.Variations, variation string) types.Object {
	if vs.List[variation].ScheduleSetting == "" {
		return types.ObjectNull(ScheduleType().AttrTypes)
	}
	return ScheduleValue(vs.Schedule(variation))
}

// ScheduleValue is the attribute's value, which spells out a run at once, too.
func ScheduleValue(s order.ScheduleSetting) types.Object {
	cron, interval, now := types.StringNull(), types.StringNull(), types.BoolNull()
	switch {
	case s.Schedule == "" || s.Schedule == ScheduleNow:
		now = types.BoolValue(true)
	case isInterval(s.Schedule):
		interval = types.StringValue(s.Schedule)
	default:
		cron = types.StringValue(s.Schedule)
	}
	zone, runs := s.Zone, types.Int64Null()
	if zone == "" {
		zone = ZoneUTC
	}
	if s.MaxRuns > 0 {
		runs = types.Int64Value(int64(s.MaxRuns))
	}
	return types.ObjectValueMust(ScheduleType().AttrTypes, map[string]attr.Value{
		"cron": cron, "interval": interval, "now": now, "time_zone": types.StringValue(zone),
		"start": TextOrNull(s.Start), "expires": TextOrNull(s.Expires), "max_runs": runs,
	})
}

// SameSchedule tells whether two schedules, both known, mean the same.
func SameSchedule(a, b types.Object) bool {
	x, knownX := ScheduleSetting(a)
	y, knownY := ScheduleSetting(b)
	return knownX && knownY && x == y
}

// isInterval tells a repeating interval from a cron text.
func isInterval(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "R") && strings.Contains(text, "/")
}

// ValidateSchedule reports at p what is wrong with the known parts of v.
func ValidateSchedule(v types.Object, p path.Path, diags *diag.Diagnostics) {
	if v.IsNull() || v.IsUnknown() {
		return
	}
	const summary = "Invalid schedule"
	bad := func(at path.Path, format string, args ...any) {
		diags.AddAttributeError(at, summary, at.String()+": "+fmt.Sprintf(format, args...))
	}
	members, given, unknown := v.Attributes(), []string{}, false
	for _, name := range []string{"cron", "interval", "now"} {
		if m := members[name]; m != nil && !m.IsNull() {
			given, unknown = append(given, name), unknown || m.IsUnknown()
		}
	}
	if len(given) != 1 {
		if !unknown {
			bad(p, "found %s, expected exactly one of cron, interval and now", JoinWords(given, "and"))
		}
		return
	}
	at := p.AtName(given[0])
	s, _ := ScheduleSetting(v)
	text := s.Schedule
	switch now, _ := members["now"].(types.Bool); {
	case unknown:
		text = ScheduleNow // the rest is checked without it
	case given[0] == "now" && !now.ValueBool():
		bad(at, "found false, expected true; leave it out for another schedule")
		return
	case text == "":
		bad(at, "it is empty; leave it out, or see the documentation for its form")
		return
	case given[0] == "cron" && isInterval(text):
		bad(at, "found %q, which is a repeating interval: give it as interval", text)
		return
	case given[0] == "interval" && !isInterval(text):
		bad(at, "found %q, expected a repeating interval such as R5/2026-03-01T20:00:00Z/PT2H; five fields of cron are given as cron", text)
		return
	case given[0] == "cron" && strings.TrimSpace(text) == ScheduleNow:
		bad(at, "found %q, expected five fields; for one run at once give now = true", text)
		return
	}
	if n, ok := members["max_runs"].(types.Int64); ok && !n.IsNull() && !n.IsUnknown() && n.ValueInt64() < 1 {
		bad(p.AtName("max_runs"), "found %d, expected 1 or more; leave it out for no limit", n.ValueInt64())
		s.MaxRuns = 0
	}
	start, _ := members["start"].(types.String)
	expires, _ := members["expires"].(types.String)
	windowless := start.IsUnknown() || expires.IsUnknown()
	if windowless && isInterval(text) {
		return // it may begin at start
	}
	if windowless {
		s.Start, s.Expires = "", ""
	}
	s.Schedule = text
	_, problems := s.Parse()
	names := map[string]string{
		"schedule": given[0], "scheduleTimeZone": "time_zone", "start": "start", "expires": "expires", "max-runs": "max_runs",
	}
	for _, problem := range problems {
		here := p
		if len(problem.Path) > 0 {
			here = p.AtName(names[problem.Path[0]])
		}
		bad(here, "%s (%s)", WithoutPlace(problem), problem.Code)
	}
}

// CheckScheduleIsDue reports at p, if v is known, why an order that is made at now would
// never run.
func CheckScheduleIsDue(v types.Object, p path.Path, now time.Time, diags *diag.Diagnostics) {
	s, known := ScheduleSetting(v)
	if v.IsNull() || !known {
		return
	}
	for _, problem := range s.CheckDue(now) {
		at := p
		if problem.Path[0] == "expires" {
			at = p.AtName("expires")
		}
		diags.AddAttributeError(at, "Schedule has passed", fmt.Sprintf("%s: %s (%s)", at, WithoutPlace(problem), problem.Code))
	}
}
