package arrival

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// importedID is the id in an import, unless that has a name.
func importedID(req resource.ImportStateRequest) (id int64, isName bool) {
	id, err := strconv.ParseInt(strings.TrimPrefix(req.ID, "id="), 10, 64)
	return id, err != nil || kit.ImportedName(req) != req.ID
}

func noSuch(thing, name string, diags *diag.Diagnostics) {
	diags.AddError("Cannot import "+thing, fmt.Sprintf(
		"There is no %s named %q. Import by the id, such as 7 or id=7, or by the name, such as inbox or name=7, which is not the title.", thing, name))
}
