package orders

import (
	"context"
	"encoding/json"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// CreateOrder submits an order, after all checks that a run makes. One that runs at once
// has its run when this returns; one that runs once at a later time has a planned run.
// EditOrder changes it. InputSettings are stored
// with the values of secret settings replaced by asterisks: show its "parameters" rather
// than Parameters.
func (d *Desk) CreateOrder(ctx context.Context, spec OrderSpec) (store.RecipeOrder, error) {
	var o store.RecipeOrder
	if _, ps := order.ParseParameters(spec.Parameters); len(ps) > 0 {
		return o, refusal.Of(refusal.Invalid, "Parameters: ", ps)
	}
	err := d.Once(ctx, spec.Key, usecase.MadeOrder, func(ctx context.Context, tx *store.Tx) (usecase.Made, error) {
		k, err := tx.KitchenInPlace(ctx, spec.Kitchen)
		if err != nil {
			return usecase.Made{}, refusal.Found(err)
		}
		if err := spec.By.mayChange(k); err != nil {
			return usecase.Made{}, err
		}
		same, err := d.sealer.Fingerprint(k.ID, spec.Recipe, spec.Variation, spec.Parameters, spec.Schedule, spec.TimeZone, spec.Start,
			spec.Expires, spec.MaxRuns, spec.Overlap, spec.GraphSetting, spec.SecretParameters, spec.Paused, spec.CatchUp, spec.Timeout)
		if err != nil {
			return usecase.Made{}, err
		}
		lost, err := spec.Key.FindLost(ctx, tx, usecase.MadeOrder, same, func(id int64) (err error) {
			if o, err = tx.RecipeOrder(ctx, id); err == nil && order.Status(o.Status) == order.Stopped {
				return store.ErrNotFound // somebody has ended it, for good
			}
			return err
		})
		if err == nil && !lost {
			o, err = d.submit(ctx, tx, k, spec)
		}
		return usecase.Made{ID: o.ID, Name: o.HID, Fingerprint: same}, err
	}, func(ctx context.Context, tx *store.Tx, key store.IdempotencyKey) (err error) {
		o, err = tx.RecipeOrder(ctx, key.ObjectID)
		return refusal.Found(err)
	})
	d.lookAgain()
	return o, err
}

func (d *Desk) submit(ctx context.Context, tx *store.Tx, k store.Kitchen, spec OrderSpec) (store.RecipeOrder, error) {
	now := d.Now()
	o := store.RecipeOrder{
		HID: newHID(), KitchenID: k.ID, RecipeName: spec.Recipe, Variation: spec.Variation,
		InputSettings: spec.InputSettings, Username: spec.By.Name, Status: string(order.Active), Created: now, LastModified: now,
	}
	var err error
	if o.Parameters, err = spec.variables(); err != nil {
		return o, err
	}
	if o.InputSettings, err = withGraph(o.InputSettings, spec.GraphSetting); err != nil {
		return o, err
	}
	r, err := readRecipe(ctx, tx.Q, k.ID, spec.Recipe)
	if err != nil {
		return o, err
	}
	v, err := r.variation(spec.Recipe, spec.Variation)
	if err != nil {
		return o, err
	}
	if o.Timeout, err = checkTimeout(spec.Timeout); err != nil {
		return o, err
	}
	o.Overlap, o.CatchUp = overlapOf(spec.Overlap, v), catchUpOf(spec.CatchUp, v)
	setting := spec.schedule().Over(r.variations.Schedule(spec.Variation))
	o.Schedule, o.TimeZone, o.Start, o.Expires, o.MaxRuns = setting.Schedule, setting.Zone, setting.Start, setting.Expires, setting.MaxRuns
	s, ps := setting.Parse()
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return o, err
	}
	if spec.Paused && s.IsNow() {
		return o, refusal.Errorf(refusal.Invalid, "paused: the order runs only once, and its run is made with it; leave the order out as long as it is not to run, or give it a schedule")
	}
	next, later := s.Next(now.Time)
	run := store.OrderRun{HID: newHID(), ScheduledFor: now}
	if later {
		run.ScheduledFor = store.At(next)
	}
	plan, err := d.planRun(ctx, tx, o, run, planning{starts: s.IsNow() && !later})
	if later = later || waits(err, now.Time); later && waits(err, now.Time) {
		next, err = now.Time, nil // its run is planned, and waits for its files
		o.Waiting = &now
	}
	if err != nil {
		return o, err
	}
	if o.InputSettings, err = maskParameters(o.InputSettings, plan.secrets); err != nil {
		return o, err
	}
	if err := refusal.Of(refusal.Invalid, "", setting.CheckDue(now.Time)); err != nil {
		return o, err
	}
	switch {
	case spec.Paused:
		o.Status = string(order.Paused)
	case later:
		o.NextFire = store.At(next).Ptr()
	}
	if o.Parameters, err = d.sealer.SealParameters(o.Parameters); err != nil {
		return o, err
	}
	if err := tx.Insert(ctx, &o); err != nil {
		return o, err
	}
	run.OrderID = o.ID
	switch {
	case later && s.IsNow():
		run.Status, run.Variables = string(order.RunPlanned), store.JSON("{}")
		run.Created, run.LastModified = now, now
		return o, tx.Insert(ctx, &run)
	case later:
		return o, nil
	}
	o.RunCount = 1
	if err := tx.Update(ctx, &o, "run_count"); err != nil {
		return o, err
	}
	if err := d.begin(ctx, tx, &run, plan, o.Username); err != nil {
		return o, err
	}
	return tx.RecipeOrder(ctx, o.ID)
}

