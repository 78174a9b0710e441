package seed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

func mustReadSideCar(t *testing.T, raw string) seed.SideCar {
	t.Helper()
	value, err := recipe.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return seed.ReadSideCar(value.(map[string]any))
}

// TestReadSideCar reads documents of the Seed standard and of projects that use it.
func TestReadSideCar(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) *time.Time { return new(time.Date(2020, 1, day, hour, 0, 0, 0, time.UTC)) }
	for name, c := range map[string]struct {
		raw  string
		want seed.SideCar
	}{
		"all members": {`{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {
			"dataStarted": "2020-01-01T00:00:00Z", "dataEnded": "2020-01-02T02:00:00+02:00", "sourceStarted": "2020-01-03T00:00:00Z",
			"sourceEnded": "2020-01-03T01:00:00Z", "sourceSensorClass": "C", "sourceSensor": "S1", "sourceCollection": "X", "sourceTask": "T"}}`,
			seed.SideCar{
				DataStarted: at(1, 0), DataEnded: at(2, 0), SourceStarted: at(3, 0), SourceEnded: at(3, 1),
				SourceSensorClass: new("C"), SourceSensor: new("S1"), SourceCollection: new("X"), SourceTask: new("T"),
				Geometry: new("POINT (1 2)"), CenterPoint: new("POINT (1 2)"),
			}},
		"the standard's own example": {`{"type": "Feature", "geometry": null, "properties": {"time": {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}}}`,
			seed.SideCar{DataStarted: at(1, 0), DataEnded: at(2, 0)}},
		"the members before the example's": {`{"type": "Feature", "properties": {"dataStarted": "2020-01-01T00:00:00Z", "time": {"start": "2020-01-03T00:00:00Z", "end": "2020-01-02T00:00:00Z"}}}`,
			seed.SideCar{DataStarted: at(1, 0), DataEnded: at(2, 0)}},
		"a bare geometry": {`{"type": "LineString", "coordinates": [[0, 0], [2, 0]]}`,
			seed.SideCar{Geometry: new("LINESTRING (0 0, 2 0)"), CenterPoint: new("POINT (1 0)")}},
		"nothing to say": {`{"type": "Feature", "geometry": null, "properties": null}`, seed.SideCar{}},
		"empty text":     {`{"type": "Feature", "properties": {"sourceTask": "", "sourceSensor": null}}`, seed.SideCar{}},
		"no GeoJSON": {`{"time": {"start": "2020-01-01T00:00:00Z"}}`,
			seed.SideCar{Warnings: []string{`type: found nothing, expected "Feature" or a geometry of GeoJSON; only meta-data filters see the document`}}},
		"wrong values": {`{"type": "Feature", "geometry": {"type": "Point", "coordinates": ["a", 1]}, "properties": {"dataStarted": "soon", "dataEnded": 5,
			"sourceStarted": "2020-01-03T00:00:00Z", "sourceEnded": "2020-01-01T00:00:00Z", "sourceTask": ["T"]}}`,
			seed.SideCar{Warnings: []string{
				"geometry: Point: found \"a\" for a coordinate, expected a number of at most 1000000000; it was not taken",
				"properties.dataStarted: found \"soon\", expected a time such as 2020-01-31T12:00:00Z; it was not taken",
				"properties.dataEnded: found 5, expected a time such as 2020-01-31T12:00:00Z; it was not taken",
				"properties.sourceEnded: found 2020-01-01T00:00:00Z, which is before the start, 2020-01-03T00:00:00Z; expected the end of the recording; neither was taken",
				"properties.sourceTask: found an array, expected text; it was not taken",
			}}},
		"years that no database has": {`{"type": "Feature", "properties": {"dataStarted": "0000-01-01T00:00:00Z", "dataEnded": "9999-12-31T23:59:59-05:00"}}`,
			seed.SideCar{Warnings: []string{
				"properties.dataStarted: found 0000-01-01T00:00:00Z, expected a time of the years 1000 to 9999; it was not taken",
				"properties.dataEnded: found 9999-12-31T23:59:59-05:00, expected a time of the years 1000 to 9999; it was not taken",
			}}},
		"properties that are none": {`{"type": "Feature", "properties": 3}`,
			seed.SideCar{Warnings: []string{"properties: found 3, expected an object; it was not taken"}}},
		"a collection inside": {`{"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": []}, "properties": {"sourceTask": "T"}}`,
			seed.SideCar{SourceTask: new("T"), Warnings: []string{
				`geometry: found the type "GeometryCollection", expected Point, LineString, Polygon or one of their Multi forms; it was not taken`,
			}}},
	} {
		got := mustReadSideCar(t, c.raw)
		if got.Metadata == nil {
			t.Errorf("%s: the document was not kept", name)
		}
		got.Metadata = nil
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, kind := range []string{"FeatureCollection", "GeometryCollection"} {
		got := mustReadSideCar(t, `{"type": "`+kind+`", "features": [], "geometries": [], "properties": {"sourceTask": "T"}}`)
		want := seed.SideCar{Warnings: []string{"found a " + kind + ", expected one Feature or one geometry; nothing of it was taken"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("a %s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestGeometries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, coordinates, want, center string }{
		{"Point", `[-0.5, 2.25, 100]`, "POINT Z (-0.5 2.25 100)", "POINT (-0.5 2.25)"},
		{"Point", `[1e5, 1e-300, 3, 4]`, "POINT Z (100000 1e-300 3)", "POINT (100000 1e-300)"},
		{"MultiPoint", `[[0, 0], [2, 4]]`, "MULTIPOINT ((0 0), (2 4))", "POINT (1 2)"},
		{"LineString", `[[0, 0, 7], [4, 0], [4, 1]]`, "LINESTRING (0 0, 4 0, 4 1)", "POINT (2.4 0.1)"},
		{"LineString", `[[3, 3], [3, 3]]`, "LINESTRING (3 3, 3 3)", "POINT (3 3)"},
		{"MultiLineString", `[[[0, 0], [2, 0]], [[0, 2], [2, 2]]]`, "MULTILINESTRING ((0 0, 2 0), (0 2, 2 2))", "POINT (1 1)"},
		{"Polygon", `[[[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]]`, "POLYGON ((0 0, 4 0, 4 2, 0 2, 0 0))", "POINT (2 1)"},
		// The right half is a hole, which winds as the outer ring does.
		{"Polygon", `[[[0, 0], [0, 2], [4, 2], [4, 0], [0, 0]], [[2, 0], [2, 2], [4, 2], [4, 0], [2, 0]]]`,
			"POLYGON ((0 0, 0 2, 4 2, 4 0, 0 0), (2 0, 2 2, 4 2, 4 0, 2 0))", "POINT (1 1)"},
		{"Polygon", `[[[0, 0], [2, 0], [4, 0], [0, 0]]]`, "POLYGON ((0 0, 2 0, 4 0, 0 0))", "POINT (2 0)"},
		{"Polygon", `[[[1, 1], [1, 1], [1, 1], [1, 1]]]`, "POLYGON ((1 1, 1 1, 1 1, 1 1))", "POINT (1 1)"},
		{"MultiPolygon", `[[[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]], [[[4, 0], [4, 2], [6, 2], [6, 0], [4, 0]]]]`,
			"MULTIPOLYGON (((0 0, 2 0, 2 2, 0 2, 0 0)), ((4 0, 4 2, 6 2, 6 0, 4 0)))", "POINT (3 1)"},
	} {
		got := mustReadSideCar(t, `{"type": "`+c.kind+`", "coordinates": `+c.coordinates+`}`)
		if got.Geometry == nil || *got.Geometry != c.want || *got.CenterPoint != c.center {
			t.Errorf("%s %s: got %+v, want %s around %s", c.kind, c.coordinates, got, c.want, c.center)
		}
	}
	for _, c := range []struct{ kind, coordinates, want string }{
		{"Point", `null`, "Point: found nothing for a position, expected two or three numbers"},
		{"Point", `[1]`, "Point: found an array for a position, expected two or three numbers"},
		{"Point", `[1, null]`, "Point: found nothing for a coordinate, expected a number of at most 1000000000"},
		{"Point", `[1, 1e400]`, "Point: found 1e400 for a coordinate, expected a number of at most 1000000000"},
		{"Point", `[[1, 2]]`, "Point: found an array for a position, expected two or three numbers"},
		{"MultiPoint", `[]`, "MultiPoint: found no positions"},
		{"LineString", `[[1, 2]]`, "LineString: found 1 positions, expected at least 2"},
		{"LineString", `[1, 2]`, "LineString: found 1 for a position, expected two or three numbers"},
		{"Polygon", `[]`, "Polygon: found no positions"},
		{"Polygon", `[[[0, 0], [1, 0], [1, 1], [0, 1]]]`, "Polygon: found a ring that does not end where it begins"},
		{"MultiPolygon", `[[]]`, "MultiPolygon: found no positions"},
		{"MultiPolygon", `[[[[0, 0], [1, 0], [0, 0]]]]`, "MultiPolygon: found 3 positions, expected at least 4"},
	} {
		got := mustReadSideCar(t, `{"type": "`+c.kind+`", "coordinates": `+c.coordinates+`}`)
		if want := "coordinates: " + c.want + "; it was not taken"; got.Geometry != nil || got.CenterPoint != nil || strings.Join(got.Warnings, "\n") != want {
			t.Errorf("%s %s: got %+v, want the warning %q", c.kind, c.coordinates, got, want)
		}
	}
}
