package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// What definitions have beyond v6: defaults of recipe inputs, constants of node inputs, digits
// in names of inputs, and nodes that allow failure, join any of several, or run finally.
// Documents that use none of it are what v6 has.

// constantText is a JSON value as text, the same for the same value.
func constantText(value any) string {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "null" // it came out of JSON
	}
	return string(bytes.TrimSpace(buf.Bytes()))
}

// constant is the value of such a text.
func constant(text string) any {
	value, err := decode([]byte(text))
	if err != nil {
		return nil // constantText wrote it
	}
	return value
}

// constantMisfit tells why a constant cannot be the input of a node; "" if it can.
func constantMisfit(target Interface, in, text string) string {
	value := constant(text)
	param, isJSON := target.JSON[in]
	switch {
	case !target.has(in), isJSON && param.Type.Fits(value):
		return ""
	case !isJSON:
		return fmt.Sprintf("input '%s' takes files, but the constant gives a JSON value (%s)", in, MismatchedParamType)
	}
	return fmt.Sprintf("input '%s' is of type %s, but the constant is %s (%s)", in, param.Type, Describe(value), MismatchedJSONType)
}

// optionalIf is i with nothing that others can rely on, as of a node that may have failed.
func (i Interface) optionalIf(mayBeMissing bool) Interface {
	if !mayBeMissing {
		return i
	}
	out := Interface{Files: maps.Clone(i.Files), JSON: maps.Clone(i.JSON)}
	for name, p := range out.Files {
		p.Required = false
		out.Files[name] = p
	}
	for name, p := range out.JSON {
		p.Required = false
		out.JSON[name] = p
	}
	return out
}

// checkShape reports members of a node that do not go with what it is.
func (n Node) checkShape(name string, at Path, found *findings) {
	bad := func(member, why string) {
		found.add(stageSchema, at.At(member), InvalidDefinition, "Node '%s': %s %s", name, member, why)
	}
	if n.AllowFailure && n.Condition != nil {
		bad("allow_failure", "is for jobs and sub-recipes; a condition does not fail")
	}
	if n.Any && n.Finally {
		bad("any", "does not go with finally, which waits for everything however it ends; keep one of them")
	}
	for member, is := range map[string]bool{"any": n.Any, "finally": n.Finally} {
		if is && len(n.Dependencies) == 0 {
			bad(member, "needs dependencies: there is nothing above the node to wait for")
		}
	}
}

// waitsFor says what a node waits for.
func (n Node) waitsFor() string {
	switch {
	case n.Finally:
		return "the end of everything above"
	case n.Any:
		return "any dependency"
	}
	return "all dependencies"
}

var v6Name = regexp.MustCompile(`^[a-zA-Z_-]+$`)

// BeyondV6 lists what of d no other backend of v6 understands, in the order of the document.
func (d *Definition) BeyondV6() Problems {
	var found findings
	add := func(at Path, what string) {
		found.add(0, at, InvalidDefinition, "%s: %s, which v6 does not have", at, what)
	}
	iface := func(i Interface, at Path) {
		for position, name := range slices.Sorted(maps.Keys(i.Files)) {
			if !v6Name.MatchString(name) {
				add(at.At("files", strconv.Itoa(position), "name"), "the name '"+name+"' has a digit")
			}
		}
		for position, name := range slices.Sorted(maps.Keys(i.JSON)) {
			if !v6Name.MatchString(name) {
				add(at.At("json", strconv.Itoa(position), "name"), "the name '"+name+"' has a digit")
			}
			if i.JSON[name].Default != "" {
				add(at.At("json", strconv.Itoa(position), "default"), "an input has a default")
			}
		}
	}
	iface(d.Input, Path{"input"})
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		n, at := d.Nodes[name], Path{"nodes", name}
		for _, member := range []struct {
			name string
			is   bool
		}{{"allow_failure", n.AllowFailure}, {"any", n.Any}, {"finally", n.Finally}, {"timeout", n.Timeout > 0}} {
			if member.is {
				add(at.At(member.name), "the node has "+member.name)
			}
		}
		for _, in := range slices.Sorted(maps.Keys(n.Input)) {
			if n.Input[in].Value != "" {
				add(at.At("input", in, "value"), "the input is a constant")
			}
		}
		if n.Condition != nil {
			iface(n.Condition.Interface, at.At("node_type", "interface"))
		}
	}
	return found.problems()
}
