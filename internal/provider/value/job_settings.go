package value

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// JobSettings are the settings of a configuration. They stand beside it: a dynamic value
// cannot be sensitive in part. Those of SettingsWO are write-only: they are in no plan and
// in no state, where it is null, so that only a configuration has them.
type JobSettings struct {
	Settings          types.Map   `tfsdk:"settings"`
	SecretSettings    types.Map   `tfsdk:"secret_settings"`
	SettingsWO        types.Map   `tfsdk:"settings_wo"`
	SettingsWOVersion types.Int64 `tfsdk:"settings_wo_version"`
}

// The attributes of JobSettings.
const (
	settingsAttribute       = "settings"
	secretSettingsAttribute = "secret_settings"
	settingsWO              = "settings_wo"
	SettingsWOVersion       = "settings_wo_version"
)

// JobSettingsAttributes are the schemas; change says what a change does, and version what
// another version of the write-only ones does.
func JobSettingsAttributes(change, version string) map[string]schema.Attribute {
	texts := func(doc string) schema.MapAttribute {
		return schema.MapAttribute{
			Optional: true, Computed: true, ElementType: types.StringType, Default: mapdefault.StaticValue(emptyTexts()),
			MarkdownDescription: doc + change,
		}
	}
	secret := texts("Values of secret settings, by name. Plans do not show them, but the state has them: `settings_wo` leaves no trace. " +
		"The backend never gives a secret back, so that a change made elsewhere is not seen.")
	secret.Sensitive = true
	return map[string]schema.Attribute{
		settingsAttribute:       texts("Values of the manifests' settings, by name; those of secret ones belong into `secret_settings` or `settings_wo`."),
		secretSettingsAttribute: secret,
		settingsWO: schema.MapAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "Values of secret settings, by name, beside `settings`. They are in no plan and in no " +
				"state, and may come from an ephemeral resource. Needs Terraform 1.11 or OpenTofu 1.11, and `settings_wo_version`.",
		},
		SettingsWOVersion: schema.Int64Attribute{
			Optional:   true,
			CustomType: WholeNumber{},
			Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "Any number, to be changed with the values of `settings_wo`, as Terraform cannot see that they have " +
				"changed. " + version,
		},
	}
}

