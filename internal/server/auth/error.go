package auth

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of refusal an Error is. The wire maps it to a status.
type Code string

// The codes of an Error.
const (
	Unauthenticated Code = "unauthenticated" // no or bad credentials
	TooMany         Code = "too-many"        // not now: RetryAfter says when
	Invalid         Code = "invalid"         // the request breaks a rule
	Forbidden       Code = "forbidden"       // not for this user
	Conflict        Code = "conflict"        // something else is in the way
	Unavailable     Code = "unavailable"     // a dependency is down: RetryAfter says when to try again
)

// Error is a refusal. Message is a sentence for the one who asked.
type Error struct {
	Code       Code
	Message    string
	RetryAfter time.Duration // 0: not known
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

func errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// invalid is a broken rule as a refusal.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return errorf(Invalid, "%s", err)
}

// ErrBadCredentials is what a login with a wrong name or password comes to. Each
// place that takes credentials says it in its own way.
var ErrBadCredentials = errors.New("bad credentials")

func errBadToken() *Error { return errorf(Unauthenticated, "Invalid token.") }
