package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// numbers asks a server what it would tell Prometheus.
func numbers(t *testing.T, s *servertest.Server) map[string]*dto.MetricFamily {
	t.Helper()
	resp := ask(t, http.MethodGet, s.Metrics)
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("reading %s: %s, %v", s.Metrics, resp.Status, err)
	}
	return families
}

// number is the value, or how often something was counted, of what has these labels; -1: there is none.
func number(families map[string]*dto.MetricFamily, name string, labels map[string]string) float64 {
	for _, m := range families[name].GetMetric() {
		got := map[string]string{}
		for _, l := range m.GetLabel() {
			got[l.GetName()] = l.GetValue()
		}
		if !maps.Equal(got, labels) {
			continue
		}
		switch {
		case m.GetHistogram() != nil:
			return float64(m.GetHistogram().GetSampleCount())
		case m.GetCounter() != nil:
			return m.GetCounter().GetValue()
		}
		return m.GetGauge().GetValue()
	}
	return -1
}

func ask(t *testing.T, method, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestNumbersForPrometheus(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process", MetricsListen: "127.0.0.1:0", DataDir: t.TempDir()})
	p := newPipeline(t, s, "count")
	file := upload(t, s, "in/text.txt", "one\n")
	waitCompleted(t, s, p.start(t, s, file.ID).ID)
	for _, r := range [][2]string{{"BREW", "/v6/recipes/"}, {"GET", "/nowhere"}, {"GET", "/metrics"}} {
		ask(t, r[0], s.URL+r[1]).Body.Close()
	}
	completed := map[string]string{"job_type": "count/1.0.0", "status": "COMPLETED"}
	servertest.Eventually(t, time.Minute, func() error { // an execution is counted when all of it is done
		if n := number(numbers(t, s), "galley_job_execution_seconds", completed); n != 1 {
			return fmt.Errorf("%v executions have ended, want 1", n)
		}
		return nil
	})
	got := numbers(t, s)
	for _, want := range []struct {
		name   string
		labels map[string]string
		value  float64
	}{
		{"galley_job_wait_seconds", map[string]string{"job_type": "count/1.0.0"}, 1},
		{"galley_http_request_duration_seconds", map[string]string{"method": "POST", "route": "/v6/recipes/", "status": "201"}, 1},
		{"galley_http_request_duration_seconds", map[string]string{"method": "GET", "route": "/", "status": "404"}, 2}, // what Prometheus asks is not there
		{"galley_alerts", map[string]string{"status": "FAILED"}, 0},
		{"galley_alerts", map[string]string{"status": "QUEUED"}, 0},
		{"galley_orders_late", map[string]string{}, 0},
		{"galley_order_runs_skipped", map[string]string{}, 0},
		{"galley_ingests", map[string]string{"status": "QUEUED"}, 0},
		{"galley_batches_open", map[string]string{}, 0},
		{"galley_leases_lost_total", map[string]string{}, 0},
		{"galley_workers", map[string]string{}, 1},
		{"galley_worker_slots", map[string]string{}, 2},
		{"galley_database_up", map[string]string{}, 1},
		{"galley_build_info", map[string]string{"version": "dev"}, 1},
	} {
		if n := number(got, want.name, want.labels); n != want.value {
			t.Errorf("%s%v is %v, want %v\n%v", want.name, want.labels, n, want.value, got[want.name])
		}
	}
	if size := number(got, "galley_disk_size_bytes", map[string]string{"folder": s.DataDir}); size <= number(got, "galley_disk_free_bytes", map[string]string{"folder": s.DataDir}) {
		t.Errorf("the disk has %v bytes", size)
	}
	for _, m := range got["galley_http_request_duration_seconds"].GetMetric() {
		for _, l := range m.GetLabel() {
			if strings.Contains(l.GetValue(), "BREW") || strings.Contains(l.GetValue(), "nowhere") {
				t.Errorf("anybody may make the label %s=%s", l.GetName(), l.GetValue())
			}
		}
	}
	if !slices.Contains(slices.Collect(maps.Keys(got)), "go_goroutines") {
		t.Error("nothing is told of Go")
	}
	profiles := ask(t, http.MethodGet, strings.TrimSuffix(s.Metrics, "/metrics")+"/debug/pprof/goroutine?debug=1")
	defer profiles.Body.Close()
	if profiles.StatusCode != http.StatusOK {
		t.Errorf("profiles on a loopback address: %s", profiles.Status)
	}
}

// TestNumbersOfWhatWaits has a job that nobody takes.
func TestNumbersOfWhatWaits(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, MetricsListen: "0.0.0.0:0"})
	s.Metrics = strings.Replace(s.Metrics, "0.0.0.0", "127.0.0.1", 1)
	s.Metrics = strings.Replace(s.Metrics, "[::]", "127.0.0.1", 1)
	p := newPipeline(t, s, "count")
	p.start(t, s, upload(t, s, "in/text.txt", "one\n").ID)
	waiting := map[string]string{"job_type": "count/1.0.0", "priority": "100", "status": "QUEUED"}
	servertest.Eventually(t, time.Minute, func() error {
		if n := number(numbers(t, s), "galley_jobs", waiting); n != 1 {
			return fmt.Errorf("%v jobs wait, want 1", n)
		}
		return nil
	})
	if age := number(numbers(t, s), "galley_jobs_oldest_seconds", waiting); age < 0 {
		t.Errorf("it waits for %v s", age)
	}
	mustSend(t, s, "POST", "/v6/strikes/", `{"title": "Watch", "configuration": {"workspace": "default", "monitor": {"type": "dir-watcher"}, "files_to_ingest": [{"filename_regex": ".*"}]}}`, 201, nil)
	servertest.Eventually(t, time.Minute, func() error { // nobody watches
		if n := number(numbers(t, s), "galley_strikes", map[string]string{"status": "QUEUED"}); n != 1 {
			return fmt.Errorf("%v strikes wait, want 1", n)
		}
		return nil
	})
	profiles := ask(t, http.MethodGet, strings.TrimSuffix(s.Metrics, "/metrics")+"/debug/pprof/")
	defer profiles.Body.Close()
	if profiles.StatusCode != http.StatusNotFound {
		t.Errorf("profiles for everybody: %s", profiles.Status)
	}
}
