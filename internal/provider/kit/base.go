package kit

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// base is what all objects have in common: the provider's data.
type base struct {
	data *plan.Data // nil: the provider is not configured (validate)
}

// configure takes the provider's data; without it (validate) nothing happens.
func (b *base) configure(v any, diags *diag.Diagnostics) {
	if v == nil {
		return
	}
	data, ok := v.(*plan.Data)
	if !ok {
		diags.AddError("Cannot configure resource",
			fmt.Sprintf("The provider handed over a %T. This is a bug in the provider: please report it.", v))
		return
	}
	b.data = data
}

// Client returns the client, or nil with an error when the provider's configuration
// is not known. Call it only where a request is really needed.
func (b *base) Client(diags *diag.Diagnostics) *client.Client {
	c := b.ClientIfKnown()
	if c == nil {
		diags.AddError("Provider is not fully configured", b.unknownText()+
			" Apply what they depend on first (terraform apply -target=…), or give them known values.")
	}
	return c
}

// ClientIfKnown returns the client, or nil when the provider's configuration is not
// known yet, as it may be while planning.
func (b *base) ClientIfKnown() *client.Client {
	if b.data == nil {
		return nil
	}
	return b.data.Client
}

// Ledger is what the plan under way makes; nil, which is empty, without a provider.
func (b *base) Ledger() *plan.Ledger {
	if b.data == nil {
		return nil
	}
	return b.data.Ledger
}

// Online asks the server while planning; nil, which answers nothing, if it may not.
func (b *base) Online() *plan.Online {
	if b.data == nil {
		return nil
	}
	return b.data.Online
}

// Types finds the recipe types that a plan depends on.
func (b *base) Types() plan.Types { return plan.Types{Ledger: b.Ledger(), Online: b.Online()} }

// Kitchens finds what the plan of an order depends on.
func (b *base) Kitchens() plan.Kitchens { return plan.Kitchens{Types: b.Types()} }

// Refresh knows what need not be read; nil, which knows nothing, without a client.
func (b *base) Refresh() *plan.Refresh {
	if b.data == nil {
		return nil
	}
	return b.data.Refresh
}

// Trouble is what becomes of a plan whose backend cannot be asked; nil without a client.
func (b *base) Trouble() *plan.Trouble {
	if b.data == nil {
		return nil
	}
	return b.data.Trouble
}

// Origins knows whose things are; nil, which knows of none, without a client.
func (b *base) Origins() *plan.Origins {
	if b.data == nil {
		return nil
	}
	return b.data.Origins
}

// ClientForRead is Client for refreshing a state, and the context for its questions.
// Without a client a last known state stays as it is, with a warning; one that holds no
// more than an identity has to be read.
func (b *base) ClientForRead(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) (context.Context, *client.Client) {
	c := b.ClientIfKnown()
	switch {
	case c != nil:
	case IsIdentityOnly(state):
		diags.AddError("Provider is not fully configured", b.unknownText()+" So what is imported cannot be read. Apply what they depend on "+
			"first (terraform apply -target=…), or give them known values.")
	default:
		diags.AddWarning("State was not refreshed", b.unknownText()+" The last known state is used.")
	}
	return client.Asking(ctx, 0), c
}

// CannotRead reports that a state was not refreshed. With on_unreachable = "keep" it
// stays as it is, if the backend is the reason.
func (b *base) CannotRead(state tfsdk.State, diags *diag.Diagnostics, summary string, err error) {
	b.Trouble().CannotRead(diags, summary, err, !IsIdentityOnly(state))
}

// IsIdentityOnly tells whether a state comes from an import, and has not been read yet:
// the backend has told none of what it computes.
func IsIdentityOnly(state tfsdk.State) bool {
	var values map[string]tftypes.Value
	if err := state.Raw.As(&values); err != nil {
		return false
	}
	for name, a := range state.Schema.GetAttributes() {
		if name != "id" && a.IsComputed() && !values[name].IsNull() {
			return false
		}
	}
	return true
}

func (b *base) unknownText() string {
	if b.data == nil || len(b.data.Unknown) == 0 {
		return "The provider has no client."
	}
	return "These arguments of the provider block are not known yet: " + strings.Join(b.data.Unknown, ", ") + "."
}

