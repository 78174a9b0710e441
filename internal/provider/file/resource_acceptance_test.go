package file_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

func fileConfig(s *servertest.Server, arguments string) string {
	return providertest.ProviderBlock(s) + "resource \"galley_source_file\" \"test\" {\n  workspace = \"default\"\n" + arguments + "\n}\n"
}

func TestAccSourceFile(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	source := filepath.Join(t.TempDir(), "hello.txt")
	mustWrite(t, source, "hello")
	config := fileConfig(s, fmt.Sprintf("path = \"in/hello.txt\"\nsource = %q", source))
	known := func(attribute string, want knownvalue.Check) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(providertest.FileAddress, tfjsonpath.New(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		CheckDestroy: func(*terraform.State) error {
			if live := providertest.LiveFiles(t, s); len(live) > 0 {
				return fmt.Errorf("destroy has left %v", live)
			}
			return nil
		},
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					known("sha256", knownvalue.StringExact(providertest.HelloSHA256)),
					known("size", knownvalue.Int64Exact(5)),
					known("media_type", knownvalue.StringExact("text/plain")),
					plancheck.ExpectUnknownValue(providertest.FileAddress, tfjsonpath.New("id")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(providertest.FileAddress, tfjsonpath.New("url"), knownvalue.Null()),
				},
				Check: providertest.ExpectContent(t, s, "hello"),
			},
			{
				ResourceName: providertest.FileAddress, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"source"}, // the server doesn't know where the bytes came from
			},
			{
				// The same bytes, given in another way.
				Config:           fileConfig(s, "path = \"in/hello.txt\"\ncontent = \"hello\""),
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionUpdate),
			},
			{
				Config:           fileConfig(s, "path = \"in/hello.txt\"\ncontent_base64 = base64encode(\"hello\")"),
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionUpdate),
			},
			{Config: config},
			{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{
				// Other bytes in the same local file are another file.
				PreConfig:        func() { mustWrite(t, source, "hello, world") },
				Config:           config,
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check:            providertest.ExpectContent(t, s, "hello, world"),
			},
			{
				// Replaced behind Terraform's back, at the same path.
				PreConfig: func() {
					upload := api.FileUpload{Workspace: "default", Path: "in/hello.txt"}
					if _, err := s.Client.UploadFile(t.Context(), upload, strings.NewReader("foreign")); err != nil {
						t.Fatal(err)
					}
				},
				Config:           config,
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionCreate),
				Check:            providertest.ExpectContent(t, s, "hello, world"),
			},
			{
				// Deleted behind Terraform's back.
				PreConfig: func() {
					if err := s.Client.PurgeFile(t.Context(), providertest.LiveFiles(t, s)[0].ID); err != nil {
						t.Fatal(err)
					}
				},
				Config:           config,
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionCreate),
				Check:            providertest.ExpectContent(t, s, "hello, world"),
			},
			{
				// Changed behind Terraform's back.
				PreConfig:        func() { s.Exec(t, "UPDATE files SET sha256 = 'damaged' WHERE NOT is_deleted") },
				Config:           config,
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check:            providertest.ExpectContent(t, s, "hello, world"),
			},
			{
				PreConfig:   func() { mustRemove(t, source) },
				Config:      config,
				ExpectError: providertest.Words("Cannot read the bytes of the file"),
			},
			{PreConfig: func() { mustWrite(t, source, "hello, world") }, Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlans()},
		},
	})
}

func TestAccSourceFileWithAllArguments(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	config := func(started string) string {
		return fileConfig(s, fmt.Sprintf(`
  path                = "scene.tif"
  content             = "not really"
  media_type          = "image/x-scene"
  data_types          = ["b", "a"]
  source_started      = %q
  source_ended        = "2026-03-01T13:00:00Z"
  source_sensor_class = "class"
  source_sensor       = "sensor"
  source_collection   = "collection"
  source_task         = "task"
  lifecycle { create_before_destroy = true }
`, started))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				Config: config("2026-03-01T13:00:00+01:00"),
				Check: func(*terraform.State) error {
					f := providertest.LiveFiles(t, s)[0]
					got := []string{
						f.MediaType, strings.Join(f.DataTypeTags, ","), f.SourceStarted.String(), f.SourceEnded.String(),
						value.Deref(f.SourceSensorClass), value.Deref(f.SourceSensor), value.Deref(f.SourceCollection), value.Deref(f.SourceTask),
					}
					want := []string{
						"image/x-scene", "a,b", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z",
						"class", "sensor", "collection", "task",
					}
					if diff := cmp.Diff(want, got); diff != "" {
						return fmt.Errorf("file on the server (-want +got):\n%s", diff)
					}
					return nil
				},
			},
			// The same instant in other words is no change.
			{Config: config("2026-03-01T12:00:00.000Z"), ConfigPlanChecks: providertest.ExpectEmptyPlans()},
			{ResourceName: providertest.FileAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"content", "source_started"}},
			{
				Config:           config("2026-03-01T12:30:00Z"),
				ConfigPlanChecks: providertest.ExpectAction(providertest.FileAddress, plancheck.ResourceActionCreateBeforeDestroy),
				// The old one was purged after the new one took its path, which keeps its bytes.
				Check: providertest.ExpectContent(t, s, "not really"),
			},
		},
	})
}

func TestAccSourceFileThatIsMadeInTheSameApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: `resource "terraform_data" "made" { input = "from elsewhere" }` + "\n" +
				fileConfig(s, "path = \"made.txt\"\ncontent = terraform_data.made.output"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(providertest.FileAddress, tfjsonpath.New("sha256")),
			}},
			Check: providertest.ExpectContent(t, s, "from elsewhere"),
		}},
	})
}

// planned runs a function between plan and apply.
type planned func()

// CheckPlan implements plancheck.PlanCheck.
func (f planned) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

func TestAccSourceFileChangedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	source := filepath.Join(t.TempDir(), "hello.txt")
	mustWrite(t, source, "hello")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{{
			Config: fileConfig(s, fmt.Sprintf("path = \"a\"\nsource = %q", source)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				planned(func() { mustWrite(t, source, "something else") }),
			}},
			// Terraform plans again while applying, and compares: these are its own words.
			ExpectError: providertest.Words("Provider produced inconsistent final plan"),
		}},
	})
	if live := providertest.LiveFiles(t, s); len(live) > 0 {
		t.Errorf("uploaded in spite of it: %v", live)
	}
}

func TestAccSourceFileErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{MaxUpload: 10})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{
				// The workspace is only known in the apply, so that the plan cannot ask for it.
				Config: strings.ReplaceAll(fileConfig(s, "path = \"a\"\ncontent = \"x\""), `"default"`, "terraform_data.late.output") +
					"resource \"terraform_data\" \"late\" { input = \"nowhere\" }\n",
				ExpectError: providertest.Words("there is no workspace 'nowhere'"),
			},
			{
				Config:      fileConfig(s, "path = \"a\"\ncontent = \"more than ten bytes\""),
				ExpectError: providertest.Words("Cannot upload a to workspace default"),
			},
			{
				Config:       fileConfig(s, "path = \"a\"\ncontent = \"x\""),
				ResourceName: providertest.FileAddress, ImportState: true, ImportStateId: "scene.tif",
				ExpectError: providertest.Words(`The import id is "scene.tif"; expected the number of a file`),
			},
		},
	})
}

func mustWrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRemove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
