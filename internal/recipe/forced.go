package recipe

import (
	"encoding/json"
	"maps"
	"slices"
)

// ForcedNodes says which nodes of a recipe run again when it is reprocessed, even
// if they have not changed (contract 5). The zero value forces nothing.
type ForcedNodes struct {
	All        bool                   // every node, also inside of sub-recipes; the rest is empty then
	Nodes      []string               // names of nodes
	SubRecipes map[string]ForcedNodes // what is forced inside of a sub-recipe, by its node, which is forced too
}

// InvalidForcedNodes is the code of forced nodes that do not have the right form
// or do not fit a definition. It is ours, as the contract names none.
const InvalidForcedNodes Code = "INVALID_FORCED_NODES"

var forcedDocument = jsonDocument{
	noun: "forced nodes document", def: "forcedNodes", code: InvalidForcedNodes, version: InvalidForcedNodes,
}

// ParseForcedNodes reads the JSON form {"all": bool, "nodes": [name, ...],
// "sub_recipes": {name: forced nodes}}, where all is required at every level.
// {} stands for {"all": false}. Where all is true, the other members are checked
// and then left out, and a name is kept once. Forced nodes with problems are incomplete.
func ParseForcedNodes(raw []byte) (ForcedNodes, Problems) {
	value, structural := forcedDocument.read(raw)
	if members, ok := value.(map[string]any); ok && len(members) == 0 {
		return ForcedNodes{}, nil
	}
	if p, bad := forcedDocument.badVersion(value, nil); bad {
		return ForcedNodes{}, Problems{p}
	}
	return readForcedNodes(value), structural
}

func readForcedNodes(value any) ForcedNodes {
	if memberOr(value, "all", false) {
		return ForcedNodes{All: true}
	}
	var out ForcedNodes
	seen := map[string]bool{}
	names, _ := member[[]any](value, "nodes")
	for _, name := range names {
		if name, ok := name.(string); ok && !seen[name] {
			seen[name] = true
			out.Nodes = append(out.Nodes, name)
		}
	}
	subs, _ := member[map[string]any](value, "sub_recipes")
	for name, sub := range subs {
		if out.SubRecipes == nil {
			out.SubRecipes = make(map[string]ForcedNodes, len(subs))
		}
		out.SubRecipes[name] = readForcedNodes(sub)
	}
	return out
}

// MarshalJSON writes the form that ParseForcedNodes reads, without empty members.
func (f ForcedNodes) MarshalJSON() ([]byte, error) {
	if f.All {
		f = ForcedNodes{All: true}
	}
	return json.Marshal(struct {
		All        bool                   `json:"all"`
		Nodes      []string               `json:"nodes,omitempty"`
		SubRecipes map[string]ForcedNodes `json:"sub_recipes,omitempty"`
	}{f.All, f.Nodes, f.SubRecipes})
}

// UnmarshalJSON is ParseForcedNodes; its error is an *InvalidError.
func (f *ForcedNodes) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	parsed, problems := ParseForcedNodes(raw)
	if err := problems.Err(); err != nil {
		return err
	}
	*f = parsed
	return nil
}

// Forces tells whether f names the node, in nodes or in sub_recipes, or forces all.
// Nodes below a forced one run again too, which only Compare knows.
func (f ForcedNodes) Forces(node string) bool {
	_, sub := f.SubRecipes[node]
	return f.All || sub || slices.Contains(f.Nodes, node)
}

// names is the set of the nodes that f names.
func (f ForcedNodes) names() map[string]bool {
	out := make(map[string]bool, len(f.Nodes)+len(f.SubRecipes))
	for _, name := range f.Nodes {
		out[name] = true
	}
	for name := range f.SubRecipes {
		out[name] = true
	}
	return out
}

// For is what f forces inside of the sub-recipe of a node: everything if f forces
// all, and nothing if f says nothing of it. A sub-recipe that Diff.ForcedIn makes
// run completely has more forced.
func (f ForcedNodes) For(node string) ForcedNodes {
	if f.All {
		return ForcedNodes{All: true}
	}
	return f.SubRecipes[node]
}

// SubDefinition gives the definition of a revision of a recipe type. known is
// false if it cannot be looked up; a nil definition that is known does not exist.
type SubDefinition func(ref RecipeRef) (d *Definition, known bool)

// Check compares f with the definition that is going to run, and what it forces
// inside of sub-recipes with theirs (contract 5): UNKNOWN_NODE for a name that is
// not a node, INVALID_FORCED_NODES for an entry of sub_recipes that is none,
// RECIPE_TYPE_DOES_NOT_EXIST. What sub does not know, or everything if sub is nil,
// is skipped. A sub-recipe of which nothing inside is forced is a warning. Each
// problem comes once, errors first. Paths go through the document and end in the
// name: (sub_recipes, detect, nodes, clean).
func (f ForcedNodes) Check(d *Definition, sub SubDefinition) Problems {
	var errs, warnings findings
	f.check(d, sub, nil, &errs, &warnings)
	for i := range warnings {
		warnings[i].Warning = true
	}
	return append(errs.problems(), warnings.problems()...)
}

func (f ForcedNodes) check(d *Definition, sub SubDefinition, at Path, errs, warnings *findings) {
	if f.All {
		return
	}
	known := slices.Sorted(maps.Keys(d.Nodes))
	in := "the definition"
	if len(at) > 0 {
		in = "the sub-recipe of node '" + at[len(at)-1] + "'"
	}
	unknown := func(at Path, name string) {
		errs.add(0, at, UnknownNode, "'%s' is forced, but %s has no top level node of that name%s",
			Shorten(name), in, errs.didYouMean(name, known))
	}
	listed := map[string]bool{}
	for _, name := range f.Nodes {
		listed[name] = true
		node, exists := d.Nodes[name]
		if !exists {
			unknown(at.At("nodes", name), name)
			continue
		}
		if _, given := f.SubRecipes[name]; !given && node.Type() == RecipeNode {
			warnings.add(0, at.At("nodes", name), InvalidForcedNodes, "Node '%s' is a sub-recipe, but sub_recipes does not "+
				"say what is forced inside: it gets a new sub-recipe, into which everything unchanged is copied", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.SubRecipes)) {
		here := at.At("sub_recipes", name)
		node, exists := d.Nodes[name]
		switch {
		case !exists && !listed[name]:
			unknown(here, name)
		case !exists:
		case node.Type() != RecipeNode:
			errs.add(0, here, InvalidForcedNodes, "Sub-recipe node %s is not a recipe node; it is a %s, name it in nodes",
				name, node.Type())
		case sub != nil:
			inside, found := sub(*node.Recipe)
			if found && inside == nil {
				errs.add(0, here, RecipeTypeDoesNotExist, "Node '%s': recipe type %s does not exist, so what is forced "+
					"inside cannot be checked", name, node.Recipe)
			} else if found {
				f.SubRecipes[name].check(inside, sub, here, errs, warnings)
			}
		}
	}
}
