package server

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/retention"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/workspace"
)

// Executors that Config.Executor can name.
const (
	ExecutorAuto      = "auto"      // container where an engine answers, else process with the full sandbox
	ExecutorContainer = "container" // job types with an image run in containers, the others as processes
	ExecutorProcess   = "process"
	ExecutorSimulate  = api.Simulate
)

// Defaults of Config.
const (
	DefaultListen        = "127.0.0.1:8080"
	DefaultAdminUsername = "admin"
	DefaultDrain         = 30 * time.Second
	DefaultMaxExpansion  = 10_000  // nodes
	DefaultMaxUpload     = 5 << 30 // bytes
)

// Config says what a Server works with. The zero value of a member is its default,
// but DataDir is required.
type Config struct {
	Version         string                 // of the program, for /version; empty: dev
	Listen          string                 // host:port; port 0 picks a free one; empty: no HTTP at all (galleyd work)
	OTLPEndpoint    string                 // URL of a collector of traces; empty: there are none
	MetricsListen   string                 // where numbers for Prometheus are served, HTTP; empty: nowhere
	DataDir         string                 // workspaces, work folders and, by default, the database
	Database        string                 // sqlite:PATH or postgres://…; empty: SQLite within DataDir
	Migrate         bool                   // bring the schema up to date also on PostgreSQL
	Executor        string                 // ExecutorAuto (default), ExecutorContainer, ExecutorProcess or ExecutorSimulate
	CustomExecutor  executor.Executor      // instead of Executor, for tests
	Process         executor.ProcessConfig // how processes are locked in
	Container       executor.ContainerConfig
	MaxExpansion    int64         // nodes of a recipe with those of its sub-recipes; 0: 10,000
	WorkspaceRoots  []string      // folders that workspaces may lie in, beside "workspaces" within DataDir
	Mounts          []string      // folders that jobs may mount, NAME=PATH[:rw]
	Workers         int           // executions at a time; 0: none; < 0: two per CPU
	Lease           time.Duration // a worker that is silent for so long has lost its executions; 0: 30 s
	MisfireGrace    time.Duration // how late a run of an order may start that was due while no server looked; 0: it is missed
	Drain           time.Duration // how long a stop waits for running executions; 0: 30 s
	MaxUpload       int64         // bytes of one uploaded file; 0: 5 GiB
	Heartbeat       time.Duration // of streams of events without events; 0: 15 s
	TLSCert, TLSKey string        // PEM files; read again when they change
	ClientCA        string        // PEM file; clients must show a certificate of it
	InsecureHTTP    bool          // allow plain HTTP on addresses that others can reach
	TrustedProxies  []string      // networks whose X-Forwarded-* and Forwarded are believed
	TrustFile       string        // other issuers of tokens that are trusted, JSON; empty: none
	KitchenRead     string        // who sees the runs of a kitchen: KitchenReadAll (default) or KitchenReadStaff
	MaxTokenLife    time.Duration // bounds how long a new API token may be good; 0: no bound
	Keep            retention.Policy
	AuditRetention  time.Duration // how long lines of the audit are kept; 0: for ever
	SecretKey       string        // encrypts settings, 32 bytes in base64; empty: that of secret.key within DataDir
	AdminUsername   string        // of the administrator whom the first start creates
	AdminPassword   string        // empty: a random one, written to Stderr once
	Alerts          AlertConfig   // how alerts of orders are delivered
	Logger          *slog.Logger  // nil: discards
	Now             func() time.Time
	Stdout          io.Writer                       // the ready line; nil: discards
	Stderr          io.Writer                       // the first password; nil: discards
	Middleware      func(http.Handler) http.Handler // around everything, for fault injection in tests
}

