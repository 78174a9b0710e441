package dkapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
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

	warnings []string // about the body
}

// An Answer is JSON, or bare text.
type Answer struct {
	Status       int // 0: 200
	Body         any
	Text         string      // instead of Body
	LastModified *store.Time // of the thing, for its entity tag; nil: none
	Replayed     bool        // an earlier request with the same key has done it
	Warnings     []string    // about the body of the request
}

func ok(body any) (*Answer, error) { return &Answer{Body: body}, nil }

// by is who asks.
func (r *Request) by() orders.Actor {
	return orders.Actor{Name: r.User.Username, Admin: r.Role() == auth.Admin}
}

// decode reads the body into a struct of package api; names are those of its JSON.
func (r *Request) decode(into any) error { return r.decodeMembers(r.Body, into) }

// decodeMembers reads members into a struct. Those that it does not know, as they are
// spelled, mean nothing and are warned of.
func (r *Request) decodeMembers(members map[string]any, into any) error {
	known, taken := namesOf(into), map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch {
		case slices.Contains(known, name):
			taken[name] = exact(members[name])
		case !slices.Contains(othersNames(), name):
			r.warnings = append(r.warnings, fmt.Sprintf("The member '%s' is not known here and was ignored%s",
				recipe.Shorten(name), cmp.Or(recipe.DidYouMean(name, known), ".")))
		}
	}
	raw, err := encode(taken)
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

// namesOf are the names that the members of a struct have in JSON.
func namesOf(into any) []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(into).Elem()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// othersNames are members that clients send with any request, as the contract has them.
func othersNames() []string {
	return []string{"kitchen_name", "kitchen", "message", "order_id", "orderrun_id", "serving_hid", "serving_book_hid", "serving_chronos_id",
		"serving_mesos_id", "ingredient_owner_order_run", "status", "runstatus", "disp_order_id", "disp_orderrun_id", "skipCompile", "skipFormat"}
}

// exact is a number as an integer if it is one: clients write 3.0 for 3.
func exact(value any) any {
	if n, isNumber := value.(json.Number); isNumber {
		if i, isWhole := recipe.Whole(n); isWhole {
			return i
		}
	}
	return value
}

// Warned is the body of an answer with the warnings beside its members.
type Warned struct {
	Body     any // becomes a JSON object
	Warnings []string
}

// MarshalJSON writes the object with one more member.
func (w Warned) MarshalJSON() ([]byte, error) {
	body, err := encode(w.Body)
	if err != nil {
		return nil, err
	}
	warnings, err := encode(w.Warnings)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `%s, "warnings": %s}`, bytes.TrimSuffix(body, []byte("}")), warnings), nil
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
