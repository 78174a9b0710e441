package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// nested is a definition of n nodes that each run a recipe type.
func nested(n int, recipeType string, revision int) string {
	var nodes []string
	for i := range n {
		nodes = append(nodes, fmt.Sprintf(`"n%02d": {"dependencies": [], "input": {}, "node_type": {"node_type": "recipe", "recipe_type_name": %q, "recipe_type_revision": %d}}`,
			i, recipeType, revision))
	}
	return `{"input": {}, "nodes": {` + strings.Join(nodes, ", ") + `}}`
}

// TestExpansionsAreBounded nests recipe types until one of them is too large, which one
// request turned into thousands of recipes.
func TestExpansionsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, servertest.Options{Workers: -1, MaxExpansion: 500}, func(t *testing.T, s *servertest.Server) {
		job := strings.Replace(countJobType("leaf"), `"inputs": {"files": [{"name": "TEXT", "mediaTypes": ["text/plain"]}], "json": [{"name": "UNIT", "type": "string", "required": false}]}`, `"inputs": {}`, 1)
		mustSend(t, s, "POST", "/v6/job-types/", job, 201, nil)
		create := func(title, definition string) (int, string) {
			resp, body := send(t, s, "POST", "/v6/recipe-types/", fmt.Sprintf(`{"title": %q, "definition": %s}`, title, definition))
			return resp.StatusCode, body
		}
		leaf := `{"input": {}, "nodes": {"count": {"dependencies": [], "input": {}, "node_type": {"node_type": "job", "job_type_name": "leaf", "job_type_version": "1.0.0", "job_type_revision": 1}}}}`
		for _, level := range []struct{ title, definition string }{
			{"One", leaf}, {"Two", nested(20, "one", 1)}, {"Three", nested(10, "two", 1)}, // 1, 40 and 410 nodes
		} {
			if status, body := create(level.title, level.definition); status != 201 {
				t.Fatalf("%s: %d %s", level.title, status, body)
			}
		}
		status, body := create("Four", nested(2, "three", 1))
		for _, want := range []string{"822 nodes", "at most 500", "n00 (three, 410 nodes) -> n00 (two, 40 nodes) -> n00 (one, 1 nodes)", "TOO_MANY_NODES"} {
			if status != 400 || !strings.Contains(body, want) {
				t.Errorf("one that is too large: %d %s, want 400 with %q", status, body, want)
			}
		}
		var plan api.Validation
		mustSend(t, s, "POST", "/v6/recipe-types/validation/", `{"definition": `+nested(2, "three", 1)+`}`, 200, &plan)
		if plan.IsValid || len(plan.Errors) != 1 || plan.Errors[0].Name != "TOO_MANY_NODES" {
			t.Errorf("its plan: %+v", plan)
		}
		// What grows below others leaves those as they are that would be too large with it.
		mustSend(t, s, "PATCH", "/v6/recipe-types/two/", `{"definition": `+nested(30, "one", 1)+`}`, 200, nil)
		var three api.RecipeTypeDetail
		mustSend(t, s, "GET", "/v6/recipe-types/three/", "", 200, &three)
		if three.RevisionNum != 1 {
			t.Errorf("three was updated to revision %d, whose recipes would have 610 nodes", three.RevisionNum)
		}
		mustSend(t, s, "PATCH", "/v6/recipe-types/two/", `{"definition": `+nested(21, "one", 1)+`}`, 200, nil)
		mustSend(t, s, "GET", "/v6/recipe-types/three/", "", 200, &three)
		if three.RevisionNum != 2 {
			t.Errorf("three is still at revision %d, though 430 nodes are allowed", three.RevisionNum)
		}
		err := s.Store.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			row, err := tx.RecipeTypeRevision(ctx, three.ID, 2)
			if err != nil {
				return err
			}
			row.Expansion = new(int64(501))
			return tx.Update(ctx, &row, "expansion")
		})
		if err != nil {
			t.Fatal(err)
		}
		if resp, body := send(t, s, "POST", "/v6/recipes/", fmt.Sprintf(`{"recipe_type_id": %d, "input": {}}`, three.ID)); resp.StatusCode != 400 {
			t.Errorf("a recipe of a type that is older than the limit: %d %s, want 400", resp.StatusCode, body)
		}
	})
}
