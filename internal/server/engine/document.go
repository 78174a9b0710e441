package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// given reports whether a request brought a document: not absent, not null.
func given(raw json.RawMessage) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) > 0 && !bytes.Equal(trimmed, []byte("null"))
}

// checkObject accepts a JSON object of bounded size.
func checkObject(name string, raw json.RawMessage) error {
	if !given(raw) {
		return errorf(Invalid, `Missing required parameter: "%s"`, name)
	}
	if len(raw) > maxDocument {
		return errorf(TooLarge, "Parameter %q has %d bytes; at most %d are allowed", name, len(raw), maxDocument)
	}
	if bytes.TrimSpace(raw)[0] != '{' {
		return errorf(Invalid, `Parameter must be a valid JSON object: "%s"`, name)
	}
	return nil
}

// isEmptyObject reports whether raw is {}.
func isEmptyObject(raw json.RawMessage) bool {
	var m map[string]json.RawMessage
	return json.Unmarshal(raw, &m) == nil && len(m) == 0
}

// encode writes a value of ours, which always can be written.
func encode(v any) (store.JSON, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return raw, nil
}

// decodeData reads data that was stored; nil for none.
func decodeData(raw store.JSON) (*recipe.Data, error) {
	if !given(raw) {
		return nil, nil //nolint:nilnil // no data is an ordinary answer
	}
	d, ps := recipe.ParseData(raw)
	if err := ps.Err(); err != nil {
		return nil, fmt.Errorf("reading stored data: %w", err)
	}
	return &d, nil
}

// decodeNumbers decodes JSON keeping numbers as they were written.
func decodeNumbers(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

// check refuses a version that the edit is not meant for. Every edit makes
// last_modified greater, so that two versions never share it: see nowAfter.
func (m IfMatch) check(lastModified store.Time, what string) error {
	if m == nil || slices.ContainsFunc(m, func(t store.Time) bool { return t.Equal(lastModified.Time) }) {
		return nil
	}
	return errorf(Precondition, "The %s was changed at %s, since the version that the request is for: read it again, and repeat the change if it still makes sense",
		what, lastModified.Format(time.RFC3339Nano))
}

func storeTime(t *time.Time) *store.Time {
	if t == nil {
		return nil
	}
	return store.At(*t).Ptr()
}
