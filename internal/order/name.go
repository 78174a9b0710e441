package order

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

const maxName = 100 // characters

// CheckName tells why a kitchen, a recipe or a variation (what) cannot have a name; nil
// if it can. Names are parts of URL paths, which clients do not always escape.
func CheckName(what, name string) *recipe.Problem {
	const expected = `expected 1 to 100 characters, none of / \ # ? %, {{, {% or a control character, and no blank at either end`
	bad := func(why string) *recipe.Problem {
		p := problem(nil, InvalidName, "The %s name %q %s; %s", what, recipe.Shorten(name), why, expected)
		return &p
	}
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return bad("is empty")
	case n > maxName:
		return bad("is too long")
	case !utf8.ValidString(name):
		return bad("is not valid UTF-8")
	case name == "." || name == "..":
		return bad("stands for a folder")
	case name == "None":
		return bad("is reserved: clients write it where they mean no name")
	case what == "kitchen" && name == "list":
		return bad("is that of the list of all kitchens, so that this one could not be read")
	case marked(name) != "":
		return bad("looks like a reference, as the variables of every run have it")
	case name != strings.TrimSpace(name):
		return bad("begins or ends with a blank")
	case strings.ContainsAny(name, `/\#?%`), strings.ContainsFunc(name, unicode.IsControl):
		return bad("has a character that a path cannot carry")
	}
	return nil
}
