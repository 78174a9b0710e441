package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
)

var (
	_ datasource.DataSourceWithConfigure      = (*listDataSource[int, int, int])(nil)
	_ datasource.DataSourceWithValidateConfig = (*listDataSource[int, int, int])(nil)
)

// listDataSource is a data source for a list of the API: its filters, under their own
// names, and limit go in, results come out. Pages are the client's business. Q is the
// request, T what the client lists, R the model of a result.
type listDataSource[Q, T, R any] struct {
	DataSourceBase
	name    string // of the type, without the provider's
	things  string // what is listed, in messages
	of      string // the argument that names the thing they belong to; "": nothing
	doc     string
	filters map[string]schema.Attribute
	results map[string]schema.Attribute
	query   func(*filterValues) Q
	list    func(*client.Client, context.Context, Q) ([]T, error) // in the form of a method of the client
	result  func(T) R
}

// Metadata implements datasource.DataSource.
func (d *listDataSource[Q, T, R]) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

// Schema implements datasource.DataSource.
func (d *listDataSource[Q, T, R]) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: d.doc,
		Attributes: map[string]schema.Attribute{
			"limit": schema.Int64Attribute{
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "How many " + d.things + " to read at most. Default: all; 1000 are read with one " +
					"request.",
			},
			"results": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The " + d.things + ".",
				NestedObject:        schema.NestedAttributeObject{Attributes: d.results},
			},
		},
	}
	maps.Copy(resp.Schema.Attributes, d.filters)
	if len(d.filters) > 1 {
		resp.Schema.MarkdownDescription += " Filters are combined with *and*, the values of one filter with *or*; a filter " +
			"without values is none."
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig. It needs no server.
func (d *listDataSource[Q, T, R]) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	f := readFilters(ctx, req.Config)
	d.query(f)
	resp.Diagnostics.Append(f.diags...)
}

// Read implements datasource.DataSource.
func (d *listDataSource[Q, T, R]) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	f := readFilters(ctx, req.Config)
	query := d.query(f)
	resp.Diagnostics.Append(f.diags...)
	c := d.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := d.list(c, ctx, query)
	switch {
	case err != nil && d.of != "" && api.IsNotFound(err):
		addAttributeError(&resp.Diagnostics, path.Root(d.of), "Cannot list "+d.things, err)
		return
	case err != nil:
		addError(&resp.Diagnostics, "Cannot list "+d.things, err)
		return
	}
	rows := make([]R, 0, len(found))
	for _, v := range found {
		rows = append(rows, d.result(v))
	}
	results, diags := types.ListValueFrom(ctx, objectType(d.results), rows)
	resp.Diagnostics.Append(diags...)
	resp.State.Raw = req.Config.Raw.Copy()
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("results"), results)...)
}
