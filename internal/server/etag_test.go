package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	newPipeline(t, s, "count")
	patch := func(path, ifMatch, body string) (*http.Response, string) {
		header := jsonHeader()
		header.Set("If-Match", ifMatch)
		resp, raw := s.Do(t, "PATCH", path, header, strings.NewReader(body))
		return resp, string(raw)
	}
	for _, c := range []struct {
		path, edit string
		status     int
	}{
		{"/v6/workspaces/1/", `{"description": "%d"}`, 204},
		{"/v6/job-types/count/1.0.0/", `{"icon_code": "%d"}`, 200},
		{"/v6/recipe-types/recipe-count/", `{"description": "%d"}`, 200},
	} {
		tag := func() string { return mustSend(t, s, "GET", c.path, "", 200, nil).Header.Get("ETag") }
		first := tag()
		if !strings.HasPrefix(first, `"`) || tag() != first {
			t.Errorf("%s: the tag is %s, then %s", c.path, first, tag())
		}
		resp, body := patch(c.path, first, fmt.Sprintf(c.edit, 1))
		if resp.StatusCode != c.status {
			t.Fatalf("%s: an edit of the version that is there: got %d %s", c.path, resp.StatusCode, body)
		}
		second := tag()
		if second == first || resp.Header.Get("ETag") != second {
			t.Errorf("%s: after an edit the tag is %s, was %s, and the edit said %s", c.path, second, first, resp.Header.Get("ETag"))
		}
		for name, ifMatch := range map[string]string{"an old version": first, "a weak tag": "W/" + second, "a tag of others": `"abc"`, "two others": first + `, "1"`} {
			resp, body := patch(c.path, ifMatch, fmt.Sprintf(c.edit, 2))
			if resp.StatusCode != http.StatusPreconditionFailed || detailOf(t, []byte(body)) == "" {
				t.Errorf("%s with %s: got %d %s, want 412", c.path, name, resp.StatusCode, body)
			}
		}
		for _, ifMatch := range []string{"", ",", "abc", `"abc`, `"a" "b"`, `*, "a"`} {
			if resp, body := patch(c.path, ifMatch, fmt.Sprintf(c.edit, 2)); resp.StatusCode != 400 {
				t.Errorf("%s with %s: got %d %s, want 400", c.path, ifMatch, resp.StatusCode, body)
			}
		}
		if got := tag(); got != second {
			t.Errorf("%s: refused edits changed the tag to %s", c.path, got)
		}
		for i, ifMatch := range []string{"*", `"0", %s`} {
			if strings.Contains(ifMatch, "%") {
				ifMatch = fmt.Sprintf(ifMatch, tag())
			}
			if resp, body := patch(c.path, ifMatch, fmt.Sprintf(c.edit, 10+i)); resp.StatusCode != c.status {
				t.Errorf("%s with %s: got %d %s, want %d", c.path, ifMatch, resp.StatusCode, body, c.status)
			}
		}
	}
	if resp, body := patch("/v6/recipe-types/nobody/", `"1"`, `{}`); resp.StatusCode != 404 {
		t.Errorf("an edit of what is not there: got %d %s, want 404", resp.StatusCode, body)
	}
}

// TestCreatesHaveTags that the next edit can be for.
func TestCreatesHaveTags(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	ctx := t.Context()
	ws, err := s.Client.CreateWorkspace(ctx, api.WorkspaceCreate{Title: "X",
		Configuration: api.WorkspaceConfiguration{Broker: api.Broker{Type: "host", HostPath: "x"}}})
	if err != nil || ws.ETag == "" {
		t.Fatalf("made %+v, %v", ws, err)
	}
	if err := s.Client.EditWorkspace(ctx, ws.ID, api.WorkspaceEdit{Title: new("Y"), IfMatch: ws.ETag}); err != nil {
		t.Fatal(err)
	}
	if err := s.Client.EditWorkspace(ctx, ws.ID, api.WorkspaceEdit{Title: new("Z"), IfMatch: ws.ETag}); !api.IsConflict(err) {
		t.Errorf("an edit of an old version: %v, want a conflict", err)
	}
	now, err := s.Client.Workspace(ctx, ws.ID)
	if err != nil || now.Title != "Y" || now.ETag == ws.ETag {
		t.Errorf("it is %+v, %v", now, err)
	}
	p := newPipeline(t, s, "count")
	jobType, err := s.Client.JobType(ctx, "count", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.EditJobType(ctx, "count", "1.0.0", api.JobTypeEdit{IconCode: new("f"), IfMatch: jobType.ETag}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.EditJobType(ctx, "count", "1.0.0", api.JobTypeEdit{IconCode: new("g"), IfMatch: jobType.ETag}); !api.IsConflict(err) {
		t.Errorf("an edit of an old version: %v, want a conflict", err)
	}
	rt, err := s.Client.RecipeType(ctx, p.recipeType.Name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.EditRecipeType(ctx, rt.Name, api.RecipeTypeEdit{Title: new("T"), IfMatch: rt.ETag}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.EditRecipeType(ctx, rt.Name, api.RecipeTypeEdit{Title: new("U"), IfMatch: rt.ETag}); !api.IsConflict(err) {
		t.Errorf("an edit of an old version: %v, want a conflict", err)
	}
}
