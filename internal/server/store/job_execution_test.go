package store_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func mustClaim(t *testing.T, s *store.Store, w *world, worker string, lease time.Duration) {
	t.Helper()
	ok, err := s.ClaimExecution(t.Context(), w.job.ID, 1, worker, "host-1", lease)
	if !ok || err != nil {
		t.Fatalf("claiming: got %v, %v, want true", ok, err)
	}
}

func TestExactlyOneWorkerClaims(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		stores := []*store.Store{storetest.Open(t, dsn), storetest.Open(t, dsn)} // as two processes would
		w := newWorld(t, stores[0])
		var won atomic.Int64
		var workers sync.WaitGroup
		start := make(chan struct{})
		for i := range 16 {
			workers.Go(func() {
				<-start
				worker := fmt.Sprint("worker-", i)
				ok, err := stores[i%2].ClaimExecution(t.Context(), w.job.ID, 1, worker, "host-1", time.Minute)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		close(start)
		workers.Wait()
		if won.Load() != 1 {
			t.Errorf("%d workers claimed the execution, want exactly one", won.Load())
		}
		exe, err := stores[0].JobExecutionByID(t.Context(), w.exe.ID)
		if err != nil {
			t.Fatal(err)
		}
		if exe.Status != "RUNNING" || exe.WorkerID == "" || exe.Hostname != "host-1" || exe.Started == nil ||
			exe.LeaseExpires == nil || exe.LeaseExpires.Sub(exe.Started.Time).Round(time.Second) != time.Minute {
			t.Errorf("claimed execution is %+v, want it RUNNING for a minute", exe)
		}
		ok, err := stores[0].ClaimExecution(t.Context(), w.job.ID, 2, "w", "h", time.Minute)
		if ok || err != nil {
			t.Errorf("claiming an execution that isn't there: got %v, %v, want false", ok, err)
		}
	})
}

func TestHeartbeatExtendsTheLeaseAndTellsOfCancel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		mustClaim(t, s, w, "me", time.Second)
		beat := func(worker string) [2]bool {
			t.Helper()
			alive, cancel, err := s.Heartbeat(ctx, w.exe.ID, worker, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			return [2]bool{alive, cancel}
		}
		if got, want := beat("me"), [2]bool{true, false}; got != want {
			t.Errorf("alive, cancel: got %v, want %v", got, want)
		}
		if got, want := beat("another"), [2]bool{false, false}; got != want {
			t.Errorf("of another worker: got %v, want %v", got, want)
		}
		if err := s.RequestCancel(ctx, w.job.ID); err != nil {
			t.Fatal(err)
		}
		if got, want := beat("me"), [2]bool{true, true}; got != want {
			t.Errorf("after a request to cancel: got %v, want %v", got, want)
		}
		exe, err := s.JobExecutionByID(ctx, w.exe.ID)
		if err != nil {
			t.Fatal(err)
		}
		now, err := s.Clock(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if left := exe.LeaseExpires.Sub(now.Time); left < 50*time.Minute || left > time.Hour {
			t.Errorf("lease ends in %s, want about an hour", left)
		}
		got[int](t, "CountRunning")(s.CountRunning(ctx, w.jobType.ID))(1)
		got[int](t, "CountRunning of none")(s.CountRunning(ctx, 99))(0)
	})
}

func TestCanceledExecutionsAreThoseOfTheWorker(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		asked := func(worker string, want []int64) {
			t.Helper()
			ids, err := s.CanceledExecutions(ctx, worker)
			if err != nil || !slices.Equal(ids, want) {
				t.Errorf("of %s: got %v, %v, want %v", worker, ids, err, want)
			}
		}
		got[bool](t, "HasRunningExecution of a queued one")(s.HasRunningExecution(ctx, w.job.ID))(false)
		mustClaim(t, s, w, "me", time.Minute)
		got[bool](t, "HasRunningExecution")(s.HasRunningExecution(ctx, w.job.ID))(true)
		asked("me", nil)
		if err := s.RequestCancel(ctx, w.job.ID); err != nil {
			t.Fatal(err)
		}
		asked("me", []int64{w.exe.ID})
		asked("another", nil)
		if ok, err := s.FinishExecution(ctx, store.JobExecution{ID: w.exe.ID, ExeNum: 1, WorkerID: "me", Status: "CANCELED"}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		asked("me", nil)
		got[bool](t, "HasRunningExecution of one that has ended")(s.HasRunningExecution(ctx, w.job.ID))(false)
	})
}

