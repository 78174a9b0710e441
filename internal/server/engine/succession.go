package engine

import (
	"context"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// predecessor is the recipe that a recipe superseded, seen from its successor. Nil
// is the predecessor of a recipe that superseded none.
type predecessor struct {
	nodes map[string]store.RecipeNode
	diff  *recipe.Diff
}

func (p *predecessor) node(name string) store.RecipeNode {
	if p == nil {
		return store.RecipeNode{}
	}
	return p.nodes[name]
}

// forcedIn is what is forced inside of a new sub-recipe.
func forcedIn(d *recipe.Diff, name string) recipe.ForcedNodes {
	if !d.CanBeReprocessed {
		return recipe.ForcedNodes{All: true} // nothing could be taken over
	}
	return d.ForcedIn(name)
}

// compare says what changes from a recipe to its successor.
func (e *Engine) compare(ctx context.Context, tx *store.Tx, old *store.Recipe, next *recipe.Definition, forced recipe.ForcedNodes) (*recipe.Diff, error) {
	prev, err := e.catalog.RevisionOf(ctx, tx.Q, *old)
	if err != nil {
		return nil, err
	}
	return recipe.Compare(prev.Definition, next, &forced), nil
}

func (a *advancer) predecessor(ctx context.Context, r *store.Recipe, rev *catalog.RecipeRevision) (*predecessor, error) {
	if r.SupersededRecipeID == nil {
		return nil, nil //nolint:nilnil // most recipes have none
	}
	if p, ok := a.before[r.ID]; ok {
		return p, nil
	}
	old, err := a.tx.Recipe(ctx, *r.SupersededRecipeID)
	if err != nil {
		return nil, err
	}
	forced, err := decodeForcedNodes(r.ForcedNodes)
	if err != nil {
		return nil, err
	}
	p := &predecessor{nodes: map[string]store.RecipeNode{}}
	if p.diff, err = a.engine.compare(ctx, a.tx, &old, rev.Definition, forced); err != nil {
		return nil, err
	}
	rows, err := a.tx.RecipeNodes(ctx, old.ID)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		p.nodes[row.NodeName] = row
	}
	if a.before == nil {
		a.before = map[int64]*predecessor{}
	}
	a.before[r.ID] = p
	return p, nil
}

// succeed makes a new sub-recipe the successor of the one that the node had before,
// and finds the nodes that it takes over.
func (a *advancer) succeed(ctx context.Context, before *predecessor, n *node) error {
	id := before.node(n.name).SubRecipeID
	if id == nil {
		return nil
	}
	old, err := a.tx.Recipe(ctx, *id)
	if err != nil {
		return err
	}
	forced := forcedIn(before.diff, n.name)
	n.sub.SupersededRecipeID, n.sub.ChainRootID = &old.ID, old.ChainRootID
	if n.sub.ForcedNodes, err = usecase.Encode(forced); err != nil {
		return err
	}
	rev, err := a.engine.catalog.RecipeRevision(ctx, a.tx.Q, n.sub.RecipeTypeRevID)
	if err != nil {
		return err
	}
	diff, err := a.engine.compare(ctx, a.tx, &old, rev.Definition, forced)
	if err != nil {
		return err
	}
	n.copied, err = nodesNamed(ctx, a.tx, old.ID, diff.Copy())
	return err
}

// takeOver makes nodes of a superseded recipe nodes of its successor too: they
// stand for the same jobs, sub-recipes and conditions.
func (a *advancer) takeOver(ctx context.Context, r *store.Recipe, nodes []store.RecipeNode) error {
	if len(nodes) == 0 {
		return nil
	}
	rows := slices.Clone(nodes)
	for i := range rows {
		rows[i].ID, rows[i].RecipeID, rows[i].IsOriginal = 0, r.ID, false
	}
	if err := a.tx.Insert(ctx, &rows); err != nil {
		return err
	}
	loaded, err := a.load(ctx, r.ID)
	if err != nil {
		return err
	}
	r.Counts = count(loaded)
	return a.tx.Update(ctx, r)
}

// nodesNamed is the created nodes of a recipe that have one of the sorted names.
func nodesNamed(ctx context.Context, tx *store.Tx, recipeID int64, names []string) ([]store.RecipeNode, error) {
	if len(names) == 0 {
		return nil, nil
	}
	rows, err := tx.RecipeNodes(ctx, recipeID)
	return slices.DeleteFunc(rows, func(row store.RecipeNode) bool {
		return !contains(names, row.NodeName)
	}), err
}

// contains looks a name up in sorted ones.
func contains(names []string, name string) bool {
	_, ok := slices.BinarySearch(names, name)
	return ok
}
