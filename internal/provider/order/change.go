package order

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// orderChange is what an update does beside taking over settings.
type orderChange struct {
	replace []string // attributes whose change needs another order
	stopped bool     // what is replaced is a scheduled order that was stopped elsewhere
	edit    []string // attributes that are changed in place
	again   bool     // it runs once, and runs again with its new parameters
	pause   bool     // the order is paused, or goes on
	wait    bool     // it is waited for what an earlier apply was interrupted in
}

// planUpdate makes m, the plan of an update, keep what means the same as before, and
// tells what changes. Variation is the schedule that the order has if it names none; nil if that is not known.
func (m *orderModel) planUpdate(prior orderModel, mark kit.Mark, variation *order.ScheduleSetting) orderChange {
	var change orderChange
	for _, a := range []struct {
		name      string
		now, then types.String
	}{{"kitchen", m.Kitchen, prior.Kitchen}, {"recipe", m.Recipe, prior.Recipe}, {"variation", m.Variation, prior.Variation}} {
		if !a.now.Equal(a.then) {
			change.replace = append(change.replace, a.name)
		}
	}
	if !m.Overlap.Equal(prior.Overlap) {
		change.edit = append(change.edit, "overlap")
	}
	if !m.CatchUp.Equal(prior.CatchUp) {
		change.edit = append(change.edit, "catch_up")
	}
	if !m.Timeout.Equal(prior.Timeout) {
		change.edit = append(change.edit, "timeout")
	}
	m.changeParameters(prior, &change)
	m.changeSchedule(prior, variation, &change)
	if len(change.replace) == 0 && order.Status(prior.Status.ValueString()) == order.Stopped && !prior.runsOnce() {
		change.replace, change.stopped = []string{"status"}, true
	}
	if len(change.replace) > 0 {
		m.forget()
		m.ID, m.EffectiveSchedule, m.Created = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		return orderChange{replace: change.replace, stopped: change.stopped}
	}
	m.keepProgress(prior)
	change.pause = !m.Paused.Equal(prior.Paused) && !prior.hasEnded()
	going := prior.runsOnce() && m.WaitForCompletion.ValueBool() && !m.Paused.ValueBool()
	change.wait = going && (mark.UnfinishedOrder && prior.Status.ValueString() != string(order.Completed) ||
		!prior.hasEnded() && (!prior.WaitForCompletion.ValueBool() || change.pause))
	if change.pause || change.wait || change.again {
		m.forget()
	}
	if slices.Contains(change.edit, "schedule") {
		m.EffectiveSchedule, m.NextRun = types.StringUnknown(), types.StringUnknown()
	}
	return change
}

// changeParameters tells how the order comes to other parameters than before: in place, and if
// its only run has begun with the old ones, by another one.
func (m *orderModel) changeParameters(prior orderModel, change *orderChange) {
	if m.sameFiles(prior) && value.IsNull(m.InputFiles) == value.IsNull(prior.InputFiles) {
		m.InputFiles = prior.InputFiles
	}
	open, secret := m.sameOpen(prior), m.sameSecret(prior)
	if open && secret && m.sameFiles(prior) && m.sameNodes(prior) {
		m.keepParameters(prior)
		return
	}
	changed := m.changedParameters(prior)
	if !m.sameFiles(prior) {
		changed = append(changed, "input_files")
	}
	if !m.sameNodes(prior) {
		changed = append(changed, "nodes")
	}
	if !m.ParametersWOVersion.Equal(prior.ParametersWOVersion) {
		changed = append(changed, "parameters_wo_version")
	}
	switch {
	case !prior.runsOnce() || !prior.hasBegun() || m.sameForRuns(prior):
	case prior.Status.ValueString() == string(order.Stopped), !prior.hasEnded() && !m.WaitForCompletion.ValueBool():
		change.replace = append(change.replace, changed...)
		return
	default:
		change.again = true
	}
	change.edit = append(change.edit, changed...)
}

