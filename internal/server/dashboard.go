package server

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// What is going on: the dashboards of contract 1.3 and the queue and status of 1.9.

// recentStatus is how far /job-types/status/ looks back for jobs that have ended.
const recentStatus = 3 * time.Hour

// byJobType makes one item of the summaries of each job type, which come in order.
func byJobType[T any](ctx context.Context, s *Server, rows []store.JobSummary, item func(api.JobTypeBase, []store.JobSummary) T) ([]T, error) {
	ids := view.IDSet{}
	for _, row := range rows {
		ids.Add(&row.JobTypeID)
	}
	types, err := s.store.JobTypesByID(ctx, ids.List())
	if err != nil {
		return nil, err
	}
	out := []T{}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].JobTypeID == rows[0].JobTypeID {
			n++
		}
		out = append(out, item(view.JobTypeBase(types[rows[0].JobTypeID]), rows[:n]))
		rows = rows[n:]
	}
	return out, nil
}

// summaries counts the jobs that f keeps and the sender may see.
func (s *Server) summaries(ctx context.Context, r *request, f store.JobSummaryFilter) ([]store.JobSummary, error) {
	var err error
	if f.Kitchens, err = s.hidden(ctx, r); err != nil {
		return nil, err
	}
	return s.store.JobSummaries(ctx, f)
}

// dashboard is a page of one item for each job type with jobs that f keeps.
func dashboard[T any](ctx context.Context, s *Server, r *request, f store.JobSummaryFilter, item func(api.JobTypeBase, []store.JobSummary) T) (*answer, error) {
	p := r.paging()
	if r.err != nil {
		return nil, r.err
	}
	rows, err := s.summaries(ctx, r, f)
	if err != nil {
		return nil, err
	}
	items, err := byJobType(ctx, s, rows, item)
	if err != nil {
		return nil, err
	}
	return cutPage(r, p, items)
}

func withStatus(status recipe.JobStatus) store.JobSummaryFilter {
	return store.JobSummaryFilter{Statuses: []string{string(status)}}
}

func (s *Server) getQueueStatus(ctx context.Context, r *request) (*answer, error) {
	return dashboard(ctx, s, r, withStatus(recipe.Queued), func(t api.JobTypeBase, rows []store.JobSummary) api.QueueStatus {
		return api.QueueStatus{JobType: t, Count: rows[0].Count, LongestQueued: view.TimePtr(rows[0].FirstQueued), HighestPriority: rows[0].Priority}
	})
}

// listJobTypeStatus counts the jobs whose status changed since started (by default
// three hours ago).
func (s *Server) listJobTypeStatus(ctx context.Context, r *request) (*answer, error) {
	since := r.time("started")
	if since == nil {
		at := store.At(r.now.Add(-recentStatus))
		since = &at
	}
	return dashboard(ctx, s, r, store.JobSummaryFilter{Since: since}, func(t api.JobTypeBase, rows []store.JobSummary) api.JobTypeStatus {
		return api.JobTypeStatus{JobType: t, JobCounts: statusCounts(rows)}
	})
}

// statusCounts adds up what differs only in the error's name.
func statusCounts(rows []store.JobSummary) []api.JobStatusCount {
	var out []api.JobStatusCount
	at := map[[2]string]int{}
	for _, row := range rows {
		key := [2]string{row.Status, row.ErrorCategory}
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, api.JobStatusCount{Status: row.Status, Category: view.Text(row.ErrorCategory)})
		}
		out[i].Count += row.Count
		if last := view.TimePtr(row.LastChanged); last != nil && (out[i].MostRecent == nil || last.After(out[i].MostRecent.Time)) {
			out[i].MostRecent = last
		}
	}
	return out
}

func (s *Server) listPendingJobTypes(ctx context.Context, r *request) (*answer, error) {
	return dashboard(ctx, s, r, withStatus(recipe.Pending), func(t api.JobTypeBase, rows []store.JobSummary) api.JobTypePending {
		return api.JobTypePending{JobType: t, Count: rows[0].Count, LongestPending: view.TimePtr(&rows[0].FirstCreated)}
	})
}

func (s *Server) listRunningJobTypes(ctx context.Context, r *request) (*answer, error) {
	return dashboard(ctx, s, r, withStatus(recipe.Running), func(t api.JobTypeBase, rows []store.JobSummary) api.JobTypeRunning {
		return api.JobTypeRunning{JobType: t, Count: rows[0].Count, LongestRunning: view.TimePtr(rows[0].FirstStarted)}
	})
}

// listSystemFailures has one item for each job type and error: of our own faults only.
func (s *Server) listSystemFailures(ctx context.Context, r *request) (*answer, error) {
	p := r.paging()
	if r.err != nil {
		return nil, r.err
	}
	rows, err := s.summaries(ctx, r, store.JobSummaryFilter{
		Statuses: []string{string(recipe.Failed)}, ErrorCategories: []string{"SYSTEM"}})
	if err != nil {
		return nil, err
	}
	lists, err := byJobType(ctx, s, rows, func(t api.JobTypeBase, rows []store.JobSummary) []api.JobTypeFailures {
		out := make([]api.JobTypeFailures, len(rows))
		for i, row := range rows {
			out[i] = api.JobTypeFailures{JobType: t, Count: row.Count, FirstError: view.TimePtr(row.FirstChanged), LastError: view.TimePtr(row.LastChanged),
				Error: *view.JobError(store.JobType{}, row.ErrorName, row.ErrorTitle, "", row.ErrorCategory)}
		}
		return out
	})
	if err != nil {
		return nil, err
	}
	var items []api.JobTypeFailures
	for _, list := range lists {
		items = append(items, list...)
	}
	return cutPage(r, p, items)
}

// getStatus says what there is to do. It is a 503 when the server is stopping, or the
// database away, as the original's is without a scheduler.
func (s *Server) getStatus(ctx context.Context, r *request) (*answer, error) {
	if s.draining.Load() {
		return nil, problemf(http.StatusServiceUnavailable, "The server is stopping.")
	}
	rows, err := s.summaries(ctx, r, store.JobSummaryFilter{Statuses: []string{string(recipe.Queued), string(recipe.Running)}})
	if err != nil {
		s.log.ErrorContext(ctx, "no status", "request_id", requestID(ctx), "error", err)
		return nil, problemf(http.StatusServiceUnavailable, "The database does not answer.")
	}
	active, err := byJobType(ctx, s, rows, func(t api.JobTypeBase, rows []store.JobSummary) api.JobTypeActive {
		out := api.JobTypeActive{ID: t.ID, Name: t.Name, Version: t.Version}
		for _, row := range rows {
			if row.Status == string(recipe.Queued) {
				out.Queued = row.Count
			} else {
				out.Running = row.Count
			}
		}
		return out
	})
	if err != nil {
		return nil, err
	}
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "localhost"
	}
	return ok(api.Status{
		Timestamp: api.NewTime(r.now), JobTypes: active,
		Scheduler: api.Scheduler{Hostname: hostname, State: api.SchedulerState{
			Name: "READY", Title: "Ready", Description: "Jobs are started as soon as there is a free worker."}},
	}), nil
}

// getProfile is who the sender is (contract 0.6).
func (s *Server) getProfile(_ context.Context, r *request) (*answer, error) {
	return ok(profile(r.sender.User, r.sender.Role())), nil
}
