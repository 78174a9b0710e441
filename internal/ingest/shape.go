package ingest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// The parts of a configuration that people write as documents of their own.
const (
	FilesPart  = filesMember
	RecipePart = recipeMember
)

// Shape describes a part of a configuration of a kind: its source, the rules, or the recipe.
func Shape(kind Kind, part string) document.Shape {
	text := document.Simple(document.Text)
	switch part {
	case FilesPart:
		return document.ListOf(document.ObjectOf(
			document.Member{Name: "filename_regex", Shape: text, Required: true, Doc: fmt.Sprintf("Regular expression of RE2 that matches the name of a file, or else its "+
				"path, from the beginning; it need not reach to the end. At most %d bytes.", MaxRegex)},
			document.Member{Name: "data_types", Shape: document.ListOf(text), Default: []any{}, Doc: fmt.Sprintf("Data types that the file gets; at most %d.", maxDataTypes)},
			document.Member{Name: "new_workspace", Shape: text, Doc: "Name of the workspace that the file is moved to. Default: the one that it comes from."},
			document.Member{Name: "new_file_path", Shape: text, Doc: "Relative folder that the file is moved to, below which are folders for year, month and day. Default: it keeps its path."},
		))
	case RecipePart:
		return document.ObjectOf(
			document.Member{Name: "name", Shape: text, Required: true, Doc: "Name of a recipe type that needs one file, such as `galley_recipe_type.x.name`."},
			document.Member{Name: "revision_num", Shape: document.Simple(document.Integer), Doc: "Revision to run. Default: the latest one when a file arrives. (Scale takes it, and runs the latest.)"},
		)
	}
	kinds, suffix := "`dir-watcher`, of a workspace with a folder, or `s3`, which galleyd does not have.",
		"What the names of files end in as long as they are written; they are renamed when they are whole. Default: `_tmp`."
	if kind == Scan {
		kinds, suffix = "`dir`, of a workspace with a folder, or `s3`, which galleyd does not have.", "What the names of files end in that are left out. Default: none."
	}
	return document.ObjectOf(
		document.Member{Name: "type", Shape: text, Required: true, Doc: "Either " + kinds},
		document.Member{Name: transferSuffixMember, Shape: text, Doc: suffix},
		document.Member{Name: "sqs_name", Shape: text, Doc: "Queue of SQS that tells of new objects, for `s3`."},
		document.Member{Name: "region_name", Shape: text, Doc: "Region of AWS, for `s3`."},
	)
}

// Whole is a configuration with only a part of it known: the rest is such that nothing is wrong with it.
func Whole(kind Kind, part string, v any) map[string]any {
	out := map[string]any{
		workspaceMember: "unknown", kind.Source(): map[string]any{"type": map[Kind]string{Strike: "dir-watcher", Scan: "dir"}[kind]},
		filesMember: []any{map[string]any{"filename_regex": ".*"}},
	}
	if v = Known(part, v); v != nil {
		out[part] = v
	}
	return out
}

// standIns take the place of what is not known yet.
func standIns() map[string]any {
	return map[string]any{"type": nil, transferSuffixMember: DefaultSuffix, "sqs_name": "unknown", "filename_regex": ".*", "name": "unknown",
		FilesPart + elements: map[string]any{"filename_regex": ".*"}, "data_types" + elements: "unknown"}
}

// elements ends the name of a list for what is in it.
const elements = "[]"

// Known is a document without what is null, or not known yet; what has to be there is something that nothing is wrong with.
func Known(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for member, v := range v {
			if v = Known(member, v); v != nil {
				out[member] = v
			}
		}
		return out
	case []any:
		out := []any{}
		for _, v := range v {
			if v = Known(name+elements, v); v != nil {
				out = append(out, v)
			}
		}
		return out
	}
	if v != nil && !document.Known(v) {
		return standIns()[name]
	}
	return v
}

// CheckPart tells what is wrong with a part of a configuration, as far as it is known.
func CheckPart(kind Kind, part string, v any) []document.Problem {
	read, problems := Shape(kind, part).Read(v)
	if len(problems) > 0 {
		return problems
	}
	whole := Whole(kind, part, read)
	if source, isObject := whole[kind.Source()].(map[string]any); isObject && source["type"] == nil {
		return nil // it is not known which members it has to have
	}
	raw, err := json.Marshal(whole)
	if err != nil {
		return []document.Problem{{Message: err.Error()}}
	}
	_, ps := Parse(kind, raw)
	for _, p := range ps.Errors() {
		if len(p.Path) > 0 && p.Path[0] == part {
			problems = append(problems, document.Problem{Path: p.Path[1:], Message: p.Text()})
		}
	}
	return problems
}

// SamePart tells whether two forms of a part mean the same.
func SamePart(kind Kind, part string, a, b any) bool {
	one, ok := meaning(kind, part, a)
	other, okToo := meaning(kind, part, b)
	return ok && okToo && reflect.DeepEqual(one, other)
}

// meaning is a part as the backend keeps it, with the default of the transfer suffix.
func meaning(kind Kind, part string, v any) (any, bool) {
	read, problems := Shape(kind, part).Read(v)
	if len(problems) > 0 || !document.Known(read) {
		return nil, false
	}
	raw, err := json.Marshal(Whole(kind, part, read))
	if err != nil {
		return nil, false
	}
	c, ps := Parse(kind, raw)
	return c.Part(part), len(ps.Errors()) == 0
}

// Part is a part of the configuration in the form that people write, without what is empty; nil: there is none. Of
// a source it has the members that have a meaning.
func (c Configuration) Part(part string) any {
	switch part {
	case FilesPart:
		out := make([]any, len(c.Files))
		for i, r := range c.Files {
			rule := map[string]any{"filename_regex": r.Regex}
			if len(r.DataTypes) > 0 {
				types := make([]any, len(r.DataTypes))
				for i, t := range r.DataTypes {
					types[i] = t
				}
				rule["data_types"] = types
			}
			for name, text := range map[string]string{"new_workspace": r.NewWorkspace, "new_file_path": r.NewFilePath} {
				if text != "" {
					rule[name] = text
				}
			}
			out[i] = rule
		}
		return out
	case RecipePart:
		if c.Recipe == nil {
			return nil
		}
		out := map[string]any{"name": c.Recipe.Name}
		if c.Recipe.Revision != 0 {
			out["revision_num"] = json.Number(fmt.Sprint(c.Recipe.Revision))
		}
		return out
	}
	out := map[string]any{}
	for _, name := range Shape(c.Kind, part).Names() {
		if text, _ := c.Source[name].(string); text != "" {
			out[name] = text
		}
	}
	if suffix := c.TransferSuffix(); suffix != "" && c.SourceType() != "s3" {
		out = maps.Clone(out)
		out[transferSuffixMember] = suffix
	}
	return out
}
