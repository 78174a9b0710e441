//go:build unix

package chaos_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store/storetest"
)

// lease is that of all servers: short, so that what a dead one held is taken over soon.
const lease = 2 * time.Second

// fleet is servers of one database and one folder of workspaces, which come back at the same address.
type fleet struct {
	dsn, shared string
	executor    string
	members     []*member
}

type member struct {
	address, dataDir string
	process          *servertest.Process
}

// newFleet starts n servers.
func newFleet(t *testing.T, dsn, executor string, n int) *fleet {
	t.Helper()
	f := &fleet{dsn: dsn, shared: t.TempDir(), executor: executor}
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") // a free port, for all that it is started
		if err != nil {
			t.Fatal(err)
		}
		f.members = append(f.members, &member{address: l.Addr().String(), dataDir: t.TempDir()})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range f.members {
		f.start(t, m)
	}
	return f
}

func (f *fleet) start(t *testing.T, m *member) {
	t.Helper()
	m.process = servertest.Galleyd(t, "serve", "--listen="+m.address, "--data-dir="+m.dataDir, "--database="+f.dsn, "--workspace-root="+f.shared,
		"--executor="+f.executor, "--lease="+lease.String(), "--workers=4", "--drain=2s", "--log-level=warn")
}

// a fault breaks a server, or what it stands on, and mends it.
type fault struct {
	name string
	do   func(t *testing.T, f *fleet, m *member)
}

func faults(db *database) []fault {
	all := []fault{
		{"killed", func(t *testing.T, f *fleet, m *member) {
			m.process.Kill()
			f.start(t, m)
		}},
		{"frozen for longer than its lease", func(t *testing.T, _ *fleet, m *member) {
			m.process.Signal(t, syscall.SIGSTOP)
			time.Sleep(lease + lease/2)
			m.process.Signal(t, syscall.SIGCONT)
		}},
		{"stopped", func(t *testing.T, f *fleet, m *member) {
			m.process.Signal(t, syscall.SIGTERM)
			m.process.Wait(t, time.Minute)
			f.start(t, m)
		}},
	}
	if db.dialect == store.Postgres {
		all = append(all, fault{"cut off from the database", func(t *testing.T, _ *fleet, _ *member) {
			for range 3 {
				db.exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
				time.Sleep(200 * time.Millisecond)
			}
		}})
	}
	return all
}

// database is what the servers have written, read past them.
type database struct {
	dialect store.Dialect
	sql     *sql.DB
}

func openDatabase(t *testing.T, dsn string) *database {
	t.Helper()
	st := storetest.Open(t, dsn)
	if st.Dialect() == store.SQLite {
		return &database{st.Dialect(), st.SQLDB()}
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &database{st.Dialect(), db}
}

func (d *database) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := d.sql.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// count is the number that a query gives.
func (d *database) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := d.sql.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// post sends a request until somebody takes it, each time with the same key.
func (f *fleet) post(ctx context.Context, path, key, body string) error {
	for turn := 0; ; turn++ {
		m := f.members[turn%len(f.members)]
		status, text, err := send(ctx, "http://"+m.address+path, key, body)
		switch {
		case err == nil && status < 300:
			return nil
		case err == nil && status < 500 && status != http.StatusConflict && status != http.StatusTooManyRequests:
			return fmt.Errorf("%s: %d %s", path, status, text)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func send(ctx context.Context, url, key, body string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.SetBasicAuth(servertest.Username, servertest.Password)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// processesWith are the processes whose command line has a text.
func processesWith(t *testing.T, text string) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range all {
		if line, err := os.ReadFile(at); err == nil && strings.Contains(string(line), text) {
			found = append(found, at)
		}
	}
	return found
}

// age makes all files below a folder so old that they are taken for left behind.
func age(t *testing.T, folder string) {
	t.Helper()
	before := time.Now().Add(-3 * time.Hour)
	err := filepath.WalkDir(folder, func(p string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Chtimes(p, before, before)
		}
		if os.IsNotExist(err) {
			err = nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
