package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// everyKind is a configuration with a resource of each kind, and one with more of them
// than there are requests at a time.
const everyKind = `
variable "endpoint" { type = string }
variable "mode" { default = "fail" }
variable "insecure" { default = false }

provider "galley" {
  endpoint             = var.endpoint
  username             = "` + servertest.Username + `"
  password             = "` + servertest.Password + `"
  on_unreachable       = var.mode
  insecure_skip_verify = var.insecure
}

resource "galley_workspace" "w" {
  count  = 12
  title  = "W ${count.index}"
  broker = { host = { path = "w${count.index}" } }
}

resource "galley_source_file" "f" {
  workspace = galley_workspace.w[0].name
  path      = "a.txt"
  content   = "x"
}

resource "galley_job_type" "say" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "say", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Say",
    description = "s", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60, interface = { command = "true" } } })
}

resource "galley_recipe_type" "say" {
  title = "Say"
  definition = { nodes = { n = { job = {
    name = galley_job_type.say.name, version = galley_job_type.say.version, revision = galley_job_type.say.revision_num
  } } } }
}

resource "galley_recipe" "say" {
  recipe_type = galley_recipe_type.say.name
}

resource "galley_kitchen" "k" {
  name = "k"
}

resource "galley_kitchen_recipe" "say" {
  kitchen     = galley_kitchen.k.name
  name        = "say"
  recipe_type = galley_recipe_type.say.name
  variations  = { default = {} }
}

resource "galley_order" "o" {
  kitchen   = galley_kitchen.k.name
  recipe    = galley_kitchen_recipe.say.name
  variation = "default"
  schedule  = { cron = "0 4 * * *" }
}
`

// inFront is a server that breaks what goes to s.
func inFront(t *testing.T, s *servertest.Server, fault servertest.Fault) http.Handler {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	next := httputil.NewSingleHostReverseProxy(target)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault(w, r, next) })
}

// hang answers nothing until the client gives up.
func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body) // or else nobody notices that the client is gone
	<-r.Context().Done()
}

func page(status int, title string) servertest.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html><head><title>" + title + "</title></head></html>"))
	}
}

func TestAccABackendInTrouble(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	c := providertest.NewCLI(t, everyKind)
	c.MustRun(t, "apply", "-auto-approve", "-var=endpoint="+s.URL)
	plain := func(fault servertest.Fault) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			server := httptest.NewServer(inFront(t, s, fault))
			t.Cleanup(server.Close)
			return server.URL
		}
	}
	secure := func(fault servertest.Fault) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			server := httptest.NewTLSServer(inFront(t, s, fault))
			t.Cleanup(server.Close)
			return server.URL
		}
	}
	through := func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
	redirect := func(to string) servertest.Fault {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}
	tests := map[string]struct {
		endpoint func(*testing.T) string
		more     string
		want     string
	}{
		"down": {func(*testing.T) string {
			server := httptest.NewServer(nil)
			server.Close()
			return server.URL
		}, "", "check that the backend runs and that the endpoint is right"},
		"slow": {plain(hang), "",
			"The backend did not answer in time: a plan waits for 8s"},
		"slow after the login": {plain(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodGet {
				hang(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		}), "", "The backend did not answer in time: a plan waits for 8s"},
		"401": {plain(servertest.Answer(http.StatusUnauthorized)), "", "Check username and password, or token"},
		"403": {plain(servertest.Answer(http.StatusForbidden)), "", "use another one, or ask for the right"},
		"500": {plain(servertest.Answer(http.StatusInternalServerError)), "", "its log tells more"},
		"503": {plain(servertest.Answer(http.StatusServiceUnavailable)), "", "or try again later"},
		"a page of a proxy": {plain(page(http.StatusOK, "Sign in")), "",
			`The answer is a web page ("Sign in"), so it does not come from the backend`},
		"a proxy that does not find the backend": {plain(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodGet {
				page(http.StatusNotFound, "404 Not Found")(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		}), "", `The answer is a web page ("404 Not Found")`},
		"cut": {plain(servertest.ResetConnection), "", "was cut before the answer was complete"},
		"a redirect to a page": {func(t *testing.T) string {
			t.Helper()
			login := httptest.NewServer(inFront(t, s, page(http.StatusOK, "Single sign-on")))
			t.Cleanup(login.Close)
			return plain(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodGet {
					redirect(login.URL)(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			})(t)
		}, "", `The answer is a web page ("Single sign-on")`},
		"a redirect to http":              {secure(redirect(s.URL)), "-var=insecure=true", "Set the endpoint to the right scheme and host"},
		"a certificate that is not known": {secure(through), "", "set ca_cert_pem to the certificate of that authority"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Plans at the same time would configure one provider that is served, each for the others, too.
			c := providertest.CLI{Dir: c.Dir, Environment: append(os.Environ(), providertest.MustServeProvider(t))}
			args := []string{"plan", "-lock=false", "-detailed-exitcode", "-var=endpoint=" + tt.endpoint(t)}
			if tt.more != "" {
				args = append(args, tt.more)
			}
			out, err := c.Command(t, args...).CombinedOutput()
			text := providertest.Plain(string(out))
			if err == nil || strings.Contains(text, "Warning:") || strings.Count(text, "Error:") > 20 {
				t.Errorf("fail: got %v, want one error for each resource at most, and no warning:\n%s", err, out)
			}
			providertest.ExpectWords(t, text, tt.want, `set on_unreachable = "keep" in the provider block`)

			out, err = c.Command(t, append(args, "-var=mode=keep")...).CombinedOutput()
			text = providertest.Plain(string(out))
			if err != nil || strings.Count(text, "Warning:") != 1 {
				t.Errorf("keep: got %v, want no changes and one warning:\n%s", err, out)
			}
			providertest.ExpectWords(t, text, tt.want, "State was not refreshed", "the last known state", "No changes.")
		})
	}
}
