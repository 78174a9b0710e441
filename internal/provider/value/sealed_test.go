package value

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// sealed is v as package fast hands it over.
func sealed(t *testing.T, v types.Dynamic) types.Dynamic {
	t.Helper()
	raw, err := v.ToTerraformValue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, raw)
	if err != nil {
		t.Fatal(err)
	}
	return types.DynamicValue(types.StringValue(Seal(d.MsgPack)))
}

func TestASealedDocumentMeansWhatItHolds(t *testing.T) {
	t.Parallel()
	number := func(text string) types.Number {
		f, _, err := big.ParseFloat(text, 10, numberPrecision, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		return types.NumberValue(f)
	}
	object := func(members map[string]attr.Value) attr.Value {
		kinds := map[string]attr.Type{}
		for name, m := range members {
			kinds[name] = m.Type(t.Context())
		}
		return types.ObjectValueMust(kinds, members)
	}
	for name, v := range map[string]attr.Value{
		"an object":            object(map[string]attr.Value{"a": types.StringValue("b"), "c": types.BoolValue(true)}),
		"an empty one":         object(nil),
		"numbers":              object(map[string]attr.Value{"a": number("3"), "b": number("0.1"), "c": number("0.5"), "d": number("-12345678901234567890"), "e": number("1e300")}),
		"a text like a number": object(map[string]attr.Value{"a": types.StringValue("0.1"), "b": types.StringValue("")}),
		"a map":                types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringValue("b")}),
		"a list of maps": types.ListValueMust(types.MapType{ElemType: types.NumberType}, []attr.Value{
			types.MapValueMust(types.NumberType, map[string]attr.Value{"a": number("1")}),
		}),
		"a set": types.SetValueMust(types.StringType, []attr.Value{types.StringValue("b"), types.StringValue("a")}),
		"a tuple": types.TupleValueMust([]attr.Type{types.StringType, types.BoolType},
			[]attr.Value{types.StringValue("b"), types.BoolValue(false)}),
		"something unknown": object(map[string]attr.Value{"a": types.StringUnknown(), "b": types.ListUnknown(types.StringType), "c": types.DynamicUnknown()}),
		"something null":    object(map[string]attr.Value{"a": types.StringNull(), "b": types.DynamicNull(), "c": types.MapNull(types.BoolType)}),
		"deep":              object(map[string]attr.Value{"a": object(map[string]attr.Value{"b": types.TupleValueMust([]attr.Type{types.StringType}, []attr.Value{types.StringValue("c")})})}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := types.DynamicValue(v)
			shut := sealed(t, plain)
			same := cmp.Comparer(func(a, b json.Number) bool { return a == b })
			unknown := cmp.FilterValues(func(a, b any) bool { return document.IsUnknown(a) || document.IsUnknown(b) },
				cmp.Comparer(func(a, b any) bool { return document.IsUnknown(a) && document.IsUnknown(b) }))
			if diff := cmp.Diff(Tree(plain), Tree(shut), same, unknown); diff != "" {
				t.Errorf("what is written (-plain +sealed):\n%s", diff)
			}
			if got, want := Underlying(shut).String(), Underlying(plain).String(); got != want {
				t.Errorf("the value inside is %s, want %s", got, want)
			}
		})
	}
}

func TestATextThatOnlyLooksSealedStaysAText(t *testing.T) {
	t.Parallel()
	text := Seal([]byte("no MessagePack"))
	if got := Tree(types.StringValue(text)); got != text {
		t.Errorf("got %q, want the text", got)
	}
	if got := Underlying(types.StringValue(text)); !got.Equal(types.StringValue(text)) {
		t.Errorf("got %s, want the text", got)
	}
}
