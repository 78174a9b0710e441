package order

import (
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

func TestWhichMissedRunIsMadeUp(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, tt := range []struct {
		catchUp             CatchUp
		text                string
		first, until, wants string // "": none
	}{
		{CatchUpNone, "0 4 * * *", "2026-03-01T04:00:00Z", "2026-03-04T09:00:00Z", ""},
		{"", "0 4 * * *", "2026-03-01T04:00:00Z", "2026-03-04T09:00:00Z", ""},
		{CatchUpLast, "0 4 * * *", "2026-03-01T04:00:00Z", "2026-03-04T09:00:00Z", "2026-03-04T04:00:00Z"},
		{CatchUpLast, "0 4 * * *", "2026-03-01T04:00:00Z", "2026-03-04T04:00:00Z", "2026-03-03T04:00:00Z"},
		{CatchUpAll, "0 4 * * *", "2026-03-01T04:00:00Z", "2026-03-04T09:00:00Z", "2026-03-01T04:00:00Z"},
		{CatchUpLast, "now", "2026-03-01T04:00:00Z", "2026-03-04T09:00:00Z", "2026-03-01T04:00:00Z"},
	} {
		s, err := schedule.Parse(tt.text, schedule.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := tt.catchUp.Missed(s, at(tt.first), at(tt.until))
		if ok != (tt.wants != "") || ok && !got.Equal(at(tt.wants)) {
			t.Errorf("%q of %s from %s to %s: got %v, %t, want %q", tt.catchUp, tt.text, tt.first, tt.until, got, ok, tt.wants)
		}
	}
}

func TestParseCatchUp(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{"": true, "none": true, "last": true, "all": true, "allow": false} {
		if got, err := ParseCatchUp(text); (err == nil) != good || good && string(got) != text {
			t.Errorf("catch-up %q: %q, %v", text, got, err)
		}
	}
}
