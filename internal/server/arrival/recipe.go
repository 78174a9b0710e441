package arrival

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// runRecipe runs the recipe over a file that has arrived that the strike or the scan names now, if its type is active and
// has an input. The revision is the one that they pin; the original always takes the latest.
func (d *Desk) runRecipe(ctx context.Context, tx *store.Tx, run engine.BuiltinRun, row store.Ingest, f store.File) error {
	c, err := d.configurationOf(ctx, tx, row)
	if err != nil || c.Recipe == nil {
		return err
	}
	rt, err := tx.RecipeTypeByName(ctx, c.Recipe.Name)
	if err != nil {
		return err
	}
	if !rt.IsActive {
		say(ctx, d.Clock(), run, slog.LevelInfo, fmt.Sprintf("recipe type %s is inactive: no recipe is run over %s", rt.Name, f.FilePath), nil)
		return nil
	}
	num := c.Recipe.Revision
	if num == 0 {
		num = rt.RevisionNum
	}
	revision, err := tx.RecipeTypeRevision(ctx, rt.ID, num)
	if err != nil {
		return err
	}
	rev, err := d.catalog.RecipeRevision(ctx, tx.Q, revision.ID)
	if err != nil {
		return err
	}
	name, err := ingest.Input(rev.Definition.Input)
	if err != nil {
		return badFile("revision %d of recipe type %s cannot be run over an arriving file any more: %s", num, rt.Name, err)
	}
	if name == "" {
		say(ctx, d.Clock(), run, slog.LevelInfo, fmt.Sprintf("recipe type %s has no inputs: it is not run over %s", rt.Name, f.FilePath), nil)
		return nil
	}
	data := recipe.Data{Files: map[string][]int64{name: {f.ID}}, JSON: map[string]any{}}
	r, input, err := d.engine.NewRecipe(ctx, tx, rt, num, data, nil, nil)
	if refused, isRefusal := errors.AsType[*refusal.Error](err); isRefusal {
		return badFile("%s", refused.Message)
	}
	if err != nil {
		return err
	}
	kind := map[ingest.Kind]string{ingest.Strike: "STRIKE", ingest.Scan: "SCAN"}[c.Kind]
	described, err := usecase.Encode(map[string]any{"version": "1.0", "file_id": f.ID, "file_name": f.FileName})
	if err != nil {
		return err
	}
	events := []store.Event{
		{Type: kind + "_INGEST", Description: described, Occurred: *row.IngestEnded},
		{Type: kind, Description: described, Occurred: *row.IngestEnded},
	}
	if err := tx.Insert(ctx, &events); err != nil {
		return err
	}
	r.EventID, r.IngestEventID = events[0].ID, &events[1].ID
	return d.engine.BeginRecipe(ctx, tx, &r, input, "", nil)
}

// configurationOf is what the strike or the scan of an ingest says now.
func (d *Desk) configurationOf(ctx context.Context, tx *store.Tx, row store.Ingest) (ingest.Configuration, error) {
	if row.StrikeID != nil {
		s, err := tx.Strike(ctx, *row.StrikeID)
		if err != nil {
			return ingest.Configuration{}, err
		}
		return d.Configuration(ingest.Strike, s.Configuration)
	}
	s, err := tx.Scan(ctx, *row.ScanID)
	if err != nil {
		return ingest.Configuration{}, err
	}
	return d.Configuration(ingest.Scan, s.Configuration)
}
