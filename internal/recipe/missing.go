package recipe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// jobMissing is the problem of a node whose job type does not exist. It offers
// what the catalog knows to exist: other revisions, other versions, another name.
func jobMissing(node string, ref JobRef, c Catalog) Problem {
	var names, versions []string
	var revisions []int
	for other, known := range c.Jobs {
		switch {
		case known == nil:
		case other.Name != ref.Name:
			names = append(names, other.Name)
		case other.Version != ref.Version:
			versions = append(versions, other.Version)
		default:
			revisions = append(revisions, other.Revision)
		}
	}
	hint := DidYouMean(ref.Name, names)
	if len(revisions) > 0 {
		hint = knownRevisions(revisions)
	} else if len(versions) > 0 {
		slices.Sort(versions)
		hint = "; known: version " + strings.Join(slices.Compact(versions), ", ")
	}
	return Problem{Path: Path{"nodes", node, "node_type"}, Code: JobTypeDoesNotExist,
		Message: fmt.Sprintf("Node '%s': job type %s does not exist%s", node, ref, hint)}
}

// recipeMissing is jobMissing for recipe types.
func recipeMissing(node string, ref RecipeRef, c Catalog) Problem {
	var names []string
	var revisions []int
	for other, known := range c.Recipes {
		switch {
		case known == nil:
		case other.Name != ref.Name:
			names = append(names, other.Name)
		default:
			revisions = append(revisions, other.Revision)
		}
	}
	hint := DidYouMean(ref.Name, names)
	if len(revisions) > 0 {
		hint = knownRevisions(revisions)
	}
	return Problem{Path: Path{"nodes", node, "node_type"}, Code: RecipeTypeDoesNotExist,
		Message: fmt.Sprintf("Node '%s': recipe type %s does not exist%s", node, ref, hint)}
}

func knownRevisions(revisions []int) string {
	slices.Sort(revisions)
	var words []string
	for _, r := range slices.Compact(revisions) {
		words = append(words, strconv.Itoa(r))
	}
	return "; known: revision " + strings.Join(words, ", ")
}
