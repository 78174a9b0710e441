package api

import "encoding/json"

// Dataset is a data set as lists have it: Files is how many it has.
type Dataset struct {
	ID          int64           `json:"id"`
	Title       *string         `json:"title"`
	Description *string         `json:"description"`
	Created     Time            `json:"created"`
	Definition  json.RawMessage `json:"definition"` // batch.Dataset form
	Files       int             `json:"files"`
}

// DatasetDetail is one data set with its members, without their data, and its files.
type DatasetDetail struct {
	ID          int64               `json:"id"`
	Title       *string             `json:"title"`
	Description *string             `json:"description"`
	Created     Time                `json:"created"`
	Definition  json.RawMessage     `json:"definition"`
	Members     []DatasetMemberBase `json:"members"`
	Files       []DatasetFile       `json:"files"`
	TakenOver   bool                `json:"-"` // header of the answer to a create: an earlier one has made it, and lost it
}

// DatasetMemberBase is a member without its data.
type DatasetMemberBase struct {
	ID      int64   `json:"id"`
	Created Time    `json:"created"`
	FileIDs []int64 `json:"file_ids"`
}

// DatasetMember is a member as lists have it.
type DatasetMember struct {
	DatasetMemberBase
	Data json.RawMessage `json:"data"` // recipe.Data form
}

// DatasetMemberDetail is one member with its data set and its files.
type DatasetMemberDetail struct {
	DatasetMember
	Dataset Ref                 `json:"dataset"`
	Files   []DatasetMemberFile `json:"files"`
}

// DatasetFile is a file of a data set, with the parameter that it was first given for.
type DatasetFile struct {
	ID            int64     `json:"id"`
	ParameterName string    `json:"parameter_name"`
	ScaleFile     ScaleFile `json:"scale_file"`
}

// ScaleFile is the short form of a file in a data set.
type ScaleFile struct {
	ID        int64    `json:"id"`
	FileName  string   `json:"file_name"`
	Countries []string `json:"countries"`
}

// DatasetMemberFile is a file of a member.
type DatasetMemberFile struct {
	ID            int64  `json:"id"`
	ParameterName string `json:"parameter_name"`
	ScaleFile     File   `json:"scale_file"`
}

// DatasetCreate is the body of POST /v6/datasets/.
type DatasetCreate struct {
	Title       *string           `json:"title,omitempty"`
	Description *string           `json:"description,omitempty"`
	Definition  json.RawMessage   `json:"definition"`
	Data        []json.RawMessage `json:"data,omitempty"`
}

// DatasetValidate is the body of POST /v6/datasets/validation/.
type DatasetValidate struct {
	Definition json.RawMessage `json:"definition"`
}

// DatasetAdd is the body of POST /v6/datasets/{id}/.
type DatasetAdd struct {
	Data []json.RawMessage `json:"data"`
}
