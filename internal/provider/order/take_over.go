package order

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// An order whose create ended in an error is taken over, as a recipe is: see package recipe.

const leftOrder = "order"

// fingerprint tells orders of one configuration from those of others; "" if it is not wholly
// known.
func (m orderModel) fingerprint() string {
	given := m.given()
	known := given.Complete && document.Known(value.Tree(m.Schedule)) && document.Known(value.Tree(m.InputFiles)) && document.Known(value.Tree(m.Nodes)) && !m.Timeout.IsUnknown()
	for _, text := range []interface{ IsUnknown() bool }{m.Kitchen, m.Recipe, m.Variation, m.Overlap, m.ParametersWOVersion} {
		known = known && !text.IsUnknown()
	}
	body, err := m.toCreate()
	raw, failed := json.Marshal([]any{m.Kitchen.ValueString(), m.Recipe.ValueString(), m.Variation.ValueString(), body, m.ParametersWOVersion.ValueInt64()})
	if !known || err != nil || failed != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(raw))
}

// leave enters the order of m, a state, if its create ended in an error.
func (r *orderResource) leave(m orderModel) {
	if f := m.fingerprint(); f != "" && !m.ID.IsNull() {
		r.Ledger().Leave(leftOrder, f, m)
	}
}

// planTakeOver tells, in the plan of a create, that it takes an order over.
func (r *orderResource) planTakeOver(ctx context.Context, m orderModel, private kit.PrivateData, diags *diag.Diagnostics) {
	run, ok := r.Ledger().Left(leftOrder, m.fingerprint())
	left, isOrder := run.(orderModel)
	failed := left.hasEnded() && left.Status.ValueString() != string(order.Completed)
	if !ok || !isOrder || failed && m.OnRecreate.ValueString() == kit.OnRecreateNew {
		return
	}
	diags.Append(kit.MarkTakeOver(ctx, private)...)
	does := "waits for it"
	switch {
	case left.Status.ValueString() == string(order.Completed):
		does = "takes it over as the result"
	case left.hasEnded():
		does = "resumes its run: what is completed is kept"
	}
	diags.AddWarning("Order goes on", fmt.Sprintf("%s was made by an apply that ended in an error. It is %s. Apply %s, instead of ordering again. "+
		"on_recreate = \"new\" would order anew what has failed.", left.what(), left.Status.ValueString(), does))
}

// takeOver makes m, the plan of a create, the order that the delete before has left. It is
// false if there is no such order any more.
func (r *orderResource) takeOver(ctx context.Context, c *client.Client, m *orderModel, diags *diag.Diagnostics) bool {
	run, ok := r.Ledger().TakeLeft(leftOrder, m.fingerprint())
	left, isOrder := run.(orderModel)
	if !ok || !isOrder {
		return false
	}
	m.ID = left.ID
	return m.resume(ctx, c, diags)
}

// resume lets the order of m go on: what has failed runs again. It is false, perhaps with an
// error, if it cannot.
func (m orderModel) resume(ctx context.Context, c *client.Client, diags *diag.Diagnostics) bool {
	l, err := lookAtOrder(ctx, c, m.Kitchen.ValueString(), m.ID.ValueString())
	if api.IsNotFound(err) {
		return false
	}
	if err == nil && l.run != nil && order.Status(l.order.Status).HasEnded() && order.RunStatus(l.run.Status).CanResume() {
		_, err = c.ResumeRun(context.WithoutCancel(ctx), m.Kitchen.ValueString(), l.run.HID)
	}
	if err != nil {
		fault.Add(diags, "Cannot take over "+m.what(), err)
	}
	return err == nil
}

// hasFailed tells whether the order of m has ended without success; false if that is not known.
func (m orderModel) hasFailed(ctx context.Context, c *client.Client) bool {
	l, err := lookAtOrder(ctx, c, m.Kitchen.ValueString(), m.ID.ValueString())
	return err == nil && order.Status(l.order.Status).HasEnded() && l.order.Status != string(order.Completed)
}

// warnOfLost says that a create has made nothing, as an earlier one has.
func (m orderModel) warnOfLost(diags *diag.Diagnostics) {
	diags.AddWarning("Order goes on", m.what()+" was made by an earlier apply, which ended before its state had it. This apply takes it over "+
		"instead of ordering again: it waits for it, takes its result, or resumes it.")
}
