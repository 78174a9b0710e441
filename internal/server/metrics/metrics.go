package metrics

import (
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const namespace = "galley"

// A Registry has the numbers of one server.
type Registry struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	waited    *prometheus.HistogramVec
	ended     *prometheus.HistogramVec
	leaseLost prometheus.Counter
}

// Config says what there is to count.
type Config struct {
	Store   *store.Store
	Folders []string // whose disks are measured
	Version string
	Now     func() time.Time
}

// New makes the numbers of a server.
func New(cfg Config) *Registry {
	r := &Registry{
		registry: prometheus.NewRegistry(),
		requests: histogram("http_request_duration_seconds", "How long requests took, by method, route and status.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "method", "route", "status"),
		waited: histogram("job_wait_seconds", "How long jobs were queued until a worker of this server took them, by job type.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 5, 30, 120, 600, 3600}, "job_type"),
		ended: histogram("job_execution_seconds", "How long executions of this server took, by job type and how they ended.",
			[]float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400}, "job_type", "status"),
		leaseLost: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "leases_lost_total", Help: "Executions that this server found lost with their workers.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "1, with the version of galleyd.", ConstLabels: prometheus.Labels{"version": cfg.Version},
	})
	build.Set(1)
	r.registry.MustRegister(r.requests, r.waited, r.ended, r.leaseLost, build, newShared(cfg), newMachine(cfg),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

// Requested notes a request that was answered. Route is the pattern that it has matched, "": none.
func (r *Registry) Requested(method, route string, status int, took time.Duration) {
	if route = strings.TrimSuffix(route, "{$}"); route == "" {
		route = "none"
	}
	if !isKnown(method) {
		method = "other" // anybody may make methods up
	}
	r.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func isKnown(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}

// Claimed implements engine.Meter.
func (r *Registry) Claimed(jobType string, waited time.Duration) {
	r.waited.WithLabelValues(jobType).Observe(max(waited, 0).Seconds())
}

// Ended implements engine.Meter.
func (r *Registry) Ended(jobType, status string, took time.Duration) {
	r.ended.WithLabelValues(jobType, status).Observe(took.Seconds())
}

// LeaseLost implements engine.Meter.
func (r *Registry) LeaseLost() { r.leaseLost.Inc() }

// Handler answers GET /metrics and, if profiles is true, /debug/pprof/.
func (r *Registry) Handler(profiles bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	if profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}
