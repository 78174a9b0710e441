package account

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// userModel is galley_user.
type userModel struct {
	ID                types.Int64  `tfsdk:"id"`
	Name              types.String `tfsdk:"name"`
	Role              types.String `tfsdk:"role"`
	IsActive          types.Bool   `tfsdk:"is_active"`
	PasswordWO        types.String `tfsdk:"password_wo"` // null but in a configuration
	PasswordWOVersion types.Int64  `tfsdk:"password_wo_version"`
	HasPassword       types.Bool   `tfsdk:"has_password"`
	Created           types.String `tfsdk:"created"`
	Disabled          types.String `tfsdk:"disabled"`
}

// toCreate takes the password of the configuration.
func (m userModel) toCreate(config userModel) api.UserCreate {
	return api.UserCreate{Username: m.Name.ValueString(), Role: m.Role.ValueString(), Password: config.PasswordWO.ValueString()}
}

// toEdit also sends the password of the configuration, if its version is another one.
func (m userModel) toEdit(state, config userModel) api.UserEdit {
	e := api.UserEdit{Role: m.Role.ValueStringPointer(), IsActive: m.IsActive.ValueBoolPointer()}
	if m.sendsPassword(state) {
		e.Password = config.PasswordWO.ValueStringPointer()
	}
	return e
}

// sendsPassword tells whether m, a plan, has another password than state. A version that
// has gone leaves the password alone: the API cannot take it away.
func (m userModel) sendsPassword(state userModel) bool {
	return !m.PasswordWOVersion.IsNull() && !m.PasswordWOVersion.Equal(state.PasswordWOVersion)
}

// fromAPI returns m with what the server has.
func (m userModel) fromAPI(u api.User) userModel {
	m.ID, m.Name, m.Role = types.Int64Value(u.ID), types.StringValue(u.Username), types.StringValue(u.Role)
	m.IsActive, m.HasPassword = types.BoolValue(u.IsActive), types.BoolValue(u.HasPassword)
	m.Created, m.Disabled = types.StringValue(u.Created.String()), kit.TimeOrNull(u.Disabled)
	m.PasswordWO = types.StringNull()
	return m
}
