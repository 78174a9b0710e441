package ingest

import (
	"fmt"
	"regexp"
	"time"
)

// Rule says what becomes of the files that it is for.
type Rule struct {
	Regex        string
	DataTypes    []string
	NewWorkspace string // "": the one that they are in
	NewFilePath  string // folder; "": they keep their path

	compiled *regexp.Regexp
}

// compile reads a regular expression, which has to match from the beginning, and not to the end. It
// is one of RE2, whose time is bounded whatever a file is called; Python, which the original uses, knows more.
func compile(regex string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(regex); err != nil { // as it was written, for the message
		return nil, fmt.Errorf("%w; expected a regular expression of RE2 (https://github.com/google/re2/wiki/Syntax), "+
			"which has no look-around and no back-references", err)
	}
	return regexp.Compile(`\A(?:` + regex + `)`)
}

// Meets tells whether a rule is for a file: whether its expression matches the name of the file from
// its beginning, or else its path. The original looks at the path alone, and documents the name.
func (r Rule) Meets(name, path string) bool {
	return r.compiled != nil && (r.compiled.MatchString(name) || r.compiled.MatchString(path))
}

// Match is the first rule that is for a file.
func (c Configuration) Match(name, path string) (Rule, bool) {
	for _, r := range c.Files {
		if r.Meets(name, path) {
			return r, true
		}
	}
	return Rule{}, false
}

// Target is where a file goes that lies at a path; "" if it stays there.
func (r Rule) Target(name string, now time.Time) string {
	if r.NewFilePath == "" {
		return ""
	}
	return Dated(r.NewFilePath, now, name)
}
