package order

import (
	"errors"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// ScheduleSetting is when a variation runs if its order does not say. The members are
// those of the contract ("schedule", "scheduleTimeZone") and ours ("start", "expires",
// "max-runs").
type ScheduleSetting struct {
	Schedule string // "now" or "": at once; cron; R[n]/start/period
	schedule.Options
}

// atOnce is the schedule of a run at once.
const atOnce = "now"

// Same tells whether two settings mean the same: nothing at all is a run at once, and a
// zone that is not named is UTC.
func (s ScheduleSetting) Same(other ScheduleSetting) bool {
	return s.spelledOut() == other.spelledOut()
}

func (s ScheduleSetting) spelledOut() ScheduleSetting {
	if s.Schedule == "" {
		s.Schedule = atOnce
	}
	if s.Zone == "" {
		s.Zone = time.UTC.String()
	}
	return s
}

// Over is the schedule of an order that says s: its own or, if it names none, that of its
// variation, with what the order says beside it.
func (s ScheduleSetting) Over(variation ScheduleSetting) ScheduleSetting {
	out := s
	if s.Schedule == "" {
		out = variation
	}
	if out.Schedule == "" {
		out.Schedule = atOnce
	}
	for _, m := range []struct {
		dst  *string
		text string
	}{{&out.Zone, s.Zone}, {&out.Start, s.Start}, {&out.Expires, s.Expires}} {
		if m.text != "" {
			*m.dst = m.text
		}
	}
	if s.MaxRuns != 0 {
		out.MaxRuns = s.MaxRuns
	}
	return out
}

// CannotBecome tells why an order with the schedule s cannot get another one in place; "" if
// it can. begun is whether the run of an order that runs once has begun, or has ended.
func (s ScheduleSetting) CannotBecome(next ScheduleSetting, begun bool) string {
	switch s, next = s.spelledOut(), next.spelledOut(); {
	case s == next:
		return ""
	case s.RunsOnce() != next.RunsOnce():
		return "its schedule is " + s.Schedule + ", and would be " + next.Schedule + ": what runs once and what runs by a schedule are different orders"
	case s.RunsOnce() && begun:
		return "it runs only once, and its run has begun, so that another schedule would mean nothing"
	}
	return ""
}

// Parse reads the schedule. Problems have the paths of its members: "schedule",
// "scheduleTimeZone" and so on.
func (s ScheduleSetting) Parse() (*schedule.Schedule, recipe.Problems) {
	text := s.Schedule
	if text == "" {
		text = atOnce
	}
	parsed, err := schedule.Parse(text, s.Options)
	if err == nil {
		return parsed, nil
	}
	invalid, ok := errors.AsType[*schedule.InvalidError](err)
	if !ok {
		return nil, recipe.Problems{problem(recipe.Path{"schedule"}, InvalidSchedule, "%s", err)}
	}
	members := map[schedule.Field]string{
		schedule.TextField: "schedule", schedule.ZoneField: "scheduleTimeZone", schedule.StartField: "start",
		schedule.ExpiresField: "expires", schedule.MaxRunsField: "max-runs",
	}
	var ps recipe.Problems
	for _, p := range invalid.Problems {
		ps = append(ps, problem(recipe.Path{members[p.Field]}, InvalidSchedule, "%s", p.Message))
	}
	return nil, ps
}

// CheckDue tells, of an order that is made at now, why nothing would ever run: what was
// due has passed. A schedule that cannot be read, as Parse says, is no problem here.
func (s ScheduleSetting) CheckDue(now time.Time) recipe.Problems {
	parsed, ps := s.Parse()
	if len(ps) > 0 {
		return nil
	}
	if parsed.IsNow() {
		s.Start = "" // one that has passed is no obstacle
		if parsed, ps = s.Parse(); len(ps) > 0 || len(parsed.Runs(now, 1)) > 0 {
			return nil
		}
	} else if _, later := parsed.Next(now); later {
		return nil
	}
	const advice = "so that nothing would run; give a later time, or none"
	if expires, err := schedule.ParseTime(s.Expires, parsed.Location()); err == nil && !expires.After(now) {
		return recipe.Problems{problem(recipe.Path{"expires"}, InvalidSchedule, "%s has passed already, %s", s.Expires, advice)}
	}
	return recipe.Problems{problem(recipe.Path{"schedule"}, InvalidSchedule, "the last run of %s has been due already, %s", s.Schedule, advice)}
}
