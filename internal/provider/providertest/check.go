package providertest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// MustShow fails unless the lines match the patterns, in this order; there may be
// others in between.
func MustShow(t *testing.T, lines []string, patterns ...string) {
	t.Helper()
	rest := lines
	for _, p := range patterns {
		wanted := regexp.MustCompile("^" + p + "$")
		for len(rest) > 0 && !wanted.MatchString(rest[0]) {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("no line %q, in its place, in\n%s", p, strings.Join(lines, "\n"))
		}
		rest = rest[1:]
	}
}

// MustFind fails unless there is exactly one problem, with that text; "": none.
func MustFind(t *testing.T, when string, got []string, want string) {
	t.Helper()
	if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || !strings.Contains(got[0], want)) {
		t.Errorf("%s finds %q, want %q", when, got, want)
	}
}

// MustMarshal is v as indented JSON.
func MustMarshal(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatalf("marshaling: %s", err)
	}
	return string(raw)
}

// Details lists the texts of the diagnostics, errors with "!" before them.
func Details(diags diag.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		text := d.Detail()
		if d.Severity() == diag.SeverityError {
			text = "!" + text
		}
		out = append(out, text)
	}
	return out
}

// ExpectDetails compares the beginnings of the texts.
func ExpectDetails(t *testing.T, diags diag.Diagnostics, want ...string) {
	t.Helper()
	got := Details(diags)
	for i := range min(len(want), len(got)) {
		if strings.HasPrefix(got[i], want[i]) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

// MustBeClean fails for every diagnostic.
func MustBeClean(t *testing.T, diags diag.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		t.Errorf("%s: %s: %s", d.Severity(), d.Summary(), d.Detail())
	}
}

// WantOne checks that there is exactly one error, with that text at its beginning; "": none.
func WantOne(t *testing.T, diags diag.Diagnostics, want string) {
	t.Helper()
	var got []string
	for _, d := range diags {
		got = append(got, d.Detail())
	}
	switch {
	case want == "" && len(got) == 0:
	case want != "" && len(got) == 1 && diags.HasError() && len(got[0]) >= len(want) && got[0][:len(want)] == want:
	default:
		t.Errorf("diagnostics = %q, want one error that begins with %q", got, want)
	}
}

// NullObject is a value of that type with every attribute null.
func NullObject(t *testing.T, kind tftypes.Type) tftypes.Value {
	t.Helper()
	object, ok := kind.(tftypes.Object)
	if !ok {
		t.Fatalf("the schema is of type %s, want an object", kind)
	}
	members := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, member := range object.AttributeTypes {
		members[name] = tftypes.NewValue(member, nil)
	}
	return tftypes.NewValue(object, members)
}
