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
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// SecretSettings are settings of a configuration that are in no plan and in no state:
// write-only, so that SettingsWO is null in both, and only a configuration has them. They
// stand beside configuration, as Terraform allows nothing write-only within what has a
// default.
type SecretSettings struct {
	SettingsWO        types.Map   `tfsdk:"settings_wo"`
	SettingsWOVersion types.Int64 `tfsdk:"settings_wo_version"`
}

const settingsWO, SettingsWOVersion = "settings_wo", "settings_wo_version"

// SecretSettingsAttributes are the attributes of SecretSettings; change says what
// another version does.
func SecretSettingsAttributes(change string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		settingsWO: schema.MapAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "Values of secret settings, by name, beside `configuration.settings`. They are in no plan and in no " +
				"state, and may come from an ephemeral resource. Needs Terraform 1.11 or OpenTofu 1.11, and `settings_wo_version`.",
		},
		SettingsWOVersion: schema.Int64Attribute{
			Optional:   true,
			Validators: []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "Any number, to be changed with the values of `settings_wo`, as Terraform cannot see that they have " +
				"changed. " + change,
		},
	}
}

// names are the settings that are known to be there, sorted.
func (s SecretSettings) names() []string {
	var out []string
	for name, v := range s.SettingsWO.Elements() {
		if !v.IsNull() {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// In returns a configuration with the secret settings among its settings.
func (s SecretSettings) In(configuration types.Object) types.Object {
	if configuration.IsUnknown() || len(s.names()) == 0 {
		return configuration
	}
	if configuration.IsNull() {
		configuration = configurationObject(recipe.Configuration{}, false)
	}
	settings, ok := configuration.Attributes()["settings"].(types.Map)
	if !ok || settings.IsUnknown() {
		return configuration
	}
	all := map[string]attr.Value{}
	maps.Copy(all, settings.Elements())
	for _, name := range s.names() {
		all[name] = s.SettingsWO.Elements()[name]
	}
	members := maps.Clone(configuration.Attributes())
	members["settings"] = types.MapValueMust(types.StringType, all)
	return types.ObjectValueMust(ConfigurationType().AttrTypes, members)
}

// Validate applies the rules that need nothing but the configuration.
func (s SecretSettings) Validate(configuration types.Object, diags *diag.Diagnostics) {
	at := path.Root(settingsWO)
	if s.SettingsWOVersion.IsNull() && len(s.names()) > 0 {
		diags.AddAttributeError(path.Root(SettingsWOVersion), "Secret settings without a version",
			SettingsWOVersion+": found nothing, expected a number beside settings_wo, such as 1. Terraform does not keep the values: it "+
				"is a change of the number that sends them again.")
	}
	settings, _ := configuration.Attributes()["settings"].(types.Map)
	for _, name := range s.names() {
		if v := settings.Elements()[name]; v != nil && !v.IsNull() {
			diags.AddAttributeError(at.AtMapKey(name), "Setting is given twice", fmt.Sprintf(
				"settings_wo[%q]: configuration.settings has this setting, too; keep one of them", name))
		}
	}
}

// ValidateFor also refuses what is no secret setting of the manifest: the backend would
// give its value back, into the state.
func (s SecretSettings) ValidateFor(manifest *seed.Manifest, diags *diag.Diagnostics) {
	k := manifest.Configurable()
	for _, name := range s.names() {
		at := path.Root(settingsWO).AtMapKey(name)
		switch {
		case slices.Contains(k.SecretSettings, name):
		case slices.Contains(k.Settings, name):
			diags.AddAttributeError(at, "Setting is not secret", fmt.Sprintf(
				"settings_wo[%q]: the manifest does not call this setting secret, so that the backend gives its value back. "+
					"Add \"secret\": true to it in the manifest, or put it into configuration.settings.", name))
		default:
			diags.AddAttributeError(at, "Unknown setting", fmt.Sprintf("settings_wo[%q]: the manifest has no secret setting '%s'%s (%s)",
				name, name, recipe.DidYouMean(name, k.SecretSettings), recipe.UnknownSetting))
		}
	}
}

// SettingPath is the attribute that has a setting.
func (s SecretSettings) SettingPath(name string) path.Path {
	if slices.Contains(s.names(), name) {
		return path.Root(settingsWO).AtMapKey(name)
	}
	return path.Root("configuration").AtName("settings").AtMapKey(name)
}
