package alerttest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"net/mail"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mail is an e-mail that a MailServer has taken.
type Mail struct {
	From, To string // of the envelope
	UTF8     bool   // it was sent with SMTPUTF8
	TLS      bool
	Login    string // username; empty: none
	Header   mail.Header
	Raw      []byte
}

// MailServer takes mail. Set the exported members before the first one comes.
type MailServer struct {
	Port int
	CA   *x509.CertPool
	// Refuse gives the answer to a recipient; nil, or nothing set, takes the mail.
	Refuse func(to string) error

	mu    sync.Mutex
	mails []Mail
}

// MailOptions say how a MailServer differs from one without TLS and login.
type MailOptions struct {
	StartTLS, ImplicitTLS bool
	UTF8                  bool   // offer SMTPUTF8
	HangUp                bool   // go away as soon as a mail is taken
	Username, Password    string // to be asked for
}

// NewMailServer starts a mail server that stops with the test.
func NewMailServer(t testing.TB, opts MailOptions) *MailServer {
	t.Helper()
	m := &MailServer{}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		session := &session{server: m, conn: c, opts: opts}
		if opts.Username == "" {
			return open{session}, nil
		}
		return session, nil
	}))
	s.Domain, s.EnableSMTPUTF8, s.AllowInsecureAuth = "mail.example.com", opts.UTF8, true
	s.ErrorLog = silent{}
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Port = listener.Addr().(*net.TCPAddr).Port
	if opts.StartTLS || opts.ImplicitTLS {
		config, ca := certificate(t)
		m.CA = ca
		if opts.ImplicitTLS {
			listener = tls.NewListener(listener, config)
		} else {
			s.TLSConfig = config
		}
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("mail server: %v", err)
		}
	})
	return m
}

// certificate is that of net/http/httptest, which is good for 127.0.0.1.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	ca := x509.NewCertPool()
	ca.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, ca
}

// Mails are those taken so far.
func (m *MailServer) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail(nil), m.mails...)
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// open is a session that offers no login.
type open struct{ smtp.Session }

type session struct {
	server *MailServer
	conn   *smtp.Conn
	opts   MailOptions
	mail   Mail
	login  string
}

func (s *session) Reset() {
	if s.opts.HangUp && s.mail.Raw != nil {
		_ = s.conn.Conn().Close() // its own Close would wait for us
	}
	s.mail = Mail{}
}

func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != s.opts.Username || password != s.opts.Password {
			return smtp.ErrAuthFailed
		}
		s.login = username
		return nil
	}), nil
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if s.opts.Username != "" && s.login == "" {
		return smtp.ErrAuthRequired
	}
	_, isTLS := s.conn.TLSConnectionState()
	s.mail = Mail{From: from, UTF8: o.UTF8, TLS: isTLS, Login: s.login}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = to
	if s.server.Refuse != nil {
		return s.server.Refuse(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	s.mail.Raw, s.mail.Header = raw, parsed.Header
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}
