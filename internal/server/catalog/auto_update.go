package catalog

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// newest is the revisions that types have just got.
type newest struct {
	spare   bool // see JobTypeEdit
	jobs    map[jobName]int
	recipes map[string]int
}

type jobName struct{ name, version string }

// raise makes every node of d that runs an older revision of one of them run the
// newest. It reports whether there was any.
func (n newest) raise(d *recipe.Definition) bool {
	raised := false
	for name, node := range d.Nodes {
		switch {
		case node.Job != nil:
			if num := n.jobs[jobName{node.Job.Name, node.Job.Version}]; n.raises(node.Job.Revision, num) {
				ref := *node.Job
				ref.Revision, node.Job = num, &ref
				d.Nodes[name], raised = node, true
			}
		case node.Recipe != nil:
			if num := n.recipes[node.Recipe.Name]; n.raises(node.Recipe.Revision, num) {
				node.Recipe = &recipe.RecipeRef{Name: node.Recipe.Name, Revision: num}
				d.Nodes[name], raised = node, true
			}
		}
	}
	return raised
}

// raises tells whether a node moves from one revision to the newest one.
func (n newest) raises(from, to int) bool {
	if n.spare {
		return to == from+1 // who runs an older one has chosen it
	}
	return to > from
}

// autoUpdate gives new revisions to the types that use what has a new one, and to all
// that contain them in turn: each at most one, after those that it contains. Types
// that would not be valid with it stay as they are (contract 1.1, 1.3). The caller
// keeps other edits of recipe types out.
func (c *Catalog) autoUpdate(ctx context.Context, tx *store.Tx, users []store.RecipeType, n newest) error {
	order, err := containing(ctx, tx, users)
	if err != nil {
		return err
	}
	for _, rt := range order {
		if n.spare {
			kept, err := isKept(ctx, tx, rt)
			if err != nil {
				return err
			}
			if kept {
				continue
			}
		}
		d, ps := recipe.Parse(rt.Definition)
		if err := ps.Err(); err != nil {
			return err
		}
		if !n.raise(d) {
			continue
		}
		t, err := c.types(ctx, tx.Q, d)
		if err != nil {
			return err
		}
		large, err := c.checkExpansion(ctx, tx.Q, d, t)
		if err != nil {
			return err
		}
		if err := slices.Concat(recipe.Validate(d, t.Catalog), large).Err(); err != nil {
			c.Log.InfoContext(ctx, "recipe type is not updated to new revisions, as it would not be valid",
				slog.String("recipe_type", rt.Name), slog.Any("error", err))
			continue
		}
		if rt.Definition, err = usecase.Encode(d); err != nil {
			return err
		}
		rt.RevisionNum++
		rt.LastModified = c.NowAfter(rt.LastModified)
		if err := tx.Update(ctx, &rt); err != nil {
			return err
		}
		if err := c.storeRevision(ctx, tx, rt, d, t); err != nil {
			return err
		}
		n.recipes[rt.Name] = rt.RevisionNum
	}
	return nil
}

// isKept tells whether a state of Terraform has the type: its configuration says which revisions
// it runs.
func isKept(ctx context.Context, tx *store.Tx, rt store.RecipeType) (bool, error) {
	row, err := tx.Origin(ctx, usecase.MadeRecipeType, rt.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return row.Claimed != nil, err
}

// containing is the types and all that contain them, each after those that it
// contains. No type contains itself.
func containing(ctx context.Context, tx *store.Tx, types []store.RecipeType) ([]store.RecipeType, error) {
	var order []store.RecipeType
	seen := map[int64]bool{}
	var visit func(types []store.RecipeType) error
	visit = func(types []store.RecipeType) error {
		for _, rt := range types {
			if seen[rt.ID] {
				continue
			}
			seen[rt.ID] = true
			supers, err := tx.SuperRecipeTypes(ctx, rt.ID)
			if err != nil {
				return err
			}
			if err := visit(supers); err != nil {
				return err
			}
			order = append(order, rt)
		}
		return nil
	}
	err := visit(types)
	slices.Reverse(order)
	return order, err
}
