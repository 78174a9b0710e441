package workspace

import (
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

const (
	brokerHost        = "host"
	onExistingDefault = plan.OnExistingOwn
)

// workspaceModel is galley_workspace.
type workspaceModel struct {
	workspaceFacts
	Broker     types.Dynamic `tfsdk:"broker"`
	OnExisting types.String  `tfsdk:"on_existing"`
}

// workspaceFacts are what every form of a workspace has: a resource, a result of a list.
type workspaceFacts struct {
	ID          types.Int64  `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Title       types.String `tfsdk:"title"`
	Description types.String `tfsdk:"description"`
	BaseURL     types.String `tfsdk:"base_url"`
	IsActive    types.Bool   `tfsdk:"is_active"`
	Created     types.String `tfsdk:"created"`
}

func factsOfWorkspace(w api.Workspace) workspaceFacts {
	return workspaceFacts{
		ID:          types.Int64Value(w.ID),
		Name:        types.StringValue(w.Name),
		Title:       types.StringValue(w.Title),
		Description: types.StringValue(value.Deref(w.Description)),
		BaseURL:     types.StringValue(value.Deref(w.BaseURL)),
		IsActive:    types.BoolValue(w.IsActive),
		Created:     types.StringValue(w.Created.String()),
	}
}

func (m workspaceModel) toCreate() api.WorkspaceCreate {
	return api.WorkspaceCreate{
		Title:         m.Title.ValueString(),
		Description:   m.Description.ValueString(),
		BaseURL:       m.BaseURL.ValueString(),
		IsActive:      m.IsActive.ValueBoolPointer(),
		Configuration: m.configuration(),
	}
}

// toEdit states every member, so that the server ends up with the plan whatever was
// there before, if that is the version with the tag.
func (m workspaceModel) toEdit(etag string) api.WorkspaceEdit {
	configuration := m.configuration()
	return api.WorkspaceEdit{
		Title:         m.Title.ValueStringPointer(),
		Description:   m.Description.ValueStringPointer(),
		BaseURL:       m.BaseURL.ValueStringPointer(),
		IsActive:      m.IsActive.ValueBoolPointer(),
		Configuration: &configuration,
		IfMatch:       etag,
	}
}

func (m workspaceModel) configuration() api.WorkspaceConfiguration {
	var c api.WorkspaceConfiguration
	if folder, _ := workspace.ReadBroker(value.Tree(m.Broker)); folder != "" { // problems were reported while planning
		c.Broker = api.Broker{Type: brokerHost, HostPath: folder}
	}
	return c
}

// fromAPI returns m with what the server has.
func (m workspaceModel) fromAPI(w api.WorkspaceDetail) workspaceModel {
	prior := m.configuration().Broker.HostPath
	m.workspaceFacts = factsOfWorkspace(w.Workspace)
	if m.OnExisting.IsNull() {
		m.OnExisting = types.StringValue(onExistingDefault)
	}
	switch b := w.Configuration.Broker; {
	case b.Type != brokerHost:
		m.Broker = types.DynamicNull()
	case !sameFolder(prior, b.HostPath):
		m.Broker = value.DynamicOf(map[string]any{"host": map[string]any{"path": b.HostPath}})
	}
	return m
}

// sameBroker tells whether two storages are the same folder, which an import has in the
// form that the server made of it.
func sameBroker(now, before attr.Value) bool {
	folder := func(v attr.Value) string {
		text, problems := workspace.ReadBroker(value.Tree(v))
		if len(problems) > 0 {
			return ""
		}
		return text
	}
	a, b := folder(now), folder(before)
	return a != "" && (path.Clean(a) == path.Clean(b) || !path.IsAbs(a) && path.IsAbs(b) && sameFolder(a, b))
}

// isAdopted tells whether the storage of a workspace that a destroy has left is the one that m
// wants. Any folder could be the one that "." stands for.
func (m workspaceModel) isAdopted(got string) bool {
	folder := m.configuration().Broker.HostPath
	return path.Clean(folder) != "." && sameFolder(folder, got)
}

// sameFolder compares a folder as it was written with the one that the server made
// of it: clean and, if it was relative, below a folder of the server.
func sameFolder(written, got string) bool {
	if written == "" {
		return false
	}
	clean := path.Clean(written)
	if clean == "." {
		return path.IsAbs(got) // the data folder of the backend, wherever that is
	}
	return clean == got || !path.IsAbs(clean) && strings.HasSuffix(got, "/"+clean)
}
