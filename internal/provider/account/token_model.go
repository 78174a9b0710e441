package account

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// tokenModel is galley_token.
type tokenModel struct {
	ID              types.Int64  `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	Username        types.String `tfsdk:"username"`
	Role            types.String `tfsdk:"role"`
	Expires         types.String `tfsdk:"expires"`
	SecretWO        types.String `tfsdk:"secret_wo"` // null but in a configuration
	SecretWOVersion types.Int64  `tfsdk:"secret_wo_version"`
	Created         types.String `tfsdk:"created"`
}

// expires is nil for a time that is not given, or not known.
func (m tokenModel) expires() *api.Time {
	t, err := time.Parse(time.RFC3339Nano, m.Expires.ValueString())
	if err != nil {
		return nil
	}
	return api.TimePtr(&t)
}

// toCreate takes the secret of the configuration.
func (m tokenModel) toCreate(config tokenModel) api.APITokenCreate {
	return api.APITokenCreate{
		Name: m.Name.ValueString(), Username: m.Username.ValueString(), Role: m.Role.ValueString(), Expires: m.expires(),
		Token: config.SecretWO.ValueString(),
	}
}

// toEdit has what differs from state. The role that the server tells is not more than the
// user's, so that saying it again could bind the token to less than it was made for.
func (m tokenModel) toEdit(state tokenModel) api.APITokenEdit {
	e := api.APITokenEdit{Name: m.Name.ValueStringPointer()}
	if !m.Role.IsUnknown() && !m.Role.Equal(state.Role) {
		e.Role = m.Role.ValueStringPointer()
	}
	if !m.Expires.Equal(state.Expires) {
		e.Expires = m.expires()
	}
	return e
}

// fromAPI returns m with what the server has. A time stays as it was written.
func (m tokenModel) fromAPI(t api.APIToken) tokenModel {
	if prior := m.expires(); prior == nil || t.Expires == nil || !prior.Equal(t.Expires.Time) {
		m.Expires = kit.TimeOrNull(t.Expires)
	}
	m.ID, m.Name, m.Username = types.Int64Value(t.ID), types.StringValue(t.Name), types.StringValue(t.Username)
	m.Role, m.Created = types.StringValue(t.Role), types.StringValue(t.Created.String())
	m.SecretWO = types.StringNull()
	return m
}
