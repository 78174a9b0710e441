package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Add reports what could not be done ("Cannot create recipe type") and why: the
// server's words, its findings, what to do next, and the request's id for the
// server's log.
func Add(diags *diag.Diagnostics, summary string, err error) {
	diags.AddError(summary, Detail(err))
}

// AddAt is Add for an attribute that is known to be the reason.
func AddAt(diags *diag.Diagnostics, p path.Path, summary string, err error) {
	diags.AddAttributeError(p, summary, Detail(err))
}

// AddRead reports that a data source cannot read what: on p, the argument that
// names it, if there is no such thing.
func AddRead(diags *diag.Diagnostics, p path.Path, what string, err error) {
	if api.IsNotFound(err) {
		diags.AddAttributeError(p, "Cannot find "+what, "The backend has no "+what+". Check "+p.String()+".\n\n"+Detail(err))
		return
	}
	Add(diags, "Cannot read "+what, err)
}

// Detail is an error as the detail of a diagnostic: the server's words and findings, and what to do
// next.
func Detail(err error) string {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		return value.Sentence(err.Error())
	}
	detail := e.Detail
	if detail == "" {
		detail = http.StatusText(e.Status)
	}
	var b strings.Builder
	b.WriteString(value.Sentence(detail))
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
	case e.Status == http.StatusUnauthorized && strings.HasPrefix(e.Path, "/v6/login/workload"):
		return "Check the rules of the backend's trust file (--trust), and that the runner makes tokens for the audience that is in it."
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
	case e.Status == http.StatusBadGateway, e.Status == http.StatusServiceUnavailable, e.Status == http.StatusGatewayTimeout:
		return "The backend does not run, is overloaded or starts right now, says what stands before it: look there, or try again later."
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

// AddFindings reports the warnings that came with a success.
func AddFindings(diags *diag.Diagnostics, summary string, findings []api.Finding) {
	for _, f := range findings {
		diags.AddWarning(summary, value.Sentence(findingText(f)))
	}
}
