package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/metrics"
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

// listenForMetrics makes ready what Prometheus asks, at an address of its own, as it asks without
// being anybody. Profiles are for this machine only.
func (s *Server) listenForMetrics() error {
	if s.cfg.MetricsListen == "" {
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", s.cfg.MetricsListen)
	if err != nil {
		return fmt.Errorf("listening for Prometheus on %s (--metrics-listen): %w", s.cfg.MetricsListen, err)
	}
	s.metricsListener = listener
	folders := []string{s.cfg.DataDir}
	for _, root := range s.cfg.WorkspaceRoots {
		folders = append(folders, filepath.Clean(root))
	}
	s.metrics = metrics.New(metrics.Config{Store: s.store, Folders: folders, Version: s.cfg.Version, Now: s.cfg.Now})
	address, _ := listener.Addr().(*net.TCPAddr)
	s.metricsHTTP = &http.Server{
		Handler: s.metrics.Handler(address != nil && address.IP.IsLoopback()), ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// MetricsURL is where numbers for Prometheus are; empty without them.
func (s *Server) MetricsURL() string {
	if s.metricsListener == nil {
		return ""
	}
	return "http://" + s.metricsListener.Addr().String() + "/metrics"
}

// meter is what the engine tells; nil: nobody listens.
func (s *Server) meter() engine.Meter {
	if s.metrics == nil {
		return nil
	}
	return s.metrics
}
