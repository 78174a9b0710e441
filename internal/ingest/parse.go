package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// Limits of a configuration.
const (
	MaxRules     = 1000 // files_to_ingest
	MaxRegex     = 1000 // bytes of an expression
	maxDataTypes = 100  // of a rule
	maxSuffix    = 100  // bytes
)

// Parse reads a configuration, in the stages of the original: its form and version, the expressions and
// paths of its rules, its source. What it names is not looked up. With errors it is incomplete.
func Parse(kind Kind, raw []byte) (Configuration, recipe.Problems) {
	r := reader{kind: kind}
	c := Configuration{Kind: kind, Recursive: true}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		r.wrong(nil, "the configuration is no JSON: %s", err)
		return c, r.problems
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		r.wrong(nil, "found %s, expected an object with workspace, %s and files_to_ingest", kindOf(value), kind.Source())
		return c, r.problems
	}
	known := []string{"version", workspaceMember, kind.Source(), filesMember, recipeMember}
	if kind == Scan {
		known = append(known, recursiveMember)
	}
	r.only(nil, members, known...)
	c.Workspace = r.text(members, nil, workspaceMember, true)
	r.source(members, &c)
	r.rules(members, &c)
	r.recipe(members, &c)
	if v, given := members[recursiveMember]; given && kind == Scan {
		flag, isFlag := v.(bool)
		if !isFlag {
			r.wrong(recipe.Path{recursiveMember}, "found %s, expected true or false", kindOf(v))
		}
		c.Recursive = flag
	}
	r.version(members)
	if len(r.problems) > 0 {
		return c, r.problems
	}
	r.compile(&c)
	r.checkSource(c)
	return c, r.problems
}

// reader collects what is wrong with a document, in its order.
type reader struct {
	kind     Kind
	problems recipe.Problems
}

func (r *reader) wrong(at recipe.Path, format string, args ...any) {
	r.add(at, r.kind.Code(), format, args...)
}

func (r *reader) add(at recipe.Path, code recipe.Code, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if len(at) > 0 {
		message = at.String() + ": " + message
	}
	r.problems = append(r.problems, recipe.Problem{Path: at, Code: code, Message: message})
}

// only finds members that there are not.
func (r *reader) only(at recipe.Path, members map[string]any, known ...string) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			r.wrong(at.At(name), "there is no such member; expected one of %s", recipe.Quoted(known, "or"))
		}
	}
}

// text is a member that is a text, not empty.
func (r *reader) text(members map[string]any, at recipe.Path, name string, required bool) string {
	v, given := members[name]
	if !given {
		if required {
			r.wrong(at.At(name), "it is missing; expected a text")
		}
		return ""
	}
	s, isText := v.(string)
	if !isText || s == "" {
		r.wrong(at.At(name), "found %s, expected a text that is not empty", kindOf(v))
	}
	return s
}

func (r *reader) source(members map[string]any, c *Configuration) {
	at := recipe.Path{r.kind.Source()}
	v, given := members[r.kind.Source()]
	source, isObject := v.(map[string]any)
	if !given || !isObject {
		r.wrong(at, "found %s, expected an object with the member type", kindOf(v))
		return
	}
	c.Source = source
	r.text(source, at, "type", true)
}

func (r *reader) rules(members map[string]any, c *Configuration) {
	at := recipe.Path{filesMember}
	v := members[filesMember]
	list, isList := v.([]any)
	if !isList || len(list) == 0 {
		r.wrong(at, "found %s, expected a list of at least one rule with filename_regex", kindOf(v))
		return
	}
	if len(list) > MaxRules {
		r.wrong(at, "found %d rules; at most %d are allowed", len(list), MaxRules)
		return
	}
	for i, v := range list {
		at := at.At(fmt.Sprint(i))
		rule, isObject := v.(map[string]any)
		if !isObject {
			r.wrong(at, "found %s, expected an object with filename_regex", kindOf(v))
			continue
		}
		r.only(at, rule, "filename_regex", "data_types", "new_workspace", "new_file_path")
		c.Files = append(c.Files, Rule{
			Regex: r.text(rule, at, "filename_regex", true), DataTypes: r.texts(rule, at.At("data_types")),
			NewWorkspace: r.text(rule, at, "new_workspace", false), NewFilePath: r.text(rule, at, "new_file_path", false),
		})
	}
}

