package plan

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// WorkspaceUse is a place in a configuration that names a workspace.
type WorkspaceUse struct {
	Name     string
	At       path.Path
	mayPause bool // an inactive workspace is worth a warning only, as it may be active again when it is needed
}

// WorkspacesOf lists the workspaces that the attribute configuration, of the shape s, names,
// as far as they are known.
func WorkspacesOf(s document.Shape, configuration types.Dynamic) []WorkspaceUse {
	c, _, _ := form.ReadConfiguration(s, value.Tree(configuration))
	var out []WorkspaceUse
	at := path.Root("configuration").AtName("output_workspaces")
	if name := c.OutputWorkspaces.Default; name != "" {
		out = append(out, WorkspaceUse{name, at.AtName("default"), true})
	}
	for _, output := range slices.Sorted(maps.Keys(c.OutputWorkspaces.Outputs)) {
		if name := c.OutputWorkspaces.Outputs[output]; name != "" {
			out = append(out, WorkspaceUse{name, at.AtName("outputs").AtMapKey(output), true})
		}
	}
	return out
}

// CheckWorkspaces checks that workspaces are there and active, by the plan or on the
// server.
func CheckWorkspaces(ctx context.Context, l *Ledger, o *Online, uses []WorkspaceUse, diags *diag.Diagnostics) {
	for _, use := range uses {
		active, planned := l.workspace(use.Name)
		switch {
		case planned && active:
			continue
		case planned:
			detail := fmt.Sprintf("%s: workspace '%s' is inactive after this plan, so that no file can be added to it "+
				"(DEPRECATED_WORKSPACE). Set its is_active to true, or name another one.", use.At, use.Name)
			if use.mayPause {
				diags.AddAttributeWarning(use.At, "Workspace is inactive", detail)
			} else {
				diags.AddAttributeError(use.At, "Workspace is inactive", detail)
			}
			continue
		}
		if o == nil {
			continue
		}
		all, err := o.workspaces(ctx)
		if err != nil {
			o.Report(diags)
			return
		}
		switch active, exists := all[use.Name]; {
		case !exists && l.MadeElsewhere(KindWorkspace, use.Name):
		case !exists:
			o.Finding(diags, use.At, "Workspace does not exist", fmt.Sprintf(
				"%s: there is no workspace '%s' (INVALID_WORKSPACE); %s. A workspace is named by its name, not its title. If "+
					"this configuration makes it, refer to galley_workspace.<label>.name, so that it is made first.",
				use.At, use.Name, theseExist(all)))
		case active:
		case use.mayPause:
			diags.AddAttributeWarning(use.At, "Workspace is inactive", fmt.Sprintf(
				"%s: workspace '%s' is inactive: no file can be added to it (DEPRECATED_WORKSPACE).", use.At, use.Name))
		default:
			o.Finding(diags, use.At, "Workspace is inactive", fmt.Sprintf(
				"%s: workspace '%s' is inactive: no file can be added to it (DEPRECATED_WORKSPACE).", use.At, use.Name))
		}
	}
}

// theseExist names the workspaces that are active; not all, if there are many.
func theseExist(all map[string]bool) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none is active"
	}
	return "active are: " + value.Few(names)
}
