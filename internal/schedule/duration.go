package schedule

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sosodev/duration"
)

// ParseDuration reads how long something takes, more than nothing: in Go's form (90m,
// 1h30m, 500ms) or in that of ISO 8601 (PT1H30M, P2D, P1W), a day being 24 hours. Months
// and years, which are of different lengths, are refused.
func ParseDuration(text string) (time.Duration, error) {
	const expected = "expected a duration such as 90m, 1h30m, PT1H30M or P2D"
	d, err := time.ParseDuration(text)
	if err != nil {
		iso, err := duration.Parse(text)
		switch {
		case err != nil, !periodPattern.MatchString(text), strings.HasSuffix(text, "T"):
			return 0, fmt.Errorf("found %q, %s", shorten(text), expected)
		case iso.Years > 0 || iso.Months > 0:
			return 0, fmt.Errorf("found %q, but months and years are of different lengths; %s", shorten(text), expected)
		}
		seconds := (7*iso.Weeks+iso.Days)*perDay + iso.Hours*3600 + iso.Minutes*60 + iso.Seconds
		const days = math.MaxInt64 / int64(time.Second) / perDay
		if seconds >= float64(days*perDay) {
			return 0, fmt.Errorf("found %q, expected less than %d days", shorten(text), days)
		}
		d = time.Duration(math.Round(seconds * float64(time.Second)))
	}
	if d <= 0 {
		return 0, fmt.Errorf("found %q, which is no time at all; %s", shorten(text), expected)
	}
	return d, nil
}
