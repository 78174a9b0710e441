package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Error is an answer that is not a success, rebuilt by the client from what the
// server sent, so that callers decide by Status and never by text.
type Error struct {
	Status     int           // HTTP status
	Detail     string        // the server's words
	Problems   []Finding     // single findings, if the server gave them
	Method     string        // of the request
	Path       string        // of the request
	RequestID  string        // the answer's X-Request-Id
	RetryAfter time.Duration // 0: the server did not say
	Foreign    bool          // the answer is not in the form of the API: a proxy's, or another server's
}

// Error gives status, words and request id on one line.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// ErrorBody is the JSON of an error (contract 0.2): detail for people, and, as
// ours, the single findings behind it.
type ErrorBody struct {
	Detail   string    `json:"detail"`
	Problems []Finding `json:"problems,omitempty"`
}

// IsNotFound reports whether err says that the thing asked for does not exist (404, 410).
// A proxy that cannot find the backend says 404, too, and knows nothing of the thing.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !e.Foreign && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// IsUnauthorized reports whether err says that the credentials are missing or wrong (401).
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsForbidden reports whether err says that the user may not do this (403).
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

// IsInvalid reports whether err says that the request is wrong (400, 422).
func IsInvalid(err error) bool {
	return hasStatus(err, http.StatusBadRequest, http.StatusUnprocessableEntity)
}

// IsConflict reports whether err says that something else has come in between (409, 412).
func IsConflict(err error) bool {
	return hasStatus(err, http.StatusConflict, http.StatusPreconditionFailed)
}

func hasStatus(err error, statuses ...int) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, s := range statuses {
		if e.Status == s {
			return true
		}
	}
	return false
}
