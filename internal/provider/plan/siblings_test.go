package plan_test

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
)

// TestProvidersOfOneRunKnowOfEachOther is about aliases of the provider, each of which is a
// process of its own in a run of Terraform.
func TestProvidersOfOneRunKnowOfEachOther(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", folder)
	one, two, other := plan.NewLedger(), plan.NewLedger(), plan.NewLedger()
	one.ShareFor("http://127.0.0.1:1")
	two.ShareFor("http://127.0.0.1:1")
	other.ShareFor("http://127.0.0.1:2")
	one.SetKitchen(types.StringValue("a \"kitchen\"\n"), plan.Kitchen{})
	one.SetWorkspace("raw", true)
	for _, tt := range []struct {
		what       string
		ledger     *plan.Ledger
		kind, name string
		want       bool
	}{
		{"the kitchen of another", two, plan.KindKitchen, "a \"kitchen\"\n", true},
		{"the workspace of another", two, plan.KindWorkspace, "raw", true},
		{"its own", one, plan.KindWorkspace, "raw", false},
		{"one of that name, but of another kind", two, plan.KindRecipeType, "raw", false},
		{"one that nobody makes", two, plan.KindWorkspace, "ra", false},
		{"one of another backend", other, plan.KindWorkspace, "raw", false},
		{"one of a plan without a backend", plan.NewLedger(), plan.KindWorkspace, "raw", false},
	} {
		if got := tt.ledger.MadeElsewhere(tt.kind, tt.name); got != tt.want {
			t.Errorf("%s is made elsewhere: %t, want %t", tt.what, got, tt.want)
		}
	}
	plan.EndNotes()
	if left, err := filepath.Glob(filepath.Join(folder, "*", "plan-*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
