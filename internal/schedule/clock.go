package schedule

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // zones are part of the program: not every machine has them
)

// What a clock on the wall shows is a time.Time in UTC with the same figures.

// location finds a time zone by its IANA name.
func location(name string) (*time.Location, error) {
	// The first depends on the process, the others on the machine.
	if slices.Contains([]string{"Local", "localtime", "posixrules"}, name) {
		return nil, fmt.Errorf("found %q, which differs from machine to machine; expected the IANA name of a zone, such as Europe/Paris", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("found %q, expected the IANA name of a time zone, such as Europe/Paris or UTC", shorten(name))
	}
	return loc, nil
}

// ParseTime reads a time of RFC 3339 or, without an offset, what the clock in loc shows.
func ParseTime(text string, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(loc), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if wall, err := time.Parse(layout, text); err == nil {
			return reach(wall, loc).In(loc), nil
		}
	}
	return time.Time{}, fmt.Errorf("found %q, expected a time such as 2026-03-01T20:00:00Z or 2026-03-01T20:00:00+01:00, "+
		"or without an offset to mean the schedule's time zone", shorten(text))
}

// A period is a stretch of time in which a zone has the same offset; the next one can
// have it too. A zero start or end is none.
type period struct {
	start, end time.Time
	offset     time.Duration
}

func periodOf(t time.Time, loc *time.Location) period {
	t = t.In(loc)
	_, seconds := t.Zone()
	p := period{offset: time.Duration(seconds) * time.Second}
	p.start, p.end = t.ZoneBounds()
	// In leap years after those of a zone's table, Go (1.26) takes the end of the year for
	// a change and says that it is a day earlier, so that the last day is in no period.
	if !p.end.IsZero() && !p.end.After(t) {
		p.end = p.end.Add(24 * time.Hour)
	}
	return p
}

// wall is what the clock shows at t, which is in p.
func (p period) wall(t time.Time) time.Time { return t.UTC().Add(p.offset) }

// has tells whether t, which is not before p, is in p.
func (p period) has(t time.Time) bool { return p.end.IsZero() || t.Before(p.end) }

// reach returns the first instant when the clock in loc shows wall or, where it skips
// that, something later: the first of two, the end of a gap.
func reach(wall time.Time, loc *time.Location) time.Time {
	t := wall.Add(-24 * time.Hour) // before wall in every zone, as no offset is that large
	for {
		p := periodOf(t, loc)
		if at := wall.Add(-p.offset); p.has(at) {
			if at.Before(t) {
				return t
			}
			return at
		}
		t = p.end
	}
}

// ahead returns the first full minute that the clock in loc has not shown up to and
// including after.
func ahead(after time.Time, loc *time.Location) time.Time {
	p := periodOf(after, loc)
	out := p.wall(after).Truncate(time.Minute).Add(time.Minute)
	// Where the clock was put back lately, it has shown more than it shows now.
	for !p.start.IsZero() && after.Sub(p.start) < 48*time.Hour {
		before := periodOf(p.start.Add(-1), loc)
		if shown := ceilMinute(before.wall(p.start)); shown.After(out) {
			out = shown
		}
		p = before
	}
	return out
}

func ceilMinute(t time.Time) time.Time {
	if down := t.Truncate(time.Minute); down.Before(t) {
		return down.Add(time.Minute)
	}
	return t
}
