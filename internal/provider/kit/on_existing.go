package kit

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// WarnOfLost says, in an apply, that a create has made nothing: what begins sentences, such as
// "Kitchen production", an earlier one has made.
func WarnOfLost(diags *diag.Diagnostics, what string) {
	diags.AddWarning(what+" is taken over", what+" was made by an earlier apply of the same origin, which ended before its state had it. It "+
		"is in the state now, as the configuration has it, instead of another one.")
}

// OnExistingAttribute says what a create does with an inactive thing of the same name, such
// as "job type" of "the same name and version".
func OnExistingAttribute(thing, same string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(plan.OnExistingOwn),
		Validators: []validator.String{stringvalidator.OneOf(plan.OnExistingOwn, plan.OnExistingAdopt, plan.OnExistingFail)},
		MarkdownDescription: fmt.Sprintf("What create does when there is a %s of %s already. `own` (default) takes back an inactive one that the same "+
			"origin (`GALLEY_ORIGIN`, the workspace of Terraform Cloud, or else the user) has made, destroyed or changed last, and one that an "+
			"earlier apply of it has made and lost. `adopt` takes any inactive one. `fail` takes none. The plan says what is taken. Any other one "+
			"that is active belongs to somebody: import it.", thing, same),
	}
}
