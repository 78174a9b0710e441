package value

import (
	"fmt"
	"time"

	"github.com/sosodev/duration"
)

// ParseDuration reads Go's form ("1m30s") or ISO 8601 ("PT1M30S").
func ParseDuration(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	d, err := duration.Parse(s)
	if err != nil {
		return 0, fmt.Errorf("parsing duration %q: %w", s, err)
	}
	return d.ToTimeDuration(), nil
}
