package api

import "encoding/json"

// RecipeTypeValidate is the body of POST /recipe-types/validation/ (contract 1.1).
// With the name of a recipe type the answer has the diff from its current definition.
type RecipeTypeValidate struct {
	Name       string          `json:"name,omitempty"`
	Definition json.RawMessage `json:"definition"`
}

// RecipeTypeValidation is its answer. Diff has no nodes if there was nothing to compare.
type RecipeTypeValidation struct {
	Validation
	Diff Diff `json:"diff"`
}

// JobTypeValidate is the body of POST /job-types/validation/ (contract 1.3).
type JobTypeValidate struct {
	Manifest      json.RawMessage `json:"manifest"`
	Configuration json.RawMessage `json:"configuration"`
}

// WorkspaceValidate is the body of POST /workspaces/validation/ (contract 1.6). With
// the name of a workspace the configuration is held against the one it has.
type WorkspaceValidate struct {
	Name          string                 `json:"name,omitempty"`
	Title         string                 `json:"title"`
	Configuration WorkspaceConfiguration `json:"configuration"`
}

// Diff is what changes from one definition to another (contract 6).
type Diff struct {
	CanBeReprocessed bool                `json:"can_be_reprocessed"`
	Reasons          []Finding           `json:"reasons"` // why it can't
	Nodes            map[string]NodeDiff `json:"nodes"`
}

// NodeDiff is what changes for one node.
type NodeDiff struct {
	Status           string           `json:"status"` // NEW, DELETED, CHANGED or UNCHANGED
	Changes          []Finding        `json:"changes"`
	ReprocessNewNode bool             `json:"reprocess_new_node"`
	ForceReprocess   bool             `json:"force_reprocess"`
	Dependencies     []NodeDependency `json:"dependencies"`
	PrevNodeType     string           `json:"prev_node_type,omitempty"` // if it was of another type
	NodeType         NodeTypeDiff     `json:"node_type"`
}

// NodeTypeDiff is what a node runs, and, where that differs, what it ran before.
type NodeTypeDiff struct {
	NodeType               string  `json:"node_type"` // job, recipe or condition
	JobTypeName            string  `json:"job_type_name,omitempty"`
	JobTypeVersion         string  `json:"job_type_version,omitempty"`
	JobTypeRevision        int     `json:"job_type_revision,omitempty"`
	RecipeTypeName         string  `json:"recipe_type_name,omitempty"`
	RecipeTypeRevision     int     `json:"recipe_type_revision,omitempty"`
	PrevJobTypeName        *string `json:"prev_job_type_name,omitempty"`
	PrevJobTypeVersion     *string `json:"prev_job_type_version,omitempty"`
	PrevJobTypeRevision    *int    `json:"prev_job_type_revision,omitempty"`
	PrevRecipeTypeName     *string `json:"prev_recipe_type_name,omitempty"`
	PrevRecipeTypeRevision *int    `json:"prev_recipe_type_revision,omitempty"`
}
