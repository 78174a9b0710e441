package recipe

import (
	"fmt"
	"strings"
)

// Recursion looks for a recipe type inside of its own sub-recipes, which would
// never end (contract 2.2, stage 11). d is the definition that the type with that
// name is to get; current has the current definition of every type below it, by
// name: each sub-recipe stands for the current definition of its type, whatever
// revision it names. Types that are absent or nil are skipped. There is one
// RECURSIVE_SUBRECIPES for each node of d that leads back, in topological order.
func Recursion(name string, d *Definition, current map[string]*Definition) Problems {
	var found findings
	w := recursion{name: name, current: current, ways: map[string][]string{}}
	for rank, node := range topological(d) {
		ref := d.Nodes[node].Recipe
		if ref == nil {
			continue
		}
		way, in := []string(nil), name
		if ref.Name != name {
			if way = w.from(ref.Name); way == nil {
				continue
			}
			in = way[len(way)-1]
		}
		chain := strings.Join(append(append([]string{name}, way...), name), " -> ")
		found = append(found, finding{rank: rank, Problem: Problem{
			Path: Path{"nodes", node, "node_type"}, Code: RecursiveSubrecipes,
			Message: fmt.Sprintf("Recipe type %s cannot contain itself: it was found in %s, by way of node '%s' (%s); "+
				"remove the node or let it run another recipe type", name, in, node, chain),
		}})
	}
	return found.problems()
}

type recursion struct {
	name    string
	current map[string]*Definition
	ways    map[string][]string // for each type that was visited the types on the way to name, from it on; nil: no way
}

// from gives the types on the way from one type to the last before name.
func (w *recursion) from(recipeType string) []string {
	if way, visited := w.ways[recipeType]; visited {
		return way
	}
	w.ways[recipeType] = nil // ends loops among other types
	d := w.current[recipeType]
	if d == nil {
		return nil
	}
	for _, node := range topological(d) {
		ref := d.Nodes[node].Recipe
		if ref == nil {
			continue
		}
		if ref.Name == w.name {
			w.ways[recipeType] = []string{recipeType}
			break
		}
		if rest := w.from(ref.Name); rest != nil {
			w.ways[recipeType] = append([]string{recipeType}, rest...)
			break
		}
	}
	return w.ways[recipeType]
}
