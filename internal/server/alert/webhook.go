package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
)

// Headers of a webhook.
const (
	SignatureHeader = "Galley-Signature" // t=<seconds since 1970>,v1=<Sign>
	IDHeader        = "Galley-Alert-Id"  // Message.ID
	EventHeader     = "Galley-Event"     // Message.Event
)

const (
	maxAnswer       = 64 << 10 // bytes that are read of an answer, and of its headers
	idleConnections = 10 * time.Second
)

// webhook sends messages to https addresses.
type webhook struct {
	key       []byte
	userAgent string
	client    *http.Client
	now       func() time.Time
}

func newWebhook(cfg Config) *webhook {
	dialer := &net.Dialer{Timeout: cfg.Timeout}
	if !cfg.AllowPrivateWebhooks {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return checkAddress(address) }
	}
	return &webhook{
		key: []byte(cfg.WebhookKey), userAgent: cfg.UserAgent, now: time.Now,
		client: &http.Client{
			Timeout: cfg.Timeout,
			// A redirect could lead anywhere, also to where nothing may be sent.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{ // without a proxy, which would resolve names out of sight
				DialContext:            dialer.DialContext,
				TLSClientConfig:        &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
				ForceAttemptHTTP2:      true,
				MaxResponseHeaderBytes: maxAnswer,
				IdleConnTimeout:        idleConnections,
				DisableCompression:     true,
			},
		},
	}
}

// Sign is the v1 of a signature: the HMAC-SHA256, with key, of the seconds since 1970, a
// dot and the body, in hex.
func Sign(key []byte, seconds int64, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%d.", seconds)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// written is m in the format of its destination.
func written(m Message, to order.Destination) any {
	switch to.Format {
	case order.SlackFormat:
		return slack(m)
	case order.TeamsFormat:
		return teams(m)
	case order.PagerDutyFormat:
		return pagerDuty(m, to.Key)
	default:
		return m
	}
}

// encode writes JSON as it is read by people, too: with < and & as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// send posts m. Any answer of 200 to 299 takes it; 410 refuses it for good.
func (w *webhook) send(ctx context.Context, m Message, to order.Destination) error {
	destination := to.To
	body, err := encode(written(m, to))
	if err != nil {
		return final(fmt.Errorf("writing the message: %w", err))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, destination, bytes.NewReader(body))
	if err != nil {
		return final(fmt.Errorf("reading the URL: %w", withoutURL(err)))
	}
	now := w.now().Unix()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", w.userAgent)
	req.Header.Set(IDHeader, m.ID)
	req.Header.Set(EventHeader, string(m.Event))
	req.Header.Set(SignatureHeader, "t="+strconv.FormatInt(now, 10)+",v1="+Sign(w.key, now, body))
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("posting to %s: %w", Place(destination), withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // so that the connection can serve again
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode <= 299:
		return nil
	case resp.StatusCode == http.StatusGone:
		return final(fmt.Errorf("%s answered 410 Gone: the webhook is no more", Place(destination)))
	case resp.StatusCode >= 300 && resp.StatusCode <= 399:
		return fmt.Errorf("%s answered %s; redirects are not followed: name the address that it leads to",
			Place(destination), status(resp))
	default:
		return fmt.Errorf("%s answered %s, expected 200 to 299", Place(destination), status(resp))
	}
}

// status is the answer's status in our words: its own text could be anything.
func status(resp *http.Response) string {
	return fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
}

// withoutURL is err without the URL that net/http puts in front.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
