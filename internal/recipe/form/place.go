package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// place is where in the object form is what has the path p in the JSON form.
func (d *Draft) place(p recipe.Path) recipe.Path {
	switch {
	case len(p) == 0:
		return nil
	case p[0] == "input":
		return d.placeInInterface(recipe.Path{"input"}, p[:1], p[1:])
	case p[0] != "nodes" || len(p) < 3:
		return p[:min(len(p), 2)]
	}
	at, rest := p[:2], p[3:]
	switch p[2] {
	case "dependencies":
		return at.At("dependencies").At(rest[:min(len(rest), 1)]...)
	case "input":
		at = at.At("input").At(rest[:min(len(rest), 1)]...)
		if len(rest) > 1 {
			switch rest[1] {
			case "input":
				return at.At("recipe_input")
			case "node", "output", "value":
				return at.At(rest[1])
			}
		}
		return at
	case "allow_failure", "any", "finally", "timeout":
		return at.At(p[2])
	case "retry":
		return at.At("retry").At(rest[:min(len(rest), 1)]...)
	default:
		return d.placeInNodeType(at, p, rest)
	}
}

func (d *Draft) placeInNodeType(at, p, rest recipe.Path) recipe.Path {
	kind := d.kinds[p[1]]
	if kind == "" {
		return at
	}
	at = at.At(kind)
	if len(rest) == 0 {
		return at
	}
	switch member := rest[0]; member {
	case "interface":
		return d.placeInInterface(at.At("interface"), p[:4], rest[1:])
	case "data_filter":
		return at.At(rest...)
	default:
		for _, prefix := range []string{"job_type_", "recipe_type_"} {
			if name, ok := strings.CutPrefix(member, prefix); ok {
				return at.At(name)
			}
		}
		return at
	}
}

// placeInInterface continues at, the place of the interface that the JSON form has at doc.
func (d *Draft) placeInInterface(at, doc, rest recipe.Path) recipe.Path {
	if len(rest) == 0 || rest[0] != "files" && rest[0] != "json" {
		return at
	}
	names := d.names[doc.At(rest[0]).String()]
	at = at.At(rest[0])
	if len(rest) < 2 {
		return at
	}
	name := rest[1]
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(names) && !slices.Contains(names, name) {
		name = names[i]
	}
	at = at.At(name)
	if len(rest) > 2 && rest[2] != "name" { // the name is the key
		at = at.At(rest[2:min(len(rest), 4)]...)
	}
	return at
}
