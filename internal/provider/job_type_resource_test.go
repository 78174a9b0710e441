package provider

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
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const jobTypeAddress = "galley_job_type.test"

// testManifest is a manifest with everything that can be configured.
const testManifest = `{
  "seedVersion": "1.0.0",
  "job": {
    "name": "Calibrate",
    "jobVersion": "1.2.0",
    "packageVersion": "1.2.3",
    "title": "Calibrate",
    "description": "Calibrates a scene",
    "maintainer": {"name": "Ann", "email": "ann@example.com"},
    "timeout": 60,
    "interface": {
      "command": "calibrate ${SCENE} ${OUTPUT_DIR}",
      "inputs": {"files": [{"name": "scene", "mediaTypes": ["image/tiff"]}]},
      "outputs": {"files": [{"name": "calibrated", "pattern": "*.tif"}]},
      "mounts": [{"name": "luts", "path": "/luts"}],
      "settings": [{"name": "mode"}, {"name": "key", "secret": true}]
    }
  }
}`

func jobTypeConfig(s *servertest.Server, manifest, arguments string) string {
	return providerBlock(s) + jobType(manifest, arguments)
}

func jobType(manifest, arguments string) string {
	return fmt.Sprintf(`
resource "galley_job_type" "test" {
  manifest = <<-EOT
%s
  EOT
  %s
}
`, strings.ReplaceAll(manifest, "${", "$${"), arguments)
}

const toDefault = `configuration = { output_workspaces = { default = "default" } }`

