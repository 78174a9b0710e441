package provider

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	fwresource "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

const (
	fileAddress = "galley_source_file.test"
	helloSHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of "hello"
)

func fileConfig(s *servertest.Server, arguments string) string {
	return providerBlock(s) + "resource \"galley_source_file\" \"test\" {\n  workspace = \"default\"\n" + arguments + "\n}\n"
}

// liveFiles returns the files of s that are not deleted, oldest first.
func liveFiles(t *testing.T, s *servertest.Server) []api.File {
	t.Helper()
	all, err := s.Client.Files(t.Context(), client.FileQuery{Order: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	var live []api.File
	for _, f := range all {
		if !f.IsDeleted {
			live = append(live, f)
		}
	}
	return live
}

// expectContent checks the bytes that the server gives out for the only live file.
func expectContent(t *testing.T, s *servertest.Server, want string) resource.TestCheckFunc {
	t.Helper()
	return func(*terraform.State) error {
		files := liveFiles(t, s)
		if len(files) != 1 {
			return fmt.Errorf("%d live files, want 1", len(files))
		}
		r, err := s.Client.FileContent(testContext(), files[0].ID)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		got, err := io.ReadAll(r)
		if err == nil && string(got) != want {
			err = fmt.Errorf("the content is %q, want %q", got, want)
		}
		return err
	}
}

func TestAccSourceFile(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	source := filepath.Join(t.TempDir(), "hello.txt")
	mustWrite(t, source, "hello")
	config := fileConfig(s, fmt.Sprintf("path = \"in/hello.txt\"\nsource = %q", source))
	known := func(attribute string, want knownvalue.Check) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(fileAddress, tfjsonpath.New(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy: func(*terraform.State) error {
			if live := liveFiles(t, s); len(live) > 0 {
				return fmt.Errorf("destroy has left %v", live)
			}
			return nil
		},
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					known("sha256", knownvalue.StringExact(helloSHA256)),
					known("size", knownvalue.Int64Exact(5)),
					known("media_type", knownvalue.StringExact("text/plain")),
					plancheck.ExpectUnknownValue(fileAddress, tfjsonpath.New("id")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(fileAddress, tfjsonpath.New("url"), knownvalue.Null()),
				},
				Check: expectContent(t, s, "hello"),
			},
			{
				ResourceName: fileAddress, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"source"}, // the server doesn't know where the bytes came from
			},
			{
				// The same bytes, given in another way.
				Config:           fileConfig(s, "path = \"in/hello.txt\"\ncontent = \"hello\""),
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionUpdate),
			},
			{
				Config:           fileConfig(s, "path = \"in/hello.txt\"\ncontent_base64 = base64encode(\"hello\")"),
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionUpdate),
			},
			{Config: config},
			{Config: config, ConfigPlanChecks: expectEmptyPlans()},
			{
				// Other bytes in the same local file are another file.
				PreConfig:        func() { mustWrite(t, source, "hello, world") },
				Config:           config,
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check:            expectContent(t, s, "hello, world"),
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
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionCreate),
				Check:            expectContent(t, s, "hello, world"),
			},
			{
				// Deleted behind Terraform's back.
				PreConfig: func() {
					if err := s.Client.PurgeFile(t.Context(), liveFiles(t, s)[0].ID); err != nil {
						t.Fatal(err)
					}
				},
				Config:           config,
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionCreate),
				Check:            expectContent(t, s, "hello, world"),
			},
			{
				// Changed behind Terraform's back.
				PreConfig:        func() { s.Exec(t, "UPDATE files SET sha256 = 'damaged' WHERE NOT is_deleted") },
				Config:           config,
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionDestroyBeforeCreate),
				Check:            expectContent(t, s, "hello, world"),
			},
			{
				PreConfig:   func() { mustRemove(t, source) },
				Config:      config,
				ExpectError: words("Cannot read the bytes of the file"),
			},
			{PreConfig: func() { mustWrite(t, source, "hello, world") }, Config: config, ConfigPlanChecks: expectEmptyPlans()},
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
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				Config: config("2026-03-01T13:00:00+01:00"),
				Check: func(*terraform.State) error {
					f := liveFiles(t, s)[0]
					got := []string{
						f.MediaType, strings.Join(f.DataTypeTags, ","), f.SourceStarted.String(), f.SourceEnded.String(),
						deref(f.SourceSensorClass), deref(f.SourceSensor), deref(f.SourceCollection), deref(f.SourceTask),
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
			{Config: config("2026-03-01T12:00:00.000Z"), ConfigPlanChecks: expectEmptyPlans()},
			{ResourceName: fileAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"content", "source_started"}},
			{
				Config:           config("2026-03-01T12:30:00Z"),
				ConfigPlanChecks: expectAction(fileAddress, plancheck.ResourceActionCreateBeforeDestroy),
				// The old one was purged after the new one took its path, which keeps its bytes.
				Check: expectContent(t, s, "not really"),
			},
		},
	})
}

