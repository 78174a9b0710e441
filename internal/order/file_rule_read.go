package order

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// InputFiles are the files of the inputs of a recipe type, by name: ids, or rules, one of which may be an id.
type InputFiles struct {
	IDs   map[string][]int64
	Rules map[string][]FileRule
}

// FileRuleShape describes a rule in its object form. In variations.json, and in the body of an
// order, names have hyphens instead.
func FileRuleShape() document.Shape {
	text := document.Simple(document.Text)
	return document.ObjectOf(
		document.Member{Name: "workspace", Shape: text, Required: true, Doc: "Name of the workspace."},
		document.Member{Name: "path", Shape: text, Doc: "Path within it, with references to variables and wildcards."},
		document.Member{Name: "media_types", Shape: document.SetOf(text), Doc: "One of these media types."},
		document.Member{Name: "data_types", Shape: document.SetOf(text), Doc: "All of these data types."},
		document.Member{Name: "newest", Shape: document.Simple(document.Integer), Doc: "Only so many, the newest."},
		document.Member{Name: "since_last_success", Shape: document.Simple(document.Bool), Default: false, Doc: "Only those newer than the start of the last run that was completed."},
		document.Member{Name: "at_least", Shape: document.Simple(document.Integer), Default: json.Number("1"), Doc: "Fewer are no input: the run fails."},
		document.Member{Name: "wait_for", Shape: text, Doc: "How long a run waits for them after it was due, such as `PT2H`."},
	)
}

// InputFilesShape describes input files in their object form.
func InputFilesShape() document.Shape {
	return document.MapOf(document.ListOf(document.EitherOf(FileRuleShape())))
}

// InputFilesDoc says in the documentation what input files are.
const InputFilesDoc = "Files by input of the recipe type: a list of ids of files, or of rules that choose files when a run starts, such as " +
	"`[{ workspace = \"raw\", path = \"in/{{ScheduledFor.date}}/*.csv\", newest = 1 }]`. A file has to meet all of a rule: `workspace` (its name), `path` (references to " +
	"variables; `*`, `?` and `[a-c]` within a folder, `**` for any folders), `media_types` (one of them), `data_types` (all of them), `newest` (only so many), " +
	"`since_last_success` (only those that came after the start of the order's last run that was completed). `at_least` (default 1) says how many have to be there: " +
	"with fewer the run fails and says so, or waits for as long as `wait_for` (such as `PT2H`) after it was due."

// ParseInputFiles reads the JSON form: {"scenes": [12, {"workspace": "raw", "path": "in/*.tif"}]}. Nothing
// and null are none. Paths are names.
func ParseInputFiles(raw []byte) (InputFiles, recipe.Problems) {
	var none InputFiles
	if text := strings.TrimSpace(string(raw)); text == "" || text == "null" {
		return none, nil
	}
	value, err := recipe.Decode(raw)
	if err != nil {
		return none, recipe.Problems{problem(nil, InvalidVariations, "The object of input files %s", err)}
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		return none, recipe.Problems{problem(nil, InvalidVariations, "found %s, expected an object of lists by input", recipe.KindOf(value))}
	}
	return readInputFiles(members)
}

// ReadInputFiles reads the object form; nil is none. Problems are at places in it.
func ReadInputFiles(v any) (InputFiles, recipe.Problems) {
	if v == nil {
		v = map[string]any{}
	}
	read, wrong := InputFilesShape().Read(v)
	var problems recipe.Problems
	for _, p := range wrong {
		problems = append(problems, problem(p.Path, InvalidVariations, "%s", p.Message))
	}
	members, _ := read.(map[string]any)
	files, found := readInputFiles(members)
	return files, append(problems, found...)
}

// readInputFiles reads lists by input. Names of members of rules may have hyphens, as in JSON, or
// not, as in the object form; what is unknown there is the id 0, or nothing.
func readInputFiles(members map[string]any) (InputFiles, recipe.Problems) {
	files := InputFiles{IDs: map[string][]int64{}}
	rule := func(name string, r FileRule) {
		if files.Rules == nil {
			files.Rules = map[string][]FileRule{}
		}
		files.Rules[name] = append(files.Rules[name], r)
	}
	var ps recipe.Problems
	for _, name := range sorted(members) {
		list, isList := members[name].([]any)
		switch {
		case document.IsUnknown(members[name]):
			files.IDs[name] = []int64{0}
			continue
		case !isList:
			ps = append(ps, problem(recipe.Path{name}, InvalidVariations, "found %s, expected a list of ids of files, or of rules", recipe.KindOf(members[name])))
			continue
		case len(list) == 0:
			ps = append(ps, problem(recipe.Path{name}, recipe.InvalidData, "found an empty list, expected at least one id; leave the input out if there are no files"))
			continue
		}
		for i, item := range list {
			at := recipe.Path{name, strconv.Itoa(i)}
			if written, isRule := item.(map[string]any); isRule {
				r, found := readFileRule(written)
				ps = append(ps, under(at, found)...)
				rule(name, r)
				continue
			}
			id, ok := readID(item)
			if isRuled(list) {
				rule(name, FileRule{ID: id, AtLeast: 1})
			} else {
				files.IDs[name] = append(files.IDs[name], id)
			}
			if !ok {
				ps = append(ps, problem(at, InvalidVariations, "found %s, expected the id of a file, a whole number, or a rule such as "+
					`{ "workspace": "raw", "path": "in/*.csv" }`, shown(item)))
			}
		}
	}
	return files, ps
}

