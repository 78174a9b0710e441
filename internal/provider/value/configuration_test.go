package value

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// nullOf is the null of a type.
func nullOf(typ attr.Type) attr.Value {
	switch typ := typ.(type) {
	case types.ObjectType:
		return types.ObjectNull(typ.AttrTypes)
	case types.MapType:
		return types.MapNull(typ.ElemType)
	}
	if typ == types.Int64Type {
		return types.Int64Null()
	}
	return types.StringNull()
}

func mustConfiguration(t *testing.T, raw string) recipe.Configuration {
	t.Helper()
	c, problems := recipe.ParseConfiguration([]byte(raw))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfigurationFromAPI(t *testing.T) {
	t.Parallel()
	prior := func(raw string) types.Object { return configurationObject(mustConfiguration(t, raw), true) }
	null := types.ObjectNull(ConfigurationType().AttrTypes)
	tests := []struct {
		name  string
		raw   string
		prior types.Object
		want  string
	}{
		{"nothing", ``, null, `{}`},
		{"null", `null`, null, `{}`},
		{"what the server has", `{"priority": 5, "settings": {"a": "b"}}`, null, `{"priority": 5, "settings": {"a": "b"}}`},
		{"a changed setting shows", `{"settings": {"a": "c"}}`, prior(`{"settings": {"a": "b"}}`), `{"settings": {"a": "c"}}`},
		{"a removed setting shows", `{}`, prior(`{"settings": {"a": "b"}}`), `{}`},
		{"a secret setting stays", `{"settings": {"a": "b"}}`, prior(`{"settings": {"secret": "x"}}`), `{"settings": {"a": "b", "secret": "x"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			secret := func(name string) bool { return name == "secret" }
			got, err := ConfigurationFromAPI([]byte(tt.raw), tt.prior, secret, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(prior(tt.want).String(), got.String()); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := ConfigurationFromAPI([]byte(`{"priority": "x"}`), null, nil, true); err == nil {
		t.Error("no error for a configuration that cannot be read")
	}
}

func TestConfigurationProblemsAreOnTheAttribute(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	bad := configurationObject(recipe.Configuration{
		Priority: new(0),
		Mounts:   map[string]recipe.Mount{"m": {Type: "host", HostPath: "relative"}},
	}, true)
	ValidateConfiguration(bad, path.Root("configuration"), &diags)
	var got []string
	for _, d := range diags {
		at := "nowhere"
		if d, ok := d.(diag.DiagnosticWithPath); ok {
			at = d.Path().String()
		}
		got = append(got, at+": "+d.Detail())
	}
	want := []string{
		"configuration: mounts.m.host_path: found 'relative', expected an absolute path that begins with '/'. [HOST_ABSOLUTE_PATH]",
		"configuration: priority: found 0, expected 1 or more (1 runs soonest). [INVALID_PRIORITY]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

func TestConfigurationJSON(t *testing.T) {
	t.Parallel()
	object := func(t types.ObjectType, members map[string]attr.Value) types.Object {
		all := map[string]attr.Value{}
		for name, typ := range t.AttrTypes {
			all[name] = nullOf(typ)
		}
		for name, v := range members {
			all[name] = v
		}
		return types.ObjectValueMust(t.AttrTypes, all)
	}
	configuration := func(members map[string]attr.Value) types.Object { return object(ConfigurationType(), members) }
	mounts := func(byName map[string]attr.Value) types.Map { return types.MapValueMust(mountType(), byName) }
	host := func(path types.String) types.Object {
		return object(mountType(), map[string]attr.Value{"type": types.StringValue("host"), "host_path": path})
	}
	tests := []struct {
		name     string
		value    types.Object
		want     string
		complete bool
	}{
		{"null", types.ObjectNull(ConfigurationType().AttrTypes), `{}`, true},
		{"unknown", types.ObjectUnknown(ConfigurationType().AttrTypes), `{}`, false},
		{"empty", configuration(nil), `{}`, true},
		{"defaults are not stated", configurationObject(mustConfiguration(t, `{}`), false), `{}`, true},
		{
			"everything",
			configurationObject(mustConfiguration(t, `{"mounts": {"h": {"type": "host", "host_path": "/h"},
				"v": {"type": "volume", "driver": "nfs", "driver_opts": {"o": ""}}},
				"output_workspaces": {"default": "d", "outputs": {"x": "y"}}, "priority": 3, "settings": {"a": "", "b": "c"}}`), true),
			`{"mounts":{"h":{"host_path":"/h","type":"host"},"v":{"driver":"nfs","driver_opts":{"o":""},"type":"volume"}},` +
				`"output_workspaces":{"default":"d","outputs":{"x":"y"}},"priority":3,"settings":{"a":"","b":"c"}}`, true,
		},
		{
			"a mount that is half known is left out",
			configuration(map[string]attr.Value{"mounts": mounts(map[string]attr.Value{
				"known": host(types.StringValue("/h")), "half": host(types.StringUnknown()),
			})}),
			`{"mounts":{"known":{"host_path":"/h","type":"host"}}}`, false,
		},
		{
			"an unknown setting is left out",
			configuration(map[string]attr.Value{"settings": types.MapValueMust(types.StringType, map[string]attr.Value{
				"a": types.StringUnknown(), "b": types.StringValue("c"),
			})}),
			`{"settings":{"b":"c"}}`, false,
		},
		{"unknown mounts", configuration(map[string]attr.Value{"mounts": types.MapUnknown(mountType())}), `{}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, complete := ConfigurationJSON(tt.value)
			if string(got) != tt.want || complete != tt.complete {
				t.Errorf("got %s, complete %t\nwant %s, complete %t", got, complete, tt.want, tt.complete)
			}
		})
	}
}
