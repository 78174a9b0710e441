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

// RecordAlert records how one more try of a QUEUED alert went: DELIVERED or FAILED ends
// it, QUEUED leaves it for another try. It returns false, and does nothing, if the alert
// had ended before or is not there.
func (q Q) RecordAlert(ctx context.Context, id int64, status, lastError string, at Time) (bool, error) {
	var ended any // a nil *Time could not say how it is written
	if status != AlertQueued {
		ended = at
	}
	n, err := q.exec(ctx, `UPDATE alerts SET status = ?, attempts = attempts + 1, last_error = ?, ended = ?
		WHERE id = ? AND status = 'QUEUED'`, status, lastError, ended, id)
	if err != nil {
		return false, fmt.Errorf("recording a try of alert %d: %w", id, err)
	}
	return n == 1, nil
}
