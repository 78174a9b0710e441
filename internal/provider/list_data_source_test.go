package provider

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

// configOf is a configuration of d with these values; others are null.
func configOf(t *testing.T, d datasource.DataSource, values map[string]tftypes.Value) tfsdk.Config {
	t.Helper()
	var resp datasource.SchemaResponse
	d.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	raw := providertest.NullObject(t, resp.Schema.Type().TerraformType(t.Context()))
	all := map[string]tftypes.Value{}
	if err := raw.As(&all); err != nil {
		t.Fatal(err)
	}
	maps.Copy(all, values)
	return tfsdk.Config{Schema: resp.Schema, Raw: tftypes.NewValue(raw.Type(), all)}
}

func TestListsWaitForUnknownFilters(t *testing.T) {
	t.Parallel()
	for _, newDataSource := range (&Provider{}).DataSources(t.Context()) {
		d := newDataSource()
		v, ok := d.(datasource.DataSourceWithValidateConfig)
		if !ok {
			continue
		}
		var schema datasource.SchemaResponse
		d.Schema(t.Context(), datasource.SchemaRequest{}, &schema)
		unknown := map[string]tftypes.Value{}
		for name, a := range schema.Schema.Attributes {
			unknown[name] = tftypes.NewValue(a.GetType().TerraformType(t.Context()), tftypes.UnknownValue)
		}
		var resp datasource.ValidateConfigResponse
		v.ValidateConfig(t.Context(), datasource.ValidateConfigRequest{Config: configOf(t, d, unknown)}, &resp)
		providertest.MustBeClean(t, resp.Diagnostics)
	}
}
