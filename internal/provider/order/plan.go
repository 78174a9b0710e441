package order

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (r *orderResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	defer r.NeedsRole(ctx, "operator", &req, resp)
	var plan, prior orderModel
	known := r.Kitchens()
	defer known.Online.Report(&resp.Diagnostics)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if req.Plan.Raw.IsNull() {
		prior.warnOfDestroy(ctx, known, &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	check := orderCheck{Kitchens: known, model: plan, diags: &resp.Diagnostics, isNew: true}
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("parameters_wo"), &check.model.ParametersWO)...)
	plan.AlertRecipients = plan.recipients()
	check.inherit(ctx, req.Config, &plan, prior)
	if req.State.Raw.IsNull() {
		defer known.Online.WillRun(&resp.Diagnostics)
		checkScheduleIsDue(plan.Schedule, time.Now(), &resp.Diagnostics)
		plan.EffectiveParameters = check.all(ctx)
		r.planTakeOver(ctx, plan, resp.Private, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}
	change := plan.planUpdate(prior, kit.ReadMark(ctx, req.Private), check.variationSchedule(ctx, plan, prior))
	check.changes(ctx, &plan, prior, change)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case len(change.replace) > 0:
		for _, name := range change.replace {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
		}
		why := "It cannot be changed in place, as these arguments differ: " + value.JoinWords(change.replace, "and") + "."
		if change.stopped {
			why = "It is scheduled and has been stopped outside of Terraform, which is for good. If that is what is wanted, remove it " +
				"from the configuration."
		}
		resp.Diagnostics.AddWarning("Order will be replaced", prior.what()+": "+why)
		prior.warnOfDestroy(ctx, known, &resp.Diagnostics)
	case change.again:
		resp.Diagnostics.AddWarning("Order will run again", prior.what()+" runs once, and has run with other parameters. Apply gives it the new ones and "+
			"runs it again, when the run that goes on, if any, has ended.")
	case change.wait || change.pause || len(change.edit) > 0:
	default:
		kit.KeepPriorIfEqual(ctx, req, resp, map[string]kit.SameFunc{
			"parameters": value.SameValues, "secret_parameters": value.SameValues, "infrastructure": value.SameValues,
		})
	}
}

// keepParameters takes the spelling of before where it is given both times.
func (m *orderModel) keepParameters(prior orderModel) {
	if value.SameValues(m.Parameters, prior.Parameters) {
		m.Parameters = prior.Parameters
	}
	if !value.IsNull(m.SecretParameters) && !value.IsNull(prior.SecretParameters) && value.SameValues(m.SecretParameters, prior.SecretParameters) {
		m.SecretParameters = prior.SecretParameters
	}
	if !value.IsNull(m.Alerts) && !value.IsNull(prior.Alerts) && value.SameValues(m.Alerts, prior.Alerts) {
		m.Alerts = prior.Alerts
	}
	if !value.IsNull(m.Infrastructure) && !value.IsNull(prior.Infrastructure) && value.SameValues(m.Infrastructure, prior.Infrastructure) {
		m.Infrastructure = prior.Infrastructure
	}
}

// changedParameters are the attributes that give other parameters than before.
func (m orderModel) changedParameters(prior orderModel) []string {
	var out []string
	if !value.SameValues(m.Parameters, prior.Parameters) {
		out = append(out, "parameters")
	}
	if !value.SameValues(m.Infrastructure, prior.Infrastructure) {
		out = append(out, infrastructureParameter)
	}
	if !m.SourceDate.Equal(prior.SourceDate) {
		out = append(out, sourceDateParameter)
	}
	if !m.AlertDestinations.Equal(prior.AlertDestinations) {
		out = append(out, order.DestinationsVariable)
	}
	if !value.SameValues(m.Alerts, prior.Alerts) {
		out = append(out, "alerts")
	}
	if !value.SameValues(m.SecretParameters, prior.SecretParameters) {
		out = append(out, "secret_parameters")
	}
	return out
}

