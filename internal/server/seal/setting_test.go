package seal

import (
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

func TestSettingsAreSealed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		s := newSealing(t, "a")
		stored := func(name string) string {
			t.Helper()
			value, err := st.Setting(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		is := func(what, name, value, want string) {
			t.Helper()
			got, err := s.InitSetting(ctx, st, name, value)
			if err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", what, got, err, want)
			}
			if text := stored(name); strings.Contains(text, want) || !strings.HasPrefix(text, "sealed:") {
				t.Errorf("%s: %q is stored", what, text)
			}
		}
		is("a new one", "key", "very-secret", "very-secret")
		is("one that is there", "key", "another", "very-secret")
		if err := st.PutSetting(ctx, "old", "old-secret"); err != nil {
			t.Fatal(err)
		}
		is("one in clear", "old", "another", "old-secret")
		is("one that was in clear", "old", "another", "old-secret")
		if _, err := newSealing(t, "b").InitSetting(ctx, st, "key", "x"); err == nil || !strings.Contains(err.Error(), "another key") {
			t.Errorf("with another key: got %v", err)
		}
		if err := st.PutSetting(ctx, "other", stored("key")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.InitSetting(ctx, st, "other", "x"); err == nil {
			t.Error("a setting passes for another")
		}
	})
}
