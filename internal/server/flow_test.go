package server_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestRecipeRunsFromUploadToProduct(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Executor: "process"})
	p := newPipeline(t, s, "count")
	file := upload(t, s, "in/text.txt", "one\ntwo\nthree\n")
	recipe := waitCompleted(t, s, p.start(t, s, file.ID).ID)

	node, ok := recipe.Details.Nodes["count"]
	if !ok || node.NodeType.JobNode == nil {
		t.Fatalf("the recipe has no job node: %+v", recipe.Details)
	}
	job, err := s.Client.Job(t.Context(), node.NodeType.JobID)
	if err != nil {
		t.Fatal(err)
	}
	if job.Status != "COMPLETED" || job.Execution == nil || job.Execution.ExeNum != 1 {
		t.Fatalf("got job %s with execution %+v, want COMPLETED with execution 1", job.Status, job.Execution)
	}
	if diff := cmp.Diff(map[string][]string{"TEXT": {"text.txt"}}, job.InputFiles); diff != "" {
		t.Errorf("input files (-want +got):\n%s", diff)
	}
	products, err := s.Client.Files(t.Context(), client.FileQuery{RecipeIDs: []int64{recipe.ID}})
	if err != nil || len(products) != 1 {
		t.Fatalf("got products %+v, %v, want one", products, err)
	}
	if got := products[0]; got.FileType != "PRODUCT" || got.JobType == nil || got.JobType.Name != "count" ||
		got.RecipeNode == nil || *got.RecipeNode != "count" || got.JobOutput == nil || *got.JobOutput != "COUNT" {
		t.Errorf("got product %+v", got)
	}
	body, err := s.Client.FileContent(t.Context(), products[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if content, err := io.ReadAll(body); err != nil || strings.TrimSpace(string(content)) != "3" {
		t.Errorf("got product %q, %v, want 3", content, err)
	}
	for stream, want := range map[string]string{"stdout": "counted\n", "stderr": "warned\n"} {
		if got, err := s.Client.JobLog(t.Context(), job.Execution.ID, stream); err != nil || got != want {
			t.Errorf("got %s %q, %v, want %q", stream, got, err, want)
		}
	}
	if files, err := s.Client.RecipeInputFiles(t.Context(), recipe.ID, client.InputFileQuery{}); err != nil || len(files) != 1 || files[0].ID != file.ID {
		t.Errorf("got input files %+v, %v, want file %d", files, err, file.ID)
	}
}
