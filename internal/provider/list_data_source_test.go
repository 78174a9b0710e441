package provider

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// configOf is a configuration of d with these values; others are null.
func configOf(t *testing.T, d datasource.DataSource, values map[string]tftypes.Value) tfsdk.Config {
	t.Helper()
	var resp datasource.SchemaResponse
	d.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	raw := nullObject(t, resp.Schema.Type().TerraformType(t.Context()))
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
		mustBeClean(t, resp.Diagnostics)
	}
}

// wantEveryArgument fails if config leaves out an argument of a data source that lists.
func wantEveryArgument(t *testing.T, d datasource.DataSource, config string) {
	t.Helper()
	if _, lists := d.(datasource.DataSourceWithValidateConfig); !lists {
		return
	}
	var meta datasource.MetadataResponse
	d.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "galley"}, &meta)
	var schema datasource.SchemaResponse
	d.Schema(t.Context(), datasource.SchemaRequest{}, &schema)
	var blocks string
	for _, block := range strings.Split(config, "data ") {
		if strings.HasPrefix(block, strconv.Quote(meta.TypeName)) {
			blocks += block
		}
	}
	for name, a := range schema.Schema.Attributes {
		if !a.IsComputed() && !strings.Contains(blocks, "\n"+name+" = ") {
			t.Errorf("%s: no test has %s", meta.TypeName, name)
		}
	}
}
