package recipe

import (
	"strings"
	"testing"
)

func TestSlug(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{"words are joined", "My Recipe Type", "my-recipe-type"},
		{"punctuation is dropped", "Tiles (v2): all!", "tiles-v2-all"},
		{"runs of spaces and hyphens are one hyphen", " a -\t- b\u00a0c ", "a-b-c"},
		{"an underscore becomes a hyphen of its own", "a__b", "a--b"},
		{"accents are dropped", "Größe Café ½", "groe-cafe-12"},
		{"other scripts are dropped", "配方 x", "x"},
		{"an outer hyphen stays", "-a-", "-a-"},
		{"nothing is left", "!!!", ""},
		{"only 30 letters are kept", strings.Repeat("abc ", 10), "abc-abc-abc-abc-abc-abc-abc-ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Slug(tt.give); got != tt.want {
				t.Errorf("Slug(%q) = %q, want %q", tt.give, got, tt.want)
			}
		})
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	names := []string{"calibrate", "merge", "a", "split_2", "split_1"}
	tests := []struct{ name, give, want string }{
		{"a letter is missing", "calibate", "; did you mean 'calibrate'?"},
		{"the case differs", "MERGE", "; did you mean 'merge'?"},
		{"the first of equals", "split_3", "; did you mean 'split_1'?"},
		{"nothing is close", "publish", ""},
		{"a single letter is too short", "b", ""},
		{"nothing at all", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := DidYouMean(tt.give, names); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
