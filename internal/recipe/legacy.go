package recipe

import (
	"strconv"
	"unicode/utf8"
)

// legacyVersion is the version of definitions and data before 6, which do not
// know conditions, sub-recipes and revisions (contract 2.1, 3.2).
const legacyVersion = "1.0"

// LatestRevision stands in the JobRefs of a definition of version 1.0, which names
// no revisions, until Resolve.
const LatestRevision = 0

var (
	legacyDefinitionDocument = jsonDocument{noun: "definition", def: "legacyDefinition", code: InvalidDefinition, version: InvalidDefinition}
	legacyDataDocument       = jsonDocument{noun: "data", def: "legacyData", code: InvalidData, version: InvalidVersion}
)

// IsLegacy tells whether raw is an object of version 1.0. What Parse makes of
// such a definition has to be resolved before it is validated; of other
// definitions a revision 0 is what it says, and does not exist.
func IsLegacy(raw []byte) bool {
	value, err := decode(raw)
	return err == nil && isLegacy(value)
}

func isLegacy(value any) bool {
	version, _ := member[string](value, "version")
	return version == legacyVersion
}

// Resolve gives the jobs whose revision is LatestRevision the latest one of their
// job type, as latest tells. latest returns LatestRevision for a job type that
// does not exist, which Validate reports then.
func (d *Definition) Resolve(latest func(name, version string) int) {
	for name, n := range d.Nodes {
		if n.Job != nil && n.Job.Revision == LatestRevision {
			n.Job = &JobRef{n.Job.Name, n.Job.Version, latest(n.Job.Name, n.Job.Version)}
			d.Nodes[name] = n
		}
	}
}

// parseLegacy reads a definition of version 1.0: {"input_data": [{"name", "type":
// file | files | property, "required", "media_types"}], "jobs": [{"name",
// "job_type": {"name", "version"}, "recipe_inputs": [{"recipe_input",
// "job_input"}], "dependencies": [{"name", "connections": [{"output",
// "input"}]}]}]}. Properties become strings, required is true unless stated, and
// names of inputs are those of version 7. Paths are those of the document:
// (jobs, 2, dependencies, a).
func parseLegacy(raw []byte) (*Definition, Problems) {
	value, structural := legacyDefinitionDocument.read(raw)
	jobs, _ := member[[]any](value, "jobs")
	if len(jobs) > maxNodes {
		return nil, Problems{{Path: Path{"jobs"}, Code: InvalidDefinition, Message: "jobs: found " +
			strconv.Itoa(len(jobs)) + " jobs, at most " + strconv.Itoa(maxNodes) + " are allowed"}}
	}
	var found findings
	found.include(stageSchema, structural)
	d := &Definition{Input: readLegacyInput(value, &found), Nodes: map[string]Node{}}
	places := map[string]Path{}
	for i, job := range jobs {
		name, ok := member[string](job, "name")
		if !ok {
			continue
		}
		at := Path{"jobs", strconv.Itoa(i)}
		if first, twice := places[name]; twice {
			found.add(stageSchema, at.At("name"), InvalidDefinition,
				"%s: the name '%s' is taken by %s; every job has a name of its own", at, Shorten(name), first)
			continue
		}
		if name == "" || utf8.RuneCountInString(name) > maxNodeName {
			found.add(stageSchema, at.At("name"), InvalidDefinition, "%s: the name '%s' has %d letters; expected 1 to %d",
				at, Shorten(name), utf8.RuneCountInString(name), maxNodeName)
		}
		places[name] = at
		d.Nodes[name] = readLegacyJob(job, at, &found)
	}
	var references findings
	d.checkReferences(&references)
	for _, f := range references { // from (nodes, name, ...) to the place in this document
		f.Path = places[f.Path[1]].At(f.Path[2:]...)
		found = append(found, f)
	}
	if problems := found.problems(); len(problems) > 0 {
		return nil, problems
	}
	return d, nil
}

