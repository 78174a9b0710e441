package account

import (
	"context"
	"crypto/rand"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/account"
)

var _ ephemeral.EphemeralResource = (*tokenSecret)(nil)

// NewTokenSecret returns the ephemeral resource galley_token_secret.
func NewTokenSecret() ephemeral.EphemeralResource { return &tokenSecret{} }

// tokenSecret needs no backend.
type tokenSecret struct{}

// tokenSecretModel is the ephemeral resource galley_token_secret.
type tokenSecretModel struct {
	Secret types.String `tfsdk:"secret"`
}

// Metadata implements ephemeral.EphemeralResource.
func (*tokenSecret) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_token_secret"
}

// Schema implements ephemeral.EphemeralResource.
func (*tokenSecret) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A secret for a `galley_token`: another one in each plan and each apply, and in no plan and no state. It counts where it is " +
			"written: give the same one to `secret_wo` and to the write-only argument of the vault that is to keep it, with the same version, so " +
			"that one apply writes both. No request is made for it.",
		Attributes: map[string]schema.Attribute{
			"secret": schema.StringAttribute{
				Computed: true, Sensitive: true, MarkdownDescription: "The secret: `gal_` and 32 random bytes in base64url.",
			},
		},
	}
}

// Open makes a secret.
func (*tokenSecret) Open(ctx context.Context, _ ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	resp.Diagnostics.Append(resp.Result.Set(ctx, tokenSecretModel{Secret: types.StringValue(account.Secret(random))})...)
}
