package provider

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// addError reports what could not be done ("Cannot create recipe type") and why: the
// server's words, its findings, what to do next, and the request's id for the
// server's log.
func addError(diags *diag.Diagnostics, summary string, err error) {
	diags.AddError(summary, errorDetail(err))
}

// addAttributeError is addError for an attribute that is known to be the reason.
func addAttributeError(diags *diag.Diagnostics, p path.Path, summary string, err error) {
	diags.AddAttributeError(p, summary, errorDetail(err))
}

// addReadError reports that a data source cannot read what: on p, the argument that
// names it, if there is no such thing.
func addReadError(diags *diag.Diagnostics, p path.Path, what string, err error) {
	if api.IsNotFound(err) {
		diags.AddAttributeError(p, "Cannot find "+what, "The backend has no "+what+". Check "+p.String()+".\n\n"+errorDetail(err))
		return
	}
	addError(diags, "Cannot read "+what, err)
}

func errorDetail(err error) string {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		detail := sentence(err.Error())
		if _, ok := errors.AsType[*url.Error](err); ok {
			detail += " Check that the backend runs and that the provider's endpoint is right."
		}
		return detail
	}
	detail := e.Detail
	if detail == "" {
		detail = http.StatusText(e.Status)
	}
	var b strings.Builder
	b.WriteString(sentence(detail))
	for _, f := range e.Problems {
		b.WriteString("\n  - " + findingText(f))
	}
	if next := nextStep(e); next != "" {
		b.WriteString("\n\n" + next)
	}
	fmt.Fprintf(&b, "\n\n%s %s: %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
	if e.RequestID != "" {
		b.WriteString(", request " + e.RequestID)
	}
	return b.String()
}

// nextStep says what the reader can do; the status decides.
func nextStep(e *api.Error) string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "Check username and password, or token, of the provider block or in the environment (GALLEY_…)."
	case e.Status == http.StatusForbidden:
		return "The user of the provider may not do this: use another one, or ask for the right."
	case e.Status == http.StatusConflict || e.Status == http.StatusPreconditionFailed:
		return "Something else has come in between: plan again."
	case e.Status == http.StatusTooManyRequests:
		return "The backend limits requests: set max_requests_per_second, or try again later."
	case e.Status == http.StatusRequestEntityTooLarge:
		return "The backend takes less than this at once."
	case e.Status >= http.StatusInternalServerError:
		return "The backend has failed; its log tells more under the id of the request."
	}
	return ""
}

func findingText(f api.Finding) string {
	s := f.Name + ": " + f.Description
	if f.Path != "" {
		s = f.Path + ": " + s
	}
	return s
}

// addProblems reports all problems of a document, each on the attribute that holds
// it, with the place within the document in the message.
func addProblems(diags *diag.Diagnostics, p path.Path, summary string, problems recipe.Problems) {
	for _, problem := range problems {
		detail := problem.Message
		if at := problem.Path.String(); at != "" && !strings.HasPrefix(detail, at) {
			detail = at + ": " + detail
		}
		detail = sentence(detail) + " [" + string(problem.Code) + "]"
		if problem.Warning {
			diags.AddAttributeWarning(p, summary, detail)
		} else {
			diags.AddAttributeError(p, summary, detail)
		}
	}
}

// addFindings reports the warnings that came with a success.
func addFindings(diags *diag.Diagnostics, summary string, findings []api.Finding) {
	for _, f := range findings {
		diags.AddWarning(summary, sentence(findingText(f)))
	}
}

// sentence makes a message that was written as part of another one stand alone. Its
// first word stays as it is where it is a name (timeout: …, nodes.a: …).
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	word, _, _ := strings.Cut(s, " ")
	isWord := strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
	if isWord {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// envName is the environment variable behind an argument of the provider block.
func envName(argument string) string { return "GALLEY_" + strings.ToUpper(argument) }
