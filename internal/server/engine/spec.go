package engine

import (
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// RecipeSpec describes a recipe to queue (contract 1.2). RevisionNum 0 is the
// latest revision. User names who asked, for the recipe's event.
type RecipeSpec struct {
	RecipeTypeID  int64
	RevisionNum   int
	Input         json.RawMessage
	Configuration json.RawMessage
	User          string
	IsEditor      bool // who asked may know the folders of this machine
	Key           *usecase.IdempotencyKey
}

// JobSpec describes a job to queue outside of any recipe (contract 1.4). User names
// who asked, for the job's event.
type JobSpec struct {
	JobTypeID     int64
	Input         json.RawMessage
	Configuration json.RawMessage
	User          string
	IsEditor      bool // who asked may know the folders of this machine
	Key           *usecase.IdempotencyKey
}

// ReprocessSpec asks for the successor of a recipe (contract 1.2, 7.6). ForcedNodes
// is required, {} forces nothing. RevisionNum 0 is the latest revision. User names
// who asked, for the new recipe's event.
type ReprocessSpec struct {
	RecipeID    int64
	ForcedNodes json.RawMessage
	RevisionNum int
	User        string
	Key         *usecase.IdempotencyKey
}
