package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// got checks a row that a query returned.
func got[T any](t *testing.T, name string) func(T, error) func(want T) {
	t.Helper()
	return func(row T, err error) func(T) {
		return func(want T) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if diff := cmp.Diff(want, row); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestRowsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		got[store.Workspace](t, "Workspace")(s.Workspace(ctx, w.workspace.ID))(w.workspace)
		got[store.Workspace](t, "WorkspaceByName")(s.WorkspaceByName(ctx, "default"))(w.workspace)
		got[store.Workspace](t, "WorkspaceToMove")(s.WorkspaceToMove(ctx, w.workspace.ID))(w.workspace)
		got[store.Workspace](t, "WorkspaceInPlace")(s.WorkspaceInPlace(ctx, w.workspace.ID))(w.workspace)
		got[int64](t, "CountLiveFiles")(s.CountLiveFiles(ctx, w.workspace.ID))(2)
		got[int64](t, "CountLiveFiles of another")(s.CountLiveFiles(ctx, 99))(0)
		got[map[int64]store.Workspace](t, "WorkspacesByID")(s.WorkspacesByID(ctx, []int64{w.workspace.ID, 99}))(
			map[int64]store.Workspace{w.workspace.ID: w.workspace})
		got[store.File](t, "File")(s.File(ctx, w.source.ID))(w.source)
		got[store.File](t, "LockFile")(s.LockFile(ctx, w.source.ID))(w.source)
		got[store.File](t, "FileByPath")(s.FileByPath(ctx, w.workspace.ID, "out/out.txt"))(w.product)
		got[map[int64]store.File](t, "FilesByID")(s.FilesByID(ctx, []int64{w.source.ID, w.product.ID}))(
			map[int64]store.File{w.source.ID: w.source, w.product.ID: w.product})
		got[map[int64]store.File](t, "FilesByID of none")(s.FilesByID(ctx, nil))(map[int64]store.File{})
		got[store.JobType](t, "JobType")(s.JobType(ctx, w.jobType.ID))(w.jobType)
		got[store.JobType](t, "JobTypeByName")(s.JobTypeByName(ctx, "count-lines", "1.0.0"))(w.jobType)
		got[map[int64]store.JobType](t, "JobTypesByID")(s.JobTypesByID(ctx, []int64{w.jobType.ID}))(
			map[int64]store.JobType{w.jobType.ID: w.jobType})
		got[store.JobTypeRevision](t, "JobTypeRevision")(s.JobTypeRevision(ctx, w.jobType.ID, 2))(w.jobTypeRevs[1])
		got[store.JobTypeRevision](t, "JobTypeRevisionByID")(s.JobTypeRevisionByID(ctx, w.jobTypeRevs[0].ID))(w.jobTypeRevs[0])
		got[map[int64]store.JobTypeRevision](t, "JobTypeRevisionsByID")(
			s.JobTypeRevisionsByID(ctx, []int64{w.jobTypeRevs[0].ID}))(
			map[int64]store.JobTypeRevision{w.jobTypeRevs[0].ID: w.jobTypeRevs[0]})
		first := recipe.JobRef{Name: "count-lines", Version: "1.0.0", Revision: 1}
		var all []store.JobTypeRevision
		if err := s.EachJobTypeRevision(ctx, func(row store.JobTypeRevision) error { all = append(all, row); return nil }); err != nil {
			t.Fatal(err)
		}
		extent, err := s.JobTypeRevisionExtent(ctx)
		if want := (store.Extent{Count: len(w.jobTypeRevs), Last: w.jobTypeRevs[1].ID}); err != nil || extent != want || len(all) != want.Count {
			t.Errorf("there are %+v, %v, and %d of them, want %+v", extent, err, len(all), want)
		}
		got[map[recipe.JobRef]store.JobTypeRevision](t, "JobTypeRevisionsFor")(s.JobTypeRevisionsFor(ctx,
			[]recipe.JobRef{first, {Name: "count-lines", Version: "1.0.0", Revision: 3}, {Name: "x", Version: "1.0.0", Revision: 1}}))(
			map[recipe.JobRef]store.JobTypeRevision{first: w.jobTypeRevs[0]})
		got[store.RecipeType](t, "RecipeType")(s.RecipeType(ctx, w.outer.ID))(w.outer)
		got[store.RecipeType](t, "RecipeTypeByName")(s.RecipeTypeByName(ctx, "inner"))(w.inner)
		got[map[int64]store.RecipeType](t, "RecipeTypesByID")(s.RecipeTypesByID(ctx, []int64{w.inner.ID}))(
			map[int64]store.RecipeType{w.inner.ID: w.inner})
		got[store.RecipeTypeRevision](t, "RecipeTypeRevision")(s.RecipeTypeRevision(ctx, w.outer.ID, 1))(w.outerRev)
		got[store.RecipeTypeRevision](t, "RecipeTypeRevisionByID")(s.RecipeTypeRevisionByID(ctx, w.innerRev.ID))(w.innerRev)
		got[map[int64]store.RecipeTypeRevision](t, "RecipeTypeRevisionsByID")(
			s.RecipeTypeRevisionsByID(ctx, []int64{w.innerRev.ID}))(
			map[int64]store.RecipeTypeRevision{w.innerRev.ID: w.innerRev})
		inner := recipe.RecipeRef{Name: "inner", Revision: 1}
		got[map[recipe.RecipeRef]store.RecipeTypeRevision](t, "RecipeTypeRevisionsFor")(s.RecipeTypeRevisionsFor(ctx,
			[]recipe.RecipeRef{inner, {Name: "outer", Revision: 9}}))(
			map[recipe.RecipeRef]store.RecipeTypeRevision{inner: w.innerRev})
		if err := s.MarkSimulated(ctx, []int64{w.subRecipe.ID}); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*store.Recipe{&w.recipe, &w.subRecipe} { // what contains it, too
			r.Simulated = true
			got[store.Recipe](t, "a simulated recipe")(s.Recipe(ctx, r.ID))(*r)
		}
		got[map[int64]store.Event](t, "EventsByID")(s.EventsByID(ctx, []int64{w.event.ID}))(
			map[int64]store.Event{w.event.ID: w.event})
		got[store.Recipe](t, "Recipe")(s.Recipe(ctx, w.recipe.ID))(w.recipe)
		got[map[int64]store.Recipe](t, "RecipesByID")(s.RecipesByID(ctx, []int64{w.recipe.ID, w.subRecipe.ID}))(
			map[int64]store.Recipe{w.recipe.ID: w.recipe, w.subRecipe.ID: w.subRecipe})
		got[store.Job](t, "Job")(s.Job(ctx, w.job.ID))(w.job)
		got[map[int64]store.Job](t, "JobsByID")(s.JobsByID(ctx, []int64{w.subJob.ID}))(
			map[int64]store.Job{w.subJob.ID: w.subJob})
		got[store.JobExecution](t, "JobExecution")(s.JobExecution(ctx, w.job.ID, 1))(w.exe)
		got[store.JobExecution](t, "JobExecutionByID")(s.JobExecutionByID(ctx, w.exe.ID))(w.exe)
	})
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		is := func(want string) func(any, error) {
			return func(_ any, err error) {
				t.Helper()
				if !errors.Is(err, store.ErrNotFound) || err.Error() != want {
					t.Errorf("got error %v, want ErrNotFound: %s", err, want)
				}
			}
		}
		w, err := s.Workspace(ctx, 7)
		is("workspace 7 not found")(w, err)
		w, err = s.WorkspaceInPlace(ctx, 7)
		is("workspace 7 not found")(w, err)
		w, err = s.WorkspaceToMove(ctx, 8)
		is("workspace 8 not found")(w, err)
		w, err = s.WorkspaceByName(ctx, "x'y")
		is(`workspace "x'y" not found`)(w, err)
		f, err := s.FileByPath(ctx, 3, "a/b")
		is(`file "a/b" of workspace 3 not found`)(f, err)
		jt, err := s.JobTypeByName(ctx, "x", "1.0")
		is(`job type "x" version "1.0" not found`)(jt, err)
		jr, err := s.JobTypeRevision(ctx, 4, 2)
		is("revision 2 of job type 4 not found")(jr, err)
		rt, err := s.RecipeTypeByName(ctx, "x")
		is(`recipe type "x" not found`)(rt, err)
		rr, err := s.RecipeTypeRevision(ctx, 4, 2)
		is("revision 2 of recipe type 4 not found")(rr, err)
		r, err := s.Recipe(ctx, 1<<62)
		is("recipe 4611686018427387904 not found")(r, err)
		je, err := s.JobExecution(ctx, 5, 1)
		is("execution 1 of job 5 not found")(je, err)
		u, err := s.UserByName(ctx, "eve")
		is(`user "eve" not found`)(u, err)
		tok, err := s.TokenByHash(ctx, "secret")
		is("token not found")(tok, err)
		v, err := s.Setting(ctx, "k")
		is(`setting "k" not found`)(v, err)
		is("row 9 of jobs not found")(nil, s.Update(ctx, &store.Job{ID: 9}, "node_name"))
	})
}

