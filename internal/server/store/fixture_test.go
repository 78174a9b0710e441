package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// world is a small set of rows of every table: a recipe of three nodes (job, sub-recipe,
// condition), whose sub-recipe has one job, and a file made by the first job.
type world struct {
	workspace          store.Workspace
	jobType            store.JobType
	jobTypeRevs        [2]store.JobTypeRevision
	outer, inner       store.RecipeType
	outerRev, innerRev store.RecipeTypeRevision
	event              store.Event
	recipe, subRecipe  store.Recipe
	job, subJob        store.Job
	exe                store.JobExecution
	condition          store.Condition
	source, product    store.File
}

// day is noon of a day of January 2026.
func day(n int) store.Time { return store.At(time.Date(2026, 1, n, 12, 0, 0, 123456000, time.UTC)) }

func ptr[T any](v T) *T { return &v }

func mustInsert(t testing.TB, q store.Q, rows ...any) {
	t.Helper()
	for _, row := range rows {
		if err := q.Insert(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
}

// newWorld inserts a world through s.
func newWorld(t testing.TB, s *store.Store) *world {
	t.Helper()
	w := &world{}
	err := s.Tx(t.Context(), func(_ context.Context, tx *store.Tx) error {
		w.insert(t, tx.Q)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) insert(t testing.TB, q store.Q) {
	t.Helper()
	*w = world{}
	w.workspace = store.Workspace{Name: "default", Title: "Default", IsActive: true, Broker: "host", HostPath: "/data",
		Created: day(1), LastModified: day(1)}
	w.jobType = store.JobType{Name: "count-lines", Version: "1.0.0", Title: "Count Lines", Description: "Counts 100%",
		IsActive: true, MaxTries: 3, RevisionNum: 2, Manifest: store.JSON(`{"b":1, "a":"it's"}`), Created: day(1),
		LastModified: day(2)}
	w.outer = store.RecipeType{Name: "outer", Title: "Outer", IsActive: true, RevisionNum: 1,
		Definition: store.JSON(`{"nodes":{}}`), Created: day(1), LastModified: day(2)}
	w.inner = store.RecipeType{Name: "inner", Title: "Inner", Description: "inside", RevisionNum: 1,
		Definition: store.JSON(`{}`), Created: day(1), LastModified: day(1)}
	w.event = store.Event{Type: "USER", Description: store.JSON(`{"user":"Anonymous"}`), Occurred: day(3)}
	mustInsert(t, q, &w.workspace, &w.jobType, &w.outer, &w.inner, &w.event)
	for i := range w.jobTypeRevs {
		w.jobTypeRevs[i] = store.JobTypeRevision{JobTypeID: w.jobType.ID, RevisionNum: i + 1,
			Manifest: w.jobType.Manifest, Created: day(1 + i)}
		mustInsert(t, q, &w.jobTypeRevs[i])
	}
	w.outerRev = store.RecipeTypeRevision{RecipeTypeID: w.outer.ID, RevisionNum: 1, Definition: w.outer.Definition,
		Created: day(1)}
	w.innerRev = store.RecipeTypeRevision{RecipeTypeID: w.inner.ID, RevisionNum: 1, Definition: w.inner.Definition,
		Created: day(1)}
	mustInsert(t, q, &w.outerRev, &w.innerRev)

	w.recipe = store.Recipe{RecipeTypeID: w.outer.ID, RecipeTypeRevID: w.outerRev.ID, EventID: w.event.ID,
		Input: store.JSON(`{"files":{}}`), InputProcessed: true, InputFileSize: ptr(0.25), Created: day(3),
		LastModified: day(5),
		Sources: store.Sources{SourceStarted: day(1).Ptr(), SourceEnded: day(2).Ptr(), SourceSensorClass: ptr("camera"),
			SourceSensor: ptr("c-1"), SourceCollection: ptr("2026"), SourceTask: ptr("survey")}}
	mustInsert(t, q, &w.recipe)
	w.subRecipe = store.Recipe{RecipeTypeID: w.inner.ID, RecipeTypeRevID: w.innerRev.ID, EventID: w.event.ID,
		ParentID: &w.recipe.ID, RootID: w.recipe.ID, IsCompleted: true, Completed: day(4).Ptr(), Created: day(3),
		LastModified: day(4),
		Counts:       store.Counts{JobsTotal: 1, JobsCompleted: 1, SubRecipesTotal: 2, SubRecipesCompleted: 1}}
	mustInsert(t, q, &w.subRecipe)

	w.job = store.Job{JobTypeID: w.jobType.ID, JobTypeRevID: w.jobTypeRevs[0].ID, EventID: w.event.ID,
		RecipeID: &w.recipe.ID, RecipeNode: "count", Status: "QUEUED", Priority: 100, MaxTries: 3, NumExes: 1,
		Created: day(3), Queued: day(3).Ptr(), LastModified: day(3), Sources: w.recipe.Sources}
	w.subJob = store.Job{JobTypeID: w.jobType.ID, JobTypeRevID: w.jobTypeRevs[1].ID, EventID: w.event.ID,
		RecipeID: &w.subRecipe.ID, RecipeNode: "inside", Status: "FAILED", Priority: 10, MaxTries: 3, NumExes: 1,
		ErrorName: "boom", ErrorCategory: "JOB", Created: day(3), Started: day(3).Ptr(), Ended: day(4).Ptr(),
		LastModified: day(4)}
	w.condition = store.Condition{RecipeID: w.recipe.ID, IsProcessed: true, IsAccepted: true, Created: day(3),
		LastModified: day(3)}
	mustInsert(t, q, &w.job, &w.subJob, &w.condition)
	w.exe = store.JobExecution{JobID: w.job.ID, ExeNum: 1, Status: "QUEUED", Timeout: 60, Created: day(3), Queued: day(3)}
	mustInsert(t, q, &w.exe, &[]store.RecipeNode{
		{RecipeID: w.recipe.ID, NodeName: "count", JobID: &w.job.ID, IsOriginal: true},
		{RecipeID: w.recipe.ID, NodeName: "inner", SubRecipeID: &w.subRecipe.ID, IsOriginal: true},
		{RecipeID: w.recipe.ID, NodeName: "Decide", ConditionID: &w.condition.ID, IsOriginal: true},
		{RecipeID: w.subRecipe.ID, NodeName: "inside", JobID: &w.subJob.ID, IsOriginal: true},
	})
	w.source = store.File{WorkspaceID: w.workspace.ID, FileName: "In.csv", FilePath: "in/In.csv", FileType: "SOURCE",
		MediaType: "text/csv", DataTypes: store.JSON(`["a"]`), FileSize: 5 << 30, SHA256: "aa", Created: day(1),
		DataStarted: day(1).Ptr(), DataEnded: day(2).Ptr(), Sources: w.recipe.Sources, LastModified: day(1)}
	w.product = store.File{WorkspaceID: w.workspace.ID, FileName: "out.txt", FilePath: "out/out.txt",
		FileType: "PRODUCT", MediaType: "text/plain", FileSize: 2, SHA256: "bb", Created: day(4), JobID: &w.job.ID,
		JobExeID: &w.exe.ID, JobOutput: "lines", RecipeID: &w.recipe.ID, RecipeNode: "count", LastModified: day(4)}
	mustInsert(t, q, &w.source, &w.product)
	mustInsert(t, q, &store.RecipeInputFile{RecipeID: w.recipe.ID, FileID: w.source.ID, RecipeInput: "table",
		Created: day(3)})
}
