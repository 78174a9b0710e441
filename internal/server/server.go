package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/arrival"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/batches"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/catalog"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/dkapi"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/forward"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/metrics"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/orders"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/tracing"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/view"
)

// Bounds of connections. Bodies and answers have their own, because uploads and
// downloads take as long as they take.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10 // bytes; also bounds the query
	shutdownTimeout   = 10 * time.Second
	tracesTimeout     = 2 * time.Second // to send the last ones
)

// Server is one galleyd: API, workers or both. New makes it, Run runs it.
type Server struct {
	cfg         Config
	log         *slog.Logger
	store       *store.Store
	engine      *engine.Engine
	closer      io.Closer // of the executor; nil: nothing to close
	catalog     *catalog.Catalog
	orders      *orders.Desk
	arrivals    *arrival.Desk
	batches     *batches.Maker
	views       view.Views
	v2          *dkapi.Dialect
	auth        *auth.Service
	audit       *audit.Recorder
	sealer      *seal.Sealer
	bodies      *bodyLimits
	streams     streams
	proxies     []netip.Prefix // trusted
	crossOrigin *http.CrossOriginProtection
	http        *http.Server
	listener    net.Listener // nil without HTTP
	url         string
	draining    atomic.Bool
	stopped     chan struct{} // closed when the engine has stopped: streams of events end
	closing     sync.Once

	tracing         *tracing.Tracing
	metrics         *metrics.Registry // nil: nobody asks for numbers
	metricsListener net.Listener
	metricsHTTP     *http.Server
}

// New makes everything ready: it listens, opens the database (and migrates it, if it
// is SQLite or cfg says so), and creates the administrator and the workspace "default"
// if they are missing. Nothing is served before Run. Without Run, Close it.
func New(ctx context.Context, cfg Config) (_ *Server, err error) {
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, log: cfg.Logger, bodies: newBodyLimits(), stopped: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.proxies, err = forward.ParseProxies(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	if s.crossOrigin, err = newCrossOrigin(cfg.Alerts.PublicURL); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	if s.store, err = openStore(ctx, cfg); err != nil {
		return nil, err
	}
	s.audit = audit.New(audit.Config{Store: s.store, Logger: cfg.Logger, Now: cfg.Now, Retention: cfg.AuditRetention})
	if s.sealer, err = cfg.keySource().Open(ctx, s.store); err != nil {
		return nil, err
	}
	if s.auth, err = auth.New(ctx, auth.Config{Store: s.store, Sealer: s.sealer, Audit: s.audit, Logger: cfg.Logger, Now: cfg.Now, TrustFile: cfg.TrustFile, MaxTokenLife: cfg.MaxTokenLife}); err != nil {
		return nil, err
	}
	if cfg.Workers != 0 && cfg.CustomExecutor == nil {
		if cfg.CustomExecutor, err = newExecutor(ctx, cfg); err != nil {
			return nil, err
		}
		s.closer, _ = cfg.CustomExecutor.(io.Closer)
	}
	if err := s.listenForMetrics(); err != nil {
		return nil, err
	}
	service := "galleyd"
	if cfg.Listen == "" {
		service = "galleyd-worker"
	}
	if s.tracing, err = tracing.New(ctx, tracing.Config{Endpoint: cfg.OTLPEndpoint, Service: service, Version: cfg.Version, Logger: cfg.Logger}); err != nil {
		return nil, err
	}
	if s.orders, err = newOrders(ctx, cfg, s.store, s.sealer, engine.Config{Meter: s.meter(), Tracer: s.tracing.Tracer(), Simulates: s.executor() == ExecutorSimulate}); err != nil {
		return nil, err
	}
	s.engine = s.orders.Engine()
	s.batches = batches.New(s.engine)
	s.catalog = s.engine.Catalog()
	s.arrivals = arrival.New(s.engine)
	if s.listener == nil {
		return s, nil
	}
	if err := s.catalog.EnsureDefaults(ctx); err != nil {
		return nil, fmt.Errorf("creating default workspace: %w", err)
	}
	if err := s.ensureAdmin(ctx); err != nil {
		return nil, err
	}
	s.views = view.New(s.store, s.engine, s.orders)
	s.v2 = dkapi.New(dkapi.Config{Store: s.store, Orders: s.orders, Auth: s.auth, StaffOnly: cfg.KitchenRead == KitchenReadStaff, Now: cfg.Now})
	mux := s.mux()
	s.mountPage(mux)
	handler := s.wrap(s.tracing.Handler(mux))
	if cfg.Middleware != nil {
		handler = cfg.Middleware(handler)
	}
	s.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// listen binds the address. It comes first: a second galleyd by mistake should touch nothing.
func (s *Server) listen() error {
	if s.cfg.Listen == "" {
		return nil
	}
	tlsConfig, err := newTLSConfig(s.cfg)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	if s.listener, err = lc.Listen(context.Background(), "tcp", s.cfg.Listen); err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("listening on %s: the port is in use by another program: stop that one, choose another "+
				"port with --listen, or let the system choose with port 0", s.cfg.Listen)
		}
		return fmt.Errorf("listening on %s: %w", s.cfg.Listen, err)
	}
	s.url = "http://" + s.listener.Addr().String()
	if tlsConfig != nil {
		s.url = "https://" + s.listener.Addr().String()
		s.listener = newTLSListener(s.listener, tlsConfig)
	}
	return nil
}

