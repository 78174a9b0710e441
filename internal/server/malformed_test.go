package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// detailOf is the words of an error: of {"detail"} or of a bare JSON string.
func detailOf(t *testing.T, body []byte) string {
	t.Helper()
	var answer struct{ Detail string }
	if err := json.Unmarshal(body, &answer); err == nil {
		return answer.Detail
	}
	var bare string
	if err := json.Unmarshal(body, &bare); err != nil {
		t.Errorf("the error is neither an object nor a string: %s", body)
	}
	return bare
}

// writers are all requests that take a body, with a type that they know.
func writers() [][2]string {
	return [][2]string{
		{"POST", "/v6/workspaces/"}, {"PATCH", "/v6/workspaces/1/"}, {"POST", "/v6/job-types/"},
		{"PATCH", "/v6/job-types/count/1.0.0/"}, {"POST", "/v6/recipe-types/"}, {"PATCH", "/v6/recipe-types/recipe-count/"},
		{"POST", "/v6/recipes/"}, {"POST", "/v6/jobs/cancel/"}, {"POST", "/v6/files/purge-source/"},
		{"POST", "/v6/workspaces/validation/"}, {"POST", "/v6/job-types/validation/"}, {"POST", "/v6/recipe-types/validation/"},
		{"POST", "/v6/recipes/1/reprocess/"}, {"POST", "/v6/jobs/"}, {"POST", "/v6/jobs/requeue/"},
	}
}

func TestNoBodyIsAFault(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	bodies := map[string]string{
		"cut off":                 `{"title": "x"`,
		"no JSON":                 `title=x`,
		"two values":              `{} {}`,
		"an array":                `[{}]`,
		"a string":                `"x"`,
		"null":                    `null`,
		"a number":                `7`,
		"not UTF-8":               "{\"title\": \"\xff\"}",
		"a NUL":                   `{"title": "a\u0000b"}`,
		"a NUL in a name":         `{"a\u0000": 1}`,
		"a control character":     "{\"title\": \"a\nb\"}",
		"too deep":                strings.Repeat(`{"definition":`, 101) + "1" + strings.Repeat("}", 101),
		"much too deep":           strings.Repeat(`[`, 1_000_000),
		"two byte order marks":    "\xef\xbb\xbf\xef\xbb\xbf{}",
		"single quotes":           `{'title': 'x'}`,
		"a comment":               `{} // nothing`,
		"a number that never end": `{"recipe_type_id": 1e}`,
	}
	for _, w := range writers() {
		for name, body := range bodies {
			resp, answer := s.Do(t, w[0], w[1], jsonHeader(), strings.NewReader(body))
			if resp.StatusCode != http.StatusBadRequest || detailOf(t, answer) == "" {
				t.Errorf("%s %s with %s: got %d %s, want 400 with a detail", w[0], w[1], name, resp.StatusCode, answer)
			}
		}
		resp, answer := s.Do(t, w[0], w[1], jsonHeader(), strings.NewReader(`{"title": "`+strings.Repeat("x", 10<<20)+`"}`))
		if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(detailOf(t, answer), "10485760 bytes") {
			t.Errorf("%s %s with 10 MiB: got %d %.200s, want 413", w[0], w[1], resp.StatusCode, answer)
		}
		resp, answer = s.Do(t, w[0], w[1], http.Header{"Content-Type": {"text/csv"}}, strings.NewReader("a,b"))
		if resp.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("%s %s with CSV: got %d %s, want 415", w[0], w[1], resp.StatusCode, answer)
		}
	}
}

// TestNoMemberIsAFault puts every kind of value where another is expected.
func TestNoMemberIsAFault(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, noMemberIsAFault)
}