func TestRecipeGraph(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()

		full, err := s.RecipeNodesFull(ctx, w.recipe.ID)
		if err != nil {
			t.Fatal(err)
		}
		type node struct {
			Name      string
			Job       *store.Job
			Sub       *store.Recipe
			Condition *store.Condition
		}
		var nodes []node
		for _, n := range full {
			nodes = append(nodes, node{n.NodeName, n.Job, n.SubRecipe, n.Condition})
		}
		want := []node{{"Decide", nil, nil, &w.condition}, {"count", &w.job, nil, nil}, {"inner", nil, &w.subRecipe, nil}}
		if diff := cmp.Diff(want, nodes); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}

		bare, err := s.RecipeNodes(ctx, w.subRecipe.ID)
		if err != nil || len(bare) != 1 || bare[0].NodeName != "inside" || *bare[0].JobID != w.subJob.ID || !bare[0].IsOriginal {
			t.Errorf("RecipeNodes: got %+v, %v, want inside", bare, err)
		}
		got[[]int64](t, "RecipesOfJob")(s.RecipesOfJob(ctx, w.subJob.ID))([]int64{w.subRecipe.ID})
		got[[]int64](t, "RecipesOfJobs")(s.RecipesOfJobs(ctx, []int64{w.job.ID, w.subJob.ID}))([]int64{w.recipe.ID, w.subRecipe.ID})
		got[[]int64](t, "RecipesOfJobs of none")(s.RecipesOfJobs(ctx, nil))(nil)
		got[[]int64](t, "RecipesOfSubRecipe")(s.RecipesOfSubRecipe(ctx, w.subRecipe.ID))([]int64{w.recipe.ID})
		got[*store.Job](t, "JobSupersededBy none")(s.JobSupersededBy(ctx, w.job.ID))(nil)
		successor := w.job
		successor.ID, successor.SupersededJobID = 0, &w.job.ID
		mustInsert(t, s.Q, &successor)
		got[*store.Job](t, "JobSupersededBy")(s.JobSupersededBy(ctx, w.job.ID))(&successor)
		got[*store.Recipe](t, "SupersededBy none")(s.SupersededBy(ctx, w.recipe.ID))(nil)

		next := store.Recipe{RecipeTypeID: w.outer.ID, RecipeTypeRevID: w.outerRev.ID, EventID: w.event.ID,
			SupersededRecipeID: &w.recipe.ID, ChainRootID: w.recipe.ChainRootID, Created: day(6), LastModified: day(6)}
		mustInsert(t, s.Q, &next)
		if next.RootID != next.ID || next.ChainRootID != w.recipe.ID {
			t.Errorf("recipe %d has root %d and chain root %d, want itself and %d", next.ID, next.RootID, next.ChainRootID,
				w.recipe.ID)
		}
		got[*store.Recipe](t, "SupersededBy")(s.SupersededBy(ctx, w.recipe.ID))(&next)

		again := next
		again.ID, again.RootID = 0, 0
		if err := s.Insert(ctx, &again); !store.IsUniqueViolation(err) {
			t.Errorf("superseding a recipe twice: got %v, want a unique violation", err)
		}
		if again.ID != 0 {
			t.Errorf("a recipe that was not inserted has id %d", again.ID)
		}
	})
}

