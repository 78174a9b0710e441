package plan

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// asJSON is a planned definition in the form of JSON.
func asJSON(d *recipe.Definition) Definition {
	return Definition{Definition: d, Complete: true}
}

const doesNotFit = "!definition_json, nodes.index.input.cloud: Node 'index' interface error: "

func TestDefinitionsAreCheckedAgainstWhatExists(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreate(t, s.Client, providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateText)) // does not fit index
	providertest.MustCreate(t, s.Client, providertest.SeedText("index", providertest.IndexIn, ""))
	const mediaTypes = "definition_json, nodes.index.input.image: Node 'index': "
	for _, tt := range []struct {
		name     string
		planned  map[int]string // revisions of calibrate in the plan
		edit     func(*recipe.Definition)
		want     []string
		requests map[string]int
	}{
		{
			// What the server says of media types is more than a plan says: the provider looks for itself.
			"everything exists", nil, nil, []string{doesNotFit, mediaTypes},
			map[string]int{
				"POST /v6/recipe-types/validation/":              1,
				"GET /v6/job-types/calibrate/1.0.0/revisions/1/": 1, "GET /v6/job-types/index/1.0.0/revisions/1/": 1,
			},
		},
		{
			"a revision that does not exist", nil,
			func(d *recipe.Definition) { d.Nodes["index"].Job.Revision = 2 },
			[]string{"!definition_json, nodes.index.node_type: Node 'index': job type 'index' version '1.0.0' revision 2 " +
				"does not exist; known: revision 1 (JOB_TYPE_DOES_NOT_EXIST)"},
			map[string]int{
				"POST /v6/recipe-types/validation/": 1, "GET /v6/job-types/": 1,
				"GET /v6/job-types/calibrate/1.0.0/revisions/1/": 1, "GET /v6/job-types/index/1.0.0/revisions/2/": 1,
			},
		},
		{
			"a name that is nearly right", nil,
			func(d *recipe.Definition) { d.Nodes["calibrate"].Job.Name = "calibrat" },
			[]string{"!definition_json, nodes.calibrate.node_type: Node 'calibrate': job type 'calibrat' version '1.0.0' " +
				"revision 1 does not exist; did you mean 'calibrate'?"},
			map[string]int{
				"POST /v6/recipe-types/validation/": 1, "GET /v6/job-types/": 1,
				"GET /v6/job-types/calibrat/1.0.0/revisions/1/": 1, "GET /v6/job-types/index/1.0.0/revisions/1/": 1,
			},
		},
		{
			"a sub-recipe that does not exist", nil,
			func(d *recipe.Definition) {
				*d = recipe.Definition{Nodes: map[string]recipe.Node{"sub": {Recipe: &recipe.RecipeRef{Name: "gone", Revision: 1}}}}
			},
			[]string{"!definition_json, nodes.sub.node_type: Node 'sub': recipe type 'gone' revision 1 does not exist"},
			map[string]int{
				"POST /v6/recipe-types/validation/": 1, "GET /v6/recipe-types/": 1, "GET /v6/recipe-types/gone/revisions/1/": 1,
				"GET /v6/recipe-types/gone/": 1,
			},
		},
		{
			"half planned, which fits what exists", map[int]string{1: providertest.CalibrateOut}, nil, nil,
			map[string]int{"GET /v6/job-types/index/1.0.0/revisions/1/": 1},
		},
		{
			"half planned, which does not fit what exists", map[int]string{2: providertest.CalibrateText},
			func(d *recipe.Definition) { d.Nodes["calibrate"].Job.Revision = 2 },
			[]string{doesNotFit, mediaTypes},
			map[string]int{"GET /v6/job-types/index/1.0.0/revisions/1/": 1},
		},
		{
			"nothing to ask", nil,
			func(d *recipe.Definition) { d.Nodes = map[string]recipe.Node{} }, nil, nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) { // not parallel: the requests are counted
			o, l, d := NewOnline(s.Client, ValidationError, nil), NewLedger(), providertest.Pair(t, 1, 1)
			for revision, out := range tt.planned {
				l.SetJobType(providertest.MustManifest(t, providertest.SeedText("calibrate", providertest.CalibrateIn, out)), revision)
			}
			if tt.edit != nil {
				tt.edit(d)
			}
			f.Requests()
			var diags, again diag.Diagnostics
			asJSON(d).Check(t.Context(), "pair", l, o, &diags)
			providertest.ExpectDetails(t, diags, tt.want...)
			if diff := cmp.Diff(tt.requests, f.Requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			asJSON(d).Check(t.Context(), "pair", l, o, &again)
			if diff := cmp.Diff(providertest.Details(diags), providertest.Details(again)); diff != "" {
				t.Errorf("another time (-first +second):\n%s", diff)
			}
			if got := f.Requests(); len(got) > 0 {
				t.Errorf("asked again: %v", got)
			}
		})
	}
}

