package kit

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// The attributes of what a data source shows, and of what it is told.

// ComputedText is a text that a data source shows.
func ComputedText(doc string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
}

// SensitiveText is ComputedText for what may be a secret.
func SensitiveText(doc string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: doc}
}

// ComputedNumber is a number that a data source shows.
func ComputedNumber(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
}

// ComputedFlag is a flag that a data source shows.
func ComputedFlag(doc string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: doc}
}

// ComputedTexts is a map of texts.
func ComputedTexts(doc string) schema.MapAttribute {
	return schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: doc}
}

// NameArgument is the name or the version of the one thing that a data source shows.
func NameArgument(doc string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: doc,
	}
}

// RevisionArgument is the number of a revision, or, without one, that of the latest.
func RevisionArgument(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Optional: true, Computed: true, CustomType: value.WholeNumber{}, Validators: []validator.Int64{int64validator.AtLeast(1)}, MarkdownDescription: doc,
	}
}

// Computed is an attribute of a resource as a data source shows it: of the same type,
// so that the value fits wherever the resource's does. doc replaces the description.
func Computed(a resourceschema.Attribute, doc string) schema.Attribute {
	if doc == "" {
		doc = a.GetMarkdownDescription()
	}
	sensitive := a.IsSensitive()
	switch a := a.(type) {
	case value.Document:
		return value.Computed(a.Shape, doc)
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
			Computed: true, Sensitive: sensitive, MarkdownDescription: doc, Attributes: ComputedAll(a.Attributes),
		}
	case resourceschema.ListNestedAttribute:
		return schema.ListNestedAttribute{
			Computed: true, Sensitive: sensitive, MarkdownDescription: doc,
			NestedObject: schema.NestedAttributeObject{Attributes: ComputedAll(a.NestedObject.Attributes)},
		}
	case resourceschema.MapNestedAttribute:
		return schema.MapNestedAttribute{
			Computed: true, Sensitive: sensitive, MarkdownDescription: doc,
			NestedObject: schema.NestedAttributeObject{Attributes: ComputedAll(a.NestedObject.Attributes)},
		}
	default:
		panic(fmt.Sprintf("no resource has had an attribute of type %T so far", a))
	}
}

// ComputedAll is Computed for several, with their own descriptions.
func ComputedAll(attributes map[string]resourceschema.Attribute) map[string]schema.Attribute {
	out := make(map[string]schema.Attribute, len(attributes))
	for name, a := range attributes {
		out[name] = Computed(a, "")
	}
	return out
}

// Merged puts sets of attributes together.
func Merged(sets ...map[string]schema.Attribute) map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}
