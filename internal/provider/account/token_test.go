package account_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const tokenAddress = "galley_token.ci"

// secretOf is a well-formed secret that is easy to tell from others.
func secretOf(letter string) string { return account.SecretPrefix + strings.Repeat(letter, 43) }

// tokenConfig is a token of the editor ann with these arguments.
func tokenConfig(s *servertest.Server, arguments ...string) string {
	return userConfig(s, `role = "editor"`) + `
resource "galley_token" "ci" {
  username = galley_user.ann.name
` + strings.Join(arguments, "\n") + "\n}\n"
}

func secret(letter, version string) string {
	return fmt.Sprintf("secret_wo = %q\nsecret_wo_version = %s", secretOf(letter), version)
}

// bearerMay checks whom the server takes the bearer of a secret for; "": nobody.
func bearerMay(s *servertest.Server, secret, role string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		c, err := client.New(client.Config{Endpoint: s.URL, Token: secret})
		if err != nil {
			return err
		}
		_, err = c.Workspaces(providertest.Context(), client.WorkspaceQuery{})
		if role == "" && !api.IsUnauthorized(err) || role != "" && err != nil {
			return fmt.Errorf("reading with the secret: got %w, want the role %q", err, role)
		}
		if role == "" {
			return nil
		}
		_, err = c.CreateWorkspace(providertest.Context(), api.WorkspaceCreate{})
		if api.IsForbidden(err) != (role == "viewer") {
			return fmt.Errorf("writing with the secret: got %w, want the role %q", err, role)
		}
		return nil
	}
}

// onlyTokens are the ids of ann's tokens that are not revoked, by name.
func onlyTokens(ctx context.Context, t *testing.T, s *servertest.Server) map[string]int64 {
	t.Helper()
	found, err := s.Client.Tokens(ctx, client.TokenQuery{Usernames: []string{"ann"}})
	if err != nil {
		t.Fatal(err)
	}
	live := map[string]int64{}
	for _, token := range found {
		if token.Revoked == nil {
			live[token.Name] = token.ID
		}
	}
	return live
}

// onlyToken is the one token of ann that is not revoked.
func onlyToken(ctx context.Context, t *testing.T, s *servertest.Server) api.APIToken {
	t.Helper()
	live := onlyTokens(ctx, t, s)
	if len(live) != 1 {
		t.Fatalf("tokens of ann: got %v, want one", live)
	}
	token, err := s.Client.Token(ctx, slices.Collect(maps.Values(live))[0])
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAccTokenFromCreateToDestroy(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{Workers: -1})
	change := func(edit api.APITokenEdit) func() {
		return func() {
			if _, err := s.Client.EditToken(t.Context(), onlyToken(t.Context(), t, s).ID, edit); err != nil {
				t.Fatal(err)
			}
		}
	}
	is := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return stateIs(tokenAddress, attribute, want)
	}
	updates := providertest.ExpectAction(tokenAddress, plancheck.ResourceActionUpdate)
	end := time.Now().Add(240 * time.Hour).UTC().Truncate(time.Second)
	// Of another zone than the server's, and kept as it is written.
	written := end.In(time.FixedZone("", 2*60*60)).Format(time.RFC3339)
	full := []string{`name = "for the ci"`, `role = "viewer"`, fmt.Sprintf("expires = %q", written)}
	with := func(more ...string) string { return tokenConfig(s, append(append([]string{}, full...), more...)...) }
	var id int64
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy:             bearerMay(s, secretOf("d"), ""),
		Steps: []resource.TestStep{
			{
				Config: tokenConfig(s, `name = "ci"`, secret("a", "1")),
				ConfigStateChecks: []statecheck.StateCheck{
					is("role", knownvalue.StringExact("editor")), is("expires", knownvalue.NotNull()), is("created", knownvalue.NotNull()),
					is("secret_wo", knownvalue.Null()), is("id", knownvalue.NotNull()),
				},
				Check: resource.ComposeTestCheckFunc(bearerMay(s, secretOf("a"), "editor"), providertest.Nowhere(secretOf("a"))),
			},
			{ // Terraform cannot see another secret without another version.
				Config: tokenConfig(s, `name = "ci"`, secret("b", "1")), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
				Check: bearerMay(s, secretOf("b"), ""),
			},
			{
				Config: with(secret("b", "1")), ConfigPlanChecks: updates,
				ConfigStateChecks: []statecheck.StateCheck{is("role", knownvalue.StringExact("viewer")), is("expires", knownvalue.StringExact(written))},
				Check:             bearerMay(s, secretOf("a"), "viewer"),
			},
			{
				ResourceName: tokenAddress, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"secret_wo_version", "expires"}, // the form of the server
			},
			{ResourceName: tokenAddress, ImportState: true, ImportStateId: "ci", ExpectError: providertest.Words(`"ci" is no id of a token`)},
			// Drift of every argument, and of the token itself.
			{PreConfig: change(api.APITokenEdit{Name: new("else")}), Config: with(secret("b", "1")), ConfigPlanChecks: updates},
			{PreConfig: change(api.APITokenEdit{Role: new("operator")}), Config: with(secret("b", "1")), ConfigPlanChecks: updates},
			{
				PreConfig: change(api.APITokenEdit{Expires: api.TimePtr(new(end.Add(time.Hour)))}), Config: with(secret("b", "1")), ConfigPlanChecks: updates,
				Check: func(*terraform.State) error {
					if got := onlyToken(providertest.Context(), t, s).Expires; !got.Equal(end) {
						return fmt.Errorf("it expires at %s, want %s", got, end)
					}
					return nil
				},
			},
			{ // What is left out stays.
				PreConfig: func() { id = onlyToken(t.Context(), t, s).ID },
				Config:    tokenConfig(s, `name = "for the ci"`, secret("b", "1")), ConfigPlanChecks: providertest.ExpectEmptyPlans(),
			},
			{
				Config: with(secret("c", "2")), ConfigPlanChecks: providertest.ExpectAction(tokenAddress, plancheck.ResourceActionReplace),
				Check: resource.ComposeTestCheckFunc(bearerMay(s, secretOf("a"), ""), bearerMay(s, secretOf("c"), "viewer"), providertest.Nowhere(secretOf("c")),
					func(*terraform.State) error {
						if got := onlyToken(providertest.Context(), t, s); got.ID == id {
							return fmt.Errorf("it is still the token %d", id)
						}
						return nil
					}),
			},
			{
				PreConfig: func() {
					if err := s.Client.RevokeToken(t.Context(), onlyToken(t.Context(), t, s).ID); err != nil {
						t.Fatal(err)
					}
				},
				Config: with(secret("d", "2")), ConfigPlanChecks: providertest.ExpectAction(tokenAddress, plancheck.ResourceActionCreate),
				Check: bearerMay(s, secretOf("d"), "viewer"),
			},
		},
	})
}

