package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/executor"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/retention"
)

// version and commit are set by the release's linker flags.
var (
	version = "dev"
	commit  = "none"
)

// store are the flags that say where the data are.
type store struct {
	DataDir  string `help:"Folder for files, work and, by default, the database." default:"./galley-data" type:"path" env:"GALLEYD_DATA_DIR" placeholder:"DIR"`
	Database string `help:"sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME. Default: SQLite in the data folder." env:"GALLEYD_DATABASE" placeholder:"DSN"`
}

// webhook is the flag of those who need the key of webhooks.
type webhook struct {
	WebhookKey string `help:"Key that webhooks are signed with; better given in GALLEYD_WEBHOOK_KEY. Default: a random one that the database keeps." env:"GALLEYD_WEBHOOK_KEY" placeholder:"KEY"`
}

// alerts are the flags of those who deliver alerts.
type alerts struct {
	webhook
	SMTPURL              string `name:"smtp-url" help:"Mail server for alerts of orders, smtp://USER:PASSWORD@HOST:PORT (with STARTTLS, except on this machine) or smtps://…; better given in GALLEYD_SMTP_URL. Default: none, and e-mail alerts fail." env:"GALLEYD_SMTP_URL" placeholder:"URL"`
	SMTPFrom             string `name:"smtp-from" help:"Sender of e-mail alerts." env:"GALLEYD_SMTP_FROM" placeholder:"ADDRESS"`
	AlertCA              string `name:"alert-ca" help:"Trust this CA, too, of mail servers and webhooks, PEM." env:"GALLEYD_ALERT_CA" placeholder:"FILE"`
	AllowPrivateWebhooks bool   `help:"Let webhooks reach private addresses, such as those of this machine and its network." env:"GALLEYD_ALLOW_PRIVATE_WEBHOOKS"`
	PublicURL            string `name:"public-url" help:"How others reach the API, for links in alerts. Default: no links." env:"GALLEYD_PUBLIC_URL" placeholder:"URL"`
}

// secretKey is the flag of those who read what is encrypted.
type secretKey struct {
	SecretKey string `help:"Key that settings are encrypted with, 32 bytes in base64; better given in GALLEYD_SECRET_KEY. Default: that of the file secret.key in the data folder, which the first start makes. All servers of a database need the same." env:"GALLEYD_SECRET_KEY" placeholder:"KEY"`
}

// keep are the flags of those who remove what is old.
type keep struct {
	KeepRecipes  time.Duration `help:"How long recipes are kept that are at rest, with their jobs, logs, products and runs of orders, and orders that have ended; 0: for ever." default:"0" env:"GALLEYD_KEEP_RECIPES"`
	KeepLogs     time.Duration `help:"How long the logs of executions are kept; 0: as long as their recipes." default:"0" env:"GALLEYD_KEEP_LOGS"`
	KeepProducts time.Duration `help:"How long products are kept that later ones have replaced; 0: as long as their recipes." default:"0" env:"GALLEYD_KEEP_PRODUCTS"`
	KeepAlerts   time.Duration `help:"How long alerts are kept that were told or given up; 0: as long as their runs." default:"0" env:"GALLEYD_KEEP_ALERTS"`
}

func (k keep) policy() retention.Policy {
	return retention.Policy{Recipes: k.KeepRecipes, Logs: k.KeepLogs, Products: k.KeepProducts, Alerts: k.KeepAlerts}
}

