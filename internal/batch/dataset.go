package batch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Dataset is the definition of a data set: what each member gives, and what all of them share.
type Dataset struct {
	Parameters       recipe.Interface // of the members
	GlobalParameters recipe.Interface
	GlobalData       recipe.Data
}

// Names of the members of the document.
const (
	parametersMember = "parameters"
	globalsMember    = "global_parameters"
	globalDataMember = "global_data"
)

// ParseDataset reads the JSON form of a definition, {parameters, global_parameters, global_data}, all of them optional. The problems
// come in the order of the contract's stages; a definition with errors is incomplete.
func ParseDataset(raw []byte) (Dataset, recipe.Problems) {
	d := Dataset{GlobalData: recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}}}
	value, err := recipe.Decode(raw)
	if err != nil {
		return d, Fault(InvalidDataset, nil, "The data set definition %s", err)
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		return d, Fault(InvalidDataset, nil, "The data set definition is %s; expected an object", recipe.KindOf(value))
	}
	if ps := checkVersion(members, recipe.InvalidVersion, "data set definition"); ps != nil {
		return d, ps
	}
	parts := map[string][]byte{}
	for _, name := range []string{parametersMember, globalsMember, globalDataMember} {
		part, given := members[name]
		if !given || part == nil {
			continue
		}
		if _, isObject := part.(map[string]any); !isObject {
			return d, Fault(InvalidDataset, recipe.Path{name}, "%s: found %s, expected an object", name, recipe.KindOf(part))
		}
		if parts[name], err = json.Marshal(part); err != nil {
			return d, Fault(InvalidDataset, recipe.Path{name}, "%s: %s", name, err)
		}
	}
	var twice recipe.Problems
	for name, into := range map[string]*recipe.Interface{parametersMember: &d.Parameters, globalsMember: &d.GlobalParameters} {
		if parts[name] == nil {
			continue
		}
		i, ps := recipe.ParseInterface(parts[name])
		*into = i
		for _, p := range ps.Errors().Below(name) {
			if p.Code == recipe.DuplicateInput {
				p.Code = DuplicateParameter
				twice = append(twice, p)
				continue
			}
			return d, as(InvalidDataset, recipe.Problems{p})
		}
	}
	if raw := parts[globalDataMember]; raw != nil {
		data, ps := recipe.ParseData(raw)
		if errs := ps.Errors(); len(errs) > 0 {
			return d, as(InvalidGlobalData, errs.Below(globalDataMember))
		}
		d.GlobalData = data
	}
	if ps := checkMembers(members); ps != nil {
		return d, ps
	}
	if twice = append(twice, d.shared()...); len(twice) > 0 {
		return d, twice
	}
	data, ps := d.GlobalParameters.CheckData(d.GlobalData)
	d.GlobalData = data
	return d, as(InvalidGlobalData, ps.Errors().Below(globalDataMember))
}

// checkMembers refuses what no data set definition has.
func checkMembers(members map[string]any) recipe.Problems {
	known := []string{globalDataMember, globalsMember, parametersMember, "version"}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			return Fault(InvalidDataset, recipe.Path{name}, "%s: a data set definition has no such member; expected %s%s",
				name, recipe.Quoted(known[:3], "or"), recipe.DidYouMean(name, known))
		}
	}
	return nil
}

// shared finds names that a member and the whole data set both have.
func (d Dataset) shared() (ps recipe.Problems) {
	globals := names(d.GlobalParameters)
	for _, name := range names(d.Parameters) {
		if slices.Contains(globals, name) {
			ps = append(ps, Fault(DuplicateParameter, recipe.Path{parametersMember},
				"parameters: the name '%s' is also one of global_parameters; every parameter of a data set has a name of its own", name)...)
		}
	}
	return ps
}

// names are the parameters of an interface, sorted.
func names(i recipe.Interface) []string {
	out := slices.AppendSeq(slices.Collect(maps.Keys(i.Files)), maps.Keys(i.JSON))
	slices.Sort(out)
	return out
}

// MarshalJSON writes the form that ParseDataset reads, always with all three members and without versions.
func (d Dataset) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Parameters       recipe.Interface `json:"parameters"`
		GlobalParameters recipe.Interface `json:"global_parameters"`
		GlobalData       recipe.Data      `json:"global_data"`
	}{d.Parameters, d.GlobalParameters, d.GlobalData})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Dataset) UnmarshalJSON(raw []byte) error {
	out, ps := ParseDataset(raw)
	if err := ps.Err(); err != nil {
		return fmt.Errorf("reading a data set definition: %w", err)
	}
	*d = out
	return nil
}

// FileValue stands in a template for the file that a member is made of.
const FileValue = "FILE_VALUE"

// A Template makes a member of each file.
type Template struct {
	fixed  recipe.Data
	places []string // the file parameters that FileValue stands in
	noFile bool     // it has no files at all
}

// ParseTemplate reads data whose file entries may be the string FILE_VALUE.
func ParseTemplate(raw []byte) (Template, recipe.Problems) {
	var t Template
	value, err := recipe.Decode(raw)
	if err != nil {
		return t, Fault(InvalidTemplate, nil, "The data_template %s", err)
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		return t, Fault(InvalidTemplate, nil, "The data_template is %s; expected an object", recipe.KindOf(value))
	}
	members = maps.Clone(members)
	files, given := members["files"]
	t.noFile = !given
	if entries, isObject := files.(map[string]any); isObject {
		entries = maps.Clone(entries)
		for name, entry := range entries {
			if entry == FileValue {
				t.places = append(t.places, name)
				delete(entries, name)
			}
		}
		members["files"] = entries
	}
	slices.Sort(t.places)
	fixed, err := json.Marshal(members)
	if err != nil {
		return t, Fault(InvalidTemplate, nil, "The data_template cannot be read: %s", err)
	}
	data, ps := recipe.ParseData(fixed)
	t.fixed = data
	return t, ps.Errors().Below("data_template")
}

// Fill makes the member of a file. A template without files is refused only here, as by the original.
func (t Template) Fill(fileID int64) (recipe.Data, recipe.Problems) {
	if t.noFile {
		return recipe.Data{}, Fault(InvalidTemplate, recipe.Path{"data_template"},
			"data_template: it has no 'files'; expected an object with the file parameters, such as {\"files\": {\"image\": %q}}", FileValue)
	}
	out := recipe.Data{Files: maps.Clone(t.fixed.Files), JSON: t.fixed.JSON}
	for _, name := range t.places {
		out.Files[name] = []int64{fileID}
	}
	return out, nil
}

// Names are the parameters of the members, sorted.
func (d Dataset) Names() []string { return names(d.Parameters) }

// GlobalNames are the parameters that all members share, sorted.
func (d Dataset) GlobalNames() []string { return names(d.GlobalParameters) }
