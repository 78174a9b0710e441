package value

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// Tree turns a value of any type into the plain values of package document: null is nil,
// and what is not known is document.Unknown.
func Tree(v attr.Value) any {
	switch {
	case v == nil || v.IsNull():
		return nil
	case v.IsUnknown():
		return document.Unknown
	}
	switch v := v.(type) {
	case types.Dynamic:
		return Tree(v.UnderlyingValue())
	case types.String:
		if encoded, sealed := Unseal(v.ValueString()); sealed {
			if tree, err := treeOfEncoded(encoded); err == nil {
				return tree
			}
		}
		return v.ValueString()
	case types.Bool:
		return v.ValueBool()
	case types.Int64:
		return json.Number(v.String())
	case types.Number:
		return NumberText(v.ValueBigFloat())
	case types.Object:
		return treeOfMembers(v.Attributes())
	case types.Map:
		return treeOfMembers(v.Elements())
	case types.List:
		return treeOfElements(v.Elements())
	case types.Set:
		return treeOfElements(v.Elements())
	case types.Tuple:
		return treeOfElements(v.Elements())
	default:
		return v.String() // no other type can be written in HCL
	}
}

func treeOfMembers(members map[string]attr.Value) any {
	out := make(map[string]any, len(members))
	for name, m := range members {
		out[name] = Tree(m)
	}
	return out
}

func treeOfElements(elements []attr.Value) any {
	out := make([]any, 0, len(elements))
	for _, e := range elements {
		out = append(out, Tree(e))
	}
	return out
}

// TypeOf is the type of a document as a computed attribute shows it. What can be anything
// is dynamic, and so is a map of that.
func TypeOf(s document.Shape) attr.Type {
	switch s.Kind {
	case document.Object:
		members := make(map[string]attr.Type, len(s.Members))
		for _, m := range s.Members {
			members[m.Name] = TypeOf(m.Shape)
		}
		return types.ObjectType{AttrTypes: members}
	case document.Map:
		if s.Element.Kind == document.Any {
			return types.DynamicType
		}
		return types.MapType{ElemType: TypeOf(*s.Element)}
	case document.List:
		return types.ListType{ElemType: TypeOf(*s.Element)}
	case document.Set:
		return types.SetType{ElemType: TypeOf(*s.Element)}
	case document.Text, document.JSON:
		return types.StringType
	case document.Integer:
		return types.Int64Type
	case document.Number:
		return types.NumberType
	case document.Bool:
		return types.BoolType
	default:
		return types.DynamicType
	}
}

// Typed is v, a document in its object form, as a value of TypeOf, with every default
// spelled out. nil, and what does not fit, is null.
func Typed(s document.Shape, v any) attr.Value {
	if v == nil {
		return typed(s, nil)
	}
	read, _ := s.Read(v)
	return typed(s, read)
}

func typed(s document.Shape, v any) attr.Value {
	switch kind := TypeOf(s).(type) {
	case types.ObjectType:
		members, ok := v.(map[string]any)
		if !ok {
			return types.ObjectNull(kind.AttrTypes)
		}
		out := make(map[string]attr.Value, len(s.Members))
		for _, m := range s.Members {
			out[m.Name] = typed(m.Shape, members[m.Name])
		}
		return types.ObjectValueMust(kind.AttrTypes, out)
	case types.MapType:
		members, ok := v.(map[string]any)
		if !ok {
			return types.MapNull(kind.ElemType)
		}
		out := make(map[string]attr.Value, len(members))
		for name, m := range members {
			out[name] = typed(*s.Element, m)
		}
		return types.MapValueMust(kind.ElemType, out)
	case types.ListType:
		elements, ok := v.([]any)
		if !ok {
			return types.ListNull(kind.ElemType)
		}
		return types.ListValueMust(kind.ElemType, typedAll(*s.Element, elements))
	case types.SetType:
		elements, ok := v.([]any)
		if !ok {
			return types.SetNull(kind.ElemType)
		}
		return types.SetValueMust(kind.ElemType, typedAll(*s.Element, elements))
	default:
		return typedSimple(s.Kind, v)
	}
}

func typedAll(s document.Shape, elements []any) []attr.Value {
	out := make([]attr.Value, 0, len(elements))
	for _, e := range elements {
		out = append(out, typed(s, e))
	}
	return out
}

func typedSimple(kind document.Kind, v any) attr.Value {
	switch kind {
	case document.Text, document.JSON:
		if text, ok := v.(string); ok {
			return types.StringValue(text)
		}
		return types.StringNull()
	case document.Bool:
		if flag, ok := v.(bool); ok {
			return types.BoolValue(flag)
		}
		return types.BoolNull()
	case document.Integer:
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err == nil {
				return types.Int64Value(i)
			}
		}
		return types.Int64Null()
	case document.Number:
		if n, ok := attrOf(v).(types.Number); ok {
			return n
		}
		return types.NumberNull()
	default:
		if v == nil {
			return types.DynamicNull()
		}
		return DynamicOf(v)
	}
}

// TypedObject is Typed for a document that is an object.
func TypedObject(s document.Shape, v any) types.Object {
	object, _ := Typed(s, v).(types.Object)
	return object
}
