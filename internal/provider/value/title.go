package value

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// CheckTitle checks the title and the description of a thing, such as a "workspace", as
// far as they are known. nameOf makes the name of the title.
func CheckTitle(diags *diag.Diagnostics, thing string, title, description types.String, nameOf func(string) (string, error)) {
	if !title.IsNull() && !title.IsUnknown() {
		err := recipe.CheckTitle(title.ValueString())
		if err == nil {
			_, err = nameOf(title.ValueString())
		}
		if err != nil {
			diags.AddAttributeError(path.Root("title"), "Invalid title of a "+thing, Sentence(err.Error()))
		}
	}
	if err := recipe.CheckDescription(description.ValueString()); err != nil {
		diags.AddAttributeError(path.Root("description"), "Invalid description of a "+thing, Sentence(err.Error()))
	}
}
