package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// WorkspaceQuery filters workspaces (contract 1.6); zero members don't.
type WorkspaceQuery struct {
	Started, Ended time.Time // of last_modified
	Names          []string
	Order          []string // default: name
	Limit          int      // 0: all
}

// Workspaces lists workspaces.
func (c *Client) Workspaces(ctx context.Context, q WorkspaceQuery) ([]api.Workspace, error) {
	return collect(c.EachWorkspace(ctx, q))
}

// EachWorkspace is Workspaces, page by page as they are used up.
func (c *Client) EachWorkspace(ctx context.Context, q WorkspaceQuery) iter.Seq2[api.Workspace, error] {
	p := params{}
	p.time("started", q.Started)
	p.time("ended", q.Ended)
	p.strs("name", q.Names)
	p.strs("order", q.Order)
	return each[api.Workspace](ctx, c, v6("workspaces"), url.Values(p), q.Limit)
}

// Workspace returns one workspace with its configuration.
func (c *Client) Workspace(ctx context.Context, id int64) (api.WorkspaceDetail, error) {
	v, h, err := sendFor[api.WorkspaceDetail](ctx, c, call{path: v6("workspaces", id)})
	v.ETag = h.etag
	return v, err
}

// HostFolders returns the folders of the backend's machine that may be named in workspaces
// and mounts. Only editors are told.
func (c *Client) HostFolders(ctx context.Context) (api.HostFolders, error) {
	return get[api.HostFolders](ctx, c, v6("host-folders"), nil)
}

// CreateWorkspace creates a workspace; the server makes its name of the title.
func (c *Client) CreateWorkspace(ctx context.Context, w api.WorkspaceCreate) (api.WorkspaceDetail, error) {
	v, h, err := sendFor[api.WorkspaceDetail](ctx, c, create(v6("workspaces"), w))
	v.ETag, v.TakenOver = h.etag, h.taken
	return v, err
}

// EditWorkspace changes what is not nil.
func (c *Client) EditWorkspace(ctx context.Context, id int64, e api.WorkspaceEdit) error {
	return exec(ctx, c, edit(v6("workspaces", id), e, e.IfMatch))
}

// ValidateWorkspace says what is wrong or doubtful with a workspace.
func (c *Client) ValidateWorkspace(ctx context.Context, w api.WorkspaceValidate) (api.Validation, error) {
	v, _, err := send[api.Validation](ctx, c, check(v6("workspaces", "validation"), w))
	return v, err
}