// work are the flags of those who run jobs.
type work struct {
	store
	alerts
	Executor string `help:"How jobs run: container (those of job types with an image in containers, the others as processes), process (all in a sandbox of this machine), simulate (none is run, outputs are made up), or auto (container where Docker or Podman answers, else process)." enum:"auto,container,process,simulate" default:"auto" env:"GALLEYD_EXECUTOR"`
	sandbox
	containers
	WorkspaceRoot []string      `help:"Folder that workspaces may lie in; may be given again. Relative ones lie in the first. Default: the folder workspaces in the data folder, which always is one." type:"path" env:"GALLEYD_WORKSPACE_ROOT" placeholder:"DIR"`
	Mount         []string      `help:"Folder that configurations may mount into jobs, read-only without :rw; may be given again. Default: none." env:"GALLEYD_MOUNT" placeholder:"NAME=PATH[:rw]"`
	MaxExpansion  int64         `help:"Nodes that a recipe may have with those of its sub-recipes, at all depths." default:"10000" env:"GALLEYD_MAX_EXPANSION" placeholder:"NODES"`
	Workers       int           `help:"Jobs that run at a time; -1: two per CPU." default:"-1" env:"GALLEYD_WORKERS"`
	Lease         time.Duration `help:"A worker that is silent for so long has lost its jobs to others." default:"30s" env:"GALLEYD_LEASE"`
	MisfireGrace  time.Duration `help:"How late a run of an order may start that was due while no server looked; what is later is missed." default:"2m" env:"GALLEYD_MISFIRE_GRACE"`
	Drain         time.Duration `help:"How long a stop waits for running jobs, which then go back to the queue." default:"30s" env:"GALLEYD_DRAIN"`
	MetricsListen string        `help:"Address to serve numbers for Prometheus on, at /metrics, by plain HTTP and to everybody who reaches it; on a loopback address also profiles of Go at /debug/pprof/. Default: none are served." env:"GALLEYD_METRICS_LISTEN" placeholder:"HOST:PORT"`
	OTLPEndpoint  string        `name:"otlp-endpoint" help:"Collector of OpenTelemetry to send traces to, by OTLP over HTTP: a span of each request, each execution of a job and each transaction. Default: none are made." env:"GALLEYD_OTLP_ENDPOINT,OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL"`
	secretKey
	keep
	LogFormat string     `help:"Format of the log on stderr." enum:"text,json" default:"text" env:"GALLEYD_LOG_FORMAT"`
	LogLevel  slog.Level `help:"What the log has: debug, info (each request and change), warn or error." default:"info" env:"GALLEYD_LOG_LEVEL"`
}

type serveCmd struct {
	work
	Listen         string   `help:"Address to serve on; port 0 picks a free one." default:"127.0.0.1:8080" env:"GALLEYD_LISTEN" placeholder:"HOST:PORT"`
	Migrate        bool     `help:"Bring the schema of a PostgreSQL up to date first. SQLite's always is." env:"GALLEYD_MIGRATE"`
	TLSCert        string   `help:"Certificate, PEM." env:"GALLEYD_TLS_CERT" placeholder:"FILE"`
	TLSKey         string   `help:"Key of the certificate, PEM." env:"GALLEYD_TLS_KEY" placeholder:"FILE"`
	ClientCA       string   `help:"Ask clients for a certificate of this CA, PEM." env:"GALLEYD_CLIENT_CA" placeholder:"FILE"`
	InsecureHTTP   bool     `help:"Allow plain HTTP on addresses that other machines can reach." env:"GALLEYD_INSECURE_HTTP"`
	Trust          string   `help:"File of other issuers whose tokens are exchanged for logins (OpenID Connect), JSON: see Operating galleyd." env:"GALLEYD_TRUST" placeholder:"FILE"`
	KitchenRead    string   `help:"Who sees a kitchen that has a staff list, and its runs: all, or staff (and administrators)." enum:"all,staff" default:"all" env:"GALLEYD_KITCHEN_READ"`
	TrustedProxies []string `help:"Networks of reverse proxies, whose Forwarded and X-Forwarded-For, -Proto and -Host are believed. Default: none are." env:"GALLEYD_TRUSTED_PROXIES" placeholder:"CIDR,..."`
	MaxUpload      int64    `help:"Bytes of the largest file that can be uploaded." default:"5368709120" env:"GALLEYD_MAX_UPLOAD" placeholder:"BYTES"`
	AdminUsername  string   `help:"Name of the administrator whom the first start creates." default:"admin" env:"GALLEYD_ADMIN_USERNAME"`
	tokenLife
	AuditRetention time.Duration `help:"How long the audit, which says who has changed what, is kept; 0: for ever." default:"8760h" env:"GALLEYD_AUDIT_RETENTION"`
	AdminPassword  string        `help:"Password of that administrator; better given in GALLEYD_ADMIN_PASSWORD. Default: a random one, shown once on stderr." env:"GALLEYD_ADMIN_PASSWORD" placeholder:"PASSWORD"`
}

type workCmd struct{ work }

type migrateCmd struct{ store }

type webhookKeyCmd struct {
	store
	secretKey
	webhook
}

type versionCmd struct{}