// ensureAdmin creates the administrator if there is no user at all. A password that
// had to be made up is shown this one time.
func (s *Server) ensureAdmin(ctx context.Context) error {
	password, err := s.auth.EnsureAdmin(ctx, s.cfg.AdminUsername, s.cfg.AdminPassword)
	if err == nil && password != "" {
		_, err = fmt.Fprintf(s.cfg.Stderr, "galleyd: created the administrator %q with the password %s (it is not shown again)\n",
			s.cfg.AdminUsername, password)
	}
	return err
}

// openStore opens the database and makes sure that its schema is the right one.
func openStore(ctx context.Context, cfg Config) (*store.Store, error) {
	if err := prepareDataDir(cfg.DataDir); err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, cfg.storeConfig())
	if err != nil {
		return nil, err
	}
	if st.Dialect() == store.SQLite || cfg.Migrate {
		err = st.Migrate(ctx)
	} else {
		err = st.CheckSchema(ctx)
	}
	if err == nil {
		err = st.Check(ctx, checkedAtStart)
	}
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	return st, nil
}

// checkedAtStart bounds the SQLite files whose pages are all read when a server starts, in bytes: that takes a second
// for so many.
const checkedAtStart = 1 << 30

// newOrders makes all that has use cases: the orders with their engine, and that with its catalog. Of ec it takes what is
// not in cfg.
func newOrders(ctx context.Context, cfg Config, st *store.Store, sealer *seal.Sealer, ec engine.Config) (*orders.Desk, error) {
	alerts, err := newAlerts(ctx, cfg.Alerts, cfg.Version, st, sealer)
	if err != nil {
		return nil, err
	}
	folders, err := cfg.hostFolders()
	if err != nil {
		return nil, err
	}
	ec.Builtins = arrival.Builtins()
	ec.Folders, ec.Reserved, ec.MaxExpansion, ec.DataDir = folders, cfg.reserved(), cfg.MaxExpansion, cfg.DataDir
	ec.Store, ec.Executor, ec.Workers, ec.Lease, ec.Sealer, ec.Logger, ec.Now = st, cfg.CustomExecutor, cfg.Workers, cfg.Lease, sealer, cfg.Logger, cfg.Now
	return orders.New(orders.Config{Engine: ec, Alerts: alerts, AlertPause: cfg.Alerts.Pause, MisfireGrace: cfg.MisfireGrace})
}

// URL is where the server listens; empty without HTTP.
func (s *Server) URL() string { return s.url }

// Handler answers requests as the listener does; nil without HTTP.
func (s *Server) Handler() http.Handler {
	if s.http == nil {
		return nil
	}
	return s.http.Handler
}

// Engine is the engine that the server works with.
func (s *Server) Engine() *engine.Engine { return s.engine }

// Store is the open database.
func (s *Server) Store() *store.Store { return s.store }