// keepProgress copies everything but the arguments.
func (m *orderModel) keepProgress(from orderModel) {
	settings := *m
	*m = from
	m.Kitchen, m.Recipe, m.Variation, m.Schedule = settings.Kitchen, settings.Recipe, settings.Variation, settings.Schedule
	m.Parameters, m.Infrastructure, m.InputFiles, m.Nodes = settings.Parameters, settings.Infrastructure, settings.InputFiles, settings.Nodes
	m.SecretParameters, m.ParametersWOVersion, m.AlertRecipients = settings.SecretParameters, settings.ParametersWOVersion, settings.AlertRecipients
	m.SourceDate, m.AlertDestinations, m.Alerts = settings.SourceDate, settings.AlertDestinations, settings.Alerts
	m.Paused, m.WaitForCompletion, m.Timeouts = settings.Paused, settings.WaitForCompletion, settings.Timeouts
	m.Timeout = settings.Timeout
	m.OnFailure, m.OnDestroy, m.OnMissing = settings.OnFailure, settings.OnDestroy, settings.OnMissing
	m.OnRecreate, m.Overlap, m.CatchUp = settings.OnRecreate, settings.Overlap, settings.CatchUp
}

// forget makes everything unknown that the runs of an order change.
func (m *orderModel) forget() {
	m.Status, m.NextRun, m.RunCount = types.StringUnknown(), types.StringUnknown(), types.Int64Unknown()
	m.RunsSkipped = types.Int64Unknown()
	m.LastRun, m.EffectiveParameters = types.ObjectUnknown(lastRunType().AttrTypes), types.DynamicUnknown()
}

// warnOfDestroy tells, in the plan, what becomes of an order and of its active runs.
func (m orderModel) warnOfDestroy(ctx context.Context, known plan.Kitchens, diags *diag.Diagnostics) {
	removes := m.OnDestroy.ValueString() == onDestroyDelete
	if m.hasEnded() && !removes {
		return // it only leaves the state
	}
	state := fmt.Sprintf("%s is %s", m.what(), m.Status.ValueString())
	if active := m.activeRuns(ctx, known.Online); len(active) > 0 {
		state += ", with " + value.JoinWords(active, "and") + " under way"
	}
	if removes {
		diags.AddWarning("Order will be deleted", state+". As on_destroy is \"delete\", what runs is stopped, and the order is removed with "+
			"the records of its runs.")
		return
	}
	diags.AddWarning("Order will be stopped", state+". As on_destroy is \"stop\", it ends for good, and what runs is stopped with it. "+
		"Its records stay.")
}

// activeRuns names the runs of an order that have not ended, by the server if it can be
// asked.
func (m orderModel) activeRuns(ctx context.Context, o *plan.Online) []string {
	var out []string
	runs, exists, err := plan.AskFor(ctx, o, "runs of order "+m.ID.ValueString(), func(ctx context.Context) ([]api.OrderRun, error) {
		return o.Client.OrderRuns(ctx, m.Kitchen.ValueString(), m.ID.ValueString(), maxRunsNamed)
	})
	if err != nil || !exists {
		if id, status := m.lastRun(); id != "" && !order.RunStatus(status).HasEnded() {
			out = append(out, fmt.Sprintf("run %s (%s)", id, status))
		}
		return out
	}
	for _, run := range runs {
		if !order.RunStatus(run.Status).HasEnded() {
			out = append(out, fmt.Sprintf("run %s (%s)", run.HID, run.Status))
		}
	}
	return out
}

// maxRunsNamed bounds the newest runs of an order that a plan looks at.
const maxRunsNamed = 20

// sameSchedule tells whether two schedules, both known, mean the same.
func sameSchedule(a, b types.Dynamic) bool {
	x, wrongX, knownX := order.ReadSchedule(value.Tree(a))
	y, wrongY, knownY := order.ReadSchedule(value.Tree(b))
	return knownX && knownY && len(wrongX)+len(wrongY) == 0 && x.Same(y)
}

// checkScheduleIsDue reports, if v is known, why an order that is made at now would never
// run.
func checkScheduleIsDue(v types.Dynamic, now time.Time, diags *diag.Diagnostics) {
	s, wrong, known := order.ReadSchedule(value.Tree(v))
	if v.IsNull() || !known || len(wrong) > 0 {
		return
	}
	var problems recipe.Problems
	for _, p := range s.CheckDue(now) {
		if p.Path[0] == "schedule" {
			p = p.MovedTo(nil)
		}
		problems = append(problems, p)
	}
	value.AddDocumentProblems(diags, path.Root("schedule"), order.ScheduleShape(), "Schedule has passed", problems)
}
