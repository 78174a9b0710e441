package form

import (
	"encoding/json"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// DataShape describes the input of a recipe in its object form.
func DataShape() document.Shape {
	return document.ObjectOf(
		document.Member{Name: "files", Shape: document.MapOf(document.ListOf(document.Simple(document.Integer))), Default: map[string]any{},
			Doc: "Ids of files by input; each list has at least one id."},
		document.Member{Name: "json", Shape: document.MapOf(document.Simple(document.Any)), Default: map[string]any{},
			Doc: "An object with the values of the JSON inputs. `null` is the same as none."},
	)
}

// DataDraft is what is known of an input.
type DataDraft struct {
	Data    recipe.Data     // 0 for an id that is not known, nil for a value
	Partly  map[string]bool // names whose values are not wholly known
	NoFiles bool            // there may be more files than Data has
	NoJSON  bool            // there may be more JSON values than Data has

	noID bool // an id is not known
}

// ReadData reads the object form of an input; nil is an empty one. It reports what is wrong
// with it whatever the recipe type.
func ReadData(v any) (DataDraft, recipe.Problems) {
	d := DataDraft{Data: recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}}, Partly: map[string]bool{}}
	if v == nil {
		v = map[string]any{}
	}
	read, wrong := DataShape().Read(v)
	problems := fromDocument(wrong, recipe.InvalidData)
	members, isObject := read.(map[string]any)
	d.NoFiles = !isObject || document.IsUnknown(members["files"])
	d.NoJSON = !isObject || document.IsUnknown(members["json"])
	known := map[string]any{} // with an id for those that are not known, which no rule minds
	files, _ := members["files"].(map[string]any)
	for name, v := range files {
		list, isList := v.([]any)
		d.Partly[name] = !isList
		ids, given := make([]int64, 0, len(list)), []any{}
		for _, id := range list {
			if n, ok := id.(json.Number); ok {
				i, _ := strconv.ParseInt(n.String(), 10, 64) // as the shape has it
				ids, given = append(ids, i), append(given, n)
				continue
			}
			d.noID = true
			ids, given = append(ids, 0), append(given, json.Number("1"))
		}
		if !isList {
			given = append(given, json.Number("1"))
		}
		d.Data.Files[name], known[name] = ids, given
	}
	values, _ := members["json"].(map[string]any)
	for name, value := range (recipe.Data{JSON: values}).WithoutNulls().JSON {
		if !document.Known(value) {
			d.Partly[name], value = true, nil
		}
		d.Data.JSON[name] = value
	}
	raw, err := json.Marshal(map[string]any{"files": known, "json": d.Data.JSON})
	if err != nil { // its values come out of JSON
		return d, append(problems, recipe.Problem{Code: recipe.InvalidData, Message: err.Error()})
	}
	_, found := recipe.ParseData(raw)
	return d, append(problems, found...)
}

// Known tells whether nothing is unknown.
func (d DataDraft) Known() bool {
	for _, partly := range d.Partly {
		if partly {
			return false
		}
	}
	return !d.NoFiles && !d.NoJSON && !d.noID
}

// Reports tells whether a problem of CheckData does not hang on what is unknown.
func (d DataDraft) Reports(p recipe.Problem) bool {
	if p.Code == recipe.ParamRequired {
		return !(p.Path[0] == "files" && d.NoFiles || p.Path[0] == "json" && d.NoJSON)
	}
	return len(p.Path) < 2 || p.Code == recipe.MismatchedParamType || !d.Partly[p.Path[1]]
}

// OfData is the object form of d, without what is empty.
func OfData(d recipe.Data) map[string]any {
	files := make(map[string]any, len(d.Files))
	for name, ids := range d.Files {
		list := make([]any, 0, len(ids))
		for _, id := range ids {
			list = append(list, json.Number(strconv.FormatInt(id, 10)))
		}
		files[name] = list
	}
	out := map[string]any{}
	if len(files) > 0 {
		out["files"] = files
	}
	if len(d.JSON) > 0 {
		out["json"] = d.JSON
	}
	return out
}

// InterfaceShape describes an interface in its object form, such as the inputs of a recipe type.
func InterfaceShape() document.Shape { return interfaceShape() }

// ReadInterface reads the object form of an interface; nil is an empty one. It is complete if nothing in it is unknown; what is then
// missing, and what does not fit, is not in the interface.
func ReadInterface(v any) (i recipe.Interface, problems recipe.Problems, complete bool) {
	if v == nil {
		return i, nil, true
	}
	const inputs = "input" // an interface reads as that of a definition does
	d := ReadDraft(map[string]any{inputs: v, "nodes": map[string]any{}})
	definition, found := d.Definition()
	if !d.Known() {
		found = d.Check()
	}
	for _, p := range found.Errors() {
		at := p.Path
		if len(at) > 0 && at[0] == inputs {
			at = at[1:]
		}
		problems = append(problems, p.MovedTo(at))
	}
	if definition == nil || !d.Known() {
		return i, problems, false
	}
	return definition.Input, problems, true
}

// OfInterface is the object form of an interface.
func OfInterface(i recipe.Interface) map[string]any { return ofInterface(i) }
