package code_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/code"
)

// Resources of a folder have identifiers of their own, and refer to each other by those.
func TestResourcesOfAFolder(t *testing.T) {
	t.Parallel()
	files, err := code.Folder([]code.Resource{
		{Type: "galley_kitchen", Name: "a b", ID: "a b", Attributes: []code.Attribute{{Name: "name", Value: "a b"}}},
		{Type: "galley_kitchen", Name: "a,b", ID: "a,b", Attributes: []code.Attribute{{Name: "name", Value: "a,b"}, {Name: "parent", Value: "a b", Of: "galley_kitchen"}}},
		{Type: "galley_kitchen", Name: "a b", ID: "a b", Attributes: []code.Attribute{{Name: "name", Value: "twice"}}},
		{Type: "galley_order", Name: "o", ID: "a,b/1", Notes: []string{"One\nresource \"evil\" \"x\" {}"}, Ignored: []string{"parameters"},
			Needs:      []code.Key{{Type: "galley_kitchen", ID: "a,b"}, {Type: "galley_kitchen", ID: "elsewhere"}},
			Attributes: []code.Attribute{{Name: "kitchen", Value: "elsewhere", Of: "galley_kitchen"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if _, diags := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos); diags.HasErrors() {
			t.Errorf("%s: %v\n%s", name, diags, text)
		}
	}
	for file, wants := range map[string][]string{
		"kitchens.tf": {`resource "galley_kitchen" "a_b" {`, `resource "galley_kitchen" "a_b_2" {`, "parent = galley_kitchen.a_b.name", "to = galley_kitchen.a_b_2"},
		"orders.tf":   {"# One resource \"evil\" \"x\" {}\nimport", `= "elsewhere"`, "= [galley_kitchen.a_b_2]", "ignore_changes = [parameters]"},
	} {
		for _, want := range wants {
			if !strings.Contains(files[file], want) {
				t.Errorf("%s lacks %q:\n%s", file, want, files[file])
			}
		}
	}
	if len(files) != 2 || strings.Contains(files["kitchens.tf"], "twice") {
		t.Errorf("got %v", files)
	}
}
