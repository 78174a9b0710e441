package server_test

import (
	"bytes"
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
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestTheLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	s.Do(t, "GET", "/v6/workspaces/?name=secret-in-query", nil, nil)
	mustSend(t, s, "POST", "/v6/job-types/", countJobType("count"), 201, nil)
	s.Do(t, "GET", "/v6/workspaces/", http.Header{"Authorization": {"Bearer gal_secret-in-header"}}, nil)
	log := s.Log.String()
	for _, secret := range []string{"secret-in-query", "very-secret", "secret-in-header", s.Token, servertest.Password} {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, "method=POST path=/v6/job-types/ status=201") {
		t.Errorf("the log lacks a request:\n%s", log)
	}
}

// certificate writes a self-signed certificate for 127.0.0.1 and its key.
func certificate(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// run starts a server of cfg in the test's process and returns its URL.
func run(t *testing.T, cfg server.Config) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.URL()
}

// TestTLSIsStrict: no cipher suites with CBC, and no key that others can read.
func TestTLSIsStrict(t *testing.T) {
	t.Parallel()
	certFile, keyFile := certificate(t, t.TempDir(), "server")
	cfg := server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), TLSCert: certFile, TLSKey: keyFile, AdminPassword: servertest.Password}
	address := strings.TrimPrefix(run(t, cfg), "https://")
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			continue
		}
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}}) //nolint:gosec // the suite is what is tested
		if err == nil {
			_ = conn.Close()
		}
		if weak := strings.Contains(suite.Name, "_CBC_") || strings.Contains(suite.Name, "_RSA_WITH_RC4"); weak && err == nil {
			t.Errorf("the server takes %s", suite.Name)
		}
		if suite.ID == tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 && err != nil {
			t.Errorf("the server refuses %s: %v", suite.Name, err)
		}
	}
	if err := os.Chmod(keyFile, 0o640); err != nil {
		t.Fatal(err)
	}
	cfg.DataDir = t.TempDir()
	s, err := server.New(t.Context(), cfg)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "others can read the TLS key") {
		t.Errorf("a key of mode 0640: %v, want a refusal", err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := certificate(t, dir, "server")
	clientCert, clientKey := certificate(t, dir, "client")
	url := run(t, server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), TLSCert: certFile, TLSKey: keyFile, ClientCA: clientCert,
		AdminPassword: servertest.Password})
	if !strings.HasPrefix(url, "https://") {
		t.Fatalf("got the URL %s", url)
	}
	pair, err := tls.LoadX509KeyPair(clientCert, clientKey)
	if err != nil {
		t.Fatal(err)
	}
	get := func(caFile string, certificates ...tls.Certificate) (*http.Response, error) {
		raw, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(raw)
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certificates}}
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Get(url + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return resp, err
	}
	resp, err := get(certFile, pair)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("with a client's certificate: %+v, %v", resp, err)
	}
	if resp, err := get(certFile); err == nil {
		t.Errorf("without a client's certificate: got %d, want a refusal", resp.StatusCode)
	}

	// A renewed certificate is taken up without a restart.
	renewed, renewedKey := certificate(t, t.TempDir(), "renewed")
	later := time.Now().Add(time.Minute)
	for from, to := range map[string]string{renewed: certFile, renewedKey: keyFile} {
		if err := errors.Join(os.Rename(from, to), os.Chtimes(to, later, later)); err != nil {
			t.Fatal(err)
		}
	}
	if resp, err := get(certFile, pair); err != nil || resp.StatusCode != 200 {
		t.Errorf("with the renewed certificate: %+v, %v", resp, err)
	}
}

func TestConfigsThatCannotWork(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*server.Config){
		"no data folder is given":            func(c *server.Config) { c.DataDir = "" },
		`unknown executor "docker"`:          func(c *server.Config) { c.Executor = "docker" },
		"can be reached from other machines": func(c *server.Config) { c.Listen = ":0" },
		"[::]:0 can be reached":              func(c *server.Config) { c.Listen = "[::]:0" },
		"bad listen address":                 func(c *server.Config) { c.Listen = "8080" },
		"unknown kind of database":           func(c *server.Config) { c.Database = "galley.db" },
		"the password has 5 characters":      func(c *server.Config) { c.AdminPassword = "short" },
		"bad user name":                      func(c *server.Config) { c.AdminUsername = "a:b"; c.AdminPassword = servertest.Password },
		"reading client CA": func(c *server.Config) {
			c.TLSCert, c.TLSKey = certificate(t, t.TempDir(), "x")
			c.ClientCA = "/nowhere"
		},
		"TLS needs both a certificate and its": func(c *server.Config) { c.TLSKey = "x" },
	} {
		cfg := server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir()}
		change(&cfg)
		s, err := server.New(t.Context(), cfg)
		if err == nil {
			s.Close()
			t.Errorf("%s: the server started", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	// What has failed has let go of its port.
	url := run(t, server.Config{Listen: "localhost:0", DataDir: t.TempDir(), InsecureHTTP: true, AdminPassword: servertest.Password})
	resp, err := http.Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestReadyLineAndFirstPassword(t *testing.T) {
	t.Parallel()
	var stdout, stderr servertest.Log
	url := run(t, server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), Stdout: &stdout, Stderr: &stderr})
	servertest.Eventually(t, 10*time.Second, func() error {
		if want := fmt.Sprintf("{\"msg\":\"ready\",\"url\":%q}\n", url); stdout.String() != want {
			return fmt.Errorf("stdout has %q, want %q", stdout.String(), want)
		}
		return nil
	})
	if !strings.HasPrefix(stderr.String(), `galleyd: created the administrator "admin" with the password `) {
		t.Errorf("stderr has %q", stderr.String())
	}
}

// A request that is running when the server stops is answered.
func TestStopWaitsForRequests(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{Workers: -1})
	pipeReader, pipeWriter := io.Pipe()
	header, body := form(t, [][2]string{{"workspace", "default"}, {"file_path", "slow.txt"}}, strings.Repeat("content\n", 20_000))
	raw, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/v6/files/", pipeReader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+s.Token)
	answered := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != 201 {
				err = fmt.Errorf("got %d, want 201", resp.StatusCode)
			}
		}
		answered <- err
	}()
	half := len(raw) / 2
	if _, err := pipeWriter.Write(raw[:half]); err != nil {
		t.Fatal(err)
	}
	servertest.Eventually(t, 10*time.Second, func() error {
		found, err := filepath.Glob(filepath.Join(s.DataDir, "workspaces", "default", ".galley-contents", "*", "*"))
		if err == nil && len(found) == 0 {
			err = errors.New("no upload is under way")
		}
		return err
	})
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop() }()
	servertest.Eventually(t, 10*time.Second, func() error {
		if !strings.Contains(s.Log.String(), "msg=stopping") {
			return errors.New("the server is not stopping")
		}
		return nil
	})
	if _, err := io.Copy(pipeWriter, bytes.NewReader(raw[half:])); err != nil {
		t.Fatal(err)
	}
	pipeWriter.Close()
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
