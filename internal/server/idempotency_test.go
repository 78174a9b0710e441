package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// A creator is a request that makes something, one like it that makes something else,
// and where to count.
type creator struct {
	name, path, body, other string
	status                  int
	list                    string
	multipart               bool // body is the content of a file
}

func (c creator) send(t *testing.T, s *servertest.Server, key, body string) (*http.Response, string) {
	t.Helper()
	if c.multipart {
		header, f := form(t, [][2]string{{"workspace", "default"}, {"file_path", "once.txt"}}, body)
		header.Set("Idempotency-Key", key)
		resp, raw := s.Do(t, "POST", c.path, header, f)
		return resp, string(raw)
	}
	header := jsonHeader()
	header.Set("Idempotency-Key", key)
	resp, raw := s.Do(t, "POST", c.path, header, strings.NewReader(body))
	return resp, string(raw)
}

// creators are all requests that take a key. Each is on a server of its own with one
// recipe of type 1, file 1 and job type 1.
func creators() []creator {
	input := `"input": {"files": {"TEXT": [1]}}`
	ws := `{"title": "Once", "configuration": {"broker": {"type": "host", "host_path": "once"}}`
	rt := `{"title": "Once", "definition": ` + countDefinition("count")
	return []creator{
		{name: "a workspace", path: "/v6/workspaces/", body: ws + `}`, other: ws + `, "description": "x"}`, status: 201, list: "/v6/workspaces/"},
		{name: "a file", path: "/v6/files/", body: "one", other: "two", status: 201, list: "/v6/files/", multipart: true},
		{name: "a job type", path: "/v6/job-types/", body: countJobType("once"), other: countJobType("other"), status: 201, list: "/v6/job-types/"},
		{name: "a job type that exists", path: "/v6/job-types/", body: countJobType("count"), other: countJobType("other"), status: 200,
			list: "/v6/job-types/count/1.0.0/revisions/"},
		{name: "a recipe type", path: "/v6/recipe-types/", body: rt + `}`, other: rt + `, "description": "x"}`, status: 201, list: "/v6/recipe-types/"},
		{name: "a recipe", path: "/v6/recipes/", body: `{"recipe_type_id": 1, ` + input + `}`,
			other: `{"recipe_type_id": 1, ` + input + `, "configuration": {"priority": 7}}`, status: 201, list: "/v6/recipes/"},
		{name: "a reprocess", path: "/v6/recipes/1/reprocess/", body: `{"forced_nodes": {"all": true}}`, other: `{"forced_nodes": {"all": false}}`,
			status: 202, list: "/v6/recipes/"},
		{name: "a job", path: "/v6/jobs/", body: `{"job_type_id": 1, ` + input + `}`, other: `{"job_type_id": 1, ` + input + `, "configuration": {"priority": 7}}`,
			status: 201, list: "/v6/jobs/"},
		{name: "a user", path: "/v6/users/", body: `{"username": "ann", "role": "viewer", "password": "a good password"}`,
			other: `{"username": "ann", "role": "viewer", "password": "another password"}`, status: 201, list: "/v6/users/"},
		{name: "a token", path: "/v6/tokens/", body: `{"name": "ci"}`, other: `{"name": "cd"}`, status: 201, list: "/v6/tokens/"},
		{name: "a token with its secret", path: "/v6/tokens/", body: `{"name": "ci", "token": "gal_` + strings.Repeat("B", 42) + `A"}`,
			other: `{"name": "ci", "token": "gal_` + strings.Repeat("C", 42) + `A"}`, status: 201, list: "/v6/tokens/"},
	}
}

