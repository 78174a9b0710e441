package alert_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/alert/alerttest"
)

// text is the body of a mail.
func text(t *testing.T, m alerttest.Mail) string {
	t.Helper()
	if m.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
		t.Fatalf("encoding is %q", m.Header.Get("Content-Transfer-Encoding"))
	}
	_, raw, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	decoded, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(decoded), "\r\n", "\n")
}

func onlyMail(t *testing.T, m *alerttest.MailServer) alerttest.Mail {
	t.Helper()
	mails := m.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails came, want 1", len(mails))
	}
	return mails[0]
}

func decodeHeader(t *testing.T, s string) string {
	t.Helper()
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func TestMailOfAFailure(t *testing.T) {
	t.Parallel()
	server := alerttest.NewMailServer(t, alerttest.MailOptions{})
	if err := mailing(t, server, nil).Send(t.Context(), message(order.RunError), "cook@example.com"); err != nil {
		t.Fatal(err)
	}
	m := onlyMail(t, server)
	got := map[string]string{"envelope": m.From + " > " + m.To}
	for _, name := range []string{"To", "Subject", "Message-Id", "Date", "Auto-Submitted", "Galley-Event", "Content-Type"} {
		got[name] = decodeHeader(t, m.Header.Get(name))
	}
	want := map[string]string{
		"envelope": "galley@example.com > cook@example.com", "To": "<cook@example.com>",
		"Subject":    "[Galley] daily (full) in prod has failed",
		"Message-Id": "<run-1-7@example.com>", "Date": "Fri, 02 Jan 2026 03:05:35 +0000", "Auto-Submitted": "auto-generated",
		"Galley-Event": "orderrunError", "Content-Type": "text/plain; charset=UTF-8",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	from, err := m.Header.AddressList("From")
	if diff := cmp.Diff([]*mail.Address{{Name: "Küche, Galley", Address: "galley@example.com"}}, from); diff != "" || err != nil {
		t.Errorf("From: %v (-want +got):\n%s", err, diff)
	}
	const wantText = `The run of the recipe "daily", variation "full", in the kitchen "prod" has failed.

Status:     SERVING_ERROR
Scheduled:  2026-01-02 03:04:05 UTC
Started:    2026-01-02 03:04:05 UTC
Ended:      2026-01-02 03:05:35 UTC (after 1m30s)
Allowed:    1m0s
Order run:  run-1
Order:      order-1
Recipe id:  12

Failed nodes:
  - outer/count: Bad input (data; job 5): line 3 is empty
      | reading 3 lines
      | line 3 is empty
  - pack: unknown (job; job 6)
  and 1 more

What to do: read the logs of the failed nodes, mend the cause, and resume the run:

  galley runs resume run-1

Nodes that completed are not run again.

You get this because the alerts of the kitchen, or the variables email or alert_destinations of the
order, name this address.
`
	if diff := cmp.Diff(wantText, text(t, m)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestEachEventHasItsWords(t *testing.T) {
	t.Parallel()
	server := alerttest.NewMailServer(t, alerttest.MailOptions{})
	s := mailing(t, server, nil)
	for _, e := range order.Events() {
		if err := s.Send(t.Context(), message(e), "cook@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range server.Mails() {
		_, advice, _ := strings.Cut(text(t, m), "What to do: ")
		advice, _, _ = strings.Cut(advice, "\n")
		got = append(got, m.Header.Get("Subject")+": "+advice)
	}
	want := []string{
		"[Galley] daily (full) in prod has started: nothing.",
		"[Galley] daily (full) in prod needed several tries: read the logs of the jobs that were tried again, and mend the cause before they fail.",
		"[Galley] daily (full) in prod takes longer than allowed: see which node is still running (galley runs show run-1); stop the run if it hangs:",
		"[Galley] daily (full) in prod has completed: nothing.",
		"[Galley] daily (full) in prod has failed: read the logs of the failed nodes, mend the cause, and resume the run:",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("subjects and advice (-want +got):\n%s", diff)
	}
}

func TestARunThatCouldNotStartSaysWhy(t *testing.T) {
	t.Parallel()
	server := alerttest.NewMailServer(t, alerttest.MailOptions{})
	m := message(order.RunError)
	m.RecipeID, m.Started, m.Ended, m.FailedNodes, m.FailedNodeCount = nil, nil, nil, nil, 0
	m.Error = "input.json.day: found 3\nexpected a text"
	if err := mailing(t, server, nil).Send(t.Context(), m, "cook@example.com"); err != nil {
		t.Fatal(err)
	}
	const want = "\nThe run could not start: input.json.day: found 3 expected a text\n\nWhat to do: correct what the error names"
	if got := text(t, onlyMail(t, server)); !strings.Contains(got, want) {
		t.Errorf("text is\n%s\nwant within it\n%s", got, want)
	}
}

func TestNamesCannotInjectHeaders(t *testing.T) {
	t.Parallel()
	server := alerttest.NewMailServer(t, alerttest.MailOptions{})
	m := message(order.RunSuccess)
	m.Kitchen = "prod\r\nBcc: thief@example.com\r\n\r\nhello\u2028x"
	m.Variation = "\x00\x1b[31m"
	if err := mailing(t, server, nil).Send(t.Context(), m, "cook@example.com"); err != nil {
		t.Fatal(err)
	}
	got := onlyMail(t, server)
	if got.Header.Get("Bcc") != "" || got.To != "cook@example.com" {
		t.Errorf("a header was injected:\n%s", got.Raw)
	}
	if subject := decodeHeader(t, got.Header.Get("Subject")); strings.ContainsAny(subject, "\r\n\x00\x1b\u2028") ||
		!strings.Contains(subject, "Bcc: thief@example.com hello x") {
		t.Errorf("subject is %q", subject)
	}
}

func TestLongSubjectsAreCut(t *testing.T) {
	t.Parallel()
	server := alerttest.NewMailServer(t, alerttest.MailOptions{})
	m := message(order.RunSuccess)
	m.Recipe = strings.Repeat("crème brûlée ", 100)
	if err := mailing(t, server, nil).Send(t.Context(), m, "cook@example.com"); err != nil {
		t.Fatal(err)
	}
	got := onlyMail(t, server)
	subject := decodeHeader(t, got.Header.Get("Subject"))
	if utf8.RuneCountInString(subject) != 160 || !strings.HasPrefix(subject, "[Galley] crème brûlée crème") || !strings.HasSuffix(subject, "…") {
		t.Errorf("subject has %d characters: %q", utf8.RuneCountInString(subject), subject)
	}
	for _, line := range strings.Split(string(got.Raw), "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line has %d bytes, the limit of mail is 998", len(line))
		}
	}
}

func TestAddressesBeyondASCII(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, to, want string
		utf8           bool
	}{
		{"a domain goes out in ASCII", "cook@küche.example", "cook@xn--kche-0ra.example", false},
		{"a local part needs SMTPUTF8", "köchin@example.com", "köchin@example.com", true},
		{"ASCII does not ask for SMTPUTF8", "cook@example.com", "cook@example.com", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := alerttest.NewMailServer(t, alerttest.MailOptions{UTF8: true})
			if err := mailing(t, server, nil).Send(t.Context(), message(order.RunStart), c.to); err != nil {
				t.Fatal(err)
			}
			if m := onlyMail(t, server); m.To != c.want || m.UTF8 != c.utf8 {
				t.Errorf("went to %q, SMTPUTF8 %v; want %q, %v", m.To, m.UTF8, c.want, c.utf8)
			}
		})
	}
}

func TestMailIsEncrypted(t *testing.T) {
	t.Parallel()
	const user, password = "galley", "geheim"
	for _, c := range []struct {
		name     string
		server   alerttest.MailOptions
		security alert.Security
		password string
		want     string // of the error
		tls      bool
	}{
		{"STARTTLS", alerttest.MailOptions{StartTLS: true}, alert.StartTLS, password, "", true},
		{"TLS from the start", alerttest.MailOptions{ImplicitTLS: true}, alert.ImplicitTLS, password, "", true},
		{"in the clear on this machine", alerttest.MailOptions{}, alert.Plain, password, "", false},
		{"no STARTTLS, no mail", alerttest.MailOptions{}, alert.StartTLS, password, "STARTTLS", false},
		{"a wrong password", alerttest.MailOptions{StartTLS: true}, alert.StartTLS, "guess", "AUTH failed", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.server.Username, c.server.Password = user, password
			server := alerttest.NewMailServer(t, c.server)
			s := mailing(t, server, func(smtp *alert.SMTP) {
				smtp.Security, smtp.Username, smtp.Password = c.security, user, c.password
			})
			err := s.Send(t.Context(), message(order.RunStart), "cook@example.com")
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || alert.Final(err) || strings.Contains(err.Error(), c.password) {
					t.Errorf("got %v, want a passing error with %q and without the password", err, c.want)
				}
				if n := len(server.Mails()); n != 0 {
					t.Errorf("%d mails came", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m := onlyMail(t, server); m.TLS != c.tls || m.Login != user {
				t.Errorf("TLS %v, login %q", m.TLS, m.Login)
			}
		})
	}
}

func TestAMailServerMustShowItsCertificate(t *testing.T) {
	t.Parallel()
	for name, security := range map[string]alert.Security{"STARTTLS": alert.StartTLS, "TLS": alert.ImplicitTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := alerttest.NewMailServer(t, alerttest.MailOptions{StartTLS: name == "STARTTLS", ImplicitTLS: name == "TLS"})
			server.CA = nil // the system's does not know it
			s := mailing(t, server, func(smtp *alert.SMTP) { smtp.Security = security })
			err := s.Send(t.Context(), message(order.RunStart), "cook@example.com")
			if err == nil || !strings.Contains(err.Error(), "certificate") || alert.Final(err) {
				t.Errorf("got %v, want a passing error about the certificate", err)
			}
		})
	}
}

