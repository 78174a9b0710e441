package alert_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// hooking is a sender that reaches a receiver on this machine.
func hooking(t *testing.T, r *alerttest.Receiver) *alert.Sender {
	t.Helper()
	return mustNew(t, alert.Config{RootCAs: r.CA, AllowPrivateWebhooks: true, UserAgent: "galleyd/test",
		PublicURL: "https://galley.example.com/"})
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	r := alerttest.NewReceiver(t, nil)
	s := hooking(t, r)
	for _, e := range order.Events() {
		if err := s.Send(t.Context(), message(e), r.URL); err != nil {
			t.Fatal(err)
		}
	}
	var events []string
	for _, d := range r.Deliveries() {
		events = append(events, d.Event)
		var got, want map[string]any
		d.Decode(t, &got)
		m := message(order.Event(d.Event))
		m.URL = "https://galley.example.com/ui/recipes/12"
		if m.Event == order.RunError {
			m.Resume = "galley runs resume run-1"
		}
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		alerttest.Delivery{Body: raw}.Decode(t, &want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
		if d.ID != "run-1-7" || got["id"] != "run-1-7" || got["version"] != 1.0 {
			t.Errorf("id %q and %v, version %v", d.ID, got["id"], got["version"])
		}
		if d.Header.Get("Content-Type") != "application/json" || d.Header.Get("User-Agent") != "galleyd/test" {
			t.Errorf("headers are %v", d.Header)
		}
	}
	if diff := cmp.Diff([]string{"orderrunStart", "orderrunWarning", "orderrunOverDuration", "orderrunSuccess", "orderrunError"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestTheDocumentDescribesTheBody: also of a run that could not start.
func TestTheDocumentDescribesTheBody(t *testing.T) {
	t.Parallel()
	doc, err := servertest.Document()
	if err != nil {
		t.Fatal(err)
	}
	r := alerttest.NewReceiver(t, nil)
	s := mustNew(t, alert.Config{RootCAs: r.CA, AllowPrivateWebhooks: true})
	for _, e := range order.Events() {
		if err := s.Send(t.Context(), message(e), r.URL); err != nil {
			t.Fatal(err)
		}
	}
	bare := message(order.RunError)
	bare.Started, bare.Ended, bare.MaxDuration, bare.RecipeID, bare.FailedNodes = nil, nil, nil, nil, []alert.FailedNode{}
	if err := s.Send(t.Context(), bare, r.URL); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), alert.Together([]alert.Message{message(order.RunStart), bare}), r.URL); err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Deliveries() {
		var body any
		d.Decode(t, &body)
		if err := doc.Components.Schemas["AlertMessage"].Value.VisitJSON(body, openapi3.EnableFormatValidation()); err != nil {
			t.Errorf("%s: %v", d.Event, err)
		}
	}
}

func TestAnswersOfWebhooks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		want   string // of the error
		final  bool
	}{
		{"200 with an endless body", func(w http.ResponseWriter) { _, _ = io.CopyN(w, endless{}, 1<<24) }, "", false},
		{"204", func(w http.ResponseWriter) { w.WriteHeader(204) }, "", false},
		{"302", func(w http.ResponseWriter) { w.Header().Set("Location", "/other"); w.WriteHeader(302) }, "302 Found; redirects are not followed", false},
		{"307", func(w http.ResponseWriter) { w.Header().Set("Location", "/other"); w.WriteHeader(307) }, "307 Temporary Redirect; redirects", false},
		{"404", func(w http.ResponseWriter) { w.WriteHeader(404) }, "404 Not Found, expected 200 to 299", false},
		{"410", func(w http.ResponseWriter) { w.WriteHeader(410) }, "410 Gone", true},
		{"500", func(w http.ResponseWriter) { http.Error(w, "SELECT password", 500) }, "500 Internal Server Error", false},
		{"large headers", func(w http.ResponseWriter) { w.Header().Set("X", strings.Repeat("x", 1<<17)) }, "headers exceeded", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { c.answer(w) })
			err := hooking(t, r).Send(t.Context(), message(order.RunStart), r.URL+"?secret=1")
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || alert.Final(err) != c.final):
				t.Errorf("got %v, final %v; want %q, %v", err, alert.Final(err), c.want, c.final)
			case err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "SELECT")):
				t.Errorf("%v tells the path or the answer", err)
			}
			if n := len(r.Deliveries()); n != 1 {
				t.Errorf("%d requests came, want 1", n)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestASlowReceiverIsGivenUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	r := alerttest.NewReceiver(t, func(_ int, _ http.ResponseWriter, req *http.Request) {
		select {
		case <-release:
		case <-req.Context().Done():
		}
	})
	defer close(release)
	s := mustNew(t, alert.Config{RootCAs: r.CA, AllowPrivateWebhooks: true, Timeout: 300 * time.Millisecond})
	err := s.Send(t.Context(), message(order.RunStart), r.URL)
	if err == nil || !strings.Contains(err.Error(), "Timeout") || alert.Final(err) {
		t.Errorf("got %v, want a timeout that passes", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hooking(t, r).Send(ctx, message(order.RunStart), r.URL); err == nil || alert.Final(err) {
		t.Errorf("after its context has ended: got %v", err)
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	var touched atomic.Int64
	r := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { touched.Add(1); w.WriteHeader(204) })
	at, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := mustNew(t, alert.Config{RootCAs: r.CA})
	for _, host := range []string{
		"127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1", "[::1]",
		"[fe80::1%25lo]", "224.0.0.1",
	} {
		err := s.Send(t.Context(), message(order.RunStart), "https://"+host+":"+at.Port()+"/hook")
		if !alert.Final(err) || !strings.Contains(err.Error(), "--allow-private-webhooks") {
			t.Errorf("%s: got %v, want a final error that names --allow-private-webhooks", host, err)
		}
	}
	if touched.Load() != 0 {
		t.Errorf("a private address was reached %d times", touched.Load())
	}
}

// TestRedirectsLeadNowhere: a receiver that may be reached cannot send us to one that
// may not, or to any other.
func TestRedirectsLeadNowhere(t *testing.T) {
	t.Parallel()
	inner := alerttest.NewReceiver(t, nil)
	outer := alerttest.NewReceiver(t, func(_ int, w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, inner.URL, http.StatusPermanentRedirect)
	})
	if err := hooking(t, outer).Send(t.Context(), message(order.RunStart), outer.URL); err == nil {
		t.Error("a redirect was taken for a delivery")
	}
	if n := len(inner.Deliveries()); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}

// TestNoProxy: a proxy would connect for us to where we may not.
func TestNoProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	r := alerttest.NewReceiver(t, nil)
	at, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The standard library never uses a proxy for 127.0.0.1, but would for this name of the certificate.
	s := mustNew(t, alert.Config{RootCAs: r.CA, Timeout: 2 * time.Second})
	err = s.Send(t.Context(), message(order.RunStart), "https://galley.invalid:"+at.Port()+"/hook")
	if err == nil || strings.Contains(err.Error(), "proxyconnect") {
		t.Errorf("got %v, want the name not to be found, without a proxy", err)
	}
}

