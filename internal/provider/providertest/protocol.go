package providertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// actions are the RPCs of actions.
func (p Protocol) actions(t *testing.T) tfprotov6.ActionServer {
	t.Helper()
	actions, ok := p.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	return actions
}

func (p Protocol) action(t *testing.T, name, config string) *tfprotov6.DynamicValue {
	t.Helper()
	schema, ok := p.Schemas.ActionSchemas[name]
	if !ok {
		t.Fatalf("there is no action %s", name)
	}
	return MustEncode(t, schema.Schema.ValueType(), config)
}

// Invoke returns the lines of an action's progress and its errors.
func (p Protocol) Invoke(t *testing.T, name, config string) (lines, errors []string) {
	t.Helper()
	stream, err := p.actions(t).InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: name, Config: p.action(t, name, config),
	})
	if err != nil {
		t.Fatal(err)
	}
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			lines = append(lines, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			errors = Problems(e.Diagnostics)
		}
	}
	return lines, errors
}

// MustFindInAction fails unless the validation of an action finds offline, and its plan
// finds online; "": nothing.
func (p Protocol) MustFindInAction(t *testing.T, name, text, offline, online string) {
	t.Helper()
	config := p.action(t, name, text)
	validated, err := p.actions(t).ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: name, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	MustFind(t, "validate", Problems(validated.Diagnostics), offline)
	if offline != "" && online == "" {
		return // Terraform would not plan it
	}
	planned, err := p.actions(t).PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	MustFind(t, "plan", Problems(planned.Diagnostics), online)
}

// Protocol is the provider in the test's own process, spoken to in the plugin protocol
// itself: for what the installed CLI may be too old for. Values are written and read as
// JSON; members that are left out are null.
type Protocol struct {
	tfprotov6.ProviderServer
	Schemas    *tfprotov6.GetProviderSchemaResponse
	Identities map[string]tftypes.Type
}

// NewProtocol configures the provider for s.
func NewProtocol(t *testing.T, s *servertest.Server) Protocol {
	t.Helper()
	return protocolOf(t, fmt.Sprintf(`{"endpoint": %q, "username": %q, "password": %q}`, s.URL, s.Username, s.Password))
}

// NewProtocolBefore configures the provider for s as an earlier run of Terraform did, whose plans this
// one does not see: by another name of the same host.
func NewProtocolBefore(t *testing.T, s *servertest.Server) Protocol {
	t.Helper()
	url := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return protocolOf(t, fmt.Sprintf(`{"endpoint": %q, "username": %q, "password": %q}`, url, s.Username, s.Password))
}

// NewProtocolWith is NewProtocol with more arguments, as the members of a JSON object.
func NewProtocolWith(t *testing.T, s *servertest.Server, more string) Protocol {
	t.Helper()
	return protocolOf(t, fmt.Sprintf(`{"endpoint": %q, "username": %q, "password": %q, %s}`, s.URL, s.Username, s.Password, more))
}

// NewProtocolByToken configures the provider for s with a token of its own.
func NewProtocolByToken(t *testing.T, s *servertest.Server, token string) Protocol {
	t.Helper()
	return protocolOf(t, fmt.Sprintf(`{"endpoint": %q, "token": %q}`, s.URL, token))
}

// NewProtocolOffline configures the provider for a server that nobody can reach, and is not asked while planning.
func NewProtocolOffline(t *testing.T) Protocol {
	t.Helper()
	return protocolOf(t, `{"endpoint": "http://127.0.0.1:1", "token": "x", "plan_validation": "off"}`)
}

// NewProtocolUnknown configures the provider while its endpoint is not known.
func NewProtocolUnknown(t *testing.T) Protocol {
	t.Helper()
	return protocolBy(t, func(typ tftypes.Type) *tfprotov6.DynamicValue {
		members := map[string]tftypes.Value{}
		if err := NullMembers(typ).As(&members); err != nil {
			t.Fatal(err)
		}
		members["endpoint"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		d, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, members))
		if err != nil {
			t.Fatal(err)
		}
		return &d
	})
}

