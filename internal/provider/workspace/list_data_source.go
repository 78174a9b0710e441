package workspace

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListDataSource returns the data source galley_workspaces (contract 1.6).
func NewListDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.WorkspaceQuery, api.Workspace, workspaceResult]{
		Name:   "workspaces",
		Things: "workspaces",
		Doc:    "Workspaces, where files are kept.",
		Filters: map[string]schema.Attribute{
			"started": kit.InstantFilter("Changed at this time or later"),
			"ended":   kit.InstantFilter("Changed at this time or earlier"),
			"name":    kit.TextsFilter("With one of these names, exactly."),
			"order":   kit.OrderArgument("name"),
		},
		Results: map[string]schema.Attribute{
			"id":            kit.ComputedNumber("Id of the workspace."),
			"name":          kit.ComputedText("Name that other things refer to."),
			"title":         kit.ComputedText("Title for people."),
			"description":   kit.ComputedText("Description."),
			"base_url":      kit.ComputedText("URL below which somebody else serves the files."),
			"is_active":     kit.ComputedFlag("Whether files may be added."),
			"created":       kit.ComputedText("When it was created (RFC 3339)."),
			"deprecated":    kit.ComputedText("When it was deactivated (RFC 3339)."),
			"last_modified": kit.ComputedText("When it was changed last (RFC 3339)."),
		},
		Query:  workspaceQuery,
		List:   (*client.Client).Workspaces,
		Result: newWorkspaceResult,
	}
}

func workspaceQuery(f *kit.Filters) client.WorkspaceQuery {
	started, ended := f.Between("started", "ended")
	return client.WorkspaceQuery{
		Started: started,
		Ended:   ended,
		Names:   f.Texts("name"),
		Order:   f.Texts("order"),
		Limit:   f.Limit(),
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
		Deprecated:     kit.TimeOrNull(w.Deprecated),
		LastModified:   types.StringValue(w.LastModified.String()),
	}
}
