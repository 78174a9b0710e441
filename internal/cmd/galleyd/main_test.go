package main_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to lock a database from outside

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// serve are the arguments of a serve with its own data folder on a free port.
func serve(dir string, more ...string) []string {
	return append([]string{"serve", "--listen=127.0.0.1:0", "--data-dir=" + dir}, more...)
}

// fails runs galleyd and checks that it ends with one line that says why.
func fails(t *testing.T, want string, args ...string) {
	t.Helper()
	servertest.Binary(t) // or its build counts, too
	start := time.Now()
	stdout, stderr, code := servertest.Run(t, "", args...)
	if code != 1 || stdout != "" {
		t.Errorf("galleyd %s: got exit code %d and stdout %q, want 1 and nothing", strings.Join(args, " "), code, stdout)
	}
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if len(lines) != 1 || !strings.HasPrefix(stderr, "galleyd: ") || !strings.Contains(stderr, want) {
		t.Errorf("galleyd %s: got %q, want one line with %q", strings.Join(args, " "), stderr, want)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("galleyd %s: it took %s to fail", strings.Join(args, " "), took)
	}
}

func TestStartsThatFail(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("this is no database, but a text that is long enough to be one"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, "the port is in use by another program", "serve", "--listen="+taken.Addr().String(), "--data-dir="+t.TempDir())
	fails(t, "making data folder", serve(filepath.Join(file, "data"))...)
	fails(t, "making data folder", serve("/proc/galley")...)
	fails(t, "GALLEYD_SECRET_KEY holds no key: expected 32 bytes in base64", serve(t.TempDir(), "--secret-key=c2hvcnQ=")...)
	fails(t, "data folder /proc can't be written", serve("/proc")...)
	fails(t, "is not a SQLite database", serve(t.TempDir(), "--database=sqlite:"+file)...)
	fails(t, "unknown kind of database", serve(t.TempDir(), "--database=mysql://localhost/galley")...)
	fails(t, "connecting to PostgreSQL at 127.0.0.1:1", serve(t.TempDir(), "--database=postgres://nobody:secret-word@127.0.0.1:1/galley")...)
	fails(t, "can be reached from other machines", "serve", "--listen=0.0.0.0:0", "--data-dir="+t.TempDir())
	fails(t, "bad listen address", "serve", "--listen=nowhere", "--data-dir="+t.TempDir())
	fails(t, "TLS needs both", serve(t.TempDir(), "--tls-cert=x")...)
	fails(t, "reading TLS certificate", serve(t.TempDir(), "--tls-cert=/nowhere/cert", "--tls-key=/nowhere/key")...)
	fails(t, "--client-ca needs TLS", serve(t.TempDir(), "--client-ca=x")...)
	fails(t, `bad --trusted-proxies "proxy.example.com": expected networks`, serve(t.TempDir(), "--trusted-proxies=10.0.0.0/8,proxy.example.com")...)
	fails(t, "bad --smtp-url", serve(t.TempDir(), "--smtp-url=mail.example.com")...)
	fails(t, "the webhook key has 5 characters", "webhook-key", "--webhook-key=short", "--data-dir="+t.TempDir())
	fails(t, "would do nothing", "work", "--workers=0", "--data-dir="+t.TempDir())

	if _, stderr, _ := servertest.Run(t, "", serve(t.TempDir(), "--database=postgres://nobody:secret-word@127.0.0.1:1/galley")...); strings.Contains(stderr, "secret-word") {
		t.Errorf("the error shows the password: %s", stderr)
	}
}

func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "galley.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{"CREATE TABLE t (x)", "BEGIN EXCLUSIVE"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	fails(t, "database is locked", serve(dir)...)
}

// On PostgreSQL the schema is changed only by those who are asked to.
func TestPostgresIsMigratedOnRequest(t *testing.T) {
	t.Parallel()
	flags := []string{"--data-dir=" + t.TempDir(), "--database=" + storetest.EmptyPostgres(t)}
	fails(t, "galleyd migrate", append([]string{"serve", "--listen=127.0.0.1:0"}, flags...)...)
	fails(t, "galleyd migrate", append([]string{"work"}, flags...)...)
	fails(t, "galleyd migrate", append([]string{"user", "add", "ann"}, flags...)...)
	for range 2 {
		if stdout, stderr, code := servertest.Run(t, "", append([]string{"migrate"}, flags...)...); code != 0 || stdout != "The database is up to date.\n" {
			t.Fatalf("migrate: got %d %q %q", code, stdout, stderr)
		}
	}
	p := servertest.Galleyd(t, append([]string{"serve", "--listen=127.0.0.1:0"}, flags...)...)
	if status := readiness(t.Context(), p.URL); status != 200 {
		t.Errorf("readyz says %d, want 200", status)
	}
	other := servertest.Galleyd(t, serve(t.TempDir(), "--migrate", "--database="+storetest.EmptyPostgres(t))...)
	if status := readiness(t.Context(), other.URL); status != 200 {
		t.Errorf("with --migrate readyz says %d, want 200", status)
	}
}