// changeSchedule is changeParameters for the schedule: one that runs once does not become
// another.
func (m *orderModel) changeSchedule(prior orderModel, variation *order.ScheduleSetting, change *orderChange) {
	now, wrong, known := order.ReadSchedule(value.Tree(m.Schedule))
	then, _, _ := order.ReadSchedule(value.Tree(prior.Schedule))
	switch {
	case value.IsNull(m.Schedule) && value.IsNull(prior.Schedule):
		return
	case value.IsNull(m.Schedule) == value.IsNull(prior.Schedule) && sameSchedule(m.Schedule, prior.Schedule):
		m.Schedule = prior.Schedule
		return
	}
	was := then
	was.Schedule = cmp.Or(prior.EffectiveSchedule.ValueString(), was.Schedule)
	if value.IsNull(m.Schedule) && variation != nil {
		now = now.Over(*variation)
	}
	known = known && len(wrong) == 0 && (!value.IsNull(m.Schedule) || variation != nil)
	if known && was.CannotBecome(now, prior.hasBegun()) != "" {
		change.replace = append(change.replace, "schedule")
		return
	}
	change.edit = append(change.edit, "schedule")
}

// hasBegun tells whether there is a run that is not only planned.
func (m orderModel) hasBegun() bool {
	id, status := m.lastRun()
	return id != "" && status != string(order.RunPlanned)
}

// sameOpen tells whether the parameters that everybody sees are the same, also if they are
// given by other attributes.
func (m orderModel) sameOpen(prior orderModel) bool {
	now, then := m.open(), prior.open()
	return now.Complete && then.Complete && document.Equal(map[string]any(now.Values), map[string]any(then.Values))
}

// sameSecret is sameOpen for the others.
func (m orderModel) sameSecret(prior orderModel) bool {
	return value.SameValues(m.SecretParameters, prior.SecretParameters) && m.ParametersWOVersion.Equal(prior.ParametersWOVersion)
}

// sameForRuns tells whether only who hears of the runs has changed, or who may see a parameter.
func (m orderModel) sameForRuns(prior orderModel) bool {
	now, then := m.given(), prior.given()
	for _, name := range []string{order.DestinationsVariable, order.DigestVariable} {
		delete(now.Values, name)
		delete(then.Values, name)
	}
	return m.ParametersWOVersion.Equal(prior.ParametersWOVersion) && m.sameFiles(prior) && m.sameNodes(prior) && now.Complete && then.Complete &&
		document.Equal(map[string]any(now.Values), map[string]any(then.Values))
}

// toUpdate is what makes the order of prior that of m; it is false if nothing is to be done.
func (m orderModel) toUpdate(prior orderModel) (u api.OrderUpdate, any bool, err error) {
	if open, secret := m.sameOpen(prior), m.sameSecret(prior); !open || !secret {
		if u.Parameters, err = json.Marshal(m.open().Values); err != nil {
			return u, false, fmt.Errorf("writing parameters: %w", err)
		}
		if values := m.secrets().Given().Values; !secret || len(values) > 0 { // one may come from the others
			if u.SecretParameters, err = json.Marshal(values); err != nil {
				return u, false, fmt.Errorf("writing secret parameters: %w", err)
			}
		}
		any = true
	}
	if !m.sameFiles(prior) {
		if u.InputFiles, err = m.filesJSON(); err != nil {
			return u, false, err
		}
		if u.InputFiles == nil {
			u.InputFiles = json.RawMessage("{}")
		}
		any = true
	}
	if !m.sameNodes(prior) {
		if u.GraphSetting = m.graph(); u.GraphSetting == nil {
			u.GraphSetting = json.RawMessage("[]")
		}
		any = true
	}
	if value.IsNull(m.Schedule) != value.IsNull(prior.Schedule) || !value.IsNull(m.Schedule) && !sameSchedule(m.Schedule, prior.Schedule) {
		s, _, _ := order.ReadSchedule(value.Tree(m.Schedule))
		u.Schedule, u.TimeZone, u.Start, u.Expires, u.MaxRuns = &s.Schedule, s.Zone, s.Start, s.Expires, s.MaxRuns
		any = true
	}
	if !m.Overlap.Equal(prior.Overlap) {
		u.Overlap, any = m.Overlap.ValueStringPointer(), true
	}
	if !m.CatchUp.Equal(prior.CatchUp) {
		u.CatchUp, any = m.CatchUp.ValueStringPointer(), true
	}
	if !m.Timeout.Equal(prior.Timeout) {
		u.Timeout, any = new(m.Timeout.ValueString()), true
	}
	if any && !m.Paused.Equal(prior.Paused) && !prior.hasEnded() {
		u.Paused = m.Paused.ValueBoolPointer()
	}
	return u, any, nil
}
