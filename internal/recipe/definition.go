package recipe

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Definition describes a recipe: what it takes, its nodes, and how data flow
// between them (contract 2).
type Definition struct {
	Input Interface
	Nodes map[string]Node
}

const maxNodeName = 100 // letters; the width of the original's database column

var definitionDocument = jsonDocument{noun: "definition", def: "definition", code: InvalidDefinition, version: InvalidDefinition}

// The stages of contract 2.2.
const (
	stageVersion = iota + 1
	stageInputVersion
	stageSchema
	stageInput
	stageConditions
	stageReferences
	stageCycles
	stageTypes
	stageInputTypes
	stageConnections
	stageFilters // ours: data filter against the condition's interface
)

// Parse reads a definition of version 6 or 7, or the legacy 1.0, whose jobs get
// LatestRevision (see Resolve). It reports everything that the document alone can
// show: stages 1 to 6 of contract 2.2. The definition is nil if there is any
// error. Defaults are filled in.
//
// Problems with a dependency have a path that ends in the name of the other
// node (nodes, b, dependencies, a) if the dependency can be read, otherwise in its position.
func Parse(raw []byte) (*Definition, Problems) {
	value, structural := definitionDocument.read(raw)
	if isLegacy(value) {
		return parseLegacy(raw)
	}
	if p, bad := definitionDocument.badVersion(value, nil); bad {
		return nil, Problems{p} // of an unknown format nothing else can be said
	}
	if nodes, _ := member[map[string]any](value, "nodes"); len(nodes) > maxNodes {
		return nil, Problems{{Path: Path{"nodes"}, Code: InvalidDefinition, Message: "nodes: found " +
			strconv.Itoa(len(nodes)) + " nodes, at most " + strconv.Itoa(maxNodes) + " are allowed; put some into sub-recipes"}}
	}
	var found findings
	for i, p := range structural {
		if insideAlternative(p.Path) && p.Code == InvalidDefinition {
			structural[i].Code = InvalidDefinitionJSON
		}
	}
	found.include(stageSchema, structural)
	d := readDefinition(value, &found)
	d.checkReferences(&found)
	if problems := found.problems(); len(problems) > 0 {
		return nil, problems
	}
	return d, nil
}

// insideAlternative tells whether at lies in a node_type or a connection, whose
// structural problems have a code of their own.
func insideAlternative(at Path) bool {
	return len(at) >= 3 && at[0] == "nodes" && (at[2] == "node_type" || at[2] == "input" && len(at) > 3)
}

// readDefinition takes what fits out of value, so that the later stages can look
// at as much as possible.
func readDefinition(value any, found *findings) *Definition {
	d := &Definition{Nodes: map[string]Node{}}
	input, _ := member[map[string]any](value, "input")
	if p, bad := interfaceDocument.badVersion(input, Path{"input"}); bad {
		*found = append(*found, finding{stage: stageInputVersion, Problem: p})
	}
	d.Input = readInterface(input, Path{"input"}, stageInput, found)
	nodes, _ := member[map[string]any](value, "nodes")
	for name, node := range nodes {
		at := Path{"nodes", name}
		if name == "" || utf8.RuneCountInString(name) > maxNodeName {
			found.add(stageSchema, at, InvalidDefinition, "nodes: the name '%s' has %d letters; expected 1 to %d",
				Shorten(name), utf8.RuneCountInString(name), maxNodeName)
		}
		d.Nodes[name] = readNode(node, at, found)
	}
	return d
}

