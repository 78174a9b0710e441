package kit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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

// ImportByID starts an import by a number, such as 42 or id=42. thing is what it is, such as
// "recipe".
func ImportByID(ctx context.Context, thing string, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, err := strconv.ParseInt(strings.TrimPrefix(req.ID, "id="), 10, 64)
	if err != nil || id < 1 {
		resp.Diagnostics.AddError("Cannot import "+thing, fmt.Sprintf("The import id is %q; expected the number of a %s, such as 42 or id=42.", req.ID, thing))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}

// ImportedName is the name in an import by name, such as raw or name=raw.
func ImportedName(req resource.ImportStateRequest) string { return strings.TrimPrefix(req.ID, "name=") }