func TestRecipeTypeLinksAreReplaced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		links := []store.RecipeTypeLink{{JobTypeID: &w.jobType.ID}, {SubRecipeTypeID: &w.inner.ID}}
		for range 2 {
			if err := s.ReplaceRecipeTypeLinks(ctx, w.outer.ID, links); err != nil {
				t.Fatal(err)
			}
		}
		got[[]store.RecipeTypeLink](t, "RecipeTypeLinks")(s.RecipeTypeLinks(ctx, []int64{w.outer.ID, w.inner.ID}))(links)
		got[[]store.RecipeType](t, "SuperRecipeTypes")(s.SuperRecipeTypes(ctx, w.inner.ID))([]store.RecipeType{w.outer})
		got[[]store.RecipeType](t, "RecipeTypesOfJobType")(s.RecipeTypesOfJobType(ctx, w.jobType.ID))(
			[]store.RecipeType{w.outer})
		if err := s.ReplaceRecipeTypeLinks(ctx, w.outer.ID, nil); err != nil {
			t.Fatal(err)
		}
		got[[]store.RecipeTypeLink](t, "RecipeTypeLinks after")(s.RecipeTypeLinks(ctx, []int64{w.outer.ID}))(nil)
		got[[]store.RecipeTypeLink](t, "RecipeTypeLinks of none")(s.RecipeTypeLinks(ctx, nil))(nil)
	})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		edited := w.job
		edited.Status, edited.Input, edited.SourceTask = "RUNNING", store.JSON("{\"x\": \"\\u0000 ' ? é\"}"), nil
		if err := s.Update(ctx, &edited, "status", "input", "source_task"); err != nil {
			t.Fatal(err)
		}
		got[store.Job](t, "Job")(s.Job(ctx, w.job.ID))(edited)
		w.workspace.Title, w.workspace.Deprecated = "It's ?0 new\\", day(9).Ptr()
		if err := s.Update(ctx, &w.workspace); err != nil {
			t.Fatal(err)
		}
		got[store.Workspace](t, "Workspace")(s.Workspace(ctx, w.workspace.ID))(w.workspace)
		if err := s.Update(ctx, &w.job, "titel"); err == nil || !strings.Contains(err.Error(), `no column "titel"`) {
			t.Errorf("unknown column: got %v", err)
		}
	})
}

