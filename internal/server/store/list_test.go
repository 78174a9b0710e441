package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// names is the names, by name, of those of rows that a list kept.
func names[T any](name func(T) string, rows []T) []string {
	kept := []string{}
	for _, row := range rows {
		kept = append(kept, name(row))
	}
	return kept
}

func TestRecipeFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		name := func(r store.Recipe) string {
			return map[int64]string{w.recipe.ID: "outer", w.subRecipe.ID: "inner"}[r.ID]
		}
		both, outer, inner, none := []string{"inner", "outer"}, []string{"outer"}, []string{"inner"}, []string{}
		for _, tt := range []struct {
			name   string
			filter store.RecipeFilter
			want   []string
		}{
			{"no filter keeps all, last modified last", store.RecipeFilter{}, both},
			{"started is inclusive", store.RecipeFilter{Started: day(5).Ptr()}, outer},
			{"ended is inclusive", store.RecipeFilter{Ended: day(4).Ptr()}, inner},
			{"recipe_id", store.RecipeFilter{RecipeIDs: []int64{w.recipe.ID, 99}}, outer},
			{"recipe_type_id", store.RecipeFilter{RecipeTypeIDs: []int64{w.inner.ID}}, inner},
			{"recipe_type_name", store.RecipeFilter{RecipeTypeNames: []string{"inner", "outer"}}, both},
			{"recipe_type_name is exact", store.RecipeFilter{RecipeTypeNames: []string{"Inner"}}, none},
			{"batch_id", store.RecipeFilter{BatchIDs: []int64{1}}, none},
			{"root_recipe_id is the outermost and what is inside", store.RecipeFilter{RootRecipeIDs: []int64{w.recipe.ID}}, both},
			{"is_superseded", store.RecipeFilter{IsSuperseded: ptr(true)}, none},
			{"is_completed", store.RecipeFilter{IsCompleted: ptr(false)}, outer},
			{"source_started", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceStarted: day(1).Ptr()}}, outer},
			{"source_started later", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceStarted: day(2).Ptr()}}, none},
			{"source_ended", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceEnded: day(2).Ptr()}}, outer},
			{"source_sensor_class", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceSensorClasses: []string{"camera"}}}, outer},
			{"source_sensor", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceSensors: []string{"c-2"}}}, none},
			{"source_collection", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceCollections: []string{"x", "2026"}}}, outer},
			{"source_task", store.RecipeFilter{SourceFilter: store.SourceFilter{SourceTasks: []string{"survey"}}}, outer},
			{"filters are ANDed", store.RecipeFilter{IsCompleted: ptr(true), RecipeTypeIDs: []int64{w.outer.ID}}, none},
			{"order by parent", store.RecipeFilter{Paging: store.Paging{Order: []store.Order{{Field: "recipe"}}}}, both},
			{"order by parent descending puts null first", store.RecipeFilter{Paging: store.Paging{
				Order: []store.Order{{Field: "recipe", Desc: true}}}}, []string{"outer", "inner"}},
			{"order by completed puts null last", store.RecipeFilter{Paging: store.Paging{
				Order: []store.Order{{Field: "completed"}}}}, both},
			{"order by two keys", store.RecipeFilter{Paging: store.Paging{
				Order: []store.Order{{Field: "event"}, {Field: "id", Desc: true}}}}, both},
		} {
			rows, total, err := s.Recipes(t.Context(), tt.filter)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if diff := cmp.Diff(tt.want, names(name, rows)); diff != "" || total != len(tt.want) {
				t.Errorf("%s: total %d (-want +got):\n%s", tt.name, total, diff)
			}
		}
	})
}

