package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestSecretSettingsOfARecipeAreHeldAgainstItsJobs(t *testing.T) {
	t.Parallel()
	l := NewLedger()
	l.SetJobType(providertest.MustManifest(t, providertest.Manifest), 1)
	definition := providertest.MustParse(t, `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type":
	  {"node_type": "job", "job_type_name": "Calibrate", "job_type_version": "1.2.0", "job_type_revision": 1}}}}`)
	secrets := value.JobSettings{SettingsWO: types.MapValueMust(types.StringType, map[string]attr.Value{
		"key": types.StringValue("hunter2"), "keyy": types.StringValue("hunter2"), "gone": types.StringNull(), "later": types.StringUnknown(),
	})}
	var diags diag.Diagnostics
	RecipeCheck{
		Types: Types{Ledger: l}, Settings: secrets, Target: Target{Definition: definition, Planned: true}, Diags: &diags,
	}.Configuration(t.Context())
	var got []string
	for _, d := range diags {
		at, _ := d.(diag.DiagnosticWithPath)
		got = append(got, at.Path().String()+" "+d.Summary())
	}
	want := []string{`settings_wo["keyy"] Configuration names keyy, which no job has`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	diags = nil
	RecipeCheck{
		Types: Types{Ledger: l}, Target: Target{Definition: definition, Planned: true}, Diags: &diags,
		Settings: value.JobSettings{Settings: types.MapValueMust(types.StringType, map[string]attr.Value{
			"key": types.StringValue("hunter2"), "mode": types.StringValue("fast"),
		})},
	}.Configuration(t.Context())
	if len(diags) != 1 || !strings.HasPrefix(diags[0].Detail(), `settings["key"]: the manifest calls this setting secret`) {
		t.Errorf("findings about a secret that plans would show: %v", diags)
	}
	sent := secrets.In(recipe.Configuration{}).Settings
	if diff := cmp.Diff(map[string]string{"key": "hunter2", "keyy": "hunter2"}, sent); diff != "" {
		t.Errorf("settings of the request (-want +got):\n%s", diff)
	}
}
