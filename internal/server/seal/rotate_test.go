package seal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func rawKey(letter string) []byte { return []byte(strings.Repeat(letter, KeySize)) }

func mustOpen(t *testing.T, st *store.Store, letter string) *Sealer {
	t.Helper()
	s, err := Open(t.Context(), st, rawKey(letter))
	if err != nil {
		t.Fatalf("opening with the key %s: %v", letter, err)
	}
	return s
}

func noNote(context.Context, *store.Tx) error { return nil }

func mustRotate(t *testing.T, s *Sealer, letter string) *Rotation {
	t.Helper()
	r, err := s.Rotate(t.Context(), rawKey(letter), noNote)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// secret is a configuration that s has sealed.
func secret(t *testing.T, s *Sealer, value string) store.JSON {
	t.Helper()
	raw, err := s.SealConfiguration(recipe.Configuration{Settings: map[string]string{"KEY": value}, Priority: new(7)}, []string{"KEY"})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// reads says that s reads the value of a configuration.
func reads(t *testing.T, what string, s *Sealer, raw store.JSON, want string) {
	t.Helper()
	c, err := s.OpenConfiguration(raw)
	if err != nil || c.Settings["KEY"] != want || *c.Priority != 7 || len(c.Secret) != 1 {
		t.Errorf("%s: got %+v, %v, want %s", what, c, err, want)
	}
}

// rows are values of every column and setting that can be sealed.
type rows struct {
	jobType store.JobType
	kitchen store.Kitchen
	order   store.RecipeOrder
}

func insertRows(t *testing.T, st *store.Store, s *Sealer) rows {
	t.Helper()
	ctx := t.Context()
	insert := func(row any) {
		t.Helper()
		if err := st.Insert(ctx, row); err != nil {
			t.Fatal(err)
		}
	}
	now := store.Now()
	out := rows{jobType: store.JobType{Name: "fetch", Version: "1.0.0", Manifest: store.JSON("{}"), Configuration: secret(t, s, "of the type"), Created: now, LastModified: now}}
	insert(&out.jobType)
	overrides, err := s.SealParameters(store.JSON(`{"KEY":"of the kitchen"}`))
	if err != nil {
		t.Fatal(err)
	}
	k := store.Kitchen{HID: "kitchen", Name: "main", Overrides: store.JSON("{}"), SecretOverrides: overrides, Staff: store.JSON("[]"), Roles: store.JSON("{}"), Alerts: store.JSON("{}"),
		Extra: store.JSON("{}"), Created: now, LastModified: now}
	insert(&k)
	out.kitchen = k
	parameters, err := s.SealParameters(store.JSON(`{"KEY":"of the order"}`))
	if err != nil {
		t.Fatal(err)
	}
	out.order = store.RecipeOrder{HID: "order", KitchenID: k.ID, Parameters: parameters, InputSettings: store.JSON("{}"), Status: "ACTIVE_ORDER", Schedule: "now", Created: now, LastModified: now}
	insert(&out.order)
	if _, err := s.InitSetting(ctx, st, "signing", "of the setting"); err != nil {
		t.Fatal(err)
	}
	return out
}

// expect says that s reads all of them.
func (r rows) expect(t *testing.T, st *store.Store, s *Sealer) {
	t.Helper()
	jt, err := st.JobType(t.Context(), r.jobType.ID)
	if err != nil || !jt.LastModified.Equal(r.jobType.LastModified.Time) {
		t.Fatalf("the job type: %v, modified at %s", err, jt.LastModified)
	}
	reads(t, "the job type", s, jt.Configuration, "of the type")
	k, err := st.Kitchen(t.Context(), r.kitchen.ID)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := s.OpenParameters(k.SecretOverrides); err != nil || string(raw) != `{"KEY":"of the kitchen"}` {
		t.Errorf("the kitchen: got %s, %v", raw, err)
	}
	o, err := st.RecipeOrder(t.Context(), r.order.ID)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := s.OpenParameters(o.Parameters); err != nil || string(raw) != `{"KEY":"of the order"}` {
		t.Errorf("the order: got %s, %v", raw, err)
	}
	if got, err := s.InitSetting(t.Context(), st, "signing", "another"); err != nil || got != "of the setting" {
		t.Errorf("the setting: got %q, %v", got, err)
	}
}

// TestRotation follows a server that knows nothing of the rotation but what the database says.
func TestRotation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		server := mustOpen(t, st, "a")
		held := insertRows(t, st, server)
		before := secret(t, server, "before")
		r := mustRotate(t, mustOpen(t, st, "a"), "b")
		reads(t, "a value that another server has sealed with the new key", server, secret(t, mustOpen(t, st, "b"), "new"), "new")
		reads(t, "the new key reads", mustOpen(t, st, "b"), before, "before")
		reads(t, "the old key reads", mustOpen(t, st, "a"), before, "before")
		if _, err := Open(t.Context(), st, rawKey("c")); !errors.Is(err, ErrOtherKey) {
			t.Errorf("a third key: got %v", err)
		}
		if err := r.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		alone := newSealing(t, "b") // knows the new key and nothing else
		during := secret(t, server, "during")
		reads(t, "what a server seals once the rotation has settled", alone, during, "during")
		done, err := r.Reseal(t.Context())
		if err != nil || done != (Resealed{Values: 4}) {
			t.Fatalf("resealed: got %+v, %v, want 4 values", done, err)
		}
		held.expect(t, st, alone)
		if again, err := r.Reseal(t.Context()); err != nil || again != (Resealed{}) {
			t.Errorf("resealed again: got %+v, %v, want nothing", again, err)
		}
		noted := 0
		for range 2 {
			if err := r.End(t.Context(), func(context.Context, *store.Tx) error { noted++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if noted != 1 {
			t.Errorf("the end was noted %d times, want once", noted)
		}
		if _, err := Open(t.Context(), st, rawKey("a")); !errors.Is(err, ErrOtherKey) {
			t.Errorf("the old key after the end: got %v", err)
		}
		server.asked = time.Time{} // it has to ask
		held.expect(t, st, server)
		reads(t, "after the end", alone, secret(t, server, "after"), "after")
		if left, err := st.SettingsLike(t.Context(), "{"); err != nil || len(left) != 0 {
			t.Errorf("of the rotation there is left %v, %v", left, err)
		}
	})
}

// Whatever step a rotation was interrupted at, whoever has one of the keys ends it.
func TestInterruptedRotationsGoOn(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a", "b"} {
		for _, resealed := range []bool{false, true} {
			st := storetest.Open(t, storetest.SQLite(t))
			server := mustOpen(t, st, "a")
			held := insertRows(t, st, server)
			r := mustRotate(t, mustOpen(t, st, "a"), "b")
			if resealed {
				if _, err := r.Reseal(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			s := mustOpen(t, st, key)
			if _, err := s.Rotate(t.Context(), rawKey("c"), noNote); !errors.Is(err, ErrOtherPending) {
				t.Errorf("to a third key: got %v", err)
			}
			again, err := s.Pending(t.Context())
			if err != nil || again == nil || string(again.Key()) != string(rawKey("b")) {
				t.Fatalf("with the key %s: got %+v, %v", key, again, err)
			}
			if same := mustRotate(t, s, "b"); same.is != again.is {
				t.Error("the same key begins another rotation")
			}
			if _, err := again.Reseal(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := again.End(t.Context(), noNote); err != nil {
				t.Fatal(err)
			}
			held.expect(t, st, newSealing(t, "b"))
			if _, err := mustOpen(t, st, "b").Rotate(t.Context(), rawKey("b"), noNote); !errors.Is(err, ErrSameKey) {
				t.Errorf("to the same key: got %v", err)
			}
		}
	}
}

// A server that slept through a whole rotation seals nothing with the old key.
func TestSleepersDoNotSealWithAnOldKey(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, storetest.SQLite(t))
	server := mustOpen(t, st, "a")
	value := secret(t, server, "before")
	r := mustRotate(t, mustOpen(t, st, "a"), "b")
	if err := r.End(t.Context(), noNote); err != nil {
		t.Fatal(err)
	}
	server.asked = time.Now().Add(-ringLife)
	_, err := server.SealConfiguration(recipe.Configuration{Settings: map[string]string{"KEY": "x"}}, nil)
	if !errors.Is(err, ErrOtherKey) || !strings.Contains(err.Error(), "start it again with the new one") {
		t.Errorf("sealing: got %v", err)
	}
	reads(t, "what it could read", server, value, "before")
}

// What nobody can read is counted and left alone.
func TestUnreadableValuesStay(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, storetest.SQLite(t))
	s := mustOpen(t, st, "a")
	now := store.Now()
	for name, raw := range map[string]string{
		"damaged": `{"sealed_settings": "AAAA"}`, "of another key": string(secret(t, newSealing(t, "x"), "lost")), "no text": `{"sealed_settings": 1}`,
		"in clear": `{"settings": {"KEY": "plain"}}`, "none": "null",
	} {
		row := store.JobType{Name: name, Version: "1.0.0", Manifest: store.JSON("{}"), Configuration: json.RawMessage(raw), Created: now, LastModified: now}
		if err := st.Insert(t.Context(), &row); err != nil {
			t.Fatal(err)
		}
	}
	done, err := mustRotate(t, s, "b").Reseal(t.Context())
	if err != nil || done != (Resealed{Unreadable: 3}) {
		t.Errorf("got %+v, %v, want 3 unreadable ones", done, err)
	}
}

func TestQuiesceWaits(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		st, other := storetest.Open(t, dsn), storetest.Open(t, dsn)
		begun, end := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- other.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Settings(ctx, "x"); err != nil { // it has written nothing yet
					return err
				}
				close(begun)
				<-end
				return tx.PutSetting(ctx, "late", "written")
			})
		}()
		<-begun
		quiet := make(chan error, 1)
		go func() { quiet <- st.Quiesce(t.Context()) }()
		select {
		case err := <-quiet:
			t.Errorf("it waited for nothing: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
		close(end)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if err := <-quiet; err != nil {
			t.Fatal(err)
		}
	})
}
