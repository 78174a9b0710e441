package kit

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// TestAWholeDefinitionHasTheTypeOfTheResource is what lets a value of the data source
// stand for one of the resource.
func TestAWholeDefinitionHasTheTypeOfTheResource(t *testing.T) {
	t.Parallel()
	if got := Computed(value.DefinitionAttribute(), "").GetType(); !got.Equal(value.TypesOfDefinition().Definition) {
		t.Errorf("type = %s, want %s", got, value.TypesOfDefinition().Definition)
	}
}