func TestWhatAMailServerRefusesForGoodIsFinal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		err   error
		final bool
	}{
		{"550 no such user", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}, true},
		{"450 mailbox busy", &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "busy"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := alerttest.NewMailServer(t, alerttest.MailOptions{})
			server.Refuse = func(string) error { return c.err }
			err := mailing(t, server, nil).Send(t.Context(), message(order.RunStart), "cook@example.com")
			if err == nil || alert.Final(err) != c.final {
				t.Errorf("got %v, final %v, want %v", err, alert.Final(err), c.final)
			}
		})
	}
}

// TestAMailServerThatHangsUp: once it has taken the mail, the rest of the conversation
// does not matter; to send it again would be wrong.
func TestAMailServerThatHangsUp(t *testing.T) {
	t.Parallel()
	server := alerttest.NewMailServer(t, alerttest.MailOptions{HangUp: true})
	if err := mailing(t, server, nil).Send(t.Context(), message(order.RunStart), "cook@example.com"); err != nil {
		t.Error(err)
	}
	onlyMail(t, server)
}

// TestAMailServerThatSaysNothing: the whole conversation ends with the context, also
// when the server has taken the connection.
func TestAMailServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := errors.New("enough")
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		cancel(stop)
		_, _ = io.Copy(io.Discard, conn) // until the sender lets go
	}()
	s := mustNew(t, alert.Config{Timeout: time.Hour, SMTP: &alert.SMTP{Host: "127.0.0.1",
		Port: listener.Addr().(*net.TCPAddr).Port, Security: alert.Plain, From: mail.Address{Address: "galley@example.com"}}})
	if err := s.Send(ctx, message(order.RunStart), "cook@example.com"); !errors.Is(err, stop) || alert.Final(err) {
		t.Errorf("got %v, want %v", err, stop)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	s := mailing(t, &alerttest.MailServer{Port: port}, nil)
	if err := s.Send(t.Context(), message(order.RunStart), "cook@example.com"); err == nil || alert.Final(err) {
		t.Errorf("got %v, want an error that passes", err)
	}
}

func TestMailIsOff(t *testing.T) {
	t.Parallel()
	s := mustNew(t, alert.Config{Timeout: time.Second})
	err := s.Send(t.Context(), message(order.RunStart), "cook@example.com")
	if !alert.Final(err) || !strings.Contains(err.Error(), "--smtp-url") {
		t.Errorf("got %v, want a final error that names --smtp-url", err)
	}
}
