package order

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// kitchenModel is the resource galley_kitchen.
type kitchenModel struct {
	Name               types.String  `tfsdk:"name"`
	Parent             types.String  `tfsdk:"parent"`
	Description        types.String  `tfsdk:"description"`
	Overrides          types.Dynamic `tfsdk:"overrides"`
	SecretOverrides    types.Dynamic `tfsdk:"secret_overrides"`
	OverridesWO        types.Dynamic `tfsdk:"overrides_wo"`
	OverridesWOVersion types.Int64   `tfsdk:"overrides_wo_version"`
	Staff              types.Set     `tfsdk:"staff"`
	Roles              types.Map     `tfsdk:"roles"`
	Alerts             types.Dynamic `tfsdk:"alerts"`
	AlertRecipients    types.Map     `tfsdk:"alert_recipients"`
	ID                 types.String  `tfsdk:"id"`
	Creator            types.String  `tfsdk:"creator"`
	Created            types.String  `tfsdk:"created"`
}

// knownTexts are the known texts of a set or a map, in order.
func knownTexts(values []attr.Value) []string {
	out := []string{}
	for _, v := range values {
		if s, ok := v.(types.String); ok && !s.IsNull() && !s.IsUnknown() {
			out = append(out, s.ValueString())
		}
	}
	slices.Sort(out)
	return out
}

// secrets are the overrides that nobody is shown, and those beside them.
func (m kitchenModel) secrets() value.SecretVariables {
	return value.SecretVariables{Beside: "overrides", Open: m.Overrides, Secret: m.SecretOverrides, WriteOnly: m.OverridesWO, Version: m.OverridesWOVersion}
}

// secretRecord are the secret overrides of a record that has now, in the place of those that
// prior has given. Those of others, and write-only ones whose version is that of before, stay
// as they are.
func (m kitchenModel) secretRecord(now json.RawMessage, prior kitchenModel) (json.RawMessage, error) {
	out := map[string]any{}
	if len(now) > 0 {
		if err := json.Unmarshal(now, &out); err != nil {
			return nil, fmt.Errorf("reading the record's secretoverrides: %w", err)
		}
	}
	before := value.ReadVariables(prior.SecretOverrides).Values
	if !m.OverridesWOVersion.Equal(prior.OverridesWOVersion) {
		before = out // the backend does not say which ones are the write-only ones
	}
	for name := range maps.Clone(before) {
		delete(out, name)
	}
	maps.Copy(out, value.ReadVariables(m.SecretOverrides).Values)
	if !m.OverridesWOVersion.Equal(prior.OverridesWOVersion) {
		maps.Copy(out, value.ReadVariables(m.OverridesWO).Values)
	}
	if len(out) == 0 && len(now) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("writing secret overrides: %w", err)
	}
	return raw, nil
}

// recipients are the destinations of alerts as plans show them, by event.
func (m kitchenModel) recipients() types.Map {
	kind := types.SetType{ElemType: types.StringType}
	if _, known := value.JsonOf(m.Alerts); !known {
		return types.MapUnknown(kind)
	}
	alerts, _ := order.ReadAlerts(value.Tree(m.Alerts))
	out := map[string]attr.Value{}
	for event, destinations := range alerts {
		shown := []string{}
		for _, text := range destinations {
			shown = append(shown, order.ShownDestination(text))
		}
		slices.Sort(shown)
		if len(shown) > 0 {
			out[event] = textSet(slices.Compact(shown))
		}
	}
	return types.MapValueMust(kind, out)
}

// record is k with what m says; prior is what the state had.
func (m kitchenModel) record(k api.Kitchen, prior kitchenModel) (api.Kitchen, error) {
	k.Description = m.Description.ValueString()
	overrides, _ := value.JsonOf(m.Overrides)
	if overrides == nil {
		overrides = map[string]any{}
	}
	raw, err := json.Marshal(overrides)
	if err != nil {
		return k, fmt.Errorf("writing overrides: %w", err)
	}
	k.Overrides = raw
	if k.SecretOverrides, err = m.secretRecord(k.SecretOverrides, prior); err != nil {
		return k, err
	}
	k.Staff = knownTexts(m.Staff.Elements())
	if !m.Roles.IsNull() && !m.Roles.IsUnknown() {
		k.Roles = map[string]string{}
		for user, role := range m.Roles.Elements() {
			text, _ := role.(types.String)
			k.Roles[user] = text.ValueString()
		}
	}
	alerts, _ := order.ReadAlerts(value.Tree(m.Alerts))
	k.Settings.Alerts = api.KitchenAlerts{
		Start: alerts["start"], Warning: alerts["warning"], OverDuration: alerts["over_duration"],
		Success: alerts["success"], Error: alerts["error"],
	}
	return k, nil
}

