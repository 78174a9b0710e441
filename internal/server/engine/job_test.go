package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

func TestJobOutsideOfARecipe(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		jt := k.JobType(t, enginetest.JobSpec{Name: "cut", FilesIn: []string{"scene"}, FilesOut: []string{"part"}, Settings: enginetest.Simulated(0)})
		input := fmt.Sprintf(`{"files":{"scene":[%d]},"json":{"unknown":1}}`, k.File(t, "a.csv", "x").ID)
		job, err := k.CreateJob(t.Context(), engine.JobSpec{JobTypeID: jt.ID, Input: json.RawMessage(input),
			Configuration: json.RawMessage(`{"priority":5}`), User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		if job.Status != "QUEUED" || job.NumExes != 1 || job.Priority != 5 || job.InputFileSize == nil || *job.InputFileSize != 1 || job.RecipeID != nil {
			t.Errorf("the new job = %+v", job)
		}
		if event, err := eventOf(t, k, job.EventID); err != nil || string(event.Description) != `{"user":"ann"}` {
			t.Errorf("event = %+v, %v", event, err)
		}
		only := store.JobFilter{JobIDs: []int64{job.ID}}
		if err := k.CancelJobs(t.Context(), only); err != nil {
			t.Fatal(err)
		}
		k.AwaitJob(t, job.ID, "CANCELED")
		requeue(t, k, only, nil)
		k.Run(t, k.Config(1))
		done := k.AwaitJob(t, job.ID, "COMPLETED")
		output, err := engine.DecodeData(done.Output)
		if err != nil || done.NumExes != 2 || len(output.Files["part"]) != 1 {
			t.Errorf("the completed job = %+v, output %+v, %v; want the second execution and one file", done, output, err)
		}
	})
}

func TestCreateJobRefuses(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		jt := k.JobType(t, enginetest.JobSpec{Name: "cut", FilesIn: []string{"scene"}, FilesOut: []string{"part"}})
		asleep := k.JobType(t, enginetest.JobSpec{Name: "asleep"})
		no := false
		if _, _, err := k.EditJobType(t.Context(), "asleep", "1.0.0", catalog.JobTypeEdit{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		good := fmt.Sprintf(`{"files":{"scene":[%d]}}`, k.File(t, "a.csv", "x").ID)
		for _, tc := range []struct {
			name, input, configuration string
			id                         int64
			code                       refusal.Code
			words                      string
		}{
			{"an array for the input", `[]`, ``, jt.ID, refusal.Invalid, `"input"`},
			{"broken data before an unknown type", `{"files":{"scene":"x"}}`, ``, 99, refusal.Invalid, ""},
			{"an unknown type", good, ``, 99, refusal.NotFound, "99"},
			{"a broken configuration", good, `{"priority":0}`, jt.ID, refusal.Invalid, "Job configuration invalid: "},
			{"a configuration that does not fit", good, `{"output_workspaces":{"default":"nowhere"}}`, jt.ID, refusal.Invalid, "nowhere"},
			{"an inactive type", `{}`, ``, asleep.ID, refusal.Inactive, "Inactive job type"},
			{"a missing input", `{}`, ``, jt.ID, refusal.InvalidInput, "Invalid job data: "},
			{"an unknown file", `{"files":{"scene":[987]}}`, ``, jt.ID, refusal.InvalidInput, "Invalid job data: Input 'scene': file 987 does not exist"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := k.CreateJob(t.Context(), engine.JobSpec{JobTypeID: tc.id, Input: json.RawMessage(tc.input), Configuration: json.RawMessage(tc.configuration)})
				enginetest.MustRefuse(t, err, tc.code, tc.words)
			})
		}
		if ids, err := k.Store.JobIDs(t.Context(), store.JobFilter{}); err != nil || len(ids) > 0 {
			t.Errorf("jobs after refusals: %v, %v; want none", ids, err)
		}
	})
}