func TestFiltersOfRecipesAlone(t *testing.T) {
	t.Parallel()
	yes, at := true, day(1)
	one, text := []int64{1}, []string{"x"}
	if !(store.JobFilter{RecipeIDs: one, JobIDs: []int64{}, Statuses: []string{}}).OnlyRecipes() {
		t.Error("recipes alone, with empty lists beside them: false")
	}
	for i, f := range []store.JobFilter{
		{}, {JobIDs: one}, {RecipeIDs: one, JobIDs: one}, {RecipeIDs: one, Statuses: text}, {RecipeIDs: one, JobTypeIDs: one},
		{RecipeIDs: one, JobTypeNames: text}, {RecipeIDs: one, BatchIDs: one}, {RecipeIDs: one, ErrorCategories: text},
		{RecipeIDs: one, ErrorNames: text}, {RecipeIDs: one, IsSuperseded: &yes}, {RecipeIDs: one, Started: &at}, {RecipeIDs: one, Ended: &at},
		{RecipeIDs: one, Kitchens: store.KitchenFilter{NotIn: one}}, {RecipeIDs: one, SourceFilter: store.SourceFilter{SourceTasks: text}},
	} {
		if f.OnlyRecipes() {
			t.Errorf("filter %d: true", i)
		}
	}
}

// TestContentsInUse asks for the bytes of a live file, of one that was replaced, of one that a
// recipe takes in, and of none.
func TestContentsInUse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		replaced := w.product
		replaced.ID, replaced.FilePath = 0, "replaced"
		for content, f := range map[string]*store.File{"live": &w.product, "taken": &w.source, "replaced": &replaced} {
			f.Content, f.IsDeleted, f.Deleted = content, content != "live", day(9).Ptr()
		}
		mustInsert(t, s.Q, &replaced)
		for _, f := range []*store.File{&w.product, &w.source} {
			if err := s.Update(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		used := func(since store.Time, want ...string) {
			t.Helper()
			got, err := s.ContentsInUse(t.Context(), []string{"live", "taken", "replaced", "none"}, since)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("in use: %v (-want +got):\n%s", err, diff)
			}
		}
		used(day(9), "live", "replaced", "taken")
		used(day(10), "live", "taken")
		w.recipe.IsCompleted = true
		if err := s.Update(t.Context(), &w.recipe); err != nil {
			t.Fatal(err)
		}
		used(day(10), "live")
		if got, err := s.ContentsInUse(t.Context(), nil, day(9)); err != nil || len(got) != 0 {
			t.Errorf("of nothing: %v, %v", got, err)
		}
	})
}

// TestStoppedRecipes stops a chain of two recipes that share a sub-recipe, and lets it go on.
func TestStoppedRecipes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		next := w.recipe
		next.ID, next.RootID, next.SupersededRecipeID = 0, 0, &w.recipe.ID
		w.recipe.IsSuperseded = true
		mustInsert(t, s.Q, &next)
		if err := s.Update(t.Context(), &w.recipe, "is_superseded"); err != nil {
			t.Fatal(err)
		}
		family, err := s.RecipeFamily(t.Context(), next.ID)
		if diff := cmp.Diff([]int64{w.subRecipe.ID, next.ID}, family); err != nil || diff != "" {
			t.Errorf("family: %v (-want +got):\n%s", err, diff)
		}
		stopped := func(want ...int64) {
			t.Helper()
			var got []int64
			for _, id := range []int64{w.recipe.ID, w.subRecipe.ID, next.ID} {
				if r, err := s.Recipe(t.Context(), id); err != nil || r.Stopped != nil {
					got = append(got, id)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("stopped (-want +got):\n%s", diff)
			}
		}
		for _, ids := range [][]int64{nil, family} {
			if err := s.StopRecipes(t.Context(), ids, day(9)); err != nil {
				t.Fatal(err)
			}
			stopped(ids...)
		}
		for _, ids := range [][]int64{nil, {99}} {
			if err := s.LiftStop(t.Context(), ids); err != nil {
				t.Fatal(err)
			}
			stopped(family...)
		}
		if err := s.LiftStop(t.Context(), []int64{next.ID}); err != nil {
			t.Fatal(err)
		}
		stopped()
	})
}

func TestJobFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		name := func(j store.Job) string { return j.RecipeNode }
		both, count, inside, none := []string{"count", "inside"}, []string{"count"}, []string{"inside"}, []string{}
		by := func(field string, desc bool) store.Paging {
			return store.Paging{Order: []store.Order{{Field: field, Desc: desc}}}
		}
		for _, tt := range []struct {
			name   string
			filter store.JobFilter
			want   []string
		}{
			{"no filter", store.JobFilter{}, both},
			{"started and ended", store.JobFilter{Started: day(4).Ptr(), Ended: day(4).Ptr()}, inside},
			{"job_id", store.JobFilter{JobIDs: []int64{w.job.ID}}, count},
			{"status", store.JobFilter{Statuses: []string{"FAILED", "BLOCKED"}}, inside},
			{"job_type_id", store.JobFilter{JobTypeIDs: []int64{99}}, none},
			{"job_type_name", store.JobFilter{JobTypeNames: []string{"count-lines"}}, both},
			{"batch_id", store.JobFilter{BatchIDs: []int64{1}}, none},
			{"recipe_id", store.JobFilter{RecipeIDs: []int64{w.recipe.ID}}, count},
			{"error_category", store.JobFilter{ErrorCategories: []string{"JOB"}}, inside},
			{"error_name", store.JobFilter{ErrorNames: []string{"boom"}}, inside},
			{"is_superseded", store.JobFilter{IsSuperseded: ptr(false)}, both},
			{"source_task", store.JobFilter{SourceFilter: store.SourceFilter{SourceTasks: []string{"survey"}}}, count},
			{"order by duration puts null last", store.JobFilter{Paging: by("duration", false)}, []string{"inside", "count"}},
			{"order by duration descending", store.JobFilter{Paging: by("duration", true)}, both},
			{"order by job type", store.JobFilter{Paging: by("job_type", false)}, both},
			{"order by node", store.JobFilter{Paging: by("node", true)}, both},
			{"order by priority", store.JobFilter{Paging: by("priority", false)}, []string{"inside", "count"}},
		} {
			rows, total, err := s.Jobs(t.Context(), tt.filter)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if diff := cmp.Diff(tt.want, names(name, rows)); diff != "" || total != len(tt.want) {
				t.Errorf("%s: total %d (-want +got):\n%s", tt.name, total, diff)
			}
			ids, err := s.JobIDs(t.Context(), tt.filter)
			if err != nil || len(ids) != len(tt.want) || !slices.IsSorted(ids) {
				t.Errorf("%s: ids %v, %v; want those of %v", tt.name, ids, err, tt.want)
			}
		}
		// A node that another recipe took over by a reprocess belongs to both.
		mustInsert(t, s.Q, &store.RecipeNode{RecipeID: w.recipe.ID, NodeName: "copy", JobID: &w.subJob.ID})
		rows, _, err := s.Jobs(t.Context(), store.JobFilter{RecipeIDs: []int64{w.recipe.ID}})
		if diff := cmp.Diff(both, names(name, rows)); diff != "" || err != nil {
			t.Errorf("jobs of a recipe with a copied node: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestFileFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		name := func(f store.File) string { return f.FileName }
		both, in, out, none := []string{"In.csv", "out.txt"}, []string{"In.csv"}, []string{"out.txt"}, []string{}
		for _, tt := range []struct {
			name   string
			filter store.FileFilter
			want   []string
		}{
			{"no filter", store.FileFilter{}, both},
			{"file id", store.FileFilter{FileIDs: []int64{w.source.ID}}, in},
			{"workspace", store.FileFilter{WorkspaceIDs: []int64{99}}, none},
			{"file_type", store.FileFilter{FileTypes: []string{"PRODUCT"}}, out},
			{"media_type", store.FileFilter{MediaTypes: []string{"text/csv"}}, in},
			{"file_name is exact", store.FileFilter{FileNames: []string{"in.csv"}}, none},
			{"path", store.FileFilter{FilePaths: []string{"in/In.csv"}}, in},
			{"file_name_search is part, any case", store.FileFilter{NameSearch: "N.C"}, in},
			{"file_name_search has no wildcards", store.FileFilter{NameSearch: "%"}, none},
			{"sha256", store.FileFilter{SHA256s: []string{"bb", "cc"}}, out},
			{"deleted", store.FileFilter{IsDeleted: ptr(true)}, none},
			{"job_id", store.FileFilter{JobIDs: []int64{w.job.ID}}, out},
			{"job_type_id", store.FileFilter{JobTypeIDs: []int64{w.jobType.ID}}, out},
			{"job_type_name", store.FileFilter{JobTypeNames: []string{"count-lines"}}, out},
			{"job_output", store.FileFilter{JobOutputs: []string{"lines"}}, out},
			{"recipe_id", store.FileFilter{RecipeIDs: []int64{w.recipe.ID}}, out},
			{"recipe_type_id", store.FileFilter{RecipeTypeIDs: []int64{w.outer.ID}}, out},
			{"recipe_node", store.FileFilter{RecipeNodes: []string{"count"}}, out},
			{"data", store.FileFilter{DataStarted: day(1).Ptr(), DataEnded: day(2).Ptr()}, in},
			{"data too early", store.FileFilter{DataEnded: day(1).Ptr()}, none},
			{"created", store.FileFilter{CreatedStarted: day(2).Ptr(), CreatedEnded: day(4).Ptr()}, out},
			{"modified", store.FileFilter{ModifiedStarted: day(1).Ptr(), ModifiedEnded: day(3).Ptr()}, in},
			{"source_sensor", store.FileFilter{SourceFilter: store.SourceFilter{SourceSensors: []string{"c-1"}}}, in},
			{"order by size", store.FileFilter{Paging: store.Paging{Order: []store.Order{{Field: "file_size"}}}},
				[]string{"out.txt", "In.csv"}},
			{"order by job", store.FileFilter{Paging: store.Paging{Order: []store.Order{{Field: "job"}}}},
				[]string{"out.txt", "In.csv"}},
		} {
			rows, total, err := s.Files(t.Context(), tt.filter)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if diff := cmp.Diff(tt.want, names(name, rows)); diff != "" || total != len(tt.want) {
				t.Errorf("%s: total %d (-want +got):\n%s", tt.name, total, diff)
			}
		}
	})
}

func TestInputFileFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		// The same file at a second input is still one file.
		mustInsert(t, s.Q, &store.RecipeInputFile{RecipeID: w.recipe.ID, FileID: w.source.ID, RecipeInput: "other",
			Created: day(3)}, &store.RecipeInputFile{RecipeID: w.recipe.ID, FileID: w.product.ID, RecipeInput: "other",
			Created: day(3)})
		inputs, err := s.RecipeInputFiles(t.Context(), w.recipe.ID)
		if err != nil || len(inputs) != 3 || inputs[0].RecipeInput != "table" {
			t.Errorf("RecipeInputFiles: got %v, %v, want three, table first", inputs, err)
		}
		both, in, out, none := []string{"In.csv", "out.txt"}, []string{"In.csv"}, []string{"out.txt"}, []string{}
		for _, tt := range []struct {
			name   string
			filter store.InputFileFilter
			want   []string
		}{
			{"all", store.InputFileFilter{}, both},
			{"file_name", store.InputFileFilter{FileName: "out.txt"}, out},
			{"recipe_input", store.InputFileFilter{RecipeInput: "table"}, in},
			{"recipe_input of two", store.InputFileFilter{RecipeInput: "other"}, both},
			{"last modified", store.InputFileFilter{Started: day(2).Ptr()}, out},
			{"last modified, said", store.InputFileFilter{Ended: day(2).Ptr(), TimeField: "last_modified"}, in},
			{"data", store.InputFileFilter{Started: day(1).Ptr(), Ended: day(2).Ptr(), TimeField: "data"}, in},
			{"source", store.InputFileFilter{Started: day(2).Ptr(), TimeField: "source"}, none},
		} {
			tt.filter.RecipeID = w.recipe.ID
			rows, total, err := s.InputFiles(t.Context(), tt.filter)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			kept := names(func(f store.File) string { return f.FileName }, rows)
			if diff := cmp.Diff(tt.want, kept); diff != "" || total != len(tt.want) {
				t.Errorf("%s: total %d (-want +got):\n%s", tt.name, total, diff)
			}
		}
		if _, total, err := s.InputFiles(t.Context(), store.InputFileFilter{RecipeID: 99}); err != nil || total != 0 {
			t.Errorf("unknown recipe: got %d files, %v, want none", total, err)
		}
		if of, err := s.RecipesOfInputFile(t.Context(), w.source.ID, 10); err != nil || !slices.Equal(of, []int64{w.recipe.ID}) {
			t.Errorf("the recipes of the file are %v, %v, want %d once", of, err, w.recipe.ID)
		}
		if of, err := s.RecipesOfInputFile(t.Context(), w.source.ID, 0); err != nil || len(of) != 0 {
			t.Errorf("no more than none of them are %v, %v", of, err)
		}
	})
}

