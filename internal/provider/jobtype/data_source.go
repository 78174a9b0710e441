package jobtype

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

var _ datasource.DataSourceWithConfigure = (*jobTypeDataSource)(nil)

// NewDataSource returns the data source galley_job_type (contract 1.3).
func NewDataSource() datasource.DataSource { return &jobTypeDataSource{} }

type jobTypeDataSource struct{ kit.DataSourceBase }

// jobTypeDataModel is the data source galley_job_type.
type jobTypeDataModel struct {
	jobTypeResult
	Manifest        types.String `tfsdk:"manifest"`
	InputInterface  types.String `tfsdk:"input_interface"`
	OutputInterface types.String `tfsdk:"output_interface"`
	Configuration   types.Object `tfsdk:"configuration"`
	Retry           types.Object `tfsdk:"retry"`
	Settings        types.Map    `tfsdk:"settings"`
	RecipeTypes     types.List   `tfsdk:"recipe_types"`
}

// Metadata implements datasource.DataSource.
func (d *jobTypeDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_job_type"
}

// Schema implements datasource.DataSource.
func (d *jobTypeDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A job type that somebody else manages, active or not, with its manifest.",
		Attributes: kit.Merged(jobTypeResultAttributes(), map[string]schema.Attribute{
			"name":    kit.NameArgument("Name of the job type."),
			"version": kit.NameArgument("Version of the job type."),
			"revision_num": kit.RevisionArgument("Revision whose manifest, interfaces and image are wanted. Default: the latest. " +
				"Nodes of recipe types refer to it."),
			"manifest":         kit.ComputedText("Seed manifest as JSON text."),
			"input_interface":  kit.ComputedText("What the job takes, as JSON text (`files` and `json`)."),
			"output_interface": kit.ComputedText("What the job makes, as JSON text (`files` and `json`)."),
			"configuration":    value.Computed(form.JobTypeConfigurationShape(), "How the jobs run, unless a recipe says otherwise."),
			"retry":            value.Computed(form.RetryShape(), "How its jobs are tried again when they fail themselves; null if they are not."),
			"settings":         kit.ComputedTexts("Values of the settings, by name, without those of secret ones."),
			"recipe_types": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Names of the recipe types that use it.",
			},
		}),
	}
}

// Read implements datasource.DataSource.
func (d *jobTypeDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	var m jobTypeDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, c := d.ClientForRead(ctx, req, resp)
	if resp.Diagnostics.HasError() || c == nil {
		return
	}
	name, version, revision := m.Name.ValueString(), m.Version.ValueString(), m.RevisionNum
	j, err := c.JobType(ctx, name, version)
	if err != nil {
		at := path.Root("name")
		if names, listErr := c.JobTypeVersions(ctx, name); listErr == nil && len(names) > 0 {
			at = path.Root("version")
		}
		fault.AddRead(&resp.Diagnostics, at, fmt.Sprintf("job type %s in version %s", name, version), err)
		return
	}
	if wanted := revision.ValueInt64(); !revision.IsNull() && wanted != int64(j.RevisionNum) {
		r, err := c.JobTypeRevision(ctx, name, version, int(wanted))
		if err != nil {
			fault.AddRead(&resp.Diagnostics, path.Root("revision_num"), fmt.Sprintf(
				"revision %d of job type %s in version %s, whose latest one is %d", wanted, name, version, j.RevisionNum), err)
			return
		}
		j.RevisionNum, j.Manifest, j.DockerImage = r.RevisionNum, r.Manifest, r.DockerImage
	}
	if err := m.fromAPI(j); err != nil {
		fault.Add(&resp.Diagnostics, "Cannot read job type", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *jobTypeDataModel) fromAPI(j api.JobTypeDetail) error {
	full, err := jobTypeModel{JobSettings: value.NoSettings()}.fromAPI(j)
	m.jobTypeResult = newJobTypeResult(j.JobType)
	m.Manifest = full.Manifest
	m.InputInterface, m.OutputInterface = full.InputInterface, full.OutputInterface
	m.Configuration = value.TypedObject(form.JobTypeConfigurationShape(), value.Tree(full.Configuration))
	m.Retry = value.TypedObject(form.RetryShape(), value.Tree(full.Retry))
	m.Settings = full.Settings
	m.RecipeTypes = value.StringList(kit.NamesOf(j.RecipeTypes))
	return err
}
