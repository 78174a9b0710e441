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
