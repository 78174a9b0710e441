package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

func TestRedirectsFromHTTPSToHTTPAreNotFollowed(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked in the clear, with Authorization %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(plain.Close)
	for name, path := range map[string]string{"at once": "/v6/version/", "after another redirect": "/again/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != path {
					http.Redirect(w, r, path, http.StatusFound)
					return
				}
				http.Redirect(w, r, plain.URL+"/v6/version/", http.StatusMovedPermanently)
			}))
			t.Cleanup(server.Close)
			c, err := New(Config{Endpoint: server.URL, Token: "t", InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Version(t.Context())
			e, ok := errors.AsType[*api.Error](err)
			if !ok || e.Status/100 != 3 || !strings.Contains(e.Detail, plain.URL) || !strings.Contains(e.Detail, "without encryption") {
				t.Errorf("error is %v, want the redirect, its target and why it is not followed", err)
			}
		})
	}
}

func TestRedirectsThatComeBackFromHTTPSAreNotFollowed(t *testing.T) {
	t.Parallel()
	var secure *httptest.Server
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back/" {
			t.Error("the redirect back was followed")
		}
		http.Redirect(w, r, secure.URL, http.StatusFound)
	}))
	t.Cleanup(plain.Close)
	secure = httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/back/", http.StatusFound))
	t.Cleanup(secure.Close)
	c, err := New(Config{Endpoint: plain.URL, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "/back/") {
		t.Errorf("error is %v, want one that names the target", err)
	}
}

