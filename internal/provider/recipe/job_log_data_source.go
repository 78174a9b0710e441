package recipe

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

const (
	usualLogLines = 100
	maxLogLines   = 10_000
	maxLogBytes   = 1 << 20 // a state is no place for more
)

// NewJobLogDataSource returns the data source galley_job_log (contract 1.4).
func NewJobLogDataSource() datasource.DataSource { return &jobLogDataSource{} }

type jobLogDataSource struct{ kit.DataSourceBase }

// jobLogModel is the data source galley_job_log.
type jobLogModel struct {
	JobID  types.Int64  `tfsdk:"job_id"`
	Try    types.Int64  `tfsdk:"try"`
	Stream types.String `tfsdk:"stream"`
	Lines  types.Int64  `tfsdk:"lines"`
	Log    types.String `tfsdk:"log"`
	Status types.String `tfsdk:"status"`
}

// Metadata implements datasource.DataSource.
func (d *jobLogDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_job_log"
}

// Schema implements datasource.DataSource.
func (d *jobLogDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	atLeastOne := []validator.Int64{int64validator.AtLeast(1)}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The last lines that a job has printed. The values of secret settings are masked in it, as they are wherever logs are kept.",
		Attributes: map[string]schema.Attribute{
			"job_id": schema.Int64Attribute{Required: true, CustomType: value.WholeNumber{}, Validators: atLeastOne, MarkdownDescription: "Id of the job."},
			"try": schema.Int64Attribute{
				Optional: true, CustomType: value.WholeNumber{}, Validators: atLeastOne,
				MarkdownDescription: "Which of its tries, from 1 on. Default: the latest one.",
			},
			"stream": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf("stdout", "stderr", client.LogCombined)},
				MarkdownDescription: "`stdout`, `stderr` or `combined` (default).",
			},
			"lines": schema.Int64Attribute{
				Optional: true, CustomType: value.WholeNumber{}, Validators: []validator.Int64{int64validator.Between(1, maxLogLines)},
				MarkdownDescription: fmt.Sprintf("How many lines, up to %d, and at most 1 MiB. Default %d.", maxLogLines, usualLogLines),
			},
			"log":    kit.ComputedText("The last lines, without what a terminal would take for a command; empty if nothing was printed."),
			"status": kit.ComputedText("Status of the try; null if the job was never run."),
		},
	}
}

// Read implements datasource.DataSource.
func (d *jobLogDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m jobLogModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	ctx, c := d.ClientForRead(ctx, req, resp)
	if c == nil || resp.Diagnostics.HasError() {
		return
	}
	exe, err := d.find(ctx, c, m)
	if err != nil {
		fault.AddRead(&resp.Diagnostics, path.Root("job_id"), fmt.Sprintf("log of job %d", m.JobID.ValueInt64()), err)
		return
	}
	m.Log = types.StringValue("")
	switch {
	case exe != nil:
		stream, lines := client.LogCombined, usualLogLines
		if !m.Stream.IsNull() {
			stream = m.Stream.ValueString()
		}
		if !m.Lines.IsNull() {
			lines = int(m.Lines.ValueInt64())
		}
		text, err := c.JobLog(ctx, exe.ID, stream)
		if err != nil {
			fault.AddRead(&resp.Diagnostics, path.Root("job_id"), fmt.Sprintf("log of job %d", m.JobID.ValueInt64()), err)
			return
		}
		m.Log, m.Status = types.StringValue(kit.TailOf(text, lines, maxLogBytes)), types.StringValue(exe.Status)
	case !m.Try.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("try"), "Cannot read log of job", fmt.Sprintf(
			"try: found %d, but job %d has had no such try; leave it out for the latest one.", m.Try.ValueInt64(), m.JobID.ValueInt64()))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// find is the try whose log is asked for; nil if there is none.
func (d *jobLogDataSource) find(ctx context.Context, c *client.Client, m jobLogModel) (*api.JobExecution, error) {
	job, err := c.Job(ctx, m.JobID.ValueInt64())
	if err != nil || m.Try.IsNull() {
		return job.Execution, err
	}
	tries, err := c.JobExecutions(ctx, job.ID)
	for _, e := range tries {
		if int64(e.ExeNum) == m.Try.ValueInt64() {
			return &e, err
		}
	}
	return nil, err
}