func readLegacyInput(value any, found *findings) Interface {
	out := Interface{Files: map[string]FileParam{}, JSON: map[string]JSONParam{}}
	inputs, _ := member[[]any](value, "input_data")
	seen := map[string]Path{}
	for i, input := range inputs {
		name, ok := member[string](input, "name")
		if !ok {
			continue
		}
		at := Path{"input_data", strconv.Itoa(i)}
		if first, twice := seen[name]; twice {
			found.add(stageInput, at.At("name"), DuplicateInput,
				"%s: the name '%s' is taken by %s; every input has a name of its own", at, Shorten(name), first)
			continue
		}
		seen[name] = at
		required := memberOr(input, "required", true)
		switch kind, _ := member[string](input, "type"); kind {
		case "property":
			out.JSON[name] = JSONParam{Type: StringType, Required: required}
		case "file", "files":
			p := FileParam{Required: required, Multiple: kind == "files"}
			types, _ := member[[]any](input, "media_types")
			for _, t := range types {
				if t, ok := t.(string); ok {
					p.MediaTypes = append(p.MediaTypes, t)
				}
			}
			out.Files[name] = p
		}
	}
	return out
}

func readLegacyJob(job any, at Path, found *findings) Node {
	jobType, _ := member[map[string]any](job, "job_type")
	n := Node{
		Dependencies: map[string]bool{}, Input: map[string]Connection{},
		Job: &JobRef{memberOr(jobType, "name", ""), memberOr(jobType, "version", ""), LatestRevision},
	}
	seen := map[string]Path{}
	connect := func(at Path, name string, c Connection) {
		if first, twice := seen[name]; twice {
			found.add(stageSchema, at, InvalidDefinition, "%s: the input '%s' is connected at %s already; "+
				"an input takes its data from one place", at, Shorten(name), first)
			return
		}
		seen[name], n.Input[name] = at, c
	}
	dependencies, _ := member[[]any](job, "dependencies")
	for i, dependency := range dependencies {
		name, ok := member[string](dependency, "name")
		if !ok {
			continue
		}
		n.Dependencies[name] = true
		connections, _ := member[[]any](dependency, "connections")
		for j, c := range connections {
			output, ok := member[string](c, "output")
			input, ok2 := member[string](c, "input")
			if ok && ok2 {
				connect(at.At("dependencies", strconv.Itoa(i), "connections", strconv.Itoa(j)), input, Connection{Node: name, Output: output})
			}
		}
	}
	inputs, _ := member[[]any](job, "recipe_inputs")
	for i, c := range inputs {
		from, ok := member[string](c, "recipe_input")
		to, ok2 := member[string](c, "job_input")
		at := at.At("recipe_inputs", strconv.Itoa(i))
		switch {
		case ok && from == "":
			found.add(stageSchema, at.At("recipe_input"), InvalidDefinition, "%s: the name of the recipe input is empty", at.At("recipe_input"))
		case ok && ok2:
			connect(at, to, Connection{RecipeInput: from})
		}
	}
	return n
}

// parseLegacyData reads data of version 1.0: {"input_data": [{"name", "file_id" |
// "file_ids" | "value"}]}. Without input_data it is output_data, as in results of
// jobs; workspace_id has no meaning any more. An entry that gives nothing is left
// out, with a warning.
func parseLegacyData(raw []byte) (Data, Problems) {
	d := Data{Files: map[string][]int64{}, JSON: map[string]any{}}
	value, structural := legacyDataDocument.read(raw)
	var found findings
	found.include(0, structural)
	list := "input_data"
	entries, ok := member[[]any](value, list)
	if !ok {
		list = "output_data"
		entries, _ = member[[]any](value, list)
	}
	seen := map[string]Path{}
	for i, entry := range entries {
		members, _ := entry.(map[string]any)
		name, ok := members["name"].(string)
		if !ok {
			continue
		}
		at := Path{list, strconv.Itoa(i)}
		if first, twice := seen[name]; twice {
			found.add(1, at.At("name"), InvalidData, "%s: '%s' is given at %s already; every name comes once", at, Shorten(name), first)
			continue
		}
		seen[name] = at
		one, isFile := members["file_id"]
		ids, isFiles := members["file_ids"]
		given, isValue := members["value"]
		id := func(at Path, item any) int64 {
			id, err := WholeNumber(item)
			if err != nil {
				found.add(0, at, InvalidData, "%s: %s", at, err)
			}
			return id
		}
		switch {
		case isFile:
			d.Files[name] = []int64{id(at.At("file_id"), one)}
		case isFiles:
			several, _ := ids.([]any)
			for i, item := range several {
				d.Files[name] = append(d.Files[name], id(at.At("file_ids", strconv.Itoa(i)), item))
			}
		case isValue:
			d.JSON[name] = given
		default:
			found.add(2, at, InvalidData, "%s: '%s' has no file_id, file_ids or value; it is left out", at, Shorten(name))
			found[len(found)-1].Warning = true
		}
	}
	return d, found.problems()
}
