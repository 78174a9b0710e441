package server

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var errTimestamp = errors.New("not a timestamp")

// timeLayouts are the forms of a moment: seconds and their fraction may be missing.
// Go reads a fraction after the seconds whether or not the layout has one.
func timeLayouts() []string {
	return []string{
		"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
		"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z0700",
	}
}

// parseTimestamp reads a moment with an offset, or a duration that is counted back
// from now (contract 0.3). Offsets west of Greenwich are read as well.
func parseTimestamp(s string, now time.Time) (time.Time, error) {
	if strings.HasPrefix(s, "P") {
		d, err := parseDuration(s)
		if err != nil {
			return time.Time{}, err
		}
		return now.Add(-d).UTC(), nil
	}
	for _, layout := range timeLayouts() {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errTimestamp
}

// durationForm is P[nD][T[nH][nM][nS]], with decimals: no years, months, weeks (contract 0.3).
var durationForm = regexp.MustCompile(
	`^P(?:(\d+(?:\.\d+)?)D)?(T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// maxDuration is how far back a duration may reach: about 100 years.
const maxDuration = 100 * 365 * 24 * time.Hour

func parseDuration(s string) (time.Duration, error) {
	m := durationForm.FindStringSubmatch(s)
	if m == nil || s == "P" || strings.HasSuffix(s, "T") {
		return 0, errTimestamp
	}
	seconds := 0.0
	for _, part := range []struct {
		digits string
		unit   time.Duration
	}{{m[1], 24 * time.Hour}, {m[3], time.Hour}, {m[4], time.Minute}, {m[5], time.Second}} {
		if part.digits == "" {
			continue
		}
		n, err := strconv.ParseFloat(part.digits, 64)
		if err != nil {
			return 0, errTimestamp
		}
		seconds += n * part.unit.Seconds()
	}
	if seconds > maxDuration.Seconds() {
		return 0, errTimestamp
	}
	return time.Duration(seconds * float64(time.Second)), nil
}
