package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/pgtest"
)

// Not parallel: the environment is the process's.
func TestRunGivesTheCommandAServerAndItsExitCodeToUs(t *testing.T) {
	if _, err := pgtest.Find(); err != nil && os.Getenv("GALLEY_REQUIRE_POSTGRES") != "1" {
		t.Skip(err) // rather than to install anything for a unit test
	}
	out := filepath.Join(t.TempDir(), "out")
	for _, tt := range []struct {
		name, given, script string
		code                int
		want                string
	}{
		{"success", "", `echo "$GALLEY_TEST_POSTGRES" >"$0"`, 0, "postgres://postgres:"},
		{"a failure", "", `exit 3`, 3, ""},
		{"a signal", "", `kill -TERM $$`, 128 + 15, ""},
		{"a server that is there already", "postgres://given/x", `echo "$GALLEY_TEST_POSTGRES" >"$0"`, 0, "postgres://given/x\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(pgtest.EnvURL, tt.given)
			if err := os.WriteFile(out, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			code, err := run(t.Context(), []string{"sh", "-c", tt.script, out})
			if code != tt.code || err != nil {
				t.Errorf("got code %d, %v, want %d", code, err, tt.code)
			}
			got, err := os.ReadFile(out)
			if err != nil || !strings.HasPrefix(string(got), tt.want) || len(got) > 0 != (tt.want != "") {
				t.Errorf("the command saw %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	t.Run("a command that isn't there", func(t *testing.T) {
		t.Setenv(pgtest.EnvURL, "postgres://given/x")
		code, err := run(t.Context(), []string{"/no/such/command"})
		if code != 125 || err == nil {
			t.Errorf("got code %d, %v, want 125 and why", code, err)
		}
	})
}
