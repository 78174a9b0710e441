package engine

import (
	"encoding/json"
	"io"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Bounds of what one request may bring. The domain bounds what is inside of documents.
const (
	maxDocument   = 1 << 20 // bytes of a definition, manifest, configuration or input
	maxInputFiles = 10_000  // file ids in one input
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
	Key         *IdempotencyKey
}

// IfMatch is the versions, by their last_modified, that an edit is meant for: of any
// other it makes nothing but an *Error with the code Precondition. Nil is any version.
type IfMatch []store.Time

// WorkspaceEdit changes a workspace; nil leaves a member as it is.
type WorkspaceEdit struct {
	Title       *string
	Description *string
	BaseURL     *string
	IsActive    *bool
	Broker      *Broker
	IfMatch     IfMatch
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
	Key       *IdempotencyKey // the fingerprint need not cover Body
}

// JobTypeSpec describes a new job type (contract 1.3). Nil IsActive is true.
type JobTypeSpec struct {
	Manifest      json.RawMessage
	Configuration json.RawMessage
	DockerImage   string
	IconCode      *string
	IsPublished   bool
	MaxScheduled  *int
	AutoUpdate    *bool // of an existing one, as in JobTypeEdit
	IsActive      *bool
	IsPaused      bool
	Key           *IdempotencyKey
}

// JobTypeEdit changes a job type; nil leaves a member as it is. AutoUpdate, which nil
// leaves true, raises the revision in the recipe types that use the job type, and on
// upward, if there is a manifest.
type JobTypeEdit struct {
	Manifest      json.RawMessage
	Configuration json.RawMessage
	DockerImage   *string
	IconCode      *string
	IsPublished   *bool
	MaxScheduled  *int // 0: no limit
	AutoUpdate    *bool
	IsActive      *bool
	IsPaused      *bool
	IfMatch       IfMatch
}

// RecipeTypeSpec describes a new recipe type (contract 1.1).
type RecipeTypeSpec struct {
	Title       string
	Description string
	Definition  json.RawMessage
	Key         *IdempotencyKey
}

// RecipeTypeEdit changes a recipe type; nil leaves a member as it is. AutoUpdate,
// which nil leaves true, raises the revision in the recipe types that contain this
// one, and on upward, if there is a definition.
type RecipeTypeEdit struct {
	Title       *string
	Description *string
	Definition  json.RawMessage
	AutoUpdate  *bool
	IsActive    *bool
	IfMatch     IfMatch
}

// RecipeSpec describes a recipe to queue (contract 1.2). RevisionNum 0 is the
// latest revision. User names who asked, for the recipe's event.
type RecipeSpec struct {
	RecipeTypeID  int64
	RevisionNum   int
	Input         json.RawMessage
	Configuration json.RawMessage
	User          string
	Key           *IdempotencyKey
}

// JobSpec describes a job to queue outside of any recipe (contract 1.4). User names
// who asked, for the job's event.
type JobSpec struct {
	JobTypeID     int64
	Input         json.RawMessage
	Configuration json.RawMessage
	User          string
	Key           *IdempotencyKey
}

// ReprocessSpec asks for the successor of a recipe (contract 1.2, 7.6). ForcedNodes
// is required, {} forces nothing. RevisionNum 0 is the latest revision. User names
// who asked, for the new recipe's event.
type ReprocessSpec struct {
	RecipeID    int64
	ForcedNodes json.RawMessage
	RevisionNum int
	User        string
	Key         *IdempotencyKey
}
