package view

import (
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Execution is one try of a job. One whose worker was lost has failed, in the words of the wire; its error says how.
func Execution(job store.Job, t store.JobType, e store.JobExecution) api.JobExecution {
	status := e.Status
	if status == engine.ExeLost {
		status = string(recipe.Failed)
	}
	return api.JobExecution{
		ID: e.ID, Status: status, ExeNum: e.ExeNum, ClusterID: e.WorkerID, Created: Time(e.Created),
		Queued: TimePtr(&e.Queued), Started: TimePtr(e.Started), Ended: TimePtr(e.Ended), Job: api.Ref{ID: e.JobID},
		Node: nodeOf(e.Hostname), Error: JobError(t, e.ErrorName, e.ErrorTitle, e.ErrorDescription, e.ErrorCategory),
		JobType: JobTypeBase(t), Timeout: e.Timeout, InputFileSize: job.InputFileSize,
	}
}

// ResourcesOf are the scalar resources that a manifest asks for.
func ResourcesOf(manifest store.JSON) map[string]float64 {
	out := map[string]float64{}
	m, problems := seed.Parse(manifest)
	if m == nil || problems.Err() != nil {
		return out
	}
	for _, r := range m.Job.Resources.Scalar {
		out[r.Name] = r.Value
	}
	return out
}
