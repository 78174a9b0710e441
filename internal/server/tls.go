package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

// newTLSConfig is nil without a certificate. The files are read again when they
// change, so that a renewed certificate needs no restart.
func newTLSConfig(cfg Config) (*tls.Config, error) {
	if cfg.TLSCert == "" {
		return nil, nil
	}
	keyPair := &keyPair{certFile: cfg.TLSCert, keyFile: cfg.TLSKey}
	if _, err := keyPair.get(nil); err != nil {
		return nil, err
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: cipherSuites(), GetCertificate: keyPair.get, NextProtos: []string{"h2", "http/1.1"}}
	if cfg.ClientCA != "" {
		out.ClientCAs = x509.NewCertPool()
		if err := appendCertificates(out.ClientCAs, cfg.ClientCA, "client CA"); err != nil {
			return nil, err
		}
		out.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return out, nil
}

// cipherSuites are those of TLS 1.2 that are authenticated encryption with forward secrecy:
// none with CBC. Those of TLS 1.3 all are.
func cipherSuites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// checkKeyFile refuses a key that others than its owner can read, as the secret key is.
func checkKeyFile(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("others can read the TLS key %s: its mode is %#o, expected 0600", file, mode)
	}
	return nil
}

// appendCertificates adds those of a PEM file; what is how errors call it.
func appendCertificates(pool *x509.CertPool, file, what string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	if !pool.AppendCertsFromPEM(raw) {
		return fmt.Errorf("reading %s: %s has no certificate in PEM form", what, file)
	}
	return nil
}

func newTLSListener(l net.Listener, cfg *tls.Config) net.Listener { return tls.NewListener(l, cfg) }

// keyPair is a certificate whose files may change.
type keyPair struct {
	certFile, keyFile string

	mu      sync.Mutex
	cert    *tls.Certificate
	changed [2]time.Time // of the files, when they were read
}

// get is the certificate as the files have it. While they don't fit together (one is
// renewed, the other not yet), the old one goes on.
func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var changed [2]time.Time
	var statErr error
	for i, name := range []string{k.certFile, k.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			statErr = errors.Join(statErr, err)
			continue
		}
		changed[i] = info.ModTime()
	}
	if k.cert != nil && (statErr != nil || changed == k.changed) {
		return k.cert, nil
	}
	if statErr != nil {
		return nil, fmt.Errorf("reading TLS certificate: %w", statErr)
	}
	var cert tls.Certificate
	err := checkKeyFile(k.keyFile)
	if err == nil {
		cert, err = tls.LoadX509KeyPair(k.certFile, k.keyFile)
	}
	if err != nil {
		if k.cert != nil {
			return k.cert, nil
		}
		return nil, fmt.Errorf("reading TLS certificate: %w", err)
	}
	k.cert, k.changed = &cert, changed
	return k.cert, nil
}