// maskParameters hides the values of secrets in what is given back to everybody.
func maskParameters(settings store.JSON, secrets []string) (store.JSON, error) {
	if !usecase.Given(settings) {
		return store.JSON("{}"), nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(settings, &members); err != nil {
		return nil, refusal.Errorf(refusal.Invalid, "The order's settings have to be a JSON object")
	}
	for _, name := range []string{"parameters", secretParameters} {
		parameters, ps := order.ParseParameters(members[name])
		if err := refusal.Of(refusal.Invalid, name+": ", ps); err != nil {
			return nil, err
		}
		if len(parameters) == 0 {
			continue
		}
		masked, err := usecase.Encode(parameters.Masked(secrets))
		if err != nil {
			return nil, err
		}
		members[name] = masked
	}
	return usecase.Encode(members)
}

// scheduleOf reads the schedule of an order, which was checked when it was submitted.
func scheduleOf(o store.RecipeOrder) (*schedule.Schedule, error) {
	s, ps := order.ScheduleSetting{Schedule: o.Schedule, Options: schedule.Options{
		Zone: o.TimeZone, Start: o.Start, Expires: o.Expires, MaxRuns: o.MaxRuns,
	}}.Parse()
	return s, ps.Err()
}

// changeOrder changes an order for who may do so.
func (d *Desk) changeOrder(ctx context.Context, hid string, by Actor, change func(context.Context, *store.Tx, *store.RecipeOrder) error) (store.RecipeOrder, error) {
	var o store.RecipeOrder
	err := d.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if o, err = lockOrder(ctx, tx, hid, by); err != nil {
			return err
		}
		return change(ctx, tx, &o)
	})
	return o, err
}

// lockOrder locks an order for who may change it.
func lockOrder(ctx context.Context, tx *store.Tx, hid string, by Actor) (store.RecipeOrder, error) {
	o, err := tx.RecipeOrderByHID(ctx, hid)
	if err != nil {
		return o, refusal.Found(err)
	}
	k, err := tx.Kitchen(ctx, o.KitchenID)
	if err != nil {
		return o, err
	}
	if err := by.mayChange(k); err != nil {
		return o, err
	}
	o, err = tx.LockRecipeOrder(ctx, o.ID)
	return o, refusal.Found(err)
}

