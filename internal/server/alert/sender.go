package alert

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// defaultTimeout bounds a webhook, and each step of a conversation with a mail server.
const defaultTimeout = 10 * time.Second

// Config says how a Sender sends. The zero value sends webhooks without a signature's
// key, which New refuses, so WebhookKey is required.
type Config struct {
	SMTP                 *SMTP          // nil: mail is off, and every e-mail fails
	WebhookKey           string         // of the signatures; at least MinKey characters
	AllowPrivateWebhooks bool           // also to addresses that only this machine or network can reach
	RootCAs              *x509.CertPool // of web and mail servers; nil: the system's
	PublicURL            string         // how others reach this server, for links; empty: no links
	UserAgent            string         // of webhooks
	Timeout              time.Duration  // 0: 10 s
}

// MinKey is the least length of a webhook key, in characters.
const MinKey = 16

// Sender sends messages. Its methods may be called at the same time.
type Sender struct {
	cfg  Config
	mail *mailer // nil: off
	hook *webhook
}

// New makes a Sender. It connects to nothing.
func New(cfg Config) (*Sender, error) {
	if len(cfg.WebhookKey) < MinKey {
		return nil, fmt.Errorf("the webhook key has %d characters: give at least %d, better 32 random ones", len(cfg.WebhookKey), MinKey)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	s := &Sender{cfg: cfg, hook: newWebhook(cfg)}
	if cfg.SMTP != nil {
		s.mail = newMailer(cfg)
	}
	return s, nil
}

// errMailOff is why e-mails fail without Config.SMTP.
var errMailOff = errors.New("mail is off: start galleyd with --smtp-url and --smtp-from (GALLEYD_SMTP_URL, GALLEYD_SMTP_FROM)")

// CheckMail finds out whether the mail server takes us, without sending anything. Off without Config.SMTP.
func (s *Sender) CheckMail(ctx context.Context) (off bool, err error) {
	if s.mail == nil {
		return true, nil
	}
	return false, s.mail.greet(ctx)
}

// Send tries once to send m to a destination (order.ReadDestination). Nil
// means that the other side has taken it. If Final says so of the error, another try
// would end in the same way. Ctx bounds the whole try.
func (s *Sender) Send(ctx context.Context, m Message, destination string) error {
	to, p := order.ReadDestination(destination)
	if p != nil {
		return final(errors.New(p.Message))
	}
	m = s.linked(m)
	switch {
	case to.Format != order.MailFormat:
		return s.hook.send(ctx, m, to)
	case s.mail == nil:
		return final(errMailOff)
	default:
		return s.mail.send(ctx, m, to.To)
	}
}

// linked is m with what leads on from it.
func (s *Sender) linked(m Message) Message {
	if m.RecipeID != nil && s.cfg.PublicURL != "" {
		m.URL = fmt.Sprintf("%s/ui/recipes/%d", strings.TrimSuffix(s.cfg.PublicURL, "/"), *m.RecipeID)
	}
	if m.Event == order.RunError && m.RecipeID != nil {
		m.Resume = "galley runs resume " + m.OrderRunID
	}
	m.Digest = slices.Clone(m.Digest)
	for i, d := range m.Digest {
		m.Digest[i] = s.linked(d)
	}
	return m
}

// Place is a destination for logs: of a URL only the host, as its path is often a secret.
func Place(destination string) string {
	if !isURL(destination) {
		return destination
	}
	if u, err := url.Parse(destination); err == nil {
		return u.Scheme + "://" + u.Host
	}
	return "a URL that cannot be read"
}

func isURL(destination string) bool { return strings.Contains(destination, "://") }

// finalError is an error that will come again.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

func final(err error) error { return finalError{err} }

// Final says whether a Send that ended in err would end so again.
func Final(err error) bool {
	_, ok := errors.AsType[finalError](err)
	return ok
}
