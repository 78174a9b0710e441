package value

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// DefinitionAttribute is the typed form of a recipe definition. What the JSON
// format defaults has the same default here, so that left out and spelled out are
// one plan. Nothing inside has validators or plan modifiers, which are slow in
// nested attributes: the resource checks the whole value at once.
func DefinitionAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "What the recipe takes, its nodes, and how data flow between them. " +
			"Exactly one of `definition` and `definition_json` is given.",
		Attributes: map[string]schema.Attribute{
			"input": interfaceAttribute("The inputs of the recipe."),
			"nodes": schema.MapNestedAttribute{
				Required: true,
				MarkdownDescription: "The nodes by name. Each is exactly one of `job`, `recipe` and " +
					"`condition`.",
				NestedObject: schema.NestedAttributeObject{Attributes: nodeAttributes()},
			},
		},
	}
}

func nodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"job": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "The node runs a job of this type.",
			Attributes: map[string]schema.Attribute{
				"name": schema.StringAttribute{
					Required: true, MarkdownDescription: "Name of the job type.",
				},
				"version": schema.StringAttribute{
					Required: true, MarkdownDescription: "Version of the job type.",
				},
				"revision": schema.Int64Attribute{
					Required: true, MarkdownDescription: "Revision of the job type.",
				},
			},
		},
		"recipe": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "The node runs a whole recipe of this type (a sub-recipe).",
			Attributes: map[string]schema.Attribute{
				"name": schema.StringAttribute{
					Required: true, MarkdownDescription: "Name of the recipe type.",
				},
				"revision": schema.Int64Attribute{
					Required: true, MarkdownDescription: "Revision of the recipe type.",
				},
			},
		},
		"condition": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "The node looks at its input and accepts or rejects it, which decides " +
				"on the nodes that depend on it.",
			Attributes: map[string]schema.Attribute{
				"interface":   interfaceAttribute("What the condition looks at; other nodes can take the same names as its outputs."),
				"data_filter": dataFilterAttribute(),
			},
		},
		"dependencies": schema.MapAttribute{
			Optional:    true,
			Computed:    true,
			ElementType: types.BoolType,
			Default:     mapdefault.StaticValue(types.MapValueMust(types.BoolType, nil)),
			MarkdownDescription: "The nodes that come before this one, by name, with the acceptance that it waits for: " +
				"`true` runs when the condition accepts (jobs and recipes always do), `false` when it rejects.",
		},
		"input": schema.MapNestedAttribute{
			Optional: true,
			Computed: true,
			Default:  mapdefault.StaticValue(types.MapValueMust(connectionType(), nil)),
			MarkdownDescription: "Where each input of the node comes from: `recipe_input`, or `node` and `output` " +
				"of a node that is among its dependencies or theirs.",
			NestedObject: schema.NestedAttributeObject{Attributes: connectionAttributes()},
		},
	}
}

func connectionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"recipe_input": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Name of an input of the recipe.",
		},
		"node": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Name of another node.",
		},
		"output": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Name of an output of `node`.",
		},
	}
}

func interfaceAttribute(description string) schema.SingleNestedAttribute {
	files, values := fileParamAttributes(), jsonParamAttributes()
	fileType, valueType := ObjectType(files), ObjectType(values)
	empty := types.ObjectValueMust(
		map[string]attr.Type{"files": types.MapType{ElemType: fileType}, "json": types.MapType{ElemType: valueType}},
		map[string]attr.Value{
			"files": types.MapValueMust(fileType, nil), "json": types.MapValueMust(valueType, nil),
		})
	return schema.SingleNestedAttribute{
		Optional:            true,
		Computed:            true,
		Default:             objectdefault.StaticValue(empty),
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"files": schema.MapNestedAttribute{
				Optional:            true,
				Computed:            true,
				Default:             mapdefault.StaticValue(types.MapValueMust(fileType, nil)),
				MarkdownDescription: "Parameters for files, by name: letters, `_` and `-`.",
				NestedObject:        schema.NestedAttributeObject{Attributes: files},
			},
			"json": schema.MapNestedAttribute{
				Optional:            true,
				Computed:            true,
				Default:             mapdefault.StaticValue(types.MapValueMust(valueType, nil)),
				MarkdownDescription: "Parameters for JSON values, by name: letters, `_` and `-`.",
				NestedObject:        schema.NestedAttributeObject{Attributes: values},
			},
		},
	}
}

func fileParamAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"media_types": schema.ListAttribute{
			Optional:            true,
			Computed:            true,
			ElementType:         types.StringType,
			Default:             listdefault.StaticValue(types.ListValueMust(types.StringType, nil)),
			MarkdownDescription: "Media types that fit. Others only cause a warning. Default `[]`.",
		},
		"required": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether there has to be a file. Default `true`.",
		},
		"multiple": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether there can be several files. Default `false`.",
		},
	}
}

func jsonParamAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "`array`, `boolean`, `integer`, `number`, `object` or `string`.",
		},
		"required": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether there has to be a value. Default `true`.",
		},
	}
}

func dataFilterAttribute() schema.SingleNestedAttribute {
	filter := filterAttributes()
	filterType := ObjectType(filter)
	empty := types.ObjectValueMust(
		map[string]attr.Type{"filters": types.ListType{ElemType: filterType}, "all": types.BoolType},
		map[string]attr.Value{"filters": types.ListValueMust(filterType, nil), "all": types.BoolValue(true)})
	return schema.SingleNestedAttribute{
		Optional:            true,
		Computed:            true,
		Default:             objectdefault.StaticValue(empty),
		MarkdownDescription: "The test that decides. Without filters everything is accepted.",
		Attributes: map[string]schema.Attribute{
			"all": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether all filters have to pass (`true`, the default) or any of them.",
			},
			"filters": schema.ListNestedAttribute{
				Optional:            true,
				Computed:            true,
				Default:             listdefault.StaticValue(types.ListValueMust(filterType, nil)),
				MarkdownDescription: "The single tests.",
				NestedObject:        schema.NestedAttributeObject{Attributes: filter},
			},
		},
	}
}

func filterAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, MarkdownDescription: "Name of the parameter of the condition's interface.",
		},
		"type": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "`string`, `integer`, `number`, `boolean` or `object` for JSON values; `filename`, " +
				"`media-type`, `data-type` or `meta-data` for files.",
		},
		"condition": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "`==`, `!=`, `<`, `<=`, `>`, `>=`, `between`, `in`, `not in`, `contains`, " +
				"`subset of` or `superset of`; which of them fit depends on `type`.",
		},
		"values": schema.ListAttribute{
			Required:    true,
			ElementType: types.StringType,
			MarkdownDescription: "What the parameter is compared with, as text that is read by `type`: `40` and `true` can be " +
				"written as they are, values of `object` and `meta-data` filters are written with `jsonencode`.",
		},
		"fields": schema.ListAttribute{
			Optional:    true,
			ElementType: types.ListType{ElemType: types.StringType},
			MarkdownDescription: "For `object` and `meta-data`: paths into the value, one for each entry of `values`. " +
				"A path is a list of keys.",
		},
		"all_fields": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether every field has to pass (`true`, the default) or any of them.",
		},
		"all_files": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether every file has to pass, or any of them (`false`, the default).",
		},
	}
}

func connectionType() types.ObjectType { return ObjectType(connectionAttributes()) }

// definitionTypes are the types of the parts of DefinitionAttribute, which
// making values needs.
type definitionTypes struct {
	Definition, iface, fileParam, jsonParam         types.ObjectType
	node, job, recipe, condition, connection        types.ObjectType
	dataFilter, filter                              types.ObjectType
	files, values, nodes, dependencies, connections types.MapType
	filters, fields                                 types.ListType
}

// TypesOfDefinition derives the types from the schema, once.
var TypesOfDefinition = sync.OnceValue(func() definitionTypes {
	node := ObjectType(nodeAttributes())
	condition := node.AttrTypes["condition"].(types.ObjectType)
	iface := condition.AttrTypes["interface"].(types.ObjectType)
	dataFilter := condition.AttrTypes["data_filter"].(types.ObjectType)
	t := definitionTypes{
		Definition:   ObjectType(DefinitionAttribute().Attributes),
		iface:        iface,
		fileParam:    ObjectType(fileParamAttributes()),
		jsonParam:    ObjectType(jsonParamAttributes()),
		node:         node,
		job:          node.AttrTypes["job"].(types.ObjectType),
		recipe:       node.AttrTypes["recipe"].(types.ObjectType),
		condition:    condition,
		connection:   connectionType(),
		dataFilter:   dataFilter,
		filter:       ObjectType(filterAttributes()),
		nodes:        types.MapType{ElemType: node},
		dependencies: types.MapType{ElemType: types.BoolType},
		connections:  types.MapType{ElemType: connectionType()},
		fields:       types.ListType{ElemType: types.ListType{ElemType: types.StringType}},
	}
	t.files, t.values = types.MapType{ElemType: t.fileParam}, types.MapType{ElemType: t.jsonParam}
	t.filters = types.ListType{ElemType: t.filter}
	return t
})
