package recipe

import (
	"encoding/json"
	"strconv"
)

// DataFilter is a test of data (contract 3.3): all or, with All false, any of
// its filters must pass. Without filters it accepts everything.
type DataFilter struct {
	Filters []Filter
	All     bool
}

// Filter is a test of one parameter.
type Filter struct {
	Name      string     // of the parameter
	Type      string     // string, integer, number, boolean, object; for files filename, media-type, data-type, meta-data
	Condition string     // ==, !=, <, <=, >, >=, between, in, not in, contains, subset of, superset of
	Values    []any      // what the data are compared with
	Fields    [][]string // paths into an object or the meta-data of a file; the i-th belongs to the i-th value
	AllFields bool       // every field must pass, not only one; true unless stated otherwise
	AllFiles  bool       // every file must pass, not only one; false unless stated otherwise
}

// File is what a filter can see of a file.
type File struct {
	ID        int64
	Name      string
	MediaType string
	DataTypes []string
	Metadata  map[string]any // values as in Data.JSON
}

var filterDocument = jsonDocument{noun: "data filter", def: "dataFilter", code: InvalidDataFilter, version: InvalidVersion}

// ParseDataFilter reads the JSON form of a data filter, with all true unless it
// says otherwise, and converts the values of integer and number filters. A
// filter with problems is incomplete.
func ParseDataFilter(raw []byte) (DataFilter, Problems) {
	value, structural := filterDocument.read(raw)
	var found findings
	if p, bad := filterDocument.badVersion(value, nil); bad {
		found = append(found, finding{stage: 0, Problem: p})
	}
	found.include(1, structural)
	f := readDataFilter(value, nil, 2, &found)
	return f, found.problems()
}

// readDataFilter takes what fits out of value and checks every single filter.
func readDataFilter(value any, at Path, stage int, found *findings) DataFilter {
	out := DataFilter{Filters: []Filter{}, All: memberOr(value, "all", true)}
	filters, _ := member[[]any](value, "filters")
	for i, single := range filters {
		f := Filter{
			Name:      memberOr(single, "name", ""),
			Type:      memberOr(single, "type", ""),
			Condition: memberOr(single, "condition", ""),
			Values:    memberOr[[]any](single, "values", nil),
			AllFields: memberOr(single, "all_fields", true),
			AllFiles:  memberOr(single, "all_files", false),
		}
		fields, _ := member[[]any](single, "fields")
		for _, field := range fields {
			steps, _ := field.([]any)
			path := make([]string, 0, len(steps))
			for _, step := range steps {
				s, _ := step.(string)
				path = append(path, s)
			}
			f.Fields = append(f.Fields, path)
		}
		out.Filters = append(out.Filters, f.check(at.At("filters", strconv.Itoa(i)), stage, found))
	}
	return out
}

// The JSON forms. Version is only written inside of conditions.
type (
	dataFilterJSON struct {
		Version string       `json:"version,omitempty"`
		Filters []filterJSON `json:"filters"`
		All     bool         `json:"all"`
	}
	filterJSON struct {
		Name      string     `json:"name"`
		Type      string     `json:"type"`
		Condition string     `json:"condition"`
		Values    []any      `json:"values"`
		Fields    [][]string `json:"fields,omitempty"`
		AllFields *bool      `json:"all_fields,omitempty"`
		AllFiles  bool       `json:"all_files,omitempty"`
	}
)

func (f DataFilter) form() dataFilterJSON {
	out := dataFilterJSON{Filters: make([]filterJSON, len(f.Filters)), All: f.All}
	for i, s := range f.Filters {
		w := filterJSON{s.Name, s.Type, s.Condition, append([]any{}, s.Values...), s.Fields, nil, s.AllFiles}
		if !s.AllFields {
			w.AllFields = new(false)
		}
		out.Filters[i] = w
	}
	return out
}

// MarshalJSON writes filters and all always, all_fields and all_files only where
// they differ from their defaults.
func (f DataFilter) MarshalJSON() ([]byte, error) { return json.Marshal(f.form()) }

// UnmarshalJSON is ParseDataFilter; its error is an *InvalidError.
func (f *DataFilter) UnmarshalJSON(raw []byte) error {
	if isNull(raw) {
		return nil
	}
	parsed, problems := ParseDataFilter(raw)
	if err := problems.Err(); err != nil {
		return err
	}
	*f = parsed
	return nil
}