func TestAccTokenThatIsRefused(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{Workers: -1})
	if _, err := s.Client.CreateUser(t.Context(), api.UserCreate{Username: "vera", Role: "viewer"}); err != nil {
		t.Fatal(err)
	}
	named := `name = "ci"`
	refused := func(want string, arguments ...string) resource.TestStep {
		return resource.TestStep{Config: tokenConfig(s, arguments...), PlanOnly: true, ExpectError: providertest.Words(want)}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			refused(`role: unknown role "king"`, named, `role = "king"`, secret("a", "1")),
			refused(`name: bad token name " "`, `name = " "`, secret("a", "1")),
			refused(`expires: found "tomorrow", expected a time such as`, named, `expires = "tomorrow"`, secret("a", "1")),
			refused(`secret_wo: the secret of a token has to be "gal_" and 43 characters`, named, `secret_wo = "hunter2"`, "secret_wo_version = 1"),
			refused(`role: found "admin", but the user "ann" is editor, and a token never may more than its user`, named, `role = "admin"`, secret("a", "1")),
			{Config: providertest.ProviderBlock(s) + "resource \"galley_token\" \"ci\" {\n  username = \"vera\"\n  name = \"ci\"\n  role = \"operator\"\n" +
				secret("a", "1") + "\n}\n", PlanOnly: true, ExpectError: providertest.Words(`role: found "operator", but the user "vera" is viewer`)},
			{Config: tokenConfig(s, named, `expires = "2020-01-01T00:00:00Z"`, secret("a", "1")), ExpectError: providertest.Words("A token has to expire in the future")},
		},
	})
}

