package view

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// recipeRelated is what the views of some recipes need besides their rows.
type recipeRelated struct {
	recipes   map[int64]store.Recipe // themselves, those that contain them, those that they superseded
	types     map[int64]store.RecipeType
	revisions map[int64]store.RecipeTypeRevision
	events    map[int64]store.Event
	batches   map[int64]store.Batch
}

// recipesRelated looks everything up with one query for each kind of thing.
func (s Views) recipesRelated(ctx context.Context, rows ...store.Recipe) (recipeRelated, error) {
	rel := recipeRelated{recipes: map[int64]store.Recipe{}}
	others := IDSet{}
	for _, row := range rows {
		rel.recipes[row.ID] = row
		others.Add(row.ParentID, row.SupersededRecipeID)
	}
	maps.DeleteFunc(others, func(id int64, _ bool) bool { _, known := rel.recipes[id]; return known })
	found, err := s.store.RecipesByID(ctx, others.List())
	if err != nil {
		return rel, err
	}
	maps.Copy(rel.recipes, found)

	types, revisions, events, batches := IDSet{}, IDSet{}, IDSet{}, IDSet{}
	for _, row := range rel.recipes {
		batches.Add(row.BatchID)
		types.Add(&row.RecipeTypeID)
		revisions.Add(&row.RecipeTypeRevID)
		events.Add(&row.EventID, row.IngestEventID)
	}
	if rel.types, err = s.store.RecipeTypesByID(ctx, types.List()); err != nil {
		return rel, err
	}
	if rel.revisions, err = s.store.RecipeTypeRevisionsByID(ctx, revisions.List()); err != nil {
		return rel, err
	}
	if rel.batches, err = s.store.BatchesByID(ctx, batches.List()); err != nil {
		return rel, err
	}
	rel.events, err = s.store.EventsByID(ctx, events.List())
	return rel, err
}

// base is the short form of a recipe; nil without an id.
func (rel recipeRelated) base(id *int64) *api.RecipeBase {
	if id == nil {
		return nil
	}
	row, known := rel.recipes[*id]
	if !known {
		return nil
	}
	return &api.RecipeBase{ID: row.ID, RecipeType: RecipeTypeBase(rel.types[row.RecipeTypeID]),
		RecipeTypeRev: api.Ref{ID: row.RecipeTypeRevID}, Event: &api.Ref{ID: row.EventID}}
}

func (rel recipeRelated) common(row store.Recipe, detail bool) api.RecipeCommon {
	return api.RecipeCommon{
		ID: row.ID, RecipeType: RecipeTypeBase(rel.types[row.RecipeTypeID]), Event: Event(rel.events[row.EventID], detail),
		Batch: batchBase(rel.batches, row.BatchID), IngestEvent: rel.ingestEvent(&row, detail),
		Recipe: rel.base(row.ParentID), IsSuperseded: row.IsSuperseded, InputFileSize: row.InputFileSize,
		Sources: Sources(row.Sources), RecipeCounts: Counts(row), IsCompleted: row.IsCompleted,
		Created: Time(row.Created), Completed: TimePtr(row.Completed), Superseded: TimePtr(row.Superseded),
		LastModified: Time(row.LastModified), Simulated: row.Simulated,
	}
}

// ingestEvent is that of the file that a recipe was made for when it arrived.
func (rel recipeRelated) ingestEvent(row *store.Recipe, detail bool) *api.Event {
	if row.IngestEventID == nil {
		return nil
	}
	return Event(rel.events[*row.IngestEventID], detail)
}

