package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// databaseAway is when to try again while the database does not answer.
const databaseAway = 5 * time.Second

// A problem is an answer that is not a success. Body, if set, replaces the usual
// {"detail"} (contract 0.2 has a few of those).
type problem struct {
	status     int
	detail     string
	findings   []api.Finding
	body       any
	retryAfter time.Duration
	allow      string // of a 405
	challenge  bool   // of a 401
}

func (p *problem) Error() string { return strconv.Itoa(p.status) + " " + p.detail }

func problemf(status int, format string, args ...any) *problem {
	return &problem{status: status, detail: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *problem {
	return problemf(http.StatusBadRequest, format, args...)
}

// errNotFound is the view-level 404 of contract 0.2.
func errNotFound() *problem { return problemf(http.StatusNotFound, "Not found.") }

// notFound is errNotFound, and beside the contract's words says what was looked for.
func notFound(what string) *problem {
	p := errNotFound()
	p.findings = []api.Finding{{Name: "NOT_FOUND", Description: what}}
	return p
}

// statusOf is how the v6 dialect spells the codes of refusals.
func statusOf(code refusal.Code) int {
	switch code {
	case refusal.Invalid, refusal.Inactive, refusal.InvalidInput:
		return http.StatusBadRequest
	case refusal.Forbidden:
		return http.StatusForbidden
	case refusal.NotFound:
		return http.StatusNotFound
	case refusal.Conflict:
		return http.StatusConflict
	case refusal.TooLarge:
		return http.StatusRequestEntityTooLarge
	case refusal.Precondition:
		return http.StatusPreconditionFailed
	case refusal.Mismatch:
		return http.StatusUnprocessableEntity
	case refusal.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// problemOf turns any error into an answer. What is not known to be the caller's
// fault is a 500 without details: those go to the log.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*auth.Error](err); ok {
		return problemOfAuth(e)
	}
	if o, ok := errors.AsType[*store.OrderError](err); ok {
		return badRequest("Invalid value for parameter: order: %s", o.Error())
	}
	if e, ok := errors.AsType[*refusal.Error](err); ok {
		status := statusOf(e.Code)
		if status != http.StatusInternalServerError {
			p := problemf(status, "%s", e.Message)
			p.findings = findings(e.Problems.Errors())
			if status == http.StatusNotFound {
				p = notFound(e.Message)
			}
			if status == http.StatusServiceUnavailable {
				p.retryAfter = time.Second
			}
			return p
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return notFound(err.Error())
	case errors.Is(err, store.ErrLocked):
		p := problemf(http.StatusServiceUnavailable, "The database is busy. Try again in a moment.")
		p.retryAfter = time.Second
		return p
	case store.IsAway(err):
		p := problemf(http.StatusServiceUnavailable, "The database does not answer. Try again in a moment; the server's log says more under this request's id.")
		p.retryAfter = databaseAway
		return p
	case errors.Is(err, context.DeadlineExceeded):
		p := problemf(http.StatusServiceUnavailable, "This took too long. Try again in a moment.")
		p.retryAfter = time.Second
		return p
	}
	return problemf(http.StatusInternalServerError, "Internal error. The server's log says more under this request's id.")
}

// problemOfAuth is how a refusal of package auth is answered.
func problemOfAuth(e *auth.Error) *problem {
	p := badRequest("%s", e.Message)
	switch e.Code {
	case auth.Unauthenticated:
		p.status, p.challenge = http.StatusUnauthorized, true
	case auth.Forbidden:
		p.status = http.StatusForbidden
	case auth.Conflict:
		p.status = http.StatusConflict
	case auth.Unavailable:
		p.status, p.retryAfter = http.StatusServiceUnavailable, e.RetryAfter
	case auth.TooMany:
		p.status, p.retryAfter = http.StatusTooManyRequests, e.RetryAfter
	}
	return p
}

// findings are problems in the form of the wire (contract 0.2); never nil.
func findings(ps recipe.Problems) []api.Finding {
	out := make([]api.Finding, len(ps))
	for i, p := range ps {
		out[i] = api.Finding{Name: string(p.Code), Description: p.Message, Path: p.Path.String()}
	}
	return out
}

// validation is what was found out about a document, in the form of the wire.
func validation(ps recipe.Problems) api.Validation {
	errs := findings(ps.Errors())
	return api.Validation{IsValid: len(errs) == 0, Errors: errs, Warnings: findings(ps.Warnings())}
}

// edited is the answer to an edit that succeeded: what is doubtful about it.
func edited(ps recipe.Problems) api.Validation {
	return api.Validation{IsValid: true, Errors: []api.Finding{}, Warnings: findings(ps.Warnings())}
}
