package api

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is an instant as the v6 services write it: ISO-8601 in UTC with a Z and
// with microseconds only where they are not zero (contract 0.1).
type Time struct{ time.Time }

// NewTime returns t in UTC, cut to microseconds.
func NewTime(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// TimePtr returns nil for a nil or zero t.
func TimePtr(t *time.Time) *Time {
	if t == nil || t.IsZero() {
		return nil
	}
	v := NewTime(*t)
	return &v
}

// String gives the wire form without quotes.
func (t Time) String() string {
	u := t.UTC()
	if u.Nanosecond()/1000 == 0 {
		return u.Format("2006-01-02T15:04:05Z")
	}
	return u.Format("2006-01-02T15:04:05.000000Z")
}

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON accepts RFC 3339 with any offset.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("decoding time: %w", err)
	}
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("decoding time: %w", err)
	}
	*t = NewTime(v)
	return nil
}
