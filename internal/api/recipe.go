package api

import (
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// JobCounts are the eight counters of jobs by status, rolled up through all sub-recipes (contract 7.5).
type JobCounts struct {
	JobsTotal     int `json:"jobs_total"`
	JobsPending   int `json:"jobs_pending"`
	JobsBlocked   int `json:"jobs_blocked"`
	JobsQueued    int `json:"jobs_queued"`
	JobsRunning   int `json:"jobs_running"`
	JobsFailed    int `json:"jobs_failed"`
	JobsCompleted int `json:"jobs_completed"`
	JobsCanceled  int `json:"jobs_canceled"`
}

// Status sums up a recipe with these jobs (recipe.JobCounts.Status).
func (c JobCounts) Status(isCompleted bool) recipe.JobStatus { return c.status(isCompleted, false) }

func (c JobCounts) status(isCompleted, isBlocked bool) recipe.JobStatus {
	return recipe.JobCounts{
		Total: c.JobsTotal, Queued: c.JobsQueued, Running: c.JobsRunning, Completed: c.JobsCompleted,
		Failed: c.JobsFailed, Canceled: c.JobsCanceled, Blocked: c.JobsBlocked, IsBlocked: isBlocked,
	}.Status(isCompleted)
}

// RecipeCounts are the counters of a recipe.
type RecipeCounts struct {
	JobCounts
	SubRecipesTotal     int `json:"sub_recipes_total"`
	SubRecipesCompleted int `json:"sub_recipes_completed"`

	IsBlocked bool `json:"is_blocked,omitempty"` // ours: a sub-recipe that has not begun, as what is above it has failed
}

// Status sums up a recipe with these counters (recipe.JobCounts.Status).
func (c RecipeCounts) Status(isCompleted bool) recipe.JobStatus {
	return c.status(isCompleted, c.IsBlocked)
}

// RecipeBase is the form of a recipe within other things (contract 1.2 RecBase).
type RecipeBase struct {
	ID            int64          `json:"id"`
	RecipeType    RecipeTypeBase `json:"recipe_type"`
	RecipeTypeRev Ref            `json:"recipe_type_rev"`
	Event         *Ref           `json:"event"`
}

// RecipeCommon are the members that the list and the details share.
type RecipeCommon struct {
	ID            int64          `json:"id"`
	RecipeType    RecipeTypeBase `json:"recipe_type"`
	Event         *Event         `json:"event"`
	IngestEvent   *Event         `json:"ingest_event"`
	Batch         *BatchBase     `json:"batch"`
	Recipe        *RecipeBase    `json:"recipe"` // the recipe that contains this one
	IsSuperseded  bool           `json:"is_superseded"`
	InputFileSize *float64       `json:"input_file_size"` // MiB
	Sources
	RecipeCounts
	IsCompleted  bool  `json:"is_completed"`
	Created      Time  `json:"created"`
	Completed    *Time `json:"completed"`
	Superseded   *Time `json:"superseded"`
	LastModified Time  `json:"last_modified"`
	Simulated    bool  `json:"simulated,omitempty"` // ours: some of its jobs were not really run
}

// Recipe is contract 1.2 Rec: the form of lists and of the answer to a create.
type Recipe struct {
	RecipeCommon
	RecipeTypeRev    RecipeTypeRevRef `json:"recipe_type_rev"`
	SupersededRecipe *Ref             `json:"superseded_recipe"`
	TakenOver        bool             `json:"-"` // header of the answer to a create: an earlier one has made it, and lost it
}

// RecipeDetail is contract 1.2 RecDetail. Configuration and RootRecipe are ours:
// the configuration with secret settings left out, and the first recipe of the
// chain of reprocesses that this one belongs to (itself if it is the first).
type RecipeDetail struct {
	RecipeCommon
	RecipeTypeRev      RecipeTypeRevisionDetail `json:"recipe_type_rev"`
	SupersededRecipe   *RecipeBase              `json:"superseded_recipe"`
	SupersededByRecipe *RecipeBase              `json:"superseded_by_recipe"`
	Input              json.RawMessage          `json:"input"` // recipe.Data form
	Details            RecipeInstance           `json:"details"`
	JobTypes           []JobTypeBase            `json:"job_types"`
	SubRecipeTypes     []RecipeTypeBase         `json:"sub_recipe_types"`
	Configuration      json.RawMessage          `json:"configuration"` // recipe.Configuration form or null
	RootRecipe         Ref                      `json:"root_recipe"`
}

// RecipeInstance is the seed's "Recipe Instance JSON": the nodes that exist.
type RecipeInstance struct {
	Nodes map[string]NodeInstance `json:"nodes"`
}

// NodeInstance is one node of a running recipe.
type NodeInstance struct {
	Dependencies []NodeDependency `json:"dependencies"`
	NodeType     NodeTypeInstance `json:"node_type"`
}

// NodeDependency names a node that must be ready first.
type NodeDependency struct {
	Name string `json:"name"`
}

// NodeTypeInstance is exactly one of its parts; NodeType says which ("job", "recipe", "condition").
type NodeTypeInstance struct {
	NodeType string `json:"node_type"`
	*JobNode
	*RecipeNode
	*ConditionNode
}

// JobNode is a job of a recipe.
type JobNode struct {
	JobTypeName     string `json:"job_type_name"`
	JobTypeVersion  string `json:"job_type_version"`
	JobTypeRevision int    `json:"job_type_revision"`
	JobID           int64  `json:"job_id"`
	Status          string `json:"status"`
}

// RecipeNode is a sub-recipe.
type RecipeNode struct {
	RecipeTypeName     string `json:"recipe_type_name"`
	RecipeTypeRevision int    `json:"recipe_type_revision"`
	RecipeID           int64  `json:"recipe_id"`
	IsCompleted        bool   `json:"is_completed"`
	RecipeCounts
}

// ConditionNode is a condition. Not accepted: the nodes behind it are not created.
type ConditionNode struct {
	ConditionID int64 `json:"condition_id"`
	IsProcessed bool  `json:"is_processed"`
	IsAccepted  bool  `json:"is_accepted"`
}

// RecipeCreate is the body of POST /v6/recipes/. RevisionNum is ours: absent, the latest revision runs.
type RecipeCreate struct {
	RecipeTypeID  int64           `json:"recipe_type_id"`
	Input         json.RawMessage `json:"input"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
	RevisionNum   int             `json:"revision_num,omitempty"`
}

// RecipeReprocess is the body of POST /recipes/{id}/reprocess/ (contract 1.2).
// ForcedNodes is required: {} forces nothing. RevisionNum 0 is the latest revision.
type RecipeReprocess struct {
	ForcedNodes json.RawMessage `json:"forced_nodes"` // recipe.ForcedNodes form
	RevisionNum int             `json:"revision_num,omitempty"`
}
