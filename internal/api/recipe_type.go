package api

import "encoding/json"

// RecipeTypeBase is the form of a recipe type within other things (contract 1.1 RTBase).
type RecipeTypeBase struct {
	ID          int64   `json:"id"`
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	RevisionNum int     `json:"revision_num"`
}

// RecipeType is contract 1.1 RT.
type RecipeType struct {
	RecipeTypeBase
	IsActive     bool  `json:"is_active"`
	IsSystem     bool  `json:"is_system"`
	Created      Time  `json:"created"`
	Deprecated   *Time `json:"deprecated"`
	LastModified Time  `json:"last_modified"`
}

// RecipeTypeListed is contract 1.1 RTList: what a list shows of a type.
type RecipeTypeListed struct {
	RecipeType
	JobTypes       []JobTypeNameVersion `json:"job_types"`
	SubRecipeTypes []string             `json:"sub_recipe_types"` // names
}

// JobTypeNameVersion names a job type.
type JobTypeNameVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// RecipeTypeDetail is contract 1.1 RTDetail.
type RecipeTypeDetail struct {
	RecipeType
	Definition       json.RawMessage `json:"definition"` // recipe.Definition form
	JobTypes         []JobTypeDetail `json:"job_types"`
	SubRecipeTypes   []RecipeType    `json:"sub_recipe_types"`
	SuperRecipeTypes []RecipeType    `json:"super_recipe_types"`
	ETag             string          `json:"-"` // header ETag of the answer: the version, for IfMatch of an edit
	TakenOver        bool            `json:"-"` // header of the answer to a create: an earlier one has made it, and lost it
}

// RecipeTypeRevRef is contract 1.1 RevBase.
type RecipeTypeRevRef struct {
	ID          int64 `json:"id"`
	RecipeType  Ref   `json:"recipe_type"`
	RevisionNum int   `json:"revision_num"`
}

// RecipeTypeRevision is contract 1.1 Rev.
type RecipeTypeRevision struct {
	ID          int64          `json:"id"`
	RecipeType  RecipeTypeBase `json:"recipe_type"`
	RevisionNum int            `json:"revision_num"`
	Created     Time           `json:"created"`
}

// RecipeTypeRevisionDetail is contract 1.1 RevDetail.
type RecipeTypeRevisionDetail struct {
	ID          int64           `json:"id"`
	RecipeType  RecipeType      `json:"recipe_type"`
	RevisionNum int             `json:"revision_num"`
	Created     Time            `json:"created"`
	Definition  json.RawMessage `json:"definition"`
}

// RecipeTypeCreate is the body of POST /v6/recipe-types/.
type RecipeTypeCreate struct {
	Name        string          `json:"name,omitempty"` // ours; "": that of the title
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Definition  json.RawMessage `json:"definition"`
}

// RecipeTypeEdit is the body of PATCH /v6/recipe-types/{name}/; nil leaves a member as it is.
type RecipeTypeEdit struct {
	Title       *string         `json:"title,omitempty"`
	Description *string         `json:"description,omitempty"`
	Definition  json.RawMessage `json:"definition,omitempty"`
	AutoUpdate  *bool           `json:"auto_update,omitempty"`
	IsActive    *bool           `json:"is_active,omitempty"`
	Spare       bool            `json:"-"` // header Galley-Spare: it leaves alone what others have
	IfMatch     string          `json:"-"` // ETag of the version that the edit is for; "": any. Another is a conflict
}

// RecipeTypeEdited is the answer to a RecipeTypeEdit.
type RecipeTypeEdited struct {
	Validation
	Diff map[string]any `json:"diff"`
}
