package kit_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/jobtype"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/workspace"
)

func TestDestroyThatOnlyDeactivatesSaysSo(t *testing.T) {
	t.Parallel()
	for name, newResource := range map[string]func() resource.Resource{
		"workspace": workspace.NewResource, "job type": jobtype.NewResource,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, ok := newResource().(resource.ResourceWithModifyPlan)
			if !ok {
				t.Fatal("it says nothing while planning")
			}
			var s resource.SchemaResponse
			r.Schema(t.Context(), resource.SchemaRequest{}, &s)
			null := tftypes.NewValue(s.Schema.Type().TerraformType(t.Context()), nil)
			req := resource.ModifyPlanRequest{Plan: tfsdk.Plan{Schema: s.Schema, Raw: null}}
			resp := resource.ModifyPlanResponse{Plan: req.Plan}
			r.ModifyPlan(t.Context(), req, &resp)
			warnings := resp.Diagnostics.Warnings()
			if len(warnings) != 1 || !strings.Contains(warnings[0].Summary(), "deactivated, not deleted") {
				t.Errorf("got %v, want one warning about deactivation", resp.Diagnostics)
			}
		})
	}
}
