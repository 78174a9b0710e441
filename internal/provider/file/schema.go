package file

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema implements resource.Resource.
func (r *sourceFileResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	keepText := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	keepNumber := []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}
	fixed := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, PlanModifiers: replace, MarkdownDescription: doc}
	}
	content := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: doc + " Exactly one of `source`, `content` and `content_base64` is given.",
		}
	}
	computed := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, PlanModifiers: keepText, MarkdownDescription: doc}
	}
	instant := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: doc + " RFC 3339, such as `2026-03-01T12:00:00Z`. A change replaces the file.",
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A file that is uploaded to a workspace, as input of recipes.\n\n" +
			"A change of the bytes is seen while planning, through their SHA-256, and **replaces** the file: it gets a new " +
			"`id`, so that recipes that use it run again. An upload to the path of another file takes its place, which makes " +
			"`create_before_destroy` safe. **Destroy deletes the bytes** in the workspace.\n\n" +
			"When a local file changes between plan and apply, nothing is uploaded and Terraform reports an inconsistent final " +
			"plan: plan again." +
			sourceFileMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				Computed: true, PlanModifiers: keepNumber,
				MarkdownDescription: "Id of the file, as recipes take it for an input.",
			},
			"workspace": schema.StringAttribute{
				Required: true, PlanModifiers: replace,
				MarkdownDescription: "Name of the workspace. A change replaces the file.",
			},
			"path": schema.StringAttribute{
				Required: true, PlanModifiers: replace,
				MarkdownDescription: "Path within the workspace, with slashes. A change replaces the file.",
			},
			"source":         content("Path of a local file with the bytes."),
			"content":        content("The bytes as text. They are kept in the state."),
			"content_base64": content("The bytes in base64. They are kept in the state."),
			"media_type": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: replace,
				MarkdownDescription: "Media type, which the inputs of recipes check. Default: by the extension of `path` for " +
					"common ones (the same on every machine), or else `application/octet-stream`. A change replaces the file.",
			},
			"data_types": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType,
				Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{})),
				PlanModifiers:       []planmodifier.Set{setplanmodifier.RequiresReplace()},
				MarkdownDescription: "Tags, which conditions can look at (`data_type_tags` in the API). A change replaces the file.",
			},
			"source_started":      instant("When the recording of the data started."),
			"source_ended":        instant("When the recording of the data ended."),
			"source_sensor_class": fixed("Class of the sensor. A change replaces the file."),
			"source_sensor":       fixed("Sensor that recorded the data. A change replaces the file."),
			"source_collection":   fixed("Collection that the data belong to. A change replaces the file."),
			"source_task":         fixed("Task that the data were recorded for. A change replaces the file."),
			"size": schema.Int64Attribute{
				Computed: true, PlanModifiers: keepNumber,
				MarkdownDescription: "Size in bytes. Known while planning if the bytes are.",
			},
			"sha256":  computed("SHA-256 of the bytes, in hex. Known while planning if the bytes are."),
			"url":     computed("URL of the file, if the workspace has a `base_url`."),
			"created": computed("When it was uploaded, RFC 3339."),
		},
	}
}
