package seed

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// position is a place of GeoJSON: x (longitude), y (latitude) and perhaps z.
type position []float64

// geometry is a geometry of GeoJSON (RFC 7946), whatever its type: parts of lines of
// positions. A polygon is one part whose lines are its rings; points are one line.
type geometry struct {
	kind  geometryKind
	parts [][][]position
}

type geometryKind struct {
	word  string // of WKT
	depth int    // of the arrays around a position
	least int    // positions of a line
	area  bool   // the lines are rings
	line  bool
}

func isGeometry(name string) bool {
	_, ok := geometryKinds()[name]
	return ok
}

func geometryKinds() map[string]geometryKind {
	return map[string]geometryKind{
		"Point":           {word: "POINT"},
		"MultiPoint":      {word: "MULTIPOINT", depth: 1, least: 1},
		"LineString":      {word: "LINESTRING", depth: 1, least: 2, line: true},
		"MultiLineString": {word: "MULTILINESTRING", depth: 2, least: 2, line: true},
		"Polygon":         {word: "POLYGON", depth: 2, least: 4, area: true},
		"MultiPolygon":    {word: "MULTIPOLYGON", depth: 3, least: 4, area: true},
	}
}

// maxCoordinate is farther than any place on Earth, in whatever unit. It keeps sums finite.
const maxCoordinate = 1e9

func parseGeometry(value any) (geometry, error) {
	members, ok := value.(map[string]any)
	name, _ := members["type"].(string)
	kind, known := geometryKinds()[name]
	switch {
	case !ok:
		return geometry{}, fmt.Errorf("found %s, expected a geometry of GeoJSON", found(value))
	case !known:
		return geometry{}, fmt.Errorf("found the type %s, expected Point, LineString, Polygon or one of their Multi forms", found(members["type"]))
	}
	// Arrays are put around what has fewer of them than a MultiPolygon.
	coordinates := members["coordinates"]
	for range 3 - kind.depth {
		coordinates = []any{coordinates}
	}
	g := geometry{kind: kind}
	parts, err := list(coordinates)
	for _, part := range parts {
		var lines []any
		if lines, err = list(part); err != nil {
			break
		}
		var read [][]position
		for _, line := range lines {
			var ps []position
			if ps, err = kind.positions(line); err != nil {
				return geometry{}, fmt.Errorf("%s: %w", name, err)
			}
			read = append(read, ps)
		}
		g.parts = append(g.parts, read)
	}
	if err != nil {
		return geometry{}, fmt.Errorf("%s: %w", name, err)
	}
	return g, nil
}

func list(value any) ([]any, error) {
	items, _ := value.([]any)
	if len(items) == 0 {
		return nil, errors.New("found no positions")
	}
	return items, nil
}

func (k geometryKind) positions(value any) ([]position, error) {
	items, err := list(value)
	if err != nil {
		return nil, err
	}
	if len(items) < k.least {
		return nil, fmt.Errorf("found %d positions, expected at least %d", len(items), k.least)
	}
	out := make([]position, len(items))
	for i, item := range items {
		numbers, _ := item.([]any)
		if len(numbers) < 2 {
			return nil, fmt.Errorf("found %s for a position, expected two or three numbers", found(item))
		}
		for _, n := range numbers[:min(len(numbers), 3)] {
			number, _ := n.(json.Number)
			v, err := number.Float64()
			if err != nil || math.Abs(v) > maxCoordinate {
				return nil, fmt.Errorf("found %s for a coordinate, expected a number of at most %.0f", found(n), maxCoordinate)
			}
			out[i] = append(out[i], v)
		}
	}
	first, last := out[0], out[len(out)-1]
	if k.area && (first[0] != last[0] || first[1] != last[1]) {
		return nil, errors.New("found a ring that does not end where it begins")
	}
	return out, nil
}

// wkt writes the geometry in the form of OGC's Simple Features. It has heights if each position has one.
func (g geometry) wkt() string {
	size := 3
	for _, part := range g.parts {
		for _, line := range part {
			for _, p := range line {
				size = min(size, len(p))
			}
		}
	}
	var parts []string
	for _, part := range g.parts {
		var lines []string
		for _, line := range part {
			var ps []string
			for _, p := range line {
				ps = append(ps, p[:size].wkt(g.kind.word == "MULTIPOINT"))
			}
			lines = append(lines, strings.Join(ps, ", "))
		}
		parts = append(parts, group(lines, g.kind.depth > 1))
	}
	head := g.kind.word
	if size == 3 {
		head += " Z"
	}
	return head + " (" + group(parts, g.kind.depth > 2) + ")"
}

// group joins parts, each in parentheses if it is an array of its own.
func group(parts []string, own bool) string {
	if own {
		return "(" + strings.Join(parts, "), (") + ")"
	}
	return strings.Join(parts, ", ")
}

func (p position) wkt(own bool) string {
	var numbers []string
	for _, v := range p {
		form := byte('f')
		if v != 0 && math.Abs(v) < 1e-9 {
			form = 'g'
		}
		numbers = append(numbers, strconv.FormatFloat(v, form, -1, 64))
	}
	return group([]string{strings.Join(numbers, " ")}, own)
}

// center is the centroid as WKT: that of the areas; of the lines if there are none, or they
// are empty; of the positions if those have no length.
func (g geometry) center() string {
	origin := g.parts[0][0][0] // near it sums lose nothing
	var areas, lines, points mean
	for _, part := range g.parts {
		for i, line := range part {
			ring := mean{}
			for j, p := range line {
				x, y := p[0]-origin[0], p[1]-origin[1]
				points.add(x, y, 1)
				if j == 0 {
					continue
				}
				px, py := line[j-1][0]-origin[0], line[j-1][1]-origin[1]
				lines.add((x+px)/2, (y+py)/2, math.Hypot(x-px, y-py))
				ring.add((x+px)/3, (y+py)/3, (px*y-x*py)/2) // the triangle with the origin
			}
			weight := math.Copysign(1, ring.weight)
			if i > 0 {
				weight = -weight // a hole
			}
			areas.x, areas.y, areas.weight = areas.x+weight*ring.x, areas.y+weight*ring.y, areas.weight+weight*ring.weight
		}
	}
	for _, sum := range []struct {
		mean
		fits bool
	}{{areas, g.kind.area}, {lines, g.kind.area || g.kind.line}} {
		if sum.fits && sum.weight > 0 && sum.finite() {
			return sum.at(origin)
		}
	}
	return points.at(origin)
}

// mean is a weighted sum of places.
type mean struct{ x, y, weight float64 }

func (m *mean) add(x, y, weight float64) {
	m.x, m.y, m.weight = m.x+x*weight, m.y+y*weight, m.weight+weight
}

func (m mean) finite() bool { return math.Abs(m.x/m.weight)+math.Abs(m.y/m.weight) <= 2*maxCoordinate }

func (m mean) at(origin position) string {
	return "POINT (" + position{origin[0] + m.x/m.weight, origin[1] + m.y/m.weight}.wkt(false) + ")"
}
