package order

import (
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Tainted are the names of variables of several layers (Effective) that have something of
// a secret in them, sorted: the secrets themselves, whether they are given or not, and
// those that refer to one, or to another that does.
func Tainted(secrets []string, layers ...Variables) []string {
	merged := merge(layers)
	out := slices.Clone(secrets)
	for grows := true; grows; {
		grows = false
		for _, name := range sorted(merged) {
			if !slices.Contains(out, name) && refersTo(merged[name], out) {
				out, grows = append(out, name), true
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// refersTo tells whether there is a reference to one of those names in a value.
func refersTo(value any, names []string) bool {
	switch v := value.(type) {
	case string:
		for _, found := range expression.FindAllStringSubmatch(v, -1) {
			if m := reference.FindStringSubmatch(found[1]); m != nil {
				name, _, _ := strings.Cut(m[1], ".")
				if slices.Contains(names, name) {
					return true
				}
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return refersTo(item, names) })
	case map[string]any:
		for _, member := range v {
			if refersTo(member, names) {
				return true
			}
		}
	}
	return false
}

// SecretInputs refuses inputs that a secret would become: inputs are stored and shown as
// they are, also of every job that takes them. Paths are those of CheckData.
func (t Target) SecretInputs(effective Variables) recipe.Problems {
	var ps recipe.Problems
	for _, name := range sorted(t.Input.JSON) {
		if effective[name] != nil && slices.Contains(t.Secrets, name) {
			at := recipe.Path{"json", name}
			ps = append(ps, recipe.Problem{Path: at, Code: SecretInput, Message: at.String() + ": the variable '" + name +
				"' is made from a secret, and everybody can see inputs; let the job take it as a secret setting instead"})
		}
	}
	return ps
}

// HoldsText tells whether a value has something of its own to show: it is neither null nor a
// single reference to another variable.
func HoldsText(value any) bool {
	text, isText := value.(string)
	if !isText {
		return value != nil
	}
	found := expression.FindStringSubmatch(text)
	return found == nil || found[0] != text || !reference.MatchString(found[1])
}
