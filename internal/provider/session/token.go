package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*sessionToken)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*sessionToken)(nil)
	_ ephemeral.EphemeralResourceWithClose          = (*sessionToken)(nil)
)

// tokenKey is where an open session token is kept for its end, in the memory of Terraform.
const tokenKey = "token"

// NewToken returns the ephemeral resource galley_session_token.
func NewToken() ephemeral.EphemeralResource { return &sessionToken{} }

type sessionToken struct{ kit.EphemeralBase }

// sessionTokenModel is the ephemeral resource galley_session_token.
type sessionTokenModel struct {
	Username types.String `tfsdk:"username"`
	Password types.String `tfsdk:"password"`
	Token    types.String `tfsdk:"token"`
	Expires  types.String `tfsdk:"expires"`
}

// Metadata implements ephemeral.EphemeralResource.
func (e *sessionToken) Metadata(
	_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_session_token"
}

// Schema implements ephemeral.EphemeralResource.
func (e *sessionToken) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A token of a login of its own, for other providers and for write-only arguments. It is never in a plan " +
			"or a state. When Terraform does not need it any more, at the end of a plan or an apply, it is revoked; a backend that " +
			"cannot do that lets it expire.",
		Attributes: map[string]schema.Attribute{
			"username": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "User to log in as. Default: the provider's, which then has to have a `username` or a `workload_identity`, not a `token`.",
			},
			"password": schema.StringAttribute{
				Optional: true, Sensitive: true, MarkdownDescription: "Password of `username`.",
			},
			"token": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The token, to be sent as `Authorization: Bearer <token>`.",
			},
			"expires": schema.StringAttribute{
				Computed: true, MarkdownDescription: "When the token expires (RFC 3339); null if it does not tell.",
			},
		},
	}
}

// ValidateConfig implements ephemeral.EphemeralResourceWithValidateConfig.
func (e *sessionToken) ValidateConfig(
	ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse,
) {
	var m sessionTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if m.Username.IsUnknown() || m.Password.IsUnknown() || m.Username.IsNull() == m.Password.IsNull() {
		return
	}
	missing := "password"
	if m.Username.IsNull() {
		missing = "username"
	}
	resp.Diagnostics.AddAttributeError(path.Root(missing), "Incomplete credentials",
		missing+": username and password belong together; set both, or none to log in as the user of the provider.")
}

// Open logs in.
func (e *sessionToken) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m sessionTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	c := e.Client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	login, err := c.LogIn(ctx, m.Username.ValueString(), m.Password.ValueString())
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot get a session token", err)
		return
	}
	m.Token, m.Expires = types.StringValue(login.Token), types.StringNull()
	if !login.Expires.IsZero() {
		m.Expires = types.StringValue(login.Expires.Format(time.RFC3339))
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
	raw, err := json.Marshal(login.Token)
	if err != nil {
		fault.Add(&resp.Diagnostics, "Cannot keep the session token", err)
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, tokenKey, raw)...)
}

// Close revokes the token. One that could not be revoked expires: that is a warning, and
// nothing at all where the backend cannot do it.
func (e *sessionToken) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	raw, diags := req.Private.GetKey(ctx, tokenKey)
	resp.Diagnostics.Append(diags...)
	c := e.Client(&resp.Diagnostics)
	var token string
	if resp.Diagnostics.HasError() || json.Unmarshal(raw, &token) != nil || token == "" {
		return
	}
	err := c.LogOut(ctx, token)
	if e, ok := errors.AsType[*api.Error](err); ok && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed ||
		e.Status == http.StatusUnauthorized) {
		return // the backend does not know the service, or the token is good no more
	}
	if err != nil {
		resp.Diagnostics.AddWarning("Session token was not revoked", fault.Detail(err)+" It is good until it expires.")
	}
}
