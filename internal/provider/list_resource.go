package provider

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
)

var (
	_ list.ListResourceWithConfigure      = (*listResource[int, int, int])(nil)
	_ list.ListResourceWithValidateConfig = (*listResource[int, int, int])(nil)
)

// listResource lists what a resource type can be imported from, for `terraform query`.
// Its filters are those of the data source of the same list. Q is the request, T what
// the client lists, M the model of the resource.
type listResource[Q, T, M any] struct {
	ResourceBase
	name    string // of the resource type, without the provider's
	things  string // what is listed, in messages
	doc     string
	source  func() datasource.DataSource // whose filters the list has; nil: it has only its own
	without []string                     // filters for what is no such resource
	own     map[string]schema.Attribute  // filters beside those of the source
	query   func(*filterValues) Q
	each    func(*client.Client, context.Context, Q) iter.Seq2[T, error]
	keep    func(T) bool   // nil: everything is such a resource
	label   func(T) string // what a person knows it by

	// identity gives the values of the identity.
	identity func(context.Context, *client.Client, T) (map[string]attr.Value, error)
	// fill makes the model, which is that after an import, the whole resource. The error
	// is that of a request.
	fill func(context.Context, *client.Client, T, *M) (diag.Diagnostics, error)
}

// Metadata implements list.ListResource.
func (l *listResource[Q, T, M]) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_" + l.name
}

// ListResourceConfigSchema implements list.ListResource.
func (l *listResource[Q, T, M]) ListResourceConfigSchema(
	ctx context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	var source datasource.SchemaResponse
	if l.source != nil {
		l.source().Schema(ctx, datasource.SchemaRequest{}, &source)
		resp.Diagnostics.Append(source.Diagnostics...)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: l.doc + " Filters are combined with *and*, the values of one filter with *or*; a filter without " +
			"values is none.",
		Attributes: map[string]schema.Attribute{},
	}
	maps.Copy(resp.Schema.Attributes, l.own)
	for name, a := range source.Schema.Attributes {
		if name != "limit" && (a.IsOptional() || a.IsRequired()) && !slices.Contains(l.without, name) {
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
		return schema.Int64Attribute{Optional: true, MarkdownDescription: doc, Validators: a.Validators}
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
func (l *listResource[Q, T, M]) ValidateListResourceConfig(
	ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse,
) {
	f := readFilters(ctx, req.Config)
	l.query(f)
	resp.Diagnostics.Append(f.diags...)
}

// List implements list.ListResource. Pages are read as their results are taken.
func (l *listResource[Q, T, M]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	f := readFilters(ctx, req.Config)
	if l.keep == nil {
		f.values["limit"] = types.Int64Value(req.Limit)
	}
	query := l.query(f)
	c := l.client(&f.diags)
	if f.diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(f.diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		var given int64
		for v, err := range l.each(c, ctx, query) {
			if err == nil && l.keep != nil && !l.keep(v) {
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
func (l *listResource[Q, T, M]) result(
	ctx context.Context, c *client.Client, req list.ListRequest, v T, err error,
) (r list.ListResult, gone bool) {
	r = req.NewListResult(ctx)
	var identity map[string]attr.Value
	if err == nil {
		r.DisplayName = l.label(v)
		identity, err = l.identity(ctx, c, v)
	}
	for name, value := range identity {
		r.Diagnostics.Append(r.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
	if err == nil && req.IncludeResource {
		var m M
		r.Diagnostics.Append(blankResource(ctx, r.Resource, &m)...)
		var diags diag.Diagnostics
		diags, err = l.fill(ctx, c, v, &m)
		r.Diagnostics.Append(diags...)
		if err == nil && !r.Diagnostics.HasError() {
			r.Diagnostics.Append(r.Resource.Set(ctx, m)...)
		}
	}
	if err != nil {
		addError(&r.Diagnostics, "Cannot list "+l.things, err)
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
