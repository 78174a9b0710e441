package seed

import (
	"fmt"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// SideCar is what the document beside an output file says about it: a GeoJSON Feature, or
// a bare geometry, which counts as a Feature without properties (Seed 1.0.0, "Extended File
// Metadata"). Nil is what it does not say.
type SideCar struct {
	Metadata                   map[string]any // the whole document; nil if it was not taken
	DataStarted, DataEnded     *time.Time     // in UTC; properties.dataStarted, or else properties.time.start, and so on
	SourceStarted, SourceEnded *time.Time
	SourceSensorClass          *string
	SourceSensor               *string
	SourceCollection           *string
	SourceTask                 *string
	Geometry, CenterPoint      *string  // as WKT
	Warnings                   []string // what was not taken, a sentence without an end for each
}

// ReadSideCar reads a document that was decoded with UseNumber. What does not fit the
// standard is left out with a warning: it must not cost the result of a long job.
func ReadSideCar(document map[string]any) SideCar {
	s := SideCar{Metadata: document}
	kind, _ := document["type"].(string)
	switch {
	case kind == "FeatureCollection" || kind == "GeometryCollection":
		return SideCar{Warnings: []string{fmt.Sprintf("found a %s, expected one Feature or one geometry; nothing of it was taken", kind)}}
	case kind == "Feature":
		s.readGeometry("geometry", document["geometry"])
		s.readProperties(document["properties"])
	case isGeometry(kind):
		s.readGeometry("coordinates", document)
	default:
		s.warn("type", `found %s, expected "Feature" or a geometry of GeoJSON; only meta-data filters see the document`, found(document["type"]))
	}
	return s
}

func (s *SideCar) warn(member, format string, args ...any) {
	s.Warnings = append(s.Warnings, member+": "+fmt.Sprintf(format, args...))
}

func (s *SideCar) readGeometry(member string, value any) {
	if value == nil {
		return
	}
	g, err := parseGeometry(value)
	if err != nil {
		s.warn(member, "%s; it was not taken", err)
		return
	}
	text, center := g.wkt(), g.center()
	s.Geometry, s.CenterPoint = &text, &center
}

func (s *SideCar) readProperties(value any) {
	properties, ok := value.(map[string]any)
	if !ok {
		if value != nil {
			s.warn("properties", "found %s, expected an object; it was not taken", found(value))
		}
		return
	}
	span, _ := properties["time"].(map[string]any)
	started, ended := named{"properties.dataStarted", properties["dataStarted"]}, named{"properties.dataEnded", properties["dataEnded"]}
	if started.value == nil {
		started = named{"properties.time.start", span["start"]}
	}
	if ended.value == nil {
		ended = named{"properties.time.end", span["end"]}
	}
	s.DataStarted, s.DataEnded = s.times(started, ended)
	s.SourceStarted, s.SourceEnded = s.times(
		named{"properties.sourceStarted", properties["sourceStarted"]}, named{"properties.sourceEnded", properties["sourceEnded"]})
	s.SourceSensorClass = s.text(properties, "sourceSensorClass")
	s.SourceSensor = s.text(properties, "sourceSensor")
	s.SourceCollection = s.text(properties, "sourceCollection")
	s.SourceTask = s.text(properties, "sourceTask")
}

// named is a value with the place that it was found at.
type named struct {
	member string
	value  any
}

func (s *SideCar) times(started, ended named) (from, to *time.Time) {
	from, to = s.time(started), s.time(ended)
	if from == nil || to == nil {
		return from, to
	}
	if err := workspace.CheckSourceTimes(*from, *to); err != nil {
		s.warn(ended.member, "%s; neither was taken", err)
		return nil, nil
	}
	return from, to
}

func (s *SideCar) time(n named) *time.Time {
	if n.value == nil {
		return nil
	}
	text, _ := n.value.(string)
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		s.warn(n.member, "found %s, expected a time such as 2020-01-31T12:00:00Z; it was not taken", found(n.value))
		return nil
	}
	if err := workspace.CheckSourceTime(t); err != nil {
		s.warn(n.member, "%s; it was not taken", err)
		return nil
	}
	t = t.UTC()
	return &t
}

func (s *SideCar) text(properties map[string]any, name string) *string {
	value := properties[name]
	text, ok := value.(string)
	switch {
	case value == nil || ok && text == "":
		return nil
	case !ok:
		s.warn("properties."+name, "found %s, expected text; it was not taken", found(value))
		return nil
	}
	return &text
}

// found says what a value of JSON is, short enough for a line of a log.
func found(value any) string {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%q", recipe.Shorten(v))
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return recipe.Shorten(fmt.Sprint(value))
}
