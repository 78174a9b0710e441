package catalog

import (
	"encoding/json"
	"io"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Broker says where a workspace keeps its files. Type is "host".
type Broker struct {
	Type     string
	HostPath string // absolute, or relative to the data folder's "workspaces"
}

// WorkspaceSpec describes a new workspace (contract 1.6).
type WorkspaceSpec struct {
	Title       string
	Description string
	BaseURL     string
	IsActive    bool
	Broker      Broker
	Key         *usecase.IdempotencyKey
}

// WorkspaceEdit changes a workspace; nil leaves a member as it is.
type WorkspaceEdit struct {
	Title       *string
	Description *string
	BaseURL     *string
	IsActive    *bool
	Broker      *Broker
	IfMatch     usecase.IfMatch
	Key         *usecase.IdempotencyKey
}

// FileSpec describes a file to upload. Workspace is a name; Path is relative, with
// slashes; SHA256 (hex) is checked if it is given; MaxBytes 0 is no limit.
type FileSpec struct {
	Workspace string
	Path      string
	MediaType string // empty: guessed from the path's extension
	DataTypes []string
	SHA256    string
	Sources   store.Sources
	Body      io.Reader
	MaxBytes  int64
	Key       *usecase.IdempotencyKey // the fingerprint need not cover Body
}

// JobTypeSpec describes a new job type (contract 1.3). Nil IsActive is true.
type JobTypeSpec struct {
	Manifest      json.RawMessage
	Configuration json.RawMessage
	DockerImage   string
	IconCode      *string
	IsPublished   bool
	MaxScheduled  *int
	Retry         json.RawMessage // recipe.Retry
	AutoUpdate    *bool           // of an existing one, as in JobTypeEdit
	IsActive      *bool
	IsPaused      bool
	Spare         bool // of an existing one, as in JobTypeEdit
	Key           *usecase.IdempotencyKey
}

// JobTypeEdit changes a job type; nil leaves a member as it is. AutoUpdate, which nil
// leaves true, raises the revision in the recipe types that use the job type, and on
// upward, if there is a manifest.
//
// Spare leaves others' things alone: no type that a state of Terraform has is raised, and no node
// that did not run the latest revision; and recipe types are deactivated only with the last
// active version of a job type.
type JobTypeEdit struct {
	Manifest      json.RawMessage
	Configuration json.RawMessage
	DockerImage   *string
	IconCode      *string
	IsPublished   *bool
	MaxScheduled  *int            // 0: no limit
	Retry         json.RawMessage // recipe.Retry
	AutoUpdate    *bool
	IsActive      *bool
	IsPaused      *bool
	Spare         bool
	IfMatch       usecase.IfMatch
	Key           *usecase.IdempotencyKey
}

// RecipeTypeSpec describes a new recipe type (contract 1.1).
type RecipeTypeSpec struct {
	Name        string // "": that of the title
	Title       string
	Description string
	Definition  json.RawMessage
	Key         *usecase.IdempotencyKey
}

// RecipeTypeEdit changes a recipe type; nil leaves a member as it is. AutoUpdate,
// which nil leaves true, raises the revision in the recipe types that contain this
// one, and on upward, if there is a definition. Spare is that of JobTypeEdit.
type RecipeTypeEdit struct {
	Title       *string
	Description *string
	Definition  json.RawMessage
	AutoUpdate  *bool
	IsActive    *bool
	Spare       bool
	IfMatch     usecase.IfMatch
	Key         *usecase.IdempotencyKey
}
