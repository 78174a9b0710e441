package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Documents are dynamic attributes, of which a schema says nothing. Their pages have what is
// inside of them all the same, from their shapes.

// shapes are those of the documents of a schema, by attribute.
type shapes map[string]document.Shape

func shapesOf[A any](attributes map[string]A) shapes {
	out := shapes{}
	for name, a := range attributes {
		if d, is := any(a).(interface{ DocumentShape() document.Shape }); is {
			out[name] = d.DocumentShape()
		}
	}
	return out
}

// documentsOf are the shapes of the provider block, and of resources and of actions, by their
// names.
func documentsOf(ctx context.Context, p provider.Provider) (block shapes, resources, actions map[string]shapes) {
	var s provider.SchemaResponse
	p.Schema(ctx, provider.SchemaRequest{}, &s)
	block, resources, actions = shapesOf(s.Schema.Attributes), map[string]shapes{}, map[string]shapes{}
	for _, newResource := range p.Resources(ctx) {
		r := newResource()
		var name resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "galley"}, &name)
		var s resource.SchemaResponse
		r.Schema(ctx, resource.SchemaRequest{}, &s)
		resources[name.TypeName] = shapesOf(s.Schema.Attributes)
	}
	if p, has := p.(provider.ProviderWithActions); has {
		for _, newAction := range p.Actions(ctx) {
			a := newAction()
			var name action.MetadataResponse
			a.Metadata(ctx, action.MetadataRequest{ProviderTypeName: "galley"}, &name)
			var s action.SchemaResponse
			a.Schema(ctx, action.SchemaRequest{}, &s)
			actions[name.TypeName] = shapesOf(s.Schema.Attributes)
		}
	}
	return block, resources, actions
}

// describe gives the attributes of schemas that are documents the types of their shapes.
func describe(ctx context.Context, schemas map[string]schema, documents map[string]shapes) {
	for name, s := range schemas {
		s.describe(ctx, documents[name])
	}
}

func (s schema) describe(ctx context.Context, documents shapes) {
	for attribute, shape := range documents {
		a := s.Block.Attributes[attribute]
		a.Type, a.NestedType = nil, nil
		a.of(ctx, shape)
		s.Block.Attributes[attribute] = a
	}
}

// of sets the type of an attribute.
func (a *attribute) of(ctx context.Context, s document.Shape) {
	modes := map[document.Kind]string{document.Map: "map", document.List: "list", document.Set: "set"}
	switch {
	case s.Kind == document.Object:
		a.NestedType = &nestedType{Attributes: members(ctx, s), NestingMode: "single"}
	case modes[s.Kind] != "" && s.Element.Kind == document.Object:
		a.NestedType = &nestedType{Attributes: members(ctx, *s.Element), NestingMode: modes[s.Kind]}
	default:
		a.Type = value.TypeOf(s).TerraformType(ctx)
	}
}

func members(ctx context.Context, s document.Shape) map[string]attribute {
	out := make(map[string]attribute, len(s.Members))
	for _, m := range s.Members {
		a := attribute{
			Description: m.Description(), DescriptionKind: "markdown", Required: m.Required, Optional: !m.Required,
		}
		a.of(ctx, m.Shape)
		out[m.Name] = a
	}
	return out
}
