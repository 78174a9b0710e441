package order

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestGraphs(t *testing.T) {
	t.Parallel()
	after := func(name string) map[string]bool { return map[string]bool{name: true} }
	d := &recipe.Definition{Nodes: map[string]recipe.Node{"clean": {}, "load": {Dependencies: after("clean")}, "delete": {Dependencies: after("load")}}}
	for graph, want := range map[string]string{
		`[["clean", "load"], ["delete"]]`:              "",
		`[["clean", "delete"]]`:                        "",
		`[["clean", "load", {"condition": "passed"}]]`: `the edge from "clean" to "load" also has {"condition":"passed"}, but whether a node runs is decided by`,
		`[["load", "clean"]]`:                          `"clean" does not come after "load" in the recipe type`,
		`[["load", "load"]]`:                           `"load" does not come after "load"`,
		`[["clean", "load"]]`:                          "",
		`[["load"]]`:                                   "",
		`[]`:                                           "expected a list of edges",
		`[[1]]`:                                        "expected a list of edges",
		`[["clean", "lod"], ["delete"]]`:               `the recipe type has no node "lod"; did you mean 'load'`,
		`["clean"]`:                                    "expected a list of edges",
		`"all"`:                                        "expected a list of edges",
	} {
		vs, problems := ParseVariations([]byte(`{"variation-list": {"v": {"graph-setting": "g"}, "w": {}}, "graph-setting-list": {"g": ` + graph + `}}`))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		problems = vs.CheckGraphs(d)
		if (want == "") != (len(problems) == 0) {
			t.Errorf("%s: got %v, want %q", graph, problems, want)
			continue
		}
		if want != "" && (problems[0].Path.String() != recipe.Path{"variation-list", "v", "graph-setting"}.String() || !strings.Contains(problems[0].Message, want)) {
			t.Errorf("%s: got %v, want %q", graph, problems, want)
		}
	}
	_, problems := ParseVariations([]byte(`{"variation-list": {"v": {"graph-setting": "al"}}, "graph-setting-list": {"all": []}}`))
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "there is no 'al' in graph-setting-list") {
		t.Errorf("a graph that is not there: %v", problems)
	}
}
