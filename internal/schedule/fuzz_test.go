package schedule

import (
	"testing"
	"time"
)

// FuzzParse reads texts as schedules of either kind: what is accepted has ticks that grow,
// that the schedule itself finds again, and that keep to its window.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"now", "0 2 * * *", "*/5 8-18 * * 1-5", "0 0 29 2 *", "0 0 31 * 7", "59 23 1,15 */2 sun", "R5//PT2H", "R/2026-03-29T02:30:00Z/P1D",
		"R3/2026-01-31T00:00:00Z/P1M", "R/2024-02-29T00:00:00/P1Y", "R2/2026-03-02T08:00:00.123Z/PT1H30M",
	} {
		f.Add(text, "Europe/Paris", "2026-01-01T00:00:00Z", "")
		f.Add(text, "", "", "2027-01-01T00:00:00")
	}
	from := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text, zone, start, expires string) {
		s, err := Parse(text, Options{Zone: zone, Start: start, Expires: expires})
		if err != nil {
			return
		}
		last := from
		for range 5 {
			tick, ok := s.Next(last)
			if !ok {
				return
			}
			if !tick.After(last) {
				t.Fatalf("%q: after %s comes %s", text, last, tick)
			}
			if again, ok := s.Next(tick.Add(-1)); !ok || !again.Equal(tick) {
				t.Fatalf("%q: the tick %s is not found again, but %s, %v", text, tick, again, ok)
			}
			if !s.isOpen(tick) {
				t.Fatalf("%q: %s is after its end", text, tick)
			}
			last = tick
		}
	})
}

// FuzzParseDuration reads texts as periods: none is negative.
func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"PT10M", "P1DT2H", "P1Y", "PT0S", "-PT1S", "P1M2W", "PT1.5S"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDuration(text); err == nil && d <= 0 {
			t.Fatalf("%q is %s", text, d)
		}
	})
}