// fromAPI returns m with what the server has.
func (m kitchenModel) fromAPI(k api.Kitchen) (kitchenModel, error) {
	m.Name, m.Parent = types.StringValue(k.Name), value.TextOrNull(k.Parent)
	m.Description = types.StringValue(k.Description)
	overrides := map[string]any{}
	if len(k.Overrides) > 0 {
		value, err := recipe.Decode(k.Overrides)
		if err != nil {
			return m, fmt.Errorf("the record's recipeoverrides %w", err)
		}
		if members, ok := value.(map[string]any); ok {
			overrides = members
		}
	}
	if now := value.DynamicOf(overrides); value.IsNull(m.Overrides) || !value.SameValues(now, m.Overrides) {
		m.Overrides = now
	}
	hidden := map[string]any{}
	if len(k.SecretOverrides) > 0 {
		if err := json.Unmarshal(k.SecretOverrides, &hidden); err != nil {
			return m, fmt.Errorf("reading the record's secretoverrides: %w", err)
		}
	}
	m.SecretOverrides = value.MembersLeft(m.SecretOverrides, func(name string) bool { _, there := hidden[name]; return there })
	m.OverridesWO = value.NullLike(m.OverridesWO)
	m.Staff, m.Roles = textSet(k.Staff), value.TextMap(k.Roles)
	alerts := k.Settings.Alerts
	m.Alerts = value.Keep(order.AlertsShape(), order.AlertsObject(map[string][]string{
		"start": alerts.Start, "warning": alerts.Warning, "over_duration": alerts.OverDuration, "success": alerts.Success, "error": alerts.Error,
	}), m.Alerts)
	m.AlertRecipients = m.recipients()
	m.ID, m.Creator = types.StringValue(k.HID), types.StringValue(k.Creator)
	m.Created = instantText(k.Created)
	return m, nil
}

// instantText is a time of v2, in ms since 1970, as RFC 3339.
func instantText(ms int64) types.String {
	return types.StringValue(api.NewTime(time.UnixMilli(ms)).String())
}

// instantOrNull is instantText for a time that may not have come.
func instantOrNull(ms *int64) types.String {
	if ms == nil {
		return types.StringNull()
	}
	return instantText(*ms)
}

// validate applies every rule that needs no server. m is the configuration.
func (m kitchenModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	const summary = "Invalid kitchen"
	checkName("kitchen", m.Name, path.Root("name"), &diags)
	if m.Parent.ValueString() == "" && !m.Parent.IsNull() && !m.Parent.IsUnknown() {
		diags.AddAttributeError(path.Root("parent"), summary, "parent: it is empty; leave it out for a root.")
	} else {
		checkName("kitchen", m.Parent, path.Root("parent"), &diags)
	}
	if name := m.Name.ValueString(); name != "" && name == m.Parent.ValueString() {
		diags.AddAttributeError(path.Root("parent"), summary, fmt.Sprintf("parent: found %q, the kitchen itself.", name))
	}
	m.secrets().Validate(&diags)
	value.CheckTexts(path.Root("staff"), m.Staff, "the name of a user", &diags)
	value.CheckTextMap(path.Root("roles"), m.Roles, "Admin, Developer or Guest", &diags)
	for _, user := range slices.Sorted(maps.Keys(m.Roles.Elements())) {
		role, _ := m.Roles.Elements()[user].(types.String)
		if role.IsNull() || role.IsUnknown() {
			continue // of null it was said
		}
		if err := order.CheckRole(role.ValueString()); err != nil {
			at := path.Root("roles").AtMapKey(user)
			diags.AddAttributeError(at, summary, fmt.Sprintf("%s: %s.", at, err))
		}
	}
	_, problems := order.ReadAlerts(value.Tree(m.Alerts))
	value.AddDocumentProblems(&diags, path.Root("alerts"), order.AlertsShape(), "Invalid destination of alerts", problems)
	return diags
}

// checkName reports a name that nothing of that kind can have.
func checkName(kind string, name types.String, p path.Path, diags *diag.Diagnostics) {
	if name.IsNull() || name.IsUnknown() {
		return
	}
	if bad := order.CheckName(kind, name.ValueString()); bad != nil {
		diags.AddAttributeError(p, "Invalid name", fmt.Sprintf("%s: %s (%s)", p, bad.Message, bad.Code))
	}
}

// checkDestinations reports texts that are no destinations of alerts, at their places in
// a set.
func checkDestinations(texts []string, p path.Path, diags *diag.Diagnostics) {
	for _, text := range texts {
		if bad := order.CheckDestination(text); bad != nil {
			at := p.AtSetValue(types.StringValue(text))
			diags.AddAttributeError(at, "Invalid destination of alerts", fmt.Sprintf("%s: %s (%s)", p, bad.Message, bad.Code))
		}
	}
}
