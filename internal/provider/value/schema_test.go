package value

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// walkAttributes calls visit for everything inside of an attribute.
func walkAttributes(t *testing.T, at string, a schema.Attribute, visit func(at string, validators, modifiers int)) {
	t.Helper()
	inside := func(attributes map[string]schema.Attribute) {
		for name, inner := range attributes {
			walkAttributes(t, at+"."+name, inner, visit)
		}
	}
	switch a := a.(type) {
	case schema.SingleNestedAttribute:
		visit(at, len(a.Validators), len(a.PlanModifiers))
		inside(a.Attributes)
	case schema.MapNestedAttribute:
		visit(at, len(a.Validators)+len(a.NestedObject.Validators), len(a.PlanModifiers)+len(a.NestedObject.PlanModifiers))
		inside(a.NestedObject.Attributes)
	case schema.ListNestedAttribute:
		visit(at, len(a.Validators)+len(a.NestedObject.Validators), len(a.PlanModifiers)+len(a.NestedObject.PlanModifiers))
		inside(a.NestedObject.Attributes)
	case schema.StringAttribute:
		visit(at, len(a.Validators), len(a.PlanModifiers))
	case schema.Int64Attribute:
		visit(at, len(a.Validators), len(a.PlanModifiers))
	case schema.BoolAttribute:
		visit(at, len(a.Validators), len(a.PlanModifiers))
	case schema.MapAttribute:
		visit(at, len(a.Validators), len(a.PlanModifiers))
	case schema.ListAttribute:
		visit(at, len(a.Validators), len(a.PlanModifiers))
	default:
		t.Errorf("%s: walkAttributes does not know %T", at, a)
	}
}
