package recipe

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

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
