package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

// byID is the identity of a thing that its id tells from others.
func byID[T any](id func(T) int64) func(context.Context, *client.Client, T) (map[string]attr.Value, error) {
	return func(_ context.Context, _ *client.Client, v T) (map[string]attr.Value, error) {
		return map[string]attr.Value{"id": types.Int64Value(id(v))}, nil
	}
}

// NewWorkspaceListResource returns the list resource galley_workspace.
func NewWorkspaceListResource() list.ListResource {
	return &listResource[client.WorkspaceQuery, api.Workspace, workspaceModel]{
		name: "workspace", things: "workspaces", doc: "Workspaces, active or not.",
		source:   NewWorkspacesDataSource,
		query:    workspaceQuery,
		each:     (*client.Client).EachWorkspace,
		label:    func(w api.Workspace) string { return titled(w.Title, w.Name) + inactive(w.IsActive) },
		identity: byID(func(w api.Workspace) int64 { return w.ID }),
		fill: func(ctx context.Context, c *client.Client, w api.Workspace, m *workspaceModel) (diag.Diagnostics, error) {
			d, err := c.Workspace(ctx, w.ID)
			*m = m.fromAPI(d)
			return nil, err
		},
	}
}

// NewSourceFileListResource returns the list resource galley_source_file. What jobs have
// made is no source, and what is deleted cannot be imported.
func NewSourceFileListResource() list.ListResource {
	return &listResource[client.FileQuery, api.File, sourceFileModel]{
		name: "source_file", things: "files",
		doc: "Files that were uploaded and are not deleted. What jobs have made is not among them: see the data source " +
			"`galley_files`. `source`, `content` or `content_base64`, which say where the bytes come from, are to be added to a " +
			"configuration that is generated.",
		source: NewFilesDataSource,
		without: []string{
			"file_type", "is_deleted", "job_type_id", "job_type_name", "job_id", "job_output", "recipe_id", "recipe_type_id",
			"recipe_node", "batch_id",
		},
		query: func(f *filterValues) client.FileQuery {
			q := fileQuery(f)
			q.FileTypes, q.IsDeleted = []string{fileTypeSource}, new(false)
			return q
		},
		each:     (*client.Client).EachFile,
		keep:     func(f api.File) bool { return f.FileType == fileTypeSource && !f.IsDeleted },
		label:    func(f api.File) string { return f.Workspace.Name + ": " + f.FilePath },
		identity: byID(func(f api.File) int64 { return f.ID }),
		fill: func(ctx context.Context, _ *client.Client, f api.File, m *sourceFileModel) (diag.Diagnostics, error) {
			var diags diag.Diagnostics
			*m = m.fromAPI(ctx, f, &diags)
			return diags, nil
		},
	}
}

// fileTypeSource is the type of a file that was uploaded.
const fileTypeSource = "SOURCE"

// NewJobTypeListResource returns the list resource galley_job_type.
func NewJobTypeListResource() list.ListResource {
	return &listResource[client.JobTypeQuery, api.JobType, jobTypeModel]{
		name: "job_type", things: "job types", doc: "Job types, each version on its own, active or not.",
		source: NewJobTypesDataSource,
		query:  jobTypeQuery,
		each:   (*client.Client).EachJobType,
		label: func(j api.JobType) string {
			return titled(j.Title, j.Name) + " " + j.Version + inactive(j.IsActive)
		},
		identity: func(_ context.Context, _ *client.Client, j api.JobType) (map[string]attr.Value, error) {
			return map[string]attr.Value{"name": types.StringValue(j.Name), "version": types.StringValue(j.Version)}, nil
		},
		fill: func(ctx context.Context, c *client.Client, j api.JobType, m *jobTypeModel) (diag.Diagnostics, error) {
			d, err := c.JobType(ctx, j.Name, j.Version)
			if err == nil {
				*m, err = m.fromAPI(d)
			}
			return nil, err
		},
	}
}

// NewRecipeTypeListResource returns the list resource galley_recipe_type.
func NewRecipeTypeListResource() list.ListResource {
	return &listResource[client.RecipeTypeQuery, api.RecipeTypeListed, recipeTypeModel]{
		name: "recipe_type", things: "recipe types", doc: "Recipe types, active or not.",
		source: NewRecipeTypesDataSource,
		query:  recipeTypeQuery,
		each:   (*client.Client).EachRecipeType,
		label:  func(t api.RecipeTypeListed) string { return titled(t.Title, t.Name) + inactive(t.IsActive) },
		identity: func(_ context.Context, _ *client.Client, t api.RecipeTypeListed) (map[string]attr.Value, error) {
			return map[string]attr.Value{"name": types.StringValue(t.Name)}, nil
		},
		fill: func(ctx context.Context, c *client.Client, t api.RecipeTypeListed, m *recipeTypeModel) (diag.Diagnostics, error) {
			d, err := c.RecipeType(ctx, t.Name)
			if err != nil {
				return nil, err
			}
			return m.fromAPI(d), nil
		},
	}
}

// NewRecipeListResource returns the list resource galley_recipe. A recipe that was
// superseded or is inside of another one is part of a resource, not one of its own.
func NewRecipeListResource() list.ListResource {
	return &listResource[client.RecipeQuery, api.Recipe, recipeModel]{
		name: "recipe", things: "recipes",
		doc: "Recipes that no reprocess has superseded. Sub-recipes are not among them: they belong to the recipes that " +
			"contain them.",
		source:  NewRecipesDataSource,
		without: []string{"is_superseded"},
		query: func(f *filterValues) client.RecipeQuery {
			q := recipeQuery(f)
			q.IsSuperseded = new(false)
			return q
		},
		each: (*client.Client).EachRecipe,
		keep: func(r api.Recipe) bool { return r.Recipe == nil && !r.IsSuperseded },
		label: func(r api.Recipe) string {
			return fmt.Sprintf("%s %d: %s, %s", titled(r.RecipeType.Title, r.RecipeType.Name), r.ID,
				runStatus(r.IsCompleted, r.RecipeCounts), r.Created.Format("2006-01-02 15:04"))
		},
		identity: func(ctx context.Context, c *client.Client, r api.Recipe) (map[string]attr.Value, error) {
			root := r.ID
			if r.SupersededRecipe != nil { // the list does not say where the chain begins
				d, err := c.Recipe(ctx, r.ID)
				if err != nil {
					return nil, err
				}
				root = d.RootRecipe.ID
			}
			return map[string]attr.Value{"id": types.Int64Value(root)}, nil
		},
		fill: func(ctx context.Context, c *client.Client, r api.Recipe, m *recipeModel) (diag.Diagnostics, error) {
			d, passed, err := followChain(ctx, c, r.ID)
			if err != nil {
				return nil, err
			}
			m.refreshChain(ctx, c, d, passed)
			return m.fromAPI(d, c.Endpoint()), nil
		},
	}
}

// titled is a title with the name, where that is another one.
func titled(title, name string) string {
	if title == "" || title == name {
		return name
	}
	return title + " (" + name + ")"
}

// inactive marks what is inactive.
func inactive(active bool) string {
	if active {
		return ""
	}
	return ", inactive"
}
