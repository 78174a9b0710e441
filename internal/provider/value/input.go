package value

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// InputType is the type of the attribute input.
func InputType() types.ObjectType { return ObjectType(InputAttribute().Attributes) }

// InputJSON is the JSON form of an input; null members are empty ones, and a JSON value
// that is null is left out, as arguments are in Terraform. It is false if a part is unknown.
func InputJSON(input types.Object) (doc map[string]any, known bool) {
	doc = map[string]any{"files": map[string]any{}, "json": map[string]any{}}
	if input.IsUnknown() {
		return doc, false
	}
	for name, member := range input.Attributes() {
		value, known := JsonOf(member)
		if !known {
			return doc, false
		}
		if values, isObject := value.(map[string]any); isObject && name == "json" {
			value = recipe.Data{JSON: values}.WithoutNulls().JSON
		}
		if value != nil {
			doc[name] = value
		}
	}
	return doc, true
}

// KnownInput is InputJSON of what is known: what can be wrong with an input without its
// recipe type are names, kinds and counts, so that something else may stand for an
// unknown id or value.
func KnownInput(input types.Object) map[string]any {
	files, values := map[string]any{}, map[string]any{}
	doc := map[string]any{"files": files, "json": values}
	members, _, _ := MembersOf(input.Attributes()["files"])
	for name, v := range members {
		list, _ := v.(types.List)
		if list.IsNull() {
			files[name] = nil
			continue
		}
		ids := []any{}
		if list.IsUnknown() {
			ids = append(ids, json.Number("1"))
		}
		for _, e := range list.Elements() {
			id, known := JsonOf(e)
			if !known {
				id = json.Number("1")
			}
			ids = append(ids, id)
		}
		files[name] = ids
	}
	given := Underlying(input.Attributes()["json"])
	members, isObject, known := MembersOf(given)
	for name, v := range members {
		if value, known := JsonOf(v); value != nil || !known {
			values[name] = value
		}
	}
	if known && !isObject && given != nil && !given.IsNull() {
		if doc["json"], known = JsonOf(given); !known {
			doc["json"] = []any{} // only a list has unknown parts
		}
	}
	return doc
}

// SameInput tells whether two inputs, both known, mean the same.
func SameInput(a, b types.Object) bool {
	x, knownX := InputJSON(a)
	y, knownY := InputJSON(b)
	return knownX && knownY && EqualJSON(x, y)
}

// InputObject is the attribute input with these data.
func InputObject(d recipe.Data) types.Object {
	files := make(map[string]attr.Value, len(d.Files))
	for name, ids := range d.Files {
		files[name] = Int64List(ids)
	}
	values := d.JSON
	if values == nil {
		values = map[string]any{}
	}
	return types.ObjectValueMust(InputType().AttrTypes, map[string]attr.Value{
		"files": types.MapValueMust(types.ListType{ElemType: types.Int64Type}, files),
		"json":  DynamicOf(values),
	})
}

// InputAttribute is the attribute input of a recipe.
func InputAttribute() schema.SingleNestedAttribute {
	files := types.MapType{ElemType: types.ListType{ElemType: types.Int64Type}}
	noFiles := types.MapValueMust(files.ElemType, nil)
	return schema.SingleNestedAttribute{
		Optional: true,
		Computed: true,
		Default: objectdefault.StaticValue(types.ObjectValueMust(
			map[string]attr.Type{"files": files, "json": types.DynamicType},
			map[string]attr.Value{"files": noFiles, "json": DynamicOf(map[string]any{})},
		)),
		MarkdownDescription: "What the recipe works on. A change starts a new recipe.",
		Attributes: map[string]schema.Attribute{
			"files": schema.MapAttribute{
				Optional:            true,
				Computed:            true,
				ElementType:         files.ElemType,
				Default:             mapdefault.StaticValue(noFiles),
				MarkdownDescription: "Ids of files by input; each list has at least one id.",
			},
			"json": schema.DynamicAttribute{
				Optional:            true,
				Computed:            true,
				Default:             dynamicdefault.StaticValue(DynamicOf(map[string]any{})),
				MarkdownDescription: "An object with the values of the JSON inputs.",
			},
		},
	}
}
