package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// explain says what to do about a request that got no answer, before the words of the
// network. It leaves alone what explains itself.
func explain(err error, endpoint *url.URL) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if text := explanation(err, endpoint); text != "" {
		return fmt.Errorf("%s (%w)", text, err)
	}
	return err
}

func explanation(err error, endpoint *url.URL) string {
	if text := explainCertificate(err, endpoint); text != "" {
		return text
	}
	host := endpoint.Host
	const check = "check that the backend runs and that the endpoint is right"
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + host + ": " + check
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to " + host + " in the network: check the endpoint, and whether a VPN or a proxy is needed"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection to " + host + " was cut before the answer was complete, at every attempt: look at the log of the " +
			"backend, and at what stands between here and there"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return fmt.Sprintf("there is no host %q: check the endpoint", dns.Name)
	}
	if strings.Contains(err.Error(), "malformed") { // of several types, that net/http does not show
		return "the connection to " + host + " was cut before the answer was complete, or it is no HTTP that is spoken there: " + check
	}
	if _, ok := errors.AsType[*timeoutError](err); ok {
		return host + " did not answer in time: check that the backend runs and is not overloaded, and that the endpoint is right"
	}
	if _, ok := errors.AsType[*blockedError](err); ok {
		return ""
	}
	return host + " cannot be asked: " + check
}

// explainCertificate is about TLS: "" if that is not the matter.
func explainCertificate(err error, endpoint *url.URL) string {
	host := endpoint.Host
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		names := append([]string{}, e.Certificate.DNSNames...)
		for _, ip := range e.Certificate.IPAddresses {
			names = append(names, ip.String())
		}
		return fmt.Sprintf("the certificate of %s is for %s, not for %s: set the endpoint to a name of the certificate, or have one made "+
			"for this name", host, orNone(names), e.Host)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if e.Reason == x509.Expired {
			return fmt.Sprintf("the certificate of %s is good from %s to %s only: renew it, or set the clock of this machine", host,
				e.Cert.NotBefore.Format(time.DateOnly), e.Cert.NotAfter.Format(time.DateOnly))
		}
		return "the certificate of " + host + " is not good for a server: have another one made"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate of " + host + " is signed by an authority that this machine does not know: set ca_cert_pem to the " +
			"certificate of that authority"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		return host + " does not speak https: set the endpoint to http://" + host + ", or to the port of https"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" {
		return host + " refuses this client in the TLS handshake: check client_cert_pem and client_key_pem"
	}
	return ""
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "no name at all"
	}
	return strings.Join(names, ", ")
}
