package seed_test

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

func TestWithTag(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"job":                             "job:2.0",
		"job:1.0":                         "job:2.0",
		"registry.example.com:5000/a/job": "registry.example.com:5000/a/job:2.0",
		"registry.example.com:5000/job:1": "registry.example.com:5000/job:2.0",
		"job:1@sha256:" + strings.Repeat("a", 64): "job:2.0",
		"none": "none",
		"":     "",
	} {
		if got := seed.WithTag(image, "2.0"); got != want {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
	if got := seed.WithTag("job:1.0", ""); got != "job:1.0" {
		t.Errorf("without a tag: got %s", got)
	}
}
