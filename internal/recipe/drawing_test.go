package recipe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDrawing(t *testing.T) {
	t.Parallel()
	d := &Definition{Nodes: map[string]Node{
		"measure": {Job: &JobRef{"measure", "1.0.0", 3}},
		"clear":   {Condition: &Condition{}, Dependencies: map[string]bool{"measure": true}},
		"a \"#1\" `<b>` &\n\\": {Recipe: &RecipeRef{"tiles", 2}, Dependencies: map[string]bool{
			"clear": true, "measure": true, "gone": true,
		}},
		"sorry": {Job: &JobRef{"mail", "2.0", 1}, Dependencies: map[string]bool{"clear": false}},
	}}
	wantMermaid := `flowchart TD
  n0["measure<br/>job measure 1.0.0, revision 3"]
  n1{"clear<br/>condition"}
  n2[["a #quot;#35;1#quot; #96;#lt;b#gt;#96; #amp; \<br/>recipe tiles, revision 2"]]
  n3["sorry<br/>job mail 2.0, revision 1"]
  n0 --> n1
  n1 -->|accepted| n2
  n0 --> n2
  n1 -->|rejected| n3
`
	wantDOT := `digraph recipe {
  n0 [shape=box, label="measure\njob measure 1.0.0, revision 3"];
  n1 [shape=diamond, label="clear\ncondition"];
  n2 [shape=box, peripheries=2, label="a \"#1\" ` + "`<b>` &" + ` \\\nrecipe tiles, revision 2"];
  n3 [shape=box, label="sorry\njob mail 2.0, revision 1"];
  n0 -> n1;
  n1 -> n2 [label="accepted"];
  n0 -> n2;
  n1 -> n3 [label="rejected"];
}
`
	if diff := cmp.Diff(wantMermaid, d.Mermaid()); diff != "" {
		t.Errorf("Mermaid (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantDOT, d.DOT()); diff != "" {
		t.Errorf("DOT (-want +got):\n%s", diff)
	}
}

func TestDrawingOfACycleHasAllNodes(t *testing.T) {
	t.Parallel()
	d := &Definition{Nodes: map[string]Node{
		"a": {Job: &JobRef{"j", "1", 1}, Dependencies: map[string]bool{"b": true}},
		"b": {Job: &JobRef{"j", "1", 1}, Dependencies: map[string]bool{"a": true}},
	}}
	want := "flowchart TD\n  n0[\"a<br/>job j 1, revision 1\"]\n  n1[\"b<br/>job j 1, revision 1\"]\n  n1 --> n0\n  n0 --> n1\n"
	if diff := cmp.Diff(want, d.Mermaid()); diff != "" {
		t.Errorf("Mermaid (-want +got):\n%s", diff)
	}
}
