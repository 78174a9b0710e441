package order

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Target is what variables can become: the input of a recipe type, and the settings of
// the job types that its latest or named revision uses at any depth.
type Target struct {
	Input    recipe.Interface
	Settings []string // secret ones too
	Secrets  []string // variables whose values nobody may see: those of Settings, and what is Tainted by them
}

// Bound is what a run starts with.
type Bound struct {
	Input         recipe.Data
	Configuration recipe.Configuration
}

// Bind makes the input and the configuration of a run from what its variation gives and
// the effective variables: one named like a JSON input becomes that input, typed (a text
// "3" for a number is read as one, 3.0 is the integer 3, a number for a text is written as one, and so on), one
// named like a setting becomes that setting (a text as it is, anything else as JSON
// text). The member image_tag of the variable infrastructure becomes the tag of all images
// (ImageTag). Null takes away what the variation gives. The rest is only recorded. Problems
// are those of the interface (recipe.Interface.CheckData), at "input.json.<name>" and
// so on, values that have another type, and secrets (SecretInputs).
func Bind(v Variation, effective Variables, t Target) (Bound, recipe.Problems) {
	var b Bound
	var ps recipe.Problems
	if ps = t.SecretInputs(effective); len(ps) > 0 {
		return b, ps.Under("input") // before anything is told of their values
	}
	b.Input, ps = t.Input.CheckData(v.Data(effective, t.Input))
	if v.Configuration != nil {
		b.Configuration = *v.Configuration
	}
	settings := map[string]string{}
	maps.Copy(settings, b.Configuration.Settings)
	for _, name := range t.Settings {
		switch value, given := effective[name]; {
		case given && value == nil:
			delete(settings, name)
		case given:
			settings[name] = textOf(value)
		}
	}
	b.Configuration.Settings = settings
	tag, problems := ImageTag(effective)
	if tag != "" {
		b.Configuration.ImageTag = tag
	}
	return b, append(ps.Under("input"), problems...)
}

// Data is the input of a run before it is held against the interface: what the variation
// gives, also what the interface does not know, and the variables named like an input.
func (v Variation) Data(effective Variables, input recipe.Interface) recipe.Data {
	data := recipe.Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	maps.Copy(data.Files, v.InputFiles)
	for name := range v.FileRules {
		data.Files[name] = []int64{0} // the run chooses
	}
	maps.Copy(data.JSON, v.InputJSON)
	for name, param := range input.JSON {
		switch value, given := effective[name]; {
		case given && value == nil:
			delete(data.JSON, name)
		case given:
			data.JSON[name] = typed(value, param.Type)
		}
	}
	return data
}

// typed makes a value one of that type where it only has another form: the text of a
// number, a boolean, an object or an array, or a number or a boolean for a text. Anything
// else is left for the interface to refuse.
func typed(value any, t recipe.JSONType) any {
	if t.Fits(value) {
		return value
	}
	switch v := value.(type) {
	case string:
		if read, err := recipe.Decode([]byte(v)); err == nil {
			if read = exact(read, t); t.Fits(read) {
				return read
			}
		}
	case bool:
		if t == recipe.StringType {
			return textOf(v)
		}
	case json.Number:
		if t == recipe.StringType {
			return textOf(v)
		}
		return exact(v, t)
	}
	return value
}

// exact writes a number as an integer if one is wanted and it is one: 3.0 is 3.
func exact(value any, t recipe.JSONType) any {
	n, isNumber := value.(json.Number)
	if i, isWhole := recipe.Whole(n); isNumber && isWhole && t == recipe.IntegerType {
		return json.Number(strconv.FormatInt(i, 10))
	}
	return value
}

// TargetOf is the target that a recipe type makes: its input, and what the manifests of
// its job types offer to configure.
func TargetOf(input recipe.Interface, jobs []recipe.Configurable) Target {
	t := Target{Input: input}
	for _, c := range jobs {
		t.Settings = append(append(t.Settings, c.Settings...), c.SecretSettings...)
		t.Secrets = append(t.Secrets, c.SecretSettings...)
	}
	slices.Sort(t.Settings)
	slices.Sort(t.Secrets)
	t.Settings, t.Secrets = slices.Compact(t.Settings), slices.Compact(t.Secrets)
	return t
}