func TestConstraintsHold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		live := w.source
		live.ID = 0
		node := store.RecipeNode{RecipeID: w.recipe.ID, NodeName: "count", JobID: &w.job.ID}
		exe := w.exe
		exe.ID = 0
		jobType := w.jobType
		jobType.ID = 0
		both := store.RecipeNode{RecipeID: w.recipe.ID, NodeName: "both", JobID: &w.job.ID, ConditionID: &w.condition.ID}
		orphan := store.RecipeNode{RecipeID: w.recipe.ID, NodeName: "orphan", JobID: ptr(int64(99))}
		status := w.job
		status.ID, status.Status = 0, "CANCELLED"
		for _, tt := range []struct {
			name   string
			row    any
			unique bool
		}{
			{"a second live file of one path", &live, true},
			{"a second node of one name", &node, true},
			{"a second execution of one number", &exe, true},
			{"a second job type of one name and version", &jobType, true},
			{"a second workspace of one name", &store.Workspace{Name: "default", Created: day(1), LastModified: day(1)}, true},
			{"a second recipe type of one name", &store.RecipeType{Name: "outer", Definition: store.JSON("{}"),
				Created: day(1), LastModified: day(1)}, true},
			{"a node that is two things", &both, false},
			{"a node of a job that does not exist", &orphan, false},
			{"a job with a status that does not exist", &status, false},
			{"a text with a NUL, which PostgreSQL can't keep", &store.Event{Type: "a\x00b", Occurred: day(1)}, false},
		} {
			if err := s.Insert(t.Context(), tt.row); err == nil || store.IsUniqueViolation(err) != tt.unique {
				t.Errorf("%s: got %v, want an error, unique %v", tt.name, err, tt.unique)
			}
		}
		w.source.IsDeleted = true
		if err := s.Update(t.Context(), &w.source, "is_deleted"); err != nil {
			t.Fatal(err)
		}
		if err := s.Insert(t.Context(), &live); err != nil {
			t.Errorf("a file at the path of a deleted one: %v", err)
		}
		got[store.File](t, "FileByPath")(s.FileByPath(t.Context(), w.workspace.ID, "in/In.csv"))(live)
	})
}

// rowsOf drops how many rows there are.
func rowsOf[T any](rows []T, _ int, err error) ([]T, error) { return rows, err }

