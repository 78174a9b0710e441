package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// ModifyPlan says what destroy does, what runs again, and how many recipes a new batch makes.
func (r *batchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.NeedsRole(ctx, "operator", &req, resp)
	var planned, prior batchModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if req.Plan.Raw.IsNull() {
		prior.warnOfDestroy(&resp.Diagnostics)
		return
	}
	if !req.State.Raw.IsNull() && kit.KeepPriorIfEqual(ctx, req, resp, map[string]kit.SameFunc{"forced_nodes": sameForced}) {
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	if resp.Diagnostics.HasError() {
		return
	}
	isNew := req.State.Raw.IsNull() || len(resp.RequiresReplace) > 0
	if !req.State.Raw.IsNull() && !value.SameForced(planned.ForcedNodes, prior.ForcedNodes) {
		isNew, resp.RequiresReplace = true, append(resp.RequiresReplace, path.Root("forced_nodes"))
	}
	if !isNew {
		return
	}
	if !req.State.Raw.IsNull() {
		prior.warnOfDestroy(&resp.Diagnostics)
		resp.Diagnostics.AddWarning("Batch runs everything again", fmt.Sprintf("Batch %d cannot be changed in this way, so that a new one is made, which runs all of its recipes. To go on from what has "+
			"run, make another batch with previous_batch = %d instead.", prior.ID.ValueInt64(), prior.RootBatchID.ValueInt64()))
		planned.forget()
	}
	planned.RecipesEstimated = types.Int64Unknown()
	if online := r.Online(); online != nil {
		defer online.Report(&resp.Diagnostics)
		defer online.WillRun(&resp.Diagnostics)
		planned.ask(ctx, online, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
}

// sameForced tells whether two values of forced_nodes mean the same, however they are written.
func sameForced(a, b attr.Value) bool {
	now, isDynamic := a.(types.Dynamic)
	before, wasDynamic := b.(types.Dynamic)
	return isDynamic && wasDynamic && value.SameForced(now, before)
}

// forget takes what the backend computes for unknown, as it is that of another batch.
func (m *batchModel) forget() {
	for _, n := range []*types.Int64{&m.ID, &m.RecipeTypeRevision, &m.RootBatchID, &m.SupersededBatchID, &m.RecipesTotal, &m.RecipesCompleted, &m.RecipesSkipped} {
		*n = types.Int64Unknown()
	}
	m.IsSuperseded, m.IsCreationDone = types.BoolUnknown(), types.BoolUnknown()
	m.Status, m.Problem, m.Created, m.Jobs = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.MapUnknown(types.Int64Type)
}

// ask lets the backend say what is wrong with the batch, and how many recipes it makes.
func (m *batchModel) ask(ctx context.Context, online *plan.Online, diags *diag.Diagnostics) {
	if !m.known() {
		return
	}
	all, err := online.RecipeTypes(ctx)
	if err != nil {
		return
	}
	for _, t := range all {
		if t.Name != m.RecipeType.ValueString() {
			continue
		}
		body := m.toCreate(t.ID, diags)
		v, exists, err := plan.AskFor(ctx, online, "batch of "+t.Name+" "+string(body.Definition)+string(body.Configuration), func(ctx context.Context) (api.BatchValidation, error) {
			return online.Client.ValidateBatch(ctx, body)
		})
		if err != nil || !exists {
			return
		}
		for _, finding := range v.Errors {
			online.Finding(diags, placeOf(finding), "Cannot create batch of recipe type "+t.Name, value.Sentence(finding.Description))
		}
		if v.IsValid && v.RecipesEstimated != nil {
			m.RecipesEstimated = types.Int64Value(*v.RecipesEstimated)
		}
		return
	}
	// It may be one that the same plan makes; the apply says so if it is not.
}

// placeOf is the attribute that a finding is about.
func placeOf(f api.Finding) path.Path {
	for prefix, attribute := range map[string]string{"previous_batch.forced_nodes": "forced_nodes", "forced_nodes": "forced_nodes", "previous_batch.root": "previous_batch",
		"dataset": "dataset", "inputMap": "input_map", "priority": "priority"} {
		if len(f.Path) >= len(prefix) && f.Path[:len(prefix)] == prefix {
			return path.Root(attribute)
		}
	}
	return path.Root("recipe_type")
}

func (m batchModel) warnOfDestroy(diags *diag.Diagnostics) {
	text := "It stays on the backend as a record, with its recipes."
	if m.OnDestroy.ValueString() == kit.OnDestroyCancel {
		text = "What is left of it is canceled: no more recipes are made, and jobs that have not finished are stopped. " + text
	} else {
		text = "What is left of it goes on. " + text
	}
	diags.AddWarning("Batch will be forgotten, not deleted", "The API has no call to delete a batch. "+text)
}

// await waits until nothing of a batch can go on, and tells what has become of it. A time that is over, and recipes that have failed,
// are warnings: a tainted batch would run everything again.
func await(ctx context.Context, c *client.Client, b api.BatchDetail, timeout time.Duration, diags *diag.Diagnostics) api.BatchDetail {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	last, err := kit.Poll[api.BatchDetail]{Pause: kit.PauseBetweenLooks, Look: func(ctx context.Context) (api.BatchDetail, bool, error) {
		now, err := c.Batch(ctx, b.ID)
		if err != nil {
			return now, false, err
		}
		tflog.Info(ctx, "waiting for batch", map[string]any{"batch_id": now.ID, "status": statusOf(now.BatchCommon), "recipes_estimated": now.RecipesEstimated,
			"recipes_total": now.RecipesTotal, "recipes_completed": now.RecipesCompleted, "jobs_running": now.JobsRunning, "jobs_failed": now.JobsFailed})
		return now, now.IsCreationDone && now.JobsQueued+now.JobsRunning == 0, nil
	}}.Run(ctx)
	if last.ID == 0 {
		last = b
	}
	how := fmt.Sprintf("%d of %d recipes are completed; of %d jobs %d are completed, %d have failed, %d were canceled, %d are queued and %d run.",
		last.RecipesCompleted, last.RecipesTotal, last.JobsTotal, last.JobsCompleted, last.JobsFailed, last.JobsCanceled, last.JobsQueued, last.JobsRunning)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		diags.AddWarning("Batch goes on", fmt.Sprintf("Batch %d did not finish within %s: %s The next refresh says how far it is.%s", b.ID, timeout, how, kit.LastFailure(err)))
	case err != nil:
		diags.AddWarning("Batch goes on", fmt.Sprintf("It could not be learned what has become of batch %d: %s", b.ID, value.Sentence(err.Error())))
	case last.RecipesSkipped > 0:
		diags.AddWarning("Batch has not made all of its recipes", fmt.Sprintf("Of batch %d %d recipes could not be made. The first: %s", b.ID, last.RecipesSkipped, value.Sentence(last.Problem)))
	}
	if err == nil && last.RecipesCompleted < last.RecipesTotal {
		diags.AddWarning("Batch has not completed", fmt.Sprintf("Batch %d has ended: %s galley_jobs with its batch_id and status FAILED tells which; galley_jobs_requeue runs them again.", b.ID, how))
	}
	return last
}
