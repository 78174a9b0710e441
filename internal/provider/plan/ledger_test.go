package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// plannedPair is a ledger in which calibrate has two revisions, of which the first
// fits index and the second does not.
func plannedPair(t *testing.T) *Ledger {
	t.Helper()
	l := NewLedger()
	providertest.EnterPair(t, l.SetJobType)
	return l
}

func TestPlanIsCheckedAgainstTheRevisionThatItNames(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		revision int
		want     []string // codes, "!" before those of errors
	}{
		"the revision before the plan":                 {3, nil},
		"the revision that the plan makes":             {4, []string{"!NODE_INTERFACE", "MISMATCHED_MEDIA_TYPES"}},
		"a revision that is not known until it is":     {recipe.LatestRevision, []string{"!NODE_INTERFACE", "MISMATCHED_MEDIA_TYPES"}},
		"a revision that the plan knows nothing of":    {2, nil},
		"a revision that is not to be expected at all": {9, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, d := plannedPair(t), providertest.Pair(t, tt.revision, 1)
			l.Resolve(d)
			var got []string
			for _, p := range recipe.Validate(d, l.catalog(d)) {
				code := string(p.Code)
				if !p.Warning {
					code = "!" + code
				}
				got = append(got, code)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveGivesTheExpectedRevisions(t *testing.T) {
	t.Parallel()
	l, d := plannedPair(t), providertest.Pair(t, recipe.LatestRevision, 1)
	d.Nodes["sub"] = recipe.Node{Recipe: &recipe.RecipeRef{Name: "sub"}}
	d.Nodes["other"] = recipe.Node{Recipe: &recipe.RecipeRef{Name: "other"}}
	l.SetRecipeType("sub", RecipeType{Revision: 8, PriorRevision: 7, Changes: true})
	l.Resolve(d)
	got := map[string]int{
		"calibrate": d.Nodes["calibrate"].Job.Revision, "index": d.Nodes["index"].Job.Revision,
		"sub": d.Nodes["sub"].Recipe.Revision, "other": d.Nodes["other"].Recipe.Revision,
	}
	if diff := cmp.Diff(map[string]int{"calibrate": 4, "index": 1, "sub": 8, "other": 0}, got); diff != "" {
		t.Errorf("revisions (-want +got):\n%s", diff)
	}
}

func TestSubDefinitionKnowsBothSidesOfThePlan(t *testing.T) {
	t.Parallel()
	before, after := providertest.Pair(t, 1, 1), providertest.Pair(t, 2, 1)
	l := NewLedger()
	l.SetRecipeType("sub", RecipeType{
		Revision: 6, PriorRevision: 5, Changes: true,
		Definition: func() *recipe.Definition { return after }, Prior: func() *recipe.Definition { return before },
	})
	l.SetRecipeType("vague", RecipeType{Revision: 1, Changes: true})
	for name, tt := range map[string]struct {
		ref    recipe.RecipeRef
		want   *recipe.Definition
		planed bool
	}{
		"the planned revision":                {recipe.RecipeRef{Name: "sub", Revision: 6}, after, true},
		"the planned one without number":      {recipe.RecipeRef{Name: "sub"}, after, true},
		"the revision before":                 {recipe.RecipeRef{Name: "sub", Revision: 5}, before, true},
		"an older revision":                   {recipe.RecipeRef{Name: "sub", Revision: 4}, nil, false},
		"a definition that is partly unknown": {recipe.RecipeRef{Name: "vague", Revision: 1}, nil, true},
		"another type":                        {recipe.RecipeRef{Name: "other", Revision: 1}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, known := l.SubDefinition(tt.ref)
			if d != tt.want || known != (tt.want != nil) {
				t.Errorf("got %v, %t, want %v", d, known, tt.want)
			}
			if got := l.plansRecipe(tt.ref); got != tt.planed {
				t.Errorf("plansRecipe is %t, want %t", got, tt.planed)
			}
		})
	}
}

func TestANilLedgerIsEmpty(t *testing.T) {
	t.Parallel()
	var l *Ledger
	d := providertest.Pair(t, recipe.LatestRevision, 1)
	l.SetJobType(providertest.MustManifest(t, providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut)), 1)
	l.SetRecipeType("sub", RecipeType{})
	l.SetWorkspace("w", true)
	l.Resolve(d)
	_, job := l.jobType(recipe.JobRef{Name: "calibrate", Version: "1.0.0", Revision: 1})
	_, sub := l.RecipeType("sub")
	_, workspace := l.workspace("w")
	c := l.catalog(d)
	if job || sub || workspace || len(c.Jobs)+len(c.Recipes)+len(l.definitions())+len(l.JobTypeRefs()) > 0 {
		t.Error("a nil ledger remembers")
	}
	if d.Nodes["calibrate"].Job.Revision != recipe.LatestRevision {
		t.Error("a nil ledger resolves")
	}
}

func TestRecursionIsFoundAcrossThePlan(t *testing.T) {
	t.Parallel()
	l := NewLedger()
	contains := func(names ...string) *recipe.Definition {
		d := &recipe.Definition{Nodes: map[string]recipe.Node{}}
		for _, name := range names {
			d.Nodes["run-"+name] = recipe.Node{Recipe: &recipe.RecipeRef{Name: name, Revision: 1}}
		}
		return d
	}
	for name, d := range map[string]*recipe.Definition{"a": contains("b"), "b": contains("c", "gone"), "c": contains("a")} {
		l.SetRecipeType(name, RecipeType{Revision: 1, Changes: true, Definition: func() *recipe.Definition { return d }})
	}
	var diags diag.Diagnostics
	Definition{Definition: contains("a")}.Check(t.Context(), "c", l, nil, &diags)
	providertest.ExpectDetails(t, diags, "!definition_json, nodes.run-a.node_type: Recipe type c cannot contain itself")
	if !strings.Contains(diags[0].Detail(), "c -> a -> b -> c") {
		t.Errorf("the way is not told: %s", diags[0].Detail())
	}
}
