package recipe_test

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestCheckImageTag(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"1.4.0", "latest", "_x", strings.Repeat("a", 128)} {
		if err := recipe.CheckImageTag(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".1", "-x", "a b", "a:b", "a/b", "a@sha256:b", strings.Repeat("a", 129)} {
		if err := recipe.CheckImageTag(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