func noMemberIsAFault(t *testing.T, s *servertest.Server) {
	newPipeline(t, s, "count").start(t, s, upload(t, s, "in.txt", "1\n").ID)
	job := []string{"docker_image", "manifest", "configuration", "icon_code", "is_published", "max_scheduled", "auto_update", "is_active", "is_paused"}
	recipeType := []string{"title", "description", "definition", "auto_update", "is_active"}
	workspace := []string{"title", "description", "base_url", "is_active", "configuration"}
	members := map[string][]string{
		"/v6/workspaces/": workspace, "/v6/workspaces/1/": workspace, "/v6/job-types/": job, "/v6/job-types/count/1.0.0/": job,
		"/v6/recipe-types/": recipeType, "/v6/recipe-types/recipe-count/": recipeType,
		"/v6/recipes/":            {"recipe_type_id", "input", "configuration", "revision_num"},
		"/v6/files/purge-source/": {"file_id"},
		"/v6/jobs/cancel/": {"started", "ended", "error_categories", "error_ids", "job_ids", "status", "job_type_ids", "job_type_names",
			"job_types", "batch_ids", "recipe_ids", "is_superseded"},
		"/v6/jobs/requeue/":            {"priority", "started", "job_ids", "status", "job_types", "is_superseded"},
		"/v6/jobs/":                    {"job_type_id", "input", "configuration"},
		"/v6/recipes/1/reprocess/":     {"forced_nodes", "revision_num"},
		"/v6/workspaces/validation/":   {"name", "title", "configuration"},
		"/v6/job-types/validation/":    {"manifest", "configuration"},
		"/v6/recipe-types/validation/": {"name", "definition"},
	}
	values := []string{`1`, `-1`, `1.5`, `1e400`, `9223372036854775808`, `2147483648`, `""`, `"x"`, `"` + strings.Repeat("é", 600) + `"`,
		`true`, `[]`, `[1]`, `["x"]`, `[[]]`, `[null]`, `{}`, `{"a": 1}`, `{"broker": {}}`, `{"broker": 1}`, `{"broker": {"type": 1}}`,
		`{"broker": {"type": "host", "host_path": "../../etc"}}`, `{"nodes": 1}`, `{"nodes": {"a": null}}`, `{"files": {"TEXT": "x"}}`,
		`{"files": {"TEXT": [1.5]}}`, `{"files": {"TEXT": [9223372036854775808]}}`, `{"json": []}`, `{"version": 7}`, `{"priority": 0}`,
		`{"settings": {"a": 1}}`, `{"mounts": {"m": {"type": "host"}}}`, `{"seedVersion": "1.0.0", "job": null}`, `{"": {"": {"": ""}}}`}
	full := map[string]map[string]string{
		"/v6/workspaces/": {"title": `"t"`, "configuration": `{"broker": {"type": "host", "host_path": "x"}}`},
		"/v6/job-types/": {"docker_image": `"i"`, "manifest": countManifest("count", "1.0.0", countCommand),
			"configuration": `{"output_workspaces": {"default": "default"}}`},
		"/v6/recipe-types/":          {"title": `"t"`, "definition": countDefinition("count")},
		"/v6/recipes/":               {"recipe_type_id": `1`, "input": `{"files": {"TEXT": [1]}}`},
		"/v6/jobs/":                  {"job_type_id": `1`, "input": `{"files": {"TEXT": [1]}}`},
		"/v6/recipes/1/reprocess/":   {"forced_nodes": `{}`},
		"/v6/workspaces/validation/": {"title": `"t"`, "configuration": `{"broker": {"type": "host", "host_path": "x"}}`},
		"/v6/job-types/validation/": {"manifest": countManifest("count", "1.0.0", countCommand),
			"configuration": `{"output_workspaces": {"default": "default"}}`},
		"/v6/recipe-types/validation/": {"name": `"recipe-count"`, "definition": countDefinition("count")},
	}
	for _, w := range writers() {
		for _, member := range members[w[1]] {
			for _, value := range values {
				parts := []string{quote(member) + ": " + value}
				for name, usual := range full[w[1]] {
					if name != member {
						parts = append(parts, quote(name)+": "+usual)
					}
				}
				resp, answer := s.Do(t, w[0], w[1], jsonHeader(), strings.NewReader("{"+strings.Join(parts, ", ")+"}"))
				if resp.StatusCode >= 500 {
					t.Errorf("%s %s with %s %.80s: got %d %s", w[0], w[1], member, value, resp.StatusCode, answer)
				}
				if resp.StatusCode >= 400 && detailOf(t, answer) == "" {
					t.Errorf("%s %s with %s %.80s: got %d without words", w[0], w[1], member, value, resp.StatusCode)
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	cyclic := `{"nodes": {
		"b": {"dependencies": [{"name": "a"}], "input": {}, "node_type": {"node_type": "condition", "interface": {"files": [], "json": []}, "data_filter": {}}},
		"a": {"dependencies": [{"name": "b"}], "input": {}, "node_type": {"node_type": "condition", "interface": {"files": [], "json": []}, "data_filter": {}}}}}`
	colliding := strings.Replace(countManifest("colliding", "1.0.0", countCommand), `{"name": "LEVEL"}`, `{"name": "text"}`, 1)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		want               string // the start of the words, or a part of them after "..."
	}{
		"a workspace without a title":         {"POST", "/v6/workspaces/", `{"configuration": {}}`, 400, `Missing required parameter: "title"`},
		"a workspace with null":               {"POST", "/v6/workspaces/", `{"title": null, "configuration": {}}`, 400, `Missing required parameter: "title"`},
		"a workspace without a configuration": {"POST", "/v6/workspaces/", `{"title": "x"}`, 400, `Missing required parameter: "configuration"`},
		"an empty configuration":              {"POST", "/v6/workspaces/", `{"title": "x", "configuration": {}}`, 400, `Workspace configuration invalid: `},
		"a broker that we don't have":         {"POST", "/v6/workspaces/", `{"title": "x", "configuration": {"broker": {"type": "s3"}}}`, 400, `Workspace configuration invalid: `},
		"a workspace outside":                 {"POST", "/v6/workspaces/", `{"title": "x", "configuration": {"broker": {"type": "host", "host_path": "../out"}}}`, 400, `...leaves the data folder`},
		"a title without letters":             {"POST", "/v6/workspaces/", `{"title": "!!!", "configuration": {"broker": {"type": "host", "host_path": "x"}}}`, 400, `...letter or digit`},
		"a flag that is none":                 {"PATCH", "/v6/workspaces/1/", `{"is_active": "maybe"}`, 400, `Parameter must be a valid boolean: "is_active"`},
		"an unknown workspace":                {"PATCH", "/v6/workspaces/4711/", `{"title": "x"}`, 404, `Not found.`},

		"a job type without an image":      {"POST", "/v6/job-types/", `{"manifest": {}}`, 400, `Missing required parameter: "docker_image"`},
		"a job type without a manifest":    {"POST", "/v6/job-types/", `{"docker_image": "x"}`, 400, `Missing required parameter: "manifest"`},
		"a member that is not known":       {"POST", "/v6/job-types/", `{"docker_image": "x", "manifest": {}, "zeal": 1, "colour": 2}`, 400, `Unexpected fields: colour, zeal.`},
		"a manifest that is none":          {"POST", "/v6/job-types/", `{"docker_image": "x", "manifest": {"seedVersion": "1.0.0"}}`, 400, `...job`},
		"a manifest that collides":         {"POST", "/v6/job-types/", `{"docker_image": "x", "manifest": ` + colliding + `}`, 400, `...TEXT`},
		"a manifest of another job type":   {"PATCH", "/v6/job-types/count/1.0.0/", `{"manifest": ` + countManifest("other", "1.0.0", "true") + `}`, 400, `...other`},
		"a workspace that is not there":    {"PATCH", "/v6/job-types/count/1.0.0/", `{"configuration": {"output_workspaces": {"default": "nowhere"}}}`, 400, `...nowhere`},
		"an edit of an unknown job type":   {"PATCH", "/v6/job-types/nobody/1.0.0/", `{"is_active": false}`, 404, `Not found.`},
		"a limit that is none":             {"PATCH", "/v6/job-types/count/1.0.0/", `{"max_scheduled": "many"}`, 400, `Parameter must be a valid integer: "max_scheduled"`},
		"a recipe type without a title":    {"POST", "/v6/recipe-types/", `{"definition": {}}`, 400, `Missing required parameter: "title"`},
		"a recipe type without definition": {"POST", "/v6/recipe-types/", `{"title": "x"}`, 400, `Missing required parameter: "definition"`},
		"a definition that is a list":      {"POST", "/v6/recipe-types/", `{"title": "x", "definition": []}`, 400, `Parameter must be a valid JSON object: "definition"`},
		"a title that is taken":            {"POST", "/v6/recipe-types/", `{"title": "Recipe count", "definition": {}}`, 400, `...`},
		"a title that is a path":           {"POST", "/v6/recipe-types/", `{"title": "validation", "definition": {}}`, 400, `...`},
		"a title that is too long":         {"POST", "/v6/recipe-types/", `{"title": "` + strings.Repeat("x", 51) + `", "definition": {}}`, 400, `...50`},
		"a cycle":                          {"POST", "/v6/recipe-types/", `{"title": "x", "definition": ` + cyclic + `}`, 400, `...a -> b -> a`},
		"an unknown job type":              {"POST", "/v6/recipe-types/", `{"title": "x", "definition": ` + countDefinition("nobody") + `}`, 400, `...nobody`},
		"an unknown sub-recipe": {"POST", "/v6/recipe-types/", `{"title": "x", "definition": {"nodes": {"sub": {"dependencies": [], "input": {},
			"node_type": {"node_type": "recipe", "recipe_type_name": "nobody", "recipe_type_revision": 1}}}}}`, 400, `...nobody`},
		"an edit of an unknown recipe type": {"PATCH", "/v6/recipe-types/nobody/", `{"title": "x"}`, 404, `Not found.`},

		"a recipe without a type":             {"POST", "/v6/recipes/", `{"input": {}}`, 400, `Missing required parameter: "recipe_type_id"`},
		"a recipe type id that is none":       {"POST", "/v6/recipes/", `{"recipe_type_id": "x"}`, 400, `Parameter must be a valid integer: "recipe_type_id"`},
		"a recipe of an unknown type":         {"POST", "/v6/recipes/", `{"recipe_type_id": 4711, "input": {}}`, 404, `Not found.`},
		"a recipe of an unknown revision":     {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "revision_num": 9, "input": {}}`, 404, `Not found.`},
		"a recipe of revision -1":             {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "revision_num": -1, "input": {}}`, 400, `Parameter must be a valid integer of 1 or more: "revision_num"`},
		"an input that is a list":             {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": []}`, 400, `Parameter must be a valid JSON object: "input"`},
		"data that are none":                  {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": {"files": 1}}`, 400, `...files`},
		"a configuration that is none":        {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": {}, "configuration": {"priority": 0}}`, 400, `Recipe configuration invalid: `},
		"data that don't fit":                 {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": {}}`, 400, `Invalid recipe data: `},
		"a file that is not there":            {"POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": {"files": {"TEXT": [4711]}}}`, 400, `Invalid recipe data: `},
		"a cancel of an unknown job type":     {"POST", "/v6/jobs/cancel/", `{"job_types": [{"name": "no", "version": "1"}]}`, 400, `Job Type with name: no and version: 1 does not exist`},
		"a cancel of job types that are none": {"POST", "/v6/jobs/cancel/", `{"job_types": ["no"]}`, 400, `Parameter must be a list of`},
		"a cancel of an unknown status":       {"POST", "/v6/jobs/cancel/", `{"status": ["SLEEPING"]}`, 400, `Invalid value for parameter: "status"`},
		"a cancel by jobs that are none":      {"POST", "/v6/jobs/cancel/", `{"job_ids": ["x"]}`, 400, `Parameter must be a valid integer: "job_ids"`},
		"a purge of nothing":                  {"POST", "/v6/files/purge-source/", `{}`, 400, `Missing required parameter: "file_id"`},
		"a purge of an unknown file":          {"POST", "/v6/files/purge-source/", `{"file_id": 4711}`, 400, `File 4711 does not exist`},
	} {
		resp, body := s.Do(t, c.method, c.path, jsonHeader(), strings.NewReader(c.body))
		detail := detailOf(t, body)
		part, anywhere := strings.CutPrefix(c.want, "...")
		if resp.StatusCode != c.status || detail == "" || anywhere && !strings.Contains(detail, part) || !anywhere && !strings.HasPrefix(detail, part) {
			t.Errorf("%s: got %d %s, want %d %s", name, resp.StatusCode, body, c.status, c.want)
		}
	}
}

func TestRefusalsOfRecipesAreBareStrings(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	resp, body := send(t, s, "POST", "/v6/recipes/", `{"recipe_type_id": 1}`)
	if resp.StatusCode != 400 || !strings.HasPrefix(body, `"Invalid recipe data: `) {
		t.Errorf("got %d %s, want 400 and a bare string", resp.StatusCode, body)
	}
	mustSend(t, s, "PATCH", "/v6/recipe-types/"+p.recipeType.Name+"/", `{"is_active": false}`, 200, nil)
	resp, body = send(t, s, "POST", "/v6/recipes/", `{"recipe_type_id": 1, "input": {}}`)
	if want := `"Inactive recipe type: Recipe Type recipe-count is inactive"`; resp.StatusCode != 400 || strings.TrimSpace(body) != want {
		t.Errorf("got %d %s, want 400 %s", resp.StatusCode, body, want)
	}
}
