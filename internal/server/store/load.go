package store

import (
	"context"
	"fmt"
)

// Load is what waits and runs, for statistics.
type Load struct {
	Jobs        []JobLoad
	Alerts      map[string]int64 // by status, but for those that are delivered
	OrdersLate  int64
	RunsSkipped int64
}

// JobLoad is how many jobs of a type, with one priority, are QUEUED or RUNNING, and since when the
// first of them is.
type JobLoad struct {
	Name, Version string
	Priority      int
	Status        string
	Count         int64
	Oldest        *Time
}

// Load reads it. Active orders are late whose next run was due before that time.
func (q Q) Load(ctx context.Context, due Time) (Load, error) {
	l := Load{Alerts: map[string]int64{}}
	err := q.scan(ctx, &l.Jobs, `SELECT jt.name, jt.version, j.priority, j.status, count(*) AS count,
			min(CASE WHEN j.status = 'RUNNING' THEN j.started ELSE j.queued END) AS oldest
		FROM jobs AS j JOIN job_types AS jt ON jt.id = j.job_type_id
		WHERE j.status IN ('QUEUED', 'RUNNING') GROUP BY jt.name, jt.version, j.priority, j.status
		ORDER BY jt.name, jt.version, j.priority, j.status`)
	if err != nil {
		return l, fmt.Errorf("counting what waits: %w", err)
	}
	var alerts []struct {
		Status string
		Count  int64
	}
	if err := q.scan(ctx, &alerts, `SELECT status, count(*) AS count FROM alerts WHERE status IN ('QUEUED', 'FAILED') GROUP BY status`); err != nil {
		return l, fmt.Errorf("counting alerts: %w", err)
	}
	for _, a := range alerts {
		l.Alerts[a.Status] = a.Count
	}
	if err := q.scan(ctx, &l.OrdersLate, `SELECT count(*) FROM orders WHERE status = 'ACTIVE_ORDER' AND next_fire < ?`, due); err != nil {
		return l, fmt.Errorf("counting late orders: %w", err)
	}
	if err := q.scan(ctx, &l.RunsSkipped, `SELECT CAST(coalesce(sum(runs_skipped), 0) AS bigint) FROM orders`); err != nil {
		return l, fmt.Errorf("counting skipped runs: %w", err)
	}
	return l, nil
}
