package jobtype_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func TestAccJobType(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	is := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(providertest.JobTypeAddress, tfjsonpath.New(attribute), want)
	}
	known := func(attribute string, want knownvalue.Check) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(providertest.JobTypeAddress, tfjsonpath.New(attribute), want)
	}
	get := func(version string) (api.JobTypeDetail, error) {
		return s.Client.JobType(providertest.Context(), "Calibrate", version)
	}
	changed := strings.Replace(providertest.Manifest, "Calibrates a scene", "Calibrates any scene", 1)
	full := `
  docker_image  = "registry.example.com/calibrate:1"
  is_paused     = true
  max_scheduled = 3
  configuration = {
    mounts            = { luts = { type = "host", host_path = "/srv/luts" } }
    output_workspaces = { outputs = { calibrated = "default" } }
    priority          = 7
  }
  settings        = { mode = "fast" }
  secret_settings = { key = "hunter2" }`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			j, err := get("2.0.0")
			if err == nil && j.IsActive {
				err = errors.New("the job type is still active")
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					known("name", knownvalue.StringExact("Calibrate")),
					known("version", knownvalue.StringExact("1.2.0")),
					known("docker_image", knownvalue.StringExact("calibrate-1.2.0-seed:1.2.3")),
					known("input_interface", knownvalue.StringExact(
						`{"files":[{"name":"scene","media_types":["image/tiff"],"required":true,"multiple":false}],"json":[]}`)),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					is("revision_num", knownvalue.Int64Exact(1)),
					is("max_scheduled", knownvalue.Null()),
				},
			},
			{
				Config:            providertest.JobTypeConfig(s, providertest.Manifest, full),
				ConfigPlanChecks:  providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{is("revision_num", knownvalue.Int64Exact(1))},
				Check: func(*terraform.State) error {
					j, err := get("1.2.0")
					if err == nil && (!j.IsPaused || j.MaxScheduled == nil || *j.MaxScheduled != 3 ||
						j.DockerImage != "registry.example.com/calibrate:1") {
						err = fmt.Errorf("the server has %+v", j)
					}
					return err
				},
			},
			{Config: providertest.JobTypeConfig(s, providertest.Manifest, full), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				ResourceName: providertest.JobTypeAddress, ImportState: true, ImportStateId: "Calibrate/1.2.0", ImportStateVerify: true,
				// The text may differ in white space; a secret setting is never given back.
				ImportStateVerifyIgnore: []string{"manifest", "secret_settings.%", "secret_settings.key"},
			},
			{
				ResourceName: providertest.JobTypeAddress, ImportState: true, ImportStateId: "Calibrate",
				ExpectError: providertest.Words("it has to be the name and the version"),
			},
			{
				// A manifest that means something new is a new revision; what is no longer stated goes away.
				Config: providertest.JobTypeConfig(s, changed, providertest.ToDefault),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(providertest.JobTypeAddress, tfjsonpath.New("revision_num")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					is("revision_num", knownvalue.Int64Exact(2)),
					is("docker_image", knownvalue.StringExact("calibrate-1.2.0-seed:1.2.3")),
					is("max_scheduled", knownvalue.Null()),
				},
			},
			{
				// Changed behind Terraform's back.
				PreConfig: func() {
					edit := api.JobTypeEdit{Manifest: []byte(providertest.Manifest), IsPaused: new(true), MaxScheduled: new(9)}
					if _, err := s.Client.EditJobType(t.Context(), "Calibrate", "1.2.0", edit); err != nil {
						t.Fatal(err)
					}
				},
				Config:            providertest.JobTypeConfig(s, changed, providertest.ToDefault),
				ConfigPlanChecks:  providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{is("revision_num", knownvalue.Int64Exact(4))},
			},
			{
				// Deleted behind Terraform's back.
				PreConfig:        func() { s.Exec(t, "DELETE FROM job_type_revisions", "DELETE FROM job_types") },
				Config:           providertest.JobTypeConfig(s, changed, providertest.ToDefault),
				ConfigPlanChecks: providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionCreate),
			},
			{
				// Another version is another job type; the old one is deactivated.
				Config:           providertest.JobTypeConfig(s, strings.Replace(changed, "1.2.0", "2.0.0", 1), providertest.ToDefault),
				ConfigPlanChecks: providertest.ExpectAction(providertest.JobTypeAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check: func(*terraform.State) error {
					j, err := get("1.2.0")
					if err == nil && j.IsActive {
						err = errors.New("the old version is still active")
					}
					return err
				},
			},
		},
	})
}

