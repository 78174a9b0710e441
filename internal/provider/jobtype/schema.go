package jobtype

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// Schema implements resource.Resource.
func (r *jobTypeResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
	}
	given := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: doc}
	}
	resp.Schema = schema.Schema{
		Version: 1,
		MarkdownDescription: "A job type: one program that recipes run, described by a Seed manifest, or by attributes of their own.\n\n" +
			"The API cannot delete job types: **destroy deactivates** it, and with it the recipe types that use it. " +
			"Creating it again takes the inactive one back into use (`on_existing`)." +
			jobTypeMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				Computed:            true,
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
				MarkdownDescription: "Id of the job type.",
			},
			"name": given("Name. Left out beside `manifest`, which has it (`name`): known while planning. Another name is another job type and " +
				"replaces this one."),
			"version": given("Version. Left out beside `manifest`, which has it (`jobVersion`): known while planning. Another version is another " +
				"job type and replaces this one."),
			"ref": schema.ObjectAttribute{
				Computed: true, AttributeTypes: refType(),
				MarkdownDescription: "`{ name, version, revision }`, as a node of a recipe type has it: `job = galley_job_type.clean.ref`.",
			},
			"manifest": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Seed 1.0.0 manifest as JSON text, from `file()` or `jsonencode()`. It is compared by " +
					"meaning: white space, the order of members and spelled-out defaults are no change. A change makes a new revision. " +
					"Left out, it is made of `name`, `version`, `command` and the like; the settings that it declares are then those that have values, in " +
					"`settings`, `secret_settings` and `settings_wo`.",
			},
			"docker_image": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Image of the job. Default: the name that the Seed standard gives it, " +
					"`<name>-<version>-seed:<packageVersion>` in lower case. `none`: the jobs run as processes. See the guide *Executors*.",
			},
			"configuration": value.OptionalDocument(form.JobTypeConfigurationShape(), "How the jobs run, unless a recipe says otherwise."),
			"is_active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the job type is in use. `false` also deactivates the recipe types that use it. Default: `true`.",
			},
			"is_paused": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether its jobs wait in the queue instead of running. Default: `false`.",
			},
			"max_scheduled": schema.Int64Attribute{
				CustomType:          value.WholeNumber{},
				Optional:            true,
				MarkdownDescription: "How many of its jobs may run at the same time, 1 or more. Default: no limit.",
			},
			"on_existing": kit.OnExistingAttribute("job type", "the same name and version"),
			"retry": value.NullDocument(form.RetryShape(), "How its jobs are tried again when they fail themselves: with an exit code, a timeout, a missing "+
				"output. A node of a recipe type can say otherwise. Every try has a log of its own. Galley's own: other backends do not "+
				"know it. Default: a job that fails is not tried again (what only the server is to blame for always is)."),
			"revision_num": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "Number of the manifest's revision, which the nodes of recipe types refer to.",
			},
			"created": schema.StringAttribute{
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "When the job type was created (RFC 3339).",
			},
			"last_modified":    computed("When the job type was changed last (RFC 3339)."),
			"input_interface":  computed("What the job takes, as JSON text (`files` and `json`): known while planning."),
			"output_interface": computed("What the job makes, as JSON text (`files` and `json`): known while planning."),
		},
	}
	maps.Copy(resp.Schema.Attributes, formAttributes())
	maps.Copy(resp.Schema.Attributes, value.JobSettingsAttributes("", "Another one sends them in place. They are also sent when "+
		"anything else of the job type changes."))
}