func TestFinishIsFenced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		done := store.JobExecution{ID: w.exe.ID, ExeNum: 1, WorkerID: "me", Status: "COMPLETED", ExitCode: ptr(0),
			Output: store.JSON(`{"files":{"a":[1]},"json":{}}`)}
		finish := func(exe store.JobExecution) bool {
			t.Helper()
			ok, err := s.FinishExecution(ctx, exe)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if finish(done) {
			t.Error("an execution that is only QUEUED was finished")
		}
		mustClaim(t, s, w, "me", time.Minute)
		other := done
		other.WorkerID = "another"
		later := done
		later.ExeNum = 2
		if finish(other) || finish(later) {
			t.Error("another worker, or another try, finished the execution")
		}
		if _, err := s.FinishExecution(ctx, store.JobExecution{ID: w.exe.ID, ExeNum: 1, WorkerID: "me", Status: "RUNNING"}); err == nil {
			t.Error("finishing as RUNNING: got no error")
		}
		if !finish(done) {
			t.Error("its worker could not finish the execution")
		}
		if finish(done) {
			t.Error("the execution was finished twice")
		}
		exe, err := s.JobExecutionByID(ctx, w.exe.ID)
		if err != nil {
			t.Fatal(err)
		}
		if exe.Status != "COMPLETED" || exe.Ended == nil || exe.LeaseExpires != nil || *exe.ExitCode != 0 {
			t.Errorf("finished execution is %+v", exe)
		}
		if diff := cmp.Diff(string(done.Output), string(exe.Output)); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
		if alive, _, err := s.Heartbeat(ctx, w.exe.ID, "me", time.Minute); alive || err != nil {
			t.Errorf("heartbeat after the end: got %v, %v, want not alive", alive, err)
		}
	})
}

func TestExpiredExecutions(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn)
		w := newWorld(t, s)
		ctx := t.Context()
		var want []int64
		for i := range 4 {
			exe := store.JobExecution{JobID: w.subJob.ID, ExeNum: i + 1, Status: "QUEUED", Created: day(1), Queued: day(1)}
			mustInsert(t, s.Q, &exe)
			lease := time.Duration(i-4) * time.Minute // ended 4, 3, 2 and 1 minutes ago
			if ok, err := s.ClaimExecution(ctx, w.subJob.ID, i+1, "gone", "h", lease); !ok || err != nil {
				t.Fatal(ok, err)
			}
			want = append(want, exe.ID)
		}
		mustClaim(t, s, w, "me", time.Minute) // still good
		ids := func(rows []store.JobExecution) []int64 {
			var ids []int64
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
			return ids
		}
		all, err := s.ExpiredExecutions(ctx, 10)
		if err != nil || len(all) == 0 {
			t.Fatal(all, err)
		}
		if beside, err := s.ExpiredExecutions(ctx, 10, all[0].ID); err != nil || len(beside) != len(all)-1 {
			t.Errorf("beside one of %d there are %d, %v", len(all), len(beside), err)
		}
		rows, err := s.ExpiredExecutions(ctx, 10)
		if diff := cmp.Diff(want, ids(rows)); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		// A second reaper does not see what the first one is working on (PostgreSQL), or
		// waits until it has finished (SQLite).
		err = s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			first, err := tx.ExpiredExecutions(ctx, 3)
			if err != nil {
				return err
			}
			if s.Dialect() == store.Postgres {
				err := storetest.Open(t, dsn).Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					second, err := tx.ExpiredExecutions(ctx, 3)
					if diff := cmp.Diff(want[3:], ids(second)); diff != "" {
						t.Errorf("second reaper (-want +got):\n%s", diff)
					}
					return err
				})
				if err != nil {
					return err
				}
			}
			for _, exe := range first {
				exe.Status, exe.LeaseExpires = "LOST", nil
				if err := tx.Update(ctx, &exe, "status", "lease_expires"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, err = s.ExpiredExecutions(ctx, 10)
		if diff := cmp.Diff(want[3:], ids(rows)); diff != "" || err != nil {
			t.Errorf("afterwards: %v (-want +got):\n%s", err, diff)
		}
		exes, total, err := s.JobExecutions(ctx, w.subJob.ID, []string{"LOST"}, store.Paging{PageSize: 2})
		if diff := cmp.Diff([]int64{want[2], want[1]}, ids(exes)); diff != "" || total != 3 || err != nil {
			t.Errorf("JobExecutions: total %d, %v (-want +got):\n%s", total, err, diff)
		}
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ctx := t.Context()
		chunks := []store.LogChunk{
			{JobExeID: w.exe.ID, Seq: 0, Stream: "stdout", Written: day(1), Text: []byte("one\x00\xff\n")},
			{JobExeID: w.exe.ID, Seq: 1, Stream: "stderr", Written: day(1), Text: []byte("it's ? two")},
			{JobExeID: w.exe.ID, Seq: 2, Stream: "stdout", Written: day(2), Text: []byte("three")},
		}
		if err := s.AppendLog(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.AppendLog(ctx, chunks[:2]); err != nil {
			t.Fatal(err)
		}
		if err := s.AppendLog(ctx, chunks[1:]); err != nil { // the second one again
			t.Fatal(err)
		}
		got[[]store.LogChunk](t, "Log")(s.Log(ctx, w.exe.ID, -1, nil))(chunks)
		got[[]store.LogChunk](t, "Log after 0")(s.Log(ctx, w.exe.ID, 0, []string{"stdout"}))(chunks[2:])
		got[[]store.LogChunk](t, "LogEnd")(s.LogEnd(ctx, w.exe.ID, len(chunks)-1))(chunks[1:])
		got[[]store.LogChunk](t, "Log of none")(s.Log(ctx, 99, -1, nil))(nil)
	})
}

