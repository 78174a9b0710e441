package servertest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Username and Password are the administrator's of every server here.
const (
	Username = "admin"
	Password = "correct-horse-battery"
)

// SecretKey is the key that every server here encrypts settings with.
const SecretKey = "c2V0dGluZ3Mgb2YgdGVzdHMgYXJlIG5vIHNlY3JldHM="

// stopTimeout bounds how long a server may take to stop at the end of a test.
const stopTimeout = patience * 30 * time.Second

// Options say how a server differs from the usual one. The zero value is SQLite, the
// executor simulate and two workers.
type Options struct {
	Database       string            // DSN; empty: SQLite in the data folder
	DataDir        string            // empty: a temporary folder of the test
	Executor       string            // simulate (default, and then nobody is told), process or container
	CustomExecutor executor.Executor // instead of Executor
	Container      executor.ContainerConfig
	Workers        int           // 0: two; negative: none, only the API
	Lease          time.Duration // 0: 5 s
	Drain          time.Duration // 0: 5 s
	MaxUpload      int64         // bytes; 0: the server's default
	Heartbeat      time.Duration // 0: the server's default
	MaxTokenLife   time.Duration // 0: no bound
	AuditRetention time.Duration // 0: for ever
	TrustedProxies []string
	KitchenRead    string   // empty: all
	TrustFile      string   // empty: no other issuer is trusted
	MaxExpansion   int64    // 0: the server's default
	WorkspaceRoots []string // beside the data folder's own
	Mounts         []string // NAME=PATH[:rw]; nil: what is in /srv
	Alerts         server.AlertConfig
	Now            func() time.Time
	MetricsListen  string                          // where numbers for Prometheus are served
	Middleware     func(http.Handler) http.Handler // around everything, to inject faults
}

// Server is a running server.
type Server struct {
	URL      string
	Metrics  string // where numbers for Prometheus are; empty: nowhere
	Username string // of the administrator
	Password string
	Token    string // an API token of the administrator
	DataDir  string
	Database string         // DSN
	Client   *client.Client // acts as the administrator
	Store    *store.Store
	Engine   *engine.Engine
	Log      *Log

	stop func() error
}

// New starts a server that stops with the test. If the test fails, its log is shown.
func New(t testing.TB, opts Options) *Server {
	t.Helper()
	log := &Log{}
	opts.Middleware = checked(t, opts.Middleware) // before the server's cleanup, so that it outlives the server
	cfg, token := config(t, opts, log)
	ctx, cancel := context.WithCancel(context.Background())
	inner, err := server.New(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatalf("starting server: %v\n%s", err, log)
	}
	done := make(chan error, 1)
	go func() { done <- inner.Run(ctx) }()
	s := &Server{
		URL: inner.URL(), Metrics: inner.MetricsURL(), Username: Username, Password: Password, DataDir: cfg.DataDir, Database: cfg.Database,
		Store: inner.Store(), Engine: inner.Engine(), Log: log,
	}
	s.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(stopTimeout):
			return fmt.Errorf("the server has not stopped within %s", stopTimeout)
		}
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stopping server: %v", err)
		}
		if t.Failed() {
			t.Logf("log of the server at %s:\n%s", s.URL, log)
		}
	})
	cfg.MaxTokenLife = 0
	if s.Token = token; s.Token == "" {
		if s.Token, err = server.CreateToken(t.Context(), cfg, "servertest", Username, 0); err != nil {
			t.Fatalf("creating token: %v", err)
		}
	}
	s.Client = s.NewClient(t, client.Config{Token: s.Token})
	return s
}

// config is that of a server, and the administrator's token if its database has one already.
func config(t testing.TB, opts Options, log *Log) (cfg server.Config, token string) {
	t.Helper()
	cfg = server.Config{
		Listen: "127.0.0.1:0", DataDir: opts.DataDir, Database: opts.Database, Migrate: true,
		Executor: opts.Executor, CustomExecutor: opts.CustomExecutor, Container: opts.Container, Workers: opts.Workers, Lease: opts.Lease,
		Drain: opts.Drain, MaxUpload: opts.MaxUpload, Heartbeat: opts.Heartbeat, MaxTokenLife: opts.MaxTokenLife, AuditRetention: opts.AuditRetention, TrustedProxies: opts.TrustedProxies, KitchenRead: opts.KitchenRead, TrustFile: opts.TrustFile,
		AdminUsername: Username, AdminPassword: Password, Now: opts.Now, SecretKey: SecretKey,
		Alerts: opts.Alerts, MaxExpansion: opts.MaxExpansion, WorkspaceRoots: opts.WorkspaceRoots, Mounts: opts.Mounts,
		MetricsListen: opts.MetricsListen, Middleware: opts.Middleware, Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if cfg.DataDir == "" {
		cfg.DataDir = t.TempDir()
	}
	if cfg.Database == "" {
		path := filepath.Join(cfg.DataDir, "galley.db")
		cfg.Database = "sqlite:" + path
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			token = copyTemplate(t, path)
		}
	}
	switch {
	case cfg.Workers == 0:
		cfg.Workers = 2
	case cfg.Workers < 0:
		cfg.Workers = 0
	}
	if cfg.Executor == "" && cfg.CustomExecutor == nil { // without telling everybody that jobs are simulated, as Executor would
		cfg.CustomExecutor = executor.NewSimulate()
	}
	cfg.Executor = cmp.Or(cfg.Executor, server.ExecutorSimulate)
	if cfg.Mounts == nil {
		cfg.Mounts = []string{"srv=/srv:rw"}
	}
	if cfg.Lease == 0 {
		cfg.Lease = 5 * time.Second
	}
	if cfg.Drain == 0 {
		cfg.Drain = 5 * time.Second
	}
	if cfg.Executor == server.ExecutorProcess && cfg.CustomExecutor == nil {
		// The sandbox's helper has to be a program that knows how to be one: not the test.
		p, err := executor.NewProcess(executor.ProcessConfig{
			Require: executor.Landlock, SandboxCommand: []string{Binary(t)}, Grace: 500 * time.Millisecond,
		})
		if err != nil {
			t.Fatalf("preparing executor: %v", err)
		}
		cfg.CustomExecutor = p
	}
	return cfg, token
}

