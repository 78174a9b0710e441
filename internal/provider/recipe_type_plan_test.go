package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

func TestWarnOfChangesTellsWhatIsRunAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edit func(*recipe.Definition)
		want string
	}{
		"another revision": {
			func(d *recipe.Definition) { d.Nodes["calibrate"].Job.Revision = 2 },
			`1 node changes, 2 will be re-run:
  - calibrate (RUN): job type revision changed from 1 to 2
  - index (RUN): below calibrate, which changes`,
		},
		"a revision that is not known yet": {
			func(d *recipe.Definition) { d.Nodes["index"].Job.Revision = recipe.LatestRevision },
			`1 node changes, 1 will be re-run:
  - index (RUN): job type revision changed from 1 to one that is known after apply`,
		},
		"a revision of ten": {
			func(d *recipe.Definition) { d.Nodes["index"].Job.Revision = 10 },
			`1 node changes, 1 will be re-run:
  - index (RUN): job type revision changed from 1 to 10`,
		},
		"a new node and one that is gone": {
			func(d *recipe.Definition) {
				d.Nodes["stretch"] = d.Nodes["index"]
				delete(d.Nodes, "index")
			},
			`2 nodes change, 1 will be re-run:
  - index (DROP): the definition has no such node any more
  - stretch (NEW): the definition had no such node before`,
		},
		"an input that is no longer needed": {
			func(d *recipe.Definition) {
				p := d.Input.Files["scene"]
				p.Required = false
				d.Input.Files["scene"] = p
			},
			`No node changes, none will be re-run.`,
		},
		"an input that recipes do not have": {
			func(d *recipe.Definition) {
				d.Input.JSON = map[string]recipe.JSONParam{"threshold": {Type: "number", Required: true}}
				d.Nodes["index"] = recipe.Node{Job: &recipe.JobRef{Name: "index", Version: "1.0.0", Revision: 2}, Input: d.Nodes["calibrate"].Input}
				delete(d.Nodes, "calibrate")
			},
			`2 nodes change. Recipes of the definition before cannot be reprocessed: input 'threshold' is required, but there was no such input before. The nodes:
  - calibrate: deleted
  - index: Job type revision changed from 1 to 2; Previous parent node calibrate removed; Input image changed; Previous input cloud removed`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prior, next := pair(t, 1, 1), pair(t, 1, 1)
			tt.edit(next)
			var diags diag.Diagnostics
			warnOfChanges("pair", prior, next, &diags)
			if len(diags) != 1 || diags[0].Summary() != "Recipe type pair gets a new definition" {
				t.Fatalf("got %v, want one warning", diags)
			}
			text, _, _ := strings.Cut(diags[0].Detail(), "\n\n")
			if diff := cmp.Diff(tt.want, text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}
