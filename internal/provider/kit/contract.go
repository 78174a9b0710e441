package kit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// HoldsTo tells whether a thing is still what the plan of its update was made from
// (contract of a plan, 1): every attribute that can be configured means in current, the model
// of what the backend has, what it meant in prior. Otherwise somebody has changed it since,
// perhaps hours ago, and nothing may be done: that is reported, with what has changed. Attributes are
// compared by their entry in same, or by their type's semantic equality, or exactly.
// lastModified is when the backend's was changed; "": it does not say.
func HoldsTo(
	ctx context.Context, prior tfsdk.State, current any, what, lastModified string, same map[string]SameFunc, diags *diag.Diagnostics,
) bool {
	now := tfsdk.State{Schema: prior.Schema, Raw: prior.Raw.Copy()}
	if ds := now.Set(ctx, current); ds.HasError() {
		diags.Append(ds...)
		return false
	}
	var changed []string
	for name, a := range prior.Schema.GetAttributes() {
		if a.IsWriteOnly() || !a.IsRequired() && !a.IsOptional() {
			continue
		}
		var before, after attr.Value
		diags.Append(prior.GetAttribute(ctx, path.Root(name), &before)...)
		diags.Append(now.GetAttribute(ctx, path.Root(name), &after)...)
		if diags.HasError() {
			return false
		}
		if !sameValue(ctx, after, before, same[name]) {
			changed = append(changed, describeChange(name, before, after, a.IsSensitive()))
		}
	}
	if len(changed) == 0 {
		return true
	}
	slices.Sort(changed)
	when := ""
	if lastModified != "" {
		when = " (last at " + lastModified + ")"
	}
	diags.AddError("The backend's "+what+" is not what the plan was made from", fmt.Sprintf(
		"Since then somebody has changed it%s, and applying the plan would undo that without a word:\n\n  %s\n\n"+
			"Nothing was done to it. Plan again: the new plan shows what it would change.", when, strings.Join(changed, "\n  ")))
	return false
}

// maxShown is how much of a value a message has, in bytes.
const maxShown = 60

func describeChange(name string, before, after attr.Value, sensitive bool) string {
	b, a := value.Underlying(before).String(), value.Underlying(after).String()
	if sensitive || len(b) > maxShown || len(a) > maxShown {
		return name + " is another now"
	}
	return fmt.Sprintf("%s was %s, and is %s now", name, b, a)
}
