package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// bellDriver is River's driver for SQLite, woken when this process has committed deliveries:
// SQLite tells nobody, so River's own listener looks every 50 ms, by day and by night. What
// does not ring, as another process, River finds by its fetchPollInterval.
type bellDriver struct {
	*riversqlite.Driver
	bell *store.Bell
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
