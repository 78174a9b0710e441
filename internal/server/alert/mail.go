package alert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// Security is how a conversation with a mail server is kept private.
type Security int

// The kinds of Security.
const (
	StartTLS    Security = iota // begins in the clear and goes no further without STARTTLS
	ImplicitTLS                 // TLS from the first byte
	Plain                       // none; for servers on this machine
)

// SMTP is the server that takes our mail.
type SMTP struct {
	Host               string
	Port               int
	Security           Security
	Username, Password string // both empty: no login
	From               mail.Address
}

// mailer sends messages as e-mails.
type mailer struct {
	smtp SMTP
	cfg  Config
}

func newMailer(cfg Config) *mailer { return &mailer{smtp: *cfg.SMTP, cfg: cfg} }

// send hands m to the mail server. A recipient or a message that the server refuses for
// good (5xx) is final; a login or a sender that it refuses is not, as the one who runs
// galleyd can mend that.
func (m *mailer) send(ctx context.Context, msg Message, to string) error {
	letter, plainASCII, err := m.letter(msg, to)
	if err != nil {
		return final(err)
	}
	client, err := m.client(ctx, plainASCII)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() {
		return nil // whatever went wrong afterwards, the server has it
	}
	if ctxErr := context.Cause(ctx); err != nil && ctxErr != nil {
		err = errors.Join(ctxErr, err)
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok && e.ErrorCode() >= 500 {
		switch e.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			err = final(err)
		}
	}
	if err != nil {
		return fmt.Errorf("handing the mail to %s: %w", m.smtp.Host, err)
	}
	return nil
}

// greet makes a conversation with the mail server, login and all, without a mail.
func (m *mailer) greet(ctx context.Context) error {
	client, err := m.client(ctx, true)
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("talking to the mail server %s: %w", m.smtp.Host, err)
	}
	return client.Close()
}

// letter writes the e-mail, and says whether its addresses are all ASCII.
func (m *mailer) letter(msg Message, to string) (*gomail.Msg, bool, error) {
	recipient, err := address(to)
	if err != nil {
		return nil, false, err
	}
	from := m.smtp.From
	_, domain, _ := strings.Cut(from.Address, "@")
	l := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	l.FromMailAddress(&from)
	l.ToMailAddress(recipient)
	l.Subject(subject(msg))
	l.SetDateWithValue(msg.Time)
	l.SetMessageIDWithValue(msg.ID + "@" + domain)
	l.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	l.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same for Exchange
	l.SetGenHeader(EventHeader, string(msg.Event))
	l.SetBodyString(gomail.TypeTextPlain, body(msg))
	return l, isASCII(from.Address) && isASCII(recipient.Address), nil
}

// address reads an e-mail address. Its domain goes out in ASCII (IDNA), which every
// server understands; a local part beyond ASCII needs one with SMTPUTF8.
func address(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("reading the address %q: %w", text, err)
	}
	at := strings.LastIndexByte(a.Address, '@')
	domain := a.Address[at+1:]
	if isASCII(domain) {
		return a, nil
	}
	if domain, err = idna.Lookup.ToASCII(domain); err != nil {
		return nil, fmt.Errorf("reading the domain of the address %q: %w", text, err)
	}
	a.Address = a.Address[:at+1] + domain
	return a, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// client prepares one conversation, which ends with ctx.
func (m *mailer) client(ctx context.Context, plainASCII bool) (*gomail.Client, error) {
	secure := &tls.Config{ServerName: m.smtp.Host, RootCAs: m.cfg.RootCAs, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(m.smtp.Port), gomail.WithTimeout(m.cfg.Timeout), gomail.WithTLSConfig(secure), gomail.WithoutNoop(),
		gomail.WithDialContextFunc(func(dialing context.Context, network, addr string) (net.Conn, error) {
			return m.dial(ctx, dialing, network, addr, secure)
		}),
	}
	switch m.smtp.Security {
	case ImplicitTLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if m.smtp.Username != "" {
		// The library refuses PLAIN and LOGIN without TLS, except on this machine.
		options = append(options, gomail.WithUsername(m.smtp.Username), gomail.WithPassword(m.smtp.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin,
				gomail.SMTPAuthCramMD5))
	}
	if plainASCII {
		// Asked for without need, SMTPUTF8 makes the next server without it refuse the mail.
		options = append(options, gomail.WithoutSMTPUTF8())
	}
	client, err := gomail.NewClient(m.smtp.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing mail: %w", err)
	}
	return client, nil
}

// dial connects and lets go of the connection when ctx ends: the library itself heeds a
// context only while it connects.
func (m *mailer) dial(ctx, dialing context.Context, network, addr string, secure *tls.Config) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(dialing, network, addr)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	if m.smtp.Security != ImplicitTLS {
		return conn, nil
	}
	wrapped := tls.Client(conn, secure)
	if err := wrapped.HandshakeContext(dialing); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return wrapped, nil
}
