package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// countManifest is a job that counts the lines of a file.
func countManifest(name, version, command string) string {
	return `{"seedVersion": "1.0.0", "job": {"name": "` + name + `", "jobVersion": "` + version + `", "packageVersion": "1.0.0",
		"title": "Count lines", "description": "Counts the lines of a text file",
		"maintainer": {"name": "Kitchen", "email": "kitchen@example.com"}, "timeout": 60,
		"interface": {"command": ` + quote(command) + `,
			"inputs": {"files": [{"name": "TEXT", "mediaTypes": ["text/plain"]}], "json": [{"name": "UNIT", "type": "string", "required": false}]},
			"outputs": {"files": [{"name": "COUNT", "pattern": "count*.txt", "mediaType": "text/plain"}]},
			"settings": [{"name": "TOKEN", "secret": true}, {"name": "LEVEL"}]},
		"resources": {"scalar": [{"name": "cpus", "value": 1}, {"name": "mem", "value": 64}]}}}`
}

const countCommand = `wc -l < "$TEXT" > "$OUTPUT_DIR/count.txt"; echo counted; echo warned >&2`

func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(raw)
}

// countJobType is the body of a create of that job.
func countJobType(name string) string {
	return `{"docker_image": "count:1.0.0", "manifest": ` + countManifest(name, "1.0.0", countCommand) + `,
		"configuration": {"output_workspaces": {"default": "default"}, "settings": {"TOKEN": "very-secret", "LEVEL": "3"}}}`
}

// countDefinition is a recipe with one node of that job.
func countDefinition(jobType string) string {
	return `{"input": {"files": [{"name": "TEXT", "media_types": ["text/plain"]}]},
		"nodes": {"count": {"dependencies": [], "input": {"TEXT": {"type": "recipe", "input": "TEXT"}},
			"node_type": {"node_type": "job", "job_type_name": "` + jobType + `", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`
}

// jsonHeader labels a body as JSON.
func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// send sends a JSON body as the administrator and returns status and answer.
func send(t *testing.T, s *servertest.Server, method, path, body string) (*http.Response, string) {
	t.Helper()
	resp, raw := s.Do(t, method, path, jsonHeader(), strings.NewReader(body))
	return resp, string(raw)
}

// mustSend is send for what has to succeed; the answer is decoded into out unless that is nil.
func mustSend(t *testing.T, s *servertest.Server, method, path, body string, status int, out any) *http.Response {
	t.Helper()
	resp, raw := send(t, s, method, path, body)
	if resp.StatusCode != status {
		t.Fatalf("%s %s: got %d, want %d: %s", method, path, resp.StatusCode, status, raw)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(raw), out); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, raw)
		}
	}
	return resp
}

// form is a multipart form with the file as its last part.
func form(t *testing.T, fields [][2]string, file string) (http.Header, io.Reader) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, f := range fields {
		if err := w.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "upload")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return http.Header{"Content-Type": {w.FormDataContentType()}}, &buf
}

// upload puts a file into the workspace "default".
func upload(t *testing.T, s *servertest.Server, path, content string) api.FileDetail {
	t.Helper()
	f, err := s.Client.UploadFile(t.Context(), api.FileUpload{Workspace: "default", Path: path, MediaType: "text/plain"},
		strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// pipeline is a job type and a recipe type of one node.
type pipeline struct {
	jobType    api.JobTypeDetail
	recipeType api.RecipeTypeDetail
}

func newPipeline(t *testing.T, s *servertest.Server, name string) pipeline {
	t.Helper()
	var p pipeline
	mustSend(t, s, "POST", "/v6/job-types/", countJobType(name), 201, &p.jobType)
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": `+quote("Recipe "+name)+`, "definition": `+countDefinition(name)+`}`, 201, &p.recipeType)
	return p
}

// start queues a recipe over one file.
func (p pipeline) start(t *testing.T, s *servertest.Server, file int64) api.Recipe {
	t.Helper()
	r, err := s.Client.CreateRecipe(t.Context(), api.RecipeCreate{RecipeTypeID: p.recipeType.ID,
		Input: json.RawMessage(`{"files": {"TEXT": [` + jsonNumber(file) + `]}}`)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func jsonNumber(n int64) string {
	raw, err := json.Marshal(n)
	if err != nil {
		panic(err) // a number always encodes
	}
	return string(raw)
}

// waitCompleted waits until the recipe is completed and returns its details.
func waitCompleted(t *testing.T, s *servertest.Server, id int64) api.RecipeDetail {
	t.Helper()
	var r api.RecipeDetail
	servertest.Eventually(t, 30*time.Second, func() (err error) {
		if r, err = s.Client.Recipe(t.Context(), id); err != nil {
			return err
		}
		if !r.IsCompleted {
			return errNotCompleted(r)
		}
		return nil
	})
	return r
}

type errNotCompleted api.RecipeDetail

func (e errNotCompleted) Error() string {
	raw, _ := json.Marshal(e.Details)
	return "the recipe is not completed: " + string(raw)
}

func decode(t *testing.T, raw []byte, out any) {
	t.Helper()
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
}
