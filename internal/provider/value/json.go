package value

import (
	"context"
	"encoding/json"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// JsonOf is Tree for what encoding/json reads. It is false if a part is unknown.
func JsonOf(v attr.Value) (value any, known bool) {
	value = Tree(v)
	if !document.Known(value) {
		return nil, false
	}
	return value, true
}

// NumberText writes integers without exponent, as other programs expect them.
func NumberText(f *big.Float) json.Number {
	if f.IsInt() && f.MantExp(nil) < 200 {
		return json.Number(f.Text('f', 0))
	}
	return json.Number(f.Text('g', -1))
}

// DynamicOf is the inverse of JsonOf: objects and tuples, as HCL makes them.
func DynamicOf(value any) types.Dynamic { return types.DynamicValue(attrOf(value)) }

func attrOf(value any) attr.Value {
	switch v := value.(type) {
	case bool:
		return types.BoolValue(v)
	case string:
		return types.StringValue(v)
	case json.Number:
		f, _, err := big.ParseFloat(v.String(), 10, numberPrecision, big.ToNearestEven)
		if err != nil {
			return types.StringValue(v.String()) // not a JSON number
		}
		return types.NumberValue(f)
	case map[string]any:
		kinds, values := make(map[string]attr.Type, len(v)), make(map[string]attr.Value, len(v))
		for name, m := range v {
			values[name] = attrOf(m)
			kinds[name] = values[name].Type(context.Background())
		}
		return types.ObjectValueMust(kinds, values)
	case []any:
		kinds, values := make([]attr.Type, 0, len(v)), make([]attr.Value, 0, len(v))
		for _, e := range v {
			values = append(values, attrOf(e))
			kinds = append(kinds, values[len(values)-1].Type(context.Background()))
		}
		return types.TupleValueMust(kinds, values)
	default:
		return types.DynamicNull()
	}
}

// numberPrecision is that of Terraform's numbers, in bits.
const numberPrecision = 512

// MembersOf returns the members of an object or a map; IsObject is false for
// anything else, also for null and unknown.
func MembersOf(v attr.Value) (members map[string]attr.Value, isObject, known bool) {
	v = Underlying(v)
	if v == nil || v.IsNull() || v.IsUnknown() {
		return nil, false, v == nil || !v.IsUnknown()
	}
	switch v := v.(type) {
	case types.Object:
		return v.Attributes(), true, true
	case types.Map:
		return v.Elements(), true, true
	default:
		return nil, false, true
	}
}

// IsNull tells whether a value is null, also where the null has a type, as modules hand on what was
// left out.
func IsNull(v attr.Value) bool {
	if isSealed(v) {
		return false
	}
	v = Underlying(v)
	return v == nil || v.IsNull()
}

// IsUnknown tells whether a value itself is not known, also where its type is.
func IsUnknown(v attr.Value) bool {
	if isSealed(v) {
		return false
	}
	v = Underlying(v)
	return v != nil && v.IsUnknown()
}

// NullLike is prior if that is null, with its type, and null otherwise.
func NullLike(prior types.Dynamic) types.Dynamic {
	if IsNull(prior) {
		return prior
	}
	return types.DynamicNull()
}

// Underlying unpacks a dynamic value that has one, and opens a sealed document.
func Underlying(v attr.Value) attr.Value {
	switch d := v.(type) {
	case types.Dynamic:
		if !d.IsNull() && !d.IsUnknown() && d.UnderlyingValue() != nil {
			return Underlying(d.UnderlyingValue())
		}
	case types.String:
		if encoded, sealed := Unseal(d.ValueString()); sealed {
			if inside, err := opened(encoded); err == nil {
				return Underlying(inside)
			}
		}
	}
	return v
}
