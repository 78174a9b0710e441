package server

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	webhookKey       = "webhook-key" // the setting
	webhookKeyPrefix = "galwh_"      // of every key that we make, so that scanners for secrets know it

	submissionPort  = 587 // RFC 6409, with STARTTLS
	submissionsPort = 465 // RFC 8314, TLS from the start
)

// AlertConfig says how alerts of orders are delivered. The zero value sends signed
// webhooks to public addresses, and no e-mail.
type AlertConfig struct {
	SMTPURL              string        // smtp://USER:PASSWORD@HOST:PORT or smtps://…; empty: e-mail alerts fail
	SMTPFrom             string        // sender of e-mails; required with SMTPURL
	WebhookKey           string        // signs webhooks; empty: one that the database keeps
	CA                   string        // PEM file; CAs of mail servers and webhooks beside the system's
	AllowPrivateWebhooks bool          // let webhooks reach this machine and its network
	PublicURL            string        // how others reach this server, for links; empty: no links
	Pause                time.Duration // after the first failed try; 0: a minute
}

// smtp reads SMTPURL and SMTPFrom; nil: mail is off. Errors don't show the URL, which
// may have a password.
func (c AlertConfig) smtp() (*alert.SMTP, error) {
	if c.SMTPURL == "" {
		if c.SMTPFrom != "" {
			return nil, errors.New("--smtp-from is given without --smtp-url: name the mail server, too")
		}
		return nil, nil //nolint:nilnil // no mail server is an ordinary answer
	}
	const expected = "expected smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…, with USER and PASSWORD percent-encoded"
	u, err := url.Parse(c.SMTPURL)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("bad --smtp-url: " + expected)
	}
	out := &alert.SMTP{Host: u.Hostname(), Username: u.User.Username()}
	out.Password, _ = u.User.Password()
	if (out.Username == "") != (out.Password == "") {
		return nil, errors.New("bad --smtp-url: a user needs a password and the other way round; " + expected)
	}
	switch {
	case u.Scheme == "smtps":
		out.Security, out.Port = alert.ImplicitTLS, submissionsPort
	case u.Scheme == "smtp" && isLoopback(out.Host):
		out.Security, out.Port = alert.Plain, submissionPort
	case u.Scheme == "smtp":
		out.Security, out.Port = alert.StartTLS, submissionPort
	default:
		return nil, fmt.Errorf("bad --smtp-url: the scheme is %q; %s", u.Scheme, expected)
	}
	if u.Port() != "" {
		if out.Port, err = strconv.Atoi(u.Port()); err != nil || out.Port < 1 || out.Port > 65535 {
			return nil, fmt.Errorf("bad --smtp-url: the port is %q, expected 1 to 65535", u.Port())
		}
	}
	from, err := mail.ParseAddress(c.SMTPFrom)
	if err != nil {
		return nil, fmt.Errorf("bad --smtp-from %q: expected an address such as galley@example.com or \"Galley <galley@example.com>\": %w",
			c.SMTPFrom, err)
	}
	out.From = *from
	return out, nil
}

// check says what does not fit together.
func (c AlertConfig) check() error {
	if _, err := c.smtp(); err != nil {
		return err
	}
	if c.WebhookKey != "" && len(c.WebhookKey) < alert.MinKey {
		return fmt.Errorf("the webhook key has %d characters: expected at least %d; without one, galleyd makes one and keeps it",
			len(c.WebhookKey), alert.MinKey)
	}
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("bad --public-url %q: expected a URL such as https://galley.example.com", c.PublicURL)
	}
	return nil
}

// newAlerts is what delivers alerts, with the webhook key that all servers of one
// database share.
func newAlerts(ctx context.Context, cfg AlertConfig, version string, st *store.Store, sealer *seal.Sealer) (*alert.Sender, error) {
	smtp, err := cfg.smtp()
	if err != nil {
		return nil, err
	}
	ac := alert.Config{
		SMTP: smtp, AllowPrivateWebhooks: cfg.AllowPrivateWebhooks, PublicURL: cfg.PublicURL, UserAgent: "galleyd/" + version,
	}
	if ac.WebhookKey, err = sharedWebhookKey(ctx, cfg, st, sealer); err != nil {
		return nil, err
	}
	if cfg.CA != "" {
		if ac.RootCAs, err = x509.SystemCertPool(); err != nil {
			return nil, fmt.Errorf("reading the system's certificates: %w", err)
		}
		if err := appendCertificates(ac.RootCAs, cfg.CA, "alert CA"); err != nil {
			return nil, err
		}
	}
	return alert.New(ac)
}

// sharedWebhookKey is the given key, or else the one that the database has; the first
// server makes it.
func sharedWebhookKey(ctx context.Context, cfg AlertConfig, st *store.Store, sealer *seal.Sealer) (string, error) {
	if cfg.WebhookKey != "" {
		return cfg.WebhookKey, nil
	}
	key, err := sealer.InitSetting(ctx, st, webhookKey, webhookKeyPrefix+rand.Text()+rand.Text())
	if err != nil {
		return "", fmt.Errorf("reading the webhook key: %w", err)
	}
	return key, nil
}
