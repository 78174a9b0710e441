package server_test

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestRecipesSayThatTheyWereSimulated looks at a recipe, its reprocess, and at one whose jobs have run.
func TestRecipesSayThatTheyWereSimulated(t *testing.T) {
	t.Parallel()
	for _, executor := range []string{server.ExecutorSimulate, server.ExecutorProcess} {
		s := servertest.New(t, servertest.Options{Executor: executor})
		p := newPipeline(t, s, "count")
		made := waitCompleted(t, s, p.start(t, s, upload(t, s, "in/text.txt", "one\n").ID).ID)
		next, err := s.Client.ReprocessRecipe(t.Context(), made.ID, api.RecipeReprocess{ForcedNodes: []byte(`{"all": true}`)})
		if err != nil {
			t.Fatal(err)
		}
		want := executor == server.ExecutorSimulate
		for _, r := range []api.RecipeDetail{made, waitCompleted(t, s, next.ID)} {
			if r.Simulated != want {
				t.Errorf("%s: recipe %d says simulated: %v, want %v", executor, r.ID, r.Simulated, want)
			}
		}
		if _, body := send(t, s, "GET", "/v6/recipes/", ""); strings.Contains(body, `"simulated":true`) != want || strings.Contains(body, `"simulated":false`) {
			t.Errorf("%s: the list is %s", executor, body)
		}
	}
}
