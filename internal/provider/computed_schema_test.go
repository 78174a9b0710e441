package provider

import "testing"

// TestAWholeDefinitionHasTheTypeOfTheResource is what lets a value of the data source
// stand for one of the resource.
func TestAWholeDefinitionHasTheTypeOfTheResource(t *testing.T) {
	t.Parallel()
	if got := computed(definitionAttribute(), "").GetType(); !got.Equal(typesOfDefinition().definition) {
		t.Errorf("type = %s, want %s", got, typesOfDefinition().definition)
	}
}
