package engine

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// Without the bell a job on SQLite waits for the next look of River.
func TestRiverIsWokenByWhatIsCommitted(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t))
	driver, err := newBellDriver(s.SQLDB(), &s.Bell)
	if err != nil {
		t.Fatal(err)
	}
	listener := driver.GetListener(&riverdriver.GetListenenerParams{})
	if err := listener.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	client, err := river.NewClient(driver, &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	q := riverQueue[*sql.Tx]{client: client, unwrap: (*store.Tx).SQL, bell: &s.Bell}
	insert := func(fail error) error {
		return s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(q.insertMany(ctx, tx, "jobs", []river.InsertManyParams{
				{Args: delivery{JobID: 1}},
				{Args: delivery{JobID: 2}, InsertOpts: &river.InsertOpts{Queue: "other"}},
				{Args: delivery{JobID: 3}, InsertOpts: &river.InsertOpts{Queue: "other"}},
			}), fail)
		})
	}
	heard := func() map[string]int {
		got := map[string]int{}
		for {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			n, err := listener.WaitForNotification(ctx)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				return got
			}
			if err != nil {
				t.Fatal(err)
			}
			got[n.Topic+" "+n.Payload]++
		}
	}

	failure := errors.New("no")
	if err := insert(failure); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	if got := heard(); len(got) > 0 {
		t.Errorf("what was rolled back rang: %v", got)
	}
	if err := insert(nil); err != nil {
		t.Fatal(err)
	}
	got := heard()
	if len(got) != 2 || got[`river_insert {"queue":"default"}`] != 1 || got[`river_insert {"queue":"other"}`] != 1 {
		t.Errorf("heard %v, expected each queue once", got)
	}
	rows, err := s.SQLDB().QueryContext(t.Context(), "SELECT DISTINCT topic || ' ' || json(payload) FROM river_notification")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var own string
		if err := rows.Scan(&own); err != nil {
			t.Fatal(err)
		}
		if got[own] != 1 {
			t.Errorf("River's own notification is %q, that of the bell another", own)
		}
		delete(got, own)
	}
	if err := rows.Err(); err != nil || len(got) > 0 {
		t.Errorf("River itself does not tell %v (%v)", got, err)
	}
	if err := listener.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := insert(nil); err != nil {
		t.Fatal(err)
	}
	if got := heard(); len(got) > 0 {
		t.Errorf("a closed listener heard %v", got)
	}
}

// It looks first, and fetches what is there all the same.
func TestRiverFetchesWhatWaits(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t))
	driver, err := newBellDriver(s.SQLDB(), &s.Bell)
	if err != nil {
		t.Fatal(err)
	}
	client, err := river.NewClient(driver, &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Insert(t.Context(), delivery{JobID: 1}, &river.InsertOpts{Queue: "other"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Insert(t.Context(), delivery{JobID: 2}, &river.InsertOpts{Queue: "later", ScheduledAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		queue string
		jobs  int
	}{{"default", 0}, {"later", 0}, {"other", 1}, {"other", 0}} {
		got, err := driver.GetExecutor().JobGetAvailable(t.Context(), &riverdriver.JobGetAvailableParams{ClientID: "c", MaxAttemptedBy: 10, MaxToLock: 5, Queue: want.queue})
		if err != nil || len(got) != want.jobs {
			t.Errorf("queue %s gives %d jobs, want %d (%v)", want.queue, len(got), want.jobs, err)
		}
	}
}
