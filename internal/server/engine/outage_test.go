package engine

import (
	"bytes"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// journal is a log that a test can read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// TestResultSurvivesAnOutage takes the database away while a job ends: its result is
// recorded afterwards, and the job does not run again.
func TestResultSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	k := newKitchen(t, storetest.Open(t, dsn))
	k.jobType(t, jobSpec{name: "long", filesOut: []string{"part"}, settings: simulated(500 * time.Millisecond)})
	k.jobType(t, jobSpec{name: "next", filesIn: []string{"part"}})
	r := k.recipe(t, k.recipeType(t, "Outage", definition(`{}`, map[string]string{
		"long": jobNode("long", nil, nil), "next": jobNode("next", deps{"long": "true"}, deps{"part": "long:part"})})), `{}`)
	long := k.node(t, r.ID, "long").Job.ID

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

	var log journal
	cfg := k.config(2)
	cfg.Lease = time.Minute
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	k.start(t, cfg)
	k.awaitJob(t, long, "RUNNING")
	exec("ALTER DATABASE " + name.Sanitize() + " ALLOW_CONNECTIONS false")
	exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name[0])
	await(t, func() bool { return strings.Contains(log.String(), "reading workspace of a product; trying again") }, log.String)
	exec("ALTER DATABASE " + name.Sanitize() + " ALLOW_CONNECTIONS true")
	k.awaitCompleted(t, r.ID)
	if diff := cmp.Diff([]string{exeCompleted}, k.executions(t, long)); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
	if got := k.printed(t, long, 1); strings.Count(got, "simulating") != 1 {
		t.Errorf("log = %q, want one run", got)
	}
}
