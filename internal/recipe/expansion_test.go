package recipe

import (
	"strings"
	"testing"
)

func TestExpansion(t *testing.T) {
	t.Parallel()
	d := &Definition{Nodes: map[string]Node{
		"a": {Job: &JobRef{"x", "1.0.0", 1}}, "b": {Recipe: &RecipeRef{"small", 1}}, "c": {Recipe: &RecipeRef{"large", 2}},
	}}
	sizes := map[RecipeRef]int64{{"small", 1}: 5, {"large", 2}: 7}
	if total, heaviest := d.Expansion(func(r RecipeRef) int64 { return sizes[r] }); total != 15 || heaviest != "c" {
		t.Errorf("Expansion = %d, %q; want 15, c", total, heaviest)
	}
	if total, _ := d.Expansion(func(RecipeRef) int64 { return maxExpansion }); total < 0 || total > maxExpansion {
		t.Errorf("an expansion beyond all measure is %d", total)
	}
	way := []Growth{{"c", "large", 7}, {"x", "small", 5}}
	if ps := CheckExpansion(15, 15, way); len(ps) > 0 {
		t.Errorf("as many as allowed: %v", ps)
	}
	if ps := CheckExpansion(15, 0, way); len(ps) > 0 {
		t.Errorf("without a limit: %v", ps)
	}
	ps := CheckExpansion(15, 14, way)
	if len(ps) != 1 || ps[0].Path.String() != "nodes.c" || !strings.Contains(ps[0].Message, "c (large, 7 nodes) -> x (small, 5 nodes)") {
		t.Errorf("one too many: %v", ps)
	}
	if ps := CheckExpansion(15, 14, nil); len(ps) != 1 || ps[0].Path.String() != "nodes" {
		t.Errorf("without sub-recipes: %v", ps)
	}
}
