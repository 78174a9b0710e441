package account

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewTokensDataSource returns the data source galley_tokens.
func NewTokensDataSource() datasource.DataSource {
	return &kit.ListDataSource[client.TokenQuery, api.APIToken, tokenResult]{
		Name:   "tokens",
		Things: "tokens",
		Doc:    "Tokens, without their secrets: one's own, or for administrators those of all users.",
		Filters: map[string]schema.Attribute{
			"username":  kit.TextsFilter("Of the users with one of these names."),
			"name":      kit.TextsFilter("With one of these names, exactly."),
			"kind":      kit.TextsFilter("`api`, or `login` for those of logins. Default: `api`."),
			"is_active": kit.FlagFilter("Taken or not: one that is revoked or has expired, or whose user is disabled, is not."),
			"order":     kit.OrderArgument("id"),
		},
		Results: map[string]schema.Attribute{
			"id":        kit.ComputedNumber("Id of the token."),
			"kind":      kit.ComputedText("`api` or `login`."),
			"name":      kit.ComputedText("What it is for; empty for a login."),
			"username":  kit.ComputedText("Name of the user whom it stands for."),
			"role":      kit.ComputedText("What its bearer may: never more than the user."),
			"is_active": kit.ComputedFlag("Whether it is taken."),
			"created":   kit.ComputedText("When it was made (RFC 3339)."),
			"expires":   kit.ComputedText("When it expires (RFC 3339); null for never."),
			"last_used": kit.ComputedText("When it was used last (RFC 3339), to five minutes; null for never, and for a login."),
			"revoked":   kit.ComputedText("When it was revoked (RFC 3339); null for one that is not."),
		},
		Query: func(f *kit.Filters) client.TokenQuery {
			return client.TokenQuery{
				Usernames: f.Texts("username"), Names: f.Texts("name"), Kinds: f.Texts("kind"), IsActive: f.Flag("is_active"),
				Order: f.Texts("order"), Limit: f.Limit(),
			}
		},
		List:   (*client.Client).Tokens,
		Result: newTokenResult,
	}
}

// tokenResult is a token in a list.
type tokenResult struct {
	ID       types.Int64  `tfsdk:"id"`
	Kind     types.String `tfsdk:"kind"`
	Name     types.String `tfsdk:"name"`
	Username types.String `tfsdk:"username"`
	Role     types.String `tfsdk:"role"`
	IsActive types.Bool   `tfsdk:"is_active"`
	Created  types.String `tfsdk:"created"`
	Expires  types.String `tfsdk:"expires"`
	LastUsed types.String `tfsdk:"last_used"`
	Revoked  types.String `tfsdk:"revoked"`
}

func newTokenResult(t api.APIToken) tokenResult {
	return tokenResult{
		ID: types.Int64Value(t.ID), Kind: types.StringValue(t.Kind), Name: types.StringValue(t.Name), Username: types.StringValue(t.Username),
		Role: types.StringValue(t.Role), IsActive: types.BoolValue(t.IsActive), Created: types.StringValue(t.Created.String()),
		Expires: kit.TimeOrNull(t.Expires), LastUsed: kit.TimeOrNull(t.LastUsed), Revoked: kit.TimeOrNull(t.Revoked),
	}
}
