package account

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewUsersDataSource returns the data source galley_users.
func NewUsersDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.UserQuery, api.User, userResult]{
		Name:   "users",
		Things: "users",
		Doc:    "Users of the backend. Only administrators see them.",
		Filters: map[string]schema.Attribute{
			"name":      kit.TextsFilter("With one of these names, exactly."),
			"role":      kit.TextsFilter("With one of these roles: " + roleDoc),
			"is_active": kit.FlagFilter("Active or disabled."),
			"order":     kit.OrderArgument("username"),
		},
		Results: map[string]schema.Attribute{
			"id":           kit.ComputedNumber("Id of the user."),
			"name":         kit.ComputedText("Name to log in with."),
			"role":         kit.ComputedText("What the user may."),
			"is_active":    kit.ComputedFlag("Whether the password and the tokens of the user are taken."),
			"has_password": kit.ComputedFlag("Whether the user has a password, and not only tokens."),
			"created":      kit.ComputedText("When the user was added (RFC 3339)."),
			"last_login":   kit.ComputedText("When the user has logged in with a password last (RFC 3339); null for never."),
			"disabled":     kit.ComputedText("When the user was disabled (RFC 3339); null for one who is active."),
		},
		Query: func(f *kit.Filters) client.UserQuery {
			return client.UserQuery{
				Usernames: f.Texts("name"), Roles: f.Texts("role"), IsActive: f.Flag("is_active"), Order: f.Texts("order"), Limit: f.Limit(),
			}
		},
		List:   (*client.Client).Users,
		Result: newUserResult,
	}
}

// userResult is a user in a list.
type userResult struct {
	ID          types.Int64  `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Role        types.String `tfsdk:"role"`
	IsActive    types.Bool   `tfsdk:"is_active"`
	HasPassword types.Bool   `tfsdk:"has_password"`
	Created     types.String `tfsdk:"created"`
	LastLogin   types.String `tfsdk:"last_login"`
	Disabled    types.String `tfsdk:"disabled"`
}

func newUserResult(u api.User) userResult {
	return userResult{
		ID: types.Int64Value(u.ID), Name: types.StringValue(u.Username), Role: types.StringValue(u.Role),
		IsActive: types.BoolValue(u.IsActive), HasPassword: types.BoolValue(u.HasPassword),
		Created: types.StringValue(u.Created.String()), LastLogin: kit.TimeOrNull(u.LastLogin), Disabled: kit.TimeOrNull(u.Disabled),
	}
}
