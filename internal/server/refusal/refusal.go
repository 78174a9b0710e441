package refusal

import (
	"errors"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Code says what kind of refusal an Error is. The dialects map it to their statuses.
type Code string

// The codes of an Error.
const (
	Invalid      Code = "invalid"       // the request breaks a rule
	NotFound     Code = "not-found"     // what was asked for does not exist
	Conflict     Code = "conflict"      // something else is in the way or came in between
	Inactive     Code = "inactive"      // the type is inactive
	InvalidInput Code = "invalid-input" // the data does not fit the interface
	TooLarge     Code = "too-large"     // beyond a limit
	Forbidden    Code = "forbidden"     // not for this user
	Precondition Code = "precondition"  // the object is not the version that the request is for
	Mismatch     Code = "mismatch"      // the idempotency key belongs to another request
	Unavailable  Code = "unavailable"   // not now: stopping, or a dependency is down
	Internal     Code = "internal"      // a fault of ours or of the machine
)

// Error is a refusal. Message is a sentence for the one who asked; Problems are
// the single findings behind it, if there are any.
type Error struct {
	Code     Code
	Message  string
	Problems recipe.Problems
	Err      error // the cause, for logs
}

// Error gives the message, and the cause if there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the *Error within err, NotFound for a missing row,
// Unavailable for a locked database, and Internal for everything else.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if errors.Is(err, store.ErrNotFound) {
		return NotFound
	}
	if errors.Is(err, store.ErrLocked) {
		return Unavailable
	}
	return Internal
}

// Errorf is a refusal whose message is formatted as by fmt.Sprintf.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Found turns a missing row into a NotFound and leaves every other error alone.
func Found(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &Error{Code: NotFound, Message: err.Error()}
	}
	return err
}

// Of returns nil if ps holds no errors. Otherwise an Error whose message is
// prefix and the first error: the one that the original service reports.
func Of(code Code, prefix string, ps recipe.Problems) error {
	errs := ps.Errors()
	if len(errs) == 0 {
		return nil
	}
	return &Error{Code: code, Message: prefix + errs[0].Message, Problems: ps}
}
