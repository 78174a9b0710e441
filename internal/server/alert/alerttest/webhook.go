package alerttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Key is the webhook key that a Receiver verifies with.
const Key = "a-key-of-the-tests-0123456789"

// Delivery is a request that a Receiver has got and whose signature is right.
type Delivery struct {
	ID, Event string // of the headers
	Header    http.Header
	Body      []byte
}

// Receiver is an https server that verifies the signature of what it gets, as the guide
// tells receivers to. A wrong signature fails the test.
type Receiver struct {
	URL string
	CA  *x509.CertPool

	server *httptest.Server
	mu     sync.Mutex
	got    []Delivery
}

// NewReceiver starts a receiver that stops with the test. Answer answers the request
// number n, from 1 on; nil answers 204.
func NewReceiver(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *Receiver {
	t.Helper()
	r := &Receiver{CA: x509.NewCertPool()}
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		if err == nil {
			err = verify(req.Header.Get("Galley-Signature"), body)
		}
		if err != nil {
			t.Errorf("webhook: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		r.got = append(r.got, Delivery{ID: req.Header.Get("Galley-Alert-Id"), Event: req.Header.Get("Galley-Event"),
			Header: req.Header, Body: body})
		n := len(r.got)
		r.mu.Unlock()
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(n, w, req)
	}))
	r.server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes
	r.server.StartTLS()
	t.Cleanup(r.server.Close)
	r.URL = r.server.URL + "/hook"
	r.CA.AddCert(r.server.Certificate())
	return r
}

// CAFile writes the certificate that the receiver's TLS can be verified with.
func (r *Receiver) CAFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	raw := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.server.Certificate().Raw})
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Deliveries are those so far.
func (r *Receiver) Deliveries() []Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Delivery(nil), r.got...)
}

// Decode reads the body of a delivery.
func (d Delivery) Decode(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal(d.Body, into); err != nil {
		t.Fatalf("webhook's body: %v\n%s", err, d.Body)
	}
}

// verify is what a receiver does, written apart from the sender.
func verify(signature string, body []byte) error {
	var at, v1 string
	for part := range strings.SplitSeq(signature, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "t":
			at = value
		case "v1":
			v1 = value
		}
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return fmt.Errorf("signature %q has no time", signature)
	}
	if age := time.Since(time.Unix(seconds, 0)); age < -5*time.Minute || age > 5*time.Minute {
		return fmt.Errorf("signature is of %s", time.Unix(seconds, 0))
	}
	mac := hmac.New(sha256.New, []byte(Key))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	if want := hex.EncodeToString(mac.Sum(nil)); !hmac.Equal([]byte(want), []byte(v1)) {
		return fmt.Errorf("signature %q is wrong for a body of %d bytes", signature, len(body))
	}
	return nil
}
