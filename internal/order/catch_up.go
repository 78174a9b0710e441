package order

import (
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// CatchUp is what becomes of the runs of an order that were due while no server could start
// them (ours). What was due while an order was paused is never made up.
type CatchUp string

// The ways to catch up.
const (
	CatchUpNone CatchUp = "none" // they do not run: the default
	CatchUpLast CatchUp = "last" // the latest of them runs
	CatchUpAll  CatchUp = "all"  // they run, the oldest first
)

// CatchUps are all of them, the default first.
func CatchUps() []string {
	return []string{string(CatchUpNone), string(CatchUpLast), string(CatchUpAll)}
}

// ParseCatchUp reads one; "" is not said.
func ParseCatchUp(text string) (CatchUp, error) {
	switch c := CatchUp(text); c {
	case "", CatchUpNone, CatchUpLast, CatchUpAll:
		return c, nil
	}
	return "", fmt.Errorf("catch-up is '%s'; it has to be none, last or all%s", recipe.Shorten(text), recipe.DidYouMean(text, CatchUps()))
}

// Missed tells which of the runs that were due from first on, but before until, is made up
// now, and from when on the order is looked at again; false if none is. First is one of them.
func (c CatchUp) Missed(s *schedule.Schedule, first, until time.Time) (run time.Time, ok bool) {
	switch c {
	case CatchUpAll:
		return first, true
	case CatchUpLast:
		last := first
		for next, more := s.Next(last); more && next.Before(until); next, more = s.Next(last) {
			last = next
		}
		return last, true
	}
	return time.Time{}, false
}
