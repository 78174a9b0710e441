package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// bellDriver is River's driver for SQLite, woken when this process has committed deliveries:
// SQLite tells nobody, so River's own listener looks every 50 ms, by day and by night. What
// does not ring, as another process, River finds by its fetchPollInterval.
type bellDriver struct {
	*riversqlite.Driver
	bell  *store.Bell
	waits *sql.Stmt // whether a queue has work
}

// workWaits is what River's own statement to fetch work begins with. That one writes, and SQLite reads it anew each time.
const workWaits = `SELECT 1 FROM river_job WHERE state = 'available' AND queue = ? AND scheduled_at <= datetime('now', 'subsec') LIMIT 1`

func newBellDriver(db *sql.DB, bell *store.Bell) (*bellDriver, error) {
	waits, err := db.PrepareContext(context.Background(), workWaits)
	if err != nil {
		return nil, fmt.Errorf("preparing to look for work: %w", err)
	}
	return &bellDriver{riversqlite.New(db), bell, waits}, nil
}

// GetExecutor implements riverdriver.Driver.
func (d *bellDriver) GetExecutor() riverdriver.Executor {
	return &lookingExecutor{d.Driver.GetExecutor(), d.waits}
}

// lookingExecutor looks before it fetches: most of the time there is nothing.
type lookingExecutor struct {
	riverdriver.Executor
	waits *sql.Stmt
}

// JobGetAvailable implements riverdriver.Executor.
func (e *lookingExecutor) JobGetAvailable(ctx context.Context, params *riverdriver.JobGetAvailableParams) ([]*rivertype.JobRow, error) {
	if params.Now == nil && params.Schema == "" { // as it is outside of River's own tests
		var one int
		if err := e.waits.QueryRowContext(ctx, params.Queue).Scan(&one); errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
	}
	return e.Executor.JobGetAvailable(ctx, params)
}

// GetListener implements riverdriver.Driver.
func (d *bellDriver) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &bellListener{Listener: d.Driver.GetListener(params), bell: d.bell}
}

// River connects a listener before it waits, and does one thing at a time with it.
type bellListener struct {
	riverdriver.Listener
	bell *store.Bell
	rung <-chan string
	stop func()
}

// Connect implements riverdriver.Listener.
func (l *bellListener) Connect(ctx context.Context) error {
	if err := l.Listener.Connect(ctx); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	l.rung, l.stop = l.bell.Hear()
	return nil
}

// Close implements riverdriver.Listener.
func (l *bellListener) Close(ctx context.Context) error {
	if l.stop != nil {
		l.stop()
	}
	if err := l.Listener.Close(ctx); err != nil {
		return fmt.Errorf("closing: %w", err)
	}
	return nil
}

const insertTopic = "river_insert" // River's

// WaitForNotification implements riverdriver.Listener.
func (l *bellListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case queue := <-l.rung:
		payload, err := json.Marshal(map[string]string{"queue": queue})
		if err != nil {
			return nil, fmt.Errorf("waking queue: %w", err)
		}
		return &riverdriver.Notification{Topic: insertTopic, Payload: string(payload)}, nil
	}
}

// queuesOf are the queues of what is inserted, each once.
func queuesOf(params []river.InsertManyParams) map[string]bool {
	queues := map[string]bool{}
	for _, p := range params {
		if p.InsertOpts != nil && p.InsertOpts.Queue != "" {
			queues[p.InsertOpts.Queue] = true
		} else {
			queues[river.QueueDefault] = true
		}
	}
	return queues
}
