package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// names are the names of findings, in their order.
func names(findings []api.Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

// condition is a node of a definition that decides nothing.
func condition(dependencies string) string {
	return `{"dependencies": [` + dependencies + `], "input": {}, "node_type": {"node_type": "condition", "interface": {"files": [], "json": []}, "data_filter": {}}}`
}

func TestValidationOfRecipeTypes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Outer", "definition": {"input": {"files": [{"name": "TEXT", "media_types": ["text/plain"]}]}, "nodes": {"sub": {"dependencies": [],
		"input": {"TEXT": {"type": "recipe", "input": "TEXT"}}, "node_type": {"node_type": "recipe", "recipe_type_name": "recipe-count", "recipe_type_revision": 1}}}}}`, 201, nil)
	good := countDefinition("count")
	sub := `{"nodes": {"sub": {"dependencies": [], "input": {}, "node_type": {"node_type": "recipe", "recipe_type_name": "%s", "recipe_type_revision": %d}}}}`
	for name, c := range map[string]struct {
		member, definition string // member: what else the body has
		errors, warnings   string // names
		nodes              int    // of the diff
	}{
		"a good definition":                   {``, good, "", "", 0},
		"an empty definition":                 {``, `{}`, "", "", 0},
		"version 6":                           {``, strings.Replace(good, `{"input"`, `{"version": "6", "input"`, 1), "", "", 0},
		"version 7":                           {``, strings.Replace(good, `{"input"`, `{"version": "7", "input"`, 1), "", "", 0},
		"another version":                     {``, `{"version": "8"}`, "INVALID_DEFINITION", "", 0},
		"a version that is a number":          {``, `{"version": 7}`, "INVALID_DEFINITION", "", 0},
		"a member that is not known":          {``, `{"colour": 1}`, "INVALID_DEFINITION", "", 0},
		"a node type that is none":            {``, `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type": {"node_type": "x"}}}}`, "INVALID_DEFINITION_JSON", "", 0},
		"an unknown dependency":               {``, `{"nodes": {"a": ` + condition(`{"name": "b"}`) + `}}`, "UNKNOWN_NODE", "", 0},
		"an unknown input":                    {``, strings.Replace(good, `"input": "TEXT"`, `"input": "OTHER"`, 1), "UNKNOWN_INPUT", "", 0},
		"a circle":                            {``, `{"nodes": {"a": ` + condition(`{"name": "b"}`) + `, "b": ` + condition(`{"name": "a"}`) + `}}`, "CIRCULAR_DEPENDENCY", "", 0},
		"a circle in an existing type":        {`"name": "recipe-count", `, `{"nodes": {"a": ` + condition(`{"name": "a"}`) + `}}`, "CIRCULAR_DEPENDENCY", "", 0},
		"an unknown job type":                 {``, countDefinition("nobody"), "JOB_TYPE_DOES_NOT_EXIST", "", 0},
		"an unknown sub-recipe":               {``, fmt.Sprintf(sub, "nobody", 1), "RECIPE_TYPE_DOES_NOT_EXIST", "", 0},
		"an unknown revision of a sub-recipe": {``, fmt.Sprintf(sub, "recipe-count", 9), "RECIPE_TYPE_DOES_NOT_EXIST", "", 0},
		"a missing input":                     {``, strings.Replace(good, `"TEXT": {"type": "recipe", "input": "TEXT"}`, ``, 1), "NODE_INTERFACE", "", 0},
		"media types that don't match":        {``, strings.Replace(good, "text/plain", "image/png", 1), "", "MISMATCHED_MEDIA_TYPES", 0},
		"a type within itself":                {`"name": "recipe-count", `, strings.Replace(fmt.Sprintf(sub, "outer", 1), `"nodes"`, `"input": {"files": [{"name": "TEXT", "media_types": ["text/plain"]}]}, "nodes"`, 1), "NODE_INTERFACE RECURSIVE_SUBRECIPES", "", 2},
		"the definition of an existing type":  {`"name": "recipe-count", `, good, "", "", 1},
		"a change that old recipes don't fit": {`"name": "recipe-count", `, strings.Replace(good, `{"files": [`, `{"json": [{"name": "MORE", "type": "string"}], "files": [`, 1), "", "REPROCESS_WARNING", 1},
		"a name that is not known":            {`"name": "nobody", `, good, "", "", 0},
		"a definition that is wrong twice": {``, `{"nodes": {"a": ` + condition(`{"name": "x"}`) + `, "b": ` + condition(`{"name": "y"}`) + `}}`,
			"UNKNOWN_NODE UNKNOWN_NODE", "", 0},
	} {
		var got api.RecipeTypeValidation
		mustSend(t, s, "POST", "/v6/recipe-types/validation/", `{`+c.member+`"definition": `+c.definition+`}`, 200, &got)
		if got.IsValid != (c.errors == "") || names(got.Errors) != c.errors || names(got.Warnings) != c.warnings || len(got.Diff.Nodes) != c.nodes {
			t.Errorf("%s: got %+v, want errors %q, warnings %q, %d nodes in the diff", name, got, c.errors, c.warnings, c.nodes)
		}
		if got.Errors == nil || got.Warnings == nil {
			t.Errorf("%s: errors or warnings are null", name)
		}
	}
	if _, body := send(t, s, "POST", "/v6/recipe-types/validation/", `{"definition": {}}`); strings.TrimSpace(body) != `{"is_valid":true,"errors":[],"warnings":[],"diff":{}}` {
		t.Errorf("got %s", body)
	}
	if got := getPage[api.RecipeTypeListed](t, s, "/v6/recipe-types/").Count; got != 2 {
		t.Errorf("validations made recipe types: there are %d, want 2", got)
	}
}

func TestValidationOfJobTypes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	mustSend(t, s, "POST", "/v6/workspaces/", `{"title": "Old", "is_active": false, "configuration": {"broker": {"type": "host", "host_path": "old"}}}`, 201, nil)
	manifest := countManifest("count", "1.0.0", countCommand)
	good := `{"output_workspaces": {"default": "default"}, "settings": {"TOKEN": "x", "LEVEL": "3"}}`
	for name, c := range map[string]struct{ manifest, configuration, errors, warnings string }{
		"a good one":                        {manifest, good, "", ""},
		"a manifest that is none":           {`{}`, good, "JSON_VALIDATION_ERROR", ""},
		"names that collide":                {strings.Replace(manifest, `{"name": "LEVEL"}`, `{"name": "text"}`, 1), good, "NAME_COLLISION_ERROR", ""},
		"no workspace":                      {manifest, `{"settings": {"TOKEN": "x", "LEVEL": "3"}}`, "MISSING_WORKSPACE", ""},
		"an unknown workspace":              {manifest, strings.Replace(good, `"default": "default"`, `"default": "nowhere"`, 1), "INVALID_WORKSPACE", ""},
		"an inactive workspace":             {manifest, strings.Replace(good, `"default": "default"`, `"default": "old"`, 1), "", "DEPRECATED_WORKSPACE"},
		"a priority that is none":           {manifest, strings.Replace(good, `{"out`, `{"priority": 0, "out`, 1), "INVALID_CONFIGURATION", ""},
		"a version that is none":            {manifest, strings.Replace(good, `{"out`, `{"version": "8", "out`, 1), "INVALID_VERSION", ""},
		"a member that is none":             {manifest, strings.Replace(good, `{"out`, `{"colour": 1, "out`, 1), "INVALID_CONFIGURATION", ""},
		"a relative mount":                  {manifest, strings.Replace(good, `{"out`, `{"mounts": {"m": {"type": "host", "host_path": "x"}}, "out`, 1), "HOST_ABSOLUTE_PATH", ""},
		"a setting that is not known":       {manifest, strings.Replace(good, `"LEVEL"`, `"LEVER"`, 1), "", "MISSING_SETTING UNKNOWN_SETTING"},
		"a resource that few machines have": {strings.Replace(manifest, `{"name": "cpus"`, `{"name": "licenses", "value": 1}, {"name": "cpus"`, 1), good, "", "NONSTANDARD_RESOURCE"},
	} {
		var got api.Validation
		mustSend(t, s, "POST", "/v6/job-types/validation/", `{"manifest": `+c.manifest+`, "configuration": `+c.configuration+`}`, 200, &got)
		if got.IsValid != (c.errors == "") || firstName(got.Errors) != c.errors || names(got.Warnings) != c.warnings {
			t.Errorf("%s: got %+v, want error %q, warnings %q", name, got, c.errors, c.warnings)
		}
	}
	if got := getPage[api.JobType](t, s, "/v6/job-types/").Count; got != 0 {
		t.Errorf("validations made %d job types", got)
	}
}

func firstName(findings []api.Finding) string {
	first, _, _ := strings.Cut(names(findings), " ")
	return first
}

func TestValidationOfWorkspaces(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	if err := os.WriteFile(filepath.Join(s.DataDir, "workspaces", "taken"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ name, configuration, errors, warnings string }{
		"a good one":                  {"", `{"broker": {"type": "host", "host_path": "x"}}`, "", ""},
		"with a version":              {"", `{"version": "6", "broker": {"type": "host", "host_path": "x"}}`, "", ""},
		"of an existing one":          {"default", `{"broker": {"type": "host", "host_path": "x"}}`, "", ""},
		"no broker":                   {"", `{}`, "INVALID_CONFIGURATION", ""},
		"a broker that is none":       {"", `{"broker": []}`, "INVALID_CONFIGURATION", ""},
		"a broker without a type":     {"", `{"broker": {"host_path": "x"}}`, "INVALID_CONFIGURATION", ""},
		"a broker without a folder":   {"", `{"broker": {"type": "host"}}`, "INVALID_CONFIGURATION", ""},
		"a folder outside":            {"", `{"broker": {"type": "host", "host_path": "../x"}}`, "INVALID_CONFIGURATION", ""},
		"a folder that is a file":     {"", `{"broker": {"type": "host", "host_path": "taken"}}`, "INVALID_CONFIGURATION", ""},
		"a path that is a number":     {"", `{"broker": {"type": "host", "host_path": 1}}`, "INVALID_CONFIGURATION", ""},
		"a broker that is not here":   {"", `{"broker": {"type": "nfs", "nfs_path": "h:/x"}}`, "INVALID_BROKER", ""},
		"another type of broker":      {"default", `{"broker": {"type": "s3", "bucket_name": "b"}}`, "INVALID_BROKER", "broker_type"},
		"a version that is not known": {"", `{"version": "9", "broker": {"type": "host", "host_path": "x"}}`, "INVALID_VERSION", ""},
	} {
		var got api.Validation
		mustSend(t, s, "POST", "/v6/workspaces/validation/", `{"title": "X", "name": `+quote(c.name)+`, "configuration": `+c.configuration+`}`, 200, &got)
		if got.IsValid != (c.errors == "") || names(got.Errors) != c.errors || names(got.Warnings) != c.warnings {
			t.Errorf("%s: got %+v, want errors %q, warnings %q", name, got, c.errors, c.warnings)
		}
	}
	if _, err := os.Stat(filepath.Join(s.DataDir, "workspaces", "x")); !os.IsNotExist(err) {
		t.Errorf("a validation made a folder: %v", err)
	}
}

func TestRefusalsOfValidations(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	for name, c := range map[string]struct{ path, body, want string }{
		"a recipe type without definition":  {"recipe-types", `{"name": "x"}`, `Missing required parameter: "definition"`},
		"a definition that is a list":       {"recipe-types", `{"definition": []}`, `Parameter must be a valid JSON object: "definition"`},
		"a name that is a number":           {"recipe-types", `{"definition": {}, "name": 1}`, `Parameter must be a valid string: "name"`},
		"a job type without manifest":       {"job-types", `{"configuration": {}}`, `Missing required parameter: "manifest"`},
		"a job type without configuration":  {"job-types", `{"manifest": {}}`, `Missing required parameter: "configuration"`},
		"a workspace without title":         {"workspaces", `{"configuration": {}}`, `Missing required parameter: "title"`},
		"a workspace without configuration": {"workspaces", `{"title": "x"}`, `Missing required parameter: "configuration"`},
		"a configuration that is a string":  {"workspaces", `{"title": "x", "configuration": "x"}`, `Parameter must be a valid JSON object: "configuration"`},
	} {
		resp, body := send(t, s, "POST", "/v6/"+c.path+"/validation/", c.body)
		if resp.StatusCode != 400 || detailOf(t, []byte(body)) != c.want {
			t.Errorf("%s: got %d %s, want 400 %s", name, resp.StatusCode, body, c.want)
		}
	}
}

// TestViewersMayValidate as contract 0.6 says: it changes nothing.
func TestViewersMayValidate(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	header := jsonHeader()
	header.Set("Authorization", "Bearer "+tokenOf(t, s, "viewer"))
	resp, body := s.Do(t, "POST", "/v6/recipe-types/validation/", header, strings.NewReader(`{"definition": {}}`))
	if resp.StatusCode != 200 {
		t.Errorf("validation: got %d %s, want 200", resp.StatusCode, body)
	}
	for _, path := range []string{"/v6/recipe-types/", "/v6/jobs/", "/v6/jobs/requeue/", "/v6/recipes/1/reprocess/"} {
		if resp, body := s.Do(t, "POST", path, header, strings.NewReader(`{}`)); resp.StatusCode != 403 {
			t.Errorf("%s: got %d %s, want 403", path, resp.StatusCode, body)
		}
	}
	var profile api.Profile
	resp, body = s.Do(t, "GET", "/v6/accounts/profile/", header, nil)
	decode(t, body, &profile)
	if diff := cmp.Diff(api.Profile{ID: profile.ID, Username: "viewer", Role: "viewer"}, profile); resp.StatusCode != 200 || diff != "" {
		t.Errorf("profile: %d (-want +got):\n%s", resp.StatusCode, diff)
	}
	mustSend(t, s, "GET", "/v6/accounts/profile/", "", 200, &profile)
	if profile.Username != servertest.Username || !profile.IsStaff || profile.Role != "admin" {
		t.Errorf("the administrator's profile is %+v", profile)
	}
}

// tokenOf adds a user with that name and role.
func tokenOf(t *testing.T, s *servertest.Server, role string) string {
	t.Helper()
	cfg := server.Config{DataDir: s.DataDir, Database: s.Database}
	if _, err := server.AddUser(t.Context(), cfg, auth.NewUser{Username: role, Role: role}); err != nil {
		t.Fatal(err)
	}
	token, err := server.CreateToken(t.Context(), cfg, "test", role, 0)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
