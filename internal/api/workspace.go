package api

// Workspace is contract 1.6 WS, the form of lists.
type Workspace struct {
	ID           int64   `json:"id"`
	Name         string  `json:"name"`
	Title        string  `json:"title"`
	Description  *string `json:"description"`
	BaseURL      *string `json:"base_url"`
	IsActive     bool    `json:"is_active"`
	Created      Time    `json:"created"`
	Deprecated   *Time   `json:"deprecated"`
	LastModified Time    `json:"last_modified"`
}

// WorkspaceDetail adds the configuration.
type WorkspaceDetail struct {
	Workspace
	Configuration WorkspaceConfiguration `json:"configuration"`
	ETag          string                 `json:"-"` // header ETag of the answer: the version, for IfMatch of an edit
}

// WorkspaceConfiguration says where a workspace keeps its files.
type WorkspaceConfiguration struct {
	Broker Broker `json:"broker"`
}

// Broker is a storage of files. Type is "host" (HostPath: a folder of the backend).
type Broker struct {
	Type     string `json:"type"`
	HostPath string `json:"host_path,omitempty"`
}

// WorkspaceCreate is the body of POST /v6/workspaces/.
type WorkspaceCreate struct {
	Title         string                 `json:"title"`
	Description   string                 `json:"description,omitempty"`
	BaseURL       string                 `json:"base_url,omitempty"`
	IsActive      *bool                  `json:"is_active,omitempty"`
	Configuration WorkspaceConfiguration `json:"configuration"`
}

// WorkspaceEdit is the body of PATCH /v6/workspaces/{id}/; nil leaves a member as it is.
type WorkspaceEdit struct {
	Title         *string                 `json:"title,omitempty"`
	Description   *string                 `json:"description,omitempty"`
	BaseURL       *string                 `json:"base_url,omitempty"`
	IsActive      *bool                   `json:"is_active,omitempty"`
	Configuration *WorkspaceConfiguration `json:"configuration,omitempty"`
	IfMatch       string                  `json:"-"` // ETag of the version that the edit is for; "": any. Another is a conflict
}
