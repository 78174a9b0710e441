package order

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// The times of a run, which every run has beside the variables of the contract (ours).
const (
	ScheduledFor      = "ScheduledFor"      // when it was due; of a run by hand: when that was
	DataIntervalStart = "DataIntervalStart" // the tick of the schedule before that; ScheduledFor where there is none
	DataIntervalEnd   = "DataIntervalEnd"   // ScheduledFor
)

// Times are the times of a run, in the zone of its order's schedule.
type Times struct{ ScheduledFor, IntervalStart time.Time }

// TimesOf are the times of a run that is due at that time. A run that resumes another has
// those of that one.
func TimesOf(s *schedule.Schedule, due time.Time) Times {
	t := Times{ScheduledFor: due.In(s.Location())}
	t.IntervalStart = t.ScheduledFor
	if before, ok := s.Before(due); ok {
		t.IntervalStart = before
	}
	return t
}

// Variables are the times as objects: {{ScheduledFor.date}} is 2026-03-01. Their members are
// date, datetime (RFC 3339), and the numbers unix (seconds), year, month, day and hour.
func (t Times) Variables() Variables {
	return Variables{
		ScheduledFor: timeMembers(t.ScheduledFor), DataIntervalStart: timeMembers(t.IntervalStart), DataIntervalEnd: timeMembers(t.ScheduledFor),
	}
}

func timeMembers(t time.Time) map[string]any {
	number := func(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }
	return map[string]any{
		"date": t.Format(time.DateOnly), "datetime": t.Format(time.RFC3339), "unix": number(t.Unix()), "year": number(int64(t.Year())),
		"month": number(int64(t.Month())), "day": number(int64(t.Day())), "hour": number(int64(t.Hour())),
	}
}
