package api

// File is contract 1.5. SHA256 (hex) is ours.
type File struct {
	ID           int64         `json:"id"`
	FileName     string        `json:"file_name"`
	Workspace    FileWorkspace `json:"workspace"`
	DataTypeTags []string      `json:"data_type_tags"`
	MediaType    string        `json:"media_type"`
	FileType     string        `json:"file_type"` // SOURCE or PRODUCT
	FileSize     int64         `json:"file_size"` // bytes
	FilePath     string        `json:"file_path"` // within the workspace
	SHA256       string        `json:"sha256"`
	IsDeleted    bool          `json:"is_deleted"`
	URL          *string       `json:"url"`
	Created      Time          `json:"created"`
	Deleted      *Time         `json:"deleted"`
	DataStarted  *Time         `json:"data_started"`
	DataEnded    *Time         `json:"data_ended"`
	Sources
	LastModified Time            `json:"last_modified"`
	Geometry     *string         `json:"geometry"`
	CenterPoint  *string         `json:"center_point"`
	Countries    []string        `json:"countries"`
	JobType      *JobTypeBase    `json:"job_type"`
	Job          *Ref            `json:"job"`
	JobExe       *Ref            `json:"job_exe"`
	JobOutput    *string         `json:"job_output"`
	RecipeType   *RecipeTypeBase `json:"recipe_type"`
	Recipe       *Ref            `json:"recipe"`
	RecipeNode   *string         `json:"recipe_node"`
	Batch        *BatchBase      `json:"batch"`
	IsSuperseded bool            `json:"is_superseded"`
	Superseded   *Time           `json:"superseded"`
}

// FileWorkspace is the workspace within a File.
type FileWorkspace struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// FileDetail adds the free-form metadata.
type FileDetail struct {
	File
	MetaData map[string]any `json:"meta_data"`
}

// FileUpload is what POST /v6/files/ (ours) takes as a multipart form beside the
// part "file": every member is a form field of its JSON name; DataTypes repeats.
// The server answers 201 with a FileDetail. The pair (workspace, path) is
// unique among files that are not deleted: a second upload replaces the bytes
// under a new id and marks the old file deleted.
type FileUpload struct {
	Workspace string   `json:"workspace"` // name
	Path      string   `json:"file_path"` // relative, with slashes
	MediaType string   `json:"media_type,omitempty"`
	DataTypes []string `json:"data_type_tags,omitempty"`
	SHA256    string   `json:"sha256,omitempty"` // hex; refused if the bytes have another
	Sources
}