func TestAccSourceFileThatIsMadeInTheSameApply(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: `resource "terraform_data" "made" { input = "from elsewhere" }` + "\n" +
				fileConfig(s, "path = \"made.txt\"\ncontent = terraform_data.made.output"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(fileAddress, tfjsonpath.New("sha256")),
			}},
			Check: expectContent(t, s, "from elsewhere"),
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
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config: fileConfig(s, fmt.Sprintf("path = \"a\"\nsource = %q", source)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				planned(func() { mustWrite(t, source, "something else") }),
			}},
			// Terraform plans again while applying, and compares: these are its own words.
			ExpectError: words("Provider produced inconsistent final plan"),
		}},
	})
	if live := liveFiles(t, s); len(live) > 0 {
		t.Errorf("uploaded in spite of it: %v", live)
	}
}

func TestSourceFileCreateRefusesOtherBytesThanPlanned(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	r := &sourceFileResource{}
	r.Configure(t.Context(), fwresource.ConfigureRequest{ProviderData: &providerData{client: s.Client}}, &fwresource.ConfigureResponse{})
	var schema fwresource.SchemaResponse
	r.Schema(t.Context(), fwresource.SchemaRequest{}, &schema)
	empty := nullObject(t, schema.Schema.Type().TerraformType(t.Context()))
	plan := tfsdk.Plan{Schema: schema.Schema, Raw: empty}
	for name, value := range map[string]string{
		"workspace": "default", "path": "a", "content": "something else", "sha256": helloSHA256,
	} {
		mustBeClean(t, plan.SetAttribute(t.Context(), path.Root(name), value))
	}
	resp := fwresource.CreateResponse{State: tfsdk.State{Schema: schema.Schema, Raw: empty}}
	r.Create(t.Context(), fwresource.CreateRequest{Plan: plan}, &resp)
	if got := resp.Diagnostics.Errors(); len(got) != 1 || got[0].Summary() != "The bytes of the file have changed since the plan" {
		t.Errorf("got %v, want one error about the bytes", got)
	}
	if live := liveFiles(t, s); len(live) > 0 {
		t.Errorf("uploaded in spite of it: %v", live)
	}
}

func TestAccSourceFileErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{MaxUpload: 10})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{
			{
				// The workspace is only known in the apply, so that the plan cannot ask for it.
				Config: strings.ReplaceAll(fileConfig(s, "path = \"a\"\ncontent = \"x\""), `"default"`, "terraform_data.late.output") +
					"resource \"terraform_data\" \"late\" { input = \"nowhere\" }\n",
				ExpectError: words("there is no workspace 'nowhere'"),
			},
			{
				Config:      fileConfig(s, "path = \"a\"\ncontent = \"more than ten bytes\""),
				ExpectError: words("Cannot upload a to workspace default"),
			},
			{
				Config:       fileConfig(s, "path = \"a\"\ncontent = \"x\""),
				ResourceName: fileAddress, ImportState: true, ImportStateId: "scene.tif",
				ExpectError: words(`"scene.tif" is no id of a file`),
			},
		},
	})
}

func TestSourceFileOpenLeavesTheBytesAtTheStart(t *testing.T) {
	t.Parallel()
	m := sourceFileModel{Content: types.StringValue("hello"), Source: types.StringNull(), ContentBase64: types.StringNull()}
	b, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	if b.sha256 != helloSHA256 || b.size != 5 {
		t.Errorf("got %s and %d bytes, want those of hello", b.sha256, b.size)
	}
	raw, err := io.ReadAll(b)
	if err != nil || string(raw) != "hello" {
		t.Errorf("after the digest there is %q, %v, want all bytes again", raw, err)
	}
}

func TestSourceFileFromAPIKeepsTimesOfTheSameInstant(t *testing.T) {
	t.Parallel()
	noon := api.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	tests := []struct {
		name  string
		prior types.String
		got   *api.Time
		want  types.String
	}{
		{"the same instant", types.StringValue("2026-03-01T13:00:00+01:00"), &noon, types.StringValue("2026-03-01T13:00:00+01:00")},
		{"another instant", types.StringValue("2026-03-01T13:00:00Z"), &noon, types.StringValue("2026-03-01T12:00:00Z")},
		{"an import", types.StringNull(), &noon, types.StringValue("2026-03-01T12:00:00Z")},
		{"removed", types.StringValue("2026-03-01T12:00:00Z"), nil, types.StringNull()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			f := api.File{Sources: api.Sources{SourceStarted: tt.got}}
			m := sourceFileModel{SourceStarted: tt.prior}.fromAPI(t.Context(), f, &diags)
			mustBeClean(t, diags)
			if diff := cmp.Diff(tt.want, m.SourceStarted); diff != "" {
				t.Errorf("source_started (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMediaTypeOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a/b.CSV": "text/csv", "x.tar.gz": "application/gzip", "x": "application/octet-stream", "a.b/c": "application/octet-stream",
	} {
		if got := mediaTypeOf(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
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