func TestVersionAndUsage(t *testing.T) {
	t.Parallel()
	if stdout, _, code := servertest.Run(t, "", "version"); code != 0 || !regexp.MustCompile(`^galleyd dev \(none\)\n$`).MatchString(stdout) {
		t.Errorf("version: got %d %q", code, stdout)
	}
	for _, args := range [][]string{{}, {"nothing"}, {"serve", "--nothing"}, {"user", "add"}, {"serve", "--executor=docker"}, {"serve", "--log-level=loud"}, {"user", "add", "x", "--role=king"}} {
		if _, stderr, code := servertest.Run(t, "", args...); code == 0 || !strings.Contains(stderr, "galleyd: error: ") {
			t.Errorf("galleyd %s: got exit code %d, %q", strings.Join(args, " "), code, stderr)
		}
	}
	if _, stderr, code := servertest.Run(t, "", "serve", "--keep-recipes=1s", "--data-dir="+t.TempDir()); code != 1 || !strings.Contains(stderr, "--keep-recipes is 1s: what is at rest") {
		t.Errorf("serve that keeps recipes for a second: got exit code %d, %q", code, stderr)
	}
	help, _, _ := servertest.Run(t, "", "serve", "--help")
	for _, flag := range []string{"listen", "data-dir", "database", "executor", "require-sandbox", "allow-unsandboxed", "job-network", "job-memory", "job-disk", "job-processes", "workers", "lease", "misfire-grace", "metrics-listen", "keep-recipes", "keep-logs", "keep-products", "tls-cert", "tls-key",
		"client-ca", "insecure-http", "log-format", "log-level", "admin-username", "admin-password", "smtp-url", "smtp-from", "webhook-key", "alert-ca",
		"allow-private-webhooks", "public-url", "max-token-life", "audit-retention", "trusted-proxies", "kitchen-read", "trust", "workspace-root", "mount", "max-expansion"} {
		twin := "$GALLEYD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
		if !strings.Contains(help, "--"+flag) && !strings.Contains(help, "--[no-]"+flag) || !strings.Contains(strings.Join(strings.Fields(help), ""), twin) {
			t.Errorf("the help of serve lacks --%s or %s:\n%s", flag, twin, help)
		}
	}
}

func TestUsersAndTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := "--data-dir=" + dir
	if stdout, stderr, code := servertest.Run(t, "", "migrate", data); code != 0 || stdout != "The database is up to date.\n" {
		t.Fatalf("migrate: got %d %q %q", code, stdout, stderr)
	}
	if stdout, stderr, code := servertest.Run(t, "a good password\n", "user", "add", "ann", "--role=viewer", "--password-stdin", data); code != 0 ||
		strings.Contains(stdout, "good") {
		t.Fatalf("user add: got %d %q %q", code, stdout, stderr)
	}
	stdout, _, code := servertest.Run(t, "", "user", "add", "bob", data)
	match := regexp.MustCompile(`Password \(it is not shown again\): (\S+)\n`).FindStringSubmatch(stdout)
	if code != 0 || match == nil {
		t.Fatalf("user add without a password: got %d %q", code, stdout)
	}
	for _, c := range []struct{ stdin, want, name string }{
		{"another password", "a user with this name exists", "ann"}, {"short", "expected at least 8", "eve"}, {"", "stdin is empty", "eve"},
		{"a good password", "bad user name", "e v e"},
	} {
		if _, stderr, code := servertest.Run(t, c.stdin, "user", "add", c.name, "--password-stdin", data); code != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("user add %s with %q: got %d %q, want %q", c.name, c.stdin, code, stderr, c.want)
		}
	}
	token, _, code := servertest.Run(t, "", "token", "create", "ci", "--user=ann", data)
	if token = strings.TrimSpace(token); code != 0 || !strings.HasPrefix(token, "gal_") {
		t.Fatalf("token create: got %d %q", code, token)
	}

	p := servertest.Galleyd(t, serve(dir)...)
	for name, cfg := range map[string]client.Config{
		"ann by password": {Username: "ann", Password: "a good password"}, "bob by password": {Username: "bob", Password: match[1]},
		"ann by token": {Token: token}, "ann by Basic": {Username: "ann", Password: "a good password", AuthScheme: client.SchemeBasic},
	} {
		cfg.Endpoint = p.URL
		c, err := client.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Workspaces(t.Context(), client.WorkspaceQuery{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if strings.Contains(p.Stderr.String(), "created the administrator") {
		t.Error("an administrator was created although there were users")
	}
}

func TestWebhookKey(t *testing.T) {
	t.Parallel()
	data := "--data-dir=" + t.TempDir()
	if _, stderr, code := servertest.Run(t, "", "migrate", data); code != 0 {
		t.Fatalf("migrate: got %d %q", code, stderr)
	}
	first, stderr, code := servertest.Run(t, "", "webhook-key", data)
	if code != 0 || !regexp.MustCompile(`^galwh_[A-Z2-7]{52}\n$`).MatchString(first) {
		t.Fatalf("webhook-key: got %d %q %q", code, first, stderr)
	}
	if again, _, _ := servertest.Run(t, "", "webhook-key", data); again != first {
		t.Errorf("the key was %q and is %q", first, again)
	}
	if given, _, _ := servertest.Run(t, "", "webhook-key", "--webhook-key=0123456789abcdef", data); given != "0123456789abcdef\n" {
		t.Errorf("a given key: got %q", given)
	}
}

func TestFirstStartMakesAnAdministrator(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := servertest.Command(t, serve(dir, "--log-format=json", "--executor=simulate")...)
	cmd.Env = append(os.Environ(), "GALLEYD_ADMIN_USERNAME=chef")
	var stderr servertest.Log
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var ready map[string]string
	if err := json.Unmarshal([]byte(line), &ready); err != nil || len(ready) != 3 || ready["executor"] != "simulate" || ready["msg"] != "ready" || !strings.HasPrefix(ready["url"], "http://127.0.0.1:") {
		t.Errorf("got the ready line %q", line)
	}
	var match []string
	servertest.Eventually(t, 30*time.Second, func() error { // what it wrote may be on its way
		match = regexp.MustCompile(`(?m)^galleyd: created the administrator "chef" with the password (\S+) `).FindStringSubmatch(stderr.String())
		if match == nil {
			return fmt.Errorf("no password was shown:\n%s", &stderr)
		}
		return nil
	})
	c, err := client.New(client.Config{Endpoint: ready["url"], Username: "chef", Password: match[1]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Workspaces(t.Context(), client.WorkspaceQuery{}); err != nil {
		t.Error(err)
	}
	for line := range bytes.Lines([]byte(stderr.String())) {
		if !bytes.HasPrefix(line, []byte("galleyd: created")) && !json.Valid(line) {
			t.Errorf("with --log-format=json the log has %s", line)
		}
	}
}

// A second start on the same port fails before it touches anything, the first goes on.
func TestTwoOnOnePort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := servertest.Galleyd(t, serve(dir)...)
	fails(t, "the port is in use", "serve", "--listen="+strings.TrimPrefix(p.URL, "http://"), "--data-dir="+dir)
	if _, err := p.Client.Workspaces(t.Context(), client.WorkspaceQuery{}); err != nil {
		t.Error(err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := servertest.Galleyd(t, serve(dir, "--executor=process", "--drain=10m")...)
	startSleeper(t, p.Client)
	p.Signal(t, syscall.SIGTERM)
	servertest.Eventually(t, 10*time.Second, func() error {
		if status := readiness(t.Context(), p.URL); status != 503 {
			return fmt.Errorf("readyz says %d, want 503", status)
		}
		return nil
	})
	p.Signal(t, syscall.SIGTERM)
	if code := p.Wait(t, 10*time.Second); code != -1 {
		t.Errorf("got exit code %d, want the end by a signal", code)
	}
}

// readiness is the status of /readyz; 0 if nobody answers.
func readiness(ctx context.Context, url string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestTheSandboxOfProcesses(t *testing.T) {
	t.Parallel()
	fails(t, `"[x" is not a pattern such as load-*`, serve(t.TempDir(), "--executor=process", "--allow-unsandboxed", "--job-network=load-*", "--job-network=[x")...)
	for flag, want := range map[string]string{
		"--require-sandbox=landlock": `msg="jobs run in a sandbox" sandbox=(full|landlock) network="?\[a b-\*\]`,
		"--allow-unsandboxed":        `(?s)msg="jobs run in a sandbox" sandbox=none.*level=WARN msg="sandbox: no sandbox: jobs can do whatever the server's user can"`,
	} {
		p := servertest.Galleyd(t, serve(t.TempDir(), "--executor=process", flag, "--job-network=a", "--job-network=b-*")...)
		if log := p.Stderr.String(); !regexp.MustCompile(want).MatchString(log) {
			t.Errorf("%s: the log is\n%s\nwant %s in it", flag, log, want)
		}
	}
}