// texts is a member that is a list of texts, none of them empty.
func (r *reader) texts(members map[string]any, at recipe.Path) []string {
	out := []string{}
	v, given := members[at[len(at)-1]]
	if !given {
		return out
	}
	list, isList := v.([]any)
	if !isList || len(list) > maxDataTypes {
		r.wrong(at, "found %s, expected a list of at most %d texts", kindOf(v), maxDataTypes)
		return out
	}
	for i, v := range list {
		s, isText := v.(string)
		if !isText || s == "" {
			r.wrong(at.At(fmt.Sprint(i)), "found %s, expected a text that is not empty", kindOf(v))
		}
		out = append(out, s)
	}
	return out
}

func (r *reader) recipe(members map[string]any, c *Configuration) {
	v, given := members[recipeMember]
	if !given {
		return
	}
	at := recipe.Path{recipeMember}
	pin, isObject := v.(map[string]any)
	if !isObject {
		r.wrong(at, "found %s, expected an object with the name of a recipe type", kindOf(v))
		return
	}
	r.only(at, pin, "name", "revision_num")
	c.Recipe = &RecipePin{Name: r.text(pin, at, "name", true)}
	if v, given := pin["revision_num"]; given {
		n, isNumber := v.(json.Number)
		num, err := n.Int64()
		if !isNumber || err != nil || num < 0 || num > 1<<31-1 {
			r.wrong(at.At("revision_num"), "found %s, expected the number of a revision", kindOf(v))
		}
		c.Recipe.Revision = int(num)
	}
}

func (r *reader) version(members map[string]any) {
	v, given := members["version"]
	taken := []string{"6", "7", "2.0"}
	if r.kind == Scan {
		taken = append(taken, "1.0")
	}
	if s, isText := v.(string); given && (!isText || !slices.Contains(taken, s)) {
		r.wrong(recipe.Path{"version"}, `found %s, expected "6" or "7"`, kindOf(v))
	}
}

// compile reads the expressions, and makes the paths such as they are stored.
func (r *reader) compile(c *Configuration) {
	for i := range c.Files {
		rule, at := &c.Files[i], recipe.Path{filesMember, fmt.Sprint(i)}
		var err error
		if len(rule.Regex) > MaxRegex {
			r.wrong(at.At("filename_regex"), "it has %d bytes; at most %d are allowed", len(rule.Regex), MaxRegex)
		} else if rule.compiled, err = compile(rule.Regex); err != nil {
			r.wrong(at.At("filename_regex"), "%s", err)
		}
		if rule.NewFilePath == "" {
			continue
		}
		at = at.At("new_file_path")
		if strings.HasPrefix(rule.NewFilePath, "/") {
			r.wrong(at, "found %q, which is absolute; expected a folder relative to the workspace", rule.NewFilePath)
			continue
		}
		rule.NewFilePath = path.Clean(rule.NewFilePath)
		if rule.NewFilePath == "." {
			continue // the folder of the workspace: below it, those of the days
		}
		if err := workspace.CheckFilePath(rule.NewFilePath); err != nil {
			r.wrong(at, "%s", err)
		}
	}
}

// checkSource is what monitors and scanners say of their own members; the original has it, and calls it nowhere.
func (r *reader) checkSource(c Configuration) {
	at, types := recipe.Path{r.kind.Source()}, slices.Sorted(maps.Keys(r.kind.brokers()))
	if !slices.Contains(types, c.SourceType()) {
		r.wrong(at.At("type"), "found %q, expected %s", c.SourceType(), recipe.Quoted(types, "or"))
		return
	}
	code := r.kind.sourceCode()
	if c.SourceType() == "s3" {
		if s, _ := c.Source["sqs_name"].(string); s == "" && r.kind == Strike {
			r.add(at.At("sqs_name"), code, "it is missing; expected the name of a queue of SQS")
		}
		return
	}
	at = at.At(transferSuffixMember)
	v, given := c.Source[transferSuffixMember]
	s, isText := v.(string)
	switch {
	case given && (!isText || s == "" || len(s) > maxSuffix || strings.Contains(s, "/")):
		r.add(at, code, "found %s, expected the end of the names of files that are not whole yet, such as %q, of at most %d bytes", kindOf(v), DefaultSuffix, maxSuffix)
	case !given && r.kind == Strike:
		r.add(at, MissingSuffix, "it is missing, so it is %q: a file is taken for whole as soon as its name does not end in that", DefaultSuffix)
		r.problems[len(r.problems)-1].Warning = true
	}
}

// kindOf says what was found, for people.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%q", recipe.Shorten(v))
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	}
	return "an object"
}
