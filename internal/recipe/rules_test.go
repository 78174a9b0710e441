package recipe

import (
	"strings"
	"testing"
)

// TestANewRequiredInputPreventsAReprocess is about both kinds of inputs: the old recipe has no
// value for one that is new.
func TestANewRequiredInputPreventsAReprocess(t *testing.T) {
	t.Parallel()
	before := &Definition{Nodes: map[string]Node{}}
	for name, tt := range map[string]struct {
		takes Interface
		can   bool
	}{
		"a required value":  {Interface{JSON: map[string]JSONParam{"n": {Type: "number", Required: true}}}, false},
		"an optional value": {Interface{JSON: map[string]JSONParam{"n": {Type: "number"}}}, true},
		"a required file":   {Interface{Files: map[string]FileParam{"n": {Required: true}}}, false},
		"an optional file":  {Interface{Files: map[string]FileParam{"n": {}}}, true},
	} {
		if got := Compare(before, &Definition{Input: tt.takes, Nodes: map[string]Node{}}, nil).CanBeReprocessed; got != tt.can {
			t.Errorf("%s is new: can be reprocessed %t, want %t", name, got, tt.can)
		}
	}
}

func TestCheckMediaType(t *testing.T) {
	t.Parallel()
	for text, right := range map[string]bool{
		"image/tiff": true, "image/tiff; application=geotiff": true, "application/x-own": true,
		"": false, "tiff": false, "image/": false, "/tiff": false, "a/b/c": false, "image/ti ff": false,
	} {
		if err := CheckMediaType(text); (err == nil) != right {
			t.Errorf("media type %q: %v, want right %t", text, err, right)
		}
	}
}

func TestCheckBaseURL(t *testing.T) {
	t.Parallel()
	for text, right := range map[string]bool{
		"": true, "https://files.example.com/x/": true, "s3://bucket/a": true, "file:///srv": true,
		"files": false, "/files": false, "https://": false, "https://h/?a=b": false, "https://h/#a": false, "mailto:a@example.com": false,
	} {
		if err := CheckBaseURL(text); (err == nil) != right {
			t.Errorf("base URL %q: %v, want right %t", text, err, right)
		}
	}
}

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
		v, err := Decode([]byte(`{"nodes": {"a": {"job": ` + text + `}}}`))
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