// Resource is what every resource of the provider is.
type Resource interface {
	resource.ResourceWithConfigure
	resource.ResourceWithValidateConfig
	resource.ResourceWithModifyPlan
	resource.ResourceWithIdentity
	resource.ResourceWithImportState
	resource.ResourceWithMoveState
}

// ResourceBase gives a resource its Configure. Embed it.
type ResourceBase struct{ base }

// Configure implements resource.ResourceWithConfigure.
func (b *ResourceBase) Configure(
	_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse,
) {
	b.configure(req.ProviderData, &resp.Diagnostics)
}

// DataSourceBase gives a data source its Configure. Embed it.
type DataSourceBase struct{ base }

// ClientForRead is Client, and the context for the questions of a data source. Without a client it
// is read later, if Terraform lets it; otherwise the error says why it cannot be.
func (b *DataSourceBase) ClientForRead(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) (context.Context, *client.Client) {
	ctx = client.Asking(ctx, 0)
	if b.ClientIfKnown() == nil && b.data != nil && req.ClientCapabilities.DeferralAllowed {
		resp.Deferred = &datasource.Deferred{Reason: datasource.DeferredReasonProviderConfigUnknown}
		return ctx, nil
	}
	return ctx, b.Client(&resp.Diagnostics)
}

// Configure implements datasource.DataSourceWithConfigure.
func (b *DataSourceBase) Configure(
	_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse,
) {
	b.configure(req.ProviderData, &resp.Diagnostics)
}

// EphemeralBase gives an ephemeral resource its Configure. Embed it.
type EphemeralBase struct{ base }

// Configure implements ephemeral.EphemeralResourceWithConfigure.
func (b *EphemeralBase) Configure(
	_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse,
) {
	b.configure(req.ProviderData, &resp.Diagnostics)
}

// NeedsRole says, at the end of the plan of a change, that the credentials of the plan could not
// make it.
func (b *ResourceBase) NeedsRole(ctx context.Context, role string, req *resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !resp.Plan.Raw.Equal(req.State.Raw) {
		b.Online().NeedRole(ctx, role, &resp.Diagnostics)
	}
}

// SameFunc reports whether two values of an attribute, both known, mean the same.
type SameFunc func(plan, prior attr.Value) bool

// KeepPriorIfEqual makes the plan of an update empty when every attribute that can be
// configured means what it meant before, and reports whether it has. Without it a
// difference in white space makes all computed attributes unknown, because the
// framework compares texts before it asks anybody.
//
// An attribute is compared by its entry in same, a document by its shape, anything else by
// its type's semantic equality, or exactly. One that is not configured and computed is not compared.
// Call it in ModifyPlan before anything else that looks at the plan.
func KeepPriorIfEqual(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, same map[string]SameFunc,
) bool {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		return false // destroy or create
	}
	for name, a := range req.Plan.Schema.GetAttributes() {
		if !a.IsRequired() && !a.IsOptional() {
			continue
		}
		var config, plan, prior attr.Value
		p := path.Root(name)
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, p, &config)...)
		resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, p, &plan)...)
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, p, &prior)...)
		if resp.Diagnostics.HasError() {
			return false
		}
		if a.IsComputed() && config.IsNull() && plan.IsUnknown() {
			continue // the server keeps what it has
		}
		compare := same[name]
		if d, isDocument := a.(value.Document); isDocument && compare == nil {
			compare = d.Same
		}
		if !sameValue(ctx, plan, prior, compare) {
			return false
		}
	}
	resp.Plan.Raw = req.State.Raw
	resp.RequiresReplace = nil
	return true
}

// sameValue compares by the first of: exact equality, same, the type's own meaning.
func sameValue(ctx context.Context, plan, prior attr.Value, same SameFunc) bool {
	if plan.Equal(prior) || value.Underlying(plan).Equal(value.Underlying(prior)) {
		return true
	}
	if plan.IsNull() || plan.IsUnknown() || prior.IsNull() || prior.IsUnknown() {
		return false
	}
	if same != nil {
		return same(plan, prior)
	}
	text, ok := plan.(basetypes.StringValuableWithSemanticEquals)
	if !ok {
		return false
	}
	old, ok := prior.(basetypes.StringValuable)
	if !ok {
		return false
	}
	equal, diags := text.StringSemanticEquals(ctx, old)
	return equal && !diags.HasError()
}