func newOnceServer(t *testing.T, opts servertest.Options) *servertest.Server {
	t.Helper()
	opts.Workers = -1
	s := servertest.New(t, opts)
	newPipeline(t, s, "count").start(t, s, upload(t, s, "in.txt", "1\n").ID)
	return s
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	for _, c := range creators() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newOnceServer(t, servertest.Options{})
			before := getPage[any](t, s, c.list).Count
			first, body := c.send(t, s, "k", c.body)
			if first.StatusCode != c.status || first.Header.Get("Idempotency-Replayed") != "" {
				t.Fatalf("first: got %d %s, want %d", first.StatusCode, body, c.status)
			}
			again, bodyAgain := c.send(t, s, "k", c.body)
			if again.StatusCode != c.status || bodyAgain != body || again.Header.Get("Location") != first.Header.Get("Location") ||
				again.Header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("again: got %d to %q, %s\nwant %d to %q, %s", again.StatusCode, again.Header.Get("Location"), bodyAgain,
					c.status, first.Header.Get("Location"), body)
			}
			if got := getPage[any](t, s, c.list).Count; got != before+1 {
				t.Errorf("there are %d more, want 1", got-before)
			}
			if !c.multipart {
				// The same in other words is the same.
				spaced := strings.Replace(c.body, "{", "{ ", 1)
				path := strings.Replace(c.path, "/v6/", "/v7/", 1)
				other := c
				other.path = path
				if resp, raw := other.send(t, s, "k", spaced); resp.StatusCode != c.status || raw != body {
					t.Errorf("in other words: got %d %s", resp.StatusCode, raw)
				}
			}
			resp, raw := c.send(t, s, "k", c.other)
			if resp.StatusCode != 422 || !strings.Contains(detailOf(t, []byte(raw)), `"k"`) {
				t.Errorf("another request with the key: got %d %s, want 422", resp.StatusCode, raw)
			}
			if got := getPage[any](t, s, c.list).Count; got != before+1 {
				t.Errorf("there are %d more after that, want 1", got-before)
			}
		})
	}
}

func TestIdempotencyKeysThatAreNone(t *testing.T) {
	t.Parallel()
	s := newOnceServer(t, servertest.Options{})
	for name, keys := range map[string][]string{
		"empty": {""}, "two": {"a", "b"}, "too long": {strings.Repeat("x", 256)}, "not ASCII": {"schlüssel"}, "a tab": {"a\tb"},
	} {
		for _, c := range creators() {
			if c.multipart {
				continue
			}
			header := jsonHeader()
			header["Idempotency-Key"] = keys
			resp, body := s.Do(t, "POST", c.path, header, strings.NewReader(c.body))
			if resp.StatusCode != 400 || !strings.Contains(detailOf(t, body), "Idempotency-Key") {
				t.Errorf("%s, %s: got %d %s, want 400", c.name, name, resp.StatusCode, body)
			}
		}
	}
	header := jsonHeader()
	header.Set("Idempotency-Key", strings.Repeat("~", 255))
	if resp, body := s.Do(t, "POST", "/v6/workspaces/", header, strings.NewReader(creators()[0].body)); resp.StatusCode != 201 {
		t.Errorf("a long key: got %d %s, want 201", resp.StatusCode, body)
	}
}

// TestRefusedRequestsKeepNoKey, so that what was wrong can be put right.
func TestRefusedRequestsKeepNoKey(t *testing.T) {
	t.Parallel()
	s := newOnceServer(t, servertest.Options{})
	c := creators()[0]
	if resp, body := c.send(t, s, "k", `{"title": "!!!", "configuration": {"broker": {"type": "host", "host_path": "x"}}}`); resp.StatusCode != 400 {
		t.Fatalf("got %d %s, want 400", resp.StatusCode, body)
	}
	if resp, body := c.send(t, s, "k", c.body); resp.StatusCode != 201 {
		t.Errorf("after a refusal: got %d %s, want 201", resp.StatusCode, body)
	}
}

// TestKeysOfUsersAreTheirOwn: the same key of another user is another key.
func TestKeysOfUsersAreTheirOwn(t *testing.T) {
	t.Parallel()
	s := newOnceServer(t, servertest.Options{})
	c := creators()[0]
	c.send(t, s, "k", c.body)
	header := jsonHeader()
	header.Set("Idempotency-Key", "k")
	header.Set("Authorization", "Bearer "+tokenOf(t, s, "editor"))
	resp, body := s.Do(t, "POST", c.path, header, strings.NewReader(c.other))
	if resp.StatusCode != 201 {
		t.Errorf("another user: got %d %s, want 201", resp.StatusCode, body)
	}
}

