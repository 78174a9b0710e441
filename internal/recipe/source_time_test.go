package recipe

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestDataWithoutNulls(t *testing.T) {
	t.Parallel()
	give := Data{
		Files: map[string][]int64{"F": {1}},
		JSON:  map[string]any{"a": nil, "b": "x", "c": map[string]any{"d": nil}, "e": []any{nil}, "f": false},
	}
	want := Data{
		Files: map[string][]int64{"F": {1}},
		JSON:  map[string]any{"b": "x", "c": map[string]any{"d": nil}, "e": []any{nil}, "f": false},
	}
	if diff := cmp.Diff(want, give.WithoutNulls()); diff != "" {
		t.Errorf("without nulls (-want +got):\n%s", diff)
	}
	if len(give.JSON) != 5 {
		t.Error("the data have changed")
	}
	i := Interface{JSON: map[string]JSONParam{"a": {Type: StringType, Required: true}}}
	if _, problems := i.CheckData(give.WithoutNulls()); len(problems) != 1 || problems[0].Code != ParamRequired {
		t.Errorf("a required value that is null has the problems %v, want that it is missing", problems)
	}
}
