package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// JobSummary is the jobs of one job type that have the same status and, if they FAILED,
// the same error.
type JobSummary struct {
	JobTypeID     int64
	Status        string
	ErrorName     string // empty unless FAILED
	ErrorTitle    string
	ErrorCategory string
	Count         int
	Priority      int   // the lowest number of any
	FirstCreated  Time  // the oldest's
	FirstQueued   *Time // the oldest's
	FirstStarted  *Time // the oldest's
	FirstChanged  *Time // of status
	LastChanged   *Time // of status
}

// JobSummaryFilter says which jobs a summary is of. Superseded ones never are.
type JobSummaryFilter struct {
	Statuses        []string
	ErrorCategories []string
	Since           *Time // the last change of status
	Kitchens        KitchenFilter
}

// JobSummaries counts jobs, in the order of their job types' names and versions.
func (q Q) JobSummaries(ctx context.Context, f JobSummaryFilter) ([]JobSummary, error) {
	failed := func(column string) string {
		return "CASE WHEN j.status = 'FAILED' THEN j." + column + " ELSE '' END"
	}
	s := q.selects((*Job)(nil)).
		ColumnExpr("j.job_type_id, j.status").
		ColumnExpr("min(?) AS error_name", bun.Safe(failed("error_name"))).
		ColumnExpr("min(?) AS error_title", bun.Safe(failed("error_title"))).
		ColumnExpr("min(?) AS error_category", bun.Safe(failed("error_category"))).
		ColumnExpr("count(*) AS count, min(j.priority) AS priority").
		ColumnExpr("min(j.created) AS first_created, min(j.queued) AS first_queued, min(j.started) AS first_started").
		ColumnExpr("min(j.last_status_change) AS first_changed, max(j.last_status_change) AS last_changed").
		Join("JOIN job_types AS jt ON jt.id = j.job_type_id").
		Where("NOT j.is_superseded").
		GroupExpr("j.job_type_id, j.status, jt.name, jt.version, ?, ?", bun.Safe(failed("error_name")), bun.Safe(failed("error_category"))).
		OrderExpr("lower(?), ?, j.job_type_id, j.status, error_name, error_category", bun.Safe(q.bytewise("jt.name")), bun.Safe(q.bytewise("jt.version")))
	s = whereIn(s, "j.status", f.Statuses)
	s = whereIn(s, "j.error_category", f.ErrorCategories)
	s = whereBetween(s, "j.last_status_change", "j.last_status_change", f.Since, nil)
	s = f.Kitchens.where(s, "j.recipe_id")
	var rows []JobSummary
	if err := s.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	return rows, nil
}

// Load is what waits and runs, for statistics.
type Load struct {
	Jobs        []JobLoad
	Alerts      map[string]int64 // by status, but for those that are delivered
	OrdersLate  int64
	RunsSkipped int64
	Workers     int64            // that are there
	Slots       int64            // jobs that they run at a time
	Ingests     map[string]int64 // by status: files that are on their way in, and those that somebody has to look at
	Strikes     map[string]int64 // by the status of their jobs
	OpenBatches int64            // whose recipes are being made
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
	l := Load{}
	err := q.scan(ctx, &l.Jobs, `SELECT jt.name, jt.version, j.priority, j.status, count(*) AS count,
			min(CASE WHEN j.status = 'RUNNING' THEN j.started ELSE j.queued END) AS oldest
		FROM jobs AS j JOIN job_types AS jt ON jt.id = j.job_type_id
		WHERE j.status IN ('QUEUED', 'RUNNING') GROUP BY jt.name, jt.version, j.priority, j.status
		ORDER BY jt.name, jt.version, j.priority, j.status`)
	if err != nil {
		return l, fmt.Errorf("counting what waits: %w", err)
	}
	for _, c := range []struct {
		to    *map[string]int64
		query string
	}{
		{&l.Alerts, `SELECT status, count(*) AS count FROM alerts WHERE status IN ('QUEUED', 'FAILED') GROUP BY status`},
		{&l.Ingests, `SELECT status, count(*) AS count FROM ingests WHERE status IN ('TRANSFERRING', 'TRANSFERRED', 'QUEUED', 'INGESTING', 'ERRORED') GROUP BY status`},
		{&l.Strikes, `SELECT j.status, count(*) AS count FROM strikes AS st JOIN jobs AS j ON j.id = st.job_id GROUP BY j.status`},
	} {
		var counts []struct {
			Status string
			Count  int64
		}
		if err := q.scan(ctx, &counts, c.query); err != nil {
			return l, fmt.Errorf("counting by status (%s): %w", c.query, err)
		}
		*c.to = map[string]int64{}
		for _, row := range counts {
			(*c.to)[row.Status] = row.Count
		}
	}
	if err := q.scan(ctx, &l.OpenBatches, `SELECT count(*) FROM batches WHERE NOT is_creation_done`); err != nil {
		return l, fmt.Errorf("counting batches: %w", err)
	}
	if err := q.scan(ctx, &l.OrdersLate, `SELECT count(*) FROM orders WHERE status = 'ACTIVE_ORDER' AND next_fire < ?`, due); err != nil {
		return l, fmt.Errorf("counting late orders: %w", err)
	}
	if err := q.scan(ctx, &l.RunsSkipped, `SELECT CAST(coalesce(sum(runs_skipped), 0) AS bigint) FROM orders`); err != nil {
		return l, fmt.Errorf("counting skipped runs: %w", err)
	}
	workers, err := q.Workers(ctx)
	if err != nil {
		return l, err
	}
	l.Workers = int64(len(workers))
	for _, w := range workers {
		l.Slots += int64(w.Slots)
	}
	return l, nil
}
