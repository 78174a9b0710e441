package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// A wrong data folder is an error, not a new database with users that no server knows.
func TestAccountCommandsMakeNoDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	wrong := filepath.Join(dir, "wrong")
	for _, args := range [][]string{
		{"user", "add", "ann"}, {"user", "list"}, {"user", "disable", "ann"}, {"user", "enable", "ann"}, {"user", "passwd", "ann"},
		{"user", "role", "ann", "viewer"}, {"user", "delete", "ann"}, {"token", "create", "t", "--user=ann"}, {"token", "list"}, {"token", "revoke", "1"},
		{"webhook-key"},
	} {
		fails(t, "there is no database at "+filepath.Join(wrong, "galley.db")+": name the data folder of the server with --data-dir", append(args, "--data-dir="+wrong)...)
	}
	if _, err := os.Stat(wrong); !os.IsNotExist(err) {
		t.Errorf("something was made at %s: %v", wrong, err)
	}
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, "run `galleyd migrate`", "user", "list", "--data-dir="+dir, "--database=sqlite:"+empty)
}

func TestAccountCommandsBesideARunningServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := servertest.Galleyd(t, serve(dir)...)
	data := "--data-dir=" + dir
	run := func(stdin, want string, args ...string) string {
		t.Helper()
		stdout, stderr, code := servertest.Run(t, stdin, append(args, data)...)
		if code != 0 || !regexp.MustCompile(want).MatchString(stdout) {
			t.Fatalf("galleyd %s: got %d %q %q, want %s", strings.Join(args, " "), code, stdout, stderr, want)
		}
		return stdout
	}
	// can says whether those credentials are taken.
	can := func(what string, cfg client.Config, want bool) {
		t.Helper()
		cfg.Endpoint = p.URL
		c, err := client.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Workspaces(t.Context(), client.WorkspaceQuery{}); (err == nil) != want {
			t.Errorf("%s: got %v", what, err)
		}
	}
	run("the first password\n", "Added the user ann", "user", "add", "ann", "--role=editor", "--password-stdin")
	ann := client.Config{Username: "ann", Password: "the first password"}
	can("ann", ann, true)
	run("", "Disabled the user ann", "user", "disable", "ann")
	can("ann, disabled", ann, false)
	run("", `(?m)^ann +editor +disabled`, "user", "list")
	run("", "Enabled the user ann", "user", "enable", "ann")
	can("ann, enabled", ann, true)
	run("the second password\n", "^Changed the password of ann.\n$", "user", "passwd", "ann", "--password-stdin")
	can("the old password", ann, false)
	can("the new password", client.Config{Username: "ann", Password: "the second password"}, true)
	made := run("", "Password", "user", "passwd", "ann")
	can("a password that was made up", client.Config{Username: "ann", Password: made[strings.LastIndex(made, " ")+1 : len(made)-1]}, true)
	run("", "Gave the role viewer to ann", "user", "role", "ann", "viewer")
	run("", `(?m)^ann +viewer +active +2`, "user", "list")

	token := strings.TrimSpace(run("", "^gal_", "token", "create", "ci", "--user=ann", "--role=viewer", "--max-token-life=2400h"))
	can("the token", client.Config{Token: token}, true)
	list := run("", `(?m)^\d+ +ci +ann +viewer +2\S+ +2\S+ +-$`, "token", "list", "--user=ann")
	id := regexp.MustCompile(`(?m)^\d+`).FindString(list)
	run("", `Revoked the token `+id+` \(ci\)`, "token", "revoke", id)
	can("the revoked token", client.Config{Token: token}, false)
	if got := run("", "", "token", "list", "--user=ann"); strings.Contains(got, "ci") {
		t.Errorf("a revoked token is listed: %s", got)
	}
	run("", `(?m)^\d+ +ci `, "token", "list", "--all")
	run("", "Deleted the user ann", "user", "delete", "ann")
	can("ann, deleted", client.Config{Username: "ann", Password: "the second password"}, false)

	entries, err := p.Client.AuditEntries(t.Context(), client.AuditQuery{Order: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, e := range entries {
		if strings.HasPrefix(e.Username, "console:") {
			commands = append(commands, strings.TrimPrefix(e.Action, "galleyd ")+" "+e.Object)
		}
	}
	want := []string{"user add user ann", "user disable user ann", "user enable user ann", "user passwd user ann", "user passwd user ann",
		"user role user ann", "token create token " + id, "token revoke token " + id, "user delete user ann"}
	if !slices.Equal(commands, want) {
		t.Errorf("the audit has the commands %q, want %q", commands, want)
	}

	fails(t, `"admin" is the only administrator`, "user", "delete", "admin", data)
	fails(t, `"admin" is the only administrator`, "user", "disable", "admin", data)
	fails(t, `"admin" is the only administrator`, "user", "role", "admin", "editor", data)
	fails(t, "there is no user \"ann\": `galleyd user list` shows", "user", "disable", "ann", data)
	fails(t, "cannot be admin: the user is editor", func() []string {
		run("a password of eve", "", "user", "add", "eve", "--role=editor", "--password-stdin")
		return []string{"token", "create", "x", "--user=eve", "--role=admin", data}
	}()...)
	fails(t, "at most (--max-token-life)", "token", "create", "x", "--user=eve", "--expires=0", "--max-token-life=24h", data)
	fails(t, "token 4711 not found", "token", "revoke", "4711", data)
}
