package schedule

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustParse(t testing.TB, text string, o Options) *Schedule {
	t.Helper()
	s, err := Parse(text, o)
	if err != nil {
		t.Fatalf("Parse(%q, %+v): %v", text, o, err)
	}
	return s
}

func mustTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// times formats what Runs returns.
func times(in []time.Time) []string {
	out := make([]string, 0, len(in))
	for _, t := range in {
		out = append(out, t.Format(time.RFC3339Nano))
	}
	return out
}

func TestRuns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, zone, from string
		want                   []string
	}{
		// New York springs forward on 2026-03-08 from 02:00 to 03:00 and falls back on 2026-11-01 from 02:00 to 01:00.
		{"a time of the day in the gap is due at its end", "30 2 * * *", "America/New_York", "2026-03-07T00:00:00-05:00",
			[]string{"2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"}},
		{"a time of the day that comes twice is due once", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00-04:00",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
		{"every hour has no run in the gap", "30 * * * *", "America/New_York", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T00:30:00-05:00", "2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-08T04:30:00-04:00"}},
		{"every hour runs in both hours that look the same", "30 * * * *", "America/New_York", "2026-11-01T00:00:00-04:00",
			[]string{"2026-11-01T00:30:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-01T02:30:00-05:00"}},

		{"all times of the day in one gap are one run", "*/15 2 * * *", "America/New_York", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"}},
		{"the end of the gap is due once, too", "0,30 2,3 * * *", "America/New_York", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-08T03:30:00-04:00", "2026-03-09T02:00:00-04:00"}},
		{"every second hour skips one that is not there", "0 */2 * * *", "America/New_York", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T04:00:00-04:00", "2026-03-08T06:00:00-04:00"}},
		{"all hours as a range are times of the day", "30 0-23 * * *", "America/New_York", "2026-11-01T01:00:00-04:00",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-01T02:30:00-05:00"}},
		{"asked between the two, a time that came is not due again", "45 1 * * *", "America/New_York", "2026-11-01T01:10:00-05:00",
			[]string{"2026-11-02T01:45:00-05:00"}},

		{"a midnight that does not exist is due at one", "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00",
			[]string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
		{"a day whose midnight does not exist counts as that day", "0 0 4 11 *", "America/Sao_Paulo", "2018-01-01T00:00:00-02:00",
			[]string{"2018-11-04T01:00:00-02:00", "2019-11-04T00:00:00-03:00"}},
		{"a gap of half an hour is due at its end", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"half an hour that comes twice is due once", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00+11:00",
			[]string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
		{"every hour is not every real hour where half an hour comes twice", "45 * * * *", "Australia/Lord_Howe", "2026-04-05T01:00:00+11:00",
			[]string{"2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30", "2026-04-05T02:45:00+10:30"}},
		{"Casablanca falls back for Ramadan", "30 2 * * *", "Africa/Casablanca", "2026-02-14T12:00:00+01:00",
			[]string{"2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00Z"}},
		{"Casablanca springs forward after Ramadan", "30 2 * * *", "Africa/Casablanca", "2026-03-21T12:00:00Z",
			[]string{"2026-03-22T03:00:00+01:00", "2026-03-23T02:30:00+01:00"}},
		{"Paris springs forward", "30 2 * * *", "Europe/Paris", "2026-03-28T12:00:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
		{"Paris falls back", "30 2 * * SUN", "Europe/Paris", "2026-10-24T12:00:00+02:00",
			[]string{"2026-10-25T02:30:00+02:00", "2026-11-01T02:30:00+01:00"}},
		{"a day that Samoa left out is due when the next one begins", "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00-10:00",
			[]string{"2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"}},

		{"29 February comes every four years", "0 0 29 2 *", "", "2026-01-01T00:00:00Z",
			[]string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"and after eight where a century is no leap year", "0 0 29 2 *", "", "2096-03-01T00:00:00Z",
			[]string{"2104-02-29T00:00:00Z"}},
		{"also in real time", "0 */12 29 2 *", "Europe/Paris", "2096-03-01T00:00:00Z",
			[]string{"2104-02-29T00:00:00+01:00", "2104-02-29T12:00:00+01:00"}},
		{"every hour passes the last day of a leap year far ahead", "0 * * * *", "Europe/Paris", "2096-12-30T23:30:00Z",
			[]string{"2096-12-31T01:00:00+01:00", "2096-12-31T02:00:00+01:00"}},
		{"a time of the day on the last day of a leap year far ahead", "0 12 * * *", "Europe/Paris", "2096-12-30T23:30:00Z",
			[]string{"2096-12-31T12:00:00+01:00", "2097-01-01T12:00:00+01:00"}},
		{"day of the month or day of the week", "0 0 13 * FRI", "", "2026-03-01T00:00:00Z",
			[]string{"2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z", "2026-03-27T00:00:00Z", "2026-04-03T00:00:00Z", "2026-04-10T00:00:00Z", "2026-04-13T00:00:00Z"}},
		{"a day that does not exist beside a day of the week that does", "0 0 31 2 MON", "", "2026-02-20T00:00:00Z",
			[]string{"2026-02-23T00:00:00Z", "2027-02-01T00:00:00Z"}},
		{"0 and 7 are Sunday, names have any case", "0 0 * jan 7,0,Mon", "", "2026-01-01T00:00:00Z",
			[]string{"2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"a step from a number goes on to the end", "5/15 4 * * *", "", "2026-01-01T00:00:00Z",
			[]string{"2026-01-01T04:05:00Z", "2026-01-01T04:20:00Z", "2026-01-01T04:35:00Z", "2026-01-01T04:50:00Z", "2026-01-02T04:05:00Z"}},
		{"a step from a weekday ends on Saturday", "0 0 * * 1/3", "", "2026-03-01T00:00:00Z",
			[]string{"2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z", "2026-03-09T00:00:00Z"}},
		{"a step from a named weekday", "0 0 * * tue/5,7/2", "", "2026-03-01T00:00:00Z",
			[]string{"2026-03-03T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-10T00:00:00Z"}},
		{"a field that begins with a star restricts the other", "0 0 */2 * MON", "", "2026-03-01T00:00:00Z",
			[]string{"2026-03-09T00:00:00Z", "2026-03-23T00:00:00Z", "2026-04-13T00:00:00Z"}},
		{"also that of the weekdays", "0 0 2 * */2", "", "2026-03-01T00:00:00Z",
			[]string{"2026-04-02T00:00:00Z", "2026-05-02T00:00:00Z", "2026-06-02T00:00:00Z"}},
		{"a range passes the end", "0 0 * * FRI-MON", "", "2026-03-04T00:00:00Z",
			[]string{"2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-13T00:00:00Z"}},
		{"only minutes after the given time count", "0 12 * * *", "", "2026-01-01T12:00:00Z",
			[]string{"2026-01-02T12:00:00Z"}},
		{"seconds of the given time do not matter", "*/1 * * * *", "", "2026-01-01T11:59:59Z",
			[]string{"2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z"}},
		{"an offset of odd minutes", "0 0 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z",
			[]string{"2026-01-02T00:00:00+05:45"}},

		{"an interval without end", "R/2014-03-08T20:00:00.000Z/PT2H", "", "2014-03-08T19:59:59Z",
			[]string{"2014-03-08T20:00:00Z", "2014-03-08T22:00:00Z", "2014-03-09T00:00:00Z"}},
		{"an interval asked a long time later", "R/0001-01-01T00:00:07Z/PT10S", "", "2026-01-01T00:00:00Z",
			[]string{"2026-01-01T00:00:07Z", "2026-01-01T00:00:17Z"}},
		{"an interval of three runs", "R3/2026-01-01T00:00:00Z/P1D", "", "2025-01-01T00:00:00Z",
			[]string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"}},
		{"an interval of three runs asked after the second", "R3/2026-01-01T00:00:00Z/P1D", "", "2026-01-02T00:00:00Z",
			[]string{"2026-01-03T00:00:00Z"}},
		{"an interval asked after its last run", "R3/2026-01-01T00:00:00Z/P1D", "", "2026-01-03T00:00:00Z", []string{}},
		{"months keep their last day", "R/2026-01-31T06:00:00Z/P1M", "", "2026-01-01T00:00:00Z",
			[]string{"2026-01-31T06:00:00Z", "2026-02-28T06:00:00Z", "2026-03-31T06:00:00Z", "2026-04-30T06:00:00Z"}},
		{"years keep 29 February", "R/2024-02-29T00:00:00Z/P1Y", "", "2026-06-01T00:00:00Z",
			[]string{"2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"}},
		{"days keep the time of the day", "R/2026-03-07T02:30:00/P1D", "America/New_York", "2026-03-01T00:00:00Z",
			[]string{"2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"}},
		{"hours are real time", "R/2026-03-07T02:30:00/PT24H", "America/New_York", "2026-03-01T00:00:00Z",
			[]string{"2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-09T03:30:00-04:00"}},
		{"an interval starts at the second of two", "R/2026-11-01T06:30:00Z/P1W", "America/New_York", "2026-10-01T00:00:00Z",
			[]string{"2026-11-01T01:30:00-05:00", "2026-11-08T01:30:00-05:00"}},
		{"a period of everything", "R/2026-01-31T00:00:00Z/P1M1DT0.5H", "", "2026-01-31T00:00:00Z",
			[]string{"2026-03-01T00:30:00Z", "2026-04-02T01:00:00Z"}},
		{"now is due when it is asked", "now", "Europe/Paris", "2026-07-01T00:00:00Z", []string{"2026-07-01T02:00:00+02:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := mustParse(t, tt.text, Options{Zone: tt.zone})
			got := times(s.Runs(mustTime(t, tt.from), max(len(tt.want), 1)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Runs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunsWithOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		o          Options
		want       []string // from the beginning of 2026, all of them, up to 4
	}{
		{"start is included", "0 0 * * *", Options{Start: "2026-02-01T00:00:00Z", MaxRuns: 2},
			[]string{"2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"}},
		{"expires is not", "0 0 * * *", Options{Start: "2026-02-01T00:00:00Z", Expires: "2026-02-03T00:00:00Z"},
			[]string{"2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"}},
		{"times without an offset are of the zone", "0 0 * * *", Options{Zone: "Europe/Paris", Start: "2026-02-01", Expires: "2026-02-02T00:01"},
			[]string{"2026-02-01T00:00:00+01:00", "2026-02-02T00:00:00+01:00"}},
		{"an expiry in the past leaves nothing", "0 0 * * *", Options{Expires: "2020-01-01"}, []string{}},
		{"max runs count from what is asked", "0 0 * * *", Options{MaxRuns: 1}, []string{"2026-01-02T00:00:00Z"}},
		{"a start does not move an interval", "R3/2026-01-02T00:00:00Z/P1D", Options{Start: "2026-01-03T12:00:00Z"},
			[]string{"2026-01-04T00:00:00Z"}},
		{"an interval without a start has that of the schedule", "R2//PT1H", Options{Start: "2026-01-03T12:00:00Z"},
			[]string{"2026-01-03T12:00:00Z", "2026-01-03T13:00:00Z"}},
		{"now with a start is one run then", "now", Options{Start: "2026-01-03T12:00:00Z"}, []string{"2026-01-03T12:00:00Z"}},
		{"now with a start in the past is no run any more", "now", Options{Start: "2025-01-03T12:00:00Z"}, []string{}},
		{"now after it has expired is no run", "now", Options{Expires: "2025-01-03T12:00:00Z"}, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := times(mustParse(t, tt.text, tt.o).Runs(mustTime(t, "2026-01-01T00:00:00Z"), 4))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Runs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNextOfTheEndOfTime(t *testing.T) {
	t.Parallel()
	late := time.Date(9999, 12, 31, 23, 30, 0, 0, time.UTC)
	for _, text := range []string{"0 0 * * *", "0 * * * *", "R/2026-01-01T00:00:00Z/P1M", "R/2026-01-01T00:00:00Z/PT1H", "now"} {
		if at, ok := mustParse(t, text, Options{}).Next(late); ok {
			t.Errorf("Next of %q after %s is %s, want none: no text can say the year 10000", text, late, at)
		}
	}
	if at, ok := mustParse(t, "59 23 31 12 *", Options{}).Next(late); !ok || at.Minute() != 59 {
		t.Errorf("Next in the last hour is %s, %t", at, ok)
	}
}

func TestParseReportsAll(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		o          Options
		want       []string // the beginnings of the lines
	}{
		{"no text", " ", Options{}, []string{"schedule: it is empty; expected now, five cron fields"}},
		{"a word", "hourly", Options{}, []string{`schedule: found "hourly", expected now, five cron fields`}},
		{"four fields", "0 0 * *", Options{}, []string{`schedule: cron "0 0 * *" has 4 fields, expected five: minute, hour, day of the month, month, day of the week`}},
		{"seconds", "0 0 0 * * *", Options{}, []string{`schedule: cron "0 0 0 * * *" has 6 fields, expected five`}},
		{"a nickname", "@daily", Options{}, []string{`schedule: found the nickname "@daily"; expected five`}},
		{"a zone in front", "TZ=Europe/Paris 0 0 * * *", Options{}, []string{`schedule: cron "TZ=Europe/Paris 0 0 * * *" begins with a time zone, which is given beside`}},
		{"every field", "60 24 32 13 8", Options{}, []string{
			`schedule: cron "60 24 32 13 8", minute: found "60", expected 0 to 59,`,
			`schedule: cron "60 24 32 13 8", hour: found "24", expected 0 to 23,`,
			`schedule: cron "60 24 32 13 8", day of the month: found "32", expected 1 to 31,`,
			`schedule: cron "60 24 32 13 8", month: found "13", expected 1 to 12 or JAN to DEC,`,
			`schedule: cron "60 24 32 13 8", day of the week: found "8", expected 0 to 7 (0 and 7 are Sunday) or SUN to SAT,`,
		}},
		{"an empty element", "1,,2 0 * * *", Options{}, []string{`schedule: cron "1,,2 0 * * *", minute: found "1,,2"`}},
		{"only a comma", ", 0 * * *", Options{}, []string{`schedule: cron ", 0 * * *", minute: found ","`}},
		{"a sign", "+5 0 * * *", Options{}, []string{`schedule: cron "+5 0 * * *", minute: found "+5"`}},
		{"a question mark", "0 0 ? * *", Options{}, []string{`schedule: cron "0 0 ? * *", day of the month: found "?"`}},
		{"the last day", "0 0 L * *", Options{}, []string{`schedule: cron "0 0 L * *", day of the month: found "L"`}},
		{"a month among the days", "0 0 * MON *", Options{}, []string{`schedule: cron "0 0 * MON *", month: found "MON"`}},
		{"no step", "*/0 0 * * *", Options{}, []string{`schedule: cron "*/0 0 * * *", minute: found "*/0"`}},
		{"a step without effect", "*/60 0 * * *", Options{}, []string{`schedule: cron "*/60 0 * * *", minute: found "*/60"`}},
		{"a step through the end of the week", "0 0 * * FRI-MON/2", Options{}, []string{`schedule: cron "0 0 * * FRI-MON/2", day of the week: found "FRI-MON/2"`}},
		{"a step through the end of the week in figures", "0 0 * * 07-2/2", Options{}, []string{`schedule: cron "0 0 * * 07-2/2", day of the week: found "07-2/2"`}},
		{"a number beyond all", "99999999999999999999 0 * * *", Options{}, []string{`schedule: cron "99999999999999999999 0 * * *", minute: found`}},
		{"31 February", "0 0 31 2 *", Options{}, []string{`schedule: cron "0 0 31 2 *" never runs: no month 2 has a day 31`}},
		{"the 31st of short months", "0 0 31 4,6,9,11 *", Options{}, []string{`schedule: cron "0 0 31 4,6,9,11 *" never runs: no month 4,6,9,11 has a day 31`}},
		{"an unknown zone", "now", Options{Zone: "Europe/Pari"}, []string{`time_zone: found "Europe/Pari", expected the IANA name`}},
		{"the zone of the machine", "now", Options{Zone: "Local"}, []string{`time_zone: found "Local", which differs from machine to machine`}},
		{"everything", "x", Options{Zone: "x", Start: "x", Expires: "y", MaxRuns: -1}, []string{
			`time_zone: found "x"`, `start: found "x", expected a time such as`, `expires: found "y"`, `max_runs: found -1`, `schedule: found "x"`,
		}},
		{"an interval of two parts", "R5/PT2H", Options{}, []string{`schedule: interval "R5/PT2H" has 2 parts, expected three`}},
		{"an interval of nothing right", "R0/x/y", Options{}, []string{
			`schedule: interval "R0/x/y", repetitions: found "R0", expected R for ever, or R1 to`,
			`schedule: interval "R0/x/y", start: found "x", expected a time`,
			`schedule: interval "R0/x/y", period: found "y", expected a duration such as PT2H`,
		}},
		{"an interval that counts down", "R-1/2026-01-01T00:00:00Z/P1D", Options{}, []string{`schedule: interval "R-1/2026-01-01T00:00:00Z/P1D", repetitions: found "R-1"`}},
		{"an interval without a start", "R//P1D", Options{}, []string{`schedule: interval "R//P1D", start: it is empty`}},
		{"an interval whose start is wrong elsewhere", "R//P1D", Options{Start: "x"}, []string{`start: found "x"`}},
		{"no time", "R/2026-01-01T00:00:00Z/PT0S", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/PT0S", period: found "PT0S", which is no time at all`}},
		{"no units", "R/2026-01-01T00:00:00Z/P", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/P", period: found "P", which is no time`}},
		{"no time after the T", "R/2026-01-01T00:00:00Z/P1DT", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/P1DT", period: found "P1DT", expected`}},
		{"half a month", "R/2026-01-01T00:00:00Z/P0.5M", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/P0.5M", period: found "P0.5M", expected`}},
		{"half a second", "R/2026-01-01T00:00:00Z/PT0.5S", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/PT0.5S", period: found "PT0.5S", which has a fraction`}},
		{"backwards", "R/2026-01-01T00:00:00Z/-P1D", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/-P1D", period: found "-P1D", expected`}},
		{"units in the wrong order", "R/2026-01-01T00:00:00Z/P1D1M", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/P1D1M", period: found "P1D1M", expected`}},
		{"a period of many years", "R/2026-01-01T00:00:00Z/P99999999999999999Y", Options{}, []string{`schedule: interval "R/2026-01-01T00:00:00Z/P99999999999999999Y", period: found "P99999999999999999Y", expected at most 1000 years`}},
		{"it expires before it starts", "0 0 * * *", Options{Start: "2026-02-01", Expires: "2026-01-01"}, []string{"expires: found 2026-01-01, which is not after the start 2026-02-01"}},
		{"it expires when it starts", "now", Options{Start: "2026-02-01", Expires: "2026-02-01"}, []string{"expires: found 2026-02-01, which is not after"}},
		{"nothing is due in the window", "0 0 1 * *", Options{Start: "2026-02-02", Expires: "2026-02-28"}, []string{"schedule: nothing is due from 2026-02-02T00:00:00Z and before 2026-02-28T00:00:00Z; start earlier"}},
		{"an interval that ends before the start", "R2/2026-01-01T00:00:00Z/P1D", Options{Start: "2026-02-02"}, []string{"schedule: nothing is due from 2026-02-02T00:00:00Z; start earlier"}},
		{"an interval that begins after it expires", "R2/2026-01-01T00:00:00Z/P1D", Options{Expires: "2025-02-02"}, []string{"schedule: nothing is due before 2025-02-02T00:00:00Z; start earlier"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := Parse(tt.text, tt.o)
			invalid, ok := errors.AsType[*InvalidError](err)
			if !ok || s != nil {
				t.Fatalf("Parse returned %+v, %v, want an *InvalidError", s, err)
			}
			if len(invalid.Problems) != len(tt.want) {
				t.Fatalf("found %d problems, want %d:\n%s", len(invalid.Problems), len(tt.want), err)
			}
			for i, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, tt.want[i]) {
					t.Errorf("problem %d reads\n  %s\nwant it to begin with\n  %s", i, line, tt.want[i])
				}
			}
		})
	}
}
