package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// schedule is what the order says of its schedule.
func (spec OrderSpec) schedule() order.ScheduleSetting {
	return order.ScheduleSetting{Schedule: spec.Schedule, Options: schedule.Options{
		Zone: spec.TimeZone, Start: spec.Start, Expires: spec.Expires, MaxRuns: spec.MaxRuns,
	}}
}

// EditOrder changes an order: it goes on with the same runs, and the next one has what is new.
// Whatever a new order would be refused for is refused, and so is a change of an order that
// was stopped for good, and one between a schedule and a single run.
func (d *Desk) EditOrder(ctx context.Context, hid string, edit OrderEdit) (store.RecipeOrder, error) {
	o, err := d.changeOrder(ctx, hid, edit.By, func(ctx context.Context, tx *store.Tx, o *store.RecipeOrder) error {
		if err := edit.IfMatch.Check(o.Version(), "order"); err != nil {
			return err
		}
		if o.Status == string(order.Stopped) {
			return refusal.Errorf(refusal.Conflict, "Order %s was stopped for good; order anew", hid)
		}
		if err := d.chooseOverlap(ctx, tx, o, edit); err != nil {
			return err
		}
		if err := d.giveParameters(o, edit); err != nil {
			return err
		}
		if edit.Timeout != nil {
			timeout, err := checkTimeout(*edit.Timeout)
			if err != nil {
				return err
			}
			o.Timeout = timeout
		}
		if edit.Schedule != nil {
			if err := d.reschedule(ctx, tx, o, *edit.Schedule); err != nil {
				return err
			}
		}
		if edit.Paused != nil && *edit.Paused != (o.Status == string(order.Paused)) {
			if err := d.setPaused(o, *edit.Paused); err != nil {
				return err
			}
		}
		if err := d.checkEdited(ctx, tx, o, edit); err != nil {
			return err
		}
		d.edited(o)
		if err := tx.Update(ctx, o); err != nil {
			return err
		}
		return d.completeOrder(ctx, tx, o)
	})
	d.lookAgain()
	return o, err
}

// overlapOf is the overlap of an order of a variation that says own.
func overlapOf(own order.Overlap, v order.Variation) string {
	return string(cmp.Or(own, v.Overlap, order.OverlapAllow))
}

// catchUpOf is overlapOf for what an order makes up.
func catchUpOf(own order.CatchUp, v order.Variation) string {
	return string(cmp.Or(own, v.CatchUp, order.CatchUpNone))
}

// chooseOverlap gives an order the overlap of an edit, and what is made up.
func (d *Desk) chooseOverlap(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, edit OrderEdit) error {
	if edit.Overlap == nil && edit.CatchUp == nil {
		return nil
	}
	r, err := readRecipe(ctx, tx.Q, o.KitchenID, o.RecipeName)
	if err != nil {
		return err
	}
	v := r.variations.List[o.Variation]
	if edit.Overlap != nil {
		o.Overlap = overlapOf(*edit.Overlap, v)
	}
	if edit.CatchUp != nil {
		o.CatchUp = catchUpOf(*edit.CatchUp, v)
	}
	return nil
}

// checkTimeout refuses a duration that is none; "" is none of its own.
func checkTimeout(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if _, err := schedule.ParseDuration(text); err != nil {
		return "", refusal.Errorf(refusal.Invalid, "timeout: %s", err)
	}
	return text, nil
}

// edited notes that somebody has changed an order.
func (d *Desk) edited(o *store.RecipeOrder) {
	now := d.NowAfter(o.Version())
	o.Edited, o.LastModified = &now, d.NowAfter(o.LastModified)
}

// giveParameters gives an order the parameters of an edit, and its settings the members.
func (d *Desk) giveParameters(o *store.RecipeOrder, edit OrderEdit) error {
	settings := map[string]json.RawMessage{}
	if err := json.Unmarshal(o.InputSettings, &settings); err != nil {
		return fmt.Errorf("reading the settings of order %s: %w", o.HID, err)
	}
	maps.Copy(settings, edit.Settings)
	if usecase.Given(edit.Parameters) || usecase.Given(edit.SecretParameters) {
		open, secret, err := d.parametersOf(*o)
		if err != nil {
			return err
		}
		if usecase.Given(edit.Parameters) {
			open, settings["parameters"] = edit.Parameters, edit.Parameters
		}
		if usecase.Given(edit.SecretParameters) {
			secret, settings[secretParameters] = edit.SecretParameters, edit.SecretParameters
		}
		all, err := OrderSpec{Parameters: open, SecretParameters: secret}.variables()
		if err != nil {
			return err
		}
		if _, ps := order.ParseParameters(all); len(ps) > 0 {
			return refusal.Of(refusal.Invalid, "Parameters: ", ps)
		}
		if o.Parameters, err = d.sealer.SealParameters(all); err != nil {
			return err
		}
	}
	maps.DeleteFunc(settings, func(_ string, raw json.RawMessage) bool { return string(raw) == "null" })
	var err error
	o.InputSettings, err = usecase.Encode(settings)
	return err
}

// parametersOf are the parameters of an order that everybody may see, and the others.
func (d *Desk) parametersOf(o store.RecipeOrder) (open, secret json.RawMessage, err error) {
	raw, err := d.sealer.OpenParameters(o.Parameters)
	if err != nil {
		return nil, nil, err
	}
	all, ps := order.ParseParameters(raw)
	if err := refusal.Of(refusal.Invalid, "Parameters: ", ps); err != nil {
		return nil, nil, err
	}
	hidden := order.Variables{}
	for _, name := range secretsOf(o) {
		if value, given := all[name]; given {
			hidden[name] = value
			delete(all, name)
		}
	}
	if open, err = usecase.Encode(all); err == nil {
		secret, err = usecase.Encode(hidden)
	}
	return open, secret, err
}