func TestPlanValidationDecidesWhatAFindingBecomes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	check := func(o *Online) diag.Diagnostics {
		var diags diag.Diagnostics
		asJSON(providertest.Pair(t, 1, 1)).Check(t.Context(), "pair", NewLedger(), o, &diags)
		CheckWorkspaces(t.Context(), nil, o, []WorkspaceUse{{Name: "nowhere", At: path.Root("workspace")}}, &diags)
		return diags
	}
	if got := check(NewOnline(s.Client, ValidationError, nil)); got.ErrorsCount() != 3 || got.WarningsCount() != 0 {
		t.Errorf("error: got %v, want three errors", got)
	}
	if got := check(NewOnline(s.Client, ValidationWarn, nil)); got.ErrorsCount() != 0 || got.WarningsCount() != 3 {
		t.Errorf("warn: got %v, want three warnings", got)
	}
	if got := check(nil); len(got) > 0 {
		t.Errorf("off: got %v, want nothing", got)
	}
}

// TestABackendThatCannotBeAskedIsOneWarning also checks that nobody waits for it twice.
func TestABackendThatCannotBeAskedIsOneWarning(t *testing.T) {
	t.Parallel()
	page := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = w.Write([]byte("<html>")) }
	for name, tt := range map[string]struct {
		fault servertest.Fault // nil: the server is down
		want  string
	}{
		"down":      {nil, "check that the backend runs"},
		"slow":      {servertest.Stall, "The backend took longer than 1.1s to tell about: "},
		"forbidden": {servertest.Answer(http.StatusForbidden), "may not do this"},
		"no login":  {servertest.Answer(http.StatusUnauthorized), "Check username and password"},
		"older":     {servertest.Answer(http.StatusNotFound), "older than this version of the provider"},
		"broken":    {servertest.Answer(http.StatusInternalServerError), "The backend has failed"},
		"no API":    {page, "Check the endpoint, and what stands between"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f servertest.Faults
			s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
			c := s.NewClient(t, client.Config{Token: s.Token, MaxRetries: -1})
			if tt.fault == nil {
				if err := s.Stop(); err != nil {
					t.Fatal(err)
				}
			} else {
				f.Inject(".*", tt.fault)
			}
			for kind, check := range map[string]func(*Online, *diag.Diagnostics){
				"a definition": func(o *Online, diags *diag.Diagnostics) {
					asJSON(providertest.Pair(t, 1, 1)).Check(t.Context(), "pair", NewLedger(), o, diags)
				},
				"a half planned definition": func(o *Online, diags *diag.Diagnostics) {
					l := NewLedger()
					l.SetJobType(providertest.MustManifest(t, providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut)), 1)
					asJSON(providertest.Pair(t, 1, 1)).Check(t.Context(), "pair", l, o, diags)
				},
				"a workspace": func(o *Online, diags *diag.Diagnostics) {
					CheckWorkspaces(t.Context(), nil, o, []WorkspaceUse{{Name: "nowhere", At: path.Root("workspace")}}, diags)
				},
			} {
				o := NewOnline(c, ValidationError, nil)
				o.limit = 1100 * time.Millisecond
				if tt.want != "The backend took longer than 1.1s to tell about: " {
					o.limit = time.Minute
				}
				var diags diag.Diagnostics
				check(o, &diags)
				if diags.HasError() || diags.WarningsCount() != 1 || !strings.Contains(diags[0].Detail(), tt.want) {
					t.Errorf("%s: got %v, want one warning with %q", kind, diags, tt.want)
				}
				f.Requests()
				check(o, &diags)
				if len(diags) != 1 || len(f.Requests()) > 0 {
					t.Errorf("%s: was asked or told again: %v", kind, diags)
				}
			}
		})
	}
}

