package page

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// An orderAction is something that can be done with an order or a run of one.
type orderAction struct {
	Word    string // of the button: "Pause"
	Path    string // of the API
	Heading string // with the order's name
	Will    []string
	Danger  bool
	OfRun   bool
}

// orderActions are what can be done, by the last part of their path.
func orderActions() map[string]orderAction {
	return map[string]orderAction{
		"orders/pause":   {"Pause", "/v2/order/pause/", "Pause order %s?", []string{"It starts no more runs until it is resumed. A run in progress finishes.", "Runs that would have been due meanwhile are not made up."}, false, false},
		"orders/unpause": {"Resume", "/v2/order/unpause/", "Resume order %s?", []string{"It goes on with the next tick of its schedule from now."}, false, false},
		"orders/run":     {"Run now", "/v2/order/run/", "Run order %s now?", []string{"A run starts beside the schedule, with the variables as they are now. The next run that is due stays due."}, false, false},
		"orders/stop":    {"Stop", "/v2/order/stop/", "Stop order %s for good?", []string{"It starts no more runs, ever, and those in progress are stopped: their jobs are canceled.", "The records stay."}, true, false},
		"runs/resume":    {"Resume run", "/v2/order/resume/", "Resume the run of %s?", []string{"A new run of the same order takes over what has COMPLETED and runs the rest again.", "Its variables are read again, for the same times."}, false, true},
		"runs/stop":      {"Stop run", "/v2/serving/stop/", "Stop the run of %s?", []string{"Its jobs are canceled. An order that runs once is stopped with it; others go on with their next run."}, true, true},
	}
}

// placeToChange is the order of the path's id, or of the run that it names.
func (v *visit) placeToChange(ctx context.Context, a orderAction) (place, error) {
	if err := v.need(auth.Operator); err != nil {
		return place{}, err
	}
	hid := v.PathValue("hid")
	if !a.OfRun {
		_, at, err := v.orderHere(ctx, hid)
		return at, err
	}
	run, err := v.page.Store.OrderRunByHID(ctx, hid)
	if err != nil {
		return place{}, err
	}
	row, err := v.page.Store.RecipeOrder(ctx, run.OrderID)
	if err != nil {
		return place{}, err
	}
	_, at, err := v.orderHere(ctx, row.HID)
	at.Run = run
	return at, err
}

func (p *Page) askOrder(a orderAction) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		at, err := v.placeToChange(ctx, a)
		if err != nil {
			return nil, err
		}
		name := at.Order.RecipeName + " / " + at.Order.Variation
		owner, err := v.ownerNamed(ctx, api.OriginOrder, at.Order.HID)
		if err != nil {
			return nil, err
		}
		return v.ask(question{Heading: fmt.Sprintf(a.Heading, name), Button: a.Word + " " + name, Will: a.Will, Danger: a.Danger,
			Warning: warn(owner, "change the resource to agree"), Back: Prefix + "orders/" + at.Order.HID}), nil
	}
}

func (p *Page) doOrder(a orderAction) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		at, err := v.placeToChange(ctx, a)
		if err != nil {
			return nil, err
		}
		var done api.OrderCreated
		key := ""
		if strings.HasSuffix(a.Path, "/run/") || strings.HasSuffix(a.Path, "/resume/") {
			key = v.once()
		}
		body := map[string]string{"kitchen_name": at.Kitchen}
		var raw json.RawMessage
		if err := v.call.send(ctx, http.MethodPut, a.Path+url.PathEscape(v.PathValue("hid")), key, body, &raw); err != nil {
			return nil, err
		}
		_ = json.Unmarshal(raw, &done) // of those that answer with what they made
		if run, err := p.Store.OrderRunByHID(ctx, done.ServingHID); done.ServingHID != "" && err == nil && run.RecipeID != nil {
			return &sheet{location: fmt.Sprintf("%srecipes/%d", Prefix, *run.RecipeID)}, nil
		}
		return &sheet{location: Prefix + "orders/" + at.Order.HID}, nil
	}
}
