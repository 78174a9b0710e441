package recipe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestPart(t *testing.T) {
	t.Parallel()
	needs := func(names ...string) recipe.Node {
		n := recipe.Node{Dependencies: map[string]bool{}}
		for _, name := range names {
			n.Dependencies[name] = true
		}
		return n
	}
	d := &recipe.Definition{Nodes: map[string]recipe.Node{
		"extract": needs(), "clean": needs("extract"), "check": needs("clean"), "load": needs("clean", "check"), "report": needs("load"), "delete": needs("extract"), "mail": needs(),
	}}
	for names, want := range map[string]string{
		"":               "check clean delete extract load mail report",
		"load":           "check clean extract load",
		"mail delete":    "delete extract mail",
		"extract":        "extract",
		"report nothing": "check clean extract load report",
		"nothing":        "",
	} {
		part := d.Part(strings.Fields(names))
		if got := strings.Join(part.NodeNames(), " "); got != want {
			t.Errorf("the part of %q is %q, want %q", names, got, want)
		}
		if again := d.Part(part.NodeNames()); names != "" && want != "" && !slices.Equal(again.NodeNames(), part.NodeNames()) {
			t.Errorf("the part of the part of %q is %q", names, again.NodeNames())
		}
	}
	if len(d.Nodes) != 7 {
		t.Error("the definition itself has changed")
	}
}