// TestLinesAreNotAllInMemory: two million lines take little more than their text.
func TestLinesAreNotAllInMemory(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	chunks := []store.LogChunk{{Stream: "stdout", Text: bytes.Repeat([]byte("x\n"), 2<<20)}}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, most := 0, uint64(0)
	store.EachLogLine(chunks, func(l store.LogLine) bool {
		if n++; n%(1<<19) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc)
		}
		return l.Text == "x"
	})
	if grown := int64(most) - int64(before.HeapAlloc); n != 2<<20 || grown > 16<<20 {
		t.Errorf("%d lines took %d bytes", n, grown)
	}
}

func TestLinesComeInTheOrderOfTheirBeginnings(t *testing.T) {
	t.Parallel()
	chunk := func(stream, text string) store.LogChunk { return store.LogChunk{Stream: stream, Text: []byte(text)} }
	var got []string
	store.EachLogLine([]store.LogChunk{chunk("a", "1"), chunk("b", "2\n3\n"), chunk("a", "1"), chunk("b", "4"), chunk("a", "1\n5\n"), chunk("b", "")},
		func(l store.LogLine) bool { got = append(got, l.Stream+l.Text); return l.Text != "5" })
	if want := []string{"a111", "b2", "b3", "b4", "a5"}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestTakeOverExecution(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		mustClaim(t, s, w, "dead", time.Minute)
		exe, err := s.JobExecutionByID(t.Context(), w.exe.ID)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := s.TakeOverExecution(t.Context(), exe, "heir", "host-2", time.Hour); !ok || err != nil {
			t.Fatalf("got %t, %v, want true", ok, err)
		}
		if ok, err := s.TakeOverExecution(t.Context(), exe, "late", "host-3", time.Hour); ok || err != nil {
			t.Errorf("a second heir: got %t, %v, want false", ok, err)
		}
		if alive, _, err := s.Heartbeat(t.Context(), exe.ID, "dead", time.Minute); alive || err != nil {
			t.Errorf("the worker from before: got %t, %v, want false", alive, err)
		}
		exe.WorkerID, exe.Status, exe.Image, exe.ImageDigest = "heir", "COMPLETED", "job:1", "job@sha256:1"
		if ok, err := s.FinishExecution(t.Context(), exe); !ok || err != nil {
			t.Errorf("the heir's result: got %t, %v, want true", ok, err)
		}
		got, err := s.JobExecutionByID(t.Context(), exe.ID)
		if err != nil || got.Hostname != "host-2" || got.Image != "job:1" || got.ImageDigest != "job@sha256:1" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestLogLength(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		if bytes, seq, err := s.LogLength(t.Context(), w.exe.ID); err != nil || len(bytes) != 0 || seq != 0 {
			t.Errorf("without a log: got %v, %d, %v", bytes, seq, err)
		}
		err := s.AppendLog(t.Context(), []store.LogChunk{
			{JobExeID: w.exe.ID, Seq: 1, Stream: "stdout", Written: store.Now(), Text: []byte("Grüße\n")},
			{JobExeID: w.exe.ID, Seq: 2, Stream: "stderr", Written: store.Now(), Text: []byte{0, 255}},
			{JobExeID: w.exe.ID, Seq: 3, Stream: "stdout", Written: store.Now(), Text: []byte("x")},
		})
		if err != nil {
			t.Fatal(err)
		}
		bytes, seq, err := s.LogLength(t.Context(), w.exe.ID)
		if err != nil || seq != 3 || bytes["stdout"] != 9 || bytes["stderr"] != 2 {
			t.Errorf("got %v, %d, %v, want 9 and 2 bytes up to 3", bytes, seq, err)
		}
	})
}

