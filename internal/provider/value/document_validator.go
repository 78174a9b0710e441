package value

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// DocumentValidator refuses what is wrong with a document that has few rules of its own, and
// none beside other attributes.
type DocumentValidator struct {
	Shape   document.Shape
	Summary string
	Check   func(v any) []document.Problem // tells what is wrong with it; nil: no more than Shape does
}

// Description implements validator.Describer.
func (v DocumentValidator) Description(context.Context) string { return v.Shape.Expected() }

// MarkdownDescription implements validator.Describer.
func (v DocumentValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateDynamic implements validator.Dynamic.
func (v DocumentValidator) ValidateDynamic(_ context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	if IsNull(req.ConfigValue) {
		return
	}
	given := Tree(req.ConfigValue)
	var problems []document.Problem
	if v.Check != nil {
		problems = v.Check(given)
	} else {
		_, problems = v.Shape.Read(given)
	}
	AddShapeProblems(&resp.Diagnostics, req.Path, v.Shape, v.Summary, problems)
}

// CheckDocuments refuses, in an apply, what is wrong with documents that were not known when
// the configuration was validated.
func CheckDocuments(ctx context.Context, given tfsdk.Plan) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, a := range given.Schema.GetAttributes() {
		d, is := a.(interface{ DocumentShape() document.Shape })
		if !is {
			continue
		}
		var v types.Dynamic
		at := path.Root(name)
		diags.Append(given.GetAttribute(ctx, at, &v)...)
		if IsNull(v) {
			continue
		}
		_, problems := d.DocumentShape().Read(Tree(v))
		AddShapeProblems(&diags, at, d.DocumentShape(), "Invalid "+name, problems)
	}
	return diags
}

// AddShapeProblems is AddDocumentProblems for problems without a code.
func AddShapeProblems(diags *diag.Diagnostics, root path.Path, s document.Shape, summary string, problems []document.Problem) {
	for _, p := range problems {
		at := PathIn(root, s, p.Path)
		diags.AddAttributeError(at, summary, Sentence(fmt.Sprintf("%s: %s", at, p.Message)))
	}
}
