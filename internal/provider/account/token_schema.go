package account

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// Schema implements resource.Resource.
func (r *tokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An API token. Its secret comes from an ephemeral resource, such as `galley_token_secret`, and goes from there to " +
			"where it is used, such as a vault; it is in no plan and in no state, and the backend keeps only a hash of it. Everybody can manage " +
			"tokens of his own, administrators those of all.\n\n" +
			"**Destroy revokes** the token. One that was revoked elsewhere is made anew; of one that has expired, plans warn. Needs Terraform 1.11 " +
			"or OpenTofu 1.11." + tokenMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": keptID("Id of the token."),
			"name": schema.StringAttribute{
				Required: true, MarkdownDescription: fmt.Sprintf("What it is for; 1 to %d bytes. It need not be unique.", account.MaxName),
			},
			"username": schema.StringAttribute{
				Optional: true, Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Name of the user whom the token stands for. Default: the user of the provider, who has to be an administrator to " +
					"name another one. A change replaces the token.",
			},
			"role": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The most that the token may: " + roleDoc + " It is not above the user's, nor above that of the one who makes it. " +
					"Default: what the user may. Left out later, it stays.",
			},
			"expires": schema.StringAttribute{
				Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "When the token expires (RFC 3339). It can be changed as long as the token is not revoked, also when it has expired. " +
					"Default: 90 days after it was made, or less if the backend has `--max-token-life`. Null for a token without an end, which the commands of " +
					"galleyd can make.",
			},
			"secret_wo": schema.StringAttribute{
				Required: true, WriteOnly: true, Sensitive: true,
				MarkdownDescription: "The secret: `gal_` and 43 random letters, digits, `_` or `-`.",
			},
			"secret_wo_version": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Required: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
				PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplaceIf(isAnotherVersion, "Another version replaces the token.",
					"Another version replaces the token.")},
				MarkdownDescription: "Any number, to be changed for another secret, as Terraform cannot see that it has changed. Another one replaces the " +
					"token; with `create_before_destroy` the old one is good until everything has the new one. After an import the first one is only noted.",
			},
			"created": keptText("When it was made (RFC 3339)."),
		},
	}
}

// isAnotherVersion leaves a token alone that was imported, whose state has none yet.
func isAnotherVersion(
	_ context.Context, req planmodifier.Int64Request, resp *int64planmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = !req.StateValue.IsNull()
}