func TestAccJobType(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	is := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(jobTypeAddress, tfjsonpath.New(attribute), want)
	}
	known := func(attribute string, want knownvalue.Check) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(jobTypeAddress, tfjsonpath.New(attribute), want)
	}
	get := func(version string) (api.JobTypeDetail, error) {
		return s.Client.JobType(testContext(), "Calibrate", version)
	}
	changed := strings.Replace(testManifest, "Calibrates a scene", "Calibrates any scene", 1)
	full := `
  docker_image  = "registry.example.com/calibrate:1"
  is_paused     = true
  max_scheduled = 3
  configuration = {
    mounts            = { luts = { type = "host", host_path = "/srv/luts" } }
    output_workspaces = { outputs = { calibrated = "default" } }
    priority          = 7
    settings          = { mode = "fast", key = "hunter2" }
  }`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy: func(*terraform.State) error {
			j, err := get("2.0.0")
			if err == nil && j.IsActive {
				err = errors.New("the job type is still active")
			}
			return err
		},
		Steps: []resource.TestStep{
			{
				Config: jobTypeConfig(s, testManifest, toDefault),
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
				Config:            jobTypeConfig(s, testManifest, full),
				ConfigPlanChecks:  expectAction(jobTypeAddress, plancheck.ResourceActionUpdate),
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
			{Config: jobTypeConfig(s, testManifest, full), ConfigPlanChecks: expectEmptyPlans()},
			{
				ResourceName: jobTypeAddress, ImportState: true, ImportStateId: "Calibrate/1.2.0", ImportStateVerify: true,
				// The text may differ in white space; a secret setting is never given back.
				ImportStateVerifyIgnore: []string{"manifest", "configuration.settings.%", "configuration.settings.key"},
			},
			{
				ResourceName: jobTypeAddress, ImportState: true, ImportStateId: "Calibrate",
				ExpectError: words("it has to be the name and the version"),
			},
			{
				// A manifest that means something new is a new revision; what is no longer stated goes away.
				Config: jobTypeConfig(s, changed, toDefault),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(jobTypeAddress, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(jobTypeAddress, tfjsonpath.New("revision_num")),
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
					edit := api.JobTypeEdit{Manifest: []byte(testManifest), IsPaused: new(true), MaxScheduled: new(9)}
					if _, err := s.Client.EditJobType(t.Context(), "Calibrate", "1.2.0", edit); err != nil {
						t.Fatal(err)
					}
				},
				Config:            jobTypeConfig(s, changed, toDefault),
				ConfigPlanChecks:  expectAction(jobTypeAddress, plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{is("revision_num", knownvalue.Int64Exact(4))},
			},
			{
				// Deleted behind Terraform's back.
				PreConfig:        func() { s.Exec(t, "DELETE FROM job_type_revisions", "DELETE FROM job_types") },
				Config:           jobTypeConfig(s, changed, toDefault),
				ConfigPlanChecks: expectAction(jobTypeAddress, plancheck.ResourceActionCreate),
			},
			{
				// Another version is another job type; the old one is deactivated.
				Config:           jobTypeConfig(s, strings.Replace(changed, "1.2.0", "2.0.0", 1), toDefault),
				ConfigPlanChecks: expectAction(jobTypeAddress, plancheck.ResourceActionDestroyBeforeCreate),
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
	oneLine := strings.Join(strings.Fields(testManifest), " ")
	spelledOut := strings.NewReplacer(
		`{"name": "scene", "mediaTypes": ["image/tiff"]}`,
		`{"partial": false, "multiple": false, "required": true, "mediaTypes": ["image/tiff"], "name": "scene"}`,
		`"pattern": "*.tif"}`, `"pattern": "*.tif", "mediaType": "application/octet-stream", "required": true}`,
		`{"name": "mode"}, {"name": "key", "secret": true}`, `{"secret": true, "name": "key"}, {"name": "mode", "secret": false}`,
	).Replace(testManifest)
	if spelledOut == testManifest {
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
`, strings.ReplaceAll(testManifest, "${", "$${"), toDefault)
	empty := func(config string) resource.TestStep {
		return resource.TestStep{Config: providerBlock(s) + config, ConfigPlanChecks: expectEmptyPlans()}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{Config: jobTypeConfig(s, testManifest, toDefault)},
			empty(jobType(testManifest, toDefault)),
			empty(jobType(oneLine, toDefault)),
			empty(jobType(spelledOut, toDefault)),
			empty(encoded),
			empty(jobType(testManifest, `
  docker_image = "calibrate-1.2.0-seed:1.2.3"
  is_active    = true
  is_paused    = false
  configuration = {
    mounts            = {}
    output_workspaces = { default = "default", outputs = {} }
    priority          = 100
    settings          = {}
  }`)),
		},
	})
}

func TestAccJobTypeImportedIsAsConfigured(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				PreConfig: func() {
					_, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
						DockerImage: "calibrate-1.2.0-seed:1.2.3", Manifest: []byte(testManifest),
						Configuration: []byte(`{"output_workspaces": {"default": "default"}}`),
					})
					if err != nil {
						t.Fatal(err)
					}
				},
				Config: jobTypeConfig(s, testManifest, toDefault), ResourceName: jobTypeAddress,
				ImportState: true, ImportStateId: "Calibrate/1.2.0", ImportStatePersist: true,
			},
			{Config: jobTypeConfig(s, testManifest, toDefault), ConfigPlanChecks: expectEmptyPlans()},
		},
	})
}

func TestAccJobTypeIsTakenIntoUseAgain(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	create := func(active bool) {
		t.Helper()
		_, err := s.Client.CreateJobType(t.Context(), api.JobTypeCreate{
			DockerImage: "old", Manifest: []byte(testManifest), IsActive: new(active), IsPaused: new(true), MaxScheduled: new(2),
			Configuration: []byte(`{"output_workspaces": {"default": "default"}, "priority": 3}`),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				PreConfig:   func() { create(true) },
				Config:      jobTypeConfig(s, testManifest, toDefault),
				ExpectError: words(`Import it with the id "Calibrate/1.2.0"`),
			},
			{
				PreConfig: func() { create(false) }, // exists: is edited
				Config:    jobTypeConfig(s, testManifest, toDefault),
				Check: func(*terraform.State) error {
					j, err := s.Client.JobType(testContext(), "Calibrate", "1.2.0")
					if err == nil && (!j.IsActive || j.IsPaused || j.MaxScheduled != nil || j.DockerImage == "old") {
						err = fmt.Errorf("the server has %+v, want all of it as planned", j)
					}
					return err
				},
			},
			{Config: jobTypeConfig(s, testManifest, toDefault), ConfigPlanChecks: expectEmptyPlans()},
		},
	})
}

func TestAccJobTypeWithUnknownParts(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: providerBlock(s) + `
resource "terraform_data" "late" { input = { workspace = "default", folder = "/srv/luts" } }
` + jobType(testManifest, `configuration = {
    output_workspaces = { default = terraform_data.late.output.workspace }
    mounts            = { luts = { type = "host", host_path = terraform_data.late.output.folder } }
  }`),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(jobTypeAddress,
				tfjsonpath.New("configuration").AtMapKey("mounts").AtMapKey("luts").AtMapKey("host_path"),
				knownvalue.StringExact("/srv/luts"))},
		}},
	})
}