func TestTypeAndWorkspaceLists(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		upper := store.RecipeType{Name: "Middle", Title: "M_iddle", Definition: store.JSON("{}"), IsActive: true, Created: day(1),
			LastModified: day(1)}
		newer := w.jobType
		newer.ID, newer.Version, newer.IsActive = 0, "1.0.1", false
		mustInsert(t, s.Q, &upper, &newer, &store.Workspace{Name: "Archive", Created: day(2), LastModified: day(2)})

		for _, tt := range []struct {
			name   string
			filter store.RecipeTypeFilter
			want   []string
		}{
			{"all, by name in any case", store.RecipeTypeFilter{}, []string{"inner", "Middle", "outer"}},
			{"active", store.RecipeTypeFilter{IsActive: ptr(true)}, []string{"Middle", "outer"}},
			{"system", store.RecipeTypeFilter{IsSystem: ptr(true)}, []string{}},
			{"not system", store.RecipeTypeFilter{IsSystem: ptr(false)}, []string{"inner", "Middle", "outer"}},
			{"keywords are ORed, any case, any column", store.RecipeTypeFilter{Keywords: []string{"OUTE", "inside"}},
				[]string{"inner", "outer"}},
			{"keywords have no wildcards", store.RecipeTypeFilter{Keywords: []string{"_"}}, []string{"Middle"}},
			{"keywords and active", store.RecipeTypeFilter{Keywords: []string{"e"}, IsActive: ptr(false)}, []string{"inner"}},
		} {
			rows, _, err := s.RecipeTypes(ctx, tt.filter)
			kept := names(func(r store.RecipeType) string { return r.Name }, rows)
			if diff := cmp.Diff(tt.want, kept); diff != "" || err != nil {
				t.Errorf("RecipeTypes, %s: %v (-want +got):\n%s", tt.name, err, diff)
			}
		}
		for _, tt := range []struct {
			name   string
			filter store.JobTypeFilter
			want   []string
		}{
			{"all", store.JobTypeFilter{}, []string{"1.0.0", "1.0.1"}},
			{"newest version first", store.JobTypeFilter{Names: []string{"count-lines"}, Paging: store.Paging{
				Order: []store.Order{{Field: "version", Desc: true}}}}, []string{"1.0.1", "1.0.0"}},
			{"keyword with a percent sign", store.JobTypeFilter{Keywords: []string{"100%"}}, []string{"1.0.0", "1.0.1"}},
			{"id", store.JobTypeFilter{IDs: []int64{newer.ID}}, []string{"1.0.1"}},
			{"active", store.JobTypeFilter{IsActive: ptr(true)}, []string{"1.0.0"}},
		} {
			rows, _, err := s.JobTypes(ctx, tt.filter)
			kept := names(func(r store.JobType) string { return r.Version }, rows)
			if diff := cmp.Diff(tt.want, kept); diff != "" || err != nil {
				t.Errorf("JobTypes, %s: %v (-want +got):\n%s", tt.name, err, diff)
			}
		}
		for _, tt := range []struct {
			name   string
			filter store.WorkspaceFilter
			want   []string
		}{
			{"all, by name in any case", store.WorkspaceFilter{}, []string{"Archive", "default"}},
			{"name", store.WorkspaceFilter{Names: []string{"default"}}, []string{"default"}},
			{"started", store.WorkspaceFilter{Started: day(2).Ptr()}, []string{"Archive"}},
			{"ended", store.WorkspaceFilter{Ended: day(1).Ptr()}, []string{"default"}},
		} {
			rows, _, err := s.Workspaces(ctx, tt.filter)
			kept := names(func(r store.Workspace) string { return r.Name }, rows)
			if diff := cmp.Diff(tt.want, kept); diff != "" || err != nil {
				t.Errorf("Workspaces, %s: %v (-want +got):\n%s", tt.name, err, diff)
			}
		}
		jobRevs, total, err := s.JobTypeRevisions(ctx, w.jobType.ID, store.Paging{Page: 1, PageSize: 1})
		if diff := cmp.Diff([]store.JobTypeRevision{w.jobTypeRevs[1]}, jobRevs); diff != "" || total != 2 || err != nil {
			t.Errorf("JobTypeRevisions: total %d, %v (-want +got):\n%s", total, err, diff)
		}
		revs, total, err := s.RecipeTypeRevisions(ctx, w.outer.ID, store.Paging{})
		if diff := cmp.Diff([]store.RecipeTypeRevision{w.outerRev}, revs); diff != "" || total != 1 || err != nil {
			t.Errorf("RecipeTypeRevisions: total %d, %v (-want +got):\n%s", total, err, diff)
		}
	})
}

