package plan

import (
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// hostFolders are the folders of the backend's machine that its users may name; not known to
// who may not edit, and of a backend that does not say.
func (o *Online) hostFolders(ctx context.Context) (folders workspace.HostFolders, known bool) {
	answer, exists, err := AskFor(ctx, o, "folders of the backend", func(ctx context.Context) (*api.HostFolders, error) {
		f, err := o.Client.HostFolders(ctx)
		if e, ok := errors.AsType[*api.Error](err); ok && e.Status == http.StatusForbidden {
			return nil, nil //nolint:nilnil // it is for editors, and what it guards is as well
		}
		return &f, err
	})
	if err != nil || !exists || answer == nil {
		return folders, false
	}
	folders.Workspaces = answer.WorkspaceRoots
	for _, m := range answer.Mounts {
		folders.Mounts = append(folders.Mounts, workspace.HostMount{Name: m.Name, Path: m.Path, Writable: m.Mode == "rw"})
	}
	return folders, true
}

// CheckFolder checks that the backend has the folder of a workspace for workspaces.
func (o *Online) CheckFolder(ctx context.Context, folder string, at path.Path, diags *diag.Diagnostics) {
	folders, known := o.hostFolders(ctx)
	if !known {
		return
	}
	for _, p := range folders.CheckWorkspace(folder, recipe.Path{at.String()}, true) {
		o.Finding(diags, at, "Folder is not for workspaces", p.Message)
	}
}

// CheckMounts checks that the backend lets jobs, which declare those mounts, mount what a
// configuration, at that place, names of its machine.
func (o *Online) CheckMounts(ctx context.Context, c recipe.Configuration, declared []string, at path.Path, diags *diag.Diagnostics) {
	if len(c.Mounts) == 0 || len(declared) == 0 {
		return
	}
	folders, known := o.hostFolders(ctx)
	if !known {
		return
	}
	for _, p := range folders.CheckMounts(c, declared, true) {
		here := at.AtName("mounts")
		if len(p.Path) > 1 {
			here = here.AtMapKey(p.Path[1]).AtName("host_path")
		}
		o.Finding(diags, here, "Folder cannot be mounted", p.Message)
	}
}
