package kit

import (
	"time"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
)

const (
	timeoutsArgument = "timeouts"
	invoke           = "invoke" // the one timeout of an action
	invalidTimeouts  = "Invalid timeouts"
)

// Timeout is a member of the document timeouts: a duration. doc says what is waited for,
// and how long where it is left out.
func Timeout(operation, doc string) document.Member {
	return document.Member{Name: operation, Shape: document.Simple(document.Text), Doc: doc}
}

// TimeoutsAttribute is the attribute timeouts of a resource.
func TimeoutsAttribute(of ...document.Member) schema.Attribute {
	s := document.ObjectOf(of...)
	return value.Document{Shape: s, DynamicAttribute: schema.DynamicAttribute{
		Optional: true, MarkdownDescription: "How long to wait.", Validators: timeoutsValidators(s),
	}}
}

// InvokeTimeout is the attribute timeouts of an action.
func InvokeTimeout(doc string) actionschema.Attribute {
	s := document.ObjectOf(Timeout(invoke, doc))
	return value.ActionDocument{Shape: s, DynamicAttribute: actionschema.DynamicAttribute{
		Optional: true, MarkdownDescription: "How long the action may take.", Validators: timeoutsValidators(s),
	}}
}

func timeoutsValidators(s document.Shape) []validator.Dynamic {
	return []validator.Dynamic{value.DocumentValidator{Shape: s, Summary: invalidTimeouts, Check: func(v any) []document.Problem {
		read, problems := s.Read(v)
		members, _ := read.(map[string]any)
		for _, operation := range s.Names() {
			text, known := members[operation].(string)
			if !known {
				continue
			}
			if _, err := schedule.ParseDuration(text); err != nil {
				problems = append(problems, document.Problem{Path: document.Path{operation}, Message: err.Error()})
			}
		}
		return problems
	}}}
}

// ReadTimeout is how long an operation may take by the document timeouts. It reports one that
// was not known while planning and turns out to be wrong.
func ReadTimeout(timeouts types.Dynamic, operation string, byDefault time.Duration, diags *diag.Diagnostics) time.Duration {
	text, given := "", false
	if members, isObject := value.Tree(timeouts).(map[string]any); isObject {
		text, given = members[operation].(string)
	}
	if !given {
		return byDefault
	}
	d, err := schedule.ParseDuration(text)
	if err != nil {
		at := path.Root(timeoutsArgument).AtName(operation)
		diags.AddAttributeError(at, invalidTimeouts, at.String()+": "+err.Error())
	}
	return d
}

// ReadInvokeTimeout is ReadTimeout for an action.
func ReadInvokeTimeout(timeouts types.Dynamic, byDefault time.Duration, diags *diag.Diagnostics) time.Duration {
	return ReadTimeout(timeouts, invoke, byDefault, diags)
}
