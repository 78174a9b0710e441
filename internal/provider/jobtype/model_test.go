package jobtype

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

func TestSameManifest(t *testing.T) {
	t.Parallel()
	text := types.StringValue
	tests := []struct {
		name string
		a, b types.String
		want bool
	}{
		{"the same text", text(providertest.Manifest), text(providertest.Manifest), true},
		{"other white space", text(providertest.Manifest), text(strings.Join(strings.Fields(providertest.Manifest), " ")), true},
		{
			"a default spelled out", text(providertest.Manifest),
			text(strings.Replace(providertest.Manifest, `{"name": "mode"}`, `{"secret": false, "name": "mode"}`, 1)), true,
		},
		{"a default contradicted", text(providertest.Manifest), text(strings.Replace(providertest.Manifest, `{"name": "mode"}`, `{"secret": true, "name": "mode"}`, 1)), false},
		{"another title", text(providertest.Manifest), text(strings.Replace(providertest.Manifest, `"title": "C`, `"title": "D`, 1)), false},
		{"invalid manifests of the same JSON", text(`{"a": 1}`), text(`{ "a":1.0}`), true},
		{"invalid manifests of other JSON", text(`{"a": 1}`), text(`{"a": 2}`), false},
		{"no JSON", text(`{`), text(`{ `), false},
		{"null and unknown", types.StringNull(), types.StringUnknown(), false},
		{"null and a text", types.StringNull(), text("{}"), false},
		{"null twice", types.StringNull(), types.StringNull(), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := sameManifest(tt.a, tt.b); got != tt.want {
				t.Errorf("same is %t, want %t", got, tt.want)
			}
			if got := sameManifest(tt.b, tt.a); got != tt.want {
				t.Errorf("the other way round same is %t, want %t", got, tt.want)
			}
		})
	}
}

func TestJobTypeEditSendsTheManifestOnlyWhenItMeansSomethingNew(t *testing.T) {
	t.Parallel()
	prior := jobTypeModel{Manifest: types.StringValue(providertest.Manifest)}
	reformatted := jobTypeModel{Manifest: types.StringValue(strings.Join(strings.Fields(providertest.Manifest), " "))}
	changed := jobTypeModel{Manifest: types.StringValue(strings.Replace(providertest.Manifest, "Calibrates", "Fixes", 1))}
	if e := reformatted.toEdit(prior, value.JobSettings{}); e.Manifest != nil {
		t.Errorf("a reformatted manifest is sent: %s", e.Manifest)
	}
	e := changed.toEdit(prior, value.JobSettings{})
	if string(e.Manifest) != changed.Manifest.ValueString() {
		t.Errorf("got %q, want the changed manifest", e.Manifest)
	}
	if e.MaxScheduled == nil || *e.MaxScheduled != 0 {
		t.Errorf("max_scheduled is %v, want 0, which lifts the limit", e.MaxScheduled)
	}
	if len(e.Configuration) != 0 {
		t.Error("a configuration that has not changed is sent: it would take secrets away that others have given")
	}
	changed.SettingsWOVersion = types.Int64Value(2)
	if e := changed.toEdit(prior, value.JobSettings{}); len(e.Configuration) == 0 {
		t.Error("no configuration is sent with another version of the secrets")
	}
}

func TestJobTypeFromAPIWithManifestThatBreaksTheRules(t *testing.T) {
	t.Parallel()
	// A server may have older manifests than our rules: reading them is not a reason to fail.
	m, err := jobTypeModel{}.fromAPI(api.JobTypeDetail{Manifest: []byte(`{"old": true}`)})
	if err != nil {
		t.Fatal(err)
	}
	if m.Manifest.ValueString() != `{"old": true}` || !m.InputInterface.IsNull() {
		t.Errorf("got manifest %s and interface %s, want the text and null", m.Manifest, m.InputInterface)
	}
}
