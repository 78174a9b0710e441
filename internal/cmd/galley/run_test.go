package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

// A night as the issue has it: a run fails, is looked at, resumed, reprocessed.
func TestRuns(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	c := at(s)
	if got := c.does(t, "runs", "ls"); strings.Count(got, "\n") != 1 {
		t.Errorf("without runs: got %q", got)
	}
	if got := lists[[]api.Recipe](t, c, "runs", "ls"); got == nil || len(got) != 0 {
		t.Errorf("without runs: got %v", got)
	}
	first := id(start(t, s, night(t, s)).ID)
	c.fails(t, exitFailed, "run "+first+" is FAILED; galley runs logs "+first+" --failed shows why", "runs", "watch", first)
	c.says(t, []string{first + " ", "night", "FAILED", "1/2"}, "runs", "ls", "--active", "--type=night")
	c.says(t, []string{"revision 1: FAILED, 1 of 2 jobs completed", "report", "job report 1.0.0", "galley runs resume " + first}, "runs", "show", first)
	if got := lists[run](t, c, "runs", "show", first); got.Recipe == nil || id(got.Recipe.ID) != first {
		t.Errorf("runs show --json: got %+v", got)
	}
	c.says(t, []string{"clean (job clean 1.0.0): COMPLETED\n  report (job report 1.0.0): FAILED, after clean\n"}, "runs", "graph", first)
	c.says(t, []string{"flowchart TD", "n0 --> n1"}, "runs", "graph", first, "--format=mermaid")
	c.says(t, []string{"digraph recipe"}, "runs", "graph", first, "--format=dot")
	if got := c.says(t, []string{"==> report (job", "ended with exit code 1"}, "runs", "logs", first, "--failed"); strings.Contains(got, "clean") {
		t.Errorf("runs logs --failed: got %q", got)
	}
	if got := c.says(t, []string{"command, not run: run clean\n"}, "runs", "logs", first, "clean", "--stream=stdout"); strings.Contains(got, "==>") {
		t.Errorf("runs logs of one node: got %q", got)
	}
	c.fails(t, exitUnable, "has no job at node soup; its jobs are at: clean, report", "runs", "logs", first, "soup")

	c.says(t, []string{"Run " + first + " goes on.\n", "report: COMPLETED\n", "Run " + first + ": COMPLETED\n"}, "runs", "resume", "--watch", first)
	c.does(t, "runs", "watch", first)
	c.fails(t, exitUnable, "only runs that have failed or were stopped", "runs", "resume", first)
	c.says(t, []string{"there is nothing to cancel"}, "runs", "cancel", first)
	if got := c.says(t, []string{"clean", "report"}, "runs", "logs", "-f", first); strings.Count(got, "==>") != 2 {
		t.Errorf("runs logs --follow: got %q", got)
	}
	second := must[int64](t)(strconv.ParseInt(first, 10, 64)) + 1
	c.says(t, []string{"Run " + id(second) + " supersedes run " + first}, "runs", "reprocess", first, "--node=report")
	c.says(t, []string{"It is superseded by run " + id(second)}, "runs", "show", first)
	c.fails(t, exitUnable, "404", "runs", "show", "4711")
	c.fails(t, exitUnable, "there is no run nothing in any of the 0 kitchens", "runs", "show", "nothing")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	jobType(t, s, "slow", `{"GALLEY_SIMULATE_DURATION": "10m"}`)
	rt := must[api.RecipeTypeDetail](t)(s.Client.CreateRecipeType(t.Context(), api.RecipeTypeCreate{Title: "Slow", Definition: chain("slow")}))
	run := id(start(t, s, rt).ID)
	at(s).says(t, []string{"Run " + run + " is CANCELED."}, "runs", "cancel", run)
	at(s).fails(t, exitFailed, "is CANCELED", "runs", "watch", run)
}

func TestOrders(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	night(t, s)
	order := ordered(t, s, api.OrderCreate{Schedule: "30 4 * * *", TimeZone: "Europe/Paris", MaxRuns: 50})
	c := at(s)
	c.says(t, []string{order, "production", "nightly/all", "ACTIVE_ORDER"}, "orders", "ls")
	if got := lists[[]listedOrder](t, c, "orders", "ls", "--active"); len(got) != 1 || got[0].HID != order || got[0].Kitchen != "production" {
		t.Errorf("orders ls --json: got %+v", got)
	}
	next := lists[[]nextRun](t, c, "orders", "next", order, "-n", "3")
	if len(next) != 3 || next[0].Time.Format("15:04") != "04:30" || !next[2].Time.After(next[0].Time.Add(40*time.Hour)) {
		t.Errorf("orders next of an order: got %+v", next)
	}
	if all := lists[[]nextRun](t, c, "orders", "next"); len(all) != 1 || !all[0].Time.Equal(next[0].Time) {
		t.Errorf("orders next: got %+v, want the first of %+v", all, next)
	}
	c.says(t, []string{"is paused"}, "orders", "pause", order)
	c.says(t, []string{"PAUSED_ORDER"}, "orders", "ls")
	c.fails(t, exitUnable, "PAUSED_ORDER: it starts no runs", "orders", "next", order)
	c.says(t, []string{"is not paused"}, "orders", "unpause", order)
	c.says(t, []string{"is changed"}, "orders", "update", order, "--schedule=30 5 * * *", "--time-zone=Europe/Paris", "--overlap=skip", "-p", "level=3", "-p", "note=a b", "--alert=ops@example.com")
	changed := lists[[]listedOrder](t, c, "orders", "ls", "--active")[0]
	var settings struct{ Parameters map[string]any }
	if err := json.Unmarshal(changed.InputSettings, &settings); err != nil || changed.Schedule != "30 5 * * *" || changed.Overlap != "skip" ||
		settings.Parameters["level"] != 3.0 || settings.Parameters["note"] != "a b" || settings.Parameters["alert_destinations"] == nil {
		t.Errorf("orders update: %+v, %v", changed, err)
	}
	c.fails(t, exitUnable, "belong to --schedule", "orders", "update", order, "--max-runs=3")
	c.fails(t, exitUnable, "expected NAME=VALUE", "orders", "update", order, "-p", "level")
	if skipped := lists[[]api.SkippedRun](t, c, "orders", "skipped", order); len(skipped) != 0 {
		t.Errorf("orders skipped: %+v", skipped)
	}

	stdout, stderr, code := c.run(t, "orders", "run", "-w", order)
	if code != exitFailed || !strings.Contains(stdout, "of order "+order+" has been started.") || !strings.Contains(stderr, "galley runs resume") {
		t.Errorf("orders run --watch: got %d, %q, %q", code, stdout, stderr)
	}
	runs := lists[[]api.OrderRun](t, c, "runs", "ls", "--kitchen=production")
	if len(runs) != 1 {
		t.Fatalf("runs ls --kitchen: got %+v", runs)
	}
	c.says(t, []string{runs[0].HID, "nightly/all"}, "runs", "ls", "-k", "production")
	c.says(t, []string{"of order " + order + " in kitchen production", "report"}, "runs", "show", runs[0].HID)
	resumed, _, _ := c.run(t, "runs", "resume", "-w", runs[0].HID)
	if !strings.Contains(resumed, "resumes run "+runs[0].HID) {
		t.Errorf("runs resume of the run of an order: got %q", resumed)
	}
	c.fails(t, exitUnable, "only runs that have failed or were stopped", "runs", "resume", runs[0].HID)
	c.fails(t, exitUnable, "there is no order 4711 in any of the 2 kitchens", "orders", "pause", "4711")
}
