package internal

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestPrometheusRules runs the tests of the rules, and finds each metric of rules and dashboard in
// the guide and the guide's in the code. A request to a server is in internal/server/metrics_test.go.
func TestPrometheusRules(t *testing.T) {
	t.Parallel()
	guide := string(mustRead(t, "templates/guides/operating-galleyd.md"))
	metric := regexp.MustCompile(`galley_[a-z_]+[a-z]`)
	histogram := regexp.MustCompile(`(_seconds)_(count|bucket|sum)$`)
	documented := metric.FindAllString(guide, -1)
	for _, name := range []string{"alerts.yaml", "dashboard.json"} {
		names := metric.FindAllString(string(mustRead(t, "examples/deploy/prometheus/"+name)), -1)
		if len(names) < 8 {
			t.Errorf("%s has %d metrics", name, len(names))
		}
		for _, m := range names {
			if m = histogram.ReplaceAllString(m, "$1"); !slices.Contains(documented, m) {
				t.Errorf("%s: the guide does not explain %s", name, m)
			}
		}
	}
	var dashboard struct {
		Panels []struct{ Title, Type string }
	}
	if err := json.Unmarshal(mustRead(t, "examples/deploy/prometheus/dashboard.json"), &dashboard); err != nil || len(dashboard.Panels) < 8 {
		t.Errorf("the dashboard has the panels %v, %v", dashboard.Panels, err)
	}
	var rules, tests struct {
		Groups []struct{ Rules []struct{ Alert string } }
		Tests  []struct {
			Rules []struct{ Alertname string } `yaml:"alert_rule_test"`
		}
	}
	for name, to := range map[string]any{"alerts.yaml": &rules, "alerts_test.yaml": &tests} {
		if err := yaml.Unmarshal(mustRead(t, "examples/deploy/prometheus/"+name), to); err != nil {
			t.Fatal(err)
		}
	}
	for _, rule := range rules.Groups[0].Rules {
		for i, test := range tests.Tests {
			if !slices.ContainsFunc(test.Rules, func(r struct{ Alertname string }) bool { return r.Alertname == rule.Alert }) {
				t.Errorf("the test %d of the rules leaves %s out", i+1, rule.Alert)
			}
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("GALLEY_REQUIRE_PROMTOOL") != "" {
			t.Fatal(err)
		}
		t.Skip("the rules are not run: no promtool (Debian: prometheus)")
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", "../examples/deploy/prometheus/alerts_test.yaml").CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}
