package workspace

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListResource returns the list resource galley_workspace.
func NewListResource() list.ListResource {
	return &kit.ListResource[client.WorkspaceQuery, api.Workspace, workspaceModel]{
		Name: "workspace", Things: "workspaces", Doc: "Workspaces, active or not.",
		Source:   NewListDataSource,
		Query:    workspaceQuery,
		Each:     (*client.Client).EachWorkspace,
		Label:    func(w api.Workspace) string { return kit.Titled(w.Title, w.Name) + kit.Inactive(w.IsActive) },
		Identity: kit.ByID(func(w api.Workspace) int64 { return w.ID }),
		Fill: func(ctx context.Context, c *client.Client, w api.Workspace, m *workspaceModel) (diag.Diagnostics, error) {
			d, err := c.Workspace(ctx, w.ID)
			*m = m.fromAPI(d)
			return nil, err
		},
	}
}
