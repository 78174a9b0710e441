package engine_test

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// TestResultSurvivesAnOutage takes the database away while a job ends: its result is
// recorded afterwards, and the job does not run again.
func TestResultSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	k := enginetest.New(t, storetest.Open(t, dsn))
	k.JobType(t, enginetest.JobSpec{Name: "long", FilesOut: []string{"part"}, Settings: enginetest.Simulated(500 * time.Millisecond)})
	k.JobType(t, enginetest.JobSpec{Name: "next", FilesIn: []string{"part"}})
	r := k.Recipe(t, k.RecipeType(t, "Outage", enginetest.Definition(`{}`, map[string]string{
		"long": enginetest.JobNode("long", nil, nil), "next": enginetest.JobNode("next", enginetest.Deps{"long": "true"}, enginetest.Deps{"part": "long:part"})})), `{}`)
	long := k.Node(t, r.ID, "long").Job.ID

	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := pgx.Identifier{strings.TrimPrefix(at.Path, "/")}
	at.Path = "/postgres"
	admin, err := pgx.Connect(t.Context(), at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}

	var log enginetest.Journal
	cfg := k.Config(2)
	cfg.Lease = time.Minute
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	k.Run(t, cfg)
	k.AwaitJob(t, long, "RUNNING")
	exec("ALTER DATABASE " + name.Sanitize() + " ALLOW_CONNECTIONS false")
	exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name[0])
	enginetest.Await(t, func() bool { return strings.Contains(log.String(), "reading workspace of a product; trying again") }, log.String)
	exec("ALTER DATABASE " + name.Sanitize() + " ALLOW_CONNECTIONS true")
	k.AwaitCompleted(t, r.ID)
	if diff := cmp.Diff([]string{engine.ExeCompleted}, k.Executions(t, long)); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
	if got := k.Printed(t, long, 1); strings.Count(got, "simulating") != 1 {
		t.Errorf("log = %q, want one run", got)
	}
}

// odd is an executor whose jobs end with something that PostgreSQL does not take.
type odd struct{}

// Run implements executor.Executor.
func (odd) Run(context.Context, executor.Task) (executor.Result, error) {
	return executor.Result{ExitCode: 1, Error: &executor.JobError{Name: "odd", Title: "Odd\x00", Category: executor.Algorithm}}, nil
}

// TestWhatCannotBeStoredEndsTheJob has a result refused by the database, for good: the job ends
// with the reason, and its worker is free.
func TestWhatCannotBeStoredEndsTheJob(t *testing.T) {
	t.Parallel()
	k := enginetest.New(t, storetest.Open(t, storetest.Postgres(t)))
	k.JobType(t, enginetest.JobSpec{Name: "odd"})
	r := k.Recipe(t, k.RecipeType(t, "Odd", enginetest.Definition(`{}`, map[string]string{"odd": enginetest.JobNode("odd", nil, nil)})), `{}`)
	cfg := k.Config(1)
	cfg.Executor = odd{}
	k.Run(t, cfg)
	job := k.AwaitJob(t, k.Node(t, r.ID, "odd").Job.ID, "FAILED")
	if job.ErrorName != executor.ErrInvalidOutput || !strings.Contains(job.ErrorDescription, "cannot be stored") || job.NumExes != 1 {
		t.Errorf("the job = %+v", job)
	}
}
