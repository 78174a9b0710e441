package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/metrics"
)

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
