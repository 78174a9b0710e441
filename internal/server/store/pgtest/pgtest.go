package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvURL names the environment variable with the address of a server for tests to use:
// a postgres:// URL of a role that may create databases.
const EnvURL = "GALLEY_TEST_POSTGRES"

// supervise runs the server until its standard input ends, which it does when the process
// at the other end exits or is killed; then it stops the server and removes the folder.
const supervise = `
bin=$1 dir=$2
shift 2
"$bin/postgres" -D "$dir/data" -k "$dir" "$@" </dev/null >>"$dir/log" 2>&1 &
pid=$!
cat >/dev/null
kill -QUIT $pid 2>/dev/null
wait $pid
cd / && rm -rf "$dir"
`

// Server is a running PostgreSQL.
type Server struct {
	// URL is its address, as the superuser postgres and to the database of that name.
	URL string

	supervisor *exec.Cmd
	alive      io.Closer // the supervisor's standard input
}

// Start makes and starts a server of the newest PostgreSQL that Find knows of. It
// answers connections when Start returns. It forgets its data with the machine's power:
// fsync is off.
func Start(ctx context.Context) (*Server, error) {
	bin, err := Find()
	if err != nil {
		return nil, err
	}
	dir, err := socketDir()
	if err != nil {
		return nil, fmt.Errorf("making the folder of a private PostgreSQL: %w", err)
	}
	s, err := start(ctx, bin, dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a private PostgreSQL with %s: %w", bin, err), os.RemoveAll(dir))
	}
	return s, nil
}

func start(ctx context.Context, bin, dir string) (*Server, error) {
	attr, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	passwordFile := filepath.Join(dir, "password")
	if err := os.WriteFile(passwordFile, []byte(password), 0o600); err != nil {
		return nil, err
	}
	if attr.Credential != nil {
		if err := os.Chown(passwordFile, int(attr.Credential.Uid), int(attr.Credential.Gid)); err != nil {
			return nil, err
		}
	}
	// md5 costs a connection less than scram-sha-256, and tests make many.
	args := []string{"-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "md5", "--pwfile=" + passwordFile,
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), append(args, collation(ctx, bin)...)...)
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("running initdb: %w\n%s", err, tail(out))
	}
	supervisor := exec.Command("/bin/sh", "-c", supervise, "supervise", bin, dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_connections=400", "-c", "shared_buffers=64MB",
		"-c", "autovacuum=off", "-c", "jit=off")
	supervisor.SysProcAttr, supervisor.Dir = attr, dir
	supervisor.SysProcAttr.Setpgid = true // Ctrl-C is for the tests, who may still need the server
	alive, err := supervisor.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := supervisor.Start(); err != nil {
		return nil, err
	}
	address := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", password), Path: "/postgres",
		RawQuery: url.Values{"host": {dir}, "sslmode": {"disable"}}.Encode()}
	s := &Server{URL: address.String(), supervisor: supervisor, alive: alive}
	if err := s.wait(ctx); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, tail(log)), s.Stop())
	}
	return s, nil
}

// collation makes the databases sort as English does, where that is possible (version 15):
// it is what real servers do, and unlike bytes and SQLite.
func collation(ctx context.Context, bin string) []string {
	help, err := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--help").Output()
	if err != nil || !bytes.Contains(help, []byte("--icu-locale")) {
		return nil
	}
	return []string{"--locale-provider=icu", "--icu-locale=en-US"}
}

// wait returns when the server answers, for a minute at most.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server at once and removes its data.
func (s *Server) Stop() error {
	if err := s.alive.Close(); err != nil {
		return fmt.Errorf("stopping PostgreSQL: %w", err)
	}
	if err := s.supervisor.Wait(); err != nil {
		return fmt.Errorf("stopping PostgreSQL: %w", err)
	}
	return nil
}

// socketDir is a new folder whose path is short enough for a Unix socket in it (107 bytes).
func socketDir() (string, error) {
	dir, err := os.MkdirTemp("", "galley-pg-")
	if err == nil && len(dir) > 80 {
		if err := os.Remove(dir); err != nil {
			return "", err
		}
		return os.MkdirTemp("/tmp", "galley-pg-")
	}
	return dir, err
}

// unprivileged is how to run a server that refuses to be root: as postgres, or nobody,
// who then owns dir.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("finding a user other than root: %w", err)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the id of user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the group of user %s: %w", u.Username, err)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, int(uid), int(gid))
}

// tail is the end of a program's output.
func tail(out []byte) []byte {
	out = bytes.TrimSpace(out)
	return out[max(0, len(out)-2000):]
}
