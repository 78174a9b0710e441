package recipetype

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/plan"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/providertest"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/recipe/form"
)

// typedModel is a recipe type with the typed form of d.
func typedModel(t *testing.T, d *recipe.Definition) recipeTypeModel {
	t.Helper()
	object, complete := form.OfDefinition(d)
	if !complete {
		t.Fatal("the object form cannot say this")
	}
	return recipeTypeModel{
		recipeTypeFacts: recipeTypeFacts{Name: types.StringValue("pair")}, Definition: value.DynamicOf(object), DefinitionJSON: types.StringNull(),
	}
}

func TestATypedDefinitionIsCheckedAcrossThePlanAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	const (
		mediaTypes = `definition.nodes["index"].input["image"]: Node 'index': `
		jsonType   = `!definition.nodes["index"].input["cloud"]: Node 'index' interface error: `
	)
	unknownName, unknownNumber := types.StringUnknown(), types.Int64Unknown()
	for name, tt := range map[string]struct {
		unknown attr.Value // of the job of node calibrate
		at      string
		want    []string
		known   bool // wholly, but for revisions
	}{
		"everything known":         {types.Int64Value(4), "revision", []string{jsonType, mediaTypes}, true},
		"a revision of the future": {unknownNumber, "revision", []string{jsonType, mediaTypes}, true},
		"a name that is not known": {unknownName, "name", nil, false},
		"another revision":         {types.Int64Value(3), "revision", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := typedModel(t, providertest.Pair(t, 4, 1))
			m.Definition = providertest.Replaced(t, m.Definition, tt.unknown, "nodes", "calibrate", "job", tt.at).(types.Dynamic)
			l := plan.NewLedger()
			providertest.EnterPair(t, l.SetJobType)
			p := m.planned(l)
			var diags diag.Diagnostics
			p.Check(t.Context(), "pair", l, nil, &diags)
			providertest.ExpectDetails(t, diags, tt.want...)
			if p.Complete != tt.known {
				t.Errorf("complete is %t, want %t", p.Complete, tt.known)
			}
			m.enterPlan(l, p, nil)
			if _, known := l.SubDefinition(recipe.RecipeRef{Name: "pair"}); known != tt.known {
				t.Errorf("the ledger knows the definition: %t, want %t", known, tt.known)
			}
		})
	}
}
