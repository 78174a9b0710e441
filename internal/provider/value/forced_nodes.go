package value

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// InvalidForcedNodes is the summary of what is wrong with forced nodes.
const InvalidForcedNodes = "Invalid forced nodes"

// forcedDocument is the JSON form of the attribute forced_nodes as far as it is
// known: unknown members and elements are left out, and known is false then. A
// member that is null counts as left out, and all as false where it is left out.
func forcedDocument(v attr.Value) (doc any, known bool) {
	members, isObject, known := MembersOf(v)
	if !isObject {
		return JsonOf(v)
	}
	out := map[string]any{"all": false}
	for name, m := range members {
		var value any
		var ok bool
		switch name {
		case "nodes":
			value, ok = knownElements(m)
		case "sub_recipes":
			value, ok = forcedSubRecipes(m)
		default:
			value, ok = JsonOf(m)
		}
		known = known && ok
		if value != nil {
			out[name] = value
		}
	}
	return out, known
}

func forcedSubRecipes(v attr.Value) (doc any, known bool) {
	members, isObject, known := MembersOf(v)
	if !isObject {
		return JsonOf(v)
	}
	out := map[string]any{}
	for name, m := range members {
		inside, ok := forcedDocument(m)
		known = known && ok
		if inside != nil {
			out[name] = inside
		}
	}
	return out, known
}

// knownElements is JsonOf for a list, a set or a tuple, without what is unknown.
func knownElements(v attr.Value) (doc any, known bool) {
	elements, isSequence := Tree(v).([]any)
	if !isSequence {
		return JsonOf(v)
	}
	known = document.Known(elements)
	return document.WithoutUnknown(elements), known
}

// ParseForced reads the attribute forced_nodes; null forces nothing. It is complete
// if all of it is known.
func ParseForced(v types.Dynamic) (f recipe.ForcedNodes, problems recipe.Problems, complete bool) {
	doc, complete := forcedDocument(v)
	if doc == nil {
		return f, nil, complete
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return f, recipe.Problems{{Code: recipe.InvalidForcedNodes, Message: err.Error()}}, complete
	}
	f, problems = recipe.ParseForcedNodes(raw)
	return f, append(problems, contradictions(doc, nil)...), complete
}

// contradictions finds what stands beside all = true, which the JSON form allows
// and forgets.
func contradictions(doc any, at recipe.Path) recipe.Problems {
	members, ok := doc.(map[string]any)
	if !ok {
		return nil
	}
	var out recipe.Problems
	all, _ := members["all"].(bool)
	for _, name := range []string{"nodes", "sub_recipes"} {
		if value, given := members[name]; all && given && !isEmpty(value) {
			out = append(out, recipe.Problem{Path: at.At(name), Code: recipe.InvalidForcedNodes, Message: fmt.Sprintf(
				"all = true forces every node, also inside of sub-recipes, so that %s says nothing; keep one of them", name)})
		}
	}
	subs, _ := members["sub_recipes"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(subs)) {
		out = append(out, contradictions(subs[name], at.At("sub_recipes", name))...)
	}
	return out
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}

// ValidateForced reports what is wrong with the known parts of forced_nodes.
func ValidateForced(v types.Dynamic, diags *diag.Diagnostics) {
	_, problems, _ := ParseForced(v)
	AddForcedProblems(diags, problems)
}

// AddForcedProblems reports problems at forced_nodes, with the place inside of it.
func AddForcedProblems(diags *diag.Diagnostics, problems recipe.Problems) {
	at := path.Root("forced_nodes")
	for _, p := range problems {
		detail := ForcedDetail(p)
		if p.Warning {
			diags.AddAttributeWarning(at, "Doubtful forced nodes", detail)
		} else {
			diags.AddAttributeError(at, InvalidForcedNodes, detail)
		}
	}
}

// ForcedDetail is a problem with its place within forced_nodes.
func ForcedDetail(p recipe.Problem) string {
	message := strings.TrimPrefix(p.Text(), "forced nodes document: ")
	return fmt.Sprintf("%s: %s (%s)", forcedPlace(p), message, p.Code)
}

// forcedPlace is where a problem is, as its author has written it:
// forced_nodes.sub_recipes.detect.nodes.
func forcedPlace(p recipe.Problem) string {
	at := p.Path
	for i := 0; i < len(at); i += 2 { // sub_recipes, name, sub_recipes, name, nodes, …
		if at[i] == "nodes" {
			at = at[:i+1] // the name or the position after it is in the message
		}
	}
	return strings.Join(append([]string{"forced_nodes"}, at...), ".")
}

// SameForced tells whether two values, both known, force the same.
func SameForced(a, b types.Dynamic) bool {
	if a.Equal(b) {
		return true
	}
	x, badX, completeX := ParseForced(a)
	y, badY, completeY := ParseForced(b)
	return completeX && completeY && len(badX)+len(badY) == 0 && equalForced(x, y)
}

// equalForced compares by what is forced: the order of nodes does not count, and a
// node with an entry in sub_recipes need not be in nodes, too.
func equalForced(a, b recipe.ForcedNodes) bool {
	if a.All || b.All {
		return a.All == b.All
	}
	forces := func(f, other recipe.ForcedNodes) bool {
		return !slices.ContainsFunc(f.Nodes, func(name string) bool { return !other.Forces(name) })
	}
	return forces(a, b) && forces(b, a) && maps.EqualFunc(a.SubRecipes, b.SubRecipes, equalForced)
}

// ForcesNothing tells whether f is the same as no forced nodes.
func ForcesNothing(f recipe.ForcedNodes) bool {
	return !f.All && len(f.Nodes)+len(f.SubRecipes) == 0
}
