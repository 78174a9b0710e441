package dkapi

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Clients of 2016 take ids apart at # and show the third to the sixth part: recipe,
// variation, kitchen and a number (contract 5.3). They compare orders' ids as texts to
// find the latest, so the time comes first; the second part is the id by which the order
// is known to everybody else. A run's id is that of its order behind a prefix with colons,
// in which its own id is the third part.

func chronosID(o store.RecipeOrder, kitchen string) string {
	return fmt.Sprintf("%013d#%s#%s#%s#%s#%d", o.Created.UnixMilli(), o.HID, o.RecipeName, o.Variation, kitchen, o.ID)
}

func mesosID(run store.OrderRun, o store.RecipeOrder, kitchen string) string {
	return fmt.Sprintf("ct:%d:%s:%s", run.ScheduledFor.UnixMilli(), run.HID, chronosID(o, kitchen))
}

// orderID is the id of an order in either form, which clients may have escaped once more.
func orderID(text string) string {
	if parts := strings.Split(unescaped(text), "#"); len(parts) > 1 {
		return parts[1]
	}
	return unescaped(text)
}

// runID is orderID for runs.
func runID(text string) string {
	prefix, _, isComposite := strings.Cut(unescaped(text), "#")
	if parts := strings.Split(prefix, ":"); isComposite && len(parts) == 4 {
		return parts[2]
	}
	return unescaped(text)
}

// unescaped takes text as it is if what it stands for cannot be an id, nor even be looked for.
func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil && utf8.ValidString(plain) && !strings.ContainsRune(plain, 0) {
		text = plain
	}
	return strings.TrimSpace(text)
}

// none is what clients put into a path when the id is in the body.
const none = "None"

// id is the first of the members that the body has, or else the value of the path; "" if
// neither names anything (contract 1.5: ids in the body win).
func (r *Request) id(path string, members ...string) (string, error) {
	for _, name := range members {
		switch v := r.Body[name].(type) {
		case nil:
		case string:
			if v != "" && v != none {
				return v, nil
			}
		default:
			return "", refusef(400, "The member %q is wrong: expected a string.", name)
		}
	}
	if v := r.Path(path); path != "" && v != none {
		return v, nil
	}
	return "", nil
}

// orderID is the id of the order that a request is about.
func (r *Request) orderID(path string) (string, error) {
	id, err := r.id(path, "serving_book_hid", "order_id", "serving_chronos_id")
	return orderID(id), err
}

// runID is the id of the run that a request is about.
func (r *Request) runID(path string) (string, error) {
	id, err := r.id(path, "serving_hid", "orderrun_id", "serving_mesos_id")
	return runID(id), err
}
