package value

import (
	"encoding/json"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// The configuration of a job type and of a recipe (contract 4) as one attribute.
// Attribute names are the JSON names. What the format defaults has the same default
// here, so left out and spelled out are one plan; only the priority differs: a job
// type has recipe.DefaultPriority, a recipe that states none leaves it to its jobs.

// ConfigurationAttribute is the schema. It has no plan modifiers.
func ConfigurationAttribute(doc string, defaultPriority bool) schema.SingleNestedAttribute {
	priority := schema.Int64Attribute{
		Optional: true,
		MarkdownDescription: "Priority of the jobs, 1 or more: a lower number runs sooner. " +
			"Default: that of each job type.",
	}
	if defaultPriority {
		priority.Computed = true
		priority.Default = int64default.StaticInt64(recipe.DefaultPriority)
		priority.MarkdownDescription = "Priority of the jobs, 1 or more: a lower number runs sooner. Default: `100`."
	}
	texts := func(doc string) schema.MapAttribute {
		return schema.MapAttribute{
			Optional: true, Computed: true, ElementType: types.StringType,
			Default: mapdefault.StaticValue(emptyTexts()), MarkdownDescription: doc,
		}
	}
	settings := texts("Values of the manifests' settings, by name. A secret setting can be set and changed, " +
		"but the backend never gives it back: a change made elsewhere is not seen.")
	settings.Sensitive = true
	mount := map[string]schema.Attribute{
		"type":      schema.StringAttribute{Required: true, MarkdownDescription: "`host` (a folder) or `volume`."},
		"host_path": schema.StringAttribute{Optional: true, MarkdownDescription: "Absolute path of the folder; `host` only."},
		"driver": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			MarkdownDescription: "Driver of the volume; `volume` only.",
		},
		"driver_opts": texts("Options of the driver; `volume` only."),
	}
	return schema.SingleNestedAttribute{
		Optional: true, Computed: true, MarkdownDescription: doc,
		Default: objectdefault.StaticValue(configurationObject(recipe.Configuration{}, defaultPriority)),
		Attributes: map[string]schema.Attribute{
			"mounts": schema.MapNestedAttribute{
				Optional: true, Computed: true,
				Default:             mapdefault.StaticValue(types.MapValueMust(mountType(), nil)),
				MarkdownDescription: "What is mounted at the manifests' mounts, by their names.",
				NestedObject:        schema.NestedAttributeObject{Attributes: mount},
			},
			"output_workspaces": schema.SingleNestedAttribute{
				Optional: true, Computed: true,
				Default:             objectdefault.StaticValue(outputWorkspacesObject(recipe.OutputWorkspaces{})),
				MarkdownDescription: "Names of the workspaces that output files go to.",
				Attributes: map[string]schema.Attribute{
					"default": schema.StringAttribute{
						Optional: true, Computed: true, Default: stringdefault.StaticString(""),
						MarkdownDescription: "Workspace of the outputs that are not in `outputs`.",
					},
					"outputs": texts("Workspace by name of the output."),
				},
			},
			"priority": priority,
			"settings": settings,
		},
	}
}

func mountType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"type": types.StringType, "host_path": types.StringType, "driver": types.StringType,
		"driver_opts": types.MapType{ElemType: types.StringType},
	}}
}

func outputWorkspacesType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"default": types.StringType, "outputs": types.MapType{ElemType: types.StringType},
	}}
}

// ConfigurationType is the type of the attribute.
func ConfigurationType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"mounts":            types.MapType{ElemType: mountType()},
		"output_workspaces": outputWorkspacesType(),
		"priority":          types.Int64Type,
		"settings":          types.MapType{ElemType: types.StringType},
	}}
}

// ConfigurationJSON returns the JSON form of what is known and stated in v. It is
// complete if nothing in v is unknown; a mount that is partly unknown is left out
// as a whole, since half a mount would look wrong.
func ConfigurationJSON(v types.Object) (raw json.RawMessage, complete bool) {
	if mounts, ok := v.Attributes()["mounts"].(types.Map); ok {
		known := map[string]attr.Value{}
		for name, m := range mounts.Elements() {
			if _, all := stated(m); all {
				known[name] = m
			}
		}
		complete = len(known) == len(mounts.Elements()) && !mounts.IsUnknown()
		members := maps.Clone(v.Attributes())
		members["mounts"] = types.MapValueMust(mountType(), known)
		v = types.ObjectValueMust(ConfigurationType().AttrTypes, members)
	} else {
		complete = true // null or unknown, which stated tells apart
	}
	doc, known := stated(v)
	if doc == nil {
		doc = map[string]any{}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return json.RawMessage("{}"), false // strings and numbers always encode
	}
	return raw, complete && known
}

