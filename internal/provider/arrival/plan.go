package arrival

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/ingest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
)

// validate checks what is known without a server.
func (a arguments) validate(kind ingest.Kind, diags *diag.Diagnostics) {
	value.CheckTitle(diags, string(kind), a.Title, a.Description, recipe.NameOf)
	hasKeys := !a.AccessKeyWO.IsNull() || !a.SecretKeyWO.IsNull()
	if hasKeys && a.CredentialsWOVer.IsNull() {
		diags.AddAttributeError(path.Root("credentials_wo_version"), "Credentials without a version",
			"credentials_wo_version: found nothing, expected a number beside the credentials, such as 1. Terraform does not keep them: it is a change of the number that sends them again.")
	}
	if a.AccessKeyWO.IsNull() != a.SecretKeyWO.IsNull() {
		diags.AddAttributeError(path.Root("secret_access_key_wo"), "Half of the credentials",
			"access_key_id_wo and secret_access_key_wo: found one of them, expected both or none.")
	}
}

// checkNames looks whether what the configuration names is there, by the plan or on the server.
func checkNames(ctx context.Context, a arguments, kind ingest.Kind, about plan.Types, diags *diag.Diagnostics) {
	var uses []plan.WorkspaceUse
	if name := a.Workspace.ValueString(); name != "" {
		uses = append(uses, plan.WorkspaceUse{Name: name, At: path.Root("workspace")})
	}
	rules, _ := value.Tree(a.FilesToIngest).([]any)
	for i, rule := range rules {
		members, _ := rule.(map[string]any)
		if name, _ := members["new_workspace"].(string); name != "" {
			at := recipe.Path{strconv.Itoa(i), "new_workspace"}
			uses = append(uses, plan.WorkspaceUse{Name: name, At: value.PathIn(path.Root(ingest.FilesPart), ingest.Shape(kind, ingest.FilesPart), at)})
		}
	}
	plan.CheckWorkspaces(ctx, about.Ledger, about.Online, uses, diags)
	read, problems := ingest.Shape(kind, ingest.RecipePart).Read(value.Tree(a.Recipe))
	pin, _ := read.(map[string]any)
	name, _ := pin["name"].(string)
	if name == "" || len(problems) > 0 {
		return
	}
	revision := types.Int64Null()
	if v, given := pin["revision_num"]; given && v != nil {
		n, _ := v.(json.Number)
		if num, err := n.Int64(); err != nil {
			revision = types.Int64Unknown()
		} else if num > 0 {
			revision = types.Int64Value(num)
		}
	}
	at := path.Root(ingest.RecipePart).AtName("name")
	target := about.Target(ctx, name, revision)
	if target.Problem != "" {
		about.Online.Finding(diags, at, "Recipe type cannot be run", target.Problem)
		return
	}
	if target.Definition == nil {
		return
	}
	if _, err := ingest.Input(target.Definition.Input); err != nil {
		diags.AddAttributeError(at, "Recipe type does not fit", fmt.Sprintf("recipe.name: recipe type %s cannot be run over an arriving file: %s", name, value.Sentence(err.Error())))
	}
}

// checkDescription refuses what the API cannot do.
func checkDescription(before, after types.String, diags *diag.Diagnostics) {
	if before.ValueString() != "" && !after.IsUnknown() && after.ValueString() == "" {
		diags.AddAttributeError(path.Root("description"), "Description cannot be emptied", fmt.Sprintf(
			"description: found nothing, expected a text, as there is one already (%q), and the API takes an empty one for none given. Write another text.", before.ValueString()))
	}
}
