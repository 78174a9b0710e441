package server

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

func TestParseTimestamp(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	day := func(h, m, s, micro int) time.Time { return time.Date(2015, 1, 2, h, m, s, micro*1000, time.UTC) }
	for text, want := range map[string]time.Time{
		"2015-01-02T03:04:05Z":        day(3, 4, 5, 0),
		"2015-01-02T03:04:05.678901Z": day(3, 4, 5, 678901),
		"2015-01-02 03:04:05Z":        day(3, 4, 5, 0),
		"2015-01-02T03:04Z":           day(3, 4, 0, 0),
		"2015-01-02T03:04:05+01:00":   day(2, 4, 5, 0),
		"2015-01-02T03:04:05+0100":    day(2, 4, 5, 0),
		"2015-01-02T03:04:05-05:00":   day(8, 4, 5, 0),
		"P1D":                         now.AddDate(0, 0, -1),
		"PT3H0M0S":                    now.Add(-3 * time.Hour),
		"P2DT1H30M10S":                now.Add(-(49*time.Hour + 30*time.Minute + 10*time.Second)),
		"PT0.5S":                      now.Add(-500 * time.Millisecond),
		"PT1.5H":                      now.Add(-90 * time.Minute),
	} {
		if got, err := parseTimestamp(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "now", "2015-01-02", "2015-01-02T03:04:05", "2015-13-02T03:04:05Z", "2015-02-30T00:00:00Z", "2015-01-02T25:00:00Z",
		"2015-01-02T03:04:05 00:00", "P", "PT", "P1DT", "P1Y", "P1M", "P1W", "P-1D", "-P1D", "PT1", "P1H", "P999999999999D",
		"PT" + string(make([]byte, 100)) + "S", "0001-01-01T00:00:00+23:00", "P1.D",
	} {
		if got, err := parseTimestamp(text, now); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestQueryComesBeforeBody(t *testing.T) {
	t.Parallel()
	body := map[string]any{"a": "body", "b": "body", "null": nil, "list": []any{"x", "y"}, "one": "z",
		"n": json.Number("7"), "f": json.Number("1.0"), "o": map[string]any{"k": "<v>"}}
	p := &params{query: url.Values{"a": {"first", "last"}, "yes": {" T "}, "no": {"0"}, "id": {" 12 "}}, body: body}
	got := []any{p.textOr("a", ""), p.textOr("b", ""), p.textOr("null", "default"), p.strings("list"), p.strings("one"),
		p.strings("none"), *p.flag("yes"), *p.flag("no"), p.id("id"), *p.number("n"), string(p.object("o")), p.has("null")}
	want := []any{"last", "body", "default", []string{"x", "y"}, []string{"z"},
		[]string(nil), true, false, int64(12), 7, `{"k":"<v>"}`, false}
	if diff := cmp.Diff(want, got); diff != "" || p.err != nil {
		t.Errorf("%v (-want +got):\n%s", p.err, diff)
	}
	if p.number("f"); p.err == nil || p.err.Error() != `400 Parameter must be a valid integer: "f"` {
		t.Errorf("got %v, want 1.0 refused as an integer", p.err)
	}
}

func TestCompareVersions(t *testing.T) {
	t.Parallel()
	sorted := []string{"0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0", "1.9.0", "1.10.0", "2.0.0"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := view.CompareVersions(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%s and %s: got %d", a, b, got)
			}
		}
	}
}
