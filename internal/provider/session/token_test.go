package session_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const sessionTokenType = "galley_session_token"

// open opens a session token. It returns the result, what closes it, and the errors.
func open(t *testing.T, p providertest.Protocol, config string) (result any, end func() []*tfprotov6.Diagnostic, errors []string) {
	t.Helper()
	kind := p.Schemas.EphemeralResourceSchemas[sessionTokenType].ValueType()
	opened, err := p.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: sessionTokenType, Config: providertest.MustEncode(t, kind, config),
	})
	if err != nil {
		t.Fatal(err)
	}
	end = func() []*tfprotov6.Diagnostic {
		t.Helper()
		closed, err := p.CloseEphemeralResource(t.Context(), &tfprotov6.CloseEphemeralResourceRequest{
			TypeName: sessionTokenType, Private: opened.Private,
		})
		if err != nil {
			t.Fatal(err)
		}
		return closed.Diagnostics
	}
	return providertest.MustDecode(t, kind, opened.Result), end, providertest.Problems(opened.Diagnostics)
}

// statusOf is what the server answers to somebody with that token.
func statusOf(t *testing.T, s *servertest.Server, token string) error {
	t.Helper()
	c, err := client.New(client.Config{Endpoint: s.URL, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Workspaces(t.Context(), client.WorkspaceQuery{})
	return err
}

func TestSessionTokenIsGoodUntilItIsClosed(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	p := providertest.NewProtocol(t, s)
	for name, config := range map[string]string{
		"as the user of the provider": `{}`,
		"as another user":             fmt.Sprintf(`{"username": %q, "password": %q}`, s.Username, s.Password),
	} {
		result, end, errors := open(t, p, config)
		if len(errors) > 0 {
			t.Fatalf("%s: errors = %q", name, errors)
		}
		token, _ := providertest.Member(t, result, "token").(string)
		expires, _ := providertest.Member(t, result, "expires").(string)
		if at, err := time.Parse(time.RFC3339, expires); err != nil || time.Until(at) < time.Hour {
			t.Errorf("%s: it expires at %q, want some hours from now", name, expires)
		}
		if err := statusOf(t, s, token); err != nil {
			t.Errorf("%s: the token is refused: %v", name, err)
		}
		if d := end(); len(d) > 0 {
			t.Errorf("%s: closing says %v", name, d)
		}
		if err := statusOf(t, s, token); err == nil {
			t.Errorf("%s: the token is still good", name)
		}
		if d := end(); len(d) > 0 {
			t.Errorf("%s: closing twice says %v", name, d)
		}
	}
	if _, _, errors := open(t, p, `{"username": "nobody", "password": "x"}`); len(errors) != 1 ||
		!strings.Contains(errors[0], "Cannot get a session token") {
		t.Errorf("errors = %q", errors)
	}
	kind := p.Schemas.EphemeralResourceSchemas[sessionTokenType].ValueType()
	for config, want := range map[string]string{
		`{}`:                                 "",
		`{"username": "a", "password": "b"}`: "",
		`{"username": "a"}`:                  "password: username and password belong together",
		`{"password": "b"}`:                  "username: username and password belong together",
	} {
		validated, err := p.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{
			TypeName: sessionTokenType, Config: providertest.MustEncode(t, kind, config),
		})
		if err != nil {
			t.Fatal(err)
		}
		providertest.MustFind(t, config, providertest.Problems(validated.Diagnostics), want)
	}
}

func TestSessionTokenOfABackendThatCannotRevoke(t *testing.T) {
	t.Parallel()
	status := 0
	s := servertest.New(t, servertest.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/revoke/") && status != 0 {
				w.WriteHeader(status)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	p := providertest.NewProtocol(t, s)
	for code, warns := range map[int]bool{http.StatusNotFound: false, http.StatusMethodNotAllowed: false, http.StatusForbidden: true} {
		_, end, errors := open(t, p, `{}`)
		if len(errors) > 0 {
			t.Fatalf("errors = %q", errors)
		}
		status = code
		d := end()
		status = 0
		if len(providertest.Problems(d)) > 0 || (len(d) == 1) != warns {
			t.Errorf("with %d closing says %v, want a warning: %t", code, d, warns)
		}
	}
}

func TestAccSessionToken(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_10_0, providertest.Tofu1_11, "ephemeral resources")
	s := servertest.New(t, servertest.Options{})
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+fmt.Sprintf(`
ephemeral "galley_session_token" "test" {}

provider "galley" {
  alias    = "session"
  endpoint = %q
  token    = ephemeral.galley_session_token.test.token
}
resource "galley_source_file" "test" {
  provider  = galley.session
  workspace = "default"
  path      = "a.txt"
  content   = "a"
}
`, s.URL))
	c.MustRun(t, "apply", "-auto-approve", "-input=false")
	if err := providertest.ExpectContent(t, s, "a")(nil); err != nil {
		t.Error(err)
	}
	if out := c.MustRun(t, "show", "-json"); strings.Contains(out, "eyJ") || !strings.Contains(out, "galley_source_file.test") {
		t.Errorf("the state has the token: %s", out)
	}
	var revoked int
	if err := s.Store.SQLDB().QueryRowContext(t.Context(), "SELECT count(*) FROM tokens WHERE revoked IS NOT NULL").Scan(&revoked); err != nil {
		t.Fatal(err)
	}
	if revoked == 0 {
		t.Error("no login was revoked")
	}
}
