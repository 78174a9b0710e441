package value

import (
	"context"
	"encoding/json"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// SequenceOf lists the elements of a list, a set or a tuple; false for anything else.
func SequenceOf(v attr.Value) ([]attr.Value, bool) {
	switch v := v.(type) {
	case types.List:
		return v.Elements(), true
	case types.Set:
		return v.Elements(), true
	case types.Tuple:
		return v.Elements(), true
	default:
		return nil, false
	}
}

// JsonOf turns a value of any type into what encoding/json reads with UseNumber.
// It is false if a part is unknown.
func JsonOf(v attr.Value) (value any, known bool) {
	switch {
	case v == nil || v.IsNull():
		return nil, true
	case v.IsUnknown():
		return nil, false
	}
	switch v := v.(type) {
	case types.Dynamic:
		return JsonOf(v.UnderlyingValue())
	case types.String:
		return v.ValueString(), true
	case types.Bool:
		return v.ValueBool(), true
	case types.Int64:
		return json.Number(v.String()), true
	case types.Number:
		return NumberText(v.ValueBigFloat()), true
	case types.Object:
		return jsonObject(v.Attributes())
	case types.Map:
		return jsonObject(v.Elements())
	case types.List:
		return jsonArray(v.Elements())
	case types.Set:
		return jsonArray(v.Elements())
	case types.Tuple:
		return jsonArray(v.Elements())
	default:
		return v.String(), true // no other type can be written in HCL
	}
}

func jsonObject(members map[string]attr.Value) (any, bool) {
	out := make(map[string]any, len(members))
	for name, m := range members {
		v, known := JsonOf(m)
		if !known {
			return nil, false
		}
		out[name] = v
	}
	return out, true
}

func jsonArray(elements []attr.Value) (any, bool) {
	out := make([]any, 0, len(elements))
	for _, e := range elements {
		v, known := JsonOf(e)
		if !known {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
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

// SameJSON tells whether two documents have the same value: white space, the order
// of members and the way to write a number do not count.
func SameJSON(a, b []byte) bool {
	x, errX := DecodeJSON(a)
	y, errY := DecodeJSON(b)
	return errX == nil && errY == nil && EqualJSON(x, y)
}

// EqualJSON compares two decoded JSON values by what they mean.
func EqualJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			other, ok := b[name]
			if !ok || !EqualJSON(v, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !EqualJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		if !ok || a == b {
			return ok
		}
		x, _, errX := big.ParseFloat(a.String(), 10, numberPrecision, big.ToNearestEven)
		y, _, errY := big.ParseFloat(b.String(), 10, numberPrecision, big.ToNearestEven)
		return errX == nil && errY == nil && x.Cmp(y) == 0
	default:
		return a == b
	}
}

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

// Underlying unpacks a dynamic value that has one.
func Underlying(v attr.Value) attr.Value {
	if d, ok := v.(types.Dynamic); ok && !d.IsNull() && !d.IsUnknown() && d.UnderlyingValue() != nil {
		return Underlying(d.UnderlyingValue())
	}
	return v
}
