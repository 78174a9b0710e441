package kit

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
)

func TestKeepPriorIfEqual(t *testing.T) {
	t.Parallel()
	s := schema.Schema{Attributes: map[string]schema.Attribute{
		"text":     schema.StringAttribute{Required: true}, // compared without case
		"image":    schema.StringAttribute{Optional: true, Computed: true},
		"note":     schema.StringAttribute{Optional: true},
		"revision": schema.Int64Attribute{Computed: true},
	}}
	typ := s.Type().TerraformType(t.Context())
	unknown := tftypes.UnknownValue
	value := func(text, image, note, revision any) tftypes.Value {
		return tftypes.NewValue(typ, map[string]tftypes.Value{
			"text":     tftypes.NewValue(tftypes.String, text),
			"image":    tftypes.NewValue(tftypes.String, image),
			"note":     tftypes.NewValue(tftypes.String, note),
			"revision": tftypes.NewValue(tftypes.Number, revision),
		})
	}
	null := tftypes.NewValue(typ, nil)
	state := value("a", "i", nil, 7)
	tests := []struct {
		name                string
		config, plan, state tftypes.Value
		kept                bool
	}{
		{"another text of the same meaning", value("A", nil, nil, nil), value("A", unknown, nil, unknown), state, true},
		{"another text", value("b", nil, nil, nil), value("b", unknown, nil, unknown), state, false},
		{"an attribute that is not compared by meaning", value("A", "I", nil, nil), value("A", "I", nil, unknown), state, false},
		{"the computed value, spelled out", value("A", "i", nil, nil), value("A", "i", nil, unknown), state, true},
		{"a configured value that is not known yet", value("A", unknown, nil, nil), value("A", unknown, nil, unknown), state, false},
		{"a value that was null", value("A", nil, "n", nil), value("A", unknown, "n", unknown), state, false},
		{"a value that is null now", value("A", nil, nil, nil), value("A", unknown, nil, unknown), value("a", "i", "n", 7), false},
		{"a create", value("A", nil, nil, nil), value("A", unknown, nil, unknown), null, false},
		{"a destroy", null, null, state, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := resource.ModifyPlanRequest{
				Config: tfsdk.Config{Schema: s, Raw: tt.config},
				Plan:   tfsdk.Plan{Schema: s, Raw: tt.plan},
				State:  tfsdk.State{Schema: s, Raw: tt.state},
			}
			resp := resource.ModifyPlanResponse{Plan: req.Plan, RequiresReplace: path.Paths{path.Root("text")}}
			foldCase := func(plan, prior attr.Value) bool { return strings.EqualFold(plan.String(), prior.String()) }
			got := KeepPriorIfEqual(t.Context(), req, &resp, map[string]SameFunc{"text": foldCase})
			providertest.MustBeClean(t, resp.Diagnostics)
			if got != tt.kept {
				t.Fatalf("kept is %t, want %t", got, tt.kept)
			}
			want := tt.plan
			if tt.kept {
				want = tt.state
			}
			if !resp.Plan.Raw.Equal(want) {
				t.Errorf("plan is %s, want %s", resp.Plan.Raw, want)
			}
			if replaces := len(resp.RequiresReplace) > 0; replaces == tt.kept {
				t.Errorf("replaces is %t when kept is %t", replaces, tt.kept)
			}
		})
	}
}
