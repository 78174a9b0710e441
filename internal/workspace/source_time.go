package workspace

import (
	"fmt"
	"time"
)

// minSourceYear keeps out what only looks like a time: a clock that was never set says year
// 1, which a backend cannot tell from no time at all.
const minSourceYear = 1000

// CheckSourceTime accepts when the recording of a file started or ended.
func CheckSourceTime(t time.Time) error {
	if year := t.UTC().Year(); year < minSourceYear || year > 9999 {
		return fmt.Errorf("found %s, expected a time of the years %d to 9999", t.Format(time.RFC3339), minSourceYear)
	}
	return nil
}

// CheckSourceTimes accepts the start and the end of a recording, in this order.
func CheckSourceTimes(started, ended time.Time) error {
	if ended.Before(started) {
		return fmt.Errorf("found %s, which is before the start, %s; expected the end of the recording",
			ended.Format(time.RFC3339), started.Format(time.RFC3339))
	}
	return nil
}
