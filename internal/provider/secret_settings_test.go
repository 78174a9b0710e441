package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// storedIn finds a text in the settings of a configuration in the database, in clear,
// which has what the API leaves out.
func storedIn(s *servertest.Server, query, secret string, want bool) resource.TestCheckFunc {
	return func(*terraform.State) error {
		var stored []byte
		if err := s.Store.SQLDB().QueryRowContext(testContext(), query).Scan(&stored); err != nil {
			return err
		}
		opened, err := s.Engine.OpenConfiguration(stored)
		if err != nil {
			return err
		}
		settings, err := json.Marshal(opened.Settings)
		if err != nil {
			return err
		}
		if strings.Contains(string(settings), secret) != want {
			return fmt.Errorf("the server has %s, want %q in it: %t", settings, secret, want)
		}
		return nil
	}
}

// nowhere fails if a text is in the state.
func nowhere(secrets ...string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		for _, secret := range secrets {
			if strings.Contains(state.String(), secret) {
				return fmt.Errorf("%q is in the state: %s", secret, state)
			}
		}
		return nil
	}
}

func TestAccJobTypeWithSecretSettings(t *testing.T) {
	t.Parallel()
	needEngine(t, tfversion.Version1_11_0, tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	config := func(arguments string) string {
		return jobTypeConfig(s, testManifest, toDefault+"\n"+arguments)
	}
	const stored = "SELECT configuration FROM job_types WHERE name = 'Calibrate'"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				Config: config(`settings_wo = { key = "hunter2" }`), PlanOnly: true,
				ExpectError: words("settings_wo_version: found nothing, expected a number beside settings_wo"),
			},
			{
				Config: config(`settings_wo = { mode = "fast" }` + "\nsettings_wo_version = 1"), PlanOnly: true,
				ExpectError: words(`settings_wo["mode"]: the manifest does not call this setting secret`),
			},
			{
				Config: config(`settings_wo = { keyy = "hunter2" }` + "\nsettings_wo_version = 1"), PlanOnly: true,
				ExpectError: words(`settings_wo["keyy"]: the manifest has no secret setting 'keyy'; did you mean 'key'?`),
			},
			{
				Config: config("settings_wo = { key = \"hunter2\" }\nsettings_wo_version = 1"),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(jobTypeAddress, tfjsonpath.New("settings_wo"), knownvalue.Null()),
				},
				Check: resource.ComposeTestCheckFunc(storedIn(s, stored, "hunter2", true), nowhere("hunter2")),
			},
			{ // Terraform cannot see another value without another version.
				Config:           config("settings_wo = { key = \"hunter3\" }\nsettings_wo_version = 1"),
				ConfigPlanChecks: expectEmptyPlans(),
				Check:            storedIn(s, stored, "hunter2", true),
			},
			{
				Config:           config("settings_wo = { key = \"hunter3\" }\nsettings_wo_version = 2"),
				ConfigPlanChecks: expectAction(jobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            resource.ComposeTestCheckFunc(storedIn(s, stored, "hunter3", true), nowhere("hunter3")),
			},
			{ // Another change keeps the secret.
				Config:           config("settings_wo = { key = \"hunter3\" }\nsettings_wo_version = 2\nis_paused = true"),
				ConfigPlanChecks: expectAction(jobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            storedIn(s, stored, "hunter3", true),
			},
			{
				Config:           config("is_paused = true"),
				ConfigPlanChecks: expectAction(jobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            storedIn(s, stored, "hunter3", false),
			},
		},
	})
}

