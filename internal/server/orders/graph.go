package orders

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// checkGraphs refuses, when files of a recipe are saved, graphs of variations that cannot be run. A recipe
// type that is still to come is looked at with the first order.
func (d *Desk) checkGraphs(ctx context.Context, tx *store.Tx, k store.Kitchen, edit KitchenRecipeEdit) error {
	if edit.Files[order.VariationsFile] == nil && edit.Files[order.DescriptionFile] == nil {
		return nil
	}
	r, err := readRecipe(ctx, tx.Q, k.ID, edit.Recipe)
	if _, refused := errors.AsType[*refusal.Error](err); refused {
		return nil // another file is broken, which its own edit mends
	}
	if err != nil || len(r.variations.Graphs) == 0 || r.description.RecipeType == "" {
		return err
	}
	rt, err := tx.RecipeTypeByName(ctx, r.description.RecipeType)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	revision, err := catalog.ActiveRevision(ctx, tx, rt, r.description.RecipeTypeRevision)
	if _, refused := errors.AsType[*refusal.Error](err); refused || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	rev, err := d.catalog.RecipeRevision(ctx, tx.Q, revision.ID)
	if err != nil {
		return err
	}
	return refusal.Of(refusal.Invalid, order.VariationsFile+": ", r.variations.CheckGraphs(rev.Definition))
}

// graphSetting is the member of an order's request that says which nodes run.
const graphSetting = "graph-setting"

// partOf are the nodes that an order runs, by its own graph or else by that of its variation; nil: all.
func partOf(o store.RecipeOrder, r kitchenRecipe, d *recipe.Definition) ([]string, error) {
	var settings map[string]json.RawMessage
	if usecase.Given(json.RawMessage(o.InputSettings)) {
		if err := json.Unmarshal(o.InputSettings, &settings); err != nil {
			return nil, refusal.Errorf(refusal.Invalid, "The order's settings have to be a JSON object")
		}
	}
	if raw := settings[graphSetting]; usecase.Given(raw) {
		graph, err := recipe.Decode(raw)
		if err != nil {
			return nil, refusal.Errorf(refusal.Invalid, "%s: the list %s", graphSetting, err)
		}
		names, _ := order.GraphNodes(graph)
		return names, refusal.Of(refusal.Invalid, graphSetting+": ", order.CheckGraph(graph, d))
	}
	if r.variations.List[o.Variation].GraphSetting == "" {
		return nil, nil
	}
	return r.variations.NodesOf(o.Variation), refusal.Of(refusal.Invalid, order.VariationsFile+": ", r.variations.CheckGraph(o.Variation, d))
}

// withGraph puts a graph into the settings of an order, which keep it for all of its runs.
func withGraph(settings store.JSON, graph json.RawMessage) (store.JSON, error) {
	if !usecase.Given(graph) {
		return settings, nil
	}
	members := map[string]json.RawMessage{}
	if usecase.Given(json.RawMessage(settings)) {
		if err := json.Unmarshal(settings, &members); err != nil {
			return nil, refusal.Errorf(refusal.Invalid, "The order's settings have to be a JSON object")
		}
	}
	members[graphSetting] = graph
	return usecase.Encode(members)
}
