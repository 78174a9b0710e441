package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// RecipeQuery filters recipes (contract 1.2); zero members don't, values of one
// member are ORed.
type RecipeQuery struct {
	Started, Ended time.Time // of last_modified
	SourceQuery
	RecipeIDs, RecipeTypeIDs  []int64
	RecipeTypeNames           []string
	BatchIDs, RootRecipeIDs   []int64
	IsSuperseded, IsCompleted *bool
	Order                     []string // default: last_modified
	Limit                     int      // 0: all
}

// InputFileQuery filters the input files of a recipe (contract 1.2); zero members don't.
type InputFileQuery struct {
	Started, Ended time.Time
	TimeField      string // of Started and Ended: source, data or last_modified (default)
	FileName       string // exact
	RecipeInput    string
	Limit          int // 0: all
}

// Recipes lists recipes, sub-recipes among them.
func (c *Client) Recipes(ctx context.Context, q RecipeQuery) ([]api.Recipe, error) {
	return collect(c.EachRecipe(ctx, q))
}

// EachRecipe is Recipes, page by page as they are used up.
func (c *Client) EachRecipe(ctx context.Context, q RecipeQuery) iter.Seq2[api.Recipe, error] {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	q.SourceQuery.add(p)
	p.ints("recipe_id", q.RecipeIDs)
	p.ints("recipe_type_id", q.RecipeTypeIDs)
	p.strs("recipe_type_name", q.RecipeTypeNames)
	p.ints("batch_id", q.BatchIDs)
	p.ints("root_recipe_id", q.RootRecipeIDs)
	p.flag("is_superseded", q.IsSuperseded)
	p.flag("is_completed", q.IsCompleted)
	p.strs("order", q.Order)
	return each[api.Recipe](ctx, c, v6("recipes"), url.Values(p), q.Limit)
}

// Recipe returns one recipe with its nodes.
func (c *Client) Recipe(ctx context.Context, id int64) (api.RecipeDetail, error) {
	return get[api.RecipeDetail](ctx, c, v6("recipes", id), nil)
}

// CreateRecipe queues a recipe.
func (c *Client) CreateRecipe(ctx context.Context, r api.RecipeCreate) (api.Recipe, error) {
	v, h, err := sendFor[api.Recipe](ctx, c, create(v6("recipes"), r))
	v.TakenOver = h.taken
	return v, err
}

// ReprocessRecipe supersedes a recipe by a new one, which it returns.
func (c *Client) ReprocessRecipe(ctx context.Context, id int64, r api.RecipeReprocess) (api.Recipe, error) {
	v, _, err := send[api.Recipe](ctx, c, create(v6("recipes", id, "reprocess"), r))
	return v, err
}

// RecipeInputFiles lists the input files of a recipe; of an unknown recipe: none.
func (c *Client) RecipeInputFiles(ctx context.Context, id int64, q InputFileQuery) ([]api.File, error) {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.str("time_field", q.TimeField)
	p.str("file_name", q.FileName)
	p.str("recipe_input", q.RecipeInput)
	return list[api.File](ctx, c, v6("recipes", id, "input_files"), url.Values(p), q.Limit)
}

// UnfinishedRecipes lists d and its sub-recipes at any depth that are not completed.
func (c *Client) UnfinishedRecipes(ctx context.Context, d api.RecipeDetail) ([]int64, error) {
	ids := []int64{d.ID}
	for _, n := range d.Details.Nodes {
		sub := n.NodeType.RecipeNode
		if sub == nil || sub.IsCompleted {
			continue
		}
		inner, err := c.Recipe(ctx, sub.RecipeID)
		if err != nil {
			return nil, err
		}
		below, err := c.UnfinishedRecipes(ctx, inner)
		if err != nil {
			return nil, err
		}
		ids = append(ids, below...)
	}
	return ids, nil
}
