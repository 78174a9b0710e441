package recipe

import (
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// Code names a kind of problem, in the words of the contract.
type Code string

// The codes of the contract's sections 2 to 5 and of the lifecycle.
const (
	InvalidDefinition      Code = "INVALID_DEFINITION"
	InvalidDefinitionJSON  Code = "INVALID_DEFINITION_JSON"
	UnknownNode            Code = "UNKNOWN_NODE"
	UnknownInput           Code = "UNKNOWN_INPUT"
	ConnectionInvalidNode  Code = "CONNECTION_INVALID_NODE"
	NodeInterface          Code = "NODE_INTERFACE"
	CircularDependency     Code = "CIRCULAR_DEPENDENCY"
	JobTypeDoesNotExist    Code = "JOB_TYPE_DOES_NOT_EXIST"
	RecipeTypeDoesNotExist Code = "RECIPE_TYPE_DOES_NOT_EXIST"
	RecursiveSubrecipes    Code = "RECURSIVE_SUBRECIPES"
	MismatchedMediaTypes   Code = "MISMATCHED_MEDIA_TYPES"
	InvalidVersion         Code = "INVALID_VERSION"
	InvalidInterface       Code = "INVALID_INTERFACE"
	DuplicateInput         Code = "DUPLICATE_INPUT"
	MismatchedParamType    Code = "MISMATCHED_PARAM_TYPE"
	ParamRequired          Code = "PARAM_REQUIRED"
	NoMultipleFiles        Code = "NO_MULTIPLE_FILES"
	MismatchedJSONType     Code = "MISMATCHED_JSON_TYPE"
	InvalidData            Code = "INVALID_DATA"
	DuplicateValue         Code = "DUPLICATE_VALUE"
	NoFiles                Code = "NO_FILES"
	MultipleFiles          Code = "MULTIPLE_FILES"
	InvalidJSONType        Code = "INVALID_JSON_TYPE"
	InvalidDataFilter      Code = "INVALID_DATA_FILTER"
	MissingName            Code = "MISSING_NAME"
	MissingType            Code = "MISSING_TYPE"
	MissingCondition       Code = "MISSING_CONDITION"
	MissingValues          Code = "MISSING_VALUES"
	InvalidCondition       Code = "INVALID_CONDITION"
	InvalidFields          Code = "INVALID_FIELDS"
	InvalidType            Code = "INVALID_TYPE"
	ValueError             Code = "VALUE_ERROR"
	UnmatchedFilter        Code = "UNMATCHED_FILTER"
	MismatchedType         Code = "MISMATCHED_TYPE"
	InvalidConfiguration   Code = "INVALID_CONFIGURATION"
	HostAbsolutePath       Code = "HOST_ABSOLUTE_PATH"
	InvalidWorkspace       Code = "INVALID_WORKSPACE"
	MissingWorkspace       Code = "MISSING_WORKSPACE"
	UnknownMount           Code = "UNKNOWN_MOUNT"
	MissingMount           Code = "MISSING_MOUNT"
	UnknownSetting         Code = "UNKNOWN_SETTING"
	MissingSetting         Code = "MISSING_SETTING"
	UnknownOutput          Code = "UNKNOWN_OUTPUT"
	DeprecatedWorkspace    Code = "DEPRECATED_WORKSPACE"
	NonstandardResource    Code = "NONSTANDARD_RESOURCE"
	InvalidRetry           Code = "INVALID_RETRY" // ours
)

// Path leads to the place of a problem in a document, from its root: names of
// members and, for arrays, positions in decimal ("nodes", "calibrate", "input").
type Path = document.Path

// Problem is one thing that is wrong, or, as a Warning, doubtful.
type Problem struct {
	Path    Path
	Code    Code
	Message string // a sentence for the author of the document: what was found, what was expected
	Warning bool
	Plan    PlanView // of a warning
}

// PlanView is what a plan makes of a warning of the services, which say what the original
// says, and refuse nothing that it takes. A plan is for somebody who still edits the document.
type PlanView string

// The views of plans. The zero value is a warning there, too.
const (
	PlanRefuses   PlanView = "refuses"    // it can never be meant
	PlanLeavesOut PlanView = "leaves out" // it can never do harm
)

// Text is the message without the place that it begins with, for readers who are told the
// place in another form.
func (p Problem) Text() string {
	place, rest, found := strings.Cut(p.Message, ": ")
	if at := p.Path.String(); found && (place == at || strings.HasPrefix(at, place+".")) {
		return rest
	}
	return p.Message
}

// MovedTo is p at another place, which its message begins with.
func (p Problem) MovedTo(at Path) Problem {
	text := p.Text()
	p.Path, p.Message = at, text
	if len(at) > 0 {
		p.Message = at.String() + ": " + text
	}
	return p
}

// Below returns the problems with their places put below prefix, in their messages, too.
func (ps Problems) Below(prefix ...string) Problems {
	out := make(Problems, len(ps))
	for i, p := range ps {
		out[i] = p.MovedTo(Path(prefix).At(p.Path...))
	}
	return out
}

// Problems are all findings of one check, in the contract's stage order and
// sorted within a stage, so that the first error is the one that the original
// service reports.
type Problems []Problem

// Errors returns the findings that are not warnings.
func (ps Problems) Errors() Problems { return ps.filter(false) }

// Warnings returns the findings that are warnings.
func (ps Problems) Warnings() Problems { return ps.filter(true) }

func (ps Problems) filter(warning bool) Problems {
	var out Problems
	for _, p := range ps {
		if p.Warning == warning {
			out = append(out, p)
		}
	}
	return out
}

// InPlan returns what a plan says instead: see PlanView. Errors come first.
func (ps Problems) InPlan() Problems {
	errs, warnings := ps.Errors(), Problems(nil)
	for _, p := range ps.Warnings() {
		switch p.Plan {
		case PlanRefuses:
			p.Warning = false
			errs = append(errs, p)
		case PlanLeavesOut:
		default:
			warnings = append(warnings, p)
		}
	}
	return append(errs, warnings...)
}

// Under returns the problems with their paths put below prefix.
func (ps Problems) Under(prefix ...string) Problems {
	out := make(Problems, len(ps))
	for i, p := range ps {
		p.Path = Path(prefix).At(p.Path...)
		out[i] = p
	}
	return out
}

// Err returns nil if there are no errors (warnings do not count), otherwise an
// *InvalidError with all of them.
func (ps Problems) Err() error {
	if errs := ps.Errors(); len(errs) > 0 {
		return &InvalidError{Problems: errs}
	}
	return nil
}

// InvalidError reports a document that breaks a rule. It has at least one problem.
type InvalidError struct{ Problems Problems }

// Error gives the messages, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Message
	}
	return strings.Join(lines, "\n")
}