// template is a migrated database with the administrator and a token of his, made once:
// migrating and hashing take most of a server's start.
type template struct {
	database []byte
	token    string
}

var makeTemplate = sync.OnceValues(func() (template, error) {
	dir, err := os.MkdirTemp("", "galley-template-*")
	if err != nil {
		return template{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, path := context.Background(), filepath.Join(dir, "galley.db")
	cfg := server.Config{DataDir: dir, Database: "sqlite:" + path}
	if err := server.Migrate(ctx, cfg); err != nil {
		return template{}, err
	}
	admin := auth.NewUser{Username: Username, Role: "admin", Password: Password}
	if _, err := server.AddUser(ctx, cfg, admin); err != nil {
		return template{}, err
	}
	if err := cheapenLogin(ctx, cfg.Database); err != nil {
		return template{}, err
	}
	token, err := server.CreateToken(ctx, cfg, "servertest", Username, 0)
	if err != nil {
		return template{}, err
	}
	// The last connection to be closed has moved everything from the -wal file to this one.
	raw, err := os.ReadFile(path)
	return template{database: raw, token: token}, err
})

// cheapenLogin gives the administrator's password a hash that takes no time to check.
// Each run of Terraform logs in; with a real hash that is more work than many a test.
func cheapenLogin(ctx context.Context, dsn string) (err error) {
	st, err := store.Open(ctx, store.Config{DSN: dsn})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	const memory, passes, threads = 64, 1, 1
	salt := []byte("sixteen bytes, ok")
	key := argon2.IDKey([]byte(Password), salt, passes, memory, threads, 32)
	text := base64.RawStdEncoding.EncodeToString
	hash := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, text(salt), text(key))
	_, err = st.SQLDB().ExecContext(ctx, "UPDATE users SET password_hash = ?", hash)
	return err
}

// copyTemplate makes the database at path, and returns the token that is in it.
func copyTemplate(t testing.TB, path string) (token string) {
	t.Helper()
	made, err := makeTemplate()
	if err == nil {
		err = os.WriteFile(path, made.database, 0o600)
	}
	if err != nil {
		t.Fatalf("preparing database: %v", err)
	}
	return made.token
}

// Stop drains and stops the server now, as SIGTERM does. More calls do nothing.
func (s *Server) Stop() error { return s.stop() }

// Workspace is the absolute path of a folder that a workspace may have.
func (s *Server) Workspace(name string) string { return filepath.Join(s.DataDir, "workspaces", name) }

// NewClient makes another client of the server; cfg.Endpoint is filled in.
func (s *Server) NewClient(t testing.TB, cfg client.Config) *client.Client {
	t.Helper()
	cfg.Endpoint = s.URL
	c, err := client.New(cfg)
	if err != nil {
		t.Fatalf("creating client: %v", err)
	}
	return c
}

// Exec changes the database, as somebody with access to it can.
func (s *Server) Exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := s.Store.SQLDB().ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// PurgeRecipes removes all recipes with their jobs and products, as operators do with
// what is old.
func (s *Server) PurgeRecipes(t testing.TB) {
	t.Helper()
	s.Exec(t,
		"DELETE FROM files WHERE job_id IS NOT NULL", "DELETE FROM recipe_input_files", "DELETE FROM recipe_nodes", "DELETE FROM conditions",
		"DELETE FROM job_executions", "DELETE FROM jobs", "DELETE FROM recipes")
}

// Do sends a request as the administrator, who is not named if header already has an
// Authorization (an empty one: no credentials). It returns the answer, whose body has
// been read, and the body. Redirects are not followed.
func (s *Server) Do(t testing.TB, method, path string, header http.Header, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	return do(t, s.URL, s.Token, method, path, header, body)
}

func do(t testing.TB, url, token, method, path string, header http.Header, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url+path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	for name, values := range header {
		req.Header[name] = values
	}
	if req.Header.Get("Authorization") == "" {
		req.Header.Del("Authorization")
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: reading answer: %v", method, path, err)
	}
	return resp, raw
}

// Log is what a server has written. It can be read while the server writes.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is everything so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// patience is how much longer than on an idle machine something may take.
const patience = 10

// Eventually asks check until it returns nil. It fails the test with check's last
// error once [patience] times timeout, which is that of an idle machine, has passed.
func Eventually(t testing.TB, timeout time.Duration, check func() error) {
	t.Helper()
	timeout *= patience
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("after %s: %v", timeout, err)
		case <-t.Context().Done():
			t.Fatalf("the test ended: %v", err)
		case <-tick.C:
		}
	}
}