// TestParkedExecutions parks executions of a job type, and delivers them again.
func TestParkedExecutions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, ctx := newWorld(t, s), t.Context()
		var jobs []store.Job
		for _, priority := range []int{100, 200, 10} {
			j := w.job
			j.ID, j.Priority = 0, priority
			mustInsert(t, s.Q, &j)
			mustInsert(t, s.Q, &store.JobExecution{JobID: j.ID, ExeNum: 1, Status: "QUEUED", Created: day(3), Queued: day(3)})
			jobs = append(jobs, j)
		}
		delivered := func(want int) {
			t.Helper()
			if n, err := s.CountDelivered(ctx, w.jobType.ID); err != nil || n != want {
				t.Errorf("%d executions are delivered, %v; want %d", n, err, want)
			}
		}
		delivered(4)
		for _, j := range jobs {
			if err := s.ParkExecution(ctx, j.ID, 1); err != nil {
				t.Fatal(err)
			}
		}
		delivered(1)
		got[[]store.JobType](t, "ParkedJobTypes")(s.ParkedJobTypes(ctx))([]store.JobType{w.jobType})
		w.jobType.IsPaused = true
		if err := s.Update(ctx, &w.jobType); err != nil {
			t.Fatal(err)
		}
		got[[]store.JobType](t, "ParkedJobTypes while it is paused")(s.ParkedJobTypes(ctx))(nil)
		for _, want := range [][]store.Job{{jobs[2], jobs[0]}, {jobs[1]}, nil} {
			got[[]store.Job](t, "UnparkExecutions")(s.UnparkExecutions(ctx, w.jobType.ID, 2))(want)
		}
		delivered(4)
	})
}

// TestRescueDeliveries has a delivery that was fetched and not taken come again.
func TestRescueDeliveries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at, id := "'2026-01-03 12:00:00.000'", int64(0)
		insert := "INSERT INTO river_job (args, kind, max_attempts, metadata, state, attempted_at) VALUES ('{}', 'x', 5, '{}', 'running', " + at + ") RETURNING id"
		rescue := func(kind string, before store.Time, want int64) {
			t.Helper()
			if n, err := s.RescueDeliveries(t.Context(), kind, before); err != nil || n != want {
				t.Errorf("rescued %d, %v; want %d", n, err, want)
			}
		}
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if tx.SQL() != nil {
				return tx.SQL().QueryRowContext(ctx, insert).Scan(&id)
			}
			return tx.Pgx().QueryRow(ctx, insert).Scan(&id)
		})
		if err != nil {
			t.Fatal(err)
		}
		rescue("x", day(2), 0)
		rescue("y", day(4), 0)
		rescue("x", day(4), 1)
		rescue("x", day(4), 0)
	})
}

// TestHeartbeatsHaveConnectionsOfTheirOwn has transactions take all others.
func TestHeartbeatsHaveConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{DSN: storetest.Postgres(t), MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, s)
	if ok, err := s.ClaimExecution(t.Context(), w.job.ID, 1, "me", "host", time.Minute); err != nil || !ok {
		t.Fatal(ok, err)
	}
	var busy sync.WaitGroup
	release, taken := make(chan struct{}), make(chan struct{}, 4)
	for range 4 {
		busy.Go(func() {
			err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				taken <- struct{}{}
				<-release
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range 4 {
		<-taken
	}
	if alive, _, err := s.Heartbeat(t.Context(), w.exe.ID, "me", time.Minute); err != nil || !alive {
		t.Errorf("a heartbeat while all connections are taken: %v, %v", alive, err)
	}
	close(release)
	busy.Wait()
}
