package provider

import (
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// reprocessSteps is the value of reprocess_plan: action and reason by node.
func reprocessSteps(steps map[string][2]string) knownvalue.Check {
	nodes := map[string]knownvalue.Check{}
	for name, s := range steps {
		nodes[name] = knownvalue.ObjectExact(map[string]knownvalue.Check{
			"action": knownvalue.StringExact(s[0]), "reason": knownvalue.StringExact(s[1]),
		})
	}
	return knownvalue.MapExact(nodes)
}

// planReprocess expects an action of the test's recipe, with this reprocess_plan.
func planReprocess(action plancheck.ResourceActionType, steps map[string][2]string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(recipeAddress, action),
		plancheck.ExpectKnownValue(recipeAddress, tfjsonpath.New("reprocess_plan"), reprocessSteps(steps)),
	}}
}

// was expects what planReprocess expects, after the apply.
func was(steps map[string][2]string) statecheck.StateCheck {
	return recipeIs("reprocess_plan", reprocessSteps(steps))
}