func TestAccRecipeWithSecretSettings(t *testing.T) {
	t.Parallel()
	needEngine(t, tfversion.Version1_11_0, tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	mustCreateJobType(t, s)
	mustCreateOne(t, s.Client)
	const stored = "SELECT configuration FROM recipes ORDER BY id DESC LIMIT 1"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				Config: recipeConfig(s, `
  configuration       = { settings = { key = "a" } }
  settings_wo         = { key = "hunter2" }
  settings_wo_version = 1`),
				PlanOnly: true, ExpectError: words(`settings_wo["key"]: configuration.settings has this setting, too`),
			},
			{
				Config: recipeConfig(s, `
  configuration       = { settings = { mode = "fast" } }
  settings_wo         = { key = "hunter2" }
  settings_wo_version = 1`),
				Check: resource.ComposeTestCheckFunc(storedIn(s, stored, `"key":"hunter2"`, true), storedIn(s, stored, `"mode":"fast"`, true),
					nowhere("hunter2"), recipeCount(s.Client, 1)),
			},
			{
				Config: recipeConfig(s, `
  configuration       = { settings = { mode = "fast" } }
  settings_wo         = { key = "hunter3" }
  settings_wo_version = 1`),
				ConfigPlanChecks: expectEmptyPlans(),
			},
			{
				Config: recipeConfig(s, `
  configuration       = { settings = { mode = "fast" } }
  settings_wo         = { key = "hunter3" }
  settings_wo_version = 2`),
				ConfigPlanChecks: expectAction(recipeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check: resource.ComposeTestCheckFunc(storedIn(s, stored, `"key":"hunter3"`, true), nowhere("hunter3"),
					recipeCount(s.Client, 2)),
			},
		},
	})
}

// A secret is neither in a saved plan, nor in the state, nor in what the provider logs.
func TestAccSecretSettingsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	needEngine(t, tfversion.Version1_11_0, tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	c := newCLI(t, jobTypeConfig(s, testManifest, toDefault+"\nsettings_wo = { key = var.key }\nsettings_wo_version = 1")+`
variable "key" {
  type      = string
  ephemeral = true
}
`)
	const secret = "correct-horse-of-a-secret"
	log := filepath.Join(t.TempDir(), "log")
	c.environment = append(c.environment, "TF_LOG=TRACE", "TF_LOG_PATH="+log, "TF_VAR_key="+secret)
	c.mustRun(t, "plan", "-input=false", "-out=plan.tfplan")
	plan := c.mustRun(t, "show", "-json", "plan.tfplan")
	c.mustRun(t, "apply", "-input=false", "plan.tfplan")
	if err := storedIn(s, "SELECT configuration FROM job_types WHERE name = 'Calibrate'", secret, true)(nil); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{"plan": plan, "state": c.mustRun(t, "show", "-json")} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret is in the %s", name)
		}
	}
	for _, name := range []string{"plan.tfplan", "terraform.tfstate"} {
		raw, err := os.ReadFile(filepath.Join(c.dir, name))
		if err != nil || bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%s: the secret is in it, or it cannot be read: %v", name, err)
		}
	}
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, secret) {
			t.Errorf("the secret is in the log: %s", line)
		}
	}
}

func TestSecretSettingsOfARecipeAreHeldAgainstItsJobs(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.setJobType(mustManifest(t, testManifest), 1)
	definition := mustParse(t, `{"nodes": {"a": {"dependencies": [], "input": {}, "node_type":
	  {"node_type": "job", "job_type_name": "Calibrate", "job_type_version": "1.2.0", "job_type_revision": 1}}}}`)
	secrets := secretSettings{SettingsWO: types.MapValueMust(types.StringType, map[string]attr.Value{
		"key": types.StringValue("hunter2"), "keyy": types.StringValue("hunter2"), "gone": types.StringNull(), "later": types.StringUnknown(),
	})}
	configuration := types.ObjectNull(configurationType().AttrTypes)
	var diags diag.Diagnostics
	recipeCheck{
		recipeTypes: recipeTypes{ledger: l},
		wanted:      wantedRecipe{configuration: configuration},
		secrets:     secrets,
		target:      recipeTarget{definition: definition, planned: true},
		diags:       &diags,
	}.configuration(t.Context())
	var got []string
	for _, d := range diags {
		at, _ := d.(diag.DiagnosticWithPath)
		got = append(got, at.Path().String()+" "+d.Summary())
	}
	want := []string{`settings_wo["keyy"] Configuration names keyy, which no job has`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if sent := secrets.in(configuration); !strings.Contains(sent.String(), `"keyy":"hunter2"`) || strings.Contains(sent.String(), "gone") {
		t.Errorf("the request has %s", sent)
	}
}
