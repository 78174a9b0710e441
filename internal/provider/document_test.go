package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// isDocument is an attribute whose value is a document.
type isDocument interface{ DocumentShape() document.Shape }

// providerBlock stands for the provider block among the names of objects.
const providerBlock = "provider"

// documentsOf are the shapes of the documents of all resources, actions and of the provider
// block, by the name of the object and that of the attribute.
func documentsOf(ctx context.Context, t *testing.T) map[string]map[string]document.Shape {
	t.Helper()
	p, ok := New("test")().(provider.ProviderWithActions)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	var block provider.SchemaResponse
	p.Schema(ctx, provider.SchemaRequest{}, &block)
	out := map[string]map[string]document.Shape{providerBlock: shapesOf(block.Schema.Attributes)}
	for _, newResource := range p.Resources(ctx) {
		r := newResource()
		var name resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "galley"}, &name)
		var s resource.SchemaResponse
		r.Schema(ctx, resource.SchemaRequest{}, &s)
		out[name.TypeName] = shapesOf(s.Schema.Attributes)
	}
	for _, newAction := range p.Actions(ctx) {
		a := newAction()
		var name action.MetadataResponse
		a.Metadata(ctx, action.MetadataRequest{ProviderTypeName: "galley"}, &name)
		var s action.SchemaResponse
		a.Schema(ctx, action.SchemaRequest{}, &s)
		out[name.TypeName] = shapesOf(s.Schema.Attributes)
	}
	return out
}

func shapesOf[A any](attributes map[string]A) map[string]document.Shape {
	out := map[string]document.Shape{}
	for name, a := range attributes {
		if d, is := any(a).(isDocument); is {
			out[name] = d.DocumentShape()
		}
	}
	return out
}

// sample is a document that has every member of its shape.
func sample(s document.Shape) any {
	switch s.Kind {
	case document.Object:
		out := map[string]any{}
		for _, m := range s.Members {
			out[m.Name] = sample(m.Shape)
		}
		return out
	case document.Map:
		return map[string]any{"key": sample(*s.Element)}
	case document.List, document.Set:
		return []any{sample(*s.Element)}
	case document.Integer, document.Number:
		return json.Number("1")
	case document.Bool:
		return true
	default:
		return "1"
	}
}

// misspelling is a document in which one name is wrong.
type misspelling struct {
	document   any
	at         document.Path // of the wrong name
	name, want string        // what is written, what was meant
}

// misspellings are v, a sample of s, with each name of each object misspelt.
func misspellings(s document.Shape, v any) []misspelling {
	var out []misspelling
	members, _ := v.(map[string]any)
	inside := func(step string, part document.Shape, v any, with func(any) any) {
		for _, m := range misspellings(part, v) {
			m.document, m.at = with(m.document), append(document.Path{step}, m.at...)
			out = append(out, m)
		}
	}
	replaced := func(name string) func(any) any {
		return func(to any) any {
			changed := maps.Clone(members)
			changed[name] = to
			return changed
		}
	}
	switch s.Kind {
	case document.Object:
		for _, m := range s.Members {
			for _, wrong := range []string{swapped(m.Name), m.Name + "x"} {
				changed := maps.Clone(members)
				delete(changed, m.Name)
				changed[wrong] = members[m.Name]
				out = append(out, misspelling{changed, document.Path{wrong}, wrong, m.Name})
			}
			inside(m.Name, m.Shape, members[m.Name], replaced(m.Name))
		}
	case document.Map:
		inside("key", *s.Element, members["key"], replaced("key"))
	case document.List, document.Set:
		inside("0", *s.Element, v.([]any)[0], func(to any) any { return []any{to} })
	}
	return out
}

// swapped is a name with the first two neighbours that differ in each other's place.
func swapped(name string) string {
	for i := range len(name) - 1 {
		if name[i] != name[i+1] {
			return name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:]
		}
	}
	return name + "x"
}

// argument is a configuration with nothing but one attribute.
func argument(t *testing.T, kind tftypes.Type, attribute string, v any) *tfprotov6.DynamicValue {
	t.Helper()
	object, ok := kind.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is no object", kind)
	}
	values := map[string]tftypes.Value{}
	for name, a := range object.AttributeTypes {
		values[name] = tftypes.NewValue(a, nil)
	}
	written, err := value.DynamicOf(v).ToTerraformValue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	values[attribute] = written
	d, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// validate asks the provider what is wrong with a configuration.
