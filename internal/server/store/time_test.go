package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestTimesComeBackAndCompare(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -5*3600)
	times := []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(2026, 11, 1, 1, 30, 0, 500000, zone), // in the hour that New York has twice
		time.Date(2026, 11, 1, 6, 30, 0, 501999, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, want := range times {
			w := store.Workspace{Name: time.Duration(i).String(), Created: store.At(want), LastModified: store.At(want)}
			mustInsert(t, s.Q, &w)
			back, err := s.Workspace(t.Context(), w.ID)
			if err != nil {
				t.Fatal(err)
			}
			if !back.Created.Equal(want.Truncate(time.Microsecond)) || back.Created.Location() != time.UTC || back.Deprecated != nil {
				t.Errorf("got %s, deprecated %v, want %s in UTC", back.Created, back.Deprecated, want)
			}
			rows, total, err := s.Workspaces(t.Context(), store.WorkspaceFilter{Started: w.Created.Ptr(), Ended: w.Created.Ptr()})
			if err != nil || total != 1 || rows[0].ID != w.ID {
				t.Errorf("those of %s: got %d rows, %v, want the one", want, total, err)
			}
		}
		var latest store.Time
		const query = "SELECT max(created) FROM workspaces"
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if tx.SQL() != nil {
				return tx.SQL().QueryRowContext(ctx, query).Scan(&latest)
			}
			return tx.Pgx().QueryRow(ctx, query).Scan(&latest)
		})
		if want := times[len(times)-1]; err != nil || !latest.Equal(want) {
			t.Errorf("max(created) is %s, %v, want %s", latest, err, want)
		}
	})
}

func TestClockIsNow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			a, err := tx.Clock(ctx)
			if err != nil {
				return err
			}
			b, err := s.Clock(ctx)
			if d := time.Since(a.Time); d.Abs() > time.Minute || b.Before(a.Time) {
				t.Errorf("clock is off by %s, or runs backwards from %s to %s", d, a, b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTimeHelpers(t *testing.T) {
	t.Parallel()
	var none *store.Time
	if none.Std() != nil {
		t.Error("Std of nil is not nil")
	}
	at := day(1)
	if std := at.Std(); !std.Equal(at.Time) {
		t.Errorf("Std is %s, want %s", std, at)
	}
	var into store.Time
	for _, bad := range []any{nil, "2026-01-01", 1.5} {
		if err := into.Scan(bad); err == nil {
			t.Errorf("scanning %v: got no error", bad)
		}
	}
	if v, err := at.Value(); err != nil || v != at.Time {
		t.Errorf("Value is %v, %v, want %s", v, err, at)
	}
}