// RecipeList is recipes as a list has them.
func (s Views) RecipeList(ctx context.Context, rows []store.Recipe) ([]api.Recipe, error) {
	rel, err := s.recipesRelated(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := make([]api.Recipe, len(rows))
	for i, row := range rows {
		out[i] = api.Recipe{RecipeCommon: rel.common(row, false), RecipeTypeRev: RecipeTypeRevRef(rel.revisions[row.RecipeTypeRevID]),
			SupersededRecipe: Ref(row.SupersededRecipeID)}
	}
	return out, nil
}

// RecipeDetail is one recipe with its nodes, its data, and its configuration without secrets.
func (s Views) RecipeDetail(ctx context.Context, row store.Recipe) (api.RecipeDetail, error) {
	var out api.RecipeDetail
	newer, err := s.store.SupersededBy(ctx, row.ID)
	if err != nil {
		return out, err
	}
	rows := []store.Recipe{row}
	if newer != nil {
		rows = append(rows, *newer)
	}
	rel, err := s.recipesRelated(ctx, rows...)
	if err != nil {
		return out, err
	}
	used, err := s.usesOf(ctx, []int64{row.RecipeTypeID})
	if err != nil {
		return out, err
	}
	revision := rel.revisions[row.RecipeTypeRevID]
	instance, err := s.recipeInstance(ctx, row, revision)
	if err != nil {
		return out, err
	}
	secret, err := s.orders.SecretSettings(ctx, revision.ID)
	if err != nil {
		return out, err
	}
	out = api.RecipeDetail{
		RecipeCommon:     rel.common(row, true),
		RecipeTypeRev:    RecipeTypeRevisionDetail(rel.types[row.RecipeTypeID], revision),
		SupersededRecipe: rel.base(row.SupersededRecipeID),
		Input:            Data(row.Input),
		Details:          instance,
		JobTypes:         []api.JobTypeBase{},
		SubRecipeTypes:   []api.RecipeTypeBase{},
		Configuration:    s.Configuration(row.Configuration, secret),
		RootRecipe:       api.Ref{ID: row.ChainRootID},
	}
	if newer != nil {
		out.SupersededByRecipe = rel.base(&newer.ID)
	}
	for _, t := range used[row.RecipeTypeID].jobTypes {
		out.JobTypes = append(out.JobTypes, JobTypeBase(t))
	}
	for _, t := range used[row.RecipeTypeID].recipeTypes {
		out.SubRecipeTypes = append(out.SubRecipeTypes, RecipeTypeBase(t))
	}
	return out, nil
}

// recipeInstance is the nodes that exist.
func (s Views) recipeInstance(ctx context.Context, row store.Recipe, revision store.RecipeTypeRevision) (api.RecipeInstance, error) {
	out := api.RecipeInstance{Nodes: map[string]api.NodeInstance{}}
	var definition recipe.Definition
	if err := json.Unmarshal(revision.Definition, &definition); err != nil {
		return out, fmt.Errorf("reading definition of recipe type revision %d: %w", revision.ID, err)
	}
	nodes, err := s.store.RecipeNodesFull(ctx, row.ID)
	if err != nil {
		return out, err
	}
	for _, n := range nodes {
		out.Nodes[n.NodeName] = Node(n, definition.Nodes[n.NodeName])
	}
	return out, nil
}

// Node is the seed's "Recipe Instance JSON" of one node.
func Node(n store.NodeRow, def recipe.Node) api.NodeInstance {
	out := api.NodeInstance{Dependencies: []api.NodeDependency{}}
	for _, name := range slices.Sorted(maps.Keys(def.Dependencies)) {
		out.Dependencies = append(out.Dependencies, api.NodeDependency{Name: name})
	}
	switch {
	case n.Job != nil:
		node := &api.JobNode{JobID: n.Job.ID, Status: n.Job.Status}
		if def.Job != nil {
			node.JobTypeName, node.JobTypeVersion, node.JobTypeRevision = def.Job.Name, def.Job.Version, def.Job.Revision
		}
		out.NodeType = api.NodeTypeInstance{NodeType: string(recipe.JobNode), JobNode: node}
	case n.SubRecipe != nil:
		node := &api.RecipeNode{RecipeID: n.SubRecipe.ID, IsCompleted: n.SubRecipe.IsCompleted,
			RecipeCounts: Counts(*n.SubRecipe)}
		if def.Recipe != nil {
			node.RecipeTypeName, node.RecipeTypeRevision = def.Recipe.Name, def.Recipe.Revision
		}
		out.NodeType = api.NodeTypeInstance{NodeType: string(recipe.RecipeNode), RecipeNode: node}
	case n.Condition != nil:
		out.NodeType = api.NodeTypeInstance{NodeType: string(recipe.ConditionNode), ConditionNode: &api.ConditionNode{
			ConditionID: n.Condition.ID, IsProcessed: n.Condition.IsProcessed, IsAccepted: n.Condition.IsAccepted}}
	}
	return out
}

// Counts is how many jobs of a recipe are in which state.
func Counts(r store.Recipe) api.RecipeCounts {
	c := r.Counts
	return api.RecipeCounts{
		JobCounts: api.JobCounts{JobsTotal: c.JobsTotal, JobsPending: c.JobsPending, JobsBlocked: c.JobsBlocked,
			JobsQueued: c.JobsQueued, JobsRunning: c.JobsRunning, JobsFailed: c.JobsFailed,
			JobsCompleted: c.JobsCompleted, JobsCanceled: c.JobsCanceled},
		SubRecipesTotal: c.SubRecipesTotal, SubRecipesCompleted: c.SubRecipesCompleted, IsBlocked: r.IsBlocked,
	}
}
