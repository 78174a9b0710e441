package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// Defaults of Config, used where a member is zero.
const (
	DefaultEndpoint              = "http://127.0.0.1:8080"
	DefaultRequestTimeout        = 30 * time.Second
	DefaultMaxRetries            = 4
	DefaultMaxConcurrentRequests = 8
)

// The authentication schemes of Config.AuthScheme.
const (
	SchemeBearer = "bearer" // Authorization: Bearer <token>; with a user name, after a login
	SchemeToken  = "token"  // Authorization: Token <token> (contract 0.6); with a user name, after a login
	SchemeBasic  = "basic"  // Authorization: Basic <token>, or user name and password on every request, without a login
)

// Config says which backend to talk to, as whom and how hard. The zero value of
// every member but Endpoint is usable.
type Config struct {
	Endpoint           string // base URL such as "https://galley.example.com", without a path
	Username, Password string // log in with these at the first request, and again on a 401
	Token              string // used instead of a login
	TokenFile          string // file with a token, which is read at the first request, and again on a 401
	AuthScheme         string // SchemeBearer (default), SchemeToken or SchemeBasic

	// A token of another issuer, or the file that has it, is exchanged for a login at the
	// first request, and again on a 401. Only by https, or to the machine itself.
	IdentityToken, IdentityTokenFile string

	CACertPEM                   string // trusted beside the system's roots
	ClientCertPEM, ClientKeyPEM string // mutual TLS; both or none
	InsecureSkipVerify          bool

	RequestTimeout        time.Duration // of one attempt; uploads: of the answer after the last byte
	Patience              time.Duration // of questions (Asking), together; default: 8 s, or RequestTimeout if that is longer
	MaxRetries            int           // attempts after the first; negative: none
	MaxConcurrentRequests int
	MaxRequestsPerSecond  float64 // 0: unlimited

	AllowedHosts []string // "host" or "host:port"; empty: any
	UserAgent    string
	Origin       Origin

	// Log gets one line for every attempt: method, path, status, duration and
	// request id; never a header, a body or a query. nil: silent.
	Log func(ctx context.Context, msg string, fields map[string]any)
}

// Client talks to one backend. It is safe for concurrent use.
type Client struct {
	base     *url.URL
	http     *retryablehttp.Client
	slots    chan struct{} // one element for every request that is under way
	session  *session
	patience *patience
	agent    string
	origin   Origin
	writes   atomic.Uint64

	simulates atomic.Bool
}

// Simulates tells whether the backend, by its last answer, runs no jobs but makes their outputs up.
func (c *Client) Simulates() bool { return c.simulates.Load() }

// New checks cfg and returns its client. It never makes a request.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.where()
	if err != nil {
		return nil, err
	}
	if (cfg.IdentityToken != "" || cfg.IdentityTokenFile != "") && isInTheClear(base) {
		return nil, &PlainTextError{Host: base.Host}
	}
	tls, err := tlsConfig(cfg)
	if err != nil {
		return nil, err
	}
	session, err := newSession(cfg)
	if err != nil {
		return nil, err
	}
	limit := rate.Inf
	if cfg.MaxRequestsPerSecond > 0 {
		limit = rate.Limit(cfg.MaxRequestsPerSecond)
	}
	c := &Client{
		base:     base,
		slots:    make(chan struct{}, cfg.MaxConcurrentRequests),
		session:  session,
		patience: newPatience(cfg.Patience),
		agent:    cfg.UserAgent,
		origin:   cfg.Origin,
	}
	c.http = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: &attempts{
				next:    newTransport(tls, cfg),
				limiter: rate.NewLimiter(limit, max(1, int(cfg.MaxRequestsPerSecond))),
				hosts:   cfg.AllowedHosts,
				timeout: cfg.RequestTimeout,
				log:     cfg.Log,

				simulates: &c.simulates,
			},
			CheckRedirect: checkRedirect,
		},
		RetryMax:     max(0, cfg.MaxRetries),
		RetryWaitMin: retryWaitMin,
		RetryWaitMax: retryWaitMax,
		CheckRetry:   shouldRetry,
		Backoff:      backoff,
		// The last answer is more use than "giving up after 5 attempts".
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return c, nil
}

