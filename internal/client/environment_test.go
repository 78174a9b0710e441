package client

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigFromEnvironment(t *testing.T) {
	t.Parallel()
	type env map[string]string
	for name, c := range map[string]struct {
		env  env
		want Config
		err  string
	}{
		"nothing": {env{}, Config{}, ""},
		"where": {
			env{"GALLEY_ENDPOINT": "https://x", "GALLEY_ALLOWED_HOSTS": "x, y", "GALLEY_CA_CERT_PEM": "a", "GALLEY_CLIENT_CERT_PEM": "b", "GALLEY_CLIENT_KEY_PEM": "c", "GALLEY_INSECURE_SKIP_VERIFY": "1"},
			Config{Endpoint: "https://x", AllowedHosts: []string{"x", "y"}, CACertPEM: "a", ClientCertPEM: "b", ClientKeyPEM: "c", InsecureSkipVerify: true}, "",
		},
		"how hard": {
			env{"GALLEY_REQUEST_TIMEOUT": "5s", "GALLEY_MAX_RETRIES": "2", "GALLEY_MAX_CONCURRENT_REQUESTS": "3", "GALLEY_MAX_REQUESTS_PER_SECOND": "0.5"},
			Config{RequestTimeout: 5 * time.Second, MaxRetries: 2, MaxConcurrentRequests: 3, MaxRequestsPerSecond: 0.5}, "",
		},
		"no retries":             {env{"GALLEY_MAX_RETRIES": "0"}, Config{MaxRetries: -1}, ""},
		"a user":                 {env{"GALLEY_USERNAME": "a", "GALLEY_PASSWORD": "b", "GALLEY_AUTH_SCHEME": "basic"}, Config{Username: "a", Password: "b", AuthScheme: "basic"}, ""},
		"a token before a user":  {env{"GALLEY_USERNAME": "a", "GALLEY_TOKEN": "t"}, Config{Token: "t"}, ""},
		"the file of a token":    {env{"GALLEY_TOKEN_FILE": "f"}, Config{TokenFile: "f"}, ""},
		"a runner":               {env{"GALLEY_WORKLOAD_IDENTITY": "true", "TFC_WORKLOAD_IDENTITY_TOKEN": " t\n"}, Config{IdentityToken: "t"}, ""},
		"a runner with a tag":    {env{"GALLEY_WORKLOAD_IDENTITY_TAG": "A", "TFC_WORKLOAD_IDENTITY_TOKEN_A": "t"}, Config{IdentityToken: "t"}, ""},
		"a runner's file":        {env{"GALLEY_WORKLOAD_IDENTITY": "true", "GALLEY_TOKEN_FILE": "f"}, Config{IdentityTokenFile: "f"}, ""},
		"a tag, and no identity": {env{"GALLEY_WORKLOAD_IDENTITY": "false", "GALLEY_WORKLOAD_IDENTITY_TAG": "A"}, Config{}, ""},
		"a runner without token": {
			env{"GALLEY_WORKLOAD_IDENTITY": "true"}, Config{},
			`the environment variable TFC_WORKLOAD_IDENTITY_TOKEN is ""; it has to be the token of a workload identity; elsewhere name a file with GALLEY_TOKEN_FILE`,
		},
		"no flag":     {env{"GALLEY_INSECURE_SKIP_VERIFY": "x"}, Config{}, `the environment variable GALLEY_INSECURE_SKIP_VERIFY is "x"; it has to be true or false`},
		"too few":     {env{"GALLEY_MAX_CONCURRENT_REQUESTS": "0"}, Config{}, `the environment variable GALLEY_MAX_CONCURRENT_REQUESTS is "0"; it has to be a whole number of at least 1`},
		"too slow":    {env{"GALLEY_MAX_REQUESTS_PER_SECOND": "NaN"}, Config{}, `the environment variable GALLEY_MAX_REQUESTS_PER_SECOND is "NaN"; it has to be a number above 0`},
		"no duration": {env{"GALLEY_REQUEST_TIMEOUT": "-1s"}, Config{}, `the environment variable GALLEY_REQUEST_TIMEOUT is "-1s"; it has to be a duration above 0 such as "30s" or "PT30S"`},
	} {
		got, err := ConfigFromEnvironment(func(name string) string { return c.env[name] }, time.ParseDuration)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: got %v, want %s", name, err, c.err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
