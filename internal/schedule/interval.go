package schedule

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sosodev/duration"
)

// An interval is R[n]/start/period. Its k-th instant is k periods after the start:
// months and days on the calendar and the clock of the zone, the rest in real time.
// A day that a month does not have is its last one.
type interval struct {
	start   time.Time
	count   int64 // instants; -1: no end
	months  int64
	days    int64
	seconds int64
	loc     *time.Location
}

const (
	maxYears   = 1000
	perDay     = 24 * 60 * 60
	perMonth   = 2629746 // seconds, on the average of 400 years
	maxSeconds = maxYears * 12 * perMonth
)

// parseInterval reads R[n]/start/period. An empty start is the given one, if that is
// there at all: its problems are not repeated. It adds what is wrong to bad; then the
// result is of no use.
func parseInterval(text string, start time.Time, hasStart bool, loc *time.Location, bad *InvalidError) *interval {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		bad.add(TextField, "interval %q has %d parts, expected three: R[n]/start/period, such as R5/2026-03-01T20:00:00Z/PT2H",
			shorten(text), len(parts))
		return nil
	}
	i := &interval{start: start, count: -1, loc: loc}
	check := func(part string, err error) {
		if err != nil {
			bad.add(TextField, "interval %q, %s: %s", shorten(text), part, err)
		}
	}
	if n := parts[0][1:]; n != "" {
		count, err := strconv.ParseUint(n, 10, 31)
		if err != nil || count == 0 {
			check("repetitions", fmt.Errorf("found %q, expected R for ever, or R1 to R%d for so many runs", shorten(parts[0]), math.MaxInt32))
		}
		i.count = int64(count)
	}
	switch {
	case parts[1] != "":
		var err error
		i.start, err = ParseTime(parts[1], loc)
		check("start", err)
	case !hasStart:
		check("start", errors.New("it is empty; expected a time such as 2026-03-01T20:00:00Z"))
	}
	check("period", i.readPeriod(parts[2]))
	return i
}

// periodPattern has the units in their order, which the library does not ask for.
var periodPattern = regexp.MustCompile(`^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T([\d.]+H)?([\d.]+M)?([\d.]+S)?)?$`)

// readPeriod reads a duration of ISO 8601: whole years, months, weeks and days, and a
// time of whole seconds.
func (i *interval) readPeriod(text string) error {
	const expected = "expected a duration such as PT2H, P1D, P1W or P1M, in whole years, months, weeks, days and seconds"
	d, err := duration.Parse(text)
	if err != nil || !periodPattern.MatchString(text) || strings.HasSuffix(text, "T") {
		return fmt.Errorf("found %q, %s", shorten(text), expected)
	}
	months, days := 12*d.Years+d.Months, 7*d.Weeks+d.Days
	seconds := 3600*d.Hours + 60*d.Minutes + d.Seconds
	whole := math.Round(seconds)
	total := months*perMonth + days*perDay + seconds
	switch {
	case math.Abs(seconds-whole) > 1e-6:
		return fmt.Errorf("found %q, which has a fraction of a second, %s", shorten(text), expected)
	case total <= 0:
		return fmt.Errorf("found %q, which is no time at all; expected at least PT1S", shorten(text))
	case total > maxSeconds:
		return fmt.Errorf("found %q, expected at most %d years", shorten(text), maxYears)
	}
	i.months, i.days, i.seconds = int64(months), int64(days), int64(whole)
	return nil
}

// next implements ticker.
func (i *interval) next(after time.Time) (time.Time, bool) {
	if after.Before(i.start) {
		return i.start, i.start.Before(end)
	}
	// A guess that is surely not too high: the calendar is off by some days, and where
	// a period is that short only by a day and less.
	k := max(0, (after.Unix()-i.start.Unix())/(i.months*perMonth+i.days*perDay+i.seconds)-3)
	for ; i.count < 0 || k < i.count; k++ {
		switch at := i.at(k); {
		case !at.Before(end):
			return time.Time{}, false
		case at.After(after):
			return at, true
		}
	}
	return time.Time{}, false
}

// at is the k-th instant, from 0.
func (i *interval) at(k int64) time.Time {
	at := i.start
	if k > 0 && (i.months > 0 || i.days > 0) {
		wall := periodOf(i.start, i.loc).wall(i.start)
		at = reach(addMonths(wall, k*i.months).AddDate(0, 0, int(k*i.days)), i.loc)
	}
	return time.Unix(at.Unix()+k*i.seconds, int64(at.Nanosecond()))
}

// addMonths keeps the day of the month where it exists; otherwise it is the last one.
func addMonths(t time.Time, months int64) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return first.AddDate(0, 0, min(t.Day(), daysIn(first.Year(), first.Month()))-1)
}