// An imported token has no version yet: to note the first one is no reason to replace it.
func TestAccTokenIsImportedWithoutAReplacement(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{Workers: -1})
	made, err := s.Client.CreateToken(t.Context(), api.APITokenCreate{Name: "ci", Role: "viewer", Token: secretOf("a")})
	if err != nil {
		t.Fatal(err)
	}
	config := func(version string) string {
		return providertest.ProviderBlock(s) + "resource \"galley_token\" \"ci\" {\n  name = \"ci\"\n" + secret("b", version) + "\n}\n"
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: config("1"), ResourceName: tokenAddress, ImportState: true, ImportStateId: fmt.Sprint(made.ID), ImportStatePersist: true,
			},
			{
				Config: config("1"), ConfigPlanChecks: providertest.ExpectAction(tokenAddress, plancheck.ResourceActionUpdate),
				Check: bearerMay(s, secretOf("a"), "viewer"),
			},
			{
				Config: config("2"), ConfigPlanChecks: providertest.ExpectAction(tokenAddress, plancheck.ResourceActionReplace),
				Check: resource.ComposeTestCheckFunc(bearerMay(s, secretOf("a"), ""), bearerMay(s, secretOf("b"), "editor")),
			},
		},
	})
}

// The secret is made, used twice and forgotten: it is neither in a plan, nor in the state,
// nor in a log.
func TestAccTokenSecretLeavesNoTrace(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{Workers: -1})
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
ephemeral "galley_token_secret" "ci" {}

resource "galley_token" "ci" {
  name              = "ci"
  role              = "viewer"
  secret_wo         = ephemeral.galley_token_secret.ci.secret
  secret_wo_version = 1
}

# It stands for a vault: the password of the user is what the token's secret is.
resource "galley_user" "ann" {
  name                = "ann"
  role                = "viewer"
  password_wo         = ephemeral.galley_token_secret.ci.secret
  password_wo_version = 1
}
`)
	log := filepath.Join(t.TempDir(), "log")
	c.Environment = append(c.Environment, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	c.MustRun(t, "plan", "-input=false", "-out=plan.tfplan")
	plan := c.MustRun(t, "show", "-json", "plan.tfplan")
	c.MustRun(t, "apply", "-input=false", "plan.tfplan")
	if u := mustFindUser(t, s, "ann"); !u.HasPassword {
		t.Error("the secret has not come to the vault")
	}
	texts := map[string]string{"plan": plan, "state": c.MustRun(t, "show", "-json")}
	for _, name := range []string{filepath.Join(c.Dir, "plan.tfplan"), filepath.Join(c.Dir, "terraform.tfstate"), log} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(name)] = string(raw)
	}
	for name, text := range texts {
		if at := strings.Index(text, account.SecretPrefix); at >= 0 {
			t.Errorf("the secret is in the %s: %.60s", name, text[at:])
		}
		if name == "state" && !strings.Contains(text, tokenAddress) {
			t.Errorf("the state has no token: %s", text)
		}
	}
	// Its secret is another one by now, and that changes nothing.
	if out := c.MustRun(t, "plan", "-input=false", "-detailed-exitcode"); !strings.Contains(out, "No changes") {
		t.Errorf("the next plan says %s", out)
	}
	if !bytes.Contains([]byte(s.Log.String()), []byte("/v6/tokens/")) || strings.Contains(s.Log.String(), account.SecretPrefix) {
		t.Error("the log of the server has the secret, or not the request")
	}
}

// What the token is in a plan after its end; the clock is the machine's, so that the end
// is written into the database.
func TestAccTokenThatHasExpired(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{Workers: -1})
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+"resource \"galley_token\" \"ci\" {\n  name = \"ci\"\n"+secret("a", "1")+"\n}\n")
	c.MustRun(t, "apply", "-auto-approve", "-input=false")
	s.Exec(t, "UPDATE tokens SET expires = created WHERE name = 'ci'")
	providertest.ExpectWords(t, providertest.Plain(c.MustRun(t, "plan", "-input=false")),
		"Token has expired", `expires: the token "ci" is not taken since`, "Set expires to a later time, or change secret_wo_version", "No changes")
}

func TestTokenSecrets(t *testing.T) {
	t.Parallel()
	p := providertest.NewProtocol(t, servertest.New(t, servertest.Options{Workers: -1}))
	const name = "galley_token_secret"
	kind := p.Schemas.EphemeralResourceSchemas[name].ValueType()
	seen := map[any]bool{}
	for range 3 {
		opened, err := p.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
			TypeName: name, Config: providertest.MustEncode(t, kind, "{}"),
		})
		if err != nil {
			t.Fatal(err)
		}
		providertest.MustSucceed(t, opened.Diagnostics)
		secret, _ := providertest.Member(t, providertest.MustDecode(t, kind, opened.Result), "secret").(string)
		if err := account.CheckSecret(secret); err != nil || seen[secret] {
			t.Errorf("got %q, want another good secret each time (%v)", secret, err)
		}
		seen[secret] = true
	}
}