// checkEdited makes the checks of a run for an order whose parameters are new, and hides its secrets.
func (d *Desk) checkEdited(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, edit OrderEdit) error {
	_, files := edit.Settings[inputFiles]
	_, graph := edit.Settings[graphSetting]
	if !files && !graph && !usecase.Given(edit.Parameters) && !usecase.Given(edit.SecretParameters) {
		return nil
	}
	due := d.Now()
	if o.NextFire != nil {
		due = *o.NextFire
	}
	plan, err := d.planRun(ctx, tx, *o, store.OrderRun{HID: newHID(), ScheduledFor: due}, planning{})
	if err != nil {
		return err
	}
	o.InputSettings, err = maskParameters(o.InputSettings, append(plan.secrets, secretsOf(*o)...))
	return err
}

// reschedule gives an order that has a schedule another one, and an order that runs once,
// and has not begun, another time.
func (d *Desk) reschedule(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, own order.ScheduleSetting) error {
	r, err := readRecipe(ctx, tx.Q, o.KitchenID, o.RecipeName)
	if err != nil {
		return err
	}
	setting := own.Over(r.variations.Schedule(o.Variation))
	s, ps := setting.Parse()
	if err := refusal.Of(refusal.Invalid, "", ps); err != nil {
		return err
	}
	was := order.ScheduleSetting{Schedule: o.Schedule, Options: schedule.Options{Zone: o.TimeZone, Start: o.Start, Expires: o.Expires, MaxRuns: o.MaxRuns}}
	if setting.Same(was) {
		return nil
	}
	planned, _, err := tx.OrderRuns(ctx, store.OrderRunFilter{OrderIDs: []int64{o.ID}, Statuses: []string{string(order.RunPlanned)}})
	if err != nil {
		return err
	}
	if why := was.CannotBecome(setting, len(planned) == 0); why != "" {
		return refusal.Errorf(refusal.Conflict, "Order %s: %s; order anew", o.HID, why)
	}
	now := d.Now()
	if err := refusal.Of(refusal.Invalid, "", setting.CheckDue(now.Time)); err != nil {
		return err
	}
	o.Schedule, o.TimeZone, o.Start, o.Expires, o.MaxRuns = setting.Schedule, setting.Zone, setting.Start, setting.Expires, setting.MaxRuns
	if s.IsNow() {
		return d.replan(ctx, tx, o, s, planned[0])
	}
	if o.Status == string(order.Completed) {
		o.Status, o.Ended = string(order.Active), nil
	}
	if o.Status == string(order.Active) {
		o.NextFire = d.nextOf(*o, s)
	}
	return nil
}

// replan moves the planned run of an order that runs once.
func (d *Desk) replan(ctx context.Context, tx *store.Tx, o *store.RecipeOrder, s *schedule.Schedule, run store.OrderRun) error {
	due := d.Now()
	if next, later := s.Next(d.Clock()); later {
		due = store.At(next)
	}
	run.ScheduledFor, run.LastModified, o.NextFire = due, d.Now(), &due
	return tx.Update(ctx, &run, "scheduled_for", "last_modified")
}

// nextOf is when an order with a schedule is due next; nil: never again.
func (d *Desk) nextOf(o store.RecipeOrder, s *schedule.Schedule) *store.Time {
	next, ok := s.Next(d.Clock())
	if !ok || s.MaxRuns() > 0 && o.RunCount >= s.MaxRuns() {
		return nil
	}
	return store.At(next).Ptr()
}

// PauseOrder keeps an order from starting runs; one in progress finishes. Anything but
// an active order with a schedule is a Conflict.
func (d *Desk) PauseOrder(ctx context.Context, hid string, by Actor) (store.RecipeOrder, error) {
	return d.pauseOrder(ctx, hid, by, true)
}

// UnpauseOrder lets a paused order go on with the next tick from now. If none is left,
// it is completed.
func (d *Desk) UnpauseOrder(ctx context.Context, hid string, by Actor) (store.RecipeOrder, error) {
	o, err := d.pauseOrder(ctx, hid, by, false)
	d.lookAgain()
	return o, err
}

func (d *Desk) pauseOrder(ctx context.Context, hid string, by Actor, paused bool) (store.RecipeOrder, error) {
	return d.changeOrder(ctx, hid, by, func(ctx context.Context, tx *store.Tx, o *store.RecipeOrder) error {
		if err := d.setPaused(o, paused); err != nil {
			return err
		}
		d.edited(o)
		if err := tx.Update(ctx, o); err != nil {
			return err
		}
		return d.completeOrder(ctx, tx, o)
	})
}

// setPaused pauses an order, or lets it go on.
func (d *Desk) setPaused(o *store.RecipeOrder, paused bool) error {
	s, err := scheduleOf(*o)
	switch {
	case err != nil:
		return err
	case paused && s.IsNow():
		return refusal.Errorf(refusal.Conflict, "Order %s runs only once, so there is nothing to pause; stop it instead", o.HID)
	case paused && o.Status != string(order.Active):
		return refusal.Errorf(refusal.Conflict, "Order %s is not active but %s; only an active order can be paused", o.HID, o.Status)
	case !paused && o.Status != string(order.Paused):
		return refusal.Errorf(refusal.Conflict, "Order %s is not paused but %s", o.HID, o.Status)
	}
	if o.Status, o.NextFire = string(order.Paused), nil; !paused {
		o.Status, o.NextFire = string(order.Active), d.nextOf(*o, s)
	}
	return nil
}
