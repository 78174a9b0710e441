package recipe

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of the texts of recipe types and workspaces, in characters (contract 1.1 and 1.6).
const (
	MaxTitle       = 50
	MaxDescription = 500
)

// reservedName is what no recipe type can be called, as its path is that of a call.
const reservedName = "validation"

// CheckTitle accepts the title of a recipe type or a workspace. Like all errors of this
// file, its error begins with the name of the member.
func CheckTitle(title string) error {
	if strings.TrimSpace(title) == "" {
		return errors.New("title: found no text, expected a title with at least one letter or digit")
	}
	return checkLength("title", title, MaxTitle)
}

// CheckDescription accepts the description of a recipe type or a workspace.
func CheckDescription(description string) error {
	return checkLength("description", description, MaxDescription)
}

func checkLength(member, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Errorf("%s: found %d characters; at most %d are allowed", member, n, most)
	}
	return nil
}

// NameOf returns the name that a workspace with this title is created with. The error
// tells why the title leaves none.
func NameOf(title string) (string, error) {
	name := Slug(title)
	if name == "" {
		return "", fmt.Errorf("title: %q leaves no name; it needs at least one ASCII letter or digit", title)
	}
	return name, nil
}

// RecipeTypeNameOf returns the name that a recipe type with this title is created with.
// The error tells why there can be none.
func RecipeTypeNameOf(title string) (string, error) {
	name, err := NameOf(title)
	if name == reservedName {
		err = fmt.Errorf("title: %q leaves the name %q, which no recipe type can have; choose another title", title, name)
	}
	return name, err
}

// CheckRecipeTypeName accepts a name that a recipe type is given instead of that of its title.
func CheckRecipeTypeName(name string) error {
	like := Slug(name)
	switch {
	case name == reservedName:
		return fmt.Errorf("name: found %q, which no recipe type can have; choose another name", name)
	case name == "" || like != name:
		if like == "" {
			like = "my-tiles"
		}
		return fmt.Errorf("name: found %q, expected 1 to %d lower-case letters, digits and single dashes, such as %q", Shorten(name), maxSlug, like)
	}
	return nil
}

// NameCollision tells why two things of one kind, whose titles differ, cannot both be made:
// they would have one name, of which only the first 30 letters are kept. It is nil where
// the names differ, and where a title leaves none.
func NameCollision(title, other string) error {
	name := Slug(title)
	if title == other || name == "" || name != Slug(other) {
		return nil
	}
	why := "as only letters, digits and dashes are kept"
	if len(name) == maxSlug {
		why = fmt.Sprintf("of which only %d letters are kept", maxSlug)
	}
	return fmt.Errorf("title: %q and %q would both be named %q, %s; choose titles that differ before that", title, other, name, why)
}

const maxSlug = 30

// Slug makes the name of a recipe type from its title (contract 1.1, "Create
// details"): "My Tiles (v2)" becomes "my-tiles-v2". It is empty for a title
// without any ASCII letter, digit, '_' or '-'.
func Slug(title string) string {
	var kept strings.Builder
	for _, r := range norm.NFKD.String(title) {
		switch {
		case r > unicode.MaxASCII:
		case r == '_' || r == '-' || unicode.IsSpace(r) || unicode.IsLetter(r) || unicode.IsDigit(r):
			kept.WriteRune(unicode.ToLower(r))
		}
	}
	var slug strings.Builder
	gap := false
	for _, r := range strings.TrimSpace(kept.String()) {
		if r == '-' || unicode.IsSpace(r) {
			gap = true
			continue
		}
		if gap {
			slug.WriteByte('-')
			gap = false
		}
		if r == '_' {
			r = '-'
		}
		slug.WriteRune(r)
	}
	if gap {
		slug.WriteByte('-')
	}
	s := slug.String()
	return s[:min(len(s), maxSlug)]
}
