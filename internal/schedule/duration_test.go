package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT90M": 90 * time.Minute, "P1DT1S": 24*time.Hour + time.Second, "P2W": 14 * 24 * time.Hour, "PT0.5S": 500 * time.Millisecond,
		"PT1.5H": 90 * time.Minute, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "500ms": 500 * time.Millisecond,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "such as 90m", "90": "such as 90m", "1d": "such as 90m", "PT": "such as 90m", "P": "such as 90m", "90 m": "such as 90m", "-P1D": "such as 90m",
		"P1M": "months and years", "P1Y": "months and years",
		"PT0S": "no time at all", "0s": "no time at all", "-5m": "no time at all", "0": "no time at all",
		"P200000D": "less than 106751 days", "P99999999999999W": "less than",
	} {
		if got, err := ParseDuration(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q = %s, %v; want an error with %q", text, got, err, want)
		}
	}
}
