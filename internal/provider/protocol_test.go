package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// protocol is the provider in the test's own process, spoken to in the plugin protocol
// itself: for what the installed CLI may be too old for. Values are written and read as
// JSON; members that are left out are null.
type protocol struct {
	tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]tftypes.Type
}

// newProtocol configures the provider for s.
func newProtocol(t *testing.T, s *servertest.Server) protocol {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(theProvider())()
	if err != nil {
		t.Fatal(err)
	}
	p := protocol{ProviderServer: server, identities: map[string]tftypes.Type{}}
	if p.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, p.schemas.Diagnostics)
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, identities.Diagnostics)
	for name, schema := range identities.IdentitySchemas {
		p.identities[name] = schema.ValueType()
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0",
		Config: mustEncode(t, p.schemas.Provider.ValueType(),
			fmt.Sprintf(`{"endpoint": %q, "username": %q, "password": %q}`, s.URL, s.Username, s.Password)),
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, configured.Diagnostics)
	return p
}

// resource is the type of the values of a resource type.
func (p protocol) resource(t *testing.T, name string) tftypes.Type {
	t.Helper()
	schema, ok := p.schemas.ResourceSchemas[name]
	if !ok {
		t.Fatalf("there is no resource %s", name)
	}
	return schema.ValueType()
}

// mustEncode reads a JSON text as a value of typ.
func mustEncode(t *testing.T, typ tftypes.Type, text string) *tfprotov6.DynamicValue {
	t.Helper()
	v, err := tftypes.ValueFromJSON([]byte(text), typ) //nolint:staticcheck // deprecated for providers, not for tests
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	d, err := tfprotov6.NewDynamicValue(typ, v)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// mustDecode is the value as what its JSON would be; numbers are float64.
func mustDecode(t *testing.T, typ tftypes.Type, d *tfprotov6.DynamicValue) any {
	t.Helper()
	if d == nil {
		return nil
	}
	v, err := d.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal([]byte(textOf(t, v)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// textOf writes a value as JSON, an unknown one as "(unknown)".
func textOf(t *testing.T, v tftypes.Value) string {
	t.Helper()
	switch {
	case !v.IsKnown():
		return `"(unknown)"`
	case v.IsNull():
		return "null"
	}
	members, elements := map[string]tftypes.Value{}, []tftypes.Value{}
	switch typ := v.Type(); {
	case v.As(&members) == nil:
		var out []string
		for _, name := range slices.Sorted(maps.Keys(members)) {
			out = append(out, mustMarshal(t, name)+":"+textOf(t, members[name]))
		}
		return "{" + strings.Join(out, ",") + "}"
	case v.As(&elements) == nil:
		var out []string
		for _, e := range elements {
			out = append(out, textOf(t, e))
		}
		return "[" + strings.Join(out, ",") + "]"
	case typ.Is(tftypes.String):
		var s string
		_ = v.As(&s)
		return mustMarshal(t, s)
	case typ.Is(tftypes.Bool):
		var b bool
		_ = v.As(&b)
		return mustMarshal(t, b)
	default:
		return strings.TrimSuffix(strings.TrimPrefix(v.String(), "tftypes.Number<\""), "\">")
	}
}

// member is one member of a decoded object, or of one inside of it.
func member(t *testing.T, v any, names ...string) any {
	t.Helper()
	for _, name := range names {
		object, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%v has no member %s", v, name)
		}
		v = object[name]
	}
	return v
}

// problems are the errors among diagnostics, each as one line.
func problems(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			out = append(out, d.Summary+": "+strings.Join(strings.Fields(d.Detail), " "))
		}
	}
	return out
}

func mustSucceed(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	if errors := problems(diagnostics); len(errors) > 0 {
		t.Fatalf("got %q, want no error", errors)
	}
}
