package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/arrival"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Strikes and scans: contract D3 and D4. Credentials are only shown to editors who read the details of one.

func (r *request) arrivalFilter() store.ArrivalFilter {
	f := store.ArrivalFilter{Names: r.strings("name"), Paging: r.paging()}
	f.Started, f.Ended = r.timeRange("started", "ended")
	return f
}

// arrivalSpec reads a create, which has a configuration that is not empty.
func (r *request) arrivalSpec() arrival.Spec {
	r.require("title", "configuration")
	return arrival.Spec{Title: r.textOr("title", ""), Description: r.textOr("description", ""), Configuration: r.object("configuration"), Key: r.idempotencyKey()}
}

func (r *request) arrivalEdit() arrival.Edit {
	return arrival.Edit{Title: r.text("title"), Description: r.text("description"), Configuration: r.object("configuration"),
		IfMatch: r.ifMatch(), Key: r.idempotencyKey()}
}

func (s *Server) listStrikes(ctx context.Context, r *request) (*answer, error) {
	f := r.arrivalFilter()
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Strikes(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.Strikes(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createStrike(ctx context.Context, r *request) (*answer, error) {
	spec := r.arrivalSpec()
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.arrivals.CreateStrike(ctx, spec)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.StrikeDetail(ctx, row, false)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, fmt.Sprintf("/v6/strikes/%d/", row.ID), spec.Key).tagged(row.LastModified), nil
}

func (s *Server) getStrike(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Strike(ctx, id)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.StrikeDetail(ctx, row, r.isEditor())
	if err != nil {
		return nil, err
	}
	return ok(detail).tagged(row.LastModified), nil
}

func (s *Server) editStrike(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	edit := r.arrivalEdit()
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.arrivals.EditStrike(ctx, id, edit)
	if err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusNoContent}
	return a.tagged(row.LastModified).repeated(edit.Key), nil
}

func (s *Server) validateStrike(ctx context.Context, r *request) (*answer, error) {
	return s.validateArrival(ctx, r, ingest.Strike)
}

func (s *Server) validateScan(ctx context.Context, r *request) (*answer, error) {
	return s.validateArrival(ctx, r, ingest.Scan)
}

// validateArrival names the first error alone, as the original does.
func (s *Server) validateArrival(ctx context.Context, r *request, kind ingest.Kind) (*answer, error) {
	r.require("configuration")
	configuration := r.object("configuration")
	if r.err != nil {
		return nil, r.err
	}
	problems, err := s.arrivals.Validate(ctx, kind, configuration)
	if err != nil {
		return nil, err
	}
	out := validation(problems)
	if len(out.Errors) > 1 {
		out.Errors = out.Errors[:1]
	}
	return ok(out), nil
}

func (s *Server) listScans(ctx context.Context, r *request) (*answer, error) {
	f := r.arrivalFilter()
	if r.err != nil {
		return nil, r.err
	}
	rows, total, err := s.store.Scans(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := s.views.Scans(ctx, rows)
	if err != nil {
		return nil, err
	}
	return page(r, f.Paging, total, out)
}

func (s *Server) createScan(ctx context.Context, r *request) (*answer, error) {
	spec := r.arrivalSpec()
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.arrivals.CreateScan(ctx, spec)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.ScanDetail(ctx, row, false)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, fmt.Sprintf("/v6/scans/%d/", row.ID), spec.Key).tagged(row.LastModified), nil
}

func (s *Server) getScan(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	row, err := s.store.Scan(ctx, id)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.ScanDetail(ctx, row, r.isEditor())
	if err != nil {
		return nil, err
	}
	return ok(detail).tagged(row.LastModified), nil
}

func (s *Server) editScan(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	edit := r.arrivalEdit()
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.arrivals.EditScan(ctx, id, edit)
	if err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusNoContent}
	return a.tagged(row.LastModified).repeated(edit.Key), nil
}

// processScan begins a scan. Its answer has no Location, as it makes nothing that has a path.
func (s *Server) processScan(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	ingests, key := r.flag("ingest"), r.idempotencyKey()
	if r.err != nil {
		return nil, r.err
	}
	row, err := s.arrivals.ProcessScan(ctx, id, ingests != nil && *ingests, key)
	if err != nil {
		return nil, err
	}
	detail, err := s.views.ScanDetail(ctx, row, false)
	if err != nil {
		return nil, err
	}
	return createdOnce(detail, "", key).tagged(row.LastModified), nil
}

func (s *Server) cancelScan(ctx context.Context, r *request) (*answer, error) {
	id, err := r.pathID()
	if err != nil {
		return nil, err
	}
	canceled, err := s.arrivals.CancelScan(ctx, id)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusAccepted, body: api.ScanCanceled{ID: strconv.FormatInt(id, 10), CanceledJobs: canceled}}, nil
}