// withDefaults fills in what is left open and says what does not fit together.
func (c Config) withDefaults() (Config, error) {
	if c.DataDir == "" {
		return c, errors.New("no data folder is given: name one with --data-dir")
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return c, fmt.Errorf("finding data folder: %w", err)
	}
	c.DataDir = dir
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.DataDir, "galley.db")
	}
	c.Executor = cmp.Or(c.Executor, ExecutorAuto)
	if executors := []string{ExecutorAuto, ExecutorContainer, ExecutorProcess, ExecutorSimulate}; !slices.Contains(executors, c.Executor) {
		return c, fmt.Errorf("unknown executor %q: expected one of %s", c.Executor, strings.Join(executors, ", "))
	}
	if c.KitchenRead == "" {
		c.KitchenRead = KitchenReadAll
	}
	if c.KitchenRead != KitchenReadAll && c.KitchenRead != KitchenReadStaff {
		return c, fmt.Errorf("unknown --kitchen-read %q: expected %s or %s", c.KitchenRead, KitchenReadAll, KitchenReadStaff)
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.AdminUsername == "" {
		c.AdminUsername = DefaultAdminUsername
	}
	if c.Drain <= 0 {
		c.Drain = DefaultDrain
	}
	if c.MaxUpload <= 0 {
		c.MaxUpload = DefaultMaxUpload
	}
	if c.MaxExpansion <= 0 {
		c.MaxExpansion = DefaultMaxExpansion
	}
	if c.Heartbeat <= 0 {
		c.Heartbeat = defaultHeartbeat
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Stdout == nil {
		c.Stdout = io.Discard
	}
	if c.Stderr == nil {
		c.Stderr = io.Discard
	}
	return c, errors.Join(c.checkListener(), c.Alerts.check(), c.checkKeep())
}

// checkListener refuses to send passwords over a network in the clear.
func (c Config) checkListener() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("TLS needs both a certificate and its key: give --tls-cert and --tls-key")
	}
	if c.ClientCA != "" && c.TLSCert == "" {
		return errors.New("--client-ca needs TLS: give --tls-cert and --tls-key, too")
	}
	if c.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("bad listen address %q: expected HOST:PORT, such as %s: %w", c.Listen, DefaultListen, err)
	}
	if c.TLSCert != "" || c.InsecureHTTP || isLoopback(host) {
		return nil
	}
	return fmt.Errorf("%s can be reached from other machines, and without TLS passwords would cross the network in the "+
		"clear: give --tls-cert and --tls-key, listen on 127.0.0.1, or say --insecure-http if something in front of "+
		"galleyd speaks TLS", c.Listen)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// hostFolders are the folders of this machine that users may name.
func (c Config) hostFolders() (workspace.HostFolders, error) {
	folders := workspace.HostFolders{Workspaces: c.WorkspaceRoots}
	for _, text := range c.Mounts {
		m, err := workspace.ParseHostMount(text)
		if err != nil {
			return folders, fmt.Errorf("--mount: %w", err)
		}
		if slices.ContainsFunc(folders.Mounts, func(o workspace.HostMount) bool { return o.Name == m.Name }) {
			return folders, fmt.Errorf("--mount: two are named %q", m.Name)
		}
		folders.Mounts = append(folders.Mounts, m)
	}
	return folders, nil
}

// reserved are files of ours that no folder of users may reach, wherever they lie.
func (c Config) reserved() []string {
	var out []string
	if file, isSQLite := strings.CutPrefix(c.Database, "sqlite:"); isSQLite {
		if abs, err := filepath.Abs(file); err == nil {
			out = append(out, abs)
		}
	}
	if c.TLSKey != "" {
		if abs, err := filepath.Abs(c.TLSKey); err == nil {
			out = append(out, abs)
		}
	}
	return out
}

// leastKept is what is kept at least: whatever is removed has been at rest for so long.
const leastKept = time.Hour

// checkKeep refuses what would remove recipes that people are still looking at.
func (c Config) checkKeep() error {
	for flag, kept := range map[string]time.Duration{"keep-recipes": c.Keep.Recipes, "keep-logs": c.Keep.Logs, "keep-products": c.Keep.Products, "keep-alerts": c.Keep.Alerts} {
		if kept != 0 && kept < leastKept {
			return fmt.Errorf("--%s is %s: what is at rest is kept for an hour (1h) at least; 0: for ever", flag, kept)
		}
	}
	return nil
}

// keySource is where the secret key is.
func (c Config) keySource() auth.KeySource {
	return auth.KeySource{DataDir: c.DataDir, Given: c.SecretKey}
}

// storeConfig says how to open the database.
func (c Config) storeConfig() store.Config { return store.Config{DSN: c.Database} }

// prepareDataDir makes the data folder and finds out now, not at the first upload,
// whether it can be written.
func prepareDataDir(dir string) error {
	const advice = "name a folder that can be written with --data-dir"
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making data folder: %w; %s", err, advice)
	}
	probe, err := os.CreateTemp(dir, ".galleyd-write-check-*")
	if err != nil {
		return fmt.Errorf("the data folder %s can't be written: %w; %s", dir, err, advice)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return fmt.Errorf("the data folder %s can't be written: %w; %s", dir, err, advice)
	}
	return nil
}