// TestAccJobTypeWithoutNoise takes one job type through all ways to write the same.
func TestAccJobTypeWithoutNoise(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	oneLine := strings.Join(strings.Fields(providertest.Manifest), " ")
	spelledOut := strings.NewReplacer(
		`{"name": "scene", "mediaTypes": ["image/tiff"]}`,
		`{"partial": false, "multiple": false, "required": true, "mediaTypes": ["image/tiff"], "name": "scene"}`,
		`"pattern": "*.tif"}`, `"pattern": "*.tif", "mediaType": "application/octet-stream", "required": true}`,
		`{"name": "mode"}, {"name": "key", "secret": true}`, `{"secret": true, "name": "key"}, {"name": "mode", "secret": false}`,
	).Replace(providertest.Manifest)
	if spelledOut == providertest.Manifest {
		t.Fatal("nothing was spelled out")
	}
	encoded := fmt.Sprintf(`
resource "galley_job_type" "test" {
  manifest = jsonencode(jsondecode(<<-EOT
%s
  EOT
  ))
  %s
}
`, strings.ReplaceAll(providertest.Manifest, "${", "$${"), providertest.ToDefault)
	empty := func(config string) resource.TestStep {
		return resource.TestStep{Config: providertest.ProviderBlock(s) + config, ConfigPlanChecks: providertest.ExpectEmptyPlans()}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault)},
			empty(providertest.JobType(providertest.Manifest, providertest.ToDefault)),
			empty(providertest.JobType(oneLine, providertest.ToDefault)),
			empty(providertest.JobType(spelledOut, providertest.ToDefault)),
			empty(encoded),
			empty(providertest.JobType(providertest.Manifest, `
  docker_image = "calibrate-1.2.0-seed:1.2.3"
  is_active    = true
  is_paused    = false
  configuration = {
    mounts            = {}
    output_workspaces = { default = "default", outputs = {} }
    priority          = 100
  }
  settings        = {}
  secret_settings = {}`)),
		},
	})
}

func TestAccJobTypeImportedIsAsConfigured(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				PreConfig: func() {
					_, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
						DockerImage: "calibrate-1.2.0-seed:1.2.3", Manifest: []byte(providertest.Manifest),
						Configuration: []byte(`{"output_workspaces": {"default": "default"}}`),
					})
					if err != nil {
						t.Fatal(err)
					}
				},
				Config: providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault), ResourceName: providertest.JobTypeAddress,
				ImportState: true, ImportStateId: "Calibrate/1.2.0", ImportStatePersist: true,
			},
			{Config: providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

func TestAccJobTypeIsTakenIntoUseAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	create := func(active bool) {
		t.Helper()
		_, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
			DockerImage: "old", Manifest: []byte(providertest.Manifest), IsActive: new(active), IsPaused: new(true), MaxScheduled: new(2),
			Configuration: []byte(`{"output_workspaces": {"default": "default"}, "priority": 3}`),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				PreConfig:   func() { create(true) },
				Config:      providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault),
				ExpectError: providertest.Words("terraform import galley_job_type.<label> Calibrate/1.2.0"),
			},
			{
				PreConfig: func() { create(false) }, // exists: is edited
				Config:    providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault),
				Check: func(*terraform.State) error {
					j, err := s.Client.JobType(providertest.Context(), "Calibrate", "1.2.0")
					if err == nil && (!j.IsActive || j.IsPaused || j.MaxScheduled != nil || j.DockerImage == "old") {
						err = fmt.Errorf("the server has %+v, want all of it as planned", j)
					}
					return err
				},
			},
			{Config: providertest.JobTypeConfig(s, providertest.Manifest, providertest.ToDefault), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

func TestAccJobTypeWithUnknownParts(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: providertest.ProviderBlock(s) + `
resource "terraform_data" "late" { input = { workspace = "default", folder = "/srv/luts" } }
` + providertest.JobType(providertest.Manifest, `configuration = {
    output_workspaces = { default = terraform_data.late.output.workspace }
    mounts            = { luts = { type = "host", host_path = terraform_data.late.output.folder } }
  }`),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(providertest.JobTypeAddress,
				tfjsonpath.New("configuration").AtMapKey("mounts").AtMapKey("luts").AtMapKey("host_path"),
				knownvalue.StringExact("/srv/luts"))},
		}},
	})
}
