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
	TakenOver     bool                   `json:"-"` // header of the answer to a create: an earlier one has made it, and lost it
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

// HostFolders is the answer of GET /v6/host-folders/ (ours): the folders of the backend's
// machine that its users may name. It is for editors.
type HostFolders struct {
	WorkspaceRoots []string    `json:"workspace_roots"` // absolute; a relative folder lies in the first
	Mounts         []HostMount `json:"mounts"`
}

// HostMount is a folder that configurations may mount, as a whole or in part. Mode is "ro"
// or "rw"; jobs may write only if the mount of their manifest is "rw", too.
type HostMount struct {
	Name string `json:"name"`
	Path string `json:"path"`
	Mode string `json:"mode"`
}
