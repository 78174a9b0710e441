package order

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// FileRule chooses the files of an input when a run starts (ours). A file has to meet all of it.
type FileRule struct {
	ID               int64    // this file and nothing else, beside the rules of a list; 0: the rest counts
	Workspace        string   // name
	Path             string   // in it, with references to variables and wildcards; "": any
	MediaTypes       []string // one of them; none: any
	DataTypes        []string // all of them
	Newest           int      // of those only so many, the latest; 0: all
	SinceLastSuccess bool     // only those that came after the start of the order's last run that was completed
	AtLeast          int      // fewer are no input: 1, unless it is given
	WaitFor          string   // duration for which a run waits for them after it was due; "": not at all
}

// FoundFile is a file that a rule can choose.
type FoundFile struct {
	ID        int64
	Path      string
	MediaType string
	DataTypes []string
	Created   time.Time
}

// Matches tells whether a path fits the rule's, whose references are resolved. "*" and "?" stand
// for anything within a folder, "[a-c]" for one character, and "**" for any folders.
func (r FileRule) Matches(name string) bool {
	return r.Path == "" || matches(strings.Split(r.Path, "/"), strings.Split(name, "/"))
}

func matches(pattern, name []string) bool {
	if len(pattern) == 0 {
		return len(name) == 0
	}
	if pattern[0] == "**" {
		return matches(pattern[1:], name) || len(name) > 0 && matches(pattern, name[1:])
	}
	if len(name) == 0 {
		return false
	}
	fits, err := path.Match(pattern[0], name[0])
	return err == nil && fits && matches(pattern[1:], name[1:])
}

// Prefix is how every path that fits begins.
func (r FileRule) Prefix() string {
	if i := strings.IndexAny(r.Path, `*?[\`); i >= 0 {
		return r.Path[:i]
	}
	return r.Path
}

// Choose is what the rule takes of the files, by path. Since is the start of the last run that was
// completed; nil: there was none, and all are new.
func (r FileRule) Choose(files []FoundFile, since *time.Time) []FoundFile {
	var out []FoundFile
	for _, f := range files {
		switch {
		case !r.Matches(f.Path):
		case len(r.MediaTypes) > 0 && !slices.ContainsFunc(r.MediaTypes, func(m string) bool { return strings.EqualFold(m, f.MediaType) }):
		case slices.ContainsFunc(r.DataTypes, func(d string) bool { return !slices.Contains(f.DataTypes, d) }):
		case r.SinceLastSuccess && since != nil && !f.Created.After(*since):
		default:
			out = append(out, f)
		}
	}
	if r.Newest > 0 && len(out) > r.Newest {
		slices.SortFunc(out, func(a, b FoundFile) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID)) })
		out = out[:r.Newest]
	}
	slices.SortFunc(out, func(a, b FoundFile) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Waits tells how long a run waits for its files after it was due.
func (r FileRule) Waits() time.Duration {
	if r.WaitFor == "" {
		return 0
	}
	d, err := schedule.ParseDuration(r.WaitFor)
	if err != nil {
		return 0 // it is checked when it is written
	}
	return d
}

// Takes tells whether the rule's path is made from one of these variables.
func (r FileRule) Takes(names []string) bool { return refersTo(r.Path, names) }

// check tells what is wrong with a rule; paths are its members, as variations.json has them.
func (r FileRule) check() recipe.Problems {
	var ps recipe.Problems
	add := func(member, format string, args ...any) {
		ps = append(ps, problem(recipe.Path{member}, InvalidVariations, format, args...))
	}
	if r.Workspace == "" {
		add("workspace", "it is missing; expected the name of the workspace whose files are looked at")
	}
	for _, part := range strings.Split(r.Path, "/") {
		if _, err := path.Match(expression.ReplaceAllString(part, "x"), ""); err != nil {
			add("path", "found %q, whose wildcards cannot be read; expected *, ?, [a-c] or **, such as in/*.csv", recipe.Shorten(r.Path))
			break
		}
	}
	if strings.HasPrefix(r.Path, "/") {
		add("path", "found %q, expected a path within the workspace, without a slash in front", recipe.Shorten(r.Path))
	}
	for _, p := range CheckReferences(Variables{"path": r.Path}) {
		add("path", "%s", p.Text())
	}
	if r.Newest > 0 && r.AtLeast > r.Newest {
		add("at-least", "found %d, but newest takes only %d", r.AtLeast, r.Newest)
	}
	if r.WaitFor != "" {
		if _, err := schedule.ParseDuration(r.WaitFor); err != nil {
			add("wait-for", "%s", err)
		}
	}
	return ps
}

// Resolved are rules, by input, with the references of their paths resolved by the layers of
// variables of a run, the strongest last.
func Resolved(rules map[string][]FileRule, layers ...Variables) (map[string][]FileRule, recipe.Problems) {
	const paths = "input-files" // no name that a variable can have
	written := map[string]any{}
	for name, list := range rules {
		var texts []any
		for _, r := range list {
			texts = append(texts, r.Path)
		}
		written[name] = texts
	}
	effective, ps := Effective(append(slices.Clone(layers), Variables{paths: written})...)
	ps = slices.DeleteFunc(ps, func(p recipe.Problem) bool { return len(p.Path) == 0 || p.Path[0] != paths })
	out := make(map[string][]FileRule, len(rules))
	texts, _ := effective[paths].(map[string]any)
	for name, list := range rules {
		out[name] = slices.Clone(list)
		read, _ := texts[name].([]any)
		for i := range out[name] {
			if i < len(read) {
				out[name][i].Path = textOf(read[i])
			}
		}
	}
	return out, ps
}

// With are the files of an order over those of its variation: an input that the order gives is the
// order's alone.
func (v Variation) With(own InputFiles) Variation {
	ids, rules := maps.Clone(v.InputFiles), maps.Clone(v.FileRules)
	if ids == nil {
		ids = map[string][]int64{}
	}
	if rules == nil {
		rules = map[string][]FileRule{}
	}
	for _, name := range append(sorted(own.IDs), sorted(own.Rules)...) {
		delete(ids, name)
		delete(rules, name)
	}
	maps.Copy(ids, own.IDs)
	maps.Copy(rules, own.Rules)
	v.InputFiles, v.FileRules = ids, rules
	return v
}
