package jobtype

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// jobTypeForm is the short form of a manifest (seed.FormShape). Its name and version are those of
// jobTypeFacts, its settings those that have values.
type jobTypeForm struct {
	PackageVersion types.String  `tfsdk:"package_version"`
	Title          types.String  `tfsdk:"title"`
	Description    types.String  `tfsdk:"description"`
	Maintainer     types.Dynamic `tfsdk:"maintainer"`
	Command        types.String  `tfsdk:"command"`
	Inputs         types.Dynamic `tfsdk:"inputs"`
	Outputs        types.Dynamic `tfsdk:"outputs"`
	Mounts         types.Dynamic `tfsdk:"mounts"`
	Resources      types.Dynamic `tfsdk:"resources"`
	Timeout        types.Int64   `tfsdk:"timeout"`
	Errors         types.Dynamic `tfsdk:"errors"`
}

// attributes are those of the form, by name.
func (f jobTypeForm) attributes() map[string]attr.Value {
	return map[string]attr.Value{
		"package_version": f.PackageVersion, "title": f.Title, "description": f.Description, "maintainer": f.Maintainer, "command": f.Command,
		"inputs": f.Inputs, "outputs": f.Outputs, "mounts": f.Mounts, "resources": f.Resources, "timeout": f.Timeout, "errors": f.Errors,
	}
}

// formAttributes are the schemas of jobTypeForm.
func formAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for name := range (jobTypeForm{}).attributes() {
		m, _ := seed.FormShape().Member(name)
		doc := m.Description() + " Not beside `manifest`."
		switch m.Kind {
		case document.Text:
			out[name] = schema.StringAttribute{Optional: true, MarkdownDescription: doc}
		case document.Integer:
			out[name] = schema.Int64Attribute{Optional: true, CustomType: value.WholeNumber{}, MarkdownDescription: doc}
		default:
			out[name] = value.NullDocument(m.Shape, doc)
		}
	}
	return out
}

// tree is the form as the domain reads it. m is a configuration.
func (m jobTypeModel) tree() any {
	out := map[string]any{}
	set := func(name string, v attr.Value) {
		if tree := value.Tree(v); tree != nil {
			out[name] = tree
		}
	}
	set("name", m.Name)
	set("version", m.Version)
	for name, v := range m.attributes() {
		set(name, v)
	}
	settings := map[string]any{}
	for secret, given := range map[bool][]types.Map{false: {m.Settings}, true: {m.SecretSettings, m.SettingsWO}} {
		for _, values := range given {
			if values.IsUnknown() {
				return document.Unknown
			}
			for name := range values.Elements() {
				settings[name] = secret
			}
		}
	}
	out["settings"] = settings
	return out
}

// manifestOf is the manifest of m, a configuration, in whichever form it is given; unknown if
// that is not known or wrong, which was reported.
func (m jobTypeModel) manifestOf(diags *diag.Diagnostics) types.String {
	if !m.Manifest.IsNull() {
		return m.Manifest
	}
	if !m.hasForm() {
		return types.StringUnknown() // checkForms says so
	}
	tree := m.tree()
	if document.IsUnknown(tree) {
		return types.StringUnknown()
	}
	raw, problems := seed.ReadForm(tree)
	for _, p := range problems {
		at := path.Empty()
		if len(p.Path) > 0 {
			root := path.Root(p.Path[0])
			member, _ := seed.FormShape().Member(p.Path[0])
			at = value.PathIn(root, member.Shape, p.Path[1:])
			if p.Path[0] == "settings" {
				at = m.SettingPath(p.Path[len(p.Path)-1])
			}
		}
		diags.AddAttributeError(at, "Invalid job type", at.String()+": "+p.Text()+" ("+string(p.Code)+")")
	}
	if raw == nil {
		return types.StringUnknown()
	}
	return types.StringValue(string(raw))
}

// hasForm tells whether anything of the form without a manifest is given.
func (m jobTypeModel) hasForm() bool {
	for _, v := range m.attributes() {
		if !v.IsNull() {
			return true
		}
	}
	return false
}

// checkForms reports a configuration that has both forms, or neither.
func (m jobTypeModel) checkForms(diags *diag.Diagnostics) {
	if m.Manifest.IsNull() {
		if !m.hasForm() {
			diags.AddAttributeError(path.Root("manifest"), "Job type without a program",
				"manifest: found nothing, expected a Seed manifest, or command with name, version, inputs, outputs and so on in its place.")
		}
		return
	}
	given := m.attributes()
	given["name"], given["version"] = m.Name, m.Version
	for name, v := range given {
		if !v.IsNull() {
			diags.AddAttributeError(path.Root(name), "Job type in two forms", name+": manifest is given, too, which says this itself; keep one of them.")
		}
	}
}

// refType is the type of ref.
func refType() map[string]attr.Type {
	return map[string]attr.Type{"name": types.StringType, "version": types.StringType, "revision": types.Int64Type}
}

// ref is how the nodes of recipe types refer to m.
func (m jobTypeModel) ref() types.Object {
	return types.ObjectValueMust(refType(), map[string]attr.Value{"name": m.Name, "version": m.Version, "revision": m.RevisionNum})
}

// planManifest makes known, in m, a plan, the manifest that the configuration gives. What means the
// same as before stays as it was.
func (m *jobTypeModel) planManifest(config, state jobTypeModel) {
	if !config.Manifest.IsNull() {
		return
	}
	var diags diag.Diagnostics // they were reported by ValidateConfig, or will be by the apply
	m.Manifest = config.manifestOf(&diags)
	switch {
	case sameManifest(m.Manifest, state.Manifest) && !state.Manifest.IsNull():
		m.Manifest = state.Manifest
	case !m.ID.IsNull():
		m.RevisionNum, m.LastModified = types.Int64Unknown(), types.StringUnknown()
	}
}
