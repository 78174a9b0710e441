package order

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The values of on_destroy of an order.
const (
	onDestroyStop   = "stop"
	onDestroyDelete = "delete"
)

// The parameters that attributes of their own fill (contract datakitchen-v2, 4). That
// for alerts is order.DestinationsVariable.
const (
	infrastructureParameter = "infrastructure"
	sourceDateParameter     = "source_date"
)

// orderModel is the resource galley_order.
type orderModel struct {
	Kitchen             types.String  `tfsdk:"kitchen"`
	Recipe              types.String  `tfsdk:"recipe"`
	Variation           types.String  `tfsdk:"variation"`
	Parameters          types.Dynamic `tfsdk:"parameters"`
	SecretParameters    types.Dynamic `tfsdk:"secret_parameters"`
	ParametersWO        types.Dynamic `tfsdk:"parameters_wo"`
	ParametersWOVersion types.Int64   `tfsdk:"parameters_wo_version"`
	Schedule            types.Dynamic `tfsdk:"schedule"`
	InputFiles          types.Dynamic `tfsdk:"input_files"`
	Nodes               types.Set     `tfsdk:"nodes"`
	Timeout             types.String  `tfsdk:"timeout"`
	Infrastructure      types.Dynamic `tfsdk:"infrastructure"`
	SourceDate          types.String  `tfsdk:"source_date"`
	Alerts              types.Dynamic `tfsdk:"alerts"`
	AlertDestinations   types.Set     `tfsdk:"alert_destinations"`
	AlertRecipients     types.Set     `tfsdk:"alert_recipients"`
	Overlap             types.String  `tfsdk:"overlap"`
	CatchUp             types.String  `tfsdk:"catch_up"`
	Paused              types.Bool    `tfsdk:"paused"`
	WaitForCompletion   types.Bool    `tfsdk:"wait_for_completion"`
	OnFailure           types.String  `tfsdk:"on_failure"`
	OnDestroy           types.String  `tfsdk:"on_destroy"`
	OnMissing           types.String  `tfsdk:"on_missing"`
	OnRecreate          types.String  `tfsdk:"on_recreate"`
	Timeouts            types.Dynamic `tfsdk:"timeouts"`
	ID                  types.String  `tfsdk:"id"`
	Status              types.String  `tfsdk:"status"`
	EffectiveSchedule   types.String  `tfsdk:"effective_schedule"`
	EffectiveParameters types.Dynamic `tfsdk:"effective_parameters"`
	LastRun             types.Object  `tfsdk:"last_run"`
	RunCount            types.Int64   `tfsdk:"run_count"`
	RunsSkipped         types.Int64   `tfsdk:"runs_skipped"`
	NextRun             types.String  `tfsdk:"next_run"`
	Created             types.String  `tfsdk:"created"`
}

// what names m in messages.
func (m orderModel) what() string {
	return fmt.Sprintf("Order %s (%s/%s in kitchen %s)", m.ID.ValueString(), m.Recipe.ValueString(), m.Variation.ValueString(),
		m.Kitchen.ValueString())
}

// runsOnce tells whether m is not a scheduled order; by its effective schedule, which is
// that of an order that exists.
func (m orderModel) runsOnce() bool { return m.EffectiveSchedule.ValueString() == order.Now }

func (m orderModel) hasEnded() bool { return order.Status(m.Status.ValueString()).HasEnded() }

// ownParameters are the parameters with attributes of their own, as far as they are given.
func (m orderModel) ownParameters() map[string]attr.Value {
	out := map[string]attr.Value{}
	if v := value.Underlying(m.Infrastructure); v != nil && !v.IsNull() {
		out[infrastructureParameter] = m.Infrastructure
	}
	if !m.SourceDate.IsNull() {
		out[sourceDateParameter] = m.SourceDate
	}
	if !m.AlertDestinations.IsNull() {
		out[order.DestinationsVariable] = m.AlertDestinations
	}
	return out
}

