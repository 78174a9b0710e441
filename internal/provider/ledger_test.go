package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/seed"
)

// seedText is a manifest with this interface (the members of inputs and outputs).
func seedText(name, inputs, outputs string) string {
	return `{"seedVersion": "1.0.0", "job": {"name": "` + name + `", "jobVersion": "1.0.0", "packageVersion": "1.0.0",
	  "title": "T", "description": "D", "maintainer": {"name": "Ada", "email": "ada@example.com"}, "timeout": 60,
	  "interface": {"command": "x", "inputs": {` + inputs + `}, "outputs": {` + outputs + `}}}}`
}

// Two job types that fit together, and another revision of the first that does not.
const (
	calibrateIn   = `"files": [{"name": "image", "mediaTypes": ["image/tiff"]}]`
	calibrateOut  = `"files": [{"name": "calibrated", "pattern": "*", "mediaType": "image/tiff"}], "json": [{"name": "cloud", "type": "number"}]`
	calibrateText = `"files": [{"name": "calibrated", "pattern": "*", "mediaType": "text/plain"}], "json": [{"name": "cloud", "type": "string"}]`
	indexIn       = `"files": [{"name": "image", "mediaTypes": ["image/tiff"]}], "json": [{"name": "cloud", "type": "number", "required": false}]`
)

func mustManifest(t *testing.T, text string) *seed.Manifest {
	t.Helper()
	m, problems := seed.Parse([]byte(text))
	if m == nil {
		t.Fatalf("manifest: %v", problems)
	}
	return m
}

// pair is a definition of the two jobs in these revisions, with their types' data.
func pair(t *testing.T, calibrate, index int) *recipe.Definition {
	t.Helper()
	d := mustParse(t, `{
	  "input": {"files": [{"name": "scene", "media_types": ["image/tiff"]}]},
	  "nodes": {
	    "calibrate": {"dependencies": [], "input": {"image": {"type": "recipe", "input": "scene"}},
	      "node_type": {"node_type": "job", "job_type_name": "calibrate", "job_type_version": "1.0.0", "job_type_revision": 1}},
	    "index": {"dependencies": [{"name": "calibrate"}],
	      "input": {"image": {"type": "dependency", "node": "calibrate", "output": "calibrated"},
	                "cloud": {"type": "dependency", "node": "calibrate", "output": "cloud"}},
	      "node_type": {"node_type": "job", "job_type_name": "index", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`)
	d.Nodes["calibrate"].Job.Revision, d.Nodes["index"].Job.Revision = calibrate, index
	return d
}

// enterPair enters the job types of a pair, of which calibrate has two revisions.
func enterPair(t *testing.T, set func(m *seed.Manifest, revision int)) {
	t.Helper()
	set(mustManifest(t, seedText("calibrate", calibrateIn, calibrateOut)), 3)
	set(mustManifest(t, seedText("calibrate", calibrateIn, calibrateText)), 4)
	set(mustManifest(t, seedText("index", indexIn, "")), 1)
}

// plannedPair is a ledger in which calibrate has two revisions, of which the first
// fits index and the second does not.
func plannedPair(t *testing.T) *ledger {
	t.Helper()
	l := newLedger()
	enterPair(t, l.setJobType)
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
			l, d := plannedPair(t), pair(t, tt.revision, 1)
			l.resolve(d)
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
	l, d := plannedPair(t), pair(t, recipe.LatestRevision, 1)
	d.Nodes["sub"] = recipe.Node{Recipe: &recipe.RecipeRef{Name: "sub"}}
	d.Nodes["other"] = recipe.Node{Recipe: &recipe.RecipeRef{Name: "other"}}
	l.setRecipeType("sub", plannedRecipeType{revision: 8, priorRevision: 7, changes: true})
	l.resolve(d)
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
	before, after := pair(t, 1, 1), pair(t, 2, 1)
	l := newLedger()
	l.setRecipeType("sub", plannedRecipeType{
		revision: 6, priorRevision: 5, changes: true,
		definition: func() *recipe.Definition { return after }, prior: func() *recipe.Definition { return before },
	})
	l.setRecipeType("vague", plannedRecipeType{revision: 1, changes: true})
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
			d, known := l.subDefinition(tt.ref)
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
	var l *ledger
	d := pair(t, recipe.LatestRevision, 1)
	l.setJobType(mustManifest(t, seedText("calibrate", calibrateIn, calibrateOut)), 1)
	l.setRecipeType("sub", plannedRecipeType{})
	l.setWorkspace("w", true)
	l.resolve(d)
	_, job := l.jobType(recipe.JobRef{Name: "calibrate", Version: "1.0.0", Revision: 1})
	_, sub := l.recipeType("sub")
	_, workspace := l.workspace("w")
	c := l.catalog(d)
	if job || sub || workspace || len(c.Jobs)+len(c.Recipes)+len(l.definitions())+len(l.jobTypeRefs()) > 0 {
		t.Error("a nil ledger remembers")
	}
	if d.Nodes["calibrate"].Job.Revision != recipe.LatestRevision {
		t.Error("a nil ledger resolves")
	}
}

