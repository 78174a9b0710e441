package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A drawnCron is a cron text with what it means, which is not taken from the text.
type drawnCron struct {
	text            string
	sets            [5][]int // minutes, hours, days, months, weekdays (0 to 6)
	anyDay, anyWeek bool
	everyHour       bool
	zone            string
	from            time.Time // after which it is asked
}

var zones = []string{
	"UTC", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Paris", "Pacific/Apia",
	"Asia/Kathmandu", "Europe/Dublin", "America/St_Johns", "Asia/Tehran", "Antarctica/Troll", "Pacific/Chatham", "Asia/Gaza",
	"America/Caracas", "Asia/Pyongyang", "Africa/Cairo", "America/Godthab", "Europe/Istanbul", "Pacific/Kwajalein",
}

func drawCron(t *rapid.T) drawnCron {
	bounds := [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}
	var c drawnCron
	var fields []string
	for i, b := range bounds {
		form := rapid.SampledFrom([]string{"*", "*", "list", "range", "step"}).Draw(t, "form")
		if i == 0 && form == "*" && rapid.Bool().Draw(t, "fewer minutes") {
			form = "list"
		}
		lo := rapid.IntRange(b[0], b[1]).Draw(t, "low")
		hi := rapid.IntRange(lo, b[1]).Draw(t, "high")
		step := rapid.IntRange(1, max(1, (b[1]-b[0])/2)).Draw(t, "step")
		var set []int
		var text string
		switch form {
		case "*":
			text, lo, hi, step = "*", b[0], b[1], 1
		case "step":
			text, lo, hi = fmt.Sprintf("*/%d", step), b[0], b[1]
		case "range":
			text, step = fmt.Sprintf("%d-%d", lo, hi), 1
		case "list":
			set = rapid.SliceOfNDistinct(rapid.IntRange(b[0], b[1]), 1, 4, rapid.ID).Draw(t, "list")
			text = strings.Trim(strings.ReplaceAll(fmt.Sprint(set), " ", ","), "[]")
		}
		for v := lo; form != "list" && v <= hi; v += step {
			set = append(set, v)
		}
		every := form == "*" || form == "step"
		switch i {
		case 1:
			c.everyHour = form == "*" || form == "step"
		case 2:
			c.anyDay = every
		case 4:
			c.anyWeek = every
			if form == "step" && step == 1 {
				set = []int{0, 1, 2, 3, 4, 5, 6}
			}
			if form == "step" && 7%step == 0 && !slices.Contains(set, 0) {
				set = append(set, 0) // 7 is Sunday, too
			}
		}
		c.sets[i] = set
		fields = append(fields, text)
	}
	c.text = strings.Join(fields, " ")
	c.zone = rapid.SampledFrom(zones).Draw(t, "zone")
	loc, err := time.LoadLocation(c.zone)
	if err != nil {
		t.Fatal(err)
	}
	// A time near a change of the clock, where there is one.
	at := time.Unix(rapid.Int64Range(0, 80*365*24*3600).Draw(t, "time")/60*60, 0).In(loc)
	if _, change := at.ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
		at = change.Add(time.Duration(rapid.IntRange(-36*60, 6*60).Draw(t, "minutes")) * time.Minute)
	}
	c.from = at.Truncate(time.Minute) // tables end at an odd second
	return c
}

// names tells whether the clock shows a minute that c names.
func (c drawnCron) names(wall time.Time) bool {
	inMonth, inWeek := slices.Contains(c.sets[2], wall.Day()), slices.Contains(c.sets[4], int(wall.Weekday()))
	day := inMonth || inWeek
	if c.anyDay || c.anyWeek {
		day = inMonth && inWeek
	}
	return day && slices.Contains(c.sets[0], wall.Minute()) && slices.Contains(c.sets[1], wall.Hour()) &&
		slices.Contains(c.sets[3], int(wall.Month()))
}

// enumerate looks at the clock minute by minute, from three days before c.from to
// some days after it, and notes when a run is due.
func (c drawnCron) enumerate(loc *time.Location, days int) []string {
	var out []string
	var shown time.Time // the latest that the clock has shown
	for t := c.from.Add(-72 * time.Hour); !t.After(c.from.Add(time.Duration(days) * 24 * time.Hour)); t = t.Add(time.Minute) {
		in := t.In(loc)
		wall := time.Date(in.Year(), in.Month(), in.Day(), in.Hour(), in.Minute(), 0, 0, time.UTC)
		due := c.everyHour && c.names(wall)
		if shown.IsZero() {
			shown = wall.Add(-time.Minute)
		}
		for m := shown.Add(time.Minute); !m.After(wall); m = m.Add(time.Minute) { // one, but in a gap all of them
			due = due || !c.everyHour && c.names(m)
			shown = m
		}
		if due && t.After(c.from) {
			out = append(out, in.Format(time.RFC3339))
		}
	}
	return out
}

func TestCronIsWhatAClockShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const days = 4
		c := drawCron(t)
		s, err := Parse(c.text, Options{Zone: c.zone})
		if err != nil {
			if !strings.Contains(err.Error(), "never runs") {
				t.Fatalf("%q: %v", c.text, err)
			}
			return
		}
		want := c.enumerate(s.Location(), days)
		var got []string
		until := c.from.Add(days * 24 * time.Hour)
		for at, ok := s.Next(c.from); ok && !at.After(until); at, ok = s.Next(at) {
			got = append(got, at.Format(time.RFC3339))
			if len(got) > len(want)+2 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q in %s after %s (-want +got):\n%s", c.text, c.zone, c.from.Format(time.RFC3339), diff)
		}
	})
}

// TestCronFindsTheRareDay looks for a run years ahead, day by day.
func TestCronFindsTheRareDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCron(t)
		s, err := Parse(c.text, Options{})
		var want time.Time
		c.everyHour = false
		for day := 0; day < 9*366 && want.IsZero(); day++ {
			noon := c.from.UTC().Truncate(24*time.Hour).AddDate(0, 0, day)
			at := time.Date(noon.Year(), noon.Month(), noon.Day(), slices.Min(c.sets[1]), slices.Min(c.sets[0]), 0, 0, time.UTC)
			if day > 0 && c.names(at) {
				want = at
			}
		}
		if err != nil {
			if !want.IsZero() {
				t.Fatalf("%q: %v, but it runs at %s", c.text, err, want)
			}
			return
		}
		midnight := c.from.UTC().Truncate(24 * time.Hour).Add(24*time.Hour - 1)
		if got, ok := s.Next(midnight); !ok || !got.Equal(want) {
			t.Fatalf("Next of %q after %s is %s, %t, want %s", c.text, midnight, got, ok, want)
		}
	})
}

// TestIntervalIsCountedFromItsStart compares Next with counting all periods.
func TestIntervalIsCountedFromItsStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		period := rapid.SampledFrom([]string{
			"PT1H", "PT90M", "P1D", "P2D", "P1W", "P1M", "P5M", "P1Y", "P1Y2M3W4DT5H6M7S", "P1DT1H", "P1M1D", "PT36H", "PT86401S",
		}).Draw(t, "period")
		start := time.Unix(rapid.Int64Range(-40*365*86400, 60*365*86400).Draw(t, "start"), 0).UTC()
		count := rapid.IntRange(1, 400).Draw(t, "count")
		text := fmt.Sprintf("R%d/%s/%s", count, start.Format(time.RFC3339), period)
		s, err := Parse(text, Options{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		i := s.ticks.(*interval)
		var all []time.Time
		for k := range count {
			all = append(all, i.at(int64(k)))
		}
		if !slices.IsSortedFunc(all, time.Time.Compare) {
			t.Fatalf("%s goes back in time", text)
		}
		after := start.Add(time.Duration(rapid.Int64Range(-10, int64(count)+3).Draw(t, "periods")) *
			all[min(1, count-1)].Sub(start)).Add(time.Duration(rapid.Int64Range(-3600, 3600).Draw(t, "seconds")) * time.Second)
		var want time.Time
		for _, at := range all {
			if at.After(after) {
				want = at
				break
			}
		}
		if got, ok := s.Next(after); ok == want.IsZero() || !got.Equal(want) {
			t.Fatalf("Next of %q in %s after %s is %s, %t, want %s", text, zone, after, got, ok, want)
		}
	})
}

// TestWindowsCutWhatAClockShows holds Start, Expires and MaxRuns against the same
// enumeration: what is due from the start, before the expiry, and so many of it.
func TestWindowsCutWhatAClockShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const days = 4
		c := drawCron(t)
		minutes := func(label string) time.Time {
			return c.from.Add(time.Duration(rapid.IntRange(-24*60, days*24*60).Draw(t, label)) * time.Minute)
		}
		start, expires := minutes("start"), minutes("expires")
		most := rapid.IntRange(0, 5).Draw(t, "max runs")
		s, err := Parse(c.text, Options{
			Zone: c.zone, Start: start.Format(time.RFC3339), Expires: expires.Format(time.RFC3339), MaxRuns: most,
		})
		loc, zoneErr := time.LoadLocation(c.zone)
		if zoneErr != nil {
			t.Fatal(zoneErr)
		}
		var want []string
		for _, text := range c.enumerate(loc, days) {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			if !at.Before(start) && at.Before(expires) {
				want = append(want, text)
			}
		}
		if err != nil { // it never runs, or not in the window
			if len(want) > 0 {
				t.Fatalf("%q: %v, but it runs at %s", c.text, err, want[0])
			}
			return
		}
		const enough = 50
		limit := min(len(want), enough)
		if most > 0 {
			limit = min(limit, most)
		}
		var got []string
		for _, at := range s.Runs(c.from, enough) {
			got = append(got, at.Format(time.RFC3339))
		}
		if diff := cmp.Diff(want[:limit], got); limit > 0 && diff != "" || limit == 0 && len(got) > 0 {
			t.Fatalf("%q in %s from %s, start %s, expires %s, at most %d (-want +got):\n%s", c.text, c.zone,
				c.from.Format(time.RFC3339), start.Format(time.RFC3339), expires.Format(time.RFC3339), most, diff)
		}
	})
}
