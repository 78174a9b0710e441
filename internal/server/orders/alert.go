package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// maxDestinations is how many destinations hear of one event of a run: the kitchen's
// first, then those of the run's variables.
const maxDestinations = 50

// alert queues, in the transaction in which something has happened to a run, one message
// to each destination of the run's kitchen (its own settings) and of the run's variables
// (order.Destinations). The same event of a run alerts once, however often it is called.
func (d *Desk) alert(ctx context.Context, tx *store.Tx, run store.OrderRun, event order.Event) error {
	o, err := tx.RecipeOrder(ctx, run.OrderID)
	if err != nil {
		return err
	}
	k, err := tx.Kitchen(ctx, o.KitchenID)
	if err != nil {
		return err
	}
	to, err := destinations(k, run, event)
	if err != nil || len(to) == 0 {
		return err
	}
	if len(to) > maxDestinations {
		d.Log.WarnContext(ctx, "an event has too many destinations; the last ones are left out", slog.String("run", run.HID),
			slog.String("event", string(event)), slog.Int("destinations", len(to)), slog.Int("limit", maxDestinations))
		to = to[:maxDestinations]
	}
	now := d.Now()
	m := alert.Message{
		Version: alert.Version, Event: event, Time: now.Time, Kitchen: k.Name, Recipe: o.RecipeName, Variation: o.Variation,
		OrderID: o.HID, OrderRunID: run.HID, Status: order.RunStatus(run.Status), Scheduled: run.ScheduledFor.Time,
		Started: run.Started.Std(), Ended: run.Ended.Std(), MaxDuration: run.MaxDuration, RecipeID: run.RecipeID,
		Error: usecase.Clip(run.Error), FailedNodes: []alert.FailedNode{},
	}
	if run.RecipeID != nil {
		failed, err := failedNodes(ctx, tx, *run.RecipeID, "")
		if err != nil {
			return err
		}
		m.FailedNodeCount = len(failed)
		m.FailedNodes = append(m.FailedNodes, failed[:min(len(failed), alert.MaxFailedNodes)]...)
	}
	payload, err := usecase.Encode(m)
	if err != nil {
		return err
	}
	var ds []alertDelivery
	for _, destination := range to {
		row := store.Alert{OrderRunID: run.ID, Event: string(event), Destination: destination, Status: store.AlertQueued,
			Payload: payload, Created: now}
		fresh, err := tx.InsertAlert(ctx, &row)
		if err != nil {
			return err
		}
		if fresh {
			ds = append(ds, alertDelivery{AlertID: row.ID})
		}
	}
	return d.insertAlerts(ctx, tx, ds)
}

func (d *Desk) insertAlerts(ctx context.Context, tx *store.Tx, ds []alertDelivery) error {
	params := make([]river.InsertManyParams, len(ds))
	for i, args := range ds {
		params[i] = river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: alertQueue}}
	}
	return d.engine.Enqueue(ctx, tx, "alerts", params)
}

// destinations are those of the kitchen for the event, and those of the run's variables
// for all events.
func destinations(k store.Kitchen, run store.OrderRun, event order.Event) ([]string, error) {
	var settings map[order.Event][]string
	if usecase.Given(k.Alerts) {
		if err := json.Unmarshal(k.Alerts, &settings); err != nil {
			return nil, fmt.Errorf("reading the alerts of kitchen %s: %w", k.Name, err)
		}
	}
	var variables order.Variables
	if usecase.Given(run.Variables) {
		if err := usecase.DecodeNumbers(run.Variables, &variables); err != nil {
			return nil, fmt.Errorf("reading the variables of order run %s: %w", run.HID, err)
		}
	}
	var out []string
	for _, to := range slices.Concat(settings[event], order.Destinations(variables)) {
		if !slices.Contains(out, to) {
			out = append(out, to)
		}
	}
	return out, nil
}

// failedNodes are the failed jobs of a recipe, at any depth, by path.
func failedNodes(ctx context.Context, tx *store.Tx, recipeID int64, prefix string) ([]alert.FailedNode, error) {
	rows, err := tx.RecipeNodesFull(ctx, recipeID)
	if err != nil {
		return nil, err
	}
	var out []alert.FailedNode
	for _, row := range rows {
		switch {
		case row.Job != nil && row.Job.Status == string(recipe.Failed):
			out = append(out, alert.FailedNode{
				Node: prefix + row.NodeName, JobID: row.Job.ID, Name: row.Job.ErrorName, Title: row.Job.ErrorTitle,
				Category: row.Job.ErrorCategory, Description: usecase.Clip(row.Job.ErrorDescription),
			})
		case row.SubRecipe != nil && row.SubRecipe.JobsFailed > 0:
			within, err := failedNodes(ctx, tx, row.SubRecipe.ID, prefix+row.NodeName+"/")
			if err != nil {
				return nil, err
			}
			out = append(out, within...)
		}
	}
	return out, nil
}

// alertMessage is what a stored alert says. Its id is unique among all databases, since
// the run's is, so that a receiver of several servers can tell what it has already.
func alertMessage(row store.Alert) (alert.Message, error) {
	var m alert.Message
	if err := json.Unmarshal(row.Payload, &m); err != nil {
		return m, fmt.Errorf("reading alert %d: %w", row.ID, err)
	}
	m.ID = m.OrderRunID + "-" + strconv.FormatInt(row.ID, 10)
	return m, nil
}
