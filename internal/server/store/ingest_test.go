package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// TestArrivals reads strikes, scans and ingests, and keeps one file from having two rows.
func TestArrivals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		row := func(name string) (store.Strike, store.Scan) {
			return store.Strike{Name: name, Title: name, Configuration: store.JSON(`{}`), JobID: &w.job.ID, Created: day(1), LastModified: day(2)},
				store.Scan{Name: name, Title: name, Configuration: store.JSON(`{}`), Created: day(1), LastModified: day(2)}
		}
		strike, scan := row("alpha")
		otherStrike, otherScan := row("Alphabet")
		mustInsert(t, s.Q, &strike, &scan, &otherStrike, &otherScan)
		file := func(name, status string, change func(*store.Ingest)) store.Ingest {
			size := int64(10)
			i := store.Ingest{FileName: name, StrikeID: &strike.ID, Status: status, BytesTransferred: size, FileSize: &size, TransferStarted: day(2), MediaType: "text/plain",
				DataTypes: store.JSON(`[]`), WorkspaceID: w.workspace.ID, FilePath: name, Created: day(2), LastModified: day(2)}
			if change != nil {
				change(&i)
			}
			return i
		}
		open := file("a.txt", "TRANSFERRING", nil)
		done := file("b.txt", "INGESTED", func(i *store.Ingest) {
			i.FilePath, i.IngestEnded, i.SourceFileID = "ingesting/b.txt", day(3).Ptr(), &w.source.ID
		})
		scanned := file("c.txt", "QUEUED", func(i *store.Ingest) { i.StrikeID, i.ScanID, i.JobID = nil, &scan.ID, &w.job.ID })
		mustInsert(t, s.Q, &open, &done, &scanned)
		for name, twin := range map[string]store.Ingest{"of a strike": file("a.txt", "TRANSFERRING", nil), "moved": file("x", "QUEUED", func(i *store.Ingest) { i.FilePath = "ingesting/b.txt" }),
			"of a scan": file("c.txt", "QUEUED", func(i *store.Ingest) { i.StrikeID, i.ScanID = nil, &scan.ID })} {
			if err := s.Insert(ctx, &twin); !store.IsUniqueViolation(err) {
				t.Errorf("the second row of a file %s: %v", name, err)
			}
		}

		if got, err := s.Strike(ctx, strike.ID); err != nil || got.Name != "alpha" || *got.JobID != w.job.ID {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.StrikeByName(ctx, "nobody"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if got, err := s.ScanByName(ctx, "alpha"); err != nil || got.ID != scan.ID {
			t.Errorf("got %+v, %v", got, err)
		}
		err := s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err1 := tx.LockStrike(ctx, strike.ID)
			_, err2 := tx.LockScan(ctx, scan.ID)
			_, err3 := tx.LockIngest(ctx, open.ID)
			return errors.Join(err1, err2, err3)
		})
		if err != nil {
			t.Error(err)
		}
		for want, f := range map[string]store.ArrivalFilter{"2 1": {Names: []string{"alpha", "lpha"}}, "2 2": {Names: []string{"alpha", "Alphabet"}}, "3 0": {Names: []string{"no"}}} {
			_, strikes, err1 := s.Strikes(ctx, store.ArrivalFilter{Names: []string{"alpha"}})
			_, scans, err2 := s.Scans(ctx, f)
			if got := map[string]int{"2 1": 2, "2 2": 2, "3 0": 0}[want]; strikes != 1 || scans != got || errors.Join(err1, err2) != nil {
				t.Errorf("%+v: got %d strikes, %d scans", f, strikes, scans)
			}
		}
		byID, err1 := s.StrikesByID(ctx, []int64{strike.ID})
		scansByID, err2 := s.ScansByID(ctx, []int64{scan.ID, 99})
		if len(byID) != 1 || len(scansByID) != 1 || errors.Join(err1, err2) != nil {
			t.Errorf("got %v, %v", byID, scansByID)
		}
		for name, f := range map[string]store.IngestFilter{
			"[a.txt b.txt]": {StrikeIDs: []int64{strike.ID}}, "[c.txt]": {ScanIDs: []int64{scan.ID}}, "[a.txt]": {Statuses: []string{"TRANSFERRING"}},
			"[b.txt]": {FilePaths: []string{"ingesting/b.txt"}, WorkspaceID: w.workspace.ID}, "[a.txt b.txt c.txt]": {FileName: ".t"}, "[]": {FileName: "A"},
			"[b.txt c.txt]": {After: open.ID},
		} {
			f.Order = []store.Order{{Field: "id"}}
			rows, _, err := s.Ingests(ctx, f)
			got := []string{}
			for _, row := range rows {
				got = append(got, row.FileName)
			}
			if fmt.Sprint(got) != name || err != nil {
				t.Errorf("%+v: got %v, %v, want %s", f, got, err, name)
			}
		}
		if got, err := s.Ingest(ctx, done.ID); err != nil || *got.SourceFileID != w.source.ID {
			t.Errorf("got %+v, %v", got, err)
		}
		taken, err := s.TakenPaths(ctx, w.workspace.ID, []string{"ingesting/b.txt", "c.txt"})
		if diff := cmp.Diff(map[string]bool{"ingesting/b.txt": true}, taken); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if n, err := s.CountNamed(ctx, w.workspace.ID, "b.txt"); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		if n, err := s.CountNamed(ctx, w.workspace.ID, "a.txt"); n != 0 || err != nil {
			t.Errorf("got %d of a file that was not moved, %v", n, err)
		}
		if ids, err := s.IngestJobs(ctx, scan.ID); err != nil || len(ids) != 1 || ids[0] != w.job.ID {
			t.Errorf("got %v, %v", ids, err)
		}
		if rows, err := s.SourceFilesLike(ctx, w.source.FileName, w.source.FileSize); err != nil || len(rows) != 1 {
			t.Errorf("got %v, %v", rows, err)
		}
		if rows, err := s.SourceFilesLike(ctx, w.source.FileName, 1); err != nil || len(rows) != 0 {
			t.Errorf("got %v of another size, %v", rows, err)
		}
		if live, err := s.LivePaths(ctx, w.workspace.ID, []string{w.source.FilePath, "x"}); err != nil || live[w.source.FilePath].ID != w.source.ID || len(live) != 1 {
			t.Errorf("got %v, %v", live, err)
		}
		for _, byData := range []bool{false, true} {
			hour := map[bool]int64{false: day(3).Unix() / 3600, true: day(1).Unix() / 3600}[byData]
			totals, err := s.IngestTotals(ctx, day(1).Ptr(), day(4).Ptr(), byData, true)
			if err != nil || len(totals) != 1 || totals[0].Files != 1 || totals[0].Size != 10 || totals[0].Hour != hour {
				t.Errorf("got %+v, %v, want hour %d", totals, err, hour)
			}
			if totals, err := s.IngestTotals(ctx, day(5).Ptr(), nil, byData, false); err != nil || len(totals) != 0 {
				t.Errorf("got %+v of a later time, %v", totals, err)
			}
		}
		held := func() bool {
			ok, err := s.HoldExecution(ctx, w.exe.ID, "me")
			if err != nil {
				t.Error(err)
			}
			return ok
		}
		if held() {
			t.Error("an execution that is not claimed is held")
		}
		if _, err := s.ClaimExecution(ctx, w.job.ID, 1, "me", "host", 1<<40); err != nil || !held() {
			t.Errorf("an execution that is claimed is not held: %v", err)
		}
		w.job.Input = store.JSON(fmt.Sprintf(`{"files":{"A":[%d]},"json":{}}`, w.source.ID))
		if err := s.Update(ctx, &w.job, "input"); err != nil {
			t.Fatal(err)
		}
		if _, n, err := s.Jobs(ctx, store.JobFilter{InputFile: w.source.ID}); n != 1 || err != nil {
			t.Errorf("got %d jobs with the file, %v", n, err)
		}
		if _, n, err := s.Jobs(ctx, store.JobFilter{InputFile: w.product.ID}); n != 0 || err != nil {
			t.Errorf("got %d jobs with another file, %v", n, err)
		}
	})
}
