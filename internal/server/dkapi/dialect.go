package dkapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Config is what the dialect works with.
type Config struct {
	Store  *store.Store
	Orders *orders.Desk
	Auth   *auth.Service
	// StaffOnly hides kitchens that have a staff list from those whom it does not have.
	StaffOnly bool
	Now       func() time.Time
}

// Dialect answers the requests of v2. Answers are those of "2018 and later" (contract,
// "Dialects"), with the members of 2016 beside them, and the structured form of the order
// list on request.
type Dialect struct{ Config }

// New makes the dialect.
func New(cfg Config) *Dialect { return &Dialect{cfg} }

// A Route is a path, as a pattern of http.ServeMux without method, and what can be done there.
type Route struct {
	Path    string
	Methods map[string]Endpoint
}

// An Endpoint is one method of a route.
type Endpoint struct {
	Role    auth.Role // the least that the sender must have
	Creates bool      // takes an Idempotency-Key
	Edits   bool      // takes an If-Match
	Unsafe  bool      // a GET that changes something: there is no HEAD
	Reads   bool      // changes nothing, whatever the method
	Login   bool      // takes a form whatever its label
	Handle  func(context.Context, *Request) (*Answer, error)
}

// A Request is what package server has made of an HTTP request.
type Request struct {
	auth.Identity // zero for endpoints that are open to anyone
	auth.Origin
	Path    func(string) string     // values of the path, decoded
	Query   url.Values              //
	Body    map[string]any          // numbers are json.Number; nil without a body
	HasBody bool                    // also for an empty object
	Key     *usecase.IdempotencyKey // of an endpoint that creates; nil: none
	IfMatch usecase.IfMatch         // of an endpoint that edits; nil: any
	secrets []string                // names of variables that it does not show; nil: not asked for
}

// An Answer is JSON, or bare text.
type Answer struct {
	Status       int // 0: 200
	Body         any
	Text         string      // instead of Body
	LastModified *store.Time // of the thing, for its entity tag; nil: none
	Replayed     bool        // an earlier request with the same key has done it
}

func ok(body any) (*Answer, error) { return &Answer{Body: body}, nil }

// by is who asks.
func (r *Request) by() orders.Actor {
	return orders.Actor{Name: r.User.Username, Admin: r.Role() == auth.Admin}
}

// decode reads the body into a struct of package api; names are those of its JSON.
func (r *Request) decode(into any) error { return decodeMembers(r.Body, into) }

func decodeMembers(members map[string]any, into any) error {
	raw, err := encode(members)
	if err != nil {
		return err
	}
	err = json.Unmarshal(raw, into)
	if wrong, isType := errors.AsType[*json.UnmarshalTypeError](err); isType {
		return refusef(http.StatusBadRequest, "The member %q is wrong: found %s, expected %s.", wrong.Field, wrong.Value, kindOf(wrong.Type.String()))
	}
	if err != nil {
		return refusef(http.StatusBadRequest, "The body could not be read: %s.", err)
	}
	return nil
}

// kindOf names a Go type as JSON has it.
func kindOf(goType string) string {
	switch {
	case goType == "string":
		return "a string"
	case goType == "bool":
		return "a boolean"
	case goType == "float64":
		return "a number"
	case goType == "int", goType == "int64":
		return "an integer"
	case len(goType) > 1 && goType[:2] == "[]":
		return "an array"
	}
	return "an object"
}

// encode writes a value anew: without duplicate names or escapes that some databases refuse.
func encode(value any) (json.RawMessage, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}
