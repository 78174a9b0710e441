package batch

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/batch"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// NewBatchesDataSource returns the data source galley_batches.
func NewBatchesDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.BatchQuery, api.Batch, batchFacts]{
		Name:   "batches",
		Things: "batches",
		Doc:    "Batches, which make many recipes, with how far they are.",
		Filters: map[string]schema.Attribute{
			"started":          kit.InstantFilter("Changed at this time or later, themselves or one of their recipes"),
			"ended":            kit.InstantFilter("Changed at this time or earlier"),
			"recipe_type_id":   kit.NumbersFilter("Of one of the recipe types with these ids."),
			"root_batch_id":    kit.NumbersFilter("Of one of the chains that begin with these batches."),
			"is_creation_done": kit.FlagFilter("Whether all of their recipes are made."),
			"is_superseded":    kit.FlagFilter("Whether a later batch of the chain supersedes them."),
			"order":            kit.OrderArgument("last_modified"),
		},
		Results: map[string]schema.Attribute{
			"id":                   kit.ComputedNumber("Id of the batch."),
			"title":                kit.ComputedText("Title for people."),
			"description":          kit.ComputedText("Description."),
			"recipe_type":          kit.ComputedText("Name of the recipe type."),
			"recipe_type_revision": kit.ComputedNumber("Revision of the recipe type."),
			"root_batch_id":        kit.ComputedNumber("Id of the first batch of the chain."),
			"superseded_batch_id":  kit.ComputedNumber("Id of the batch that it supersedes."),
			"is_superseded":        kit.ComputedFlag("Whether a later batch of the chain supersedes it."),
			"is_creation_done":     kit.ComputedFlag("Whether all of its recipes are made."),
			"status":               kit.ComputedText("As of `galley_batch`."),
			"recipes_estimated":    kit.ComputedNumber("How many recipes it was going to make."),
			"recipes_total":        kit.ComputedNumber("How many recipes there are."),
			"recipes_completed":    kit.ComputedNumber("How many of them are completed."),
			"recipes_skipped":      kit.ComputedNumber("How many recipes could not be made."),
			"problem":              kit.ComputedText("Why the first of them could not be made."),
			"jobs":                 schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: jobsDoc},
			"created":              kit.ComputedText("When it was created (RFC 3339)."),
		},
		Query:  batchQuery,
		List:   (*client.Client).Batches,
		Result: func(b api.Batch) batchFacts { return factsOf(b.BatchCommon, b.RecipeTypeRev.RevisionNum) },
	}
}

// datasetResult is a data set in a list.
type datasetResult struct {
	ID               types.Int64  `tfsdk:"id"`
	Title            types.String `tfsdk:"title"`
	Description      types.String `tfsdk:"description"`
	Parameters       types.List   `tfsdk:"parameters"`
	GlobalParameters types.List   `tfsdk:"global_parameters"`
	Files            types.Int64  `tfsdk:"files"`
	Created          types.String `tfsdk:"created"`
}

// NewDatasetsDataSource returns the data source galley_datasets.
func NewDatasetsDataSource() datasource.DataSource {
	names := func(doc string) schema.Attribute {
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: doc}
	}
	return &kit.ListDataSource[client.DatasetQuery, api.Dataset, datasetResult]{
		Name:   "datasets",
		Things: "data sets",
		Doc:    "Data sets, which batches make their recipes of.",
		Filters: map[string]schema.Attribute{
			"started": kit.InstantFilter("Created at this time or later"),
			"ended":   kit.InstantFilter("Created at this time or earlier"),
			"id":      kit.NumbersFilter("With one of these ids."),
			"keyword": kit.TextsFilter("With one of these words in the title or the description, whatever the case."),
			"order":   kit.OrderArgument("id"),
		},
		Results: map[string]schema.Attribute{
			"id":                kit.ComputedNumber("Id of the data set."),
			"title":             kit.ComputedText("Title for people."),
			"description":       kit.ComputedText("Description."),
			"parameters":        names("Names of what each member gives."),
			"global_parameters": names("Names of what all members share."),
			"files":             kit.ComputedNumber("How many files it has."),
			"created":           kit.ComputedText("When it was created (RFC 3339)."),
		},
		Query: datasetQuery,
		List:  (*client.Client).Datasets,
		Result: func(d api.Dataset) datasetResult {
			var definition batch.Dataset
			_ = json.Unmarshal(d.Definition, &definition) // of another version of the API: without names
			return datasetResult{ID: types.Int64Value(d.ID), Title: value.TextOrNull(value.Deref(d.Title)), Description: value.TextOrNull(value.Deref(d.Description)),
				Parameters: value.StringList(definition.Names()), GlobalParameters: value.StringList(definition.GlobalNames()),
				Files: types.Int64Value(int64(d.Files)), Created: types.StringValue(d.Created.String())}
		},
	}
}

func batchQuery(f *kit.Filters) client.BatchQuery {
	started, ended := f.Between("started", "ended")
	return client.BatchQuery{Started: started, Ended: ended, RecipeTypeIDs: f.Numbers("recipe_type_id"), RootBatchIDs: f.Numbers("root_batch_id"),
		IsCreationDone: f.Flag("is_creation_done"), IsSuperseded: f.Flag("is_superseded"), Order: f.Texts("order"), Limit: f.Limit()}
}

func datasetQuery(f *kit.Filters) client.DatasetQuery {
	started, ended := f.Between("started", "ended")
	return client.DatasetQuery{Started: started, Ended: ended, IDs: f.Numbers("id"), Keywords: f.Texts("keyword"), Order: f.Texts("order"), Limit: f.Limit()}
}
