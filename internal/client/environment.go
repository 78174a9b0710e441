package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// EnvName is the environment variable of a setting that has the name of an argument of the
// provider block: GALLEY_CA_CERT_PEM for ca_cert_pem.
func EnvName(argument string) string { return "GALLEY_" + strings.ToUpper(argument) }

// RunnerToken is where Terraform Cloud has the token of a run; with a tag: RunnerToken_<TAG>.
const RunnerToken = "TFC_WORKLOAD_IDENTITY_TOKEN"

// SettingError says which variable of the environment cannot be read.
type SettingError struct{ Name, Value, Want string }

// Error implements error.
func (e *SettingError) Error() string {
	return fmt.Sprintf("the environment variable %s is %q; it has to be %s", e.Name, e.Value, e.Want)
}

// ConfigFromEnvironment is the Config that the environment describes, in the variables of the
// provider: a token goes before a user, and with a workload identity the file of a token is
// that of the issuer's. parse reads durations. Its error is a *SettingError.
func ConfigFromEnvironment(getenv func(string) string, parse func(string) (time.Duration, error)) (Config, error) {
	e := environment{getenv: getenv}
	cfg := Config{
		Endpoint: e.text("endpoint"), AuthScheme: e.text("auth_scheme"),
		CACertPEM: e.text("ca_cert_pem"), ClientCertPEM: e.text("client_cert_pem"), ClientKeyPEM: e.text("client_key_pem"),
		InsecureSkipVerify:    e.flag("insecure_skip_verify"),
		MaxConcurrentRequests: e.integer("max_concurrent_requests", 1),
		MaxRetries:            e.integer("max_retries", 0),
		MaxRequestsPerSecond:  e.number("max_requests_per_second"),
		RequestTimeout:        e.duration("request_timeout", parse),
	}
	if cfg.MaxRetries == 0 && e.text("max_retries") != "" {
		cfg.MaxRetries = -1 // none, as 0 is the default
	}
	if hosts := e.text("allowed_hosts"); hosts != "" {
		for host := range strings.SplitSeq(hosts, ",") {
			cfg.AllowedHosts = append(cfg.AllowedHosts, strings.TrimSpace(host))
		}
	}
	e.credentials(&cfg)
	return cfg, e.err
}

// environment reads settings; its error is the first.
type environment struct {
	getenv func(string) string
	err    error
}

func (e *environment) text(name string) string { return e.getenv(EnvName(name)) }

func (e *environment) invalid(name, want string) {
	if e.err == nil {
		e.err = &SettingError{EnvName(name), e.text(name), want}
	}
}

func (e *environment) flag(name string) bool {
	s := e.text(name)
	if s == "" {
		return false
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		e.invalid(name, "true or false")
	}
	return b
}

func (e *environment) integer(name string, low int) int {
	s := e.text(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low {
		e.invalid(name, fmt.Sprintf("a whole number of at least %d", low))
	}
	return n
}

func (e *environment) number(name string) float64 {
	s := e.text(name)
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) {
		e.invalid(name, "a number above 0")
	}
	return f
}

func (e *environment) duration(name string, parse func(string) (time.Duration, error)) time.Duration {
	s := e.text(name)
	if s == "" {
		return 0
	}
	d, err := parse(s)
	if err != nil || d <= 0 {
		e.invalid(name, "a duration above 0 such as \"30s\" or \"PT30S\"")
	}
	return d
}

// credentials are those of every way that the environment names; New refuses more than one.
func (e *environment) credentials(cfg *Config) {
	isIdentity, tag := e.flag("workload_identity"), e.text("workload_identity_tag")
	if e.text("workload_identity") == "" {
		isIdentity = tag != ""
	}
	if cfg.Token = e.text("token"); cfg.Token == "" {
		cfg.Username, cfg.Password = e.text("username"), e.text("password")
	}
	file := e.text("token_file")
	if !isIdentity {
		cfg.TokenFile = file
		return
	}
	if cfg.IdentityTokenFile = file; file != "" {
		return
	}
	variable := RunnerToken
	if tag != "" {
		variable += "_" + tag
	}
	if cfg.IdentityToken = strings.TrimSpace(e.getenv(variable)); cfg.IdentityToken == "" && e.err == nil {
		e.err = &SettingError{variable, "", "the token of a workload identity; elsewhere name a file with " + EnvName("token_file")}
	}
}
