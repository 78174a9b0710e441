package dkapi

import (
	"context"
	"errors"
	"maps"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Orders and what can be done with them: contract 1.5.

func (d *Dialect) createOrder(ctx context.Context, r *Request) (*Answer, error) {
	return d.submit(ctx, r, nil)
}

// createOrderOfGraph is an order of the graph in the body, now unless the body says
// otherwise.
func (d *Dialect) createOrderOfGraph(ctx context.Context, r *Request) (*Answer, error) {
	return d.submit(ctx, r, map[string]any{"schedule": "now"})
}

// createOrderOfNode is the form of 2016 for a graph of one node.
func (d *Dialect) createOrderOfNode(ctx context.Context, r *Request) (*Answer, error) {
	return d.submit(ctx, r, map[string]any{"schedule": "now", "graph-setting": []any{[]any{r.Path("node")}}})
}

// submit makes an order of the body's members; implied are those that the path stands for.
func (d *Dialect) submit(ctx context.Context, r *Request, implied map[string]any) (*Answer, error) {
	body := maps.Clone(implied)
	if body == nil {
		body = map[string]any{}
	}
	for name, value := range r.Body {
		if value != nil {
			body[name] = value
		}
	}
	spec, err := orderSpec(r, body)
	if err != nil {
		return nil, refusedOrder(err)
	}
	row, err := d.Orders.CreateOrder(ctx, spec)
	if err != nil {
		return nil, refusedOrder(err)
	}
	a, err := d.orderAnswer(ctx, r, row, row.HID)
	if err != nil {
		return nil, err
	}
	a.Replayed = r.replayed()
	return a, nil
}

func orderSpec(r *Request, body map[string]any) (orders.OrderSpec, error) {
	var create api.OrderCreate
	if err := r.decodeMembers(body, &create); err != nil {
		return orders.OrderSpec{}, err
	}
	if err := checkObjects(body); err != nil {
		return orders.OrderSpec{}, err
	}
	overlap, err := order.ParseOverlap(create.Overlap)
	if err != nil {
		return orders.OrderSpec{}, refusef(400, `The member "overlap" is wrong: %s.`, err)
	}
	catchUp, err := order.ParseCatchUp(create.CatchUp)
	if err != nil {
		return orders.OrderSpec{}, refusef(400, `The member "catch-up" is wrong: %s.`, err)
	}
	settings, err := inputSettings(r, body)
	return orders.OrderSpec{
		Kitchen: r.Path("kitchen"), Recipe: r.Path("recipe"), Variation: r.Path("variation"), Parameters: create.Parameters, SecretParameters: create.SecretParameters,
		Schedule: create.Schedule, TimeZone: create.TimeZone, Start: create.Start, Expires: create.Expires, MaxRuns: create.MaxRuns, Overlap: overlap, CatchUp: catchUp,
		Paused: create.Paused, Timeout: create.Timeout, GraphSetting: create.GraphSetting, InputSettings: settings, By: r.by(), Key: r.Key,
	}, err
}

// checkObjects refuses members that have to be objects and are not.
func checkObjects(body map[string]any) error {
	for _, name := range []string{"parameters", "secret-parameters", "input-files"} {
		if v, given := body[name]; given {
			if _, isObject := v.(map[string]any); !isObject {
				return refusef(400, `The member %q is wrong: expected an object by name.`, name)
			}
		}
	}
	return nil
}

// inputSettings echo the request, and say who made it.
func inputSettings(r *Request, body map[string]any) (store.JSON, error) {
	out := maps.Clone(body)
	if out["parameters"] == nil {
		out["parameters"] = map[string]any{}
	}
	who := userInfo(r.Identity)
	maps.Copy(out, map[string]any{
		"login": who.Name, "email": who.Email, "email_verified": who.EmailVerified, "role": who.Role, "user_id": who.UserID,
		"customer_name": who.CustomerName, "customer_git_name": who.CustomerGitName, "customer_git_org": who.CustomerGitOrg,
	})
	return encode(out)
}

// orderAnswer names an order; serving is the id of what has been made. The parameters
// are those of the input settings, which show no secrets.
func (d *Dialect) orderAnswer(ctx context.Context, r *Request, row store.RecipeOrder, serving string) (*Answer, error) {
	kitchen, err := d.Store.Kitchen(ctx, row.KitchenID)
	if err != nil {
		return nil, err
	}
	return &Answer{Body: api.OrderCreated{Status: "success", OrderID: row.HID, ServingHID: serving,
		ServingChronosID: chronosID(row, kitchen.Name), VariableOverrides: objectOr(members(r.inputSettings(row))["parameters"])}}, nil
}

// An action is what is done with an order or a run.
type action func(ctx context.Context, r *Request, hid string) error

// onOrder makes an endpoint of what is done with the order that a request is about.
func onOrder(do action) func(context.Context, *Request) (*Answer, error) {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		hid, err := r.aboutOrder()
		if err != nil {
			return nil, err
		}
		if err := do(ctx, r, hid); err != nil {
			return nil, err
		}
		return done()
	}
}

