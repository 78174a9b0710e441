package file

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListResource returns the list resource galley_source_file. What jobs have
// made is no source, and what is deleted cannot be imported.
func NewListResource() list.ListResource {
	return &kit.ListResource[client.FileQuery, api.File, sourceFileModel]{
		Name: "source_file", Things: "files",
		Doc: "Files that were uploaded and are not deleted. What jobs have made is not among them: see the data source " +
			"`galley_files`. `source`, `content` or `content_base64`, which say where the bytes come from, are to be added to a " +
			"configuration that is generated.",
		Source: NewListDataSource,
		Without: []string{
			"file_type", "is_deleted", "job_type_id", "job_type_name", "job_id", "job_output", "recipe_id", "recipe_type_id",
			"recipe_node", "batch_id",
		},
		Query: func(f *kit.Filters) client.FileQuery {
			q := fileQuery(f)
			q.FileTypes, q.IsDeleted = []string{fileTypeSource}, new(false)
			return q
		},
		Each:     (*client.Client).EachFile,
		Keep:     func(f api.File) bool { return f.FileType == fileTypeSource && !f.IsDeleted },
		Label:    func(f api.File) string { return f.Workspace.Name + ": " + f.FilePath },
		Identity: kit.ByID(func(f api.File) int64 { return f.ID }),
		Fill: func(ctx context.Context, _ *client.Client, f api.File, m *sourceFileModel) (diag.Diagnostics, error) {
			var diags diag.Diagnostics
			*m = m.fromAPI(ctx, f, &diags)
			return diags, nil
		},
	}
}

// fileTypeSource is the type of a file that was uploaded.
const fileTypeSource = "SOURCE"