func TestConcurrentRequestsWithOneKey(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		c := creators()[0]
		var wg sync.WaitGroup
		var locations sync.Map
		for range 8 {
			wg.Go(func() {
				resp, body := c.send(t, s, "k", c.body)
				if resp.StatusCode != 201 {
					t.Errorf("got %d %s, want 201", resp.StatusCode, body)
				}
				locations.Store(resp.Header.Get("Location"), true)
			})
		}
		wg.Wait()
		n := 0
		locations.Range(func(any, any) bool { n++; return true })
		if got := getPage[api.Workspace](t, s, "/v6/workspaces/?name=once").Count; got != 1 || n != 1 {
			t.Errorf("eight requests made %d workspaces at %d places, want 1", got, n)
		}
	})
}

// TestLostAnswers: the server has committed, the client has heard nothing and tries
// again; there is one of everything.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Workers: -1, Middleware: f.Middleware})
	f.InjectOnce("POST .*", servertest.LoseAnswer)
	c, ctx := s.Client, t.Context()
	check := func(what string, err error, path string, want int) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := getPage[any](t, s, path).Count; got != want {
			t.Errorf("%s: there are %d, want %d", what, got, want)
		}
	}
	_, err := c.CreateWorkspace(ctx, api.WorkspaceCreate{Title: "Once",
		Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "once"}}})
	check("workspaces", err, "/v6/workspaces/", 2)
	file, err := c.UploadFile(ctx, api.FileUpload{Workspace: "default", Path: "a.txt", MediaType: "text/plain"}, strings.NewReader("1\n"))
	check("files", err, "/v6/files/", 1)
	if file.IsDeleted {
		t.Error("the file has replaced itself")
	}
	jobType, err := c.CreateJobType(ctx, api.JobTypeCreate{DockerImage: "x", Manifest: []byte(countManifest("count", "1.0.0", "true")),
		Configuration: []byte(`{"output_workspaces": {"default": "default"}}`)})
	check("revisions of the job type", err, "/v6/job-types/count/1.0.0/revisions/", 1)
	rt, err := c.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Once", Definition: []byte(countDefinition("count"))})
	check("recipe types", err, "/v6/recipe-types/", 1)
	input := []byte(fmt.Sprintf(`{"files": {"TEXT": [%d]}}`, file.ID))
	recipe, err := c.CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: rt.ID, Input: input})
	check("recipes", err, "/v6/recipes/", 1)
	_, err = c.CreateJob(ctx, api.JobCreate{JobTypeID: jobType.ID, Input: input})
	check("jobs", err, "/v6/jobs/", 2)
	next, err := c.ReprocessRecipe(ctx, recipe.ID, api.RecipeReprocess{ForcedNodes: []byte(`{"all": true}`)})
	check("recipes after a reprocess", err, "/v6/recipes/", 2)
	if next.SupersededRecipe == nil || next.SupersededRecipe.ID != recipe.ID {
		t.Errorf("the new recipe is %+v", next)
	}
	f.InjectOnce("POST /v6/recipes/", servertest.LoseAnswer)
	if _, err := s.NewClient(t, client.Config{Token: s.Token, MaxRetries: -1}).CreateRecipe(ctx, api.RecipeCreate{RecipeTypeID: rt.ID, Input: input}); err == nil {
		t.Error("without retries the lost answer is no error: the test drops nothing")
	}
}

// An edit that is repeated with its key is made once, also if it is for a version that its
// first request has changed. It is answered as it was.
func TestIdempotencyKeysOfEdits(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1}, func(t *testing.T, s *servertest.Server) {
		newPipeline(t, s, "count")
		for name, e := range map[string]struct {
			path, body, other string
			status            int
			revisions         string // empty: it has none
		}{
			"a recipe type": {"/v6/recipe-types/recipe-count/", `{"definition": ` + countDefinition("count") + `}`, `{"title": "Other"}`, 200, "/v6/recipe-types/recipe-count/revisions/"},
			"a job type":    {"/v6/job-types/count/1.0.0/", countJobType("count"), `{"is_paused": true}`, 200, "/v6/job-types/count/1.0.0/revisions/"},
			"a workspace":   {"/v6/workspaces/1/", `{"description": "once"}`, `{"description": "twice"}`, 204, ""},
		} {
			header := jsonHeader()
			header.Set("Idempotency-Key", "edit of "+name)
			shown, _ := s.Do(t, "GET", e.path, jsonHeader(), nil)
			header.Set("If-Match", shown.Header.Get("ETag"))
			count := func() int {
				if e.revisions == "" {
					return 0
				}
				return getPage[any](t, s, e.revisions).Count
			}
			before := count()
			var bodies [2]string
			for i := range bodies {
				resp, raw := s.Do(t, "PATCH", e.path, header, strings.NewReader(e.body))
				bodies[i] = string(raw)
				if replayed := resp.Header.Get("Idempotency-Replayed") == "true"; resp.StatusCode != e.status || replayed != (i == 1) {
					t.Errorf("%s, request %d: got %d %s, replayed %v; want %d", name, i+1, resp.StatusCode, raw, replayed, e.status)
				}
			}
			if bodies[0] != bodies[1] {
				t.Errorf("%s: the answers are %s and %s", name, bodies[0], bodies[1])
			}
			if after := count(); e.revisions != "" && after != before+1 {
				t.Errorf("%s: %d revisions became %d, want one more", name, before, after)
			}
			if resp, raw := s.Do(t, "PATCH", e.path, header, strings.NewReader(e.other)); resp.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s: the key of another edit: got %d %s, want 422", name, resp.StatusCode, raw)
			}
		}
	})
}

