package server

import (
	"context"
	"net/http"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// readyTimeout bounds how long the database may take to answer /readyz.
const readyTimeout = 5 * time.Second

// status is the answer of /healthz and /readyz.
type status struct {
	Status string `json:"status"`           // ok or unavailable
	Reason string `json:"reason,omitempty"` // why unavailable
}

func (s *Server) getV6Version(context.Context, *request) (*answer, error) {
	return ok(api.Version{Version: s.cfg.Version, Executor: s.executor()}), nil
}

func (s *Server) getVersion(context.Context, *request) (*answer, error) {
	return ok(api.Version{Version: s.cfg.Version}), nil
}

// getHealth says that the process is there.
func (s *Server) getHealth(context.Context, *request) (*answer, error) {
	return ok(status{Status: "ok"}), nil
}

// getReady says whether the server can do its work: it is not stopping, the database
// answers and has the schema that this program knows, and jobs have room on its disk.
func (s *Server) getReady(ctx context.Context, _ *request) (*answer, error) {
	if s.draining.Load() {
		return notReady("stopping"), nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		s.log.ErrorContext(ctx, "not ready", "error", err)
		return notReady("the database does not answer"), nil
	}
	if err := s.store.CheckSchema(ctx); err != nil {
		s.log.ErrorContext(ctx, "not ready", "error", err)
		return notReady("the database's schema does not fit this galleyd"), nil
	}
	if reason := s.engine.Unfit(); reason != "" {
		return notReady(reason), nil
	}
	return ok(status{Status: "ok"}), nil
}

func notReady(reason string) *answer {
	return &answer{status: http.StatusServiceUnavailable, body: status{Status: "unavailable", Reason: reason}}
}
