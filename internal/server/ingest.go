package server

import (
	"context"
	"net/http"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Ingests: contract D5.1. No call makes one.

// mostIngestStatus is how much time a status may be of.
const mostIngestStatus = 31 * 24 * time.Hour

func (s *Server) listIngests(ctx context.Context, r *request) (*answer, error) {
	f := store.IngestFilter{Statuses: r.oneOfEach("status", ingest.Statuses()...), StrikeIDs: r.ids("strike_id"), ScanIDs: r.ids("scan_id"),
		FileName: r.textOr("file_name", ""), Paging: r.paging()}
	f.Started, f.Ended = r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Ingests(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.Ingests(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) getIngest(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Ingest(ctx, id)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.IngestDetail(ctx, row, r.isEditor())
	if err != nil {
		return nil, err
	}
	return ok(detail), nil
}

// listIngestJobs is the jobs that take in the file of an ingest.
func (s *Server) listIngestJobs(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	f := store.JobFilter{Paging: r.paging()}
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.store.Ingest(ctx, id)
	if err != nil {
		return nil, err
	}
	if row.SourceFileID == nil {
		return page[api.Job](r, f.Paging, 0, nil)
	}
	f.InputFile = *row.SourceFileID
	if f.Kitchens, err = s.hidden(ctx, r); err != nil {
		return nil, err
	}
	rows, total, err := s.store.Jobs(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.JobList(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

// getIngestStatus is what each strike has ingested, hour by hour.
func (s *Server) getIngestStatus(ctx context.Context, r *request) (*answer, error) {
	p, byIngest := r.paging(), r.flag("use_ingest_time")
	started, ended := r.timeRange("started", "ended")
	if r.err != nil {
		return nil, r.err
	}
	first, last := hoursOf(started, ended, r.now)
	if last.Sub(first) > mostIngestStatus {
		return nil, problemf(http.StatusBadRequest, "The time range is longer than 31 days, which is the most that is added up: choose started and ended closer to each other")
	}
	strikes, _, err := s.store.Strikes(ctx, store.ArrivalFilter{Paging: store.Paging{Order: []store.Order{{Field: "id"}}}})
	if err != nil {
		return nil, err
	}
	views, err := s.views.Strikes(ctx, strikes)
	if err != nil {
		return nil, err
	}
	byData := byIngest == nil || !*byIngest
	totals, err := s.store.IngestTotals(ctx, started, ended, byData, false)
	if err != nil {
		return nil, err
	}
	hours, err := s.store.IngestTotals(ctx, started, ended, byData, true)
	if err != nil {
		return nil, err
	}
	out := make([]api.IngestStatus, len(views))
	for i, strike := range views {
		out[i] = ingestStatus(strike, totals, hours, first, last)
	}
	return cutPage(r, p, out)
}

// hoursOf is the first and the last hour of a status: those of its bounds, and without any those of today.
func hoursOf(started, ended *store.Time, now time.Time) (first, last time.Time) {
	today := now.UTC().Truncate(24 * time.Hour)
	first, last = today, today.Add(23*time.Hour)
	if started != nil && ended == nil {
		last = now.UTC().Truncate(time.Hour)
	}
	if ended != nil {
		last = ended.UTC().Truncate(time.Hour)
		first = last.Truncate(24 * time.Hour)
	}
	if started != nil {
		first = started.UTC().Truncate(time.Hour)
	}
	return first, last
}

func ingestStatus(strike api.Strike, totals, hours []store.IngestTotal, first, last time.Time) api.IngestStatus {
	out := api.IngestStatus{Strike: strike, Values: []api.IngestsHour{}}
	for _, t := range totals {
		if t.StrikeID == strike.ID {
			out.MostRecent, out.Files, out.Size = view.TimePtr(t.MostRecent), &t.Files, &t.Size
		}
	}
	byHour := map[int64]store.IngestTotal{}
	for _, h := range hours {
		if h.StrikeID == strike.ID {
			byHour[h.Hour] = h
		}
	}
	for at := first; !at.After(last); at = at.Add(time.Hour) {
		h := byHour[at.Unix()/3600]
		out.Values = append(out.Values, api.IngestsHour{Time: api.NewTime(at), Files: h.Files, Size: h.Size})
	}
	return out
}
