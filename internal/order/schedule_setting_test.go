package order

import (
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

func TestCheckDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		give ScheduleSetting
		want string // path and a part of the message; "": something will run
	}{
		{"at once", ScheduleSetting{}, ""},
		{"now", ScheduleSetting{Schedule: "now"}, ""},
		{"now, at a later start", ScheduleSetting{Schedule: "now", Options: schedule.Options{Start: "2026-03-02T00:00:00Z"}}, ""},
		{"now, at a start that has passed", ScheduleSetting{Schedule: "now", Options: schedule.Options{Start: "2026-02-01T00:00:00Z"}}, ""},
		{"now, expired", ScheduleSetting{Schedule: "now", Options: schedule.Options{Expires: "2026-03-01T12:00:00Z"}},
			"expires: 2026-03-01T12:00:00Z has passed already"},
		{"now, with a start, expired", ScheduleSetting{Schedule: "now", Options: schedule.Options{Start: "2026-02-01T00:00:00Z", Expires: "2026-02-02T00:00:00Z"}},
			"expires: 2026-02-02T00:00:00Z has passed already"},
		{"cron", ScheduleSetting{Schedule: "0 4 * * *"}, ""},
		{"cron that expires later", ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Expires: "2026-03-03T00:00:00Z"}}, ""},
		{"cron, expired", ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Expires: "2026-02-03T00:00:00Z"}},
			"expires: 2026-02-03T00:00:00Z has passed already"},
		{"cron, expired in its zone", ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Zone: "Asia/Tokyo", Expires: "2026-03-01T20:00:00"}},
			"expires: 2026-03-01T20:00:00 has passed already"},
		{"cron that expires before it is due", ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Expires: "2026-03-01T13:00:00Z"}},
			"schedule: the last run of 0 4 * * * has been due already"},
		{"an interval without an end", ScheduleSetting{Schedule: "R/2020-01-01T00:00:00Z/P1D"}, ""},
		{"an interval with runs left", ScheduleSetting{Schedule: "R60/2026-02-01T00:00:00Z/P1D"}, ""},
		{"an interval in the past", ScheduleSetting{Schedule: "R5/2026-02-01T00:00:00Z/P1D"}, "schedule: the last run of R5/"},
		{"what cannot be read", ScheduleSetting{Schedule: "sometimes"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ps := tt.give.CheckDue(now)
			got := ""
			if len(ps) > 0 {
				got = ps[0].Message
			}
			if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSameScheduleSettings(t *testing.T) {
	t.Parallel()
	cron := ScheduleSetting{Schedule: "0 4 * * *"}
	utc := ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Zone: "UTC"}}
	for _, tt := range []struct {
		a, b ScheduleSetting
		want bool
	}{
		{ScheduleSetting{}, ScheduleSetting{Schedule: "now"}, true},
		{cron, utc, true},
		{cron, ScheduleSetting{}, false},
		{cron, ScheduleSetting{Schedule: "0 5 * * *"}, false},
		{ScheduleSetting{}, ScheduleSetting{Options: schedule.Options{MaxRuns: 1}}, false},
		{cron, ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Zone: "Europe/Paris"}}, false},
	} {
		if got := tt.a.Same(tt.b); got != tt.want {
			t.Errorf("%+v and %+v: same is %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestScheduleOverThatOfTheVariation(t *testing.T) {
	t.Parallel()
	variation := ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Zone: "Europe/Paris", MaxRuns: 3}}
	for _, tt := range []struct{ own, variation, want ScheduleSetting }{
		{ScheduleSetting{}, ScheduleSetting{}, ScheduleSetting{Schedule: "now"}},
		{ScheduleSetting{}, variation, variation},
		{ScheduleSetting{Options: schedule.Options{Expires: "2026-03-01", MaxRuns: 5}}, variation,
			ScheduleSetting{Schedule: "0 4 * * *", Options: schedule.Options{Zone: "Europe/Paris", Expires: "2026-03-01", MaxRuns: 5}}},
		{ScheduleSetting{Schedule: "0 5 * * *"}, variation, ScheduleSetting{Schedule: "0 5 * * *"}},
	} {
		if got := tt.own.Over(tt.variation); got != tt.want {
			t.Errorf("%+v over %+v: got %+v, want %+v", tt.own, tt.variation, got, tt.want)
		}
	}
}

func TestWhichScheduleAnOrderCanGetInPlace(t *testing.T) {
	t.Parallel()
	four, five := ScheduleSetting{Schedule: "0 4 * * *"}, ScheduleSetting{Schedule: "0 5 * * *"}
	once, later := ScheduleSetting{}, ScheduleSetting{Schedule: "now", Options: schedule.Options{Start: "2030-03-01T00:00:00Z"}}
	for _, tt := range []struct {
		was, next ScheduleSetting
		begun     bool
		why       string // a part of it; "": it can
	}{
		{four, five, false, ""},
		{four, ScheduleSetting{Schedule: "R//P1D"}, true, ""},
		{four, once, false, "different orders"},
		{once, four, true, "different orders"},
		{later, once, false, ""},
		{once, later, true, "its run has begun"},
		{once, ScheduleSetting{Schedule: "now", Options: schedule.Options{Zone: "UTC"}}, true, ""},
	} {
		if got := tt.was.CannotBecome(tt.next, tt.begun); (got == "") != (tt.why == "") || !strings.Contains(got, tt.why) {
			t.Errorf("from %+v to %+v: got %q, want %q", tt.was, tt.next, got, tt.why)
		}
	}
}
