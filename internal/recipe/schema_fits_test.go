package recipe

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// What decides and what explains are two: they must never differ, about any schema of the program.
func TestFitsAsTheLibraryDecides(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"schema.json", "../seed/schema.json", "../order/schema.json"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := NewSchema(raw)
		for def, fits := range s.fits {
			if root, _ := s.raw.(map[string]any); def == "" && root["type"] == nil {
				continue // it only holds others
			}
			t.Run(file+"#"+def, func(t *testing.T) {
				t.Parallel()
				random := valueMaker{schema: s, Rand: rand.New(rand.NewPCG(1, uint64(len(def))))}
				decided := map[bool]int{}
				for range 3000 {
					random.fault = random.IntN(2)
					value := random.value("#/$defs/"+def, 0)
					if def == "" {
						value = random.of(s.raw, 0)
					}
					err := s.compiled[def].Validate(value)
					if got := (*fits)(value); got != (err == nil) {
						text, _ := json.Marshal(value)
						t.Fatalf("%s: fits = %t, but the library says: %v", text, got, err)
					}
					decided[err == nil]++
				}
				if decided[true] < 20 || decided[false] < 20 {
					t.Errorf("%d values fit and %d do not: that proves little", decided[true], decided[false])
				}
			})
		}
	}
}

func TestASchemaIsRefusedThatNothingDecides(t *testing.T) {
	t.Parallel()
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "uniqueItems") {
			t.Errorf("got %q; expected it to name the keyword", said)
		}
	}()
	NewSchema([]byte(`{"type": "array", "uniqueItems": true}`))
}

// A valueMaker makes values that fit a schema or, as long as it has a fault left, do not quite.
type valueMaker struct {
	*rand.Rand
	schema *Schema
	fault  int
}

func (m *valueMaker) value(reference string, depth int) any {
	return m.of(m.schema.at(reference), depth)
}

var oddValues = []any{
	nil, true, "", "9x", "a b", "a\u00e9", "host", "job", strings.Repeat("x", 300), json.Number("0"), json.Number("-1"), json.Number("1.0"),
	json.Number("1.5"), json.Number("1e3"), json.Number("1e-3"), json.Number("2147483648"), json.Number("2147483647.5"), json.Number("101"),
	[]any{}, []any{nil}, map[string]any{}, map[string]any{"type": "value"}, map[string]any{"type": json.Number("1")},
}

func (m *valueMaker) of(schema any, depth int) any {
	if m.fault > 0 && m.IntN(8) == 0 {
		m.fault--
		return oddValues[m.IntN(len(oddValues))]
	}
	k, isObject := schema.(map[string]any)
	if !isObject || depth > 12 {
		return oddValues[m.IntN(len(oddValues))]
	}
	if reference, ok := k["$ref"].(string); ok {
		return m.value(reference, depth+1)
	}
	if alternatives, ok := k["allOf"].([]any); ok && k["type"] == "object" { // by what one of its members is
		one, _ := alternatives[m.IntN(len(alternatives))].(map[string]any)
		then, _ := one["then"].(map[string]any)
		value := m.members(then, depth)
		tests, _ := member[map[string]any](one["if"], "properties")
		for name, test := range tests {
			value[name] = m.of(test, depth+1)
		}
		return value
	}
	if otherwise, ok := k["else"]; ok {
		return []any{nil, m.of(otherwise, depth+1)}[m.IntN(2)]
	}
	if values, ok := k["enum"].([]any); ok {
		return values[m.IntN(len(values))]
	}
	if value, ok := k["const"]; ok {
		return value
	}
	kinds, several := k["type"].([]any)
	if !several {
		kinds = []any{k["type"]}
	}
	switch kinds[m.IntN(len(kinds))] {
	case "object":
		return m.members(k, depth)
	case "array":
		items := []any{}
		for range m.IntN(3) {
			items = append(items, m.of(k["items"], depth+1))
		}
		return items
	case "boolean":
		return m.IntN(2) == 0
	case "integer", "number":
		return json.Number([]string{"1", "2", "7.0", "10", "1e0"}[m.IntN(5)])
	case "null":
		return nil
	}
	return []string{"name", "1.0.0", "A_-", "job-1", "1.0.0-a.1", "NAME_2", "application/json"}[m.IntN(7)]
}

func (m *valueMaker) members(k map[string]any, depth int) map[string]any {
	value := map[string]any{}
	required, _ := k["required"].([]any)
	properties, _ := k["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		needed := slices.Contains(required, any(name))
		if needed && m.fault > 0 && m.IntN(12) == 0 {
			m.fault--
			continue
		}
		if needed || m.IntN(3) == 0 {
			value[name] = m.of(properties[name], depth+1)
		}
	}
	other, any := k["additionalProperties"]
	if allowed, isBool := other.(bool); any && (!isBool || allowed) || m.fault > 0 && m.IntN(12) == 0 {
		for i := range m.IntN(3) {
			value[fmt.Sprintf("other_%d", i)] = m.of(other, depth+1)
		}
	}
	return value
}
