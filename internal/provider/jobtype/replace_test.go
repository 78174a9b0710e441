package jobtype_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// TestAccAReplacedJobTypeStopsNobody replaces a job type by another version, and by itself, and
// looks at the recipe types that use it: one of the configuration, and one of others.
func TestAccAReplacedJobTypeStopsNobody(t *testing.T) {
	t.Parallel()
	var f servertest.Faults
	s := servertest.New(t, servertest.Options{Middleware: f.Middleware})
	config := func(version string) string {
		manifest := strings.Replace(providertest.SeedText("calibrate", providertest.CalibrateIn, providertest.CalibrateOut),
			`"jobVersion": "1.0.0"`, fmt.Sprintf(`"jobVersion": %q`, version), 1)
		return providertest.ProviderBlock(s) + providertest.JobType(manifest, providertest.ToDefault) + `
resource "galley_recipe_type" "mine" {
  title = "Mine"
  definition = {
    input = { files = { scene = {} } }
    nodes = {
      a = {
        job   = { name = galley_job_type.test.name, version = galley_job_type.test.version, revision = galley_job_type.test.revision_num }
        input = { image = { recipe_input = "scene" } }
      }
    }
  }
}
`
	}
	deactivated := func() int {
		n := 0
		for request, times := range f.Requests() {
			if strings.HasPrefix(request, "PATCH /v6/job-types/") {
				n += times
			}
		}
		return n
	}
	check := func(active ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			types, err := s.Client.RecipeTypes(providertest.Context(), client.RecipeTypeQuery{})
			for _, r := range types {
				if err == nil && !r.IsActive {
					err = fmt.Errorf("recipe type %s was deactivated", r.Name)
				}
			}
			jobs, listErr := s.Client.JobTypes(providertest.Context(), client.JobTypeQuery{IsActive: new(true)})
			var versions []string
			for _, j := range jobs {
				versions = append(versions, j.Version)
			}
			if got := strings.Join(versions, " "); err == nil && listErr == nil && got != strings.Join(active, " ") {
				err = fmt.Errorf("active are the versions %s, want %v", got, active)
			}
			return err
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providertest.Providers(),
		Steps: []resource.TestStep{
			{Config: config("1.0.0"), Check: check("1.0.0")},
			{
				PreConfig: func() {
					mine, err := s.Client.RecipeType(t.Context(), "mine")
					if err != nil {
						t.Fatal(err)
					}
					providertest.MustCreateType(t, s.Client, "Theirs", string(mine.Definition))
				},
				Config: config("2.0.0"), Check: check("2.0.0"),
			},
			{PreConfig: func() { deactivated() }, Config: config("2.0.0"), Taint: []string{providertest.JobTypeAddress}, Check: func(s *terraform.State) error {
				if n := deactivated(); n > 0 {
					return fmt.Errorf("it was changed %d times by PATCH, as by a delete", n)
				}
				return check("2.0.0")(s)
			}},
		},
	})
}

// TestPlansNameWhatAJobTypeTakesAlong asks for the plans of a destroy and of replaces.
func TestPlansNameWhatAJobTypeTakesAlong(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, servertest.Options{})
	providertest.MustOffer(t, s, `{"daily": {"schedule-setting": "nightly"}}`)
	order := providertest.MustOrder(t, s, "daily")
	one, err := s.Client.RecipeType(t.Context(), "one")
	if err != nil || len(one.JobTypes) == 0 {
		t.Fatalf("recipe type one: %+v, %v", one, err)
	}
	job := one.JobTypes[0]
	providertest.MustCreateType(t, s.Client, "Above", `{"input": {"files": [{"name": "scene"}]}, "nodes": {"sub": {"dependencies": [], "input": {}, "node_type": `+
		`{"node_type": "recipe", "recipe_type_name": "one", "recipe_type_revision": 1}}}}`)
	p := providertest.NewProtocol(t, s)
	imported := p.MustImport(t, "galley_job_type", job.Name+"/"+job.Version)
	manifest := func(name, version string) string {
		text := strings.Replace(string(job.Manifest), `"jobVersion":"1.0.0"`, fmt.Sprintf(`"jobVersion":%q`, version), 1)
		return providertest.MustMarshal(t, map[string]any{"manifest": strings.Replace(text, `"name":"calibrate"`, fmt.Sprintf(`"name":%q`, name), 1)})
	}
	for _, tt := range []struct {
		name, config string // "": destroy
		want         []string
	}{
		{"destroy", "", []string{"along: above and one.", "Orders that have not ended can start no more runs", "production/ndvi/daily (" + order}},
		{"another version", manifest(job.Name, "9.0.0"), []string{"above and one", "They stay active, as another version of it is"}},
		{"another name", manifest("other", job.Version), []string{"along: above and one.", "production/ndvi/daily", "create_before_destroy = true"}},
	} {
		warnings := strings.Join(p.MustPlan(t, imported, tt.config).Warnings, "\n")
		for _, want := range tt.want {
			if !strings.Contains(warnings, want) {
				t.Errorf("%s: got %s, want %q in it", tt.name, warnings, want)
			}
		}
	}
}
