package api

import "encoding/json"

// BatchBase is the form of a batch within other things.
type BatchBase struct {
	ID          int64   `json:"id"`
	Title       *string `json:"title"`
	Description *string `json:"description"`
	Created     Time    `json:"created"`
}

// BatchCommon are the members that the list and the details share. RecipesSkipped, Problem and Canceled are ours.
type BatchCommon struct {
	BatchBase
	RecipeType      RecipeTypeBase `json:"recipe_type"`
	Event           *Event         `json:"event"`
	IsSuperseded    bool           `json:"is_superseded"`
	RootBatch       BatchBase      `json:"root_batch"` // the first of its chain; itself if it is the first
	SupersededBatch *BatchBase     `json:"superseded_batch"`
	IsCreationDone  bool           `json:"is_creation_done"` // no more recipes are made
	JobCounts
	RecipesEstimated int64  `json:"recipes_estimated"`
	RecipesTotal     int64  `json:"recipes_total"` // with those inside of others
	RecipesCompleted int64  `json:"recipes_completed"`
	Superseded       *Time  `json:"superseded"`
	LastModified     Time   `json:"last_modified"`
	RecipesSkipped   int    `json:"recipes_skipped,omitempty"` // that could not be made
	Problem          string `json:"problem,omitempty"`         // why the first of them could not
	Canceled         *Time  `json:"canceled,omitempty"`        // since when no more are made, as its jobs were canceled
}

// Batch is a batch as lists have it.
type Batch struct {
	BatchCommon
	RecipeTypeRev RecipeTypeRevRef `json:"recipe_type_rev"`
}

// BatchDetail is one batch with its documents and what its nodes have done.
type BatchDetail struct {
	BatchCommon
	RecipeTypeRev RecipeTypeRevision         `json:"recipe_type_rev"`
	Definition    json.RawMessage            `json:"definition"`    // batch.Definition form
	Configuration json.RawMessage            `json:"configuration"` // batch.Configuration form
	JobMetrics    map[string]BatchJobMetrics `json:"job_metrics"`   // by node
	TakenOver     bool                       `json:"-"`             // header of the answer to a create: an earlier one has made it, and lost it
}

// BatchJobMetrics is what the jobs of one node of a batch have done. Durations are like PT1M30S, and of completed jobs alone.
type BatchJobMetrics struct {
	JobCounts
	MinSeedDuration *string `json:"min_seed_duration"`
	AvgSeedDuration *string `json:"avg_seed_duration"`
	MaxSeedDuration *string `json:"max_seed_duration"`
	MinJobDuration  *string `json:"min_job_duration"`
	AvgJobDuration  *string `json:"avg_job_duration"`
	MaxJobDuration  *string `json:"max_job_duration"`
}

// BatchComparison sets the batches of a chain side by side: each list of Metrics has a value for each of Batches.
type BatchComparison struct {
	Batches []BatchBase    `json:"batches"`
	Metrics map[string]any `json:"metrics"`
}

// BatchCreate is the body of POST /v6/batches/ and, without title and description, of POST /v6/batches/validation/.
type BatchCreate struct {
	Title         *string         `json:"title,omitempty"`
	Description   *string         `json:"description,omitempty"`
	RecipeTypeID  int64           `json:"recipe_type_id"`
	Definition    json.RawMessage `json:"definition"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
}

// BatchEdit is the body of PATCH /v6/batches/{id}/; nil leaves a member as it is.
type BatchEdit struct {
	Title         *string         `json:"title,omitempty"`
	Description   *string         `json:"description,omitempty"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
}

// BatchValidation says what a batch would be.
type BatchValidation struct {
	Validation
	RecipesEstimated *int64           `json:"recipes_estimated"`
	RecipeType       *RecipeTypeBase  `json:"recipe_type"`
	PrevBatch        *BatchToFollowOn `json:"prev_batch,omitempty"`
}

// BatchToFollowOn is the batch that one would supersede, and what changes from its revision.
type BatchToFollowOn struct {
	RecipeTypeRev RecipeTypeRevRef `json:"recipe_type_rev"`
	Diff          json.RawMessage  `json:"diff,omitempty"` // Diff
}
