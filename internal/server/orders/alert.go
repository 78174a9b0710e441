package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/schedule"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// How much of the log of a failed node an alert has, of how many nodes, and how many chunks of
// it are read for that.
const (
	maxLogNodes  = 5
	maxLogLine   = 500 // characters
	maxLogChunks = 50
)

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
	to, digest, err := destinations(k, run, event)
	if err != nil || len(to) == 0 {
		return err
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
		for i := range m.FailedNodes[:min(len(m.FailedNodes), maxLogNodes)] {
			if m.FailedNodes[i].Log, err = lastLines(ctx, tx, m.FailedNodes[i].JobID); err != nil {
				return err
			}
		}
	}
	payload, err := usecase.Encode(m)
	if err != nil {
		return err
	}
	var alone, together []alertDelivery
	for _, destination := range to {
		d, problem := order.ReadDestination(destination)
		isAlone := digest <= 0 || problem == nil && d.Format == order.PagerDutyFormat // whose incidents are of one order each
		row := store.Alert{OrderRunID: run.ID, Event: string(event), Destination: destination, Status: store.AlertQueued,
			Payload: payload, Created: now}
		if !isAlone {
			row.Digest = fmt.Sprintf("%s/%s/%s", k.HID, o.RecipeName, o.Variation)
		}
		fresh, err := tx.InsertAlert(ctx, &row)
		if err != nil {
			return err
		}
		switch {
		case fresh && isAlone:
			alone = append(alone, alertDelivery{AlertID: row.ID})
		case fresh:
			together = append(together, alertDelivery{AlertID: row.ID})
		}
	}
	if err := d.insertAlerts(ctx, tx, alone, 0); err != nil {
		return err
	}
	return d.insertAlerts(ctx, tx, together, digest)
}

// insertAlerts queues deliveries that wait so long.
func (d *Desk) insertAlerts(ctx context.Context, tx *store.Tx, ds []alertDelivery, wait time.Duration) error {
	opts := &river.InsertOpts{Queue: alertQueue}
	if wait > 0 {
		opts.ScheduledAt = time.Now().Add(wait) // River goes by this clock, whatever the desk's is
	}
	params := make([]river.InsertManyParams, len(ds))
	for i, args := range ds {
		params[i] = river.InsertManyParams{Args: args, InsertOpts: opts}
	}
	return d.engine.Enqueue(ctx, tx, "alerts", params)
}

// destinations are those of the kitchen and of the run's variables for the event, and how long
// they wait for others to be told with it.
func destinations(k store.Kitchen, run store.OrderRun, event order.Event) (to []string, digest time.Duration, err error) {
	var settings map[order.Event][]string
	if usecase.Given(k.Alerts) {
		if err := json.Unmarshal(k.Alerts, &settings); err != nil {
			return nil, 0, fmt.Errorf("reading the alerts of kitchen %s: %w", k.Name, err)
		}
	}
	var variables order.Variables
	if usecase.Given(run.Variables) {
		if err := usecase.DecodeNumbers(run.Variables, &variables); err != nil {
			return nil, 0, fmt.Errorf("reading the variables of order run %s: %w", run.HID, err)
		}
	}
	for _, text := range slices.Concat(settings[event], order.DestinationsOf(variables, event)) {
		if !slices.Contains(to, text) {
			to = append(to, text)
		}
	}
	if text, given := variables[order.DigestVariable].(string); given && order.CheckDigest(text) == nil {
		digest, err = schedule.ParseDuration(text)
	}
	return to, digest, err
}

// lastLines is the end of the log of a job's latest try, without what a terminal would take for
// a command.
func lastLines(ctx context.Context, tx *store.Tx, jobID int64) (string, error) {
	tries, _, err := tx.JobExecutions(ctx, jobID, nil, store.Paging{PageSize: 1})
	if err != nil || len(tries) == 0 {
		return "", err
	}
	chunks, err := tx.LogEnd(ctx, tries[0].ID, maxLogChunks)
	if err != nil {
		return "", err
	}
	lines := store.LogLines(chunks)
	var out []string
	for _, line := range lines[max(0, len(lines)-alert.MaxLogLines):] {
		text := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\t' {
				return -1
			}
			return r
		}, line.Text)
		if r := []rune(text); len(r) > maxLogLine {
			text = string(r[:maxLogLine-1]) + "…"
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n"), nil
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

// AlertMessage is what a stored alert says. Its id is unique among all databases, since
// the run's is, so that a receiver of several servers can tell what it has already.
func AlertMessage(row store.Alert) (alert.Message, error) {
	var m alert.Message
	if err := json.Unmarshal(row.Payload, &m); err != nil {
		return m, fmt.Errorf("reading alert %d: %w", row.ID, err)
	}
	m.ID = m.OrderRunID + "-" + strconv.FormatInt(row.ID, 10)
	return m, nil
}
