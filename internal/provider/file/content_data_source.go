package file

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

const (
	usualContent = 64 << 10 // bytes
	maxContent   = 4 << 20  // a state is no place for more
)

// NewContentDataSource returns the data source galley_file_content (contract 1.5).
func NewContentDataSource() datasource.DataSource { return &contentDataSource{} }

type contentDataSource struct{ kit.DataSourceBase }

// contentModel is the data source galley_file_content.
type contentModel struct {
	FileID    types.Int64  `tfsdk:"file_id"`
	MaxBytes  types.Int64  `tfsdk:"max_bytes"`
	Content   types.String `tfsdk:"content"`
	Base64    types.String `tfsdk:"content_base64"`
	Size      types.Int64  `tfsdk:"size"`
	MediaType types.String `tfsdk:"media_type"`
}

// Metadata implements datasource.DataSource.
func (d *contentDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file_content"
}

// Schema implements datasource.DataSource.
func (d *contentDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What is in a file, such as the small report that a recipe ends with. It is kept in the state, so that a larger file " +
			"is an error instead of a part of itself.",
		Attributes: map[string]schema.Attribute{
			"file_id": schema.Int64Attribute{
				Required: true, CustomType: value.WholeNumber{}, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Id of the file.",
			},
			"max_bytes": schema.Int64Attribute{
				Optional: true, CustomType: value.WholeNumber{}, Validators: []validator.Int64{int64validator.Between(1, maxContent)},
				MarkdownDescription: fmt.Sprintf("The largest file that is read, in bytes, up to %d. Default %d.", maxContent, usualContent),
			},
			"content":        kit.ComputedText("The text of the file; null if it is no UTF-8."),
			"content_base64": kit.ComputedText("Its bytes, whatever they are."),
			"size":           kit.ComputedNumber("How many bytes it has."),
			"media_type":     kit.ComputedText("Its media type."),
		},
	}
}

// Read implements datasource.DataSource.
func (d *contentDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m contentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, c := d.ClientForRead(ctx, req, resp)
	if c == nil || resp.Diagnostics.HasError() {
		return
	}
	id, most := m.FileID.ValueInt64(), int64(usualContent)
	if !m.MaxBytes.IsNull() {
		most = m.MaxBytes.ValueInt64()
	}
	unreadable := func(err error) {
		fault.AddRead(&resp.Diagnostics, path.Root("file_id"), fmt.Sprintf("file %d", id), err)
	}
	f, err := c.File(ctx, id)
	if err != nil {
		unreadable(err)
		return
	}
	tooLarge := func(found string) {
		resp.Diagnostics.AddAttributeError(path.Root("max_bytes"), "File is too large", fmt.Sprintf(
			"max_bytes: file %d (%s) has %s, expected at most %d; raise max_bytes (up to %d), or read the file outside of Terraform: galley files get %d.",
			id, f.FileName, found, most, maxContent, id))
	}
	if f.FileSize > most {
		tooLarge(fmt.Sprintf("%d bytes", f.FileSize))
		return
	}
	body, err := c.FileContent(ctx, id)
	if err != nil {
		unreadable(err)
		return
	}
	defer func() { _ = body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(body, most+1)) // it may have grown since
	switch {
	case err != nil:
		unreadable(err)
		return
	case int64(len(raw)) > most:
		tooLarge("grown meanwhile")
		return
	}
	m.Size, m.MediaType = types.Int64Value(int64(len(raw))), types.StringValue(f.MediaType)
	m.Base64 = types.StringValue(base64.StdEncoding.EncodeToString(raw))
	if utf8.Valid(raw) {
		m.Content = types.StringValue(string(raw))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
