package recipe

import (
	"strings"
	"testing"
)

func TestTitles(t *testing.T) {
	t.Parallel()
	nameOf := func(title string) error { _, err := NameOf(title); return err }
	recipeTypeNameOf := func(title string) error { _, err := RecipeTypeNameOf(title); return err }
	tests := []struct {
		name  string
		check func(string) error
		give  string
		want  string // within the error; "": none
	}{
		{"a title of the longest length", CheckTitle, strings.Repeat("ü", 50), ""},
		{"a title that is too long", CheckTitle, strings.Repeat("ü", 51), "title: found 51 characters; at most 50 are allowed"},
		{"a title of spaces", CheckTitle, " \t", "title: found no text"},
		{"no description", CheckDescription, "", ""},
		{"a description of the longest length", CheckDescription, strings.Repeat("ü", 500), ""},
		{"a description that is too long", CheckDescription, strings.Repeat("x", 501), "description: found 501 characters; at most 500 are allowed"},
		{"a title with a name", nameOf, "Raw Data", ""},
		{"a title without a name", nameOf, "東京", `title: "東京" leaves no name; it needs at least one ASCII letter or digit`},
		{"a workspace may be called like a call of recipe types", nameOf, "Validation", ""},
		{"a recipe type may not", recipeTypeNameOf, " Validation!", `leaves the name "validation", which no recipe type can have`},
		{"a recipe type without a name", recipeTypeNameOf, "!", "leaves no name"},
		{"a recipe type with a name", recipeTypeNameOf, "Validation 2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expectError(t, tt.check(tt.give), tt.want)
		})
	}
}

// expectError checks that err has this text in it, or, for "", that there is none.
func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error is %v, want %q", err, want)
	}
}

func TestNameCollision(t *testing.T) {
	t.Parallel()
	const long = "Quarterly sales of the northern region"
	for name, tt := range map[string]struct{ title, other, want string }{
		"other names":                    {"NDVI", "NDWI", ""},
		"the same title":                 {long, long, ""},
		"no names":                       {"äöü!", "ß!", ""},
		"the same letters in other ways": {"My Tiles", "my tiles!", `would both be named "my-tiles", as only letters`},
		"the same 30 letters":            {long + " 2025", long + " 2026", `would both be named "quarterly-sales-of-the-norther", of which only 30 letters`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := NameCollision(tt.title, tt.other)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNamesOfRecipeTypes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "my-tiles-2", "123456789012345678901234567890"} {
		if err := CheckRecipeTypeName(name); err != nil {
			t.Errorf("%q is refused: %s", name, err)
		}
	}
	for name, want := range map[string]string{
		"": "such as \"my-tiles\"", "My Tiles": "such as \"my-tiles\"", "a_b": "such as \"a-b\"", "a--b": "such as \"a-b\"", "é": "such as \"e\"",
		"validation": "which no recipe type can have", "1234567890123456789012345678901": "1 to 30",
	} {
		if err := CheckRecipeTypeName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}
