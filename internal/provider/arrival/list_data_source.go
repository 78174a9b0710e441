package arrival

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

func arrivalFilters(names string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"started": kit.InstantFilter("Changed at this time or later"),
		"ended":   kit.InstantFilter("Changed at this time or earlier"),
		"name":    kit.TextsFilter(names),
		"order":   kit.OrderArgument("last_modified"),
	}
}

func arrivalQuery(f *kit.Filters) client.ArrivalQuery {
	started, ended := f.Between("started", "ended")
	return client.ArrivalQuery{Started: started, Ended: ended, Names: f.Texts("name"), Order: f.Texts("order"), Limit: f.Limit()}
}

// facts are what results of strikes and scans have in common.
type facts struct {
	ID           types.Int64  `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	Title        types.String `tfsdk:"title"`
	Description  types.String `tfsdk:"description"`
	JobID        types.Int64  `tfsdk:"job_id"`
	JobStatus    types.String `tfsdk:"job_status"`
	Created      types.String `tfsdk:"created"`
	LastModified types.String `tfsdk:"last_modified"`
}

func factAttributes(thing, job string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            kit.ComputedNumber("Id of the " + thing + "."),
		"name":          kit.ComputedText("Name, made of the first title."),
		"title":         kit.ComputedText("Title for people."),
		"description":   kit.ComputedText("Description."),
		"job_id":        kit.ComputedNumber("Id of the job " + job + "."),
		"job_status":    kit.ComputedText("Status of that job, such as `RUNNING`."),
		"created":       kit.ComputedText("When it was created (RFC 3339)."),
		"last_modified": kit.ComputedText("When it was changed last (RFC 3339)."),
	}
}

// jobOf is the id and the status of a job; null without one.
func jobOf(job *api.JobBase) (types.Int64, types.String) {
	if job == nil {
		return types.Int64Null(), types.StringNull()
	}
	return types.Int64Value(job.ID), types.StringValue(job.Status)
}

// NewStrikesDataSource returns the data source galley_strikes (contract D3).
func NewStrikesDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.ArrivalQuery, api.Strike, facts]{
		Name: "strikes", Things: "strikes", Doc: "Strikes, which watch workspaces for files that arrive.",
		Filters: arrivalFilters("With one of these names, exactly."), Results: factAttributes("strike", "that is the watch"),
		Query: arrivalQuery,
		List:  (*client.Client).Strikes,
		Result: func(s api.Strike) facts {
			f := facts{ID: types.Int64Value(s.ID), Name: types.StringValue(s.Name), Title: types.StringValue(s.Title), Description: types.StringValue(value.Deref(s.Description)),
				Created: types.StringValue(s.Created.String()), LastModified: types.StringValue(s.LastModified.String())}
			f.JobID, f.JobStatus = jobOf(s.Job)
			return f
		},
	}
}

// scanResult is a scan in a list.
type scanResult struct {
	facts
	DryRunJobID     types.Int64  `tfsdk:"dry_run_job_id"`
	DryRunJobStatus types.String `tfsdk:"dry_run_job_status"`
	FileCount       types.Int64  `tfsdk:"file_count"`
}

// NewScansDataSource returns the data source galley_scans (contract D4).
func NewScansDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.ArrivalQuery, api.Scan, scanResult]{
		Name: "scans", Things: "scans", Doc: "Scans, which go through workspaces once.",
		Filters: arrivalFilters("With one of these texts in their names; cases differ."),
		Results: kit.Merged(factAttributes("scan", "that ingests; null before it was processed"), map[string]schema.Attribute{
			"dry_run_job_id":     kit.ComputedNumber("Id of the latest job that only counts."),
			"dry_run_job_status": kit.ComputedText("Status of that job."),
			"file_count":         kit.ComputedNumber("How many files the latest job has seen."),
		}),
		Query: arrivalQuery,
		List:  (*client.Client).Scans,
		Result: func(s api.Scan) scanResult {
			r := scanResult{facts: facts{ID: types.Int64Value(s.ID), Name: types.StringValue(s.Name), Title: types.StringValue(s.Title), Description: types.StringValue(value.Deref(s.Description)),
				Created: types.StringValue(s.Created.String()), LastModified: types.StringValue(s.LastModified.String())}, FileCount: types.Int64Null()}
			r.JobID, r.JobStatus = jobOf(s.Job)
			r.DryRunJobID, r.DryRunJobStatus = jobOf(s.DryRunJob)
			if s.FileCount != nil {
				r.FileCount = types.Int64Value(int64(*s.FileCount))
			}
			return r
		},
	}
}

// ingestResult is an ingest in a list.
type ingestResult struct {
	ID            types.Int64  `tfsdk:"id"`
	FileName      types.String `tfsdk:"file_name"`
	FilePath      types.String `tfsdk:"file_path"`
	FileSize      types.Int64  `tfsdk:"file_size"`
	Status        types.String `tfsdk:"status"`
	StrikeID      types.Int64  `tfsdk:"strike_id"`
	ScanID        types.Int64  `tfsdk:"scan_id"`
	Workspace     types.String `tfsdk:"workspace"`
	NewWorkspace  types.String `tfsdk:"new_workspace"`
	NewFilePath   types.String `tfsdk:"new_file_path"`
	JobID         types.Int64  `tfsdk:"job_id"`
	SourceFileID  types.Int64  `tfsdk:"source_file_id"`
	TransferEnded types.String `tfsdk:"transfer_ended"`
	IngestEnded   types.String `tfsdk:"ingest_ended"`
	LastModified  types.String `tfsdk:"last_modified"`
}

// NewIngestsDataSource returns the data source galley_ingests (contract D5).
func NewIngestsDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.IngestQuery, api.Ingest, ingestResult]{
		Name: "ingests", Things: "ingests", Doc: "Ingests: what has become of each file that a strike or a scan has found.",
		Filters: map[string]schema.Attribute{
			"started":   kit.InstantFilter("Changed at this time or later"),
			"ended":     kit.InstantFilter("Changed at this time or earlier"),
			"status":    kit.TextsFilter("With one of these statuses: " + statuses() + "."),
			"strike_id": kit.NumbersFilter("Of one of these strikes."),
			"scan_id":   kit.NumbersFilter("Of one of these scans."),
			"file_name": kit.TextFilter("With this text in the name of the file; cases differ."),
			"order":     kit.OrderArgument("last_modified"),
		},
		Results: map[string]schema.Attribute{
			"id":             kit.ComputedNumber("Id of the ingest."),
			"file_name":      kit.ComputedText("Name of the file."),
			"file_path":      kit.ComputedText("Where it lay in its workspace, or lies."),
			"file_size":      kit.ComputedNumber("Bytes; null as long as it is written."),
			"status":         kit.ComputedText("How far it is: " + statuses() + "."),
			"strike_id":      kit.ComputedNumber("Id of the strike; null for one of a scan."),
			"scan_id":        kit.ComputedNumber("Id of the scan; null for one of a strike."),
			"workspace":      kit.ComputedText("Name of the workspace that it came from."),
			"new_workspace":  kit.ComputedText("Name of the workspace that it is moved to; null if it stays."),
			"new_file_path":  kit.ComputedText("Where it is moved to; null if it keeps its path."),
			"job_id":         kit.ComputedNumber("Id of its job; null before it has one."),
			"source_file_id": kit.ComputedNumber("Id of the file that it has become, or is the same as."),
			"transfer_ended": kit.ComputedText("When it was written last (RFC 3339)."),
			"ingest_ended":   kit.ComputedText("When it was ingested (RFC 3339)."),
			"last_modified":  kit.ComputedText("When the ingest was changed last (RFC 3339)."),
		},
		Query: func(f *kit.Filters) client.IngestQuery {
			started, ended := f.Between("started", "ended")
			return client.IngestQuery{Started: started, Ended: ended, Statuses: f.Texts("status"), StrikeIDs: f.Numbers("strike_id"), ScanIDs: f.Numbers("scan_id"),
				FileName: f.Text("file_name"), Order: f.Texts("order"), Limit: f.Limit()}
		},
		List:   (*client.Client).Ingests,
		Result: newIngestResult,
	}
}

// statuses are those of ingests, for documentation.
func statuses() string {
	var words []string
	for _, s := range ingest.Statuses() {
		words = append(words, "`"+s+"`")
	}
	return value.JoinWords(words, "or")
}

func newIngestResult(i api.Ingest) ingestResult {
	r := ingestResult{
		ID: types.Int64Value(i.ID), FileName: types.StringValue(i.FileName), FilePath: types.StringValue(i.FilePath), FileSize: types.Int64PointerValue(i.FileSize),
		Status: types.StringValue(i.Status), Workspace: types.StringValue(i.Workspace.Name), NewFilePath: textOrNull(i.NewFilePath),
		TransferEnded: kit.TimeOrNull(i.TransferEnded), IngestEnded: kit.TimeOrNull(i.IngestEnded), LastModified: types.StringValue(i.LastModified.String()),
	}
	if i.Strike != nil {
		r.StrikeID = types.Int64Value(i.Strike.ID)
	}
	if i.Scan != nil {
		r.ScanID = types.Int64Value(i.Scan.ID)
	}
	if i.NewWorkspace != nil {
		r.NewWorkspace = types.StringValue(i.NewWorkspace.Name)
	}
	if i.Job != nil {
		r.JobID = types.Int64Value(i.Job.ID)
	}
	if i.SourceFile != nil {
		r.SourceFileID = types.Int64Value(i.SourceFile.ID)
	}
	return r
}
