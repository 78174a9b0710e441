package batch

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewDatasetListResource returns the list resource galley_dataset.
func NewDatasetListResource() list.ListResource {
	return &kit.ListResource[client.DatasetQuery, api.Dataset, datasetModel]{
		Name: "dataset", Things: "data sets", Doc: "Data sets.",
		Source: NewDatasetsDataSource,
		Query:  datasetQuery,
		Each:   (*client.Client).EachDataset,
		Label: func(d api.Dataset) string {
			return fmt.Sprintf("%s: %s", named(d.Title, d.ID), value.Counted(d.Files, "file", "files"))
		},
		Identity: kit.ByID(func(d api.Dataset) int64 { return d.ID }),
		Fill: func(ctx context.Context, c *client.Client, d api.Dataset, m *datasetModel) (diag.Diagnostics, error) {
			detail, members, err := readDataset(ctx, c, d.ID)
			if err == nil {
				*m, err = m.fromAPI(detail, members)
			}
			return nil, err
		},
	}
}

// NewBatchListResource returns the list resource galley_batch.
func NewBatchListResource() list.ListResource {
	return &kit.ListResource[client.BatchQuery, api.Batch, batchModel]{
		Name: "batch", Things: "batches", Doc: "Batches, superseded or not.",
		Source: NewBatchesDataSource,
		Query:  batchQuery,
		Each:   (*client.Client).EachBatch,
		Label: func(b api.Batch) string {
			return fmt.Sprintf("%s: %s, %s", named(b.Title, b.ID), b.RecipeType.Name, statusOf(b.BatchCommon))
		},
		Identity: kit.ByID(func(b api.Batch) int64 { return b.ID }),
		Fill: func(ctx context.Context, c *client.Client, b api.Batch, m *batchModel) (diag.Diagnostics, error) {
			var diags diag.Diagnostics
			detail, err := c.Batch(ctx, b.ID)
			if err == nil {
				m.fromAPI(detail, &diags)
			}
			return diags, err
		},
	}
}

// named is what a person knows something by that may have no title.
func named(title *string, id int64) string {
	if t := value.Deref(title); t != "" {
		return fmt.Sprintf("%s (%d)", t, id)
	}
	return fmt.Sprint(id)
}
