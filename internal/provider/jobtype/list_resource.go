package jobtype

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewListResource returns the list resource galley_job_type.
func NewListResource() list.ListResource {
	return &kit.ListResource[client.JobTypeQuery, api.JobType, jobTypeModel]{
		Name: "job_type", Things: "job types", Doc: "Job types, each version on its own, active or not.",
		Source: NewListDataSource,
		Query: func(f *kit.Filters) client.JobTypeQuery {
			q := jobTypeQuery(f)
			if q.IsSystem == nil { // those of the system cannot be managed
				q.IsSystem = new(false)
			}
			return q
		},
		Each: (*client.Client).EachJobType,
		Label: func(j api.JobType) string {
			return kit.Titled(j.Title, j.Name) + " " + j.Version + kit.Inactive(j.IsActive)
		},
		Identity: func(_ context.Context, _ *client.Client, j api.JobType) (map[string]attr.Value, error) {
			return map[string]attr.Value{"name": types.StringValue(j.Name), "version": types.StringValue(j.Version)}, nil
		},
		Fill: func(ctx context.Context, c *client.Client, j api.JobType, m *jobTypeModel) (diag.Diagnostics, error) {
			d, err := c.JobType(ctx, j.Name, j.Version)
			if err == nil {
				*m, err = m.fromAPI(d)
			}
			return nil, err
		},
	}
}
