package api

import "encoding/json"

// JobTypeBase is the form of a job type within other things (contract 1.3).
type JobTypeBase struct {
	ID             int64   `json:"id"`
	Name           string  `json:"name"`
	Version        string  `json:"version"`
	Title          string  `json:"title"`
	Description    string  `json:"description"`
	IsActive       bool    `json:"is_active"`
	IsSystem       bool    `json:"is_system"`
	IsPaused       bool    `json:"is_paused"`
	IsPublished    bool    `json:"is_published"`
	IconCode       *string `json:"icon_code"`
	UnmetResources *string `json:"unmet_resources"`
}

// JobType is the form of lists.
type JobType struct {
	JobTypeBase
	MaxScheduled *int            `json:"max_scheduled"`
	MaxTries     int             `json:"max_tries"`
	Retry        json.RawMessage `json:"retry,omitempty"` // recipe.Retry form; not the contract's
	RevisionNum  int             `json:"revision_num"`
	DockerImage  string          `json:"docker_image"`
	Created      Time            `json:"created"`
	Deprecated   *Time           `json:"deprecated"`
	Paused       *Time           `json:"paused"`
	LastModified Time            `json:"last_modified"`
}

// JobTypeDetail adds manifest and configuration. Secret settings are left out.
type JobTypeDetail struct {
	JobType
	Manifest      json.RawMessage `json:"manifest"`
	Configuration json.RawMessage `json:"configuration"` // recipe.Configuration form
	RecipeTypes   []RecipeType    `json:"recipe_types"`
	ETag          string          `json:"-"` // header ETag of the answer: the version, for IfMatch of an edit
	TakenOver     bool            `json:"-"` // header of the answer to a create: an earlier one has made it, and lost it
}

// JobTypeName is one name of GET /v6/job-type-names/ with its versions.
type JobTypeName struct {
	Name          string   `json:"name"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	IsActive      bool     `json:"is_active"`
	IsSystem      bool     `json:"is_system"`
	IsPaused      bool     `json:"is_paused"`
	IsPublished   bool     `json:"is_published"`
	IconCode      *string  `json:"icon_code"`
	Versions      []string `json:"versions"`
	LatestVersion string   `json:"latest_version"`
}

// JobTypeRevRef is the short form of a job type's revision.
type JobTypeRevRef struct {
	ID          int64 `json:"id"`
	JobType     Ref   `json:"job_type"`
	RevisionNum int   `json:"revision_num"`
}

// JobTypeRevision is a revision in the list of a job type's revisions.
type JobTypeRevision struct {
	ID          int64       `json:"id"`
	JobType     JobTypeBase `json:"job_type"`
	RevisionNum int         `json:"revision_num"`
	DockerImage string      `json:"docker_image"`
	Created     Time        `json:"created"`
}

// JobTypeRevisionDetail adds the manifest.
type JobTypeRevisionDetail struct {
	JobTypeRevision
	Manifest json.RawMessage `json:"manifest"`
}

// JobTypeCreate is the body of POST /v6/job-types/. An existing (name, version)
// is edited instead (200 with a Validation).
type JobTypeCreate struct {
	DockerImage   string          `json:"docker_image"`
	Manifest      json.RawMessage `json:"manifest"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
	IconCode      *string         `json:"icon_code,omitempty"`
	IsPublished   *bool           `json:"is_published,omitempty"`
	MaxScheduled  *int            `json:"max_scheduled,omitempty"`
	Retry         json.RawMessage `json:"retry,omitempty"` // recipe.Retry form; 1 try: never again
	AutoUpdate    *bool           `json:"auto_update,omitempty"`
	IsActive      *bool           `json:"is_active,omitempty"`
	IsPaused      *bool           `json:"is_paused,omitempty"`
	Spare         bool            `json:"-"` // header Galley-Spare: of an existing one, as in JobTypeEdit
}

// JobTypeEdit is the body of PATCH /v6/job-types/{name}/{version}/.
type JobTypeEdit struct {
	DockerImage   *string         `json:"docker_image,omitempty"`
	Manifest      json.RawMessage `json:"manifest,omitempty"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
	IconCode      *string         `json:"icon_code,omitempty"`
	IsPublished   *bool           `json:"is_published,omitempty"`
	MaxScheduled  *int            `json:"max_scheduled,omitempty"`
	Retry         json.RawMessage `json:"retry,omitempty"` // recipe.Retry form; 1 try: never again
	AutoUpdate    *bool           `json:"auto_update,omitempty"`
	IsActive      *bool           `json:"is_active,omitempty"`
	IsPaused      *bool           `json:"is_paused,omitempty"`
	Spare         bool            `json:"-"` // header Galley-Spare: it leaves alone what others have
	IfMatch       string          `json:"-"` // ETag of the version that the edit is for; "": any. Another is a conflict
}