// alertParameters are the parameters that alerts fills; known is false if not all of them are
// known.
func (m orderModel) alertParameters() (vs order.Variables, known bool) {
	if v := value.Underlying(m.Alerts); v == nil || v.IsNull() {
		return nil, true
	}
	vs, _ = order.ReadOrderAlerts(value.Tree(m.Alerts))
	_, known = value.JsonOf(m.Alerts)
	return vs, known
}

// secrets are the parameters that nobody is shown, and those beside them.
func (m orderModel) secrets() value.SecretVariables {
	return value.SecretVariables{Beside: "parameters", Open: m.Parameters, Secret: m.SecretParameters,
		WriteOnly: m.ParametersWO, Version: m.ParametersWOVersion}
}

// recipients are the destinations of alerts as plans show them.
func (m orderModel) recipients() types.Set {
	vs, all := m.alertParameters()
	if _, known := value.JsonOf(m.AlertDestinations); !known || !all {
		return types.SetUnknown(types.StringType)
	}
	shown := []string{}
	for _, text := range append(knownTexts(m.AlertDestinations.Elements()), order.Destinations(vs)...) {
		shown = append(shown, order.ShownDestination(text))
	}
	slices.Sort(shown)
	return textSet(slices.Compact(shown))
}

// given are all parameters of m.
func (m orderModel) given() value.GivenVariables {
	return m.open().WithSecrets(m.secrets().Given())
}

// open are the parameters of m that the backend shows.
func (m orderModel) open() value.GivenVariables {
	g := value.ReadVariables(m.Parameters)
	for name, v := range m.ownParameters() {
		value, known := value.JsonOf(v)
		if set, ok := v.(types.Set); ok && known {
			texts := []any{}
			for _, text := range knownTexts(set.Elements()) { // a set has no order of its own
				texts = append(texts, text)
			}
			value = texts
		}
		g.Values[name], g.Partly[name] = value, !known
		g.Complete = g.Complete && known
	}
	alerts, known := m.alertParameters()
	for name, v := range alerts {
		g.Values[name], g.Partly[name] = v, !known
		g.Complete = g.Complete && known
	}
	return g
}

// toCreate is m as a request.
func (m orderModel) toCreate() (api.OrderCreate, error) {
	raw, err := json.Marshal(m.open().Values)
	if err != nil {
		return api.OrderCreate{}, fmt.Errorf("writing parameters: %w", err)
	}
	var secret json.RawMessage
	if values := m.secrets().Given().Values; len(values) > 0 {
		if secret, err = json.Marshal(values); err != nil {
			return api.OrderCreate{}, fmt.Errorf("writing secret parameters: %w", err)
		}
	}
	files, err := m.filesJSON()
	if err != nil {
		return api.OrderCreate{}, err
	}
	s, _, _ := order.ReadSchedule(value.Tree(m.Schedule))
	return api.OrderCreate{InputFiles: files, GraphSetting: m.graph(),
		Parameters: raw, SecretParameters: secret, Schedule: s.Schedule, TimeZone: s.Zone, Start: s.Start, Expires: s.Expires, MaxRuns: s.MaxRuns,
		Overlap: m.Overlap.ValueString(), CatchUp: m.CatchUp.ValueString(), Paused: m.Paused.ValueBool(), Timeout: m.Timeout.ValueString(),
	}, nil
}

// fromAPI takes what the server has.
func (m *orderModel) fromAPI(o api.Order, run *api.OrderRun) diag.Diagnostics {
	var diags diag.Diagnostics
	m.ID, m.Status, m.EffectiveSchedule = types.StringValue(o.HID), types.StringValue(o.Status), types.StringValue(o.Schedule)
	m.RunCount, m.NextRun, m.Created = types.Int64Value(int64(o.RunCount)), instantOrNull(o.NextRun), instantText(o.Created)
	m.LastRun, m.RunsSkipped = lastRunObject(run), types.Int64Value(int64(o.RunsSkipped))
	m.Overlap = types.StringValue(cmp.Or(o.Overlap, string(order.OverlapAllow)))
	m.CatchUp = types.StringValue(cmp.Or(o.CatchUp, string(order.CatchUpNone)))
	switch status := order.Status(o.Status); {
	case m.Paused.IsNull(), !status.HasEnded():
		m.Paused = types.BoolValue(status == order.Paused)
	}
	m.takeDefaults()
	m.ParametersWO = value.NullLike(m.ParametersWO)
	effective, err := decodeObject(o.EffectiveParameters)
	if err != nil {
		diags.AddAttributeError(path.Root("effective_parameters"), "Cannot read order", value.Sentence(err.Error()))
	}
	for name := range order.System("", "", "", "", "") {
		delete(effective, name)
	}
	effective = order.HideDestinations(effective, nil)
	none := value.IsNull(m.EffectiveParameters) || value.IsUnknown(m.EffectiveParameters)
	if now := value.DynamicOf(effective); none || run != nil && !value.SameValues(now, m.EffectiveParameters) {
		m.EffectiveParameters = now
	}
	diags.Append(m.fromRequest(o)...)
	m.AlertRecipients = m.recipients()
	return diags
}

