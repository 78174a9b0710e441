package order

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

// fromRequest takes what an order was made with, as its last change has left it. What means what
// m has stays as it is spelled there, and in the attribute that gives it.
func (m *orderModel) fromRequest(o api.Order) diag.Diagnostics {
	var diags diag.Diagnostics
	m.Recipe, m.Variation = types.StringValue(o.Recipe), types.StringValue(o.Variation)
	var request api.OrderCreate
	err := json.Unmarshal(o.InputSettings, &request)
	var parameters map[string]any
	if err == nil {
		parameters, err = decodeObject(request.Parameters)
	}
	if err != nil {
		diags.AddAttributeError(path.Root("parameters"), "Cannot read order", fmt.Sprintf(
			"What order %s was made with is not what this version of the provider knows: %s", o.HID, value.Sentence(err.Error())))
		return diags
	}
	m.takeParameters(parameters)
	if err := m.takeFiles(request.InputFiles); err != nil {
		diags.AddAttributeError(path.Root("input_files"), "Cannot read order", fmt.Sprintf(
			"The files of order %s are not what this version of the provider knows: %s", o.HID, value.Sentence(err.Error())))
	}
	if err := m.takeNodes(request.GraphSetting); err != nil {
		diags.AddAttributeError(path.Root("nodes"), "Cannot read order", fmt.Sprintf(
			"The graph of order %s is not one that this version of the provider knows: %s", o.HID, value.Sentence(err.Error())))
	}
	m.Timeout = value.TextOrNull(request.Timeout)
	s := order.ScheduleSetting{Schedule: request.Schedule, Options: schedule.Options{
		Zone: request.TimeZone, Start: request.Start, Expires: request.Expires, MaxRuns: request.MaxRuns,
	}}
	had, _, _ := order.ReadSchedule(value.Tree(m.Schedule))
	switch {
	case s == (order.ScheduleSetting{}):
		m.Schedule = value.NullLike(m.Schedule)
	case value.IsNull(m.Schedule) || !s.Same(had):
		m.Schedule = value.DynamicOf(s.Object())
	}
	return diags
}

// takeParameters takes the parameters that the backend shows.
func (m *orderModel) takeParameters(shown map[string]any) {
	had := m.open()
	hidden := order.HideDestinations(had.Values, nil)
	for name, v := range shown {
		before, given := had.Values[name]
		if given && (v == order.Mask || document.Equal(v, hidden[name])) {
			shown[name] = before // what is not shown to everybody
		}
	}
	if document.Equal(shown, map[string]any(had.Values)) && !value.IsNull(m.Parameters) {
		return
	}
	among := value.ReadVariables(m.Parameters).Values
	own := func(name string, take func(v any) bool) {
		if _, there := among[name]; there {
			return // the configuration has it there
		}
		if v, given := shown[name]; given && take(v) {
			delete(shown, name)
		}
	}
	m.Infrastructure, m.SourceDate, m.AlertDestinations = value.NullLike(m.Infrastructure), types.StringNull(), types.SetNull(types.StringType)
	m.Alerts = value.NullLike(m.Alerts)
	own(infrastructureParameter, func(v any) bool {
		if v != nil {
			m.Infrastructure = value.DynamicOf(v)
		}
		return v != nil
	})
	own(sourceDateParameter, func(v any) bool {
		text, isText := v.(string)
		if isText {
			m.SourceDate = types.StringValue(text)
		}
		return isText
	})
	own(order.DestinationsVariable, func(v any) bool {
		texts, all := textsOf(v)
		if all {
			m.AlertDestinations = textSet(texts)
			return true
		}
		alerts, all := order.OrderAlertsObject(shown)
		if all {
			m.Alerts = value.DynamicOf(alerts)
			delete(shown, order.DigestVariable)
		}
		return all
	})
	m.Parameters = value.DynamicOf(shown)
}
