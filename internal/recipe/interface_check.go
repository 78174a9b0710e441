package recipe

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// CheckData returns d without the parameters that i does not name, and what is
// wrong with it (contract 3.2): PARAM_REQUIRED, MISMATCHED_PARAM_TYPE, NO_FILES,
// MULTIPLE_FILES, INVALID_JSON_TYPE. What is not given has its default. An empty list of files counts as not given
// where the parameter is not required. Files are not looked up.
func (i Interface) CheckData(d Data) (Data, Problems) {
	out := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	var found findings
	for _, name := range slices.Sorted(maps.Keys(i.Files)) {
		param := i.Files[name]
		ids, given := d.Files[name]
		_, isJSON := d.JSON[name]
		switch {
		case !given && isJSON:
			found.add(0, Path{"json", name}, MismatchedParamType,
				"'%s' is given as a JSON value; expected files, that is ids under \"files\"", name)
		case !given && param.Required:
			found.add(0, Path{"files"}, ParamRequired, "'%s' is missing; this file parameter is required", name)
		case !given:
		case len(ids) == 0 && param.Required:
			found.add(0, Path{"files", name}, NoFiles, "'%s' has no files; expected at least one", name)
		case len(ids) == 0:
		case len(ids) > 1 && !param.Multiple:
			found.add(0, Path{"files", name}, MultipleFiles, "'%s' has %d files; expected exactly one", name, len(ids))
		default:
			out.Files[name] = ids
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.JSON)) {
		param := i.JSON[name]
		value, given := d.JSON[name]
		_, isFile := d.Files[name]
		switch {
		case !given && isFile:
			found.add(0, Path{"files", name}, MismatchedParamType,
				"'%s' is given as files; expected a JSON value of type %s under \"json\"", name, param.Type)
		case !given && param.Default != "":
			out.JSON[name] = constant(param.Default)
		case !given && param.Required:
			found.add(0, Path{"json"}, ParamRequired, "'%s' is missing; this parameter (%s) is required", name, param.Type)
		case !given:
		case !param.Type.Fits(value):
			found.add(0, Path{"json", name}, InvalidJSONType, "'%s' is %s; expected %s",
				name, Describe(value), typeNames([]string{string(param.Type)}))
		default:
			out.JSON[name] = value
		}
	}
	return out, found.problems()
}

// Fits tells whether value is of type t. Unlike in the original, true and false
// are not numbers. 3.0 is no integer, and null is of no type.
func (t JSONType) Fits(value any) bool {
	switch v := value.(type) {
	case bool:
		return t == BooleanType
	case string:
		return t == StringType
	case []any:
		return t == ArrayType
	case map[string]any:
		return t == ObjectType
	case json.Number:
		return t == NumberType || t == IntegerType && !strings.ContainsAny(v.String(), ".eE")
	default:
		return false
	}
}

// A mismatch is a reason why a parameter cannot take its source.
type mismatch struct {
	code    Code
	reason  string
	warning bool
	plan    PlanView
}

// connect compares parameter name of target with parameter output of source, by
// the rules and in the order of contract 3.1. Both have to exist.
func connect(target Interface, name string, source Interface, output string) []mismatch {
	toFile, isFile := target.Files[name]
	fromFile, fileSource := source.Files[output]
	if isFile != fileSource {
		return []mismatch{{code: MismatchedParamType, reason: "input '" + name + "' takes " + kindOfParam(isFile) +
			", but '" + output + "' gives " + kindOfParam(fileSource)}}
	}
	var out []mismatch
	optional := func(to, from bool) {
		if to && !from {
			out = append(out, mismatch{code: ParamRequired, reason: "input '" + name +
				"' is required, but '" + output + "' is optional and may be missing"})
		}
	}
	if !isFile {
		to, from := target.JSON[name], source.JSON[output]
		optional(to.hasToBeGiven(), from.isAlwaysThere())
		if to.Type != from.Type {
			out = append(out, mismatch{code: MismatchedJSONType, reason: "input '" + name +
				"' is of type " + string(to.Type) + ", but '" + output + "' is of type " + string(from.Type)})
		}
		return out
	}
	optional(toFile.Required, fromFile.Required)
	if fromFile.Multiple && !toFile.Multiple {
		out = append(out, mismatch{code: NoMultipleFiles, reason: "input '" + name +
			"' takes one file, but '" + output + "' may give several"})
	}
	var foreign []string
	for _, t := range fromFile.MediaTypes {
		if !slices.Contains(toFile.MediaTypes, t) {
			foreign = append(foreign, t)
		}
	}
	if len(foreign) > 0 {
		expects, plan := Quoted(toFile.MediaTypes, "or"), PlanView("")
		if len(toFile.MediaTypes) == 0 { // it takes anything, as the Seed standard has it
			expects, plan = "no media type in particular", PlanLeavesOut
		}
		out = append(out, mismatch{code: MismatchedMediaTypes, warning: true, plan: plan, reason: "input '" + name +
			"' expects " + expects + ", but '" + output + "' may give " + Quoted(foreign, "or")})
	}
	return out
}

func kindOfParam(file bool) string {
	if file {
		return "files"
	}
	return "a JSON value"
}

// Refuses says why source cannot feed i (contract 3.1): of parameters of the same name what does not fit, and what is required
// that source does not have. Differing media types are no reason.
func (i Interface) Refuses(source Interface) (reasons []string) {
	for _, name := range i.names() {
		if !source.has(name) {
			if i.Files[name].Required || i.JSON[name].hasToBeGiven() {
				reasons = append(reasons, "input '"+name+"' is required, but nothing is given for it")
			}
			continue
		}
		for _, m := range connect(i, name, source, name) {
			if !m.warning {
				reasons = append(reasons, m.reason)
			}
		}
	}
	return reasons
}
