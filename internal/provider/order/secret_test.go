package order_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccSecretsOfKitchensAndOrders: what is given as a secret gets to the job, and is in no
// plan and, if it is write-only, in no state.
func TestAccSecretsOfKitchensAndOrders(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	c := providertest.NewCLI(t, providertest.ProviderBlock(s)+`
variable "key" {
  type      = string
  ephemeral = true
}
variable "version_of_key" { default = 1 }
variable "description" { default = "first" }
variable "inside" {
  type    = map(string)
  default = {}
}
variable "open" {
  type    = map(string)
  default = {}
}

resource "galley_job_type" "load" {
  manifest = jsonencode({ seedVersion = "1.0.0", job = { name = "load", jobVersion = "1.0.0", packageVersion = "1.0.0", title = "Load",
    description = "l", maintainer = { name = "Ada", email = "ada@example.com" }, timeout = 60,
    interface = { command = "load", settings = [{ name = "TOKEN", secret = true }, { name = "LOGIN", secret = true }, { name = "DSN" }, { name = "PIN" }] } } })
}
resource "galley_recipe_type" "load" {
  title      = "Load"
  definition = { input = { json = { level = { type = "integer", required = false } } }, nodes = { n = { job = { name = galley_job_type.load.name, version = galley_job_type.load.version, revision = galley_job_type.load.revision_num } } } }
}
resource "galley_kitchen" "night" {
  name                 = "night"
  description          = var.description
  overrides            = { DSN = "db?{{TOKEN}}" }
  secret_overrides     = { PIN = "hunter-of-the-state" }
  overrides_wo         = { TOKEN = var.key }
  overrides_wo_version = var.version_of_key
  alerts               = { error = ["ops@example.com", "https://hooks.example.com/hunter-of-the-hook"] }
}
resource "galley_kitchen_recipe" "load" {
  kitchen     = galley_kitchen.night.name
  name        = "load"
  recipe_type = galley_recipe_type.load.name
  variables   = var.inside
  variations  = { default = {} }
}
resource "galley_order" "once" {
  kitchen               = galley_kitchen.night.name
  recipe                = galley_kitchen_recipe.load.name
  variation             = "default"
  parameters            = var.open
  parameters_wo         = { LOGIN = "${var.key}-login" }
  parameters_wo_version = 1
  alert_destinations    = ["https://hooks.example.com/hunter-of-the-order"]
}
`)
	c.Environment = append(c.Environment, "TF_VAR_key=hunter-one")
	human := c.MustRun(t, "plan", "-input=false", "-out=plan.tfplan")
	for _, want := range []string{`"https://hooks.example.com/**********"`, `LOGIN`, `DSN`} {
		if !strings.Contains(human, want) {
			t.Errorf("the plan does not show %s:\n%s", want, human)
		}
	}
	plan := c.MustRun(t, "show", "-json", "plan.tfplan")
	c.MustRun(t, "apply", "-input=false", "plan.tfplan")
	for name, text := range map[string]string{"plan": human, "state": c.MustRun(t, "show")} {
		if strings.Contains(text, "hunter") {
			t.Errorf("the %s shows a secret:\n%s", name, text)
		}
	}
	for name, text := range map[string]string{"plan": plan, "state": c.MustRun(t, "show", "-json")} {
		if strings.Contains(text, "hunter-one") {
			t.Errorf("the %s has a write-only value", name)
		}
	}
	raw, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil || bytes.Contains(raw, []byte("hunter-one")) || !bytes.Contains(raw, []byte("hunter-of-the-state")) {
		t.Errorf("the state has a write-only value, or lacks the other: %v", err)
	}

	row, err := s.Store.Recipe(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"TOKEN": "hunter-one", "LOGIN": "hunter-one-login", "DSN": "db?hunter-one", "PIN": "hunter-of-the-state"}
	if got, err := s.Engine.OpenConfiguration(row.Configuration); err != nil || !maps.Equal(got.Settings, want) {
		t.Errorf("the job got %+v, %v, want %v", got, err, want)
	}
	c.MustRun(t, "plan", "-input=false", "-detailed-exitcode")

	secrets := func(want string) {
		t.Helper()
		k, err := s.Store.KitchenByName(t.Context(), "night")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Engine.OpenParameters(k.SecretOverrides); err != nil || string(got) != want {
			t.Errorf("the kitchen has %s, %v, want %s", got, err, want)
		}
	}
	secrets(`{"PIN":"hunter-of-the-state","TOKEN":"hunter-one"}`)
	c.Environment = append(c.Environment, "TF_VAR_key=hunter-two")
	c.MustRun(t, "apply", "-input=false", "-auto-approve", "-var=description=second") // an edit of something else takes and sends no secret
	secrets(`{"PIN":"hunter-of-the-state","TOKEN":"hunter-one"}`)
	c.MustRun(t, "apply", "-input=false", "-auto-approve", "-var=description=second", "-var=version_of_key=2")
	secrets(`{"PIN":"hunter-of-the-state","TOKEN":"hunter-two"}`)

	c.MustRun(t, "destroy", "-input=false", "-auto-approve", "-target=galley_order.once")
	said, err := c.Command(t, "plan", "-input=false", `-var=inside={level="{{PIN}}"}`).CombinedOutput()
	if err == nil || strings.Contains(string(said), "hunter") || !strings.Contains(string(said), "is made from a secret") {
		t.Errorf("an input that is made from a secret: got %v\n%s", err, said)
	}
	for variable, attribute := range map[string]string{"open": "parameters", "inside": "variables"} {
		out, err := c.Command(t, "plan", "-input=false", "-var="+variable+`={TOKEN="hunter-three"}`).CombinedOutput()
		text := strings.ReplaceAll(strings.Join(strings.Fields(providertest.Plain(string(out))), " "), "│ ", "")
		for _, want := range []string{`Error: Secret in plain sight`, attribute + `: "TOKEN" is a secret setting of a job type that runs`} {
			if err == nil || !strings.Contains(text, want) {
				t.Errorf("a secret in plain sight: got %v, want %s\n%s", err, want, out)
			}
		}
	}
}
