package value

import (
	"fmt"
	"strconv"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// Documents that users write are dynamic attributes: inside of typed ones Terraform drops
// names that it does not know, before a provider sees them (hashicorp/terraform 33570). The
// domain reads them, and says what is wrong.

// Document is an attribute of a resource whose value is a document.
type Document struct {
	schema.DynamicAttribute
	Shape document.Shape
}

// DocumentShape is what the documentation of the attribute is made of.
func (d Document) DocumentShape() document.Shape { return d.Shape }

// ActionDocument is Document for an action.
type ActionDocument struct {
	actionschema.DynamicAttribute
	Shape document.Shape
}

// DocumentShape is what the documentation of the attribute is made of.
func (d ActionDocument) DocumentShape() document.Shape { return d.Shape }

// ProviderDocument is Document for the provider block.
type ProviderDocument struct {
	providerschema.DynamicAttribute
	Shape document.Shape
}

// DocumentShape is what the documentation of the attribute is made of.
func (d ProviderDocument) DocumentShape() document.Shape { return d.Shape }

// Same tells whether two values of the attribute, both known, mean the same.
func (d Document) Same(a, b attr.Value) bool {
	return d.Shape.Same(orEmpty(Tree(a)), orEmpty(Tree(b)))
}

// OptionalDocument is an attribute that is an empty document if it is left out.
func OptionalDocument(s document.Shape, doc string) Document {
	return Document{Shape: s, DynamicAttribute: schema.DynamicAttribute{
		Optional: true, Computed: true, Default: dynamicdefault.StaticValue(DynamicOf(map[string]any{})), MarkdownDescription: doc,
	}}
}

// SensitiveDocument is OptionalDocument for what plans must not show.
func SensitiveDocument(s document.Shape, doc string) Document {
	d := OptionalDocument(s, doc)
	d.Sensitive = true
	return d
}

// NullDocument is an attribute that says nothing if it is left out.
func NullDocument(s document.Shape, doc string) Document {
	return Document{Shape: s, DynamicAttribute: schema.DynamicAttribute{Optional: true, MarkdownDescription: doc}}
}

// PathIn is the attribute for a place in a document that root holds.
func PathIn(root path.Path, s document.Shape, p document.Path) path.Path {
	at, here := root, &s
	for _, step := range p {
		if here != nil && here.Kind == document.Either {
			here = here.Element
		}
		kind := document.Any
		if here != nil {
			kind = here.Kind
		}
		position, err := strconv.Atoi(step)
		switch {
		case kind == document.Object:
			at = at.AtName(step)
			m, _ := here.Member(step)
			here = &m.Shape
			continue
		case kind == document.Map:
			at = at.AtMapKey(step)
		case kind != document.Any || err == nil:
			if err != nil {
				return at // no shape has such a place
			}
			at = at.AtListIndex(position)
		default:
			at = at.AtName(step)
		}
		here = here.Element
	}
	return at
}

// AddDocumentProblems reports problems with the document that root holds.
func AddDocumentProblems(diags *diag.Diagnostics, root path.Path, s document.Shape, summary string, problems recipe.Problems) {
	for _, p := range problems {
		at := PathIn(root, s, p.Path)
		detail := fmt.Sprintf("%s: %s (%s)", at, p.Text(), p.Code)
		if p.Warning {
			diags.AddAttributeWarning(at, summary, detail)
			continue
		}
		diags.AddAttributeError(at, summary, detail)
	}
}

// Computed is an attribute of a data source that shows a document, with every default
// spelled out.
func Computed(s document.Shape, doc string) dataschema.Attribute {
	switch s.Kind {
	case document.Object:
		return dataschema.SingleNestedAttribute{Computed: true, MarkdownDescription: doc, Attributes: computedMembers(s)}
	case document.Map:
		switch s.Element.Kind {
		case document.Any:
			return dataschema.DynamicAttribute{Computed: true, MarkdownDescription: doc}
		case document.Object:
			return dataschema.MapNestedAttribute{
				Computed: true, MarkdownDescription: doc, NestedObject: dataschema.NestedAttributeObject{Attributes: computedMembers(*s.Element)},
			}
		}
		return dataschema.MapAttribute{Computed: true, MarkdownDescription: doc, ElementType: TypeOf(*s.Element)}
	case document.List:
		if s.Element.Kind == document.Object {
			return dataschema.ListNestedAttribute{
				Computed: true, MarkdownDescription: doc, NestedObject: dataschema.NestedAttributeObject{Attributes: computedMembers(*s.Element)},
			}
		}
		return dataschema.ListAttribute{Computed: true, MarkdownDescription: doc, ElementType: TypeOf(*s.Element)}
	case document.Set:
		return dataschema.SetAttribute{Computed: true, MarkdownDescription: doc, ElementType: TypeOf(*s.Element)}
	case document.Text, document.JSON:
		return dataschema.StringAttribute{Computed: true, MarkdownDescription: doc}
	case document.Integer:
		return dataschema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	case document.Number:
		return dataschema.NumberAttribute{Computed: true, MarkdownDescription: doc}
	case document.Bool:
		return dataschema.BoolAttribute{Computed: true, MarkdownDescription: doc}
	default:
		return dataschema.DynamicAttribute{Computed: true, MarkdownDescription: doc}
	}
}

func computedMembers(s document.Shape) map[string]dataschema.Attribute {
	out := make(map[string]dataschema.Attribute, len(s.Members))
	for _, m := range s.Members {
		out[m.Name] = Computed(m.Shape, m.Description())
	}
	return out
}

// Same tells whether two values of a document, both known, mean the same. Null is an empty
// document.
func Same(s document.Shape, a, b types.Dynamic) bool {
	if a.Equal(b) {
		return !a.IsUnknown()
	}
	return s.Same(orEmpty(Tree(a)), orEmpty(Tree(b)))
}

func orEmpty(v any) any {
	if v == nil {
		return map[string]any{}
	}
	return v
}

// Keep is prior, if it means what the server has now, and otherwise that, with the spelling
// of prior where it means the same.
func Keep(s document.Shape, now map[string]any, prior types.Dynamic) types.Dynamic {
	before := Tree(prior)
	switch {
	case before == nil && len(now) == 0 && !prior.IsNull():
		return prior // a null that has a type
	case before == nil || document.IsUnknown(before):
		return DynamicOf(now)
	}
	if s.Same(now, before) {
		return prior
	}
	return DynamicOf(s.Keep(now, before))
}

// KeepPlanned is prior if planned means the same, and planned otherwise: Terraform takes the
// one or the other.
func KeepPlanned(s document.Shape, planned, prior types.Dynamic) types.Dynamic {
	if !IsNull(prior) && Same(s, planned, prior) {
		return prior
	}
	return planned
}
