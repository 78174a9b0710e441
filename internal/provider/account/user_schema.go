package account

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

const roleDoc = "`viewer`, `operator`, `editor` or `admin`; each may do what the ones before it may."

// Schema implements resource.Resource.
func (r *userResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Somebody who may use the backend: a person with a password, or a machine that only has tokens. Only " +
			"administrators can manage users, plans too.\n\n" +
			"**Destroy deletes** the user with all tokens. The backend refuses to delete, disable or demote the last administrator." +
			userMoves().Doc(),
		Attributes: map[string]schema.Attribute{
			"id": keptID("Id of the user."),
			"name": schema.StringAttribute{
				Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: fmt.Sprintf("Name to log in with, unique: 1 to %d letters, digits, `.`, `_`, `-`, `@` or `+`. A change replaces the "+
					"user.", account.MaxName),
			},
			"role": schema.StringAttribute{Required: true, MarkdownDescription: "What the user may: " + roleDoc},
			"is_active": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the password and the tokens of the user are taken. `false` also ends the logins. Default: `true`.",
			},
			"password_wo": schema.StringAttribute{
				Optional: true, WriteOnly: true, Sensitive: true,
				MarkdownDescription: fmt.Sprintf("Password, %d to %d bytes. It is in no plan and in no state, and may come from an ephemeral resource. "+
					"Left out, the user has only tokens; left out later, the user keeps the password. Needs Terraform 1.11 or OpenTofu 1.11, and "+
					"`password_wo_version`.", account.MinPassword, account.MaxPassword),
			},
			"password_wo_version": schema.Int64Attribute{
				CustomType: value.WholeNumber{}, Optional: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
				MarkdownDescription: "Any number, to be changed with `password_wo`, as Terraform cannot see that it has changed. Another one sets the " +
					"password, which ends the logins with the old one.",
			},
			"has_password": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user has a password, and not only tokens."},
			"created":      keptText("When the user was added (RFC 3339)."),
			"disabled": schema.StringAttribute{
				Computed: true, MarkdownDescription: "When the user was disabled (RFC 3339); null for one who is active.",
			},
		},
	}
}

// keptID is an id, which never changes.
func keptID(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}, MarkdownDescription: doc,
	}
}

// keptText is a text of the backend that never changes.
func keptText(doc string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}, MarkdownDescription: doc,
	}
}