// names are the settings of one attribute that are known to be there, sorted.
func names(settings types.Map) []string {
	var out []string
	for name, v := range settings.Elements() {
		if !v.IsNull() {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// In returns c with the settings, as far as they are known.
func (s JobSettings) In(c recipe.Configuration) recipe.Configuration {
	c.Settings = maps.Clone(c.Settings)
	if c.Settings == nil {
		c.Settings = map[string]string{}
	}
	for _, settings := range []types.Map{s.Settings, s.SecretSettings, s.SettingsWO} {
		for _, name := range names(settings) {
			if text, ok := settings.Elements()[name].(types.String); ok && !text.IsUnknown() {
				c.Settings[name] = text.ValueString()
			}
		}
	}
	return c
}

// Known tells whether nothing of the settings is unknown.
func (s JobSettings) Known() bool {
	for _, settings := range []types.Map{s.Settings, s.SecretSettings, s.SettingsWO} {
		if _, known := JsonOf(settings); !known {
			return false
		}
	}
	return true
}

// Validate applies the rules that need nothing but the configuration.
func (s JobSettings) Validate(diags *diag.Diagnostics) {
	if s.SettingsWOVersion.IsNull() && len(names(s.SettingsWO)) > 0 {
		diags.AddAttributeError(path.Root(SettingsWOVersion), "Secret settings without a version",
			SettingsWOVersion+": found nothing, expected a number beside settings_wo, such as 1. Terraform does not keep the values: it "+
				"is a change of the number that sends them again.")
	}
	first := map[string]string{}
	for _, a := range []struct {
		name string
		of   types.Map
	}{{settingsAttribute, s.Settings}, {secretSettingsAttribute, s.SecretSettings}, {settingsWO, s.SettingsWO}} {
		for _, name := range names(a.of) {
			if other := first[name]; other != "" {
				diags.AddAttributeError(path.Root(a.name).AtMapKey(name), "Setting is given twice", fmt.Sprintf(
					"%s[%q]: %s has this setting, too; keep one of them", a.name, name, other))
				continue
			}
			first[name] = a.name
		}
	}
}

// ValidateFor also refuses secrets that plans would show, and write-only settings that are
// no secrets of the manifest: the backend would give their values back, into the state.
func (s JobSettings) ValidateFor(manifest *seed.Manifest, diags *diag.Diagnostics) {
	k := manifest.Configurable()
	for _, name := range names(s.SettingsWO) {
		at := path.Root(settingsWO).AtMapKey(name)
		switch {
		case slices.Contains(k.SecretSettings, name):
		case slices.Contains(k.Settings, name):
			diags.AddAttributeError(at, "Setting is not secret", fmt.Sprintf(
				"settings_wo[%q]: the manifest does not call this setting secret, so that the backend gives its value back. "+
					"Add \"secret\": true to it in the manifest, or put it into settings.", name))
		default:
			diags.AddAttributeError(at, "Unknown setting", fmt.Sprintf("settings_wo[%q]: the manifest has no secret setting '%s'%s (%s)",
				name, name, recipe.DidYouMean(name, k.SecretSettings), recipe.UnknownSetting))
		}
	}
	s.ValidateSecrets(k.SecretSettings, diags)
}

// ValidateSecrets refuses secrets, as manifests call them, that plans would show.
func (s JobSettings) ValidateSecrets(secrets []string, diags *diag.Diagnostics) {
	for _, name := range names(s.Settings) {
		if slices.Contains(secrets, name) {
			diags.AddAttributeError(path.Root(settingsAttribute).AtMapKey(name), "Secret setting in plain sight", fmt.Sprintf(
				"settings[%q]: the manifest calls this setting secret, and plans show what is in settings. Put it into secret_settings, "+
					"or, to leave no trace in the state, into settings_wo.", name))
		}
	}
}

// SettingPath is the attribute that has a setting.
func (s JobSettings) SettingPath(name string) path.Path {
	for attribute, settings := range map[string]types.Map{settingsWO: s.SettingsWO, secretSettingsAttribute: s.SecretSettings} {
		if slices.Contains(names(settings), name) {
			return path.Root(attribute).AtMapKey(name)
		}
	}
	return path.Root(settingsAttribute).AtMapKey(name)
}

// FromAPI takes the settings that the server has. It keeps those that secret says the server
// never gives back, and which attribute has which.
func (s JobSettings) FromAPI(served map[string]string, secret func(setting string) bool) JobSettings {
	plain := map[string]attr.Value{}
	for name, text := range served {
		plain[name] = types.StringValue(text)
	}
	hidden := map[string]attr.Value{}
	for name, before := range s.SecretSettings.Elements() {
		if text, given := served[name]; given {
			hidden[name] = types.StringValue(text)
			delete(plain, name)
		} else if before.IsNull() || secret(name) {
			hidden[name] = before
		}
	}
	for name, before := range s.Settings.Elements() {
		if _, given := served[name]; !given && (before.IsNull() || secret(name)) {
			plain[name] = before
		}
	}
	s.Settings, s.SecretSettings = types.MapValueMust(types.StringType, plain), types.MapValueMust(types.StringType, hidden)
	return s
}

// ChangedSettings are the attributes that give other settings than before, but for the
// write-only one. That a setting has moved from one to the other changes nothing.
func (s JobSettings) ChangedSettings(before JobSettings) []string {
	s.SettingsWO, before.SettingsWO = types.MapNull(types.StringType), types.MapNull(types.StringType)
	if s.Known() && before.Known() && maps.Equal(s.In(recipe.Configuration{}).Settings, before.In(recipe.Configuration{}).Settings) {
		return nil
	}
	var out []string
	if !s.Settings.Equal(before.Settings) {
		out = append(out, settingsAttribute)
	}
	if !s.SecretSettings.Equal(before.SecretSettings) {
		out = append(out, secretSettingsAttribute)
	}
	return out
}

// NoSettings are none at all.
func NoSettings() JobSettings {
	return JobSettings{
		Settings: emptyTexts(), SecretSettings: emptyTexts(), SettingsWO: types.MapNull(types.StringType), SettingsWOVersion: types.Int64Null(),
	}
}

// SplitSettings moves the settings of a state of version 0, where they were a part of
// configuration, to where they are now.
func SplitSettings(attributes map[string]any, secret func(setting string) bool) {
	configuration, _ := attributes["configuration"].(map[string]any)
	settings, _ := configuration["settings"].(map[string]any)
	delete(configuration, "settings")
	plain, hidden := map[string]any{}, map[string]any{}
	for name, value := range settings {
		if secret(name) {
			hidden[name] = value
		} else {
			plain[name] = value
		}
	}
	attributes[settingsAttribute], attributes[secretSettingsAttribute] = plain, hidden
}
