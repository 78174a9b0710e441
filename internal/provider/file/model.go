package file

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// sourceFileModel is galley_source_file.
type sourceFileModel struct {
	ID                types.Int64  `tfsdk:"id"`
	Workspace         types.String `tfsdk:"workspace"`
	Path              types.String `tfsdk:"path"`
	Source            types.String `tfsdk:"source"`
	Content           types.String `tfsdk:"content"`
	ContentBase64     types.String `tfsdk:"content_base64"`
	MediaType         types.String `tfsdk:"media_type"`
	DataTypes         types.Set    `tfsdk:"data_types"`
	SourceStarted     types.String `tfsdk:"source_started"`
	SourceEnded       types.String `tfsdk:"source_ended"`
	SourceSensorClass types.String `tfsdk:"source_sensor_class"`
	SourceSensor      types.String `tfsdk:"source_sensor"`
	SourceCollection  types.String `tfsdk:"source_collection"`
	SourceTask        types.String `tfsdk:"source_task"`
	Size              types.Int64  `tfsdk:"size"`
	SHA256            types.String `tfsdk:"sha256"`
	URL               types.String `tfsdk:"url"`
	Created           types.String `tfsdk:"created"`
}

// toUpload returns the form's fields; sha256 is that of the bytes to send.
func (m sourceFileModel) toUpload(ctx context.Context, sha256 string, diags *diag.Diagnostics) api.FileUpload {
	u := api.FileUpload{
		Workspace: m.Workspace.ValueString(),
		Path:      m.Path.ValueString(),
		MediaType: m.MediaType.ValueString(),
		SHA256:    sha256,
		Sources: api.Sources{
			SourceSensorClass: m.SourceSensorClass.ValueStringPointer(),
			SourceSensor:      m.SourceSensor.ValueStringPointer(),
			SourceCollection:  m.SourceCollection.ValueStringPointer(),
			SourceTask:        m.SourceTask.ValueStringPointer(),
		},
	}
	diags.Append(m.DataTypes.ElementsAs(ctx, &u.DataTypes, false)...)
	var err error
	if u.SourceStarted, err = instant(m.SourceStarted); err == nil {
		u.SourceEnded, err = instant(m.SourceEnded)
	}
	if err != nil {
		fault.Add(diags, "Cannot read time", err)
	}
	return u
}

// fromAPI returns m with what the server has. How the bytes are given (source,
// content) is Terraform's alone and stays as it is.
func (m sourceFileModel) fromAPI(ctx context.Context, f api.File, diags *diag.Diagnostics) sourceFileModel {
	m.ID = types.Int64Value(f.ID)
	m.Workspace = types.StringValue(f.Workspace.Name)
	m.Path = types.StringValue(f.FilePath)
	m.MediaType = types.StringValue(f.MediaType)
	tags, d := types.SetValueFrom(ctx, types.StringType, append([]string{}, f.DataTypeTags...))
	diags.Append(d...)
	m.DataTypes = tags
	m.SourceStarted = timeFromAPI(f.SourceStarted, m.SourceStarted)
	m.SourceEnded = timeFromAPI(f.SourceEnded, m.SourceEnded)
	m.SourceSensorClass = value.TextOrNull(value.Deref(f.SourceSensorClass))
	m.SourceSensor = value.TextOrNull(value.Deref(f.SourceSensor))
	m.SourceCollection = value.TextOrNull(value.Deref(f.SourceCollection))
	m.SourceTask = value.TextOrNull(value.Deref(f.SourceTask))
	m.Size = types.Int64Value(f.FileSize)
	m.SHA256 = types.StringValue(f.SHA256)
	m.URL = value.TextOrNull(value.Deref(f.URL))
	m.Created = types.StringValue(f.Created.String())
	return m
}

// instant reads RFC 3339; null is nil.
func instant(v types.String) (*api.Time, error) {
	if v.IsNull() || v.IsUnknown() {
		return nil, nil //nolint:nilnil // absent is no error
	}
	t, err := time.Parse(time.RFC3339Nano, v.ValueString())
	if err != nil {
		return nil, fmt.Errorf("%q is no time such as \"2026-03-01T12:00:00Z\": %w", v.ValueString(), err)
	}
	if err := workspace.CheckSourceTime(t); err != nil {
		return nil, err
	}
	return api.TimePtr(&t), nil
}

// timeFromAPI keeps the text of prior while it is the same instant.
func timeFromAPI(t *api.Time, prior types.String) types.String {
	if t == nil {
		return types.StringNull()
	}
	if old, err := instant(prior); err == nil && old != nil && old.Equal(t.Time) {
		return prior
	}
	return types.StringValue(t.String())
}

// mediaTypeOf guesses from the extension. The table is ours, because that of the
// operating system differs from machine to machine, and so would the plan.
func mediaTypeOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return "text/csv"
	case ".geojson":
		return "application/geo+json"
	case ".gz", ".tgz":
		return "application/gzip"
	case ".h5", ".hdf5":
		return "application/x-hdf5"
	case ".htm", ".html":
		return "text/html"
	case ".jp2":
		return "image/jp2"
	case ".jpeg", ".jpg":
		return "image/jpeg"
	case ".json":
		return "application/json"
	case ".md":
		return "text/markdown"
	case ".nc":
		return "application/x-netcdf"
	case ".pdf":
		return "application/pdf"
	case ".png":
		return "image/png"
	case ".tar":
		return "application/x-tar"
	case ".tif", ".tiff":
		return "image/tiff"
	case ".tsv":
		return "text/tab-separated-values"
	case ".txt", ".log":
		return "text/plain"
	case ".xml":
		return "application/xml"
	case ".yaml", ".yml":
		return "application/yaml"
	case ".zip":
		return "application/zip"
	}
	return "application/octet-stream"
}