// takeDefaults gives the settings of an import their defaults.
func (m *orderModel) takeDefaults() {
	if m.WaitForCompletion.IsNull() {
		m.WaitForCompletion = types.BoolValue(true)
	}
	for attribute, byDefault := range map[*types.String]string{
		&m.OnFailure: kit.OnFailureError, &m.OnDestroy: onDestroyStop, &m.OnMissing: kit.OnMissingKeep,
		&m.OnRecreate: kit.OnRecreateResume,
	} {
		if attribute.IsNull() {
			*attribute = types.StringValue(byDefault)
		}
	}
}

// decodeObject reads a JSON object; none is an empty one.
func decodeObject(raw json.RawMessage) (map[string]any, error) {
	if len(raw) == 0 {
		return map[string]any{}, nil
	}
	v, err := recipe.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("the object %w", err)
	}
	members, isObject := v.(map[string]any)
	if !isObject && v != nil {
		return nil, fmt.Errorf("found %s, expected an object", recipe.KindOf(v))
	}
	if members == nil {
		members = map[string]any{}
	}
	return members, nil
}

// textsOf are the elements of a list of texts; all is false for anything else.
func textsOf(value any) (texts []string, all bool) {
	list, isList := value.([]any)
	for _, item := range list {
		text, isText := item.(string)
		if !isText || slices.Contains(texts, text) {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, isList
}

// runFacts are what is shown of a run wherever one is.
type runFacts struct {
	ID           types.String `tfsdk:"id"`
	Status       types.String `tfsdk:"status"`
	RecipeID     types.Int64  `tfsdk:"recipe_id"`
	ScheduledFor types.String `tfsdk:"scheduled_for"`
	Started      types.String `tfsdk:"started"`
	Ended        types.String `tfsdk:"ended"`
	Error        types.String `tfsdk:"error"`
}

func factsOfRun(run api.OrderRun) runFacts {
	f := runFacts{
		ID: types.StringValue(run.HID), Status: types.StringValue(run.Status), RecipeID: types.Int64PointerValue(run.RecipeID),
		ScheduledFor: instantText(run.ScheduledFor), Ended: instantOrNull(run.Timings.End), Error: value.TextOrNull(run.Error),
	}
	if run.RecipeID != nil { // the start of a planned run is when it is due
		f.Started = instantText(run.Timings.Start)
	}
	return f
}

func lastRunObject(run *api.OrderRun) types.Object {
	kind := lastRunType().AttrTypes
	if run == nil {
		return types.ObjectNull(kind)
	}
	f := factsOfRun(*run)
	return types.ObjectValueMust(kind, map[string]attr.Value{
		"id": f.ID, "status": f.Status, "recipe_id": f.RecipeID, "scheduled_for": f.ScheduledFor, "started": f.Started,
		"ended": f.Ended, "error": f.Error,
	})
}

// lastRun is the id and the status of the newest run; "" if there is none.
func (m orderModel) lastRun() (id, status string) {
	text := func(name string) string {
		s, _ := m.LastRun.Attributes()[name].(types.String)
		return s.ValueString()
	}
	return text("id"), text("status")
}

// validate applies every rule that needs no server. m is the configuration.
func (m orderModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	checkName("kitchen", m.Kitchen, path.Root("kitchen"), &diags)
	checkName("recipe", m.Recipe, path.Root("recipe"), &diags)
	checkName("variation", m.Variation, path.Root("variation"), &diags)
	m.secrets().Validate(&diags)
	own := m.ownParameters()
	for _, name := range slices.Sorted(maps.Keys(own)) {
		for attribute, given := range map[string]types.Dynamic{"parameters": m.Parameters, "secret_parameters": m.SecretParameters, "parameters_wo": m.ParametersWO} {
			if _, twice := value.ReadVariables(given).Values[name]; twice {
				diags.AddAttributeError(path.Root(name), "Parameter is given twice", fmt.Sprintf(
					"%s: %s has a value for %q, too, which this attribute fills; keep one of them", name, attribute, name))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if value, known := value.JsonOf(own[name]); known {
			for _, p := range order.CheckVariables(order.Variables{name: value}) {
				diags.AddAttributeError(path.Root(name), "Invalid variables", fmt.Sprintf("%s (%s)", p.Message, p.Code))
			}
		}
	}
	if m.SourceDate.ValueString() == "" && !m.SourceDate.IsNull() && !m.SourceDate.IsUnknown() {
		diags.AddAttributeError(path.Root(sourceDateParameter), "Invalid date of source data",
			"source_date: it is empty; leave it out, or give a date such as \"2026-03-01\"")
	}
	asks, problems, known := order.ReadSchedule(value.Tree(m.Schedule))
	if known && len(problems) == 0 && !value.IsNull(m.Schedule) && m.Paused.ValueBool() && asks.RunsOnce() {
		addPausedOnce("its schedule", &diags)
	}
	value.AddDocumentProblems(&diags, path.Root("schedule"), order.ScheduleShape(), "Invalid schedule", problems)
	m.checkNodes(&diags)
	m.checkTimeout(&diags)
	_, problems = order.ReadInputFiles(value.Tree(m.InputFiles))
	value.AddDocumentProblems(&diags, path.Root("input_files"), order.InputFilesShape(), "Invalid input files", problems)
	for _, v := range m.AlertDestinations.Elements() {
		if v.IsNull() {
			value.CheckTexts(path.Root(order.DestinationsVariable), m.AlertDestinations, "an e-mail address or an https URL", &diags)
			break
		}
	}
	checkDestinations(knownTexts(m.AlertDestinations.Elements()), path.Root(order.DestinationsVariable), &diags)
	m.checkAlerts(&diags)
	return diags
}

// checkAlerts reports what is wrong with alerts, and what else fills the same parameters.
func (m orderModel) checkAlerts(diags *diag.Diagnostics) {
	given := value.Underlying(m.Alerts)
	if given == nil || given.IsNull() {
		return
	}
	_, problems := order.ReadOrderAlerts(value.Tree(m.Alerts))
	value.AddDocumentProblems(diags, path.Root("alerts"), order.OrderAlertsShape(), "Invalid destination of alerts", problems)
	if !m.AlertDestinations.IsNull() {
		diags.AddAttributeError(path.Root("alerts"), "Destinations are given twice",
			"alerts: alert_destinations is given, too; keep one of them. What is not listed under an event hears of all events.")
	}
	for attribute, parameters := range map[string]types.Dynamic{"parameters": m.Parameters, "secret_parameters": m.SecretParameters, "parameters_wo": m.ParametersWO} {
		for _, name := range []string{order.DestinationsVariable, order.DigestVariable} {
			if _, twice := value.ReadVariables(parameters).Values[name]; twice {
				diags.AddAttributeError(path.Root("alerts"), "Parameter is given twice", fmt.Sprintf(
					"alerts: %s has a value for %q, too, which this attribute fills; keep one of them", attribute, name))
			}
		}
	}
}

// addPausedOnce reports that an order that runs once cannot be paused: its run is there with
// the order. why is what says that it runs so.
func addPausedOnce(why string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("paused"), "Order that runs once cannot be paused", fmt.Sprintf(
		"paused: found true, but by %s the order runs once, and its run is made with it. Expected false; leave the order out as long as it is not to run, "+
			"or give schedule a cron or an interval.", why))
}
