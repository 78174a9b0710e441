package kit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// The identity of a resource is made of attributes of the resource itself, by the same
// names, which never change. A resource gives its identity's schema, defers identify in
// Create, Read and Update, and begins ImportState with ImportIdentity.

// IDIdentity is the identity of a thing that its id tells from others.
func IDIdentity(doc string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.Int64Attribute{RequiredForImport: true, Description: doc},
	}}
}

// TextIdentity is the identity of a thing that has these names, with their
// descriptions.
func TextIdentity(docs map[string]string) identityschema.Schema {
	s := identityschema.Schema{Attributes: map[string]identityschema.Attribute{}}
	for name, doc := range docs {
		s.Attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: doc}
	}
	return s
}

// Identify sets the identity to that of the first state that is not null. Read gives
// the prior state as well, for a resource that it removes: engines that keep no
// identities (Terraform before 1.12, OpenTofu before 1.12) refuse a read without one
// all the same.
func Identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics, states ...*tfsdk.State) {
	if identity == nil {
		return
	}
	for _, state := range states {
		if state.Raw.IsNull() {
			continue
		}
		for name := range identity.Schema.GetAttributes() {
			var v attr.Value
			diags.Append(state.GetAttribute(ctx, path.Root(name), &v)...)
			if v != nil {
				diags.Append(identity.SetAttribute(ctx, path.Root(name), v)...)
			}
		}
		return
	}
}

// ImportIdentity starts an import by identity. It is false for one by an id.
func ImportIdentity(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) bool {
	if req.ID != "" || req.Identity == nil {
		return false
	}
	for name := range req.Identity.Schema.GetAttributes() {
		var v attr.Value
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &v)...)
		if v != nil {
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), v)...)
		}
	}
	return true
}
