package provider

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/servertest"
)

// providerBlock is a provider block that logs in to s, with more arguments.
func providerBlock(s *servertest.Server, more ...string) string {
	return fmt.Sprintf(`
provider "galley" {
  endpoint = %q
  username = %q
  password = %q
  %s
}
`, s.URL, s.Username, s.Password, strings.Join(more, "\n"))
}

// expectEmptyPlans are the checks of a step that changes nothing.
func expectEmptyPlans() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// expectAction are the checks of a step that does one thing to one resource. The plan
// after it is empty in any case: the harness sees to that.
func expectAction(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)},
	}
}

// words matches a text however Terraform has wrapped its lines.
func words(text string) *regexp.Regexp {
	parts := strings.Fields(text)
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(strings.Join(parts, `[\s│|]+`))
}
