package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// TooManyNodes says that a recipe would have more nodes than the backend takes.
const TooManyNodes Code = "TOO_MANY_NODES"

// maxExpansion is where counting ends: what is more is no different.
const maxExpansion = 1 << 40

// Expansion is how many nodes a recipe of d has with those of its sub-recipes, at all
// depths. Size is that of a sub-recipe's type. Heaviest is the node whose sub-recipe has the most,
// empty if there is none.
func (d *Definition) Expansion(size func(RecipeRef) int64) (total int64, heaviest string) {
	most := int64(-1)
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		total++
		if ref := d.Nodes[name].Recipe; ref != nil {
			n := size(*ref)
			if n > most {
				most, heaviest = n, name
			}
			total = min(total+n, maxExpansion)
		}
	}
	return total, heaviest
}

// Growth is a step on the way to where most nodes of an expansion are.
type Growth struct {
	Node string
	Type string // that the node runs
	Size int64  // of that type's expansion
}

// CheckExpansion holds the size of an expansion against what is allowed; most is 0 without
// a limit. Way leads to where it grows, from the definition on.
func CheckExpansion(total, most int64, way []Growth) Problems {
	if most == 0 || total <= most {
		return nil
	}
	p := Problem{Path: Path{"nodes"}, Code: TooManyNodes, Message: fmt.Sprintf(
		"A recipe of this type would have %d nodes with those of its sub-recipes, at most %d are allowed", total, most)}
	if len(way) > 0 {
		p.Path = Path{"nodes", way[0].Node}
		var steps []string
		for _, g := range way {
			steps = append(steps, fmt.Sprintf("%s (%s, %d nodes)", g.Node, g.Type, g.Size))
		}
		p.Message += "; most are at " + strings.Join(steps, " -> ")
	}
	return Problems{p}
}
