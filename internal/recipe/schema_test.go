package recipe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const testSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"additionalProperties": false,
	"required": ["kind"],
	"properties": {"kind": {"const": "tile"}, "size": {"$ref": "#/$defs/size"}, "name": {"$ref": "#/$defs/name"}},
	"$defs": {
		"size": {"type": "integer", "minimum": 1, "maximum": 9},
		"name": {"type": "string", "maxLength": 3, "allOf": [
			{"pattern": "^[a-z]*$", "description": "small letters"},
			{"pattern": "^[^x]*$"}
		]},
		"anything": {"type": "object"},
		"long": {"minLength": 2},
		"few": {"maxProperties": 1}
	}
}`

func TestSchemaReadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := NewSchema([]byte(testSchema))
	tests := []struct {
		name, def, raw string
		want           Problems
	}{
		{name: "a document that fits", raw: `{"kind": "tile", "size": 9, "name": "abc"}`},
		{name: "a definition is checked by itself", def: "size", raw: `9`},
		{"a member of the root is missing", "", `{}`, Problems{
			{Code: "BAD", Message: "tile: 'kind' is missing; it is required"}}},
		{"a member of the root is unknown", "", `{"kind": "tile", "nam": 1}`, Problems{
			{Path: Path{"nam"}, Code: "BAD", Message: "tile: 'nam' is not known here; did you mean 'name'?; expected only 'kind', 'name' and 'size'"}}},
		{"a constant is another value", "", `{"kind": 1}`, Problems{
			{Path: Path{"kind"}, Code: "BAD", Message: `kind: found the number 1, expected the string "tile"`}}},
		{"a number is too small", "size", `0`, Problems{
			{Code: "BAD", Message: "tile: found the number 0, expected at least 1"}}},
		{"a number is too large", "size", `10`, Problems{
			{Code: "BAD", Message: "tile: found the number 10, expected at most 9"}}},
		{"a string is too long", "name", `"abcd"`, Problems{
			{Code: "BAD", Message: "tile: found 4 characters, at most 3 are allowed"}}},
		{"an object has too many members", "few", `{"a": 1, "b": 2}`, Problems{
			{Code: "BAD", Message: "tile: found 2 members, at most 1 are allowed"}}},
		{"a pattern is told by its description, or as it is", "name", `"X-x"`, Problems{
			{Code: "BAD", Message: `tile: found the string "X-x", expected a string that matches ^[^x]*$`},
			{Code: "BAD", Message: `tile: found the string "X-x", expected small letters`}}},
		{"a rule without words of its own is named", "long", `"a"`, Problems{
			{Code: "BAD", Message: "tile: found the string \"a\", which does not fit (minLength)"}}},
		{"nothing, where members are required", "", " ", Problems{
			{Code: "BAD", Message: "The tile is empty; expected a JSON object with 'kind'"}}},
		{"nothing, where no member is required", "anything", "", Problems{
			{Code: "BAD", Message: "The tile is empty; expected a JSON object, at least {}"}}},
		{"text that is no JSON", "", "{\n  kind", Problems{
			{Code: "BAD", Message: "The tile is not valid JSON: line 2, column 3: invalid character 'k' looking for beginning of object key string"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := s.Read([]byte(tt.raw), tt.def, "tile", "BAD")
			if diff := cmp.Diff(tt.want, problems, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