// CheckEndpoint tells what is wrong with the endpoint, or that it may not be talked to.
func (cfg Config) CheckEndpoint() error {
	_, err := cfg.withDefaults().where()
	return err
}

// CheckTLS tells what is wrong with the certificates.
func (cfg Config) CheckTLS() error {
	_, err := tlsConfig(cfg)
	return err
}

// where is the base URL, if it may be talked to.
func (cfg Config) where() (*url.URL, error) {
	base, err := parseEndpoint(cfg.Endpoint)
	if err == nil && !hostAllowed(cfg.AllowedHosts, base) {
		err = fmt.Errorf("endpoint %q is not one of the allowed hosts (%s)", base.Host, strings.Join(cfg.AllowedHosts, ", "))
	}
	return base, err
}

// HasCredentials tells whether cfg says who asks, by a certificate too.
func (cfg Config) HasCredentials() bool {
	return cfg.Username != "" || cfg.Token != "" || cfg.TokenFile != "" || cfg.IdentityToken != "" || cfg.IdentityTokenFile != "" ||
		cfg.ClientCertPEM != ""
}

// Writes is how many requests that may change something have begun or ended. While it
// stays the same, what was read is not outdated by this client.
func (c *Client) Writes() uint64 { return c.writes.Load() }

// Endpoint returns the base URL without a trailing slash.
func (c *Client) Endpoint() string { return strings.TrimSuffix(c.base.String(), "/") }

func (cfg Config) withDefaults() Config {
	if cfg.Endpoint == "" {
		cfg.Endpoint = DefaultEndpoint
	}
	if cfg.AuthScheme == "" {
		cfg.AuthScheme = SchemeBearer
	}
	if cfg.Patience <= 0 {
		cfg.Patience = max(DefaultPatience, cfg.RequestTimeout) // not its default
	}
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = DefaultRequestTimeout
	}
	if cfg.MaxRetries == 0 {
		cfg.MaxRetries = DefaultMaxRetries
	}
	if cfg.MaxConcurrentRequests <= 0 {
		cfg.MaxConcurrentRequests = DefaultMaxConcurrentRequests
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "galley-client"
	}
	if cfg.Log == nil {
		cfg.Log = func(context.Context, string, map[string]any) {}
	}
	return cfg
}

func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("parsing endpoint, expected a base URL such as %q: %w", DefaultEndpoint, reasonOf(err))
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("endpoint %q is not a base URL such as %q", u.Redacted(), DefaultEndpoint)
	case u.User != nil:
		return nil, fmt.Errorf("endpoint %q has credentials: set username and password instead", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("endpoint %q has a query or fragment: give the base URL only", u.Redacted())
	case strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("endpoint %q has a path: give %q only, the paths of the services are added to it",
			u.Redacted(), u.Scheme+"://"+u.Host)
	}
	u.Path, u.RawPath = "", ""
	return u, nil
}

// reasonOf is an error of url.Parse without the URL, which may have a password.
func reasonOf(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// hostAllowed compares with and without the port, in any case.
func hostAllowed(allowed []string, u *url.URL) bool {
	return len(allowed) == 0 || slices.ContainsFunc(allowed, func(host string) bool {
		return strings.EqualFold(host, u.Host) || strings.EqualFold(host, u.Hostname())
	})
}

// InTheClear reports whether everybody between here and the backend can read what is sent,
// credentials too: it is http, to another machine.
func (c *Client) InTheClear() bool { return isInTheClear(c.base) }

func isInTheClear(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(host)
	isLoopback := err == nil && ip.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
	return u.Scheme == "http" && !isLoopback
}

// PlainTextError says that the token of another issuer would have gone to another machine
// in the clear.
type PlainTextError struct{ Host string }

// Error implements error.
func (e *PlainTextError) Error() string {
	return fmt.Sprintf("the endpoint http://%s is not encrypted, and a workload identity is sent by https only: give an https:// endpoint", e.Host)
}