// Run serves and works until ctx is done, then drains: it says not to be ready any
// more, takes no more work, waits for the running executions (as long as Config.Drain;
// the rest is handed back to the queue) and for the running requests, and closes the
// database. It writes one line of JSON to Config.Stdout when it is ready.
func (s *Server) Run(ctx context.Context) error {
	defer s.Close()
	if err := s.engine.Start(ctx); err != nil {
		return err
	}
	looping, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	loops.Go(func() { s.audit.Sweep(looping) })
	loops.Go(func() { s.cfg.keeper(s.store, s.catalog).Sweep(looping) })
	loops.Go(func() { s.sealer.Follow(looping, s.log) })
	defer loops.Wait()
	defer stopLoops()
	served := make(chan error, 2)
	if s.metrics != nil {
		go func() { served <- s.metricsHTTP.Serve(s.metricsListener) }()
	}
	if s.http != nil {
		go func() { served <- s.http.Serve(s.listener) }()
	}
	if err := s.sayReady(); err != nil {
		return errors.Join(err, s.drain(ctx))
	}
	select {
	case <-ctx.Done():
		return s.drain(ctx)
	case err := <-served:
		return errors.Join(fmt.Errorf("serving: %w", err), s.drain(ctx))
	}
}

// executor is how this server runs jobs; "" if it runs none.
func (s *Server) executor() string {
	if s.cfg.Workers == 0 || s.cfg.CustomExecutor != nil {
		return ""
	}
	return s.cfg.Executor
}

func (s *Server) sayReady() error {
	if s.metrics != nil {
		s.log.Info("numbers for Prometheus", "url", "http://"+s.metricsListener.Addr().String()+"/metrics")
	}
	s.log.Info("ready", "url", s.url, "version", s.cfg.Version, "database", s.store.Dialect().String(),
		"executor", s.cfg.Executor, "workers", s.cfg.Workers)
	if s.cfg.Alerts.SMTPURL == "" && s.cfg.Workers != 0 {
		s.log.Info("mail is off: e-mail alerts of orders will fail; give --smtp-url and --smtp-from to send them")
	}
	if s.executor() == ExecutorSimulate {
		s.log.Warn("jobs are simulated: no command is run, outputs are made up, and exit codes are those of GALLEY_SIMULATE_EXIT_CODE; " +
			"give --executor=process to run them")
	}
	line, err := json.Marshal(struct {
		Msg      string `json:"msg"`
		URL      string `json:"url,omitempty"`
		Executor string `json:"executor,omitempty"`
	}{"ready", s.url, s.executor()})
	if err != nil {
		return err
	}
	if _, err := s.cfg.Stdout.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing the ready line: %w", err)
	}
	return nil
}

// drain stops in an order that loses nothing. The requests come last: a client that
// waits for a recipe sees the last of its jobs end.
func (s *Server) drain(ctx context.Context) error {
	s.draining.Store(true)
	s.log.Info("stopping", "drain", s.cfg.Drain.String())
	ctx = context.WithoutCancel(ctx)
	drainCtx, cancel := context.WithTimeout(ctx, s.cfg.Drain)
	defer cancel()
	err := s.engine.Stop(drainCtx)
	close(s.stopped)
	if s.http != nil {
		shutdownCtx, cancel := context.WithTimeout(ctx, shutdownTimeout)
		defer cancel()
		if shutdownErr := s.http.Shutdown(shutdownCtx); shutdownErr != nil {
			err = errors.Join(err, fmt.Errorf("waiting for running requests: %w", shutdownErr), s.http.Close())
		}
	}
	if s.metrics != nil {
		err = errors.Join(err, s.metricsHTTP.Close())
	}
	if err == nil {
		s.log.Info("stopped")
	}
	return err
}

// Close gives back what New has taken. Run does it by itself.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() {
		if s.listener != nil {
			if closeErr := s.listener.Close(); !errors.Is(closeErr, net.ErrClosed) {
				err = closeErr
			}
		}
		if s.metricsListener != nil {
			_ = s.metricsListener.Close() // Run may have done it
		}
		ctx, cancel := context.WithTimeout(context.Background(), tracesTimeout)
		defer cancel()
		if stopErr := s.tracing.Stop(ctx); stopErr != nil {
			s.log.Warn("the last traces are lost", slog.Any("error", stopErr))
		}
		if s.closer != nil {
			err = errors.Join(err, s.closer.Close())
		}
		if s.store != nil {
			err = errors.Join(err, s.store.Close())
		}
	})
	return err
}
