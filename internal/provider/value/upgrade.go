package value

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// TypedDocuments upgrades states of version 0, in which documents were objects of a type.
// change, which may be nil, first moves attributes to where they are now.
func TypedDocuments(change func(attributes map[string]any)) map[int64]resource.StateUpgrader {
	upgrade := func(ctx context.Context, req resource.UpgradeStateRequest, resp *resource.UpgradeStateResponse) {
		raw, err := upgraded(ctx, req.RawState.JSON, resp, change)
		if err != nil {
			resp.Diagnostics.AddError("Cannot read a state of an earlier version of the provider", fmt.Sprintf(
				"%s. Remove the resource from the state, and import it again.", err))
			return
		}
		resp.State.Raw = raw
	}
	return map[int64]resource.StateUpgrader{0: {StateUpgrader: upgrade}}
}

// SameDocuments upgrades a state whose documents are those of now: attributes that are not there any more are dropped, and
// those that were not are null.
func SameDocuments() resource.StateUpgrader {
	return resource.StateUpgrader{StateUpgrader: func(ctx context.Context, req resource.UpgradeStateRequest, resp *resource.UpgradeStateResponse) {
		raw, err := req.RawState.UnmarshalWithOpts(resp.State.Schema.Type().TerraformType(ctx), tfprotov6.UnmarshalOpts{
			ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true},
		})
		if err != nil {
			resp.Diagnostics.AddError("Cannot read a state of an earlier version of the provider", fmt.Sprintf(
				"%s. Remove the resource from the state, and import it again.", err))
			return
		}
		resp.State.Raw = raw
	}}
}

func upgraded(
	ctx context.Context, state []byte, resp *resource.UpgradeStateResponse, change func(map[string]any),
) (tftypes.Value, error) {
	var none tftypes.Value
	d := json.NewDecoder(bytes.NewReader(state))
	d.UseNumber()
	var attributes map[string]any
	if err := d.Decode(&attributes); err != nil {
		return none, fmt.Errorf("reading the state: %w", err)
	}
	if change != nil {
		change(attributes)
	}
	whole, _ := resp.State.Schema.Type().TerraformType(ctx).(tftypes.Object)
	rest := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	documents := map[string]tftypes.Value{}
	for name, kind := range whole.AttributeTypes {
		a, isDocument := resp.State.Schema.GetAttributes()[name].(interface{ DocumentShape() document.Shape })
		if !isDocument {
			rest.AttributeTypes[name] = kind
			continue
		}
		documents[name] = tftypes.NewValue(tftypes.DynamicPseudoType, nil)
		if v := attributes[name]; v != nil {
			read, _ := a.DocumentShape().Read(v)
			written, err := DynamicOf(a.DocumentShape().Minimal(read)).ToTerraformValue(ctx)
			if err != nil {
				return none, fmt.Errorf("writing %s: %w", name, err)
			}
			documents[name] = written
		}
		delete(attributes, name)
	}
	raw, err := json.Marshal(attributes)
	if err != nil {
		return none, fmt.Errorf("writing the state: %w", err)
	}
	v, err := (&tfprotov6.RawState{JSON: raw}).UnmarshalWithOpts(rest, tfprotov6.UnmarshalOpts{
		ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true},
	})
	if err != nil {
		return none, fmt.Errorf("reading the state: %w", err)
	}
	var values map[string]tftypes.Value
	if err := v.As(&values); err != nil {
		return none, fmt.Errorf("reading the state: %w", err)
	}
	for name, document := range documents {
		values[name] = document
	}
	return tftypes.NewValue(whole, values), nil
}
