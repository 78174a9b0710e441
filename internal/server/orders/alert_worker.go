package orders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const (
	// Alerts have a queue and workers of their own: a slow mail server keeps other
	// alerts waiting, but no job.
	alertQueue   = "alerts"
	alertWorkers = 4

	// What nobody has told of, such as alerts whose next try is due, is looked for as often as these pauses allow.
	leastAlertPoll = 500 * time.Millisecond
	mostAlertPoll  = 5 * time.Second

	// alertTries in all: after the first one a minute passes, then twice as long each
	// time up to eight hours, together a day.
	alertTries     = 12
	alertPause     = time.Minute
	maxAlertPauses = 480 // the longest pause, in those after the first try

	// alertTimeout bounds one try. What is left of River's timeout is for recording it.
	alertTimeout = 30 * time.Second

	// alertGrace is how long a stop waits for the recording of a try.
	alertGrace = 5 * time.Second
)

// alertDelivery is a River job: "alert AlertID is queued". The alert's row knows how
// often it was tried and whether it has ended.
type alertDelivery struct {
	AlertID int64 `json:"alert_id"`
}

// Kind is River's name for deliveries of alerts.
func (alertDelivery) Kind() string { return "alert" }

// alertWorker takes River's deliveries of alerts.
type alertWorker struct {
	river.WorkerDefaults[alertDelivery]
	desk *Desk
}

// Work implements river.Worker: one try. An alert that was sent but whose row could not
// be written, because the process or the database died in between, is sent again, with
// the same id.
func (w *alertWorker) Work(ctx context.Context, job *river.Job[alertDelivery]) error {
	d := w.desk
	if d.engine.IsStopping() {
		return river.JobSnooze(0) // another server may take it
	}
	row, err := d.Store.Alert(ctx, job.Args.AlertID)
	if errors.Is(err, store.ErrNotFound) { // deleted with its run
		return d.deliverForGone(ctx, job.Args.AlertID)
	}
	if err != nil {
		return err
	}
	if row.Status != store.AlertQueued {
		return nil
	}
	m, isLeader, err := d.gather(ctx, row)
	if err != nil || !isLeader {
		return err
	}
	sendErr := d.sendAlert(ctx, m, row.Destination)
	if sendErr != nil && context.Cause(d.engine.Lifetime()) != nil {
		return river.JobSnooze(0) // we stopped it ourselves, so it does not count
	}
	log := d.Log.With(slog.Int64("alert", row.ID), slog.String("run", m.OrderRunID), slog.String("event", row.Event),
		slog.String("to", alert.Place(row.Destination)), slog.Int("try", row.Attempts+1))
	result := store.Alert{Status: store.AlertDelivered}
	pause := d.pauseAfter(row.Attempts + 1)
	switch {
	case sendErr == nil:
		log.InfoContext(ctx, "alert delivered")
	case alert.Final(sendErr) || row.Attempts+1 >= alertTries:
		result.Status, result.LastError = store.AlertFailed, usecase.Clip(sendErr.Error())
		log.ErrorContext(ctx, "alert not delivered; giving up", slog.Any("error", sendErr))
	default:
		result.Status, result.LastError = store.AlertQueued, usecase.Clip(sendErr.Error())
		log.WarnContext(ctx, "alert not delivered; trying again", slog.Any("error", sendErr), slog.Duration("in", pause))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.engine.Lifetime(), func() { time.AfterFunc(alertGrace, cancel) })()
	err = usecase.RetryWhile(ctx, func(ctx context.Context) error {
		_, err := d.Store.RecordAlert(ctx, row.ID, result.Status, result.LastError, d.Now())
		return err
	}, func(err error) { log.WarnContext(ctx, "recording alert; trying again", slog.Any("error", err)) })
	if err != nil {
		return fmt.Errorf("recording alert %d, which may be sent twice: %w", row.ID, err)
	}
	if result.Status == store.AlertQueued {
		return river.JobSnooze(pause)
	}
	return nil
}

// deliverForGone lets another alert tell of those that waited for one that is gone.
func (d *Desk) deliverForGone(ctx context.Context, id int64) error {
	return d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		next, err := tx.LedBy(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return d.insertAlerts(ctx, tx, []alertDelivery{{AlertID: next.ID}}, 0)
	})
}

// gather is what an alert says, with those that are told with it. It is false if another one
// tells of it.
func (d *Desk) gather(ctx context.Context, row store.Alert) (m alert.Message, isLeader bool, err error) {
	if row.Digest == "" {
		m, err = AlertMessage(row)
		return m, true, err
	}
	var rows []store.Alert
	err = d.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, err = tx.GatherAlerts(ctx, row)
		return err
	})
	if err != nil || len(rows) == 0 {
		return m, false, err
	}
	slices.SortStableFunc(rows, func(a, b store.Alert) int { return cmp.Compare(leads(b, row), leads(a, row)) })
	ms := make([]alert.Message, len(rows))
	for i, r := range rows {
		if ms[i], err = AlertMessage(r); err != nil {
			return m, false, err
		}
	}
	return alert.Together(ms), true, nil
}

// leads is 1 for the leader itself, which gives a digest its id.
func leads(a, leader store.Alert) int {
	if a.ID == leader.ID {
		return 1
	}
	return 0
}

// sendAlert sends within alertTimeout, and not beyond the engine's end.
func (d *Desk) sendAlert(ctx context.Context, m alert.Message, destination string) error {
	ctx, cancel := context.WithTimeout(ctx, alertTimeout)
	defer cancel()
	defer context.AfterFunc(d.engine.Lifetime(), cancel)()
	return d.alerts.Send(ctx, m, destination)
}

// pauseAfter is how long the next try waits after so many.
func (d *Desk) pauseAfter(tries int) time.Duration {
	return d.pause * time.Duration(min(1<<(tries-1), maxAlertPauses))
}
