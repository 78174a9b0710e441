package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestConfigurationOfAlerts(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const from = "Galley <galley@example.com>"
	for _, c := range []struct {
		name string
		cfg  server.AlertConfig
		want string // of the error; empty: it is right
	}{
		{"nothing", server.AlertConfig{}, ""},
		{"STARTTLS", server.AlertConfig{SMTPURL: "smtp://me:s%40cret@mail.example.com", SMTPFrom: from}, ""},
		{"TLS and a port", server.AlertConfig{SMTPURL: "smtps://mail.example.com:4650/", SMTPFrom: "galley@example.com"}, ""},
		{"IPv6", server.AlertConfig{SMTPURL: "smtp://[::1]:25", SMTPFrom: from}, ""},
		{"no scheme", server.AlertConfig{SMTPURL: "mail.example.com:25", SMTPFrom: from}, "expected smtp://"},
		{"another scheme", server.AlertConfig{SMTPURL: "https://mail.example.com", SMTPFrom: from}, `the scheme is "https"`},
		{"a path", server.AlertConfig{SMTPURL: "smtp://mail.example.com/inbox", SMTPFrom: from}, "expected smtp://"},
		{"a query", server.AlertConfig{SMTPURL: "smtp://mail.example.com?tls=no", SMTPFrom: from}, "expected smtp://"},
		{"a bad port", server.AlertConfig{SMTPURL: "smtp://mail.example.com:70000", SMTPFrom: from}, `the port is "70000"`},
		{"a secret that is not encoded", server.AlertConfig{SMTPURL: "smtp://me:s%cret@mail.example.com", SMTPFrom: from}, "expected smtp://"},
		{"a user without password", server.AlertConfig{SMTPURL: "smtp://me@mail.example.com", SMTPFrom: from}, "needs a password"},
		{"no sender", server.AlertConfig{SMTPURL: "smtp://mail.example.com"}, "bad --smtp-from"},
		{"a bad sender", server.AlertConfig{SMTPURL: "smtp://mail.example.com", SMTPFrom: "a@b\r\nBcc: c@d"}, "bad --smtp-from"},
		{"a sender without server", server.AlertConfig{SMTPFrom: from}, "without --smtp-url"},
		{"a short key", server.AlertConfig{WebhookKey: "short"}, "expected at least 16"},
		{"a CA that is not there", server.AlertConfig{CA: "/nowhere/ca.pem"}, "reading alert CA"},
		{"a CA without certificates", server.AlertConfig{CA: empty}, "has no certificate"},
		{"a public URL", server.AlertConfig{PublicURL: "https://galley.example.com/api/"}, ""},
		{"a public URL without scheme", server.AlertConfig{PublicURL: "galley.example.com"}, "bad --public-url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", DataDir: t.TempDir(), Alerts: c.cfg})
			if err == nil {
				_ = s.Close()
			}
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "cret@")):
				t.Errorf("got %v, want %q and no secret", err, c.want)
			}
		})
	}
}

// logHas is nil if the server has written text.
func logHas(log *servertest.Log, text string) error {
	if !strings.Contains(log.String(), text) {
		return fmt.Errorf("the log has no %q", text)
	}
	return nil
}

func TestTheStartSaysThatMailIsOff(t *testing.T) {
	t.Parallel()
	const words = "mail is off"
	off := servertest.New(t, servertest.Options{})
	servertest.Eventually(t, 10*time.Second, func() error { return logHas(off.Log, words) })
	on := servertest.New(t, servertest.Options{Alerts: server.AlertConfig{SMTPURL: "smtp://localhost", SMTPFrom: "galley@example.com"}})
	servertest.Eventually(t, 10*time.Second, func() error { return logHas(on.Log, "msg=ready") })
	if err := on.Stop(); err != nil || logHas(on.Log, words) == nil {
		t.Errorf("with a mail server: %v\n%s", err, on.Log)
	}
}
