package kit_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
)

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
		if !a.IsComputed() && !regexp.MustCompile(`(?m)^\s*`+name+`\s*=`).MatchString(blocks) {
			t.Errorf("%s: no test has %s", meta.TypeName, name)
		}
	}
}