// onRun is onOrder for runs.
func onRun(do action) func(context.Context, *Request) (*Answer, error) {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		hid, err := r.aboutRun()
		if err != nil {
			return nil, err
		}
		if err := do(ctx, r, hid); err != nil {
			return nil, err
		}
		return done()
	}
}

// aboutOrder is the id of the order that a request has to be about.
func (r *Request) aboutOrder() (string, error) {
	hid, err := r.orderID("order")
	if err == nil && hid == "" {
		err = notExist("The order %q", none)
	}
	return hid, errors.Join(err, r.decode(&api.OrderRef{}))
}

// aboutRun is aboutOrder for runs.
func (r *Request) aboutRun() (string, error) {
	hid, err := r.runID("run")
	if err == nil && hid == "" {
		err = notExist("The order run %q", none)
	}
	return hid, errors.Join(err, r.decode(&api.OrderRef{}))
}

func (d *Dialect) stopOrder(ctx context.Context, r *Request, hid string) error {
	_, err := d.Orders.StopOrder(ctx, hid, r.by())
	return err
}

func (d *Dialect) pauseOrder(ctx context.Context, r *Request, hid string) error {
	_, err := d.Orders.PauseOrder(ctx, hid, r.by())
	return err
}

func (d *Dialect) unpauseOrder(ctx context.Context, r *Request, hid string) error {
	_, err := d.Orders.UnpauseOrder(ctx, hid, r.by())
	return err
}

func (d *Dialect) deleteOrder(ctx context.Context, r *Request, hid string) error {
	return d.Orders.DeleteOrder(ctx, hid, r.by())
}

func (d *Dialect) deleteOrders(ctx context.Context, r *Request) (*Answer, error) {
	if err := d.Orders.DeleteOrders(ctx, r.Path("kitchen"), r.by()); err != nil {
		return nil, err
	}
	return done()
}

func (d *Dialect) stopRun(ctx context.Context, r *Request, hid string) error {
	_, err := d.Orders.StopRun(ctx, hid, r.by())
	return err
}

func (d *Dialect) deleteRun(ctx context.Context, r *Request, hid string) error {
	return d.Orders.DeleteRun(ctx, hid, r.by())
}

// runOrder (ours) answers with the order and the new run.
func (d *Dialect) runOrder(ctx context.Context, r *Request) (*Answer, error) {
	hid, err := r.aboutOrder()
	if err != nil {
		return nil, err
	}
	run, err := d.Orders.RunOrder(ctx, hid, r.by(), r.Key)
	return d.runAnswer(ctx, r, run, err)
}

// resumeRun answers with the order and the new run.
func (d *Dialect) resumeRun(ctx context.Context, r *Request) (*Answer, error) {
	hid, err := r.aboutRun()
	if err != nil {
		return nil, err
	}
	run, err := d.Orders.ResumeRun(ctx, hid, r.by(), r.Key)
	return d.runAnswer(ctx, r, run, err)
}

// runAnswer names a run that a request has started, unless it failed, with its order.
func (d *Dialect) runAnswer(ctx context.Context, r *Request, run store.OrderRun, err error) (*Answer, error) {
	if err != nil {
		return nil, err
	}
	row, err := d.Store.RecipeOrder(ctx, run.OrderID)
	if err != nil {
		return nil, err
	}
	a, err := d.orderAnswer(ctx, r, row, run.HID)
	if err != nil {
		return nil, err
	}
	a.Replayed = r.replayed()
	return a, nil
}
