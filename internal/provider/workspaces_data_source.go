package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// NewWorkspacesDataSource returns the data source galley_workspaces (contract 1.6).
func NewWorkspacesDataSource() datasource.DataSource {
	return &listDataSource[client.WorkspaceQuery, api.Workspace, workspaceResult]{
		name:   "workspaces",
		things: "workspaces",
		doc:    "Workspaces, where files are kept.",
		filters: map[string]schema.Attribute{
			"started": instantFilter("Changed at this time or later"),
			"ended":   instantFilter("Changed at this time or earlier"),
			"name":    textsFilter("With one of these names, exactly."),
			"order":   orderArgument("name"),
		},
		results: map[string]schema.Attribute{
			"id":            computedNumber("Id of the workspace."),
			"name":          computedText("Name that other things refer to."),
			"title":         computedText("Title for people."),
			"description":   computedText("Description."),
			"base_url":      computedText("URL below which somebody else serves the files."),
			"is_active":     computedFlag("Whether files may be added."),
			"created":       computedText("When it was created (RFC 3339)."),
			"deprecated":    computedText("When it was deactivated (RFC 3339)."),
			"last_modified": computedText("When it was changed last (RFC 3339)."),
		},
		query:  workspaceQuery,
		list:   (*client.Client).Workspaces,
		result: newWorkspaceResult,
	}
}

func workspaceQuery(f *filterValues) client.WorkspaceQuery {
	started, ended := f.between("started", "ended")
	return client.WorkspaceQuery{
		Started: started,
		Ended:   ended,
		Names:   f.texts("name"),
		Order:   f.texts("order"),
		Limit:   f.limit(),
	}
}

// workspaceResult is a workspace in a list.
type workspaceResult struct {
	workspaceFacts
	Deprecated   types.String `tfsdk:"deprecated"`
	LastModified types.String `tfsdk:"last_modified"`
}

func newWorkspaceResult(w api.Workspace) workspaceResult {
	return workspaceResult{
		workspaceFacts: factsOfWorkspace(w),
		Deprecated:     timeOrNull(w.Deprecated),
		LastModified:   types.StringValue(w.LastModified.String()),
	}
}
