package kit

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	sourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var (
	_ list.ListResourceWithConfigure      = (*ListResource[int, int, int])(nil)
	_ list.ListResourceWithValidateConfig = (*ListResource[int, int, int])(nil)
)

// ListResource lists what a resource type can be imported from, for `terraform query`.
// Its filters are those of the data source of the same list. Q is the request, T what
// the client lists, M the model of the resource.
type ListResource[Q, T, M any] struct {
	ResourceBase
	Name    string // of the resource type, without the provider's
	Things  string // what is listed, in messages
	Doc     string
	Source  func() datasource.DataSource // whose filters the list has; nil: it has only its own
	Without []string                     // filters for what is no such resource
	Own     map[string]schema.Attribute  // filters beside those of the source
	Query   func(*Filters) Q
	Each    func(*client.Client, context.Context, Q) iter.Seq2[T, error]
	Keep    func(T) bool   // nil: everything is such a resource
	Label   func(T) string // what a person knows it by

	// identity gives the values of the identity.
	Identity func(context.Context, *client.Client, T) (map[string]attr.Value, error)
	// fill makes the model, which is that after an import, the whole resource. The error
	// is that of a request.
	Fill func(context.Context, *client.Client, T, *M) (diag.Diagnostics, error)
}

// Metadata implements list.ListResource.
func (l *ListResource[Q, T, M]) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_" + l.Name
}

// ListResourceConfigSchema implements list.ListResource.
func (l *ListResource[Q, T, M]) ListResourceConfigSchema(
	ctx context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	var source datasource.SchemaResponse
	if l.Source != nil {
		l.Source().Schema(ctx, datasource.SchemaRequest{}, &source)
		resp.Diagnostics.Append(source.Diagnostics...)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: l.Doc + " Filters are combined with *and*, the values of one filter with *or*; a filter without " +
			"values is none.",
		Attributes: map[string]schema.Attribute{},
	}
	maps.Copy(resp.Schema.Attributes, l.Own)
	for name, a := range source.Schema.Attributes {
		if name != "limit" && (a.IsOptional() || a.IsRequired()) && !slices.Contains(l.Without, name) {
			resp.Schema.Attributes[name] = listFilter(a)
		}
	}
}

// listFilter is a filter of a data source as one of a list resource. Lists stand for
// sets, which these have none of.
func listFilter(a sourceschema.Attribute) schema.Attribute {
	doc := a.GetMarkdownDescription()
	switch a := a.(type) {
	case sourceschema.SetAttribute:
		return schema.ListAttribute{Optional: true, ElementType: a.ElementType, MarkdownDescription: doc}
	case sourceschema.ListAttribute:
		return schema.ListAttribute{Optional: true, ElementType: a.ElementType, MarkdownDescription: doc}
	case sourceschema.BoolAttribute:
		return schema.BoolAttribute{Optional: true, MarkdownDescription: doc}
	case sourceschema.Int64Attribute:
		return schema.Int64Attribute{Optional: true, CustomType: value.WholeNumber{}, MarkdownDescription: doc, Validators: a.Validators}
	case sourceschema.Float64Attribute:
		return schema.Float64Attribute{Optional: true, MarkdownDescription: doc, Validators: a.Validators}
	case sourceschema.StringAttribute:
		return schema.StringAttribute{Required: a.Required, Optional: a.Optional, MarkdownDescription: doc, Validators: a.Validators}
	default:
		return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
	}
}

// ValidateListResourceConfig implements list.ListResourceWithValidateConfig. It needs no
// server.
func (l *ListResource[Q, T, M]) ValidateListResourceConfig(
	ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse,
) {
	f := ReadFilters(ctx, req.Config)
	l.Query(f)
	resp.Diagnostics.Append(f.Diags...)
}

// List implements list.ListResource. Pages are read as their results are taken.
func (l *ListResource[Q, T, M]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	f := ReadFilters(ctx, req.Config)
	if l.Keep == nil {
		f.Values["limit"] = types.Int64Value(req.Limit)
	}
	query := l.Query(f)
	c := l.Client(&f.Diags)
	if f.Diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(f.Diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		var given int64
		for v, err := range l.Each(c, ctx, query) {
			if err == nil && l.Keep != nil && !l.Keep(v) {
				continue
			}
			result, gone := l.result(ctx, c, req, v, err)
			if gone {
				continue
			}
			if given++; !push(result) || result.Diagnostics.HasError() || given == req.Limit {
				return
			}
		}
	}
}

// result is one thing of the list, or the error of reading it; gone: it was deleted
// while it was being read.
func (l *ListResource[Q, T, M]) result(
	ctx context.Context, c *client.Client, req list.ListRequest, v T, err error,
) (r list.ListResult, gone bool) {
	r = req.NewListResult(ctx)
	var identity map[string]attr.Value
	if err == nil {
		r.DisplayName = l.Label(v)
		identity, err = l.Identity(ctx, c, v)
	}
	for name, value := range identity {
		r.Diagnostics.Append(r.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
	if err == nil && req.IncludeResource {
		var m M
		r.Diagnostics.Append(blankResource(ctx, r.Resource, &m)...)
		var diags diag.Diagnostics
		diags, err = l.Fill(ctx, c, v, &m)
		r.Diagnostics.Append(diags...)
		if err == nil && !r.Diagnostics.HasError() {
			r.Diagnostics.Append(r.Resource.Set(ctx, m)...)
		}
	}
	if err != nil {
		fault.Add(&r.Diagnostics, "Cannot list "+l.Things, err)
	}
	return r, api.IsNotFound(err)
}

// blankResource fills a model with nulls, as it is at the start of an import.
func blankResource(ctx context.Context, r *tfsdk.Resource, model any) diag.Diagnostics {
	kind := r.Schema.Type().TerraformType(ctx)
	members := map[string]tftypes.Value{}
	if object, ok := kind.(tftypes.Object); ok {
		for name, member := range object.AttributeTypes {
			members[name] = tftypes.NewValue(member, nil)
		}
	}
	r.Raw = tftypes.NewValue(kind, members)
	return r.Get(ctx, model)
}

// ByID is the identity of a thing that its id tells from others.
func ByID[T any](id func(T) int64) func(context.Context, *client.Client, T) (map[string]attr.Value, error) {
	return func(_ context.Context, _ *client.Client, v T) (map[string]attr.Value, error) {
		return map[string]attr.Value{"id": types.Int64Value(id(v))}, nil
	}
}

// Titled is a title with the name, where that is another one.
func Titled(title, name string) string {
	if title == "" || title == name {
		return name
	}
	return title + " (" + name + ")"
}

// Inactive marks what is inactive.
func Inactive(active bool) string {
	if active {
		return ""
	}
	return ", inactive"
}
