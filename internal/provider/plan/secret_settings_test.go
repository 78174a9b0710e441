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
)

func TestSecretSettingsOfARecipeAreHeldAgainstItsJobs(t *testing.T) {
	t.Parallel()
	l := NewLedger()
	l.SetJobType(providertest.MustManifest(t, providertest.Manifest), 1)
	definition := providertest.MustParse(t, `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type":
	  {"node_type": "job", "job_type_name": "Calibrate", "job_type_version": "1.2.0", "job_type_revision": 1}}}}`)
	secrets := value.SecretSettings{SettingsWO: types.MapValueMust(types.StringType, map[string]attr.Value{
		"key": types.StringValue("hunter2"), "keyy": types.StringValue("hunter2"), "gone": types.StringNull(), "later": types.StringUnknown(),
	})}
	configuration := types.ObjectNull(value.ConfigurationType().AttrTypes)
	var diags diag.Diagnostics
	RecipeCheck{
		Types:   Types{Ledger: l},
		Wanted:  WantedRecipe{Configuration: configuration},
		Secrets: secrets,
		Target:  Target{Definition: definition, Planned: true},
		Diags:   &diags,
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
	if sent := secrets.In(configuration); !strings.Contains(sent.String(), `"keyy":"hunter2"`) || strings.Contains(sent.String(), "gone") {
		t.Errorf("the request has %s", sent)
	}
}
