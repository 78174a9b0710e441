package arrival

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// strikeModel is galley_strike.
type strikeModel struct {
	arguments
	Monitor types.Dynamic `tfsdk:"monitor"`
	Watch   types.Bool    `tfsdk:"watch"`
	JobID   types.Int64   `tfsdk:"job_id"`
}

// scanModel is galley_scan.
type scanModel struct {
	arguments
	Scanner    types.Dynamic `tfsdk:"scanner"`
	Recursive  types.Bool    `tfsdk:"recursive"`
	IsLaunched types.Bool    `tfsdk:"is_launched"`
}

// isWatching tells whether a strike watches, or will as soon as a server takes its job.
func isWatching(job *api.JobBase) bool {
	return job != nil && slices.Contains([]string{"PENDING", "BLOCKED", "QUEUED", "RUNNING"}, job.Status)
}

// fromAPI returns m with what the server has.
func (m strikeModel) fromAPI(s api.StrikeDetail) strikeModel {
	c, _ := ingest.Parse(ingest.Strike, s.Configuration) // of another backend it may have what galleyd does not take
	m.arguments = m.arguments.from(s.ID, s.Name, s.Title, s.Description, s.Created, c)
	m.Monitor = partFrom(m.Monitor, "monitor", c)
	m.Watch, m.JobID = types.BoolValue(isWatching(s.Job)), types.Int64Null()
	if s.Job != nil {
		m.JobID = types.Int64Value(s.Job.ID)
	}
	return m
}

// fromAPI returns m with what the server has.
func (m scanModel) fromAPI(s api.ScanDetail) scanModel {
	c, _ := ingest.Parse(ingest.Scan, s.Configuration)
	m.arguments = m.arguments.from(s.ID, s.Name, s.Title, s.Description, s.Created, c)
	m.Scanner = partFrom(m.Scanner, "scanner", c)
	m.Recursive, m.IsLaunched = types.BoolValue(c.Recursive), types.BoolValue(s.Job != nil)
	return m
}

func (a arguments) from(id int64, name, title string, description *string, created api.Time, c ingest.Configuration) arguments {
	a.ID, a.Name, a.Title = types.Int64Value(id), types.StringValue(name), types.StringValue(title)
	a.Description, a.Created = types.StringValue(value.Deref(description)), types.StringValue(created.String())
	a.Workspace = types.StringValue(c.Workspace)
	a.FilesToIngest = partFrom(a.FilesToIngest, ingest.FilesPart, c)
	a.Recipe = partFrom(a.Recipe, ingest.RecipePart, c)
	a.AccessKeyWO, a.SecretKeyWO = types.StringNull(), types.StringNull()
	return a
}

// textOrNull is a text, null if it is empty.
func textOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// partFrom keeps how a part of the configuration was written, where that means what the server has.
func partFrom(prior types.Dynamic, part string, c ingest.Configuration) types.Dynamic {
	now := c.Part(part)
	switch {
	case now == nil && value.IsNull(prior) && !prior.IsUnknown():
		return prior // whose null may be one of a type
	case now == nil:
		return types.DynamicNull()
	case !value.IsNull(prior) && ingest.SamePart(c.Kind, part, value.Tree(prior), now):
		return prior
	}
	return value.DynamicOf(now)
}