// details lists the texts of the diagnostics, errors with "!" before them.
func details(diags diag.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		text := d.Detail()
		if d.Severity() == diag.SeverityError {
			text = "!" + text
		}
		out = append(out, text)
	}
	return out
}

// expectDetails compares the beginnings of the texts.
func expectDetails(t *testing.T, diags diag.Diagnostics, want ...string) {
	t.Helper()
	got := details(diags)
	for i := range min(len(want), len(got)) {
		if strings.HasPrefix(got[i], want[i]) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

// typedModel is a recipe type with the typed form of d.
func typedModel(t *testing.T, d *recipe.Definition) recipeTypeModel {
	t.Helper()
	object, complete := definitionObject(d)
	if !complete {
		t.Fatal("the typed form cannot say this")
	}
	return recipeTypeModel{
		recipeTypeFacts: recipeTypeFacts{Name: types.StringValue("pair")}, Definition: object, DefinitionJSON: types.StringNull(),
	}
}

func TestATypedDefinitionIsCheckedAcrossThePlanAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	const (
		mediaTypes = `definition.nodes["index"].input["image"]: Node 'index': `
		jsonType   = `!definition.nodes["index"].input["cloud"]: Node 'index' interface error: `
	)
	unknownName, unknownNumber := types.StringUnknown(), types.Int64Unknown()
	for name, tt := range map[string]struct {
		unknown attr.Value // of the job of node calibrate
		at      string
		want    []string
		known   bool // wholly, but for revisions
	}{
		"everything known":         {types.Int64Value(4), "revision", []string{jsonType, mediaTypes}, true},
		"a revision of the future": {unknownNumber, "revision", []string{jsonType, mediaTypes}, true},
		"a name that is not known": {unknownName, "name", nil, false},
		"another revision":         {types.Int64Value(3), "revision", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := typedModel(t, pair(t, 4, 1))
			m.Definition = replaced(t, m.Definition, tt.unknown, "nodes", "calibrate", "job", tt.at).(types.Object)
			l := newLedger()
			enterPair(t, l.setJobType)
			p := m.planned(l)
			var diags diag.Diagnostics
			p.check(t.Context(), "pair", l, nil, &diags)
			expectDetails(t, diags, tt.want...)
			if p.complete != tt.known {
				t.Errorf("complete is %t, want %t", p.complete, tt.known)
			}
			m.enterPlan(l, p, nil)
			if _, known := l.subDefinition(recipe.RecipeRef{Name: "pair"}); known != tt.known {
				t.Errorf("the ledger knows the definition: %t, want %t", known, tt.known)
			}
		})
	}
}

func TestRecursionIsFoundAcrossThePlan(t *testing.T) {
	t.Parallel()
	l := newLedger()
	contains := func(names ...string) *recipe.Definition {
		d := &recipe.Definition{Nodes: map[string]recipe.Node{}}
		for _, name := range names {
			d.Nodes["run-"+name] = recipe.Node{Recipe: &recipe.RecipeRef{Name: name, Revision: 1}}
		}
		return d
	}
	for name, d := range map[string]*recipe.Definition{"a": contains("b"), "b": contains("c", "gone"), "c": contains("a")} {
		l.setRecipeType(name, plannedRecipeType{revision: 1, changes: true, definition: func() *recipe.Definition { return d }})
	}
	var diags diag.Diagnostics
	plannedDefinition{definition: contains("a")}.check(t.Context(), "c", l, nil, &diags)
	expectDetails(t, diags, "!definition_json, nodes.run-a.node_type: Recipe type c cannot contain itself")
	if !strings.Contains(diags[0].Detail(), "c -> a -> b -> c") {
		t.Errorf("the way is not told: %s", diags[0].Detail())
	}
}