// A repeated request for a token is answered with the secret that is good then, and only to
// who may manage the token still. What is stored does not help to guess a password.
func TestRepeatedTokens(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	create := func(login string) (id int64, secret string) {
		t.Helper()
		header := jsonHeader()
		header.Set("Idempotency-Key", "k")
		header.Set("Authorization", "Bearer "+login)
		resp, raw := s.Do(t, "POST", "/v6/tokens/", header, strings.NewReader(`{"name": "ci"}`))
		var made api.APITokenCreated
		if err := json.Unmarshal(raw, &made); err != nil || resp.StatusCode != 201 {
			t.Fatalf("got %d %s, %v", resp.StatusCode, raw, err)
		}
		return made.ID, made.Token
	}
	good := func(secret string) bool {
		resp, _ := s.Do(t, "GET", "/v6/workspaces/", authorization("Bearer "+secret), nil)
		return resp.StatusCode == 200
	}
	login := mustLogin(t, s, servertest.Username, servertest.Password)
	id, first := create(login)
	if again, same := create(login); again != id || same != first || !good(first) {
		t.Errorf("with the same login: got the token %d with the secret of before: %t", again, same == first)
	}
	if again, other := create(mustLogin(t, s, servertest.Username, servertest.Password)); again != id || other == first || good(first) || !good(other) {
		t.Errorf("with another login: got the token %d with the secret of before: %t", again, other == first)
	}
	row, err := s.Store.IdempotencyKey(t.Context(), servertest.Username, "k")
	if err != nil {
		t.Fatal(err)
	}
	plain := sha256.Sum256([]byte("POST\n/tokens/\n\n" + `{"name":"ci"}`))
	if row.Fingerprint == hex.EncodeToString(plain[:]) || len(row.Result) > 0 {
		t.Errorf("the key has the fingerprint %s and the result %s", row.Fingerprint, row.Result)
	}
}

func TestRepeatedTokensOfOthersNeedAnAdministrator(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	cfg := server.Config{DataDir: s.DataDir, Database: s.Database}
	if _, err := server.AddUser(t.Context(), cfg, auth.NewUser{Username: "ann", Role: "admin", Password: "password of ann"}); err != nil {
		t.Fatal(err)
	}
	header := jsonHeader()
	header.Set("Idempotency-Key", "k")
	header.Set("Authorization", "Bearer "+mustLogin(t, s, "ann", "password of ann"))
	body := `{"name": "ci", "username": "` + servertest.Username + `", "role": "viewer"}`
	if resp, raw := s.Do(t, "POST", "/v6/tokens/", header, strings.NewReader(body)); resp.StatusCode != 201 {
		t.Fatalf("got %d %s", resp.StatusCode, raw)
	}
	ann, err := s.Store.UserByName(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	ann.Role = "viewer"
	if err := s.Store.Update(t.Context(), &ann, "role"); err != nil {
		t.Fatal(err)
	}
	if resp, raw := s.Do(t, "POST", "/v6/tokens/", header, strings.NewReader(body)); resp.StatusCode < 400 {
		t.Errorf("who is no administrator any more gets %d %s", resp.StatusCode, raw)
	}
}