type cli struct {
	Serve      serveCmd      `cmd:"" help:"Serve the API and run jobs."`
	Work       workCmd       `cmd:"" help:"Only run jobs, of the same database as a galleyd serve."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database's schema up to date."`
	User       userCmd       `cmd:"" help:"Manage users. The servers may run meanwhile."`
	Token      tokenCmd      `cmd:"" help:"Manage API tokens. The servers may run meanwhile."`
	Key        keyCmd        `cmd:"" help:"Manage the secret key. The servers may run meanwhile."`
	Doctor     doctorCmd     `cmd:"" help:"Look at what a galleyd with the same flags stands on, and say what to do. It changes nothing; the servers may run meanwhile."`
	GC         gcCmd         `cmd:"" name:"gc" help:"Remove what is older than it should be kept, as servers with the same flags do every hour."`
	Backup     backupCmd     `cmd:"" help:"Copy a SQLite database and the bytes of all files to a folder. The servers may run meanwhile."`
	Restore    restoreCmd    `cmd:"" help:"Make a data folder of a backup."`
	WebhookKey webhookKeyCmd `cmd:"" help:"Print the key that webhooks are signed with."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

func main() {
	executor.MaybeSandbox()
	var c cli
	k := kong.Parse(&c, kong.Name("galleyd"), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Description("The reference backend of the Galley provider."))
	if err := k.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "galleyd: %s\n", oneLine(err))
		os.Exit(1)
	}
}

// oneLine is an error for people and for logs, which read by lines.
func oneLine(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "; ")
}

func (s store) config() server.Config {
	return server.Config{Version: version, DataDir: s.DataDir, Database: s.Database, Stdout: os.Stdout, Stderr: os.Stderr}
}

func (w work) config() server.Config {
	c := w.store.config()
	c.MaxExpansion = w.MaxExpansion
	c.WorkspaceRoots, c.Mounts = w.WorkspaceRoot, w.Mount
	c.SecretKey = w.SecretKey
	c.Executor, c.Process, c.Container = w.Executor, w.sandbox.config(), w.containers.config()
	c.Workers, c.Lease, c.Drain = w.Workers, w.Lease, w.Drain
	c.MisfireGrace, c.MetricsListen, c.OTLPEndpoint, c.Keep = w.MisfireGrace, w.MetricsListen, w.OTLPEndpoint, w.policy()
	c.Alerts = server.AlertConfig{
		SMTPURL: w.SMTPURL, SMTPFrom: w.SMTPFrom, WebhookKey: w.WebhookKey, CA: w.AlertCA,
		AllowPrivateWebhooks: w.AllowPrivateWebhooks, PublicURL: w.PublicURL,
	}
	options := &slog.HandlerOptions{Level: w.LogLevel}
	c.Logger = slog.New(slog.NewTextHandler(os.Stderr, options))
	if w.LogFormat == "json" {
		c.Logger = slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return c
}

// Run is `galleyd serve`.
func (s serveCmd) Run() error {
	c := s.work.config()
	c.Listen, c.Migrate, c.MaxUpload, c.InsecureHTTP = s.Listen, s.Migrate, s.MaxUpload, s.InsecureHTTP
	c.TrustedProxies, c.KitchenRead, c.TrustFile = s.TrustedProxies, s.KitchenRead, s.Trust
	c.TLSCert, c.TLSKey, c.ClientCA = s.TLSCert, s.TLSKey, s.ClientCA
	c.AdminUsername, c.AdminPassword, c.MaxTokenLife, c.AuditRetention = s.AdminUsername, s.AdminPassword, s.MaxTokenLife, s.AuditRetention
	return run(c)
}

// Run is `galleyd work`.
func (w workCmd) Run() error {
	if w.Workers == 0 {
		return fmt.Errorf("galleyd work with --workers=0 would do nothing: give a number, or -1 for two per CPU")
	}
	return run(w.config())
}

// run runs a server until the first signal drains it. A second one ends it at once,
// because signals are then no longer caught.
func run(c server.Config) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals) // before anything shows the drain: whoever sees it may send the second one
			stop()
		case <-ctx.Done():
		}
	}()
	s, err := server.New(ctx, c)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// Run is `galleyd migrate`.
func (m migrateCmd) Run() error {
	if err := server.Migrate(context.Background(), m.config()); err != nil {
		return err
	}
	fmt.Println("The database is up to date.")
	return nil
}

// Run is `galleyd webhook-key`. It prints nothing but the key.
func (w webhookKeyCmd) Run() error {
	c := w.store.config()
	c.Alerts.WebhookKey, c.SecretKey = w.WebhookKey, w.SecretKey
	key, err := server.WebhookKey(context.Background(), c)
	if err != nil {
		return err
	}
	fmt.Println(key)
	return nil
}

// Run is `galleyd version`.
func (versionCmd) Run() error {
	_, err := fmt.Printf("galleyd %s (%s)\n", version, commit)
	return err
}