func TestAnUnknownCertificateIsRefused(t *testing.T) {
	t.Parallel()
	r := alerttest.NewReceiver(t, nil)
	s := mustNew(t, alert.Config{AllowPrivateWebhooks: true})
	if err := s.Send(t.Context(), message(order.RunStart), r.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the certificate", err)
	}
	if n := len(r.Deliveries()); n != 0 {
		t.Errorf("%d requests came", n)
	}
}

func TestDestinationsThatAreNone(t *testing.T) {
	t.Parallel()
	s := mustNew(t, alert.Config{AllowPrivateWebhooks: true})
	for _, to := range []string{"", "http://127.0.0.1/", "ftp://x/", "https://", "cook", "a@b@c", "a@example.com\nBcc: b@example.com"} {
		if err := s.Send(t.Context(), message(order.RunStart), to); !alert.Final(err) {
			t.Errorf("%q: got %v, want a final error", to, err)
		}
	}
}

func TestShortKeysAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := alert.New(alert.Config{WebhookKey: "short"}); err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Errorf("got %v", err)
	}
}

func TestSignatureAsTheGuideSays(t *testing.T) {
	t.Parallel()
	const want = "acfbc231f30076d77ec19208ee54fe531f900e4cc87c41a3a83268d1d16b45d7" // printf '1700000000.{}' | openssl dgst -sha256 -hmac a-key-of-the-tests-0123456789
	if got := alert.Sign([]byte(alerttest.Key), 1_700_000_000, []byte("{}")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPlacesForLogsHideSecrets(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"cook@example.com": "cook@example.com",
		"https://user:pw@hooks.example.com:8443/services/T0/secret?token=1": "https://hooks.example.com:8443",
		"https://%zz": "a URL that cannot be read",
	} {
		if got := alert.Place(to); got != want {
			t.Errorf("%s: got %q, want %q", to, got, want)
		}
	}
}