// NullMembers is an object without any member.
func NullMembers(typ tftypes.Type) tftypes.Value {
	object, _ := typ.(tftypes.Object)
	members := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, of := range object.AttributeTypes {
		members[name] = tftypes.NewValue(of, nil)
	}
	return tftypes.NewValue(typ, members)
}

func protocolOf(t *testing.T, config string) Protocol {
	t.Helper()
	return protocolBy(t, func(typ tftypes.Type) *tfprotov6.DynamicValue { return MustEncode(t, typ, config) })
}

func protocolBy(t *testing.T, config func(tftypes.Type) *tfprotov6.DynamicValue) Protocol {
	t.Helper()
	server := newServer()
	p := Protocol{ProviderServer: server, Identities: map[string]tftypes.Type{}}
	var err error
	if p.Schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	MustSucceed(t, p.Schemas.Diagnostics)
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	MustSucceed(t, identities.Diagnostics)
	for name, schema := range identities.IdentitySchemas {
		p.Identities[name] = schema.ValueType()
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0",
		Config:           config(p.Schemas.Provider.ValueType()),
	})
	if err != nil {
		t.Fatal(err)
	}
	MustSucceed(t, configured.Diagnostics)
	return p
}

// Resource is the type of the values of a resource type.
func (p Protocol) Resource(t *testing.T, name string) tftypes.Type {
	t.Helper()
	schema, ok := p.Schemas.ResourceSchemas[name]
	if !ok {
		t.Fatalf("there is no resource %s", name)
	}
	return schema.ValueType()
}

// MustEncode reads a JSON text as a value of typ. A dynamic member of an object is given as
// it is, or as Terraform writes it into a state: {"type": …, "value": …}.
func MustEncode(t testing.TB, typ tftypes.Type, text string) *tfprotov6.DynamicValue {
	t.Helper()
	v, err := tftypes.ValueFromJSON([]byte(withTypes(t, typ, text)), typ) //nolint:staticcheck // deprecated for providers, not for tests
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	d, err := tfprotov6.NewDynamicValue(typ, v)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// withTypes is text with the type of each dynamic member beside its value.
func withTypes(t testing.TB, typ tftypes.Type, text string) string {
	t.Helper()
	object, isObject := typ.(tftypes.Object)
	var members map[string]any
	if !isObject || json.Unmarshal([]byte(text), &members) != nil {
		return text
	}
	for name, v := range members {
		given, _ := v.(map[string]any)
		if a := object.AttributeTypes[name]; v == nil || a == nil || !a.Is(tftypes.DynamicPseudoType) || given["type"] != nil && given["value"] != nil {
			continue
		}
		members[name] = map[string]any{"type": typeOf(v), "value": v}
	}
	return MustMarshal(t, members)
}

// typeOf is the type of a decoded value, as a state has it.
func typeOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		members := map[string]any{}
		for name, m := range v {
			members[name] = typeOf(m)
		}
		return []any{"object", members}
	case []any:
		elements := []any{}
		for _, e := range v {
			elements = append(elements, typeOf(e))
		}
		return []any{"tuple", elements}
	case bool:
		return "bool"
	case float64:
		return "number"
	default:
		return "string"
	}
}

// MustDecode is the value as what its JSON would be; numbers are float64.
func MustDecode(t *testing.T, typ tftypes.Type, d *tfprotov6.DynamicValue) any {
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
			out = append(out, MustMarshal(t, name)+":"+textOf(t, members[name]))
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
		return MustMarshal(t, s)
	case typ.Is(tftypes.Bool):
		var b bool
		_ = v.As(&b)
		return MustMarshal(t, b)
	default:
		return strings.TrimSuffix(strings.TrimPrefix(v.String(), "tftypes.Number<\""), "\">")
	}
}

// Member is one member of a decoded object, or of one inside of it.
func Member(t *testing.T, v any, names ...string) any {
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

// Problems are the errors among diagnostics, each as one line.
func Problems(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			out = append(out, d.Summary+": "+strings.Join(strings.Fields(d.Detail), " "))
		}
	}
	return out
}

// MustSucceed fails if there is an error among diagnostics.
func MustSucceed(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	if errors := Problems(diagnostics); len(errors) > 0 {
		t.Fatalf("got %q, want no error", errors)
	}
}