func TestTextSortsByItsBytesOnBothEngines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		want := []string{"a-b", "A.b", "a_b", "ab", "B", "É", "é"} // lower: - . _ b; É and é are not folded
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i, name := range []string{"é", "ab", "É", "a_b", "B", "a-b", "A.b"} {
				row := store.Workspace{Name: name, Title: fmt.Sprint(i), Created: day(1), LastModified: day(1)}
				if err := tx.Insert(ctx, &row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, _, err := s.Workspaces(t.Context(), store.WorkspaceFilter{})
		if diff := cmp.Diff(want, names(func(w store.Workspace) string { return w.Name }, rows)); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestPaging(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var ids []int64
		for i := range 7 {
			w := store.Workspace{Name: fmt.Sprint("w", i), Created: day(1), LastModified: day(1)}
			mustInsert(t, s.Q, &w)
			ids = append(ids, w.ID)
		}
		same := []store.Order{{Field: "created"}} // all the same: id decides
		for _, tt := range []struct {
			name string
			p    store.Paging
			want []int64
		}{
			{"no size is all", store.Paging{Order: same, Page: 5}, ids},
			{"first", store.Paging{Order: same, Page: 1, PageSize: 3}, ids[:3]},
			{"no page is the first", store.Paging{Order: same, PageSize: 3}, ids[:3]},
			{"a middle one", store.Paging{Order: same, Page: 2, PageSize: 3}, ids[3:6]},
			{"last by number", store.Paging{Order: same, Page: 3, PageSize: 3}, ids[6:]},
			{"last by name", store.Paging{Order: same, PageSize: 3, Last: true}, ids[6:]},
			{"last, just full", store.Paging{Order: same, PageSize: 7, Last: true}, ids},
			{"beyond the end", store.Paging{Order: same, Page: 4, PageSize: 3}, nil},
			{"far beyond the end", store.Paging{Order: same, Page: 1 << 62, PageSize: 1000}, nil},
		} {
			rows, total, err := s.Workspaces(t.Context(), store.WorkspaceFilter{Paging: tt.p})
			var kept []int64
			for _, row := range rows {
				kept = append(kept, row.ID)
			}
			if err != nil || total != len(ids) || !slices.Equal(kept, tt.want) {
				t.Errorf("%s: got %v of %d, %v, want %v of %d", tt.name, kept, total, err, tt.want, len(ids))
			}
		}
		rows, total, err := s.Recipes(t.Context(), store.RecipeFilter{Paging: store.Paging{PageSize: 10, Last: true}})
		if len(rows) != 0 || total != 0 || err != nil {
			t.Errorf("the last page of nothing: got %v of %d, %v", rows, total, err)
		}
	})
	if got := store.LastPage(0, 10); got != 1 {
		t.Errorf("LastPage of nothing is %d, want 1", got)
	}
}

func TestUnknownOrderFieldsAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, field := range []string{"nonsense", "", "id; DROP TABLE jobs", "input", "configuration", `"id"`, "recipe_type__definition", "colour__name"} {
			_, _, err := s.Recipes(t.Context(), store.RecipeFilter{Paging: store.Paging{
				Order: []store.Order{{Field: "id"}, {Field: field}}}})
			e, ok := errors.AsType[*store.OrderError](err)
			if !ok || e.Field != field || !slices.Contains(e.Allowed, "last_modified") || !slices.IsSorted(e.Allowed) {
				t.Errorf("order %q: got %v, want an OrderError with what is allowed", field, err)
			}
		}
	})
}
