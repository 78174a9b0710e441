package recipe

import (
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