func TestWorkspacesHaveToBeThereAndActive(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	for title, active := range map[string]bool{"Awake": true, "Asleep": false} {
		_, err := s.Client.CreateWorkspace(t.Context(), api.WorkspaceCreate{
			Title: title, IsActive: &active, Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: title}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		workspace string
		mayPause  bool
		planned   map[string]bool
		want      []string
	}{
		"one that is active":                  {"awake", false, nil, nil},
		"one that is not there":               {"awake-2", false, nil, []string{"!workspace: there is no workspace 'awake-2' (INVALID_WORKSPACE); active are: awake and default."}},
		"a title":                             {"Awake", true, nil, []string{"!workspace: there is no workspace 'Awake'"}},
		"files for one that is inactive":      {"asleep", false, nil, []string{"!workspace: workspace 'asleep' is inactive"}},
		"outputs for one that is inactive":    {"asleep", true, nil, []string{"workspace: workspace 'asleep' is inactive"}},
		"one that the plan makes":             {"new", false, map[string]bool{"new": true}, nil},
		"one that the plan activates":         {"asleep", false, map[string]bool{"asleep": true}, nil},
		"one that the plan deactivates":       {"awake", false, map[string]bool{"awake": false}, []string{"!workspace: workspace 'awake' is inactive after this plan"}},
		"outputs, where the plan deactivates": {"awake", true, map[string]bool{"awake": false}, []string{"workspace: workspace 'awake' is inactive after this plan"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger()
			for w, active := range tt.planned {
				l.SetWorkspace(w, active)
			}
			var diags diag.Diagnostics
			CheckWorkspaces(t.Context(), l, NewOnline(s.Client, ValidationError, nil), []WorkspaceUse{{tt.workspace, path.Root("workspace"), tt.mayPause}}, &diags)
			providertest.ExpectDetails(t, diags, tt.want...)
		})
	}
}

func TestPlaceOfFindingKnowsNodesWithDots(t *testing.T) {
	t.Parallel()
	d := &recipe.Definition{Nodes: map[string]recipe.Node{"a": {}, "a.b": {}, "a.b.c d": {}}}
	for text, want := range map[string]recipe.Path{
		"":                             nil,
		"input.files.0":                {"input", "files", "0"},
		"nodes.a":                      {"nodes", "a"},
		"nodes.a.b":                    {"nodes", "a.b"},
		"nodes.a.b.c d.dependencies.x": {"nodes", "a.b.c d", "dependencies", "x"},
		"nodes.a.b.input.image":        {"nodes", "a.b", "input", "image"},
		"nodes.a.input.image":          {"nodes", "a", "input", "image"},
		"nodes.other.input.image":      {"nodes", "other", "input", "image"},
	} {
		if diff := cmp.Diff(want, placeOfFinding(text, d)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestABackendThatDeniesWhatItListsIsOlder(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	f.Inject(".*/revisions/.*", servertest.Answer(http.StatusNotFound))
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	providertest.MustCreate(t, s.Client, providertest.SeedText("index", providertest.IndexIn, ""))
	l, o := NewLedger(), NewOnline(s.Client, ValidationError, nil)
	l.SetJobType(providertest.MustManifest(t, providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut)), 1)
	var diags diag.Diagnostics
	asJSON(providertest.Pair(t, 1, 1)).Check(t.Context(), "pair", l, o, &diags)
	providertest.ExpectDetails(t, diags, "What the plan refers to could not be checked: The backend lists 'index' version '1.0.0' revision 1, but does not give it out.")
}

// TestWhatWasNotCheckedIsCounted lets one question of two be late, and then all fail.
func TestWhatWasNotCheckedIsCounted(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	f.InjectOnce("GET /v6/workspaces/", servertest.Stall)
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	o := NewOnline(s.NewClient(t, client.Config{Token: s.Token, MaxRetries: -1}), ValidationError, nil)
	o.limit = 1100 * time.Millisecond
	check := func(want string) {
		t.Helper()
		var diags diag.Diagnostics
		o.Report(&diags)
		if len(diags) != 1 || !strings.Contains(diags[0].Detail(), want) {
			t.Errorf("got %v, want one warning with %q", diags, want)
		}
	}
	if _, err := o.JobTypes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.workspaces(t.Context()); err == nil {
		t.Fatal("the question that is late was answered")
	}
	check("to tell about: workspaces. The plan goes on without that: 1 of 2 questions so far were answered.")
	f.Inject(".*", servertest.Answer(http.StatusInternalServerError))
	_, _ = o.RecipeTypes(t.Context())
	_, _, _ = o.recipeType(t.Context(), "none") // is not asked any more
	check("1 of 4 questions so far were answered")
}