// StopOrder ends an order for good and stops its runs; the records stay. To stop one
// that is stopped already is nothing to do; one that has ended otherwise is a Conflict.
func (d *Desk) StopOrder(ctx context.Context, hid string, by Actor) (store.RecipeOrder, error) {
	o, err := d.changeOrder(ctx, hid, by, func(ctx context.Context, tx *store.Tx, o *store.RecipeOrder) error {
		switch status := order.Status(o.Status); {
		case status == order.Stopped:
			return nil
		case status.HasEnded():
			return refusal.Errorf(refusal.Conflict, "Order %s has ended already (%s); there is nothing to stop", hid, o.Status)
		}
		return d.endOrder(ctx, tx, o, order.Stopped)
	})
	if err != nil {
		return o, err
	}
	return o, d.stopRuns(ctx, o)
}

// endOrder ends an order whose row is locked.
func (d *Desk) endOrder(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, status order.Status) error {
	now := d.Now()
	o.Status, o.NextFire, o.Ended, o.LastModified = string(status), nil, &now, now
	return tx.Update(ctx, o)
}

// unended are the statuses of runs that go on or will.
func unended() []string { return []string{string(order.RunPlanned), string(order.RunActive)} }

// openRuns is one of the runs that the filter keeps and that go on or will, and how many there are.
func openRuns(ctx context.Context, tx *store.Tx, f store.OrderRunFilter) ([]store.OrderRun, int, error) {
	f.Statuses, f.PageSize = unended(), 1
	return tx.OrderRuns(ctx, f)
}

// completeOrder completes an order with a schedule that has no tick and no run left.
func (d *Desk) completeOrder(ctx context.Context, tx *store.Tx, o *store.RecipeOrder) error {
	if o.Status != string(order.Active) || o.NextFire != nil {
		return nil
	}
	_, n, err := openRuns(ctx, tx, store.OrderRunFilter{OrderIDs: []int64{o.ID}})
	if err != nil || n > 0 {
		return err
	}
	return d.endOrder(ctx, tx, o, order.Completed)
}

// DeleteOrder stops an order and removes it with its runs; their recipes stay.
func (d *Desk) DeleteOrder(ctx context.Context, hid string, by Actor) error {
	for {
		o, err := d.changeOrder(ctx, hid, by, func(ctx context.Context, tx *store.Tx, o *store.RecipeOrder) error {
			if order.Status(o.Status).HasEnded() {
				return nil
			}
			return d.endOrder(ctx, tx, o, order.Stopped)
		})
		if err != nil {
			return err
		}
		if err := d.stopRuns(ctx, o); err != nil {
			return err
		}
		if gone, err := d.removeOrder(ctx, o.ID); gone || err != nil {
			return err
		}
	}
}

// removeOrder removes an order that has ended. One of which somebody has resumed a run
// meanwhile stays, or its recipe would go on for no order.
func (d *Desk) removeOrder(ctx context.Context, id int64) (gone bool, err error) {
	err = d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		gone = false
		if _, err := tx.LockRecipeOrder(ctx, id); err != nil {
			return refusal.Found(err)
		}
		_, n, err := openRuns(ctx, tx, store.OrderRunFilter{OrderIDs: []int64{id}})
		if err != nil || n > 0 {
			return err
		}
		gone = true
		return refusal.Found(tx.DeleteRecipeOrder(ctx, id))
	})
	return gone, err
}

// DeleteOrders deletes all orders of a kitchen.
func (d *Desk) DeleteOrders(ctx context.Context, kitchen string, by Actor) error {
	k, err := d.Store.KitchenByName(ctx, kitchen)
	if err != nil {
		return refusal.Found(err)
	}
	if err := by.mayChange(k); err != nil {
		return err
	}
	rows, _, err := d.Store.RecipeOrders(ctx, store.RecipeOrderFilter{KitchenIDs: []int64{k.ID}})
	if err != nil {
		return err
	}
	for _, o := range rows {
		if err := d.DeleteOrder(ctx, o.HID, by); err != nil && refusal.CodeOf(err) != refusal.NotFound {
			return err
		}
	}
	return nil
}
