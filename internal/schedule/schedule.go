package schedule

import (
	"strings"
	"time"
)

// Options are what belongs to a schedule beside its text. The zero value is UTC, from
// the beginning, for ever.
type Options struct {
	Zone    string // IANA name such as Europe/Paris; "" is UTC
	Start   string // nothing runs before it; a time of RFC 3339, or without an offset: then of Zone
	Expires string // nothing runs at that time or later; in the same form
	MaxRuns int    // at most so many runs; 0 is no limit
}

// Schedule is a schedule that Parse has read. It is only read, by any number of goroutines.
type Schedule struct {
	loc            *time.Location
	start, expires time.Time // zero: none
	maxRuns        int
	ticks          ticker // nil: now
}

// A ticker gives the instants of a schedule without start and expiry.
type ticker interface {
	// next returns the first instant after the given one, or false if there is none
	// before the year 10000.
	next(after time.Time) (time.Time, bool)
}

// end is where every search ends, as RFC 3339 can say no later time.
var end = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

// Parse reads a schedule: "now", five cron fields (minute, hour, day of the month,
// month, day of the week), or R[n]/start/period. An interval without a start
// (R5//PT2H) begins at o.Start. Its error is an *InvalidError with all problems, among
// them a schedule that never runs.
//
// With both a day of the month and a day of the week other than *, either is enough,
// as POSIX has it.
func Parse(text string, o Options) (*Schedule, error) {
	var bad InvalidError
	s := &Schedule{loc: time.UTC, maxRuns: o.MaxRuns}
	if o.Zone != "" {
		loc, err := location(o.Zone)
		if err != nil {
			bad.add(ZoneField, "%s", err)
		} else {
			s.loc = loc
		}
	}
	readTime := func(f Field, text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, err := ParseTime(text, s.loc)
		if err != nil {
			bad.add(f, "%s", err)
		}
		return t
	}
	s.start, s.expires = readTime(StartField, o.Start), readTime(ExpiresField, o.Expires)
	if o.MaxRuns < 0 {
		bad.add(MaxRunsField, "found %d, expected at least 1, or 0 for no limit", o.MaxRuns)
	}
	switch text = strings.TrimSpace(text); {
	case text == "now":
	case text == "":
		bad.add(TextField, "it is empty; %s", expectedText)
	case strings.HasPrefix(text, "R") && strings.Contains(text, "/"):
		s.ticks = parseInterval(text, s.start, o.Start != "", s.loc, &bad)
	default:
		s.ticks = parseCron(text, s.loc, &bad)
	}
	if len(bad.Problems) == 0 {
		s.checkWindow(&bad, o)
	}
	if len(bad.Problems) > 0 {
		return nil, &bad
	}
	return s, nil
}

const expectedText = `expected now, five cron fields such as "30 4 * * MON-FRI", or a repeating interval such as ` +
	`R5/2026-03-01T20:00:00Z/PT2H`

// checkWindow reports a schedule that start and expires leave without a run.
func (s *Schedule) checkWindow(bad *InvalidError, o Options) {
	if !s.start.IsZero() && !s.expires.IsZero() && !s.start.Before(s.expires) {
		bad.add(ExpiresField, "found %s, which is not after the start %s", o.Expires, o.Start)
		return
	}
	from := s.start
	if i, ok := s.ticks.(*interval); ok && from.IsZero() {
		from = i.start
	}
	if from.IsZero() {
		return // what runs depends on when it is asked
	}
	if _, runs := s.Next(from.Add(-1)); !runs {
		bad.add(TextField, "nothing is due %s; start earlier, expire later, or leave them out", s.window())
	}
}

// window reads "from ... to before ..." for messages.
func (s *Schedule) window() string {
	var parts []string
	if !s.start.IsZero() {
		parts = append(parts, "from "+s.start.In(s.loc).Format(time.RFC3339))
	}
	if !s.expires.IsZero() {
		parts = append(parts, "before "+s.expires.In(s.loc).Format(time.RFC3339))
	}
	return strings.Join(parts, " and ")
}

// IsNow tells whether s is "now": one run, at its start or, without one, when it is submitted.
func (s *Schedule) IsNow() bool { return s.ticks == nil }

// Location is the time zone of s.
func (s *Schedule) Location() *time.Location { return s.loc }

// MaxRuns is how many runs s has at most; 0 is no limit. Next does not know of it, as
// only its caller knows how many runs there were: ticks can be missed.
func (s *Schedule) MaxRuns() int { return s.maxRuns }

// Next returns the first time after the given one when a run is due, in the zone of s.
// It is false if there is none. "now" is due at its start, and never if it has none.
func (s *Schedule) Next(after time.Time) (time.Time, bool) {
	t, ok := s.start, !s.start.IsZero() && s.start.After(after)
	if !s.IsNow() {
		if ok {
			after = s.start.Add(-1)
		}
		t, ok = s.ticks.next(after)
	}
	if !ok || !s.isOpen(t) {
		return time.Time{}, false
	}
	return t.In(s.loc), true
}

// Before returns the last time before the given one when a run was due, in the zone of s. It
// is false if there is none, as of "now". It looks back up to eight years.
func (s *Schedule) Before(t time.Time) (time.Time, bool) {
	if s.IsNow() {
		return time.Time{}, false
	}
	const farthest = 8 * 366 * 24 * time.Hour
	for back := time.Minute; ; back *= 4 {
		var last time.Time
		tick, ok := s.Next(t.Add(-min(back, farthest)))
		for ok && tick.Before(t) {
			last = tick
			tick, ok = s.Next(tick)
		}
		if !last.IsZero() {
			return last, true
		}
		if back >= farthest {
			return time.Time{}, false
		}
	}
}

func (s *Schedule) isOpen(t time.Time) bool { return s.expires.IsZero() || t.Before(s.expires) }

// Runs returns up to n times after from, in order, as if no run had happened before:
// never more than MaxRuns. "now" without a start is due at from itself.
func (s *Schedule) Runs(from time.Time, n int) []time.Time {
	if s.maxRuns > 0 {
		n = min(n, s.maxRuns)
	}
	var out []time.Time
	if s.IsNow() && s.start.IsZero() {
		if n > 0 && s.isOpen(from) {
			out = append(out, from.In(s.loc))
		}
		return out
	}
	for len(out) < n {
		t, ok := s.Next(from)
		if !ok {
			break
		}
		out = append(out, t)
		from = t
	}
	return out
}
