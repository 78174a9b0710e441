package recipe

import (
	"encoding/json"
	"strconv"
	"testing"
)

func TestParseDataFilter(t *testing.T) {
	t.Parallel()
	eachCase(t, "filter", func(t *testing.T, c struct {
		problemCase
		Returned json.RawMessage
	}) {
		f, problems := ParseDataFilter(c.text())
		c.check(t, problems)
		if len(problems) == 0 {
			sameJSON(t, c.Returned, f)
		}
	})
}

func TestDataFilterAccepts(t *testing.T) {
	t.Parallel()
	eachCase(t, "accept", func(t *testing.T, c struct {
		Filter DataFilter
		Files  map[string]struct {
			Name, MediaType string
			DataTypes       []string
			Metadata        json.RawMessage
		}
		Accepted, Rejected []Data // data that pass, and that do not
	}) {
		files := map[int64]File{}
		for key, f := range c.Files {
			id, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			file := File{ID: id, Name: f.Name, MediaType: f.MediaType, DataTypes: f.DataTypes}
			if f.Metadata != nil {
				value, err := decode(f.Metadata)
				if err != nil {
					t.Fatal(err)
				}
				file.Metadata = value.(map[string]any)
			}
			files[id] = file
		}
		for _, d := range c.Accepted {
			if !c.Filter.Accepts(d, files) {
				t.Errorf("%v is rejected, want accepted", d)
			}
		}
		for _, d := range c.Rejected {
			if c.Filter.Accepts(d, files) {
				t.Errorf("%v is accepted, want rejected", d)
			}
		}
		if len(c.Accepted)+len(c.Rejected) == 0 {
			t.Error("the case tests nothing")
		}
	})
}

func TestNumbersAreComparedExactly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{
		{"0", "-0.0e7", 0},
		{"1", "1.0", 0},
		{"100", "1e2", 0},
		{"0.001", "1E-3", 0},
		{"2", "10", -1},
		{"-2", "-10", 1},
		{"-1", "1", -1},
		{"0", "-1", 1},
		{"0", "0.1", -1},
		{"9007199254740993", "9007199254740992", 1},
		{"0.1", "0.10000000000000000001", -1},
		{"1e999999999999999999999", "1e999999", 1},
		{"1e-999999999999999999999", "1e-999999", -1},
		{"-1e999999999", "1e-999999999", -1},
	}
	for _, tt := range tests {
		t.Run(tt.a+" and "+tt.b, func(t *testing.T) {
			t.Parallel()
			a, b := newDecimal(json.Number(tt.a)), newDecimal(json.Number(tt.b))
			if got := a.compare(b); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if got := b.compare(a); got != -tt.want {
				t.Errorf("reversed: got %d, want %d", got, -tt.want)
			}
		})
	}
}
