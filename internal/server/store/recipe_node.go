package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// NodeRow is a node of a recipe with the one thing that it stands for.
type NodeRow struct {
	RecipeNode
	Job       *Job
	SubRecipe *Recipe
	Condition *Condition
}

// RecipeNodes is the created nodes of a recipe, by name.
func (q Q) RecipeNodes(ctx context.Context, recipeID int64) ([]RecipeNode, error) {
	var rows []RecipeNode
	s := q.selects(&rows).Where("rn.recipe_id = ?", recipeID).OrderExpr(q.bytewise("rn.node_name"))
	return all(ctx, q, s, &rows)
}

// RecipeNodesFull is the created nodes of a recipe with their jobs, sub-recipes and
// conditions, by name. Outside of a transaction a node may be newer than the others.
func (q Q) RecipeNodesFull(ctx context.Context, recipeID int64) ([]NodeRow, error) {
	nodes, err := q.RecipeNodes(ctx, recipeID)
	if err != nil {
		return nil, err
	}
	var jobIDs, recipeIDs, conditionIDs []int64
	for _, n := range nodes {
		switch {
		case n.JobID != nil:
			jobIDs = append(jobIDs, *n.JobID)
		case n.SubRecipeID != nil:
			recipeIDs = append(recipeIDs, *n.SubRecipeID)
		case n.ConditionID != nil:
			conditionIDs = append(conditionIDs, *n.ConditionID)
		}
	}
	jobs, err := q.JobsByID(ctx, jobIDs)
	if err != nil {
		return nil, err
	}
	recipes, err := q.RecipesByID(ctx, recipeIDs)
	if err != nil {
		return nil, err
	}
	conditions, err := mapByID(ctx, q, conditionIDs, func(c *Condition) int64 { return c.ID })
	if err != nil {
		return nil, err
	}
	rows := make([]NodeRow, 0, len(nodes))
	for _, n := range nodes {
		row := NodeRow{RecipeNode: n}
		row.Job = lookUp(jobs, n.JobID)
		row.SubRecipe = lookUp(recipes, n.SubRecipeID)
		row.Condition = lookUp(conditions, n.ConditionID)
		rows = append(rows, row)
	}
	return rows, nil
}

// lookUp is rows[*id], nil without an id or a row.
func lookUp[T any](rows map[int64]T, id *int64) *T {
	if id == nil {
		return nil
	}
	row, ok := rows[*id]
	if !ok {
		return nil
	}
	return &row
}

// RecipesOfJob is the ids of the recipes with a node that stands for the job, ascending:
// more than one after a reprocess that copied the node.
func (q Q) RecipesOfJob(ctx context.Context, jobID int64) ([]int64, error) {
	return q.recipesOf(ctx, "job_id", jobID)
}

// RecipesOfJobs is the ids of the recipes with a node that stands for any of the jobs, ascending.
func (q Q) RecipesOfJobs(ctx context.Context, jobIDs []int64) ([]int64, error) {
	if len(jobIDs) == 0 {
		return nil, nil
	}
	var ids []int64
	err := q.scan(ctx, &ids, "SELECT DISTINCT recipe_id FROM recipe_nodes WHERE job_id IN (?) ORDER BY recipe_id",
		bun.List(jobIDs))
	if err != nil {
		return nil, fmt.Errorf("reading the recipes of %d jobs: %w", len(jobIDs), err)
	}
	return ids, nil
}

// RecipesOfSubRecipe is the ids of the recipes with a node that stands for the recipe, ascending.
func (q Q) RecipesOfSubRecipe(ctx context.Context, recipeID int64) ([]int64, error) {
	return q.recipesOf(ctx, "sub_recipe_id", recipeID)
}

func (q Q) recipesOf(ctx context.Context, column string, id int64) ([]int64, error) {
	var ids []int64
	err := q.scan(ctx, &ids, "SELECT DISTINCT recipe_id FROM recipe_nodes WHERE "+column+" = ? ORDER BY recipe_id", id)
	if err != nil {
		return nil, fmt.Errorf("reading the recipes with %s %d: %w", column, id, err)
	}
	return ids, nil
}
