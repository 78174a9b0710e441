package provider

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestTheMocksFitTheSchemas holds the file that people copy for mock_provider against the schemas:
// Terraform looks at no value until a test needs it.
func TestTheMocksFitTheSchemas(t *testing.T) {
	t.Parallel()
	const name = "../../examples/testing/mocks/galley.tfmock.hcl"
	file, diags := hclparse.NewParser().ParseHCLFile(name)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	schemas := map[string]map[string]*tfprotov6.Schema{"mock_resource": p.Schemas.ResourceSchemas, "mock_data": p.Schemas.DataSourceSchemas}
	mocked := map[string]bool{}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("%s is no native HCL", name)
	}
	for _, b := range body.Blocks {
		schema := schemas[b.Type][b.Labels[0]]
		if schema == nil {
			t.Errorf("%s: the provider has no such %s", b.Labels[0], b.Type)
			continue
		}
		mocked[b.Type+" "+b.Labels[0]] = true
		defaults, diags := b.Body.Attributes["defaults"].Expr.Value(&hcl.EvalContext{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		attributes := map[string]*tfprotov6.SchemaAttribute{}
		for _, a := range schema.Block.Attributes {
			attributes[a.Name] = a
		}
		for name, value := range defaults.AsValueMap() {
			a := attributes[name]
			if a == nil || !a.Computed {
				t.Errorf("%s.%s: the backend computes no such attribute", b.Labels[0], name)
				continue
			}
			raw, err := a.ValueType().MarshalJSON() //nolint:staticcheck // the wire has it, and cty reads it
			if err != nil {
				t.Fatal(err)
			}
			want, err := ctyjson.UnmarshalType(raw)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := convert.Convert(value, want); err != nil {
				t.Errorf("%s.%s: %v", b.Labels[0], name, err)
			}
		}
	}
	for resource := range p.Schemas.ResourceSchemas {
		if !mocked["mock_resource "+resource] {
			t.Errorf("%s has no mock", resource)
		}
	}
}
