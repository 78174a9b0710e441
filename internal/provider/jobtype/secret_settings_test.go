package jobtype_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccJobTypeWithSecretSettings(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	config := func(arguments string) string {
		return providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault+"\n"+arguments)
	}
	const stored = "SELECT configuration FROM job_types WHERE name = 'Calibrate'"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: config(`settings_wo = { key = "hunter2" }`), PlanOnly: true,
				ExpectError: providertest.Words("settings_wo_version: found nothing, expected a number beside settings_wo"),
			},
			{
				Config: config(`settings_wo = { mode = "fast" }` + "\nsettings_wo_version = 1"), PlanOnly: true,
				ExpectError: providertest.Words(`settings_wo["mode"]: the manifest does not call this setting secret`),
			},
			{
				Config: config(`settings_wo = { keyy = "hunter2" }` + "\nsettings_wo_version = 1"), PlanOnly: true,
				ExpectError: providertest.Words(`settings_wo["keyy"]: the manifest has no secret setting 'keyy'; did you mean 'key'?`),
			},
			{
				Config: config("settings_wo = { key = \"hunter2\" }\nsettings_wo_version = 1"),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(providertest.JobTypeAddress, tfjsonpath.New("settings_wo"), knownvalue.Null()),
				},
				Check: resource.ComposeTestCheckFunc(providertest.StoredIn(s, stored, "hunter2", true), providertest.Nowhere("hunter2")),
			},
			{ // Terraform cannot see another value without another version.
				Config:           config("settings_wo = { key = \"hunter3\" }\nsettings_wo_version = 1"),
				ConfigPlanChecks: providertest.ExpectEmptyPlans(),
				Check:            providertest.StoredIn(s, stored, "hunter2", true),
			},
			{
				Config:           config("settings_wo = { key = \"hunter3\" }\nsettings_wo_version = 2"),
				ConfigPlanChecks: providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            resource.ComposeTestCheckFunc(providertest.StoredIn(s, stored, "hunter3", true), providertest.Nowhere("hunter3")),
			},
			{ // Another change keeps the secret.
				Config:           config("settings_wo = { key = \"hunter3\" }\nsettings_wo_version = 2\nis_paused = true"),
				ConfigPlanChecks: providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            providertest.StoredIn(s, stored, "hunter3", true),
			},
			{
				Config:           config("is_paused = true"),
				ConfigPlanChecks: providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            providertest.StoredIn(s, stored, "hunter3", false),
			},
			{ // A secret that was set elsewhere survives a change of something else.
				PreConfig: func() {
					_, err := s.Client.EditJobType(t.Context(), "Calibrate", "1.2.0", api.JobTypeEdit{
						Configuration: []byte(`{"output_workspaces": {"default": "default"}, "settings": {"key": "hunter4"}}`)})
					if err != nil {
						t.Fatal(err)
					}
				},
				Config:           config("is_paused = false"),
				ConfigPlanChecks: providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
				Check:            providertest.StoredIn(s, stored, "hunter4", true),
			},
		},
	})
}

// A secret is neither in a saved plan, nor in the state, nor in what the provider logs.
func TestAccSecretSettingsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	providertest.NeedEngine(t, tfversion.Version1_11_0, providertest.Tofu1_11, "write-only arguments")
	s := servertest.New(t, servertest.Options{})
	c := providertest.NewCLI(t, providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault+"\nsettings_wo = { key = var.key }\nsettings_wo_version = 1")+`
variable "key" {
  type      = string
  ephemeral = true
}
`)
	const secret = "correct-horse-of-a-secret"
	log := filepath.Join(t.TempDir(), "log")
	c.Environment = append(c.Environment, "TF_LOG=TRACE", "TF_LOG_PATH="+log, "TF_VAR_key="+secret)
	c.MustRun(t, "plan", "-input=false", "-out=plan.tfplan")
	plan := c.MustRun(t, "show", "-json", "plan.tfplan")
	c.MustRun(t, "apply", "-input=false", "plan.tfplan")
	if err := providertest.StoredIn(s, "SELECT configuration FROM job_types WHERE name = 'Calibrate'", secret, true)(nil); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{"plan": plan, "state": c.MustRun(t, "show", "-json")} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret is in the %s", name)
		}
	}
	for _, name := range []string{"plan.tfplan", "terraform.tfstate"} {
		raw, err := os.ReadFile(filepath.Join(c.Dir, name))
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
