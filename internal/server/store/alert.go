package store

import (
	"context"
	"fmt"
)

// Statuses of alerts.
const (
	AlertQueued    = "QUEUED"
	AlertDelivered = "DELIVERED"
	AlertFailed    = "FAILED"
)

// InsertAlert adds a, unless the run has an alert of that event to that destination
// already. It reports whether it did, and fills in the id if so. When two do it at the
// same time, the second one waits for the end of the first one's transaction.
func (q Q) InsertAlert(ctx context.Context, a *Alert) (bool, error) {
	var ids []int64
	_, err := q.bun.NewInsert().Conn(q.write).Model(a).On("CONFLICT (order_run_id, event, destination) DO NOTHING").
		Returning("id").Exec(ctx, &ids)
	if err != nil {
		return false, fmt.Errorf("inserting into alerts: %w", err)
	}
	if len(ids) == 1 {
		a.ID = ids[0]
	}
	return len(ids) == 1, nil
}

// Alert is the alert with that id.
func (q Q) Alert(ctx context.Context, id int64) (Alert, error) {
	return byID[Alert](ctx, q, id, "alert")
}

// AlertsOfRun are the alerts of an order run, in the order of their ids.
func (q Q) AlertsOfRun(ctx context.Context, runID int64) ([]Alert, error) {
	var rows []Alert
	return all(ctx, q, q.selects(&rows).Where("al.order_run_id = ?", runID).Order("al.id"), &rows)
}

// GatherAlerts makes a, which is QUEUED and of a group, the leader of all that wait with it for
// the same destination, unless it has one already: one that is deleted with its run counts as
// none. It returns those that a leads, itself among them, by id: none if another one leads. Two
// that gather at the same time have no alert in common.
func (q Q) GatherAlerts(ctx context.Context, a Alert) ([]Alert, error) {
	if a.Leader == nil || *a.Leader != a.ID {
		_, err := q.exec(ctx, `UPDATE alerts SET leader = ? WHERE status = 'QUEUED' AND digest = ? AND destination = ?
			AND (leader IS NULL OR NOT EXISTS (SELECT 1 FROM alerts AS l WHERE l.id = alerts.leader))`, a.ID, a.Digest, a.Destination)
		if err != nil {
			return nil, fmt.Errorf("gathering the alerts of %s: %w", a.Digest, err)
		}
	}
	var rows []Alert
	return all(ctx, q, q.selects(&rows).Where("al.leader = ?", a.ID).Order("al.id"), &rows)
}

// LedBy is the first alert that waits for one with that id to tell of it, or [ErrNotFound].
func (q Q) LedBy(ctx context.Context, id int64) (Alert, error) {
	var rows []Alert
	rows, err := all(ctx, q, q.selects(&rows).Where("al.leader = ?", id).Where("al.status = 'QUEUED'").Order("al.id").Limit(1), &rows)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Alert{}, err
	}
	return rows[0], nil
}

// RecordAlert records how one more try of a QUEUED alert, and of those that it leads, went:
// DELIVERED or FAILED ends them, QUEUED leaves them for another try. It returns false, and does
// nothing, if they had ended before or are not there.
func (q Q) RecordAlert(ctx context.Context, id int64, status, lastError string, at Time) (bool, error) {
	var ended any // a nil *Time could not say how it is written
	if status != AlertQueued {
		ended = at
	}
	n, err := q.exec(ctx, `UPDATE alerts SET status = ?, attempts = attempts + 1, last_error = ?, ended = ?
		WHERE (id = ? OR leader = ?) AND status = 'QUEUED'`, status, lastError, ended, id, id)
	if err != nil {
		return false, fmt.Errorf("recording a try of alert %d: %w", id, err)
	}
	return n > 0, nil
}

// AlertFilter says which alerts of a kitchen are listed, at most Limit; other zero values ask for all.
type AlertFilter struct {
	KitchenID int64
	OrderHID  string
	RunHID    string
	Statuses  []string
	Limit     int
}

// Alerts are those of a kitchen's orders, the newest first.
func (q Q) Alerts(ctx context.Context, f AlertFilter) ([]Alert, error) {
	var rows []Alert
	s := q.selects(&rows).Join("JOIN order_runs AS orun ON orun.id = al.order_run_id").Join("JOIN orders AS o ON o.id = orun.order_id").
		Where("o.kitchen_id = ?", f.KitchenID).OrderExpr("al.id DESC").Limit(int64(f.Limit))
	if f.OrderHID != "" {
		s = s.Where("o.hid = ?", f.OrderHID)
	}
	if f.RunHID != "" {
		s = s.Where("orun.hid = ?", f.RunHID)
	}
	return all(ctx, q, whereIn(s, "al.status", f.Statuses), &rows)
}