// stated is JsonOf without what an object does not state: members that are null or
// "", and empty maps and objects. Unknown parts are left out one by one.
func stated(v attr.Value) (value any, known bool) {
	var members map[string]attr.Value
	switch v := v.(type) {
	case types.Object:
		members = v.Attributes()
	case types.Map:
		members = v.Elements()
	default:
		return JsonOf(v)
	}
	_, isObject := v.(types.Object)
	doc, known := map[string]any{}, !v.IsUnknown()
	for name, m := range members {
		value, ok := stated(m)
		known = known && ok
		if value != nil && !(isObject && value == "") {
			doc[name] = value
		}
	}
	if len(doc) == 0 {
		return nil, known
	}
	return doc, known
}

// ParseConfiguration returns the domain's value of v and what is wrong with the
// parts of it that are known.
func ParseConfiguration(v types.Object) (c recipe.Configuration, problems recipe.Problems, complete bool) {
	raw, complete := ConfigurationJSON(v)
	c, problems = recipe.ParseConfiguration(raw)
	return c, problems, complete
}

// ValidateConfiguration reports what is wrong with the known parts of v at p.
func ValidateConfiguration(v types.Object, p path.Path, diags *diag.Diagnostics) {
	_, problems, _ := ParseConfiguration(v)
	AddProblems(diags, p, "Invalid configuration", problems)
}

// ConfigurationFromAPI maps the server's configuration (or null). Settings that the
// server leaves out are taken from prior if keep says that they are secret.
func ConfigurationFromAPI(
	raw json.RawMessage, prior types.Object, keep func(setting string) bool, defaultPriority bool,
) (types.Object, error) {
	var c recipe.Configuration
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &c); err != nil {
			return types.ObjectNull(ConfigurationType().AttrTypes), err
		}
	}
	if settings, ok := prior.Attributes()["settings"].(types.Map); ok {
		merged := map[string]string{}
		for name, v := range settings.Elements() {
			if text, ok := v.(types.String); ok && keep(name) {
				merged[name] = text.ValueString()
			}
		}
		maps.Copy(merged, c.Settings)
		c.Settings = merged
	}
	return configurationObject(c, defaultPriority), nil
}

// configurationObject is the attribute's value with all defaults.
func configurationObject(c recipe.Configuration, defaultPriority bool) types.Object {
	mounts := map[string]attr.Value{}
	for name, m := range c.Mounts {
		mounts[name] = types.ObjectValueMust(mountType().AttrTypes, map[string]attr.Value{
			"type":        types.StringValue(m.Type),
			"host_path":   TextOrNull(m.HostPath),
			"driver":      types.StringValue(m.Driver),
			"driver_opts": TextMap(m.DriverOpts),
		})
	}
	priority := types.Int64Null()
	switch {
	case c.Priority != nil:
		priority = types.Int64Value(int64(*c.Priority))
	case defaultPriority:
		priority = types.Int64Value(recipe.DefaultPriority)
	}
	return types.ObjectValueMust(ConfigurationType().AttrTypes, map[string]attr.Value{
		"mounts":            types.MapValueMust(mountType(), mounts),
		"output_workspaces": outputWorkspacesObject(c.OutputWorkspaces),
		"priority":          priority,
		"settings":          TextMap(c.Settings),
	})
}

func outputWorkspacesObject(w recipe.OutputWorkspaces) types.Object {
	return types.ObjectValueMust(outputWorkspacesType().AttrTypes, map[string]attr.Value{
		"default": types.StringValue(w.Default),
		"outputs": TextMap(w.Outputs),
	})
}

func emptyTexts() types.Map { return types.MapValueMust(types.StringType, nil) }

// TextMap is never null.
func TextMap(m map[string]string) types.Map {
	values := make(map[string]attr.Value, len(m))
	for name, s := range m {
		values[name] = types.StringValue(s)
	}
	return types.MapValueMust(types.StringType, values)
}

// SameConfiguration tells whether two configurations, both known, mean the same.
func SameConfiguration(a, b types.Object) bool {
	x, completeX := ConfigurationJSON(a)
	y, completeY := ConfigurationJSON(b)
	return completeX && completeY && recipe.SameJSON(x, y)
}