// isRuled tells whether a list has a rule.
func isRuled(list []any) bool {
	return slices.ContainsFunc(list, func(item any) bool { _, isRule := item.(map[string]any); return isRule })
}

// shown is a value in a message.
func shown(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case string:
		return strconv.Quote(recipe.Shorten(v))
	}
	return recipe.KindOf(v)
}

// readID reads the id of a file; 0 is one that is not known.
func readID(v any) (int64, bool) {
	if document.IsUnknown(v) {
		return 0, true
	}
	n, isNumber := v.(json.Number)
	if text, isText := v.(string); isText { // as HCL converts it
		n, isNumber = json.Number(text), true
	}
	id, exact := recipe.Whole(n)
	return id, isNumber && exact
}

// readFileRule reads one rule; paths are its members, as they are written.
func readFileRule(written map[string]any) (FileRule, recipe.Problems) {
	hyphens := false
	members := make(map[string]any, len(written))
	for name, v := range written {
		hyphens = hyphens || strings.Contains(name, "-")
		members[strings.ReplaceAll(name, "-", "_")] = v
	}
	spelled := func(p recipe.Path) recipe.Path {
		if len(p) == 0 {
			return p
		}
		name := strings.ReplaceAll(p[0], "-", "_")
		if hyphens {
			name = strings.ReplaceAll(name, "_", "-")
		}
		return append(recipe.Path{name}, p[1:]...)
	}
	read, wrong := FileRuleShape().Read(members)
	var ps recipe.Problems
	for _, p := range wrong {
		ps = append(ps, problem(spelled(recipe.Path(p.Path)), InvalidVariations, "%s", p.Message))
	}
	r := FileRule{
		Workspace: member[string](read, "workspace"), Path: member[string](read, "path"), WaitFor: member[string](read, "wait_for"),
		MediaTypes: textsOf(read, "media_types"), DataTypes: textsOf(read, "data_types"), SinceLastSuccess: member[bool](read, "since_last_success"),
	}
	r.Newest = wholeOf(read, "newest", 1, &ps, spelled)
	r.AtLeast = wholeOf(read, "at_least", 0, &ps, spelled)
	if len(ps) > 0 || !document.Known(read) {
		return r, ps
	}
	for _, p := range r.check() {
		ps = append(ps, p.MovedTo(spelled(p.Path)))
	}
	return r, ps
}

func textsOf(v any, name string) []string {
	var out []string
	for _, item := range member[[]any](v, name) {
		if text, isText := item.(string); isText {
			out = append(out, text)
		}
	}
	return out
}

// wholeOf is a member that is a whole number, that one or more; 0 if there is none.
func wholeOf(v any, name string, least int64, ps *recipe.Problems, spelled func(recipe.Path) recipe.Path) int {
	n, given := member[any](v, name).(json.Number)
	if !given {
		return 0
	}
	i, exact := recipe.Whole(n)
	if !exact || i < least || i > 1_000_000 {
		*ps = append(*ps, problem(spelled(recipe.Path{name}), InvalidVariations, "found %s, expected a whole number from %d on", n, least))
		return 0
	}
	return int(i)
}

// object is the object form of a rule, without what is as by default.
func (r FileRule) object(hyphens bool) map[string]any {
	out := map[string]any{"workspace": r.Workspace}
	put := func(name string, v any, given bool) {
		if hyphens {
			name = strings.ReplaceAll(name, "_", "-")
		}
		if given {
			out[name] = v
		}
	}
	list := func(texts []string) []any {
		var out []any
		for _, text := range texts {
			out = append(out, text)
		}
		return out
	}
	put("path", r.Path, r.Path != "")
	put("media_types", list(r.MediaTypes), len(r.MediaTypes) > 0)
	put("data_types", list(r.DataTypes), len(r.DataTypes) > 0)
	put("newest", json.Number(strconv.Itoa(r.Newest)), r.Newest > 0)
	put("since_last_success", true, r.SinceLastSuccess)
	put("at_least", json.Number(strconv.Itoa(r.AtLeast)), r.AtLeast != 1)
	put("wait_for", r.WaitFor, r.WaitFor != "")
	return out
}

// Lists are the lists by input, as they are written: with hyphens in JSON.
func (f InputFiles) Lists(hyphens bool) map[string]any {
	out := map[string]any{}
	add := func(name string, item any) {
		list, _ := out[name].([]any)
		out[name] = append(list, item)
	}
	for name, ids := range f.IDs {
		for _, id := range ids {
			add(name, json.Number(strconv.FormatInt(id, 10)))
		}
	}
	for name, rules := range f.Rules {
		for _, r := range rules {
			if r.ID != 0 {
				add(name, json.Number(strconv.FormatInt(r.ID, 10)))
				continue
			}
			add(name, r.object(hyphens))
		}
	}
	return out
}
