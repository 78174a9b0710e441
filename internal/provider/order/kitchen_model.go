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
	Name        types.String  `tfsdk:"name"`
	Parent      types.String  `tfsdk:"parent"`
	Description types.String  `tfsdk:"description"`
	Overrides   types.Dynamic `tfsdk:"overrides"`
	Staff       types.Set     `tfsdk:"staff"`
	Roles       types.Map     `tfsdk:"roles"`
	Alerts      types.Dynamic `tfsdk:"alerts"`
	ID          types.String  `tfsdk:"id"`
	Creator     types.String  `tfsdk:"creator"`
	Created     types.String  `tfsdk:"created"`
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

// record is k with what m says.
func (m kitchenModel) record(k api.Kitchen) (api.Kitchen, error) {
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
	if now := value.DynamicOf(overrides); m.Overrides.IsNull() || !value.SameValues(now, m.Overrides) {
		m.Overrides = now
	}
	m.Staff, m.Roles = textSet(k.Staff), value.TextMap(k.Roles)
	alerts := k.Settings.Alerts
	m.Alerts = value.Keep(order.AlertsShape(), order.AlertsObject(map[string][]string{
		"start": alerts.Start, "warning": alerts.Warning, "over_duration": alerts.OverDuration, "success": alerts.Success, "error": alerts.Error,
	}), m.Alerts)
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
	value.ValidateVariables(m.Overrides, path.Root("overrides"), &diags)
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
