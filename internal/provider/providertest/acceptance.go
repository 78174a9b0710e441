package providertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// ProviderBlock is a provider block that logs in to s, with more arguments.
func ProviderBlock(s *servertest.Server, more ...string) string {
	return fmt.Sprintf(`
provider "galley" {
  endpoint = %q
  username = %q
  password = %q
  %s
}
`, s.URL, s.Username, s.Password, strings.Join(more, "\n"))
}

// ExpectEmptyPlans are the checks of a step that changes nothing.
func ExpectEmptyPlans() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// ExpectAction are the checks of a step that does one thing to one resource. The plan
// after it is empty in any case: the harness sees to that.
func ExpectAction(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)},
	}
}

// ExpectDrift are the checks of a step before which others have changed all of these attributes of a
// resource, such as "alerts.error": the plan changes every one of them back. One plan of many
// changes takes a fraction of the time of many plans.
func ExpectDrift(address string, attributes ...string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate), drift{address, attributes},
	}}
}

type drift struct {
	address    string
	attributes []string
}

// CheckPlan implements plancheck.PlanCheck.
func (d drift) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, rc := range req.Plan.ResourceChanges {
		if rc.Address != d.address {
			continue
		}
		for _, attribute := range d.attributes {
			before, after := rc.Change.Before, rc.Change.After
			for step := range strings.SplitSeq(attribute, ".") {
				was, _ := before.(map[string]any)
				will, _ := after.(map[string]any)
				before, after = was[step], will[step]
			}
			if reflect.DeepEqual(before, after) {
				resp.Error = errors.Join(resp.Error, fmt.Errorf("%s: %s stays %v, want a change", d.address, attribute, after))
			}
		}
	}
}

// Words matches a text however Terraform has wrapped its lines.
func Words(text string) *regexp.Regexp {
	parts := strings.Fields(text)
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(strings.Join(parts, `[\s│|]+`))
}

// What plans say beside what they change: only the CLI shows warnings.

// ExpectWords checks that a text has all of these in it.
func ExpectWords(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("found no %q in:\n%s", w, text)
		}
	}
}

// PlanErrors plans a configuration that is refused, and returns what is said of each
// resource, without line breaks.
func PlanErrors(t *testing.T, config string) map[string]string {
	t.Helper()
	var output string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: Providers(),
		ErrorCheck: func(err error) error {
			output = err.Error()
			return nil
		},
		Steps: []resource.TestStep{{Config: config, PlanOnly: true}},
	})
	if output == "" {
		t.Fatal("nothing was refused")
	}
	messages := map[string]string{}
	for _, block := range strings.Split(output, "Error: ")[1:] {
		block = strings.Join(strings.Fields(strings.ReplaceAll(block, "│", " ")), " ")
		m := regexp.MustCompile(`with ([\w.-]+),`).FindStringSubmatch(block)
		if m == nil {
			t.Fatalf("a message without an address: %s", block)
		}
		messages[m[1]] += block + "\n"
	}
	return messages
}

// Label makes the label of a resource out of the name of a test case.
func Label(name string) string { return strings.NewReplacer(" ", "-", ",", "").Replace(name) }
