package server

import (
	"encoding/json"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// What several views need. A view is a row, or rows, in the shape of the wire.

func timeView(t store.Time) api.Time { return api.NewTime(t.Time) }

func timePtrView(t *store.Time) *api.Time { return api.TimePtr(t.Std()) }

// textView is a text that is null on the wire if it is empty.
func textView(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func refView(id *int64) *api.Ref {
	if id == nil {
		return nil
	}
	return &api.Ref{ID: *id}
}

func sourcesView(s store.Sources) api.Sources {
	return api.Sources{
		SourceStarted: timePtrView(s.SourceStarted), SourceEnded: timePtrView(s.SourceEnded),
		SourceSensorClass: s.SourceSensorClass, SourceSensor: s.SourceSensor,
		SourceCollection: s.SourceCollection, SourceTask: s.SourceTask,
	}
}

// eventView is an event as lists show it; details add the description.
func eventView(e store.Event, detail bool) *api.Event {
	if e.ID == 0 {
		return nil
	}
	out := &api.Event{ID: e.ID, Type: e.Type, Occurred: timeView(e.Occurred)}
	if detail && len(e.Description) > 0 {
		out.Description = objectView(e.Description)
	}
	return out
}

// objectView is a stored object; empty if there is none.
func objectView(raw store.JSON) map[string]any {
	out := map[string]any{}
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &out) // we wrote it
	}
	return out
}

// dataView is a stored recipe.Data: an empty one if there is none yet (contract 3.2).
func dataView(raw store.JSON) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage(`{"files":{},"json":{}}`)
	}
	return raw
}

// configurationView is a stored configuration without the values of secret settings;
// null if there is none.
func (s *Server) configurationView(raw store.JSON, secret []string) json.RawMessage {
	c, err := s.engine.OpenConfiguration(raw)
	if err != nil || c == nil {
		return nil // rather nothing than a secret
	}
	for _, name := range slices.Concat(secret, c.Secret) {
		delete(c.Settings, name)
	}
	out, err := json.Marshal(c.Configuration)
	if err != nil {
		return nil
	}
	return out
}

// secretSettings are the settings of a manifest whose values are never shown.
func secretSettings(manifest store.JSON) []string {
	m, problems := seed.Parse(manifest)
	if m == nil || problems.Err() != nil {
		return nil
	}
	return m.Configurable().SecretSettings
}

// sourceFilter reads the filters of the roll-up columns, which files, jobs and recipes share.
func (p *params) sourceFilter() store.SourceFilter {
	started, ended := p.timeRange("source_started", "source_ended")
	return store.SourceFilter{
		SourceStarted: started, SourceEnded: ended,
		SourceSensorClasses: p.strings("source_sensor_class"), SourceSensors: p.strings("source_sensor"),
		SourceCollections: p.strings("source_collection"), SourceTasks: p.strings("source_task"),
	}
}

// idSet collects ids for one of the store's …ByID, each once.
type idSet map[int64]bool

func (s idSet) add(ids ...*int64) {
	for _, id := range ids {
		if id != nil {
			s[*id] = true
		}
	}
}

func (s idSet) list() []int64 {
	out := make([]int64, 0, len(s))
	for id := range s {
		out = append(out, id)
	}
	return out
}
