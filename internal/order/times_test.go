package order

import (
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

func TestTimesOfARun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ schedule, due, want string }{
		"yesterday, in the zone":  {"0 4 * * *", "2026-03-02T03:00:00Z", "2026-03-01T04:00:00+01:00 2026-03-01 2026-03-02T04:00:00+01:00 4"},
		"over the start of DST":   {"0 4 * * *", "2026-03-29T02:00:00Z", "2026-03-28T04:00:00+01:00 2026-03-28 2026-03-29T04:00:00+02:00 4"},
		"by hand, since the tick": {"0 4 * * *", "2026-03-02T11:30:00Z", "2026-03-02T04:00:00+01:00 2026-03-02 2026-03-02T12:30:00+01:00 12"},
		"once":                    {"now", "2026-03-02T11:30:00Z", "2026-03-02T12:30:00+01:00 2026-03-02 2026-03-02T12:30:00+01:00 12"},
		"the first of all":        {"R/2026-03-02T03:00:00Z/P1D", "2026-03-02T03:00:00Z", "2026-03-02T04:00:00+01:00 2026-03-02 2026-03-02T04:00:00+01:00 4"},
		"every 29th of February":  {"0 0 29 2 *", "2032-02-28T23:00:00Z", "2028-02-29T00:00:00+01:00 2028-02-29 2032-02-29T00:00:00+01:00 0"},
		"of very many before":     {"R/2020-01-01T00:00:00Z/PT1S", "2026-03-02T03:00:00Z", "2026-03-02T03:59:59+01:00 2026-03-02 2026-03-02T04:00:00+01:00 4"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := schedule.Parse(tt.schedule, schedule.Options{Zone: "Europe/Berlin"})
			if err != nil {
				t.Fatal(err)
			}
			due, err := time.Parse(time.RFC3339, tt.due)
			if err != nil {
				t.Fatal(err)
			}
			vs := Variables{"all": "{{DataIntervalStart.datetime}} {{DataIntervalStart.date}} {{ScheduledFor.datetime}} {{DataIntervalEnd.hour}}"}
			got, ps := Effective(vs, TimesOf(s, due).Variables())
			if got["all"] != tt.want || ps.Err() != nil {
				t.Errorf("got %s, %v, want %s", got["all"], ps.Err(), tt.want)
			}
		})
	}
	if ps := CheckVariables(Variables{ScheduledFor: "x"}); ps.Err() == nil {
		t.Error("a variable of the system's can be set")
	}
}

func TestParseOverlap(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Overlap{"": "", "allow": OverlapAllow, "skip": OverlapSkip, "hold": OverlapHold, "cancel": OverlapCancel} {
		if got, err := ParseOverlap(text); got != want || err != nil {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if _, err := ParseOverlap("skipp"); err == nil || err.Error() != "overlap is 'skipp'; it has to be allow, skip, hold or cancel; did you mean 'skip'?" {
		t.Errorf("got %v", err)
	}
}
