package workspace

import (
	"testing"
	"time"
)

func TestSourceTimes(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for text, ok := range map[string]bool{
		"2026-03-01T12:00:00Z": true, "1000-01-01T00:00:00Z": true, "9999-12-31T23:59:59Z": true,
		"0001-01-01T00:00:00Z": false, "0999-12-31T23:59:59Z": false, "1000-01-01T00:00:00+01:00": false, "9999-12-31T23:59:59-01:00": false,
	} {
		if err := CheckSourceTime(at(text)); (err == nil) != ok {
			t.Errorf("%s: error is %v, want success %t", text, err, ok)
		}
	}
	for _, tt := range []struct {
		started, ended string
		ok             bool
	}{
		{"2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z", true},
		{"2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", true},
		{"2026-03-01T12:00:00Z", "2026-03-01T14:00:00+02:00", true},
		{"2026-03-01T12:00:00Z", "2026-03-01T11:59:59Z", false},
		{"2026-03-01T12:00:00Z", "2026-03-01T13:59:59+02:00", false},
	} {
		if err := CheckSourceTimes(at(tt.started), at(tt.ended)); (err == nil) != tt.ok {
			t.Errorf("%s to %s: error is %v, want success %t", tt.started, tt.ended, err, tt.ok)
		}
	}
}
