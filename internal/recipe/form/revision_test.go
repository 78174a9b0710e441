package form

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// TestRevisionsBelowOne are refused where they are written, but not where mock_provider has
// made up a name and 0 for a revision.
func TestRevisionsBelowOne(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"name": "j", "version": "1.0.0", "revision": 0}`:         "nodes.a.job.revision: found 0, expected a revision",
		`{"name": "j", "version": "1.0.0", "revision": -1}`:        "nodes.a.job.revision: found -1",
		`{"name": "k3jd82ns", "version": "1.0.0", "revision": 0}`:  "",
		`{"name": "k3jd82ns", "version": "1.0.0", "revision": -1}`: "found -1",
		`{"name": "j", "version": "1.0.0", "revision": 1}`:         "",
	} {
		v, err := recipe.Decode([]byte(`{"nodes": {"a": {"job": ` + text + `}}}`))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range ReadDraft(v).Check() {
			got = append(got, p.Message)
		}
		if said := strings.Join(got, "\n"); want == "" && said != "" || !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", text, said, want)
		}
	}
}