// certificate is a self-signed one for these names, good for so long.
func certificate(t *testing.T, from, to time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestMessagesOfTrouble(t *testing.T) {
	t.Parallel()
	now := time.Now()
	serve := func(t *testing.T, conf *tls.Config) *httptest.Server {
		t.Helper()
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{}`)
		}))
		if conf != nil {
			s.TLS = conf
			s.StartTLS()
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		return s
	}
	authority := func(c tls.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	}
	good := certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "127.0.0.1")
	foreign := certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "other.example.com")
	old := certificate(t, now.Add(-2*time.Hour), now.Add(-time.Hour), "127.0.0.1")
	tests := []struct {
		name string
		cfg  func(t *testing.T) Config
		want string
	}{
		{"nothing listens", func(*testing.T) Config {
			s := httptest.NewServer(nil)
			s.Close()
			return Config{Endpoint: s.URL}
		}, "check that the backend runs and that the endpoint is right"},
		{"no such host", func(*testing.T) Config { return Config{Endpoint: "http://galley.invalid"} }, `there is no host "galley.invalid"`},
		{"an authority that is not known", func(t *testing.T) Config {
			return Config{Endpoint: serve(t, &tls.Config{Certificates: []tls.Certificate{good}}).URL}
		}, "set ca_cert_pem to the certificate of that authority"},
		{"a certificate for another name", func(t *testing.T) Config {
			return Config{Endpoint: serve(t, &tls.Config{Certificates: []tls.Certificate{foreign}}).URL, CACertPEM: authority(foreign)}
		}, "is for other.example.com, not for 127.0.0.1"},
		{"a certificate that has expired", func(t *testing.T) Config {
			return Config{Endpoint: serve(t, &tls.Config{Certificates: []tls.Certificate{old}}).URL, CACertPEM: authority(old)}
		}, "renew it, or set the clock"},
		{"a client certificate that is missing", func(t *testing.T) Config {
			return Config{Endpoint: serve(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}).URL, CACertPEM: authority(good)}
		}, "check client_cert_pem and client_key_pem"},
		{"https where http is spoken", func(t *testing.T) Config {
			return Config{Endpoint: strings.Replace(serve(t, nil).URL, "http:", "https:", 1)}
		}, "does not speak https"},
		{"no answer", func(t *testing.T) Config {
			done := make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
			t.Cleanup(s.Close)
			t.Cleanup(func() { close(done) })
			return Config{Endpoint: s.URL, RequestTimeout: 20 * time.Millisecond}
		}, "did not answer in time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := tt.cfg(t)
			cfg.MaxRetries = -1
			c, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestOneQuestionTellsForAll(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(w http.ResponseWriter){
		"cut": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"502": func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			c := newTestClient(t, Config{MaxRetries: 2}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				fault(w)
			}))
			ctx := Asking(t.Context(), 0)
			var first, again int
			for range 50 {
				_, err := c.Recipe(ctx, 1)
				e, ok := errors.AsType[*UnreachableError](err)
				switch {
				case !ok:
					t.Fatalf("error is %v, want an UnreachableError", err)
				case e.Again:
					again++
				default:
					first++
				}
			}
			if first != 1 || again != 49 || requests.Load() != 3 {
				t.Errorf("%d questions were first, %d again, %d requests; want 1, 49 and 3", first, again, requests.Load())
			}
			before := requests.Load()
			if _, err := c.Recipe(t.Context(), 1); err == nil || requests.Load() == before {
				t.Errorf("what is no question was not asked (%v)", err)
			}
		})
	}
}

func TestAnswersAreNoVerdict(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 500} {
		var requests atomic.Int32
		c := newTestClient(t, Config{MaxRetries: -1}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(status)
		}))
		for range 3 {
			if _, err := c.Recipe(Asking(t.Context(), 0), 1); err == nil {
				t.Errorf("%d is no error", status)
			}
		}
		if requests.Load() != 3 {
			t.Errorf("after %d there were %d requests, want 3: it may be about this one thing", status, requests.Load())
		}
	}
}

func TestWhatIsNotSentIsNoVerdict(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }))
	if _, err := c.RecipeType(Asking(t.Context(), 0), ".."); err == nil {
		t.Fatal("the name .. made a request")
	}
	if _, err := c.RecipeType(Asking(t.Context(), 0), "a"); err != nil {
		t.Errorf("error is %v, want none: the backend runs", err)
	}
}

func TestQuestionsThatWaitEndTogether(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	c := newTestClient(t, Config{Patience: time.Millisecond, MaxConcurrentRequests: 4},
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(func() { close(done) })
	var wg sync.WaitGroup
	var first atomic.Int32
	for range 40 {
		wg.Go(func() {
			_, err := c.Recipe(Asking(t.Context(), 0), 1)
			e, ok := errors.AsType[*UnreachableError](err)
			if !ok {
				t.Errorf("error is %v, want an UnreachableError", err)
			} else if !e.Again {
				first.Add(1)
			}
		})
	}
	wg.Wait()
	if first.Load() != 1 {
		t.Errorf("%d questions were the first to say so, want one", first.Load())
	}
}

// verdictAfter lets each function be a question of its own, at the same time, and tells
// when there was a verdict; 0: never.
func verdictAfter(t *testing.T, ask func(p *patience, take func(time.Duration, error))) (after time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPatience(DefaultPatience)
		start := time.Now()
		stop := context.AfterFunc(p.over, func() { after = time.Since(start) })
		defer stop()
		ask(p, func(d time.Duration, failure error) {
			ctx, q, err := p.ask(Asking(t.Context(), 0))
			if err != nil {
				return
			}
			q.wait()
			select {
			case <-time.After(d):
			case <-ctx.Done():
			}
			_ = q.answered(t.Context(), failure)
		})
		synctest.Wait()
		err = context.Cause(p.over)
	})
	return after, err
}

func TestPatience(t *testing.T) {
	t.Parallel()
	answer := error(nil)
	failed := &api.Error{Status: http.StatusInternalServerError}
	tests := []struct {
		name     string
		ask      func(p *patience, take func(time.Duration, error))
		from, to time.Duration
	}{
		{"answers in time never end it", func(_ *patience, take func(time.Duration, error)) {
			for range 100 {
				take(900*time.Millisecond, answer)
			}
		}, 0, 0},
		{"no answer at all", func(_ *patience, take func(time.Duration, error)) { take(time.Hour, answer) }, 9 * time.Second, 9 * time.Second},
		{"each answer is late", func(_ *patience, take func(time.Duration, error)) {
			for range 10 {
				take(3*time.Second, answer)
			}
		}, 12 * time.Second, 12 * time.Second},
		{"many at once count once", func(_ *patience, take func(time.Duration, error)) {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() { take(4*time.Second, answer) })
			}
			wg.Wait()
		}, 0, 0},
		{"an answer in time between them starts anew", func(_ *patience, take func(time.Duration, error)) {
			for range 10 {
				take(7*time.Second, answer)
				take(time.Millisecond, answer)
			}
		}, 0, 0},
		{"an answer in time while another one is late starts anew, too", func(_ *patience, take func(time.Duration, error)) {
			go take(20*time.Second, answer)
			time.Sleep(8 * time.Second)
			take(time.Millisecond, answer)
			time.Sleep(time.Minute)
		}, 16 * time.Second, 17 * time.Second},
		{"a failure in time is no answer", func(_ *patience, take func(time.Duration, error)) {
			for range 10 {
				take(5*time.Second, answer)
				take(time.Millisecond, failed)
			}
		}, 10 * time.Second, 11 * time.Second},
		{"what rests does not wait", func(p *patience, _ func(time.Duration, error)) {
			_, q, _ := p.ask(Asking(context.Background(), 0))
			for range 10 {
				q.wait()
				time.Sleep(900 * time.Millisecond)
				q.rest()
				time.Sleep(time.Minute)
			}
			_ = q.answered(context.Background(), nil)
		}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _ := verdictAfter(t, tt.ask)
			if got < tt.from || got > tt.to {
				t.Errorf("verdict after %s, want %s to %s", got, tt.from, tt.to)
			}
		})
	}
}

func TestOneLateAnswerCostsThatAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPatience(DefaultPatience)
		start := time.Now()
		ctx, q, err := p.ask(Asking(t.Context(), 5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		q.wait()
		time.Sleep(900 * time.Millisecond)
		q.rest() // for the limit of requests a second
		time.Sleep(time.Minute)
		q.wait()
		<-ctx.Done()
		if got := time.Since(start); got != time.Minute+900*time.Millisecond+5*time.Second {
			t.Errorf("given up after %s, want the limit without the pause", got)
		}
		if err := q.answered(context.Background(), ctx.Err()); !errors.Is(err, errLate) || !strings.Contains(err.Error(), "no answer within 5s") {
			t.Errorf("error is %v, want one that says how long it took", err)
		}
		if _, _, err := p.ask(Asking(t.Context(), 0)); err != nil {
			t.Errorf("other questions end with %v", err)
		}
	})
}

func TestIsUnavailable(t *testing.T) {
	t.Parallel()
	network := &url.Error{Op: "Get", URL: "http://x", Err: errors.New("connection refused")}
	for name, tt := range map[string]struct {
		err  error
		want bool
	}{
		"no error":             {nil, false},
		"the network":          {fmt.Errorf("explained (%w)", network), true},
		"a verdict":            {&UnreachableError{Err: network, Again: true}, true},
		"an interrupt":         {&url.Error{Op: "Get", URL: "http://x", Err: context.Canceled}, false},
		"an error of our own":  {errors.New("a name is empty"), false},
		"no such thing":        {&api.Error{Status: 404}, false},
		"a page of a proxy":    {&api.Error{Status: 404, Foreign: true}, true},
		"a page that is OK":    {&api.Error{Status: 200, Foreign: true}, true},
		"a redirect":           {&api.Error{Status: 301}, true},
		"no credentials":       {&api.Error{Status: 401}, true},
		"a login that failed":  {fmt.Errorf("logging in: %w", &api.Error{Status: 401}), true},
		"no right":             {&api.Error{Status: 403}, true},
		"a wrong request":      {&api.Error{Status: 400}, false},
		"a conflict":           {&api.Error{Status: 412}, false},
		"too many requests":    {&api.Error{Status: 429}, true},
		"a failure of it":      {&api.Error{Status: 500}, true},
		"a failure of a proxy": {&api.Error{Status: 503}, true},
	} {
		if got := IsUnavailable(tt.err); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}

func TestVerdictNamesTheLastFailure(t *testing.T) {
	t.Parallel()
	_, err := verdictAfter(t, func(p *patience, take func(time.Duration, error)) {
		ctx, q, _ := p.ask(Asking(context.Background(), 0))
		q.wait()
		q.noted(&api.Error{Status: 500, Method: "GET", Path: "/x"})
		<-ctx.Done()
		_ = q.answered(context.Background(), ctx.Err())
	})
	if err == nil || !strings.Contains(err.Error(), "did not answer in time") || !strings.Contains(err.Error(), "GET /x: 500") {
		t.Errorf("verdict is %v, want one that names the last failure", err)
	}
}

func TestPatienceFollowsTheRequestTimeout(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration]time.Duration{
		0: DefaultPatience, time.Second: DefaultPatience, time.Minute: time.Minute,
	} {
		if got := (Config{RequestTimeout: timeout}).withDefaults().Patience; got != want {
			t.Errorf("with a request timeout of %s the patience is %s, want %s", timeout, got, want)
		}
	}
}

func TestPausesThatAreAskedForAreNoTrouble(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	c := newTestClient(t, Config{Patience: time.Millisecond}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			w.Header().Set("Retry-After", "2") // longer than an answer may take
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	}))
	if _, err := c.Recipe(Asking(t.Context(), 0), 1); err != nil {
		t.Errorf("error is %v, want the answer after the pause", err)
	}
}
