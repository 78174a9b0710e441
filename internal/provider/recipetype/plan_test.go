package recipetype

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
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
			prior, next := providertest.Pair(t, 1, 1), providertest.Pair(t, 1, 1)
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

// planOf calls ModifyPlan as the framework does: prior is nil for a create.
func planOf(t *testing.T, l *plan.Ledger, next recipeTypeModel, prior *recipeTypeModel) resource.ModifyPlanResponse {
	t.Helper()
	var s resource.SchemaResponse
	r := &recipeTypeResource{}
	r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: &plan.Data{Ledger: l}}, &resource.ConfigureResponse{})
	r.Schema(t.Context(), resource.SchemaRequest{}, &s)
	null := tftypes.NewValue(s.Schema.Type().TerraformType(t.Context()), nil)
	state, planned := tfsdk.State{Schema: s.Schema, Raw: null}, tfsdk.Plan{Schema: s.Schema, Raw: null}
	if prior != nil {
		providertest.MustBeClean(t, state.Set(t.Context(), prior))
	}
	providertest.MustBeClean(t, planned.Set(t.Context(), &next))
	config := next
	config.ID, config.Name, config.RevisionNum = types.Int64Null(), types.StringNull(), types.Int64Null()
	configured := tfsdk.State{Schema: s.Schema, Raw: null}
	providertest.MustBeClean(t, configured.Set(t.Context(), &config))
	req := resource.ModifyPlanRequest{
		Config: tfsdk.Config{Schema: s.Schema, Raw: configured.Raw}, Plan: planned, State: state,
	}
	resp := resource.ModifyPlanResponse{Plan: planned}
	r.ModifyPlan(t.Context(), req, &resp)
	return resp
}

func TestModifyPlanEntersTheRecipeTypeAndTellsWhatChanges(t *testing.T) {
	t.Parallel()
	whole := func(d *recipe.Definition) recipeTypeModel {
		m := typedModel(t, d)
		m.Title, m.Description = types.StringValue("Pair"), types.StringValue("")
		m.ID, m.RevisionNum = types.Int64Value(1), types.Int64Value(5)
		m.IsActive, m.AutoUpdate, m.OnExisting = types.BoolValue(true), types.BoolValue(true), types.StringValue("own")
		m.Created, m.LastModified = types.StringValue("c"), types.StringValue("m")
		m.Ref = types.ObjectNull(refType())
		return m
	}
	prior := whole(providertest.Pair(t, 3, 1))
	for name, tt := range map[string]struct {
		definition *recipe.Definition
		unknown    bool // the revision of the first job
		prior      *recipeTypeModel
		want       plan.RecipeType // without its functions
		revision   int             // of the first job in the planned definition
		told       []string
	}{
		"a create":              {providertest.Pair(t, 3, 1), false, nil, plan.RecipeType{Revision: 1, Changes: true}, 3, nil},
		"nothing":               {providertest.Pair(t, 3, 1), false, &prior, plan.RecipeType{Revision: 5, PriorRevision: 5}, 3, nil},
		"a change that misfits": {providertest.Pair(t, 4, 1), false, &prior, plan.RecipeType{Revision: 6, Changes: true, PriorRevision: 5}, 4, []string{"!definition.nodes", "definition.nodes"}},
		"another title": {
			providertest.Pair(t, 3, 1), false, &prior, plan.RecipeType{Revision: 5, PriorRevision: 5}, 3, nil,
		},
		"a change": {
			providertest.Pair(t, 2, 1), false, &prior, plan.RecipeType{Revision: 6, Changes: true, PriorRevision: 5}, 2,
			[]string{"1 node changes, 2 will be re-run:\n  - calibrate (RUN): job type revision changed from 3 to 2\n"},
		},
		"a revision that is not known": {
			providertest.Pair(t, 3, 1), true, &prior, plan.RecipeType{Revision: 6, Changes: true, PriorRevision: 5}, 4,
			[]string{"!definition.nodes", "definition.nodes"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, m := plan.NewLedger(), whole(tt.definition)
			providertest.EnterPair(t, l.SetJobType)
			if tt.unknown {
				m.Definition = providertest.Replaced(t, m.Definition, types.Int64Unknown(), "nodes", "calibrate", "job", "revision").(types.Dynamic)
			}
			if name == "another title" {
				m.Title = types.StringValue("Two")
			}
			resp := planOf(t, l, m, tt.prior)
			providertest.ExpectDetails(t, resp.Diagnostics, tt.told...)
			got, known := l.RecipeType("pair")
			if !known {
				t.Fatal("the ledger does not have it")
			}
			if d := got.Definition(); d == nil || d.Nodes["calibrate"].Job.Revision != tt.revision {
				t.Errorf("the planned definition is %v, want one with revision %d", d, tt.revision)
			}
			if before := got.Prior(); (before != nil) != (tt.prior != nil) {
				t.Errorf("the definition before is %v", before)
			}
			got.Definition, got.Prior = nil, nil
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(plan.RecipeType{})); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
		})
	}
}