func TestUsersTokensSettingsAndLogins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		u := store.User{Username: "ann", PasswordHash: "$argon2id$", Role: "admin", Created: day(1)}
		mustInsert(t, s.Q, &u)
		token := store.Token{UserID: u.ID, Kind: "api", Name: "ci", Hash: "ab12", Created: day(1), Expires: day(9).Ptr()}
		mustInsert(t, s.Q, &token)
		got[store.User](t, "User")(s.User(ctx, u.ID))(u)
		got[store.User](t, "UserByName")(s.UserByName(ctx, "ann"))(u)
		got[[]store.User](t, "Users")(rowsOf(s.Users(ctx, store.UserFilter{})))([]store.User{u})
		got[store.Token](t, "Token")(s.Token(ctx, token.ID))(token)
		got[store.Token](t, "TokenByHash")(s.TokenByHash(ctx, "ab12"))(token)
		got[[]store.Token](t, "Tokens")(rowsOf(s.Tokens(ctx, store.TokenFilter{UserIDs: []int64{u.ID}})))([]store.Token{token})

		if err := s.PutSetting(ctx, "key", "one"); err != nil {
			t.Fatal(err)
		}
		got[string](t, "InitSetting of one that is set")(s.InitSetting(ctx, "key", "two"))("one")
		got[string](t, "InitSetting")(s.InitSetting(ctx, "new", "three"))("three")
		if err := s.PutSetting(ctx, "key", "four"); err != nil {
			t.Fatal(err)
		}
		got[string](t, "Setting")(s.Setting(ctx, "key"))("four")
		got[map[string]string](t, "Settings")(s.Settings(ctx, "key", "none"))(map[string]string{"key": "four"})
		got[map[string]string](t, "SettingsLike")(s.SettingsLike(ctx, "thr"))(map[string]string{"new": "three"})
		got[bool](t, "ReplaceSetting of another value")(s.ReplaceSetting(ctx, "key", "two", "five"))(false)
		got[bool](t, "ReplaceSetting")(s.ReplaceSetting(ctx, "key", "four", "five"))(true)
		if err := s.DeleteSetting(ctx, "new"); err != nil {
			t.Fatal(err)
		}
		got[map[string]string](t, "Settings that are left")(s.Settings(ctx, "key", "new"))(map[string]string{"key": "five"})

		mustInsert(t, s.Q, &store.LoginFailure{Key: "ann", At: day(1)})
		for range 3 {
			if err := s.AddLoginFailure(ctx, "ann"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.AddLoginFailure(ctx, "bob"); err != nil {
			t.Fatal(err)
		}
		hourAgo := store.At(time.Now().Add(-time.Hour))
		got[int](t, "CountLoginFailures")(s.CountLoginFailures(ctx, "ann", hourAgo))(3)
		got[int](t, "CountLoginFailures of all times")(s.CountLoginFailures(ctx, "ann", day(1)))(3)
		if err := s.ClearLoginFailures(ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		got[int](t, "CountLoginFailures after")(s.CountLoginFailures(ctx, "ann", hourAgo))(0)
		got[int](t, "CountLoginFailures of bob")(s.CountLoginFailures(ctx, "bob", hourAgo))(1)
	})
}

// TestSealedValuesAreReplacedOnce covers what a rotation of the secret key does, by
// compare-and-swap.
func TestSealedValuesAreReplacedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		c := store.SealedColumn{Table: "job_types", Column: "configuration"}
		w.jobType.Configuration = store.JSON(`{"sealed_settings":"old"}`)
		if err := s.Update(ctx, &w.jobType, "configuration"); err != nil {
			t.Fatal(err)
		}
		old := store.SealedValue{ID: w.jobType.ID, Value: w.jobType.Configuration}
		got[[]store.SealedValue](t, "SealedValues")(s.SealedValues(ctx, c, 0, 10))([]store.SealedValue{old})
		got[[]store.SealedValue](t, "SealedValues behind the last")(s.SealedValues(ctx, c, old.ID, 10))(nil)
		value := store.JSON(`{"sealed_settings":"new"}`)
		got[bool](t, "ReplaceSealed")(s.ReplaceSealed(ctx, c, old, value))(true)
		got[bool](t, "ReplaceSealed of what has changed")(s.ReplaceSealed(ctx, c, old, store.JSON(`{}`)))(false)
		changed, err := s.JobType(ctx, w.jobType.ID)
		if err != nil || string(changed.Configuration) != string(value) || changed.LastModified != w.jobType.LastModified {
			t.Errorf("the job type: %+v, %v", changed, err)
		}
	})
}

// TestEveryQueryHasATest keeps this suite complete: whatever Q offers is called in it.
func TestEveryQueryHasATest(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	var missing []string
	for method := range reflect.TypeFor[*store.Tx]().Methods() {
		if !strings.Contains(tests.String(), "."+method.Name+"(") {
			missing = append(missing, method.Name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("no test calls %v", missing)
	}
}
