package engine

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// fileIDs returns the distinct ids of the files in d, ascending.
func fileIDs(d recipe.Data) []int64 {
	ids := map[int64]bool{}
	for _, list := range d.Files {
		for _, id := range list {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// rollUp sums up the files of an input (contract 7.2): their size in whole MiB,
// the earliest start, the latest end, and the greatest of the other members.
func rollUp(files map[int64]store.File) (mebibytes float64, s store.Sources) {
	var bytes int64
	for _, f := range files {
		bytes += f.FileSize
		if f.SourceStarted != nil && (s.SourceStarted == nil || f.SourceStarted.Before(s.SourceStarted.Time)) {
			s.SourceStarted = f.SourceStarted
		}
		if f.SourceEnded != nil && (s.SourceEnded == nil || f.SourceEnded.After(s.SourceEnded.Time)) {
			s.SourceEnded = f.SourceEnded
		}
		greatest(&s.SourceSensorClass, f.SourceSensorClass)
		greatest(&s.SourceSensor, f.SourceSensor)
		greatest(&s.SourceCollection, f.SourceCollection)
		greatest(&s.SourceTask, f.SourceTask)
	}
	return math.Ceil(float64(bytes) / (1 << 20)), s
}

func greatest(dst **string, v *string) {
	if v != nil && (*dst == nil || *v > **dst) {
		*dst = v
	}
}

// processInput gives r its input: roll-ups and one row for every file and input name.
func processInput(ctx context.Context, tx *store.Tx, r *store.Recipe, input recipe.Data, now store.Time) error {
	raw, err := usecase.Encode(input)
	if err != nil {
		return err
	}
	files, err := tx.FilesByID(ctx, fileIDs(input))
	if err != nil {
		return err
	}
	size, sources := rollUp(files)
	r.Input, r.InputProcessed, r.InputFileSize, r.Sources, r.LastModified = raw, true, &size, sources, now
	rows := []store.RecipeInputFile{}
	for _, name := range usecase.SortedKeys(input.Files) {
		seen := map[int64]bool{}
		for _, id := range input.Files[name] {
			if _, exists := files[id]; !exists || seen[id] {
				continue
			}
			seen[id] = true
			rows = append(rows, store.RecipeInputFile{RecipeID: r.ID, FileID: id, RecipeInput: name, Created: now})
		}
	}
	return tx.Insert(ctx, &rows)
}

// decodeData reads data that was stored; nil for none.
func decodeData(raw store.JSON) (*recipe.Data, error) {
	if !usecase.Given(raw) {
		return nil, nil //nolint:nilnil // no data is an ordinary answer
	}
	d, ps := recipe.ParseData(raw)
	if err := ps.Err(); err != nil {
		return nil, fmt.Errorf("reading stored data: %w", err)
	}
	return &d, nil
}
