package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	c, dir := at(s), t.TempDir()
	from, to := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	if err := os.WriteFile(from, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	c.says(t, []string{"default:in/a.csv, 33 bytes"}, "files", "put", from, "default:in/", "--data-type=night")
	c.says(t, []string{"default:in/a.csv", "text/csv"}, "files", "ls", "--workspace=default", "--name=a.c")
	files := lists[[]api.File](t, c, "files", "ls")
	if len(files) != 1 || files[0].FilePath != "in/a.csv" || len(files[0].DataTypeTags) != 1 {
		t.Fatalf("files ls --json: got %+v", files)
	}
	if got := lists[[]api.File](t, c, "files", "ls", "--deleted"); len(got) != 0 {
		t.Errorf("files ls --deleted: got %+v", got)
	}
	if got := c.does(t, "files", "get", id(files[0].ID), "-"); got != hostile {
		t.Errorf("files get to stdout: got %q", got)
	}
	c.says(t, []string{to}, "files", "get", "default:in/a.csv", to)
	if got := must[[]byte](t)(os.ReadFile(to)); string(got) != hostile {
		t.Errorf("files get: got %q", got)
	}
	c.fails(t, exitUnable, "exists: give another name, or --force", "files", "get", "default:in/a.csv", to)
	c.does(t, "files", "get", "--force", "default:in/a.csv", to)
	if left := must[[]string](t)(filepath.Glob(filepath.Join(dir, ".galley-*"))); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	c.fails(t, exitUnable, "there is no file default:in/c.csv; galley files ls --workspace default", "files", "get", "default:in/c.csv")
	c.fails(t, exitUnable, `found "a.csv", expected the number of a file or its place`, "files", "get", "a.csv")
	c.fails(t, exitUnable, `found "in/a.csv", expected where to put the file`, "files", "put", from, "in/a.csv")
}

// Bytes that are not those of the file are an error, and nothing is left under its name.
func TestDamagedDownload(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1, Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/content/") {
				_, _ = io.WriteString(w, "others")
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	if err := os.WriteFile(from, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	at(s).does(t, "files", "put", from, "default:")
	at(s).fails(t, exitUnable, "has come with the SHA-256", "files", "get", "default:a.csv", to)
	if left := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	rt := night(t, s)
	c := at(s)
	c.says(t, []string{"recipe  night", "job     clean   1.0.0", "Job report"}, "types", "ls")
	if got := lists[listedTypes](t, c, "types", "ls", "--keyword=night"); len(got.RecipeTypes) != 1 || len(got.JobTypes) != 0 {
		t.Errorf("types ls --json: got %+v", got)
	}
	c.fails(t, exitUnable, "has one revision only", "types", "diff", "night")
	if _, err := s.Client.EditRecipeType(t.Context(), rt.Name, api.RecipeTypeEdit{Definition: chain("report")}); err != nil {
		t.Fatal(err)
	}
	c.says(t, []string{"night, from revision 1 to 2", "clean: DELETED", "report: CHANGED\n  "}, "types", "diff", "night")
	c.says(t, []string{"from revision 2 to 1", "clean: NEW"}, "types", "diff", "night", "2", "1")
	if got := lists[api.Diff](t, c, "types", "diff", "night"); got.Nodes["clean"].Status != "DELETED" {
		t.Errorf("types diff --json: got %+v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const manifest = `{"seedVersion": "1.0.0", "job": {"name": "a", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "A", "description": "A",
		"maintainer": {"name": "K", "email": "k@example.com"}, "timeout": 60, "interface": {"command": "a"}}}`
	for name, c := range map[string]struct {
		file, text string
		code       int
		want       string
	}{
		"a definition":                         {"d.json", string(chain("a", "b")), exitDone, "definition without errors"},
		"a node that is not there":             {"d.json", strings.Replace(string(chain("a", "b")), `"name":"a"`, `"name":"c"`, 1), exitFailed, "(UNKNOWN_NODE)"},
		"the provider's form":                  {"d.json", `{"nodes": {"a": {"job": {"name": "a", "version": "1.0.0", "revision": 1}}}}`, exitDone, "in the provider's form without errors"},
		"the provider's form, another node":    {"d.json", `{"nodes": {"a": {"job": {"name": "a", "version": "1.0.0", "revision": 1}, "dependencies": {"b": true}}}}`, exitFailed, "error: nodes.a.dependencies"},
		"a manifest":                           {"m.json", manifest, exitDone, "manifest of a job type without errors"},
		"a manifest with a wrong timeout":      {"m.json", strings.Replace(manifest, "60", "0", 1), exitFailed, "error: job.timeout"},
		"variations":                           {"variations.json", `{"variation-list": {"all": {}}}`, exitDone, "variations.json of a kitchen's recipe without errors"},
		"variations with a schedule of no use": {"variations.json", `{"variation-list": {"all": {"schedule-setting": "never"}}}`, exitFailed, "error: "},
		"no JSON":                              {"d.json", `{`, exitFailed, "error: "},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := console{}.run(t, "check", path)
		if code != c.code || !strings.Contains(stdout, c.want) || (code == exitDone) != (stderr == "") {
			t.Errorf("%s: got %d, %q, %q; want %d and %q", name, code, stdout, stderr, c.code, c.want)
		}
	}
	in := console{stdin: strings.NewReader(`{"nodes": {"a": {"job": 1}}}`)}
	stdout, _, code := in.run(t, "check", "-", "--json")
	if code != exitFailed || !strings.Contains(stdout, `"path": "nodes.a.job"`) || !strings.Contains(stdout, `"warning": false`) {
		t.Errorf("from stdin, as JSON: got %d, %q", code, stdout)
	}
	console{}.fails(t, exitUnable, "no such file", "check", filepath.Join(t.TempDir(), "none.json"))
}
