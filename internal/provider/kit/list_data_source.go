package kit

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
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var (
	_ datasource.DataSourceWithConfigure      = (*ListDataSource[int, int, int])(nil)
	_ datasource.DataSourceWithValidateConfig = (*ListDataSource[int, int, int])(nil)
)

// ListDataSource is a data source for a list of the API: its filters, under their own
// names, and limit go in, results come out. Pages are the client's business. Q is the
// request, T what the client lists, R the model of a result.
type ListDataSource[Q, T, R any] struct {
	DataSourceBase
	Name    string // of the type, without the provider's
	Things  string // what is listed, in messages
	Of      string // the argument that names the thing they belong to; "": nothing
	Doc     string
	Filters map[string]schema.Attribute
	Results map[string]schema.Attribute
	Query   func(*Filters) Q
	List    func(*client.Client, context.Context, Q) ([]T, error) // in the form of a method of the client
	Result  func(T) R
}

// Metadata implements datasource.DataSource.
func (d *ListDataSource[Q, T, R]) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_" + d.Name
}

// Schema implements datasource.DataSource.
func (d *ListDataSource[Q, T, R]) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: d.Doc,
		Attributes: map[string]schema.Attribute{
			"limit": schema.Int64Attribute{
				Optional:   true,
				CustomType: value.WholeNumber{},
				Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "How many " + d.Things + " to read at most. Default: all; 1000 are read with one " +
					"request.",
			},
			"results": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The " + d.Things + ".",
				NestedObject:        schema.NestedAttributeObject{Attributes: d.Results},
			},
		},
	}
	maps.Copy(resp.Schema.Attributes, d.Filters)
	if len(d.Filters) > 1 {
		resp.Schema.MarkdownDescription += " Filters are combined with *and*, the values of one filter with *or*; a filter " +
			"without values is none."
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig. It needs no server.
func (d *ListDataSource[Q, T, R]) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	f := ReadFilters(ctx, req.Config)
	d.Query(f)
	resp.Diagnostics.Append(f.Diags...)
}

// Read implements datasource.DataSource.
func (d *ListDataSource[Q, T, R]) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	f := ReadFilters(ctx, req.Config)
	query := d.Query(f)
	resp.Diagnostics.Append(f.Diags...)
	ctx, c := d.ClientForRead(ctx, req, resp)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	found, err := d.List(c, ctx, query)
	switch {
	case err != nil && d.Of != "" && api.IsNotFound(err):
		fault.AddAt(&resp.Diagnostics, path.Root(d.Of), "Cannot list "+d.Things, err)
		return
	case err != nil:
		fault.Add(&resp.Diagnostics, "Cannot list "+d.Things, err)
		return
	}
	rows := make([]R, 0, len(found))
	for _, v := range found {
		rows = append(rows, d.Result(v))
	}
	results, diags := types.ListValueFrom(ctx, value.ObjectType(d.Results), rows)
	resp.Diagnostics.Append(diags...)
	resp.State.Raw = req.Config.Raw.Copy()
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("results"), results)...)
}
