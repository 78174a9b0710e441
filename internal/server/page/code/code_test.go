package code_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/page/code"
)

func TestCodeOfResources(t *testing.T) {
	t.Parallel()
	got, err := code.Resource{Type: "galley_job_type", Name: "mean", ID: "mean/1.0.0", Attributes: []code.Attribute{
		{Name: "manifest", Value: map[string]any{"job": map[string]any{"command": "echo ${X} %{if}"}}, Encoded: true},
		{Name: "max_scheduled", Value: 3},
		{Name: "docker_image", Value: nil},
	}}.String()
	if err != nil {
		t.Fatal(err)
	}
	want := `import {
  to = galley_job_type.mean
  id = "mean/1.0.0"
}

resource "galley_job_type" "mean" {
  manifest = jsonencode({
    job = {
      command = "echo $${X} %%{if}"
    }
  })
  max_scheduled = 3
}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever people call things, what comes out is configuration, and means them.
func TestHostileNamesAreText(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`a"; evil = "x`, "${file(\"/etc/passwd\")}", "", "1st", "<script>", "ä ö", "a\nb", "\x1b[31mred", "%{ for x in y }"} {
		text, err := code.Resource{Type: "galley_recipe_type", Name: name, ID: name + "x", Attributes: []code.Attribute{{Name: "title", Value: name},
			{Name: "definition", Value: map[string]any{name: []any{name, nil, 1.5, true}}}}}.String()
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		f, diags := hclsyntax.ParseConfig([]byte(text), "x.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Errorf("%q: %v\n%s", name, diags, text)
			continue
		}
		body, _ := f.Body.(*hclsyntax.Body)
		title, diags := body.Blocks[len(body.Blocks)-1].Body.Attributes["title"].Expr.Value(nil)
		if diags.HasErrors() || title.AsString() != name {
			t.Errorf("%q became %v, %v", name, title, diags)
		}
		if strings.Count(text, "\nresource ") != 1 {
			t.Errorf("%q made more than one resource:\n%s", name, text)
		}
	}
}
