package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// MaxSession bounds how long a login lasts that a token was exchanged for.
const MaxSession = 24 * time.Hour

// entry is one element of the file, which is a list of them.
type entry struct {
	Issuer   string `json:"issuer"`    // https URL, as the claim iss has it
	Audience string `json:"audience"`  // that the claim aud has to have
	JWKSFile string `json:"jwks_file"` // the issuer's keys; empty: by discovery
	CA       string `json:"ca"`        // PEM file; the CA of the issuer beside the system's
	Session  string `json:"session"`   // such as "8h"
	Rules    []Rule `json:"rules"`     // the first that matches wins

	// With a client_id people can log in to the web page at this issuer.
	ClientID         string   `json:"client_id"`
	ClientSecretFile string   `json:"client_secret_file"` // empty: the client has no secret
	Scopes           []string `json:"scopes"`             // beside openid; none: email and profile
	Name             string   `json:"name"`               // for people; empty: the issuer's host
}

// A Rule says whom a token stands for that has the claims: a user, or whoever with a role.
type Rule struct {
	Claims map[string]string `json:"claims"` // values are globs: * is any text
	User   string            `json:"user"`
	Role   string            `json:"role"`
}

// identifying are the claims that say who, or whose, a token is. A rule without one of
// them would let in everybody whom the issuer serves.
func identifying() []string {
	return []string{"sub", "email", "organization", "organization_id", "org_id", "hd", "tid", // various
		"terraform_organization_id", "terraform_organization_name", "terraform_workspace_id", // Terraform Cloud
		"repository", "repository_id", "repository_owner", "repository_owner_id", // GitHub
		"namespace_id", "namespace_path", "project_id", "project_path", // GitLab
	}
}

// Load reads the file at path. Check looks at the names of roles.
func Load(path string, now func() time.Time, checkRole func(string) error) ([]*Issuer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading trust file: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var entries []entry
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf("reading trust file %s: expected a list of issuers: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading trust file %s: something follows after the list", path)
	}
	out := make([]*Issuer, len(entries))
	labels := map[string]int{} // of those that take people, who choose by it
	for i, e := range entries {
		if out[i], err = e.issuer(filepath.Dir(path), now, checkRole); err != nil {
			return nil, fmt.Errorf("trust file %s: issuer %d (%s): %w", path, i+1, e.Issuer, err)
		}
		if !out[i].TakesPeople() {
			continue
		}
		label := out[i].Label()
		if first, isTaken := labels[label]; isTaken {
			return nil, fmt.Errorf("trust file %s: people could not tell issuers %d and %d apart, both are %q: give each a \"name\" of its own",
				path, first+1, i+1, label)
		}
		labels[label] = i
	}
	return out, nil
}

func (e entry) issuer(dir string, now func() time.Time, checkRole func(string) error) (*Issuer, error) {
	u, err := url.Parse(e.Issuer)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("issuer has to be a URL such as https://app.terraform.io")
	}
	if e.Audience == "" {
		return nil, errors.New("audience is missing: name what tokens for this galleyd are issued for")
	}
	session, err := time.ParseDuration(e.Session)
	if err != nil || session < time.Minute || session > MaxSession {
		return nil, fmt.Errorf("session is %q: expected a duration from 1m to 24h, such as \"8h\"", e.Session)
	}
	if len(e.Rules) == 0 {
		return nil, errors.New("rules are missing: without one no token is taken")
	}
	for i, rule := range e.Rules {
		if err := rule.check(checkRole); err != nil {
			return nil, fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	out := &Issuer{entry: e, Session: session, now: now}
	if err := out.readClient(dir); err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if e.CA != "" {
		if roots, err = readCA(beside(dir, e.CA)); err != nil {
			return nil, err
		}
	}
	out.people = newPeopleClient(roots)
	if e.JWKSFile != "" {
		return out, out.useFile(beside(dir, e.JWKSFile))
	}
	out.useDiscovery(roots)
	return out, nil
}

func (r Rule) check(checkRole func(string) error) error {
	if (r.User == "") == (r.Role == "") {
		return errors.New("expected either user or role")
	}
	if r.Role != "" {
		if err := checkRole(r.Role); err != nil {
			return err
		}
	}
	for name, glob := range r.Claims {
		if slices.Contains(identifying(), name) && strings.Trim(glob, "*") != "" {
			return nil
		}
	}
	return fmt.Errorf("it has to name who may come in: claims need a \"sub\" or that of an organization (%s) that is not just \"*\"",
		strings.Join(identifying()[1:], ", "))
}

// matches reports whether all claims are there and fit.
func (r Rule) matches(claims map[string]any) bool {
	for name, glob := range r.Claims {
		value, isThere := textOf(claims[name])
		if !isThere || !match(glob, value) {
			return false
		}
	}
	return true
}

// textOf is a claim as text: strings, numbers and booleans, no lists or objects.
func textOf(claim any) (string, bool) {
	switch v := claim.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// match reports whether text is what glob says; * is any text, also none.
func match(glob, text string) bool {
	parts := strings.Split(glob, "*")
	if len(parts) == 1 {
		return glob == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

func beside(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func readCA(path string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading ca: %w", err)
	}
	if !pool.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("reading ca: %s has no certificate in PEM form", path)
	}
	return pool, nil
}
