package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// manyMembers makes a data set of n members over one file, which differ in a value.
func manyMembers(t *testing.T, s *servertest.Server, file int64, n int) api.DatasetDetail {
	t.Helper()
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`{"files": {"TEXT": [%d]}, "json": {"N": %d}}`, file, i)
	}
	var d api.DatasetDetail
	mustSend(t, s, "POST", "/v6/datasets/", `{"definition": {"parameters": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer"}]}},
		"data": [`+strings.Join(members, ",")+`]}`, 201, &d)
	return d
}

// emptyType is a recipe type whose recipes are completed at once.
func emptyType(t *testing.T, s *servertest.Server) api.RecipeTypeDetail {
	t.Helper()
	var rt api.RecipeTypeDetail
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Nothing", "definition": {"input": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer"}]}, "nodes": {}}}`, 201, &rt)
	return rt
}

// TestBatchGoesOnAfterAKill: a server that is killed while it makes recipes loses none of them, and the next one makes none twice.
func TestBatchGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	const n = 500
	d, rt := manyMembers(t, s, upload(t, s, "1.txt", "1\n").ID, n), emptyType(t, s)
	var b api.BatchDetail
	mustSend(t, s, "POST", "/v6/batches/", fmt.Sprintf(`{"recipe_type_id": %d, "definition": {"dataset": %d, "supersedes": false}}`, rt.ID, d.ID), 201, &b)
	// What a kill leaves behind is a transaction that is rolled back: the last turn, as a whole.
	crash := errors.New("killed")
	for range 3 {
		err := s.Store.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			row, err := tx.LockBatch(ctx, b.ID)
			if err != nil {
				return err
			}
			row.NextID -= 10
			if err := tx.Update(ctx, &row); err != nil {
				return err
			}
			return crash
		})
		if !errors.Is(err, crash) {
			t.Fatal(err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	next := servertest.New(t, servertest.Options{Workers: -1, Database: s.Database, DataDir: s.DataDir})
	waitBatch(t, next, b.ID, n)
	seen := map[string]bool{}
	for page := 1; page <= n/100; page++ {
		for _, r := range getPage[api.Recipe](t, next, fmt.Sprintf("/v6/recipes/?batch_id=%d&order=id&page=%d", b.ID, page)).Results {
			row, err := next.Store.Recipe(t.Context(), r.ID)
			if err != nil {
				t.Fatal(err)
			}
			if seen[string(row.Input)] {
				t.Errorf("there are two recipes of %s", row.Input)
			}
			seen[string(row.Input)] = true
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d members have a recipe", len(seen), n)
	}
}

func TestCancelABatch(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	var files []int64
	for i := range 120 {
		files = append(files, upload(t, s, fmt.Sprintf("%d.txt", i), "1\n").ID)
	}
	b := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d}`, newDataset(t, s, files...).ID))
	resp, raw := send(t, s, "POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"batch_ids": [%d]}`, b.ID))
	if resp.StatusCode != 202 {
		t.Fatalf("got %d: %s", resp.StatusCode, raw)
	}
	mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", b.ID), "", 200, &b)
	if !b.IsCreationDone || b.JobsCanceled != b.JobsTotal || b.RecipesTotal > 120 {
		t.Errorf("canceled: %+v", b)
	}
	made := b.RecipesTotal
	time.Sleep(1500 * time.Millisecond) // longer than between two looks
	mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", b.ID), "", 200, &b)
	if b.RecipesTotal != made || b.JobsCanceled != b.JobsTotal {
		t.Errorf("it went on: %+v", b)
	}
}

// TestWhatCannotBeMadeIsTold: a member whose file is gone keeps no other from its recipe.
func TestWhatCannotBeMadeIsTold(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	one, two := upload(t, s, "1.txt", "1\n"), upload(t, s, "2.txt", "2\n")
	d := newDataset(t, s, one.ID, two.ID)
	mustSend(t, s, "POST", "/v6/files/purge-source/", fmt.Sprintf(`{"file_id": %d}`, one.ID), 204, nil)
	b := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d}`, d.ID))
	servertest.Eventually(t, 20*time.Second, func() error {
		mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", b.ID), "", 200, &b)
		if !b.IsCreationDone || b.RecipesTotal != 1 || b.RecipesSkipped != 1 || !strings.Contains(b.Problem, fmt.Sprintf("file %d was deleted", one.ID)) {
			return fmt.Errorf("the batch is %+v", b)
		}
		return nil
	})
}

// TestBatchPriority: that of the batch goes before the jobs' own, and what it is when a job is queued counts; 0 is none.
func TestBatchPriority(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	for configuration, want := range map[string]int{`{"priority": 7}`: 7, `{"priority": 0}`: 100, `{}`: 100} {
		d := newDataset(t, s, upload(t, s, "in.txt", "1\n").ID)
		var b api.BatchDetail
		mustSend(t, s, "POST", "/v6/batches/", fmt.Sprintf(`{"recipe_type_id": %d, "definition": {"dataset": %d}, "configuration": %s}`, p.recipeType.ID, d.ID, configuration), 201, &b)
		servertest.Eventually(t, 20*time.Second, func() error {
			rows, _, err := s.Store.Jobs(t.Context(), store.JobFilter{BatchIDs: []int64{b.ID}})
			if err != nil || len(rows) != 1 {
				return fmt.Errorf("%d jobs, %w", len(rows), err)
			}
			if rows[0].Priority != want {
				t.Errorf("%s: got priority %d, want %d", configuration, rows[0].Priority, want)
			}
			return nil
		})
	}
}

// TestBatchesOfOneKey: a repeated create makes no other batch, and answers as it did.
func TestBatchesOfOneKey(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	p := newPipeline(t, s, "count")
	body := fmt.Sprintf(`{"recipe_type_id": %d, "definition": {"dataset": %d}}`, p.recipeType.ID, newDataset(t, s, upload(t, s, "1.txt", "1\n").ID).ID)
	var ids []int64
	for range 2 {
		h := jsonHeader()
		h.Set("Idempotency-Key", "one")
		resp, raw := s.Do(t, "POST", "/v6/batches/", h, strings.NewReader(body))
		var b api.BatchDetail
		decode(t, raw, &b)
		if ids = append(ids, b.ID); resp.StatusCode != 201 {
			t.Fatalf("got %d: %s", resp.StatusCode, raw)
		}
	}
	if ids[0] != ids[1] || getPage[api.Batch](t, s, "/v6/batches/").Count != 1 {
		t.Errorf("the batches are %v", ids)
	}
}
