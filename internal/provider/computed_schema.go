package provider

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// The attributes of what a data source shows, and of what it is told.

func computedText(doc string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
}

func computedNumber(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
}

func computedFlag(doc string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: doc}
}

// nameArgument is the name or the version of the one thing that a data source shows.
func nameArgument(doc string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: doc,
	}
}

// revisionArgument is the number of a revision, or, without one, that of the latest.
func revisionArgument(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Optional: true, Computed: true, Validators: []validator.Int64{int64validator.AtLeast(1)}, MarkdownDescription: doc,
	}
}

// computed is an attribute of a resource as a data source shows it: of the same type,
// so that the value fits wherever the resource's does. doc replaces the description.
func computed(a resourceschema.Attribute, doc string) schema.Attribute {
	if doc == "" {
		doc = a.GetMarkdownDescription()
	}
	sensitive := a.IsSensitive()
	switch a := a.(type) {
	case resourceschema.StringAttribute:
		return schema.StringAttribute{Computed: true, Sensitive: sensitive, MarkdownDescription: doc}
	case resourceschema.Int64Attribute:
		return schema.Int64Attribute{Computed: true, Sensitive: sensitive, MarkdownDescription: doc}
	case resourceschema.BoolAttribute:
		return schema.BoolAttribute{Computed: true, Sensitive: sensitive, MarkdownDescription: doc}
	case resourceschema.DynamicAttribute:
		return schema.DynamicAttribute{Computed: true, Sensitive: sensitive, MarkdownDescription: doc}
	case resourceschema.ListAttribute:
		return schema.ListAttribute{Computed: true, Sensitive: sensitive, MarkdownDescription: doc, ElementType: a.ElementType}
	case resourceschema.MapAttribute:
		return schema.MapAttribute{Computed: true, Sensitive: sensitive, MarkdownDescription: doc, ElementType: a.ElementType}
	case resourceschema.SingleNestedAttribute:
		return schema.SingleNestedAttribute{
			Computed: true, Sensitive: sensitive, MarkdownDescription: doc, Attributes: computedAll(a.Attributes),
		}
	case resourceschema.ListNestedAttribute:
		return schema.ListNestedAttribute{
			Computed: true, Sensitive: sensitive, MarkdownDescription: doc,
			NestedObject: schema.NestedAttributeObject{Attributes: computedAll(a.NestedObject.Attributes)},
		}
	case resourceschema.MapNestedAttribute:
		return schema.MapNestedAttribute{
			Computed: true, Sensitive: sensitive, MarkdownDescription: doc,
			NestedObject: schema.NestedAttributeObject{Attributes: computedAll(a.NestedObject.Attributes)},
		}
	default:
		panic(fmt.Sprintf("no resource has had an attribute of type %T so far", a))
	}
}

func computedAll(attributes map[string]resourceschema.Attribute) map[string]schema.Attribute {
	out := make(map[string]schema.Attribute, len(attributes))
	for name, a := range attributes {
		out[name] = computed(a, "")
	}
	return out
}

// merged puts sets of attributes together.
func merged(sets ...map[string]schema.Attribute) map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}