func validate(t *testing.T, p providertest.Protocol, object, attribute string, v any) []*tfprotov6.Diagnostic {
	t.Helper()
	if object == providerBlock {
		resp, err := p.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
			Config: argument(t, p.Schemas.Provider.ValueType(), attribute, v),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	if s, isResource := p.Schemas.ResourceSchemas[object]; isResource {
		resp, err := p.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: object, Config: argument(t, s.ValueType(), attribute, v),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	actions, ok := p.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	resp, err := actions.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: object, Config: argument(t, p.Schemas.ActionSchemas[object].Schema.ValueType(), attribute, v),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// TestEveryMisspeltNameOfADocumentIsRefused misspells each name of each object in every
// document that users write, and wants validate to say where and what may be meant.
func TestEveryMisspeltNameOfADocumentIsRefused(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	documents := documentsOf(t.Context(), t)
	tried := 0
	for _, object := range slices.Sorted(maps.Keys(documents)) {
		for attribute, s := range documents[object] {
			for _, m := range misspellings(s, sample(s)) {
				tried++
				at := value.PathIn(path.Root(attribute), s, m.at)
				where, want := attributePath(t, at), fmt.Sprintf("%s: there is no '%s'; did you mean '%s'", at, m.name, m.want)
				said := validate(t, p, object, attribute, m.document)
				if !slices.ContainsFunc(said, func(d *tfprotov6.Diagnostic) bool {
					return d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.Equal(where) && strings.Contains(d.Detail, want)
				}) {
					t.Errorf("%s: %q, want an error at %s: %s", object, providertest.Problems(said), where, want)
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("there are %d misspellings, want at least 100: where are the documents?", tried)
	}
}

// attributePath is the path as the protocol has it.
func attributePath(t *testing.T, p path.Path) *tftypes.AttributePath {
	t.Helper()
	out := tftypes.NewAttributePath()
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			out = out.WithAttributeName(string(step))
		case path.PathStepElementKeyString:
			out = out.WithElementKeyString(string(step))
		case path.PathStepElementKeyInt:
			out = out.WithElementKeyInt(int(step))
		default:
			t.Fatalf("%s has a step that no document has", p)
		}
	}
	return out
}

// TestNoArgumentIsATypedObject holds the rest of the schemas to what the walk over the
// documents relies on: from an object of a fixed type Terraform drops the names that it
// does not know, before the provider sees them.
func TestNoArgumentIsATypedObject(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	check := func(object string, b *tfprotov6.SchemaBlock) {
		for _, a := range b.Attributes {
			isArgument := a.Optional || a.Required
			if isArgument && (a.NestedType != nil || hasObject(a.Type)) {
				t.Errorf("%s: the argument %s is a typed object; make it a document (value.Document) or a block", object, a.Name)
			}
		}
	}
	check("provider", p.Schemas.Provider.Block)
	for _, schemas := range []map[string]*tfprotov6.Schema{
		p.Schemas.ResourceSchemas, p.Schemas.DataSourceSchemas, p.Schemas.EphemeralResourceSchemas, p.Schemas.ListResourceSchemas,
	} {
		for name, s := range schemas {
			check(name, s.Block)
		}
	}
	for name, a := range p.Schemas.ActionSchemas {
		check(name, a.Schema.Block)
	}
}

// TestWholeNumbersSaySo holds every argument that is a whole number to value.WholeNumber: of 1.5
// and 1e70 the framework's own type says that they are a bug of the provider.
func TestWholeNumbersSaySo(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{}))
	tried := 0
	for object, s := range p.Schemas.ResourceSchemas {
		for _, a := range s.Block.Attributes {
			if a.Type == nil || !a.Type.Is(tftypes.Number) || !a.Optional && !a.Required {
				continue
			}
			tried++
			for _, number := range []json.Number{"1.5", "1e70"} {
				config := map[string]tftypes.Value{}
				kind := s.ValueType().(tftypes.Object)
				for name, t := range kind.AttributeTypes {
					config[name] = tftypes.NewValue(t, nil)
				}
				n, _, err := big.ParseFloat(number.String(), 10, 512, big.ToNearestEven)
				if err != nil {
					t.Fatal(err)
				}
				config[a.Name] = tftypes.NewValue(tftypes.Number, n)
				d, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, config))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := p.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: object, Config: &d})
				if err != nil {
					t.Fatal(err)
				}
				said := strings.Join(providertest.Problems(resp.Diagnostics), "\n")
				if !strings.Contains(said, a.Name+": found 1") || !strings.Contains(said, "expected a whole number") || strings.Contains(said, "error in the provider") {
					t.Errorf("%s.%s = %s: %s", object, a.Name, number, said)
				}
			}
		}
	}
	if tried < 6 {
		t.Errorf("there are %d arguments that are whole numbers, want at least 6", tried)
	}
}

func hasObject(kind tftypes.Type) bool {
	switch kind := kind.(type) {
	case tftypes.Object:
		return true
	case tftypes.Map:
		return hasObject(kind.ElementType)
	case tftypes.List:
		return hasObject(kind.ElementType)
	case tftypes.Set:
		return hasObject(kind.ElementType)
	default:
		return false
	}
}