func readNode(value any, at Path, found *findings) Node {
	n := Node{Dependencies: map[string]bool{}, Input: map[string]Connection{}, AllowFailure: memberOr(value, "allow_failure", false),
		Any: memberOr(value, "any", false), Finally: memberOr(value, "finally", false)}
	dependencies, _ := member[[]any](value, "dependencies")
	for _, dependency := range dependencies {
		if name, ok := member[string](dependency, "name"); ok {
			n.Dependencies[name] = memberOr(dependency, "acceptance", true)
		}
	}
	inputs, _ := member[map[string]any](value, "input")
	for name, c := range inputs {
		input, fromRecipe := member[string](c, "input")
		node, fromNode := member[string](c, "node")
		output, _ := member[string](c, "output")
		members, _ := c.(map[string]any)
		value, fromNowhere := members["value"]
		switch kind, _ := member[string](c, "type"); {
		case kind == "value" && fromNowhere && value == nil:
			found.add(stageSchema, at.At("input", name, "value"), InvalidDefinitionJSON,
				"%s: null is no value; leave the input out", at.At("input", name, "value"))
		case kind == "value" && fromNowhere:
			n.Input[name] = Connection{Value: constantText(value)}
		case kind == "recipe" && fromRecipe && input == "":
			found.add(stageSchema, at.At("input", name, "input"), InvalidDefinitionJSON,
				"%s: the name of the recipe input is empty", at.At("input", name, "input"))
		case kind == "recipe" && fromRecipe:
			n.Input[name] = Connection{RecipeInput: input}
		case kind == "dependency" && fromNode:
			n.Input[name] = Connection{Node: node, Output: output}
		}
	}
	nodeType, _ := member[map[string]any](value, "node_type")
	members, _ := value.(map[string]any)
	if retry, given := member[map[string]any](value, "retry"); given {
		n.Retry = readRetry(retry, at.At("retry"), found)
		if nodeType["node_type"] != string(JobNode) {
			found.add(stageSchema, at.At("retry"), InvalidRetry, "%s: only jobs are tried again; expected it on the nodes of a sub-recipe instead", at.At("retry"))
		}
	}
	if timeout, given := members["timeout"]; given {
		i, err := WholeNumber(timeout)
		if err != nil {
			found.add(stageSchema, at.At("timeout"), InvalidDefinitionJSON, "%s: %s", at.At("timeout"), err)
		}
		if n.Timeout = int(i); nodeType["node_type"] != string(JobNode) {
			found.add(stageSchema, at.At("timeout"), InvalidDefinition, "%s: only jobs have a timeout; expected it on the nodes of a sub-recipe instead", at.At("timeout"))
		}
	}
	at = at.At("node_type")
	text := func(name string) string {
		s, given := member[string](nodeType, name)
		if given && s == "" {
			found.add(stageSchema, at.At(name), InvalidDefinitionJSON, "%s: it is empty", at.At(name))
		}
		return s
	}
	revision := func(name string) int {
		i, err := WholeNumber(nodeType[name])
		if err != nil {
			found.add(stageSchema, at.At(name), InvalidDefinitionJSON, "%s: %s", at.At(name), err)
		}
		return int(i)
	}
	switch nodeType["node_type"] {
	case string(JobNode):
		n.Job = &JobRef{text("job_type_name"), text("job_type_version"), revision("job_type_revision")}
	case string(RecipeNode):
		n.Recipe = &RecipeRef{text("recipe_type_name"), revision("recipe_type_revision")}
	case string(ConditionNode):
		for _, part := range []struct {
			name string
			doc  jsonDocument
		}{{"interface", interfaceDocument}, {"data_filter", filterDocument}} {
			if p, bad := part.doc.badVersion(nodeType[part.name], at.At(part.name)); bad {
				*found = append(*found, finding{stage: stageConditions, Problem: p})
			}
		}
		n.Condition = &Condition{
			Interface:  readInterface(nodeType["interface"], at.At("interface"), stageConditions, found),
			DataFilter: readDataFilter(nodeType["data_filter"], at.At("data_filter"), stageConditions, found),
		}
	}
	return n
}

