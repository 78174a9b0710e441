package view

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/arrival"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// What several views need. A view is a row, or rows, in the shape of the wire.

// Views makes answers of rows, with what they refer to.
type Views struct {
	store    *store.Store
	engine   *engine.Engine
	orders   *orders.Desk
	arrivals *arrival.Desk
}

// New makes the views of a server.
func New(st *store.Store, e *engine.Engine, o *orders.Desk) Views {
	return Views{st, e, o, arrival.New(e)}
}

// Time is a time in UTC.
func Time(t store.Time) api.Time { return api.NewTime(t.Time) }

// TimePtr is Time, or null.
func TimePtr(t *store.Time) *api.Time { return api.TimePtr(t.Std()) }

// Text is a text that is null on the wire if it is empty.
func Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Ref is an id as an object, or null.
func Ref(id *int64) *api.Ref {
	if id == nil {
		return nil
	}
	return &api.Ref{ID: *id}
}

// Sources is the roll-up columns of the source data.
func Sources(s store.Sources) api.Sources {
	return api.Sources{
		SourceStarted: TimePtr(s.SourceStarted), SourceEnded: TimePtr(s.SourceEnded),
		SourceSensorClass: s.SourceSensorClass, SourceSensor: s.SourceSensor,
		SourceCollection: s.SourceCollection, SourceTask: s.SourceTask,
	}
}

// Event is an event as lists show it; details add the description.
func Event(e store.Event, detail bool) *api.Event {
	if e.ID == 0 {
		return nil
	}
	out := &api.Event{ID: e.ID, Type: e.Type, Occurred: Time(e.Occurred)}
	if detail && len(e.Description) > 0 {
		out.Description = Object(e.Description)
	}
	return out
}

// Object is a stored object; empty if there is none.
func Object(raw store.JSON) map[string]any {
	out := map[string]any{}
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &out) // we wrote it
	}
	return out
}

// Data is a stored recipe.Data: an empty one if there is none yet (contract 3.2).
func Data(raw store.JSON) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage(`{"files":{},"json":{}}`)
	}
	return raw
}

// Configuration is a stored configuration, with all defaults but that of the priority and
// without the values of secret settings; null if there is none.
func (s Views) Configuration(raw store.JSON, secret []string) json.RawMessage {
	return s.configuration(raw, secret, false)
}

// JobConfiguration is Configuration for a job or a job type, whose priority has a default.
func (s Views) JobConfiguration(raw store.JSON, secret []string) json.RawMessage {
	return s.configuration(raw, secret, true)
}

func (s Views) configuration(raw store.JSON, secret []string, withPriority bool) json.RawMessage {
	c, err := s.engine.OpenConfiguration(raw)
	if err != nil || c == nil {
		return nil // rather nothing than a secret
	}
	for _, name := range slices.Concat(secret, c.Secret) {
		delete(c.Settings, name)
	}
	if withPriority {
		c.Priority = new(c.EffectivePriority())
	}
	out, err := c.Filled()
	if err != nil {
		return nil
	}
	return out
}

// SecretSettings are the settings of a manifest whose values are never shown.
func SecretSettings(manifest store.JSON) []string {
	m, problems := seed.Parse(manifest)
	if m == nil || problems.Err() != nil {
		return nil
	}
	return m.Configurable().SecretSettings
}

// IDSet collects ids for one of the store's …ByID, each once.
type IDSet map[int64]bool

// Add takes ids; nil is none.
func (s IDSet) Add(ids ...*int64) {
	for _, id := range ids {
		if id != nil {
			s[*id] = true
		}
	}
}

// List is the ids, in any order.
func (s IDSet) List() []int64 {
	out := make([]int64, 0, len(s))
	for id := range s {
		out = append(out, id)
	}
	return out
}

// sortedNames are the keys of a map in the order of their bytes.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
