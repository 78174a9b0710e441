package server_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// TestBatchGoesOnAfterAKill: a galleyd that is killed again and again while it makes recipes loses none of them, and makes none twice.
func TestBatchGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	const n = 1000
	dir := t.TempDir()
	serve := func() *servertest.Process {
		return servertest.Galleyd(t, "serve", "--listen=127.0.0.1:0", "--workers=0", "--data-dir="+dir)
	}
	p := serve()
	ctx := t.Context()
	f, err := p.Client.UploadFile(ctx, api.FileUpload{Workspace: "default", Path: "1.txt"}, strings.NewReader("1\n"))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := p.Client.CreateRecipeType(ctx, api.RecipeTypeCreate{Title: "Nothing",
		Definition: json.RawMessage(`{"input": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer"}]}, "nodes": {}}`)})
	if err != nil {
		t.Fatal(err)
	}
	members := make([]json.RawMessage, n)
	for i := range members {
		members[i] = fmt.Appendf(nil, `{"files": {"TEXT": [%d]}, "json": {"N": %d}}`, f.ID, i)
	}
	d, err := p.Client.CreateDataset(ctx, api.DatasetCreate{Data: members,
		Definition: json.RawMessage(`{"parameters": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer"}]}}`)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Client.CreateBatch(ctx, api.BatchCreate{RecipeTypeID: rt.ID, Definition: fmt.Appendf(nil, `{"dataset": %d, "supersedes": false}`, d.ID)})
	if err != nil {
		t.Fatal(err)
	}
	for kills, most := 0, int64(0); kills < 3; kills++ {
		servertest.Eventually(t, 60*time.Second, func() error {
			now, err := p.Client.Batch(ctx, b.ID)
			if err == nil && now.RecipesTotal <= most && !now.IsCreationDone {
				err = fmt.Errorf("%d recipes, as before", now.RecipesTotal)
			}
			most = max(most, now.RecipesTotal)
			return err
		})
		p.Kill()
		p = serve()
	}
	servertest.Eventually(t, 120*time.Second, func() error {
		now, err := p.Client.Batch(ctx, b.ID)
		if err == nil && (!now.IsCreationDone || now.RecipesTotal < n) {
			err = fmt.Errorf("%d of %d recipes", now.RecipesTotal, n)
		}
		return err
	})
	p.Kill()
	st, err := store.Open(ctx, store.Config{DSN: "sqlite:" + filepath.Join(dir, "galley.db"), MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	rows, _, err := st.Recipes(ctx, store.RecipeFilter{BatchIDs: []int64{b.ID}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range rows {
		seen[string(r.Input)]++
	}
	if len(rows) != n || len(seen) != n {
		t.Errorf("there are %d recipes of %d members, want one of each of %d", len(rows), len(seen), n)
	}
}

func TestCancelABatch(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"admin", "operator"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := servertest.New(t, servertest.Options{Workers: -1})
			k := &kitchens{t, s}
			k.must("PUT", "/v2/kitchen/create/None/Closed", `{}`, nil) // which no batch has to do with
			k.must("POST", "/v2/kitchen/update/Closed", `{"kitchen.json": {"kitchen-staff": ["ann"]}}`, nil)
			p := newPipeline(t, s, "count")
			var files []int64
			for i := range 120 {
				files = append(files, upload(t, s, fmt.Sprintf("%d.txt", i), "1\n").ID)
			}
			who := k.as("bob", role)
			b := newBatch(t, s, p.recipeType.ID, fmt.Sprintf(`{"dataset": %d}`, newDataset(t, s, files...).ID))
			mustSend(t, who.Server, "POST", "/v6/jobs/cancel/", fmt.Sprintf(`{"batch_ids": [%d]}`, b.ID), 202, nil)
			mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", b.ID), "", 200, &b)
			if !b.IsCreationDone || b.JobsCanceled != b.JobsTotal || b.RecipesTotal > 120 {
				t.Errorf("canceled: %+v", b)
			}
			made := b.RecipesTotal
			time.Sleep(1500 * time.Millisecond) // for many turns: one follows the other
			mustSend(t, s, "GET", fmt.Sprintf("/v6/batches/%d/", b.ID), "", 200, &b)
			if b.RecipesTotal != made || b.JobsCanceled != b.JobsTotal {
				t.Errorf("it went on: %+v", b)
			}
		})
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

// TestSeveralServersMakeOneBatch: on one PostgreSQL they take turns, and of two batches that follow on the same one at once only one
// is made.
func TestSeveralServersMakeOneBatch(t *testing.T) {
	t.Parallel()
	opts := servertest.Options{Workers: -1, Database: storetest.Postgres(t)}
	s := servertest.New(t, opts)
	opts.DataDir = s.DataDir
	others := []*servertest.Server{s, servertest.New(t, opts), servertest.New(t, opts)}
	var rt api.RecipeTypeDetail
	mustSend(t, s, "POST", "/v6/recipe-types/", `{"title": "Nothing", "definition": {"input": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer"}]}, "nodes": {}}}`, 201, &rt)
	file := upload(t, s, "1.txt", "1\n")
	const n = 300
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`{"files": {"TEXT": [%d]}, "json": {"N": %d}}`, file.ID, i)
	}
	var d api.DatasetDetail
	mustSend(t, s, "POST", "/v6/datasets/", `{"definition": {"parameters": {"files": [{"name": "TEXT"}], "json": [{"name": "N", "type": "integer"}]}},
		"data": [`+strings.Join(members, ",")+`]}`, 201, &d)
	first := newBatch(t, s, rt.ID, fmt.Sprintf(`{"dataset": %d, "supersedes": false}`, d.ID))
	waitBatch(t, s, first.ID, n)
	if got := getPage[api.Recipe](t, s, fmt.Sprintf("/v6/recipes/?batch_id=%d", first.ID)).Count; got != n {
		t.Errorf("got %d recipes, want %d", got, n)
	}
	body := fmt.Sprintf(`{"recipe_type_id": %d, "definition": {"previous_batch": {"root_batch_id": %d}}}`, rt.ID, first.ID)
	var made, refused atomic.Int32
	var wg sync.WaitGroup
	for _, one := range others {
		wg.Go(func() {
			switch resp, raw := send(t, one, "POST", "/v6/batches/", body); {
			case resp.StatusCode == 201:
				made.Add(1)
			case resp.StatusCode == 400 && (strings.Contains(raw, "No batch that is not superseded") || strings.Contains(raw, "is still making its recipes")):
				refused.Add(1)
			default:
				t.Errorf("got %d: %s", resp.StatusCode, raw)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || refused.Load() != 2 {
		t.Errorf("%d batches were made and %d refused, want 1 and 2", made.Load(), refused.Load())
	}
	waitBatch(t, s, first.ID+1, n)
}