// checkReferences is stage 6: names that a node uses exist.
func (d *Definition) checkReferences(found *findings) {
	nodes := slices.Sorted(maps.Keys(d.Nodes))
	inputs := d.Input.names()
	for _, name := range nodes {
		n, at := d.Nodes[name], Path{"nodes", name}
		n.checkShape(name, at, found)
		for dependency := range n.Dependencies {
			if _, ok := d.Nodes[dependency]; !ok {
				found.add(stageReferences, at.At("dependencies", dependency), UnknownNode,
					"Node '%s' depends on '%s', which is not a node of the definition%s",
					name, dependency, found.didYouMean(dependency, nodes))
			}
		}
		for input, c := range n.Input {
			at := at.At("input", input)
			source, known := d.Nodes[c.Node]
			switch {
			case c.Value != "":
			case c.RecipeInput != "" && !d.Input.has(c.RecipeInput):
				found.add(stageReferences, at, UnknownInput,
					"Node '%s' takes '%s' from the recipe input '%s', which does not exist%s",
					name, input, c.RecipeInput, found.didYouMean(c.RecipeInput, inputs))
			case c.RecipeInput != "":
			case !known:
				found.add(stageReferences, at, UnknownNode,
					"Node '%s' takes '%s' from node '%s', which is not a node of the definition%s",
					name, input, c.Node, found.didYouMean(c.Node, nodes))
			case source.Recipe != nil:
				found.add(stageReferences, at, ConnectionInvalidNode,
					"Node '%s' takes '%s' from node '%s', which is a sub-recipe; a sub-recipe has no outputs, "+
						"take the data from a job or a condition", name, input, c.Node)
			}
		}
	}
}

// MarshalJSON writes the definition as the services return it (contract 1.1):
// without its version, every default filled in, arrays sorted by name.
func (d Definition) MarshalJSON() ([]byte, error) {
	nodes := d.Nodes
	if nodes == nil {
		nodes = map[string]Node{}
	}
	return json.Marshal(struct {
		Input Interface       `json:"input"`
		Nodes map[string]Node `json:"nodes"`
	}{d.Input, nodes})
}

// UnmarshalJSON is Parse; its error is an *InvalidError.
func (d *Definition) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	parsed, problems := Parse(raw)
	if err := problems.Err(); err != nil {
		return err
	}
	*d = *parsed
	return nil
}

// JobRefs lists the revisions of job types that d names, sorted, each once.
func (d *Definition) JobRefs() []JobRef {
	var refs []JobRef
	for _, n := range d.Nodes {
		if n.Job != nil {
			refs = append(refs, *n.Job)
		}
	}
	slices.SortFunc(refs, func(a, b JobRef) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Revision, b.Revision))
	})
	return slices.Compact(refs)
}

// RecipeRefs lists the revisions of recipe types that d names, sorted, each once.
func (d *Definition) RecipeRefs() []RecipeRef {
	var refs []RecipeRef
	for _, n := range d.Nodes {
		if n.Recipe != nil {
			refs = append(refs, *n.Recipe)
		}
	}
	slices.SortFunc(refs, func(a, b RecipeRef) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Revision, b.Revision))
	})
	return slices.Compact(refs)
}

// Part is the part of a definition that runs if only the named nodes are to: they, and all nodes that they depend on,
// directly or not. Names that it does not have count for nothing; no names are the whole definition. The input stays
// as it is.
func (d *Definition) Part(names []string) *Definition {
	if len(names) == 0 {
		return d
	}
	part := *d
	part.Nodes = map[string]Node{}
	var add func(name string)
	add = func(name string) {
		n, there := d.Nodes[name]
		if _, done := part.Nodes[name]; !there || done {
			return
		}
		part.Nodes[name] = n
		for above := range n.Dependencies {
			add(above)
		}
	}
	for _, name := range names {
		add(name)
	}
	return &part
}

// NodeNames are the names of the nodes, sorted.
func (d *Definition) NodeNames() []string { return slices.Sorted(maps.Keys(d.Nodes)) }
