package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestTransactionsCommitOrLeaveNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &world{}
		stop, told := errors.New("stop"), 0
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.AfterCommit(func() { told++ })
			w.insert(t, tx.Q)
			got[store.Recipe](t, "Recipe in its transaction")(tx.Recipe(ctx, w.recipe.ID))(w.recipe)
			if _, err := s.Recipe(ctx, w.recipe.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Recipe outside: got %v, want not found", err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("got error %v, want %v", err, stop)
		}
		if _, err := s.Recipe(t.Context(), w.recipe.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Recipe after rollback: got %v, want not found", err)
		}
		w = newWorld(t, s)
		got[store.Recipe](t, "Recipe after commit")(s.Recipe(t.Context(), w.recipe.ID))(w.recipe)
		got[int](t, "told of a rollback")(told, nil)(0)
		err = s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.AfterCommit(func() {
				if v, err := s.Setting(t.Context(), "told"); v != "1" || err != nil {
					t.Errorf("told before the commit: %q, %v", v, err)
				}
				told++
			})
			return tx.PutSetting(ctx, "told", "1")
		})
		got[int](t, "told of a commit")(told, err)(1)
	})
}

func TestPanicsAndCanceledContextsRollBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if err := tx.PutSetting(ctx, "a", "1"); err != nil {
					t.Error(err)
				}
				panic("boom")
			})
		}()
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.PutSetting(ctx, "a", "1"); err != nil {
				t.Error(err)
			}
			cancel()
			return nil
		})
		if err == nil {
			t.Error("a transaction whose context was canceled committed")
		}
		if v, err := s.Setting(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("setting is %q, %v, want none", v, err)
		}
		if err := s.PutSetting(t.Context(), "a", "2"); err != nil {
			t.Errorf("writing after rollbacks: %v", err)
		}
	})
}

func TestNestedWritesAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for name, f := range map[string]func(ctx context.Context) error{
			"a transaction": func(ctx context.Context) error {
				return s.Tx(ctx, func(context.Context, *store.Tx) error { return nil })
			},
			"an insert": func(ctx context.Context) error { return s.Insert(ctx, &store.Event{Type: "USER", Occurred: day(1)}) },
			"a recipe":  func(ctx context.Context) error { return s.Insert(ctx, &store.Recipe{RecipeTypeID: w.outer.ID}) },
			"an update": func(ctx context.Context) error { return s.Update(ctx, &w.job, "status") },
			"a heartbeat": func(ctx context.Context) error {
				_, _, err := s.Heartbeat(ctx, w.exe.ID, "me", time.Minute)
				return err
			},
			"a setting":   func(ctx context.Context) error { return s.PutSetting(ctx, "a", "b") },
			"a migration": s.Migrate,
		} {
			err := s.Tx(t.Context(), func(ctx context.Context, _ *store.Tx) error { return f(ctx) })
			if !errors.Is(err, store.ErrNested) {
				t.Errorf("%s inside a transaction: got %v, want ErrNested", name, err)
			}
		}
	})
}

func TestLockedRowsWait(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s, other := storetest.Open(t, dsn), storetest.Open(t, dsn)
		w := newWorld(t, s)
		// Both add one to the same counters; without the locks one of the sums would be lost.
		var adders sync.WaitGroup
		for _, s := range []*store.Store{s, other} {
			adders.Go(func() {
				for range 10 {
					err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
						r, err := tx.LockRecipe(ctx, w.recipe.ID)
						if err != nil {
							return err
						}
						j, err := tx.LockJob(ctx, w.job.ID)
						if err != nil {
							return err
						}
						r.JobsTotal++
						j.NumExes++
						return errors.Join(tx.Update(ctx, &r, "jobs_total"), tx.Update(ctx, &j, "num_exes"))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		adders.Wait()
		r, err := s.Recipe(t.Context(), w.recipe.ID)
		if err != nil || r.JobsTotal != 20 {
			t.Errorf("jobs_total is %d, %v, want 20", r.JobsTotal, err)
		}
		j, err := s.Job(t.Context(), w.job.ID)
		if err != nil || j.NumExes != 21 {
			t.Errorf("num_exes is %d, %v, want 21", j.NumExes, err)
		}
	})
}

func TestDeadlocksAreRunAgain(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Postgres(t))
	w := newWorld(t, s)
	both := make(chan struct{}, 2)
	var runs sync.WaitGroup
	for _, ids := range [][2]int64{{w.recipe.ID, w.subRecipe.ID}, {w.subRecipe.ID, w.recipe.ID}} {
		runs.Go(func() {
			first := true
			err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.LockRecipe(ctx, ids[0]); err != nil {
					return err
				}
				if first { // until both have one
					first = false
					both <- struct{}{}
					for len(both) < 2 && ctx.Err() == nil {
						select {
						case <-ctx.Done():
						case <-time.After(time.Millisecond):
						}
					}
				}
				r, err := tx.LockRecipe(ctx, ids[1])
				if err != nil {
					return err
				}
				r.JobsTotal++
				return tx.Update(ctx, &r, "jobs_total")
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	counts := [2]int{}
	for i, id := range []int64{w.recipe.ID, w.subRecipe.ID} {
		r, err := s.Recipe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		counts[i] = r.JobsTotal
	}
	if want := [2]int{1, 2}; counts != want { // the sub-recipe had one before
		t.Errorf("jobs_total are %v, want %v", counts, want)
	}
}

type pingArgs struct{}

func (pingArgs) Kind() string { return "ping" }

func TestRiverInsertsInOurTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		insert := func(ctx context.Context, tx *store.Tx) error {
			if s.Dialect() == store.SQLite {
				client, err := river.NewClient(riversqlite.New(s.SQLDB()), &river.Config{})
				if err != nil {
					return err
				}
				_, err = client.InsertTx(ctx, tx.SQL(), pingArgs{}, nil)
				return err
			}
			client, err := river.NewClient(riverpgxv5.New(s.Pool()), &river.Config{})
			if err != nil {
				return err
			}
			_, err = client.InsertTx(ctx, tx.Pgx(), pingArgs{}, nil)
			return err
		}
		count := func() (n int) {
			t.Helper()
			const query = "SELECT count(*) FROM river_job WHERE kind = 'ping'"
			var err error
			if s.Dialect() == store.SQLite {
				err = s.SQLDB().QueryRowContext(t.Context(), query).Scan(&n)
			} else {
				err = s.Pool().QueryRow(t.Context(), query).Scan(&n)
			}
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(insert(ctx, tx), errors.New("no"))
		})
		if err == nil || strings.TrimSpace(err.Error()) != "no" || count() != 0 {
			t.Errorf("after rollback: %v and %d jobs, want error no and none", err, count())
		}
		err = s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := tx.PutSetting(ctx, "before", "1"); err != nil {
				return err
			}
			if err := insert(ctx, tx); err != nil {
				return err
			}
			return tx.PutSetting(ctx, "after", "1")
		})
		if err != nil || count() != 1 {
			t.Errorf("after commit: %v and %d jobs, want one", err, count())
		}
	})
}
