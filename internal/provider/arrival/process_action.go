package arrival

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

var _ kit.Action = (*processAction)(nil)

// NewProcessAction returns the action galley_scan_process.
func NewProcessAction() action.Action { return &processAction{} }

type processAction struct{ kit.ActionBase }

// processModel is the action galley_scan_process.
type processModel struct {
	ScanID            types.Int64   `tfsdk:"scan_id"`
	Ingest            types.Bool    `tfsdk:"ingest"`
	WaitForCompletion types.Bool    `tfsdk:"wait_for_completion"`
	Timeouts          types.Dynamic `tfsdk:"timeouts"`
}

// Metadata implements action.Action.
func (a *processAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_scan_process"
}

// Schema implements action.Action.
func (a *processAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs a scan: to see how many files there are, or, with `ingest`, to ingest them, which a scan does once for ever. The files are ingested after " +
			"the scan by jobs of their own: `galley_ingests` says how far they are.",
		Attributes: map[string]schema.Attribute{
			"scan_id": schema.Int64Attribute{CustomType: value.WholeNumber{}, Required: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Id of the scan, such as `galley_scan.x.id`."},
			"ingest":              schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether files are ingested. Default `false`: they are counted only."},
			"wait_for_completion": kit.WaitArgument("the workspace was gone through"),
			"timeouts":            kit.InvokeTimeout("How long to wait for the scan, as `90s` or `2h`. Default `30m`."),
		},
	}
}

// ModifyPlan implements action.ActionWithModifyPlan: a scan that the plan makes has no id yet, and one that there is
// may have run by the time of the apply, so the apply finds out.
func (a *processAction) ModifyPlan(context.Context, action.ModifyPlanRequest, *action.ModifyPlanResponse) {
}

// Invoke implements action.Action.
func (a *processAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m processModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(value.CheckDocuments(ctx, tfsdk.Plan(req.Config))...)
	timeout := kit.ReadInvokeTimeout(m.Timeouts, kit.ActionTimeout, &resp.Diagnostics)
	c := a.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	s, err := c.ProcessScan(ctx, m.ScanID.ValueInt64(), api.ScanProcess{Ingest: m.Ingest.ValueBool()})
	if err != nil {
		fault.Add(&resp.Diagnostics, fmt.Sprintf("Cannot process scan %d", m.ScanID.ValueInt64()), err)
		return
	}
	p := kit.NewProgress(resp)
	p.Say("Scan %d (%s) is queued", s.ID, s.Name)
	if kit.Waits(m.WaitForCompletion) {
		await(ctx, c, p, s, m.Ingest.ValueBool(), timeout, &resp.Diagnostics)
	}
}

// processPause is how often a scan is looked at.
const processPause = time.Second

// await waits for the job of a scan.
func await(ctx context.Context, c *client.Client, p *kit.Progress, s api.ScanDetail, ingests bool, timeout time.Duration, diags *diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		job, files := s.DryRunJob, "no files yet"
		if ingests {
			job = s.Job
		}
		if s.FileCount != nil {
			files = fmt.Sprintf("%d files", *s.FileCount)
		}
		if job == nil { // somebody has counted once more meanwhile, or it is gone
			return
		}
		p.Say("Scan %d is %s: %s", s.ID, job.Status, files)
		switch job.Status {
		case "COMPLETED":
			return
		case "FAILED", "CANCELED":
			diags.AddError(fmt.Sprintf("Scan %d has not completed", s.ID), fmt.Sprintf("Its job %d is %s. galley_job_log, or the page of the job, says why.", job.ID, job.Status))
			return
		}
		select {
		case <-ctx.Done():
			diags.AddError(fmt.Sprintf("Scan %d has not ended", s.ID), fmt.Sprintf("Its job %d was %s after %s, and goes on. More time is given with timeouts = { invoke = \"2h\" }.",
				job.ID, job.Status, timeout))
			return
		case <-time.After(processPause):
		}
		now, err := c.Scan(ctx, s.ID)
		if err != nil && ctx.Err() == nil {
			fault.Add(diags, fmt.Sprintf("Cannot read scan %d", s.ID), err)
			return
		}
		if err == nil {
			s = now
		}
	}
}
