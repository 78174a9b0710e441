package usecase

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// MaxDocument bounds a definition, manifest, configuration or input, in bytes. The domain
// bounds what is inside.
const MaxDocument = 1 << 20

// Given reports whether a request brought a document: not absent, not null.
func Given(raw json.RawMessage) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) > 0 && !bytes.Equal(trimmed, []byte("null"))
}

// CheckObject accepts a JSON object of bounded size.
func CheckObject(name string, raw json.RawMessage) error {
	if !Given(raw) {
		return refusal.Errorf(refusal.Invalid, `Missing required parameter: "%s"`, name)
	}
	if len(raw) > MaxDocument {
		return refusal.Errorf(refusal.TooLarge, "Parameter %q has %d bytes; at most %d are allowed", name, len(raw), MaxDocument)
	}
	if bytes.TrimSpace(raw)[0] != '{' {
		return refusal.Errorf(refusal.Invalid, `Parameter must be a valid JSON object: "%s"`, name)
	}
	return nil
}

// IsEmptyObject reports whether raw is {}.
func IsEmptyObject(raw json.RawMessage) bool {
	var m map[string]json.RawMessage
	return json.Unmarshal(raw, &m) == nil && len(m) == 0
}

// Encode writes a value of ours, which always can be written.
func Encode(v any) (store.JSON, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return raw, nil
}

// DecodeNumbers decodes JSON keeping numbers as they were written.
func DecodeNumbers(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

// Clip keeps an error's description at a length that rows and pages can bear.
func Clip(s string) string {
	const most = 4000
	if r := []rune(s); len(r) > most {
		return string(slices.Concat(r[:most], []rune("…")))
	}
	return s
}

// SortedKeys are the keys of a map in the order of their bytes.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
