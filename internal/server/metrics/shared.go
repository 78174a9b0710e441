package metrics

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	// kept is how long what was read from the database is told again.
	kept = 5 * time.Second
	// patience bounds reading it.
	patience = 5 * time.Second
)

// shared is what all servers of a database have in common.
type shared struct {
	store *store.Store
	now   func() time.Time

	jobs, oldest, alerts, late, skipped, workers, slots, ingests, strikes, batches, up *prometheus.Desc

	mu   sync.Mutex
	at   time.Time
	load store.Load
	err  error
}

func newShared(cfg Config) *shared {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return &shared{
		store: cfg.Store, now: cfg.Now,
		jobs:    desc("jobs", "Jobs that wait for a worker or run, on all servers, by job type, priority and status.", "job_type", "priority", "status"),
		oldest:  desc("jobs_oldest_seconds", "How long the oldest of them has waited or run.", "job_type", "priority", "status"),
		alerts:  desc("alerts", "Alerts that are not delivered, by status: QUEUED is tried again, FAILED is given up.", "status"),
		late:    desc("orders_late", "Active orders whose next run was due more than a minute ago."),
		skipped: desc("order_runs_skipped", "Runs of orders that were due and did not start, as they were missed or another run went on."),
		workers: desc("workers", "Workers that take jobs, on all servers."),
		slots:   desc("worker_slots", "Jobs that they can run at a time."),
		ingests: desc("ingests", "Files that are on their way in, or failed on it (ERRORED), by status.", "status"),
		strikes: desc("strikes", "Strikes, by the status of their jobs: those that watch are RUNNING.", "status"),
		batches: desc("batches_open", "Batches whose recipes are still being made."),
		up:      desc("database_up", "Whether the database has answered: 1 or 0."),
	}
}

// Describe implements prometheus.Collector.
func (s *shared) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.jobs, s.oldest, s.alerts, s.late, s.skipped, s.workers, s.slots, s.ingests, s.strikes, s.batches, s.up} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *shared) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	load, err := s.read()
	if err != nil {
		gauge(s.up, 0)
		return
	}
	gauge(s.up, 1)
	for _, j := range load.Jobs {
		labels := []string{j.Name + "/" + j.Version, strconv.Itoa(j.Priority), j.Status}
		gauge(s.jobs, float64(j.Count), labels...)
		if j.Oldest != nil {
			gauge(s.oldest, max(s.now().Sub(j.Oldest.Time), 0).Seconds(), labels...)
		}
	}
	for _, status := range []string{store.AlertQueued, store.AlertFailed} {
		gauge(s.alerts, float64(load.Alerts[status]), status)
	}
	gauge(s.late, float64(load.OrdersLate))
	gauge(s.skipped, float64(load.RunsSkipped))
	gauge(s.workers, float64(load.Workers))
	gauge(s.slots, float64(load.Slots))
	for _, status := range ingest.Statuses() {
		if !ingest.Status(status).IsFinal() {
			gauge(s.ingests, float64(load.Ingests[status]), status)
		}
	}
	for status, n := range load.Strikes {
		gauge(s.strikes, float64(n), status)
	}
	gauge(s.batches, float64(load.OpenBatches))
}

// read asks the database, unless it was asked a moment ago.
func (s *shared) read() (store.Load, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.at) >= kept {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.load, s.err = s.store.Load(ctx, store.At(s.now().Add(-time.Minute)))
		s.at = now
	}
	return s.load, s.err
}
